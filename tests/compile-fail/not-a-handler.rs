use cors_actix::cors;

#[cors(origins = "*")]
struct State;

#[cors(origins = "*")]
impl State {}

impl State {
    #[cors(origins = "*")]
    #[allow(dead_code)]
    fn method(&self) {}
}

#[cors(origins = "*")]
const NUMBER: u8 = 1;

fn main() {
    let _ = (State, NUMBER);
}
