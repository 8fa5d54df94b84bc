use actix_web::{Responder, get};

#[get("/")]
pub async fn handler() -> impl Responder {
    "hello"
}
