use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", headers = ["content-type", "Content-Type"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
