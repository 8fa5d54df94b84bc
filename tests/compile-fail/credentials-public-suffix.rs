use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = ["https://*.example.com", "https://*.github.io"], credentials)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
