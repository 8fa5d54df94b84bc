use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["HTTPS://App.example.com"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
