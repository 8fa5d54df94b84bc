use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["https://app.example.com/", "https://b.example/path?query"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
