use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "https://a.example", except = "https://b.example")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
