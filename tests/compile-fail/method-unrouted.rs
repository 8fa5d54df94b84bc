use actix_web::{Responder, route};
use cors_actix::cors;

#[cors(origins = "*", methods = ["GET", "DELETE"])]
#[route("/", method = "GET", method = "PUT")]
async fn handler() -> impl Responder {
    "hello"
}

#[cors(origins = "*", methods = "*")]
#[route("/any", method = "GET", method = "PUT")]
async fn any() -> impl Responder {
    "hello"
}

fn main() {}
