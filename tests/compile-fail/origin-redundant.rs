use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["https://eu.example.com", "https://*.example.com"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
