use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(
    origins = ["*", "https://a.example/", "https://B.example"],
    credentials,
    header = ["cookie", "x-a"],
    methods = ["get"],
    max_age = "2d",
    deny = false,
)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
