use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", preflight_status = 404)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
