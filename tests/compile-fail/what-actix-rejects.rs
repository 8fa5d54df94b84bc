use actix_web::{Responder, get, post, put, route};
use cors_actix::cors;

#[cors(origins = "*")]
#[put("/x", method = "GET")]
async fn method_forbidden() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
#[route("/x")]
async fn method_missing() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
#[route("/x", method = "GET", method = "GET")]
async fn method_twice() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
#[get("/x", colour = "red")]
async fn unknown_option() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
#[get("/x")]
async fn without_response() {}

#[cors(origins = "*")]
#[get("/x")]
#[post("/y")]
async fn two_routes() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
#[get("/{id")]
async fn malformed_path() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
#[get("/x")]
async fn no_extractor(_: u8) -> impl Responder {
    "hello"
}

fn main() {}
