use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", headers = ["Cookie", "sec-fetch-site"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
