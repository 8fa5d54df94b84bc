use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = std::env::var("ALLOWED_ORIGINS").unwrap())]
#[get("/one")]
async fn one() -> impl Responder {
    "one"
}

#[cors(origins = ["https://a.example", &std::env::var("ANOTHER_ORIGIN").unwrap()])]
#[get("/two")]
async fn two() -> impl Responder {
    "two"
}

fn main() {}
