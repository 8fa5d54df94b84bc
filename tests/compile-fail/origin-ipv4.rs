use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["http://127.1", "http://1.2.3.4.5"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
