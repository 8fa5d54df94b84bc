use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["http://[0:0:0:0:0:0:0:1]:3000"])]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
