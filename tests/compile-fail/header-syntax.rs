use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", headers = ["content-type: text/plain", "x-a, x-b"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
