use actix_web::{Responder, get};
use cors_actix::{Policy, cors, policy};

static PARTNERS: Policy = policy! { origins = ["https://app.example.com"] };

#[cors(policy = PARTNERS, credentials)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
