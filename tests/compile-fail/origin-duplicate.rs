use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["https://a.example", "https://b.example", "https://a.example"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
