use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["file://", "wss://app.example.com"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
