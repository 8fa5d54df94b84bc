use cors_actix::cors;

fn main() {
    #[cors(origins = "*")]
    let handler = || "hello";
    let other = #[cors(origins = "*")] || "hello";
    let _ = (handler, other);
}
