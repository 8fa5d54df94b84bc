use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = std::env::var("ALLOWED_ORIGINS").unwrap())]
#[get("/one")]
async fn one() -> impl Responder {
    "one"
}

#[cors(origins = ["https://a.example", &origin()])]
#[get("/two")]
async fn two() -> impl Responder {
    "two"
}

fn origin() -> String {
    "https://b.example".into()
}

fn main() {}
