use actix_web::{Responder, options, route, routes};
use cors_actix::cors;

#[cors(origins = "*")]
#[options("/")]
async fn handler() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
#[route("/other", method = "GET", method = "OPTIONS")]
async fn other() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
#[routes]
#[get("/several")]
#[options("/several")]
async fn several() -> impl Responder {
    "hello"
}

fn main() {}
