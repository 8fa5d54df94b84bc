//! Policies made of constants, and tests of them that run at compile time. A wrong constant is a compile error at its name.
//! `curl -i -H 'Origin: https://app.example.com' http://localhost:8080/`

use actix_web::{App, HttpServer, Responder, get};
use cors_actix::{Cors, Policy, cors, policy};

const APP: &str = "https://app.example.com";
const PARTNERS: &str = "https://*.partner.example";

static TRUSTED: Policy = policy! {
    origins = [APP, PARTNERS, concat!("https://", "beta", ".example.com")],
    credentials,
};

const _: () = assert!(TRUSTED.allows_origin(APP));
const _: () = assert!(TRUSTED.allows_origin("https://eu.partner.example"));
const _: () = assert!(!TRUSTED.allows_origin("https://partner.example.evil.example"));

#[cors(origins = [APP])]
#[get("/")]
async fn index() -> impl Responder {
    "for the app"
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let others = Cors::fallback(&TRUSTED);
    HttpServer::new(move || App::new().wrap(others.clone()).service(index))
        .listen(cors_examples::listener())?
        .run()
        .await
}
