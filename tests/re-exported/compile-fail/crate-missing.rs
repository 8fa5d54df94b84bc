use actix_web::{Responder, get};
use cors_tests_renamed::cors::cors;

#[cors(origins = "*")]
#[get("/")]
async fn without_the_path() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
mod module {
    #[actix_web::get("/module")]
    async fn without_the_path() -> impl actix_web::Responder {
        "hello"
    }
}

#[cors(crate = elsewhere::cors_actix, origins = "*")]
#[get("/")]
async fn wrong_path() -> impl Responder {
    "hello"
}

fn main() {}
