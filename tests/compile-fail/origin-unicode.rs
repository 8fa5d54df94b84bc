use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["https://exämple.com"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
