use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", max_age = 86401)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
