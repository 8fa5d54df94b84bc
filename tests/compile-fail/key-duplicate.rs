use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(origins = "*", max_age = 60, max_age = 120)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn is_known(_: &cors_actix::Origin<'_>, _: &actix_web::dev::RequestHead) -> bool {
    true
}

async fn is_known_later(_: &cors_actix::Origin<'_>, _: &actix_web::dev::RequestHead) -> std::io::Result<bool> {
    Ok(true)
}

#[cors(origin_fn = is_known, origin_async = is_known_later)]
#[get("/functions")]
async fn functions() -> impl Responder {
    "hello"
}

fn main() {}
