use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = 5, credentials = "yes", headers = ["x-a", 7], max_age = -1, allow(http), methods = &["GET"], expose("x-b"))]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

#[cors(origin_fn = |_, _| true, headers = "x-a", enforce)]
#[get("/closure")]
async fn closure() -> impl Responder {
    "hello"
}

fn main() {}
