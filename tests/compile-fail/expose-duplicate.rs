use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", expose = ["x-a", "X-A"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
