use actix_web::{Responder, get, route};
use cors_actix::cors;

#[get("/")]
#[cors(origins = "*")]
async fn handler() -> impl Responder {
    "hello"
}

#[route(
    "/other",
    method = "GET", // comments and lines between them do not matter
    method = "PUT",
)]
/// Words.
#[cors(origins = "*")]
async fn other() -> impl Responder {
    "hello"
}

fn main() {}
