use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "null", credentials, allow(null_origin))]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
