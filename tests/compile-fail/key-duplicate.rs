use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", max_age = 60, max_age = 120)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
