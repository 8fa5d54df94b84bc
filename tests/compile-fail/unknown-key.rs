use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(orgins = ["https://app.example.com"], allow_credentials, colour = "red")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
