use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["https://a.example:", "https://b.example:99999"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
