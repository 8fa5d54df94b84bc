use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(deny, origins = "*")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
