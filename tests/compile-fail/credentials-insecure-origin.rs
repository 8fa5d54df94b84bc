use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["http://localhost:3000", "http://app.example.com"], credentials)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
