use cors_actix::cors;

#[cors(origins = "*")]
mod elsewhere;

fn main() {
    let _ = elsewhere::handler;
}
