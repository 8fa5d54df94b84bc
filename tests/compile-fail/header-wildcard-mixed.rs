use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", headers = ["*", "authorization", "x-a"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
