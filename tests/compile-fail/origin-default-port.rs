use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["https://app.example.com:443"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
