use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", headers = ["access-control-allow-origin"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
