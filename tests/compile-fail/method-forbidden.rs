use actix_web::{Responder, connect};
use cors_actix::{Policy, cors, policy};

static POLICY: Policy = policy! {
    origins = "*",
    methods = ["GET", "TRACE"],
};

#[cors(origins = "*")]
#[connect("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
