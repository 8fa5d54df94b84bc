//! Mistakes of many kinds. Each has one error, at its place, that says what to write.

use actix_web::{Responder, get};
use cors_actix::{Policy, cors, policy};

const APP: &str = "https://app.example.com";

fn origins() -> Vec<String> {
    Vec::new()
}

fn main() {
    let text = String::from(APP);

    // Values that are known at run time.
    let _ = policy! { origins = std::env::var("ORIGINS") };
    let _ = policy! { origins = std::env::var("ORIGINS").unwrap().split(',') };
    let _ = policy! { origins = origins() };
    let _ = policy! { origins = [origins()[0]] };
    let _ = policy! { origins = APP, methods = config.methods };
    let _ = policy! { origins = APP, headers = if true { "x-a" } else { "x-b" } };
    let _ = policy! { origins = APP, max_age = std::time::Duration::from_secs(60) };
    let _ = policy! { origins = APP, credentials = is_production() };
    let _ = policy! { origins = APP, enforce = !true };
    let _ = policy! { origins = text };

    // Lists.
    let _ = policy! { origins = &["https://a.example"] };
    let _ = policy! { origins = vec!["https://a.example"] };
    let _ = policy! { origins = ("https://a.example", "https://b.example") };
    let _ = policy! { origins = ["https://a.example"; 2] };
    let _ = policy! { origins = 'a' };
    let _ = policy! { origins = "https://a.example, https://b.example" };
    let _ = policy! { origins = APP, methods = ["PUT, DELETE"] };
    let _ = policy! { origins = APP, headers = "content-type authorization" };

    // How a key is written.
    let _ = policy! { origins: "*" };
    let _ = policy! { origins "*" };
    let _ = policy! { origins("*") };
    let _ = policy! { origins == "*" };
    let _ = policy! { origins };
    let _ = policy! { Origins = "*" };
    let _ = policy! { "origins" = "*" };
    let _ = policy! { origins = "*", enforce(true) };
    let _ = policy! { origins = "*", credentials: false };
    let _ = policy! { origins = "*",, enforce };
    let _ = policy! { "https://a.example" };

    // Numbers.
    let _ = policy! { origins = "*", max_age = 10m };
    let _ = policy! { origins = "*", max_age = 1.5 };
    let _ = policy! { origins = "*", max_age = 600_u32 };
    let _ = policy! { origins = "*", max_age = "10 minutes" };
    let _ = policy! { origins = "*", preflight_status = "200" };
    let _ = policy! { origins = "*", preflight_status = 404 };

    // Exceptions.
    let _ = policy! { origins = APP, allow(insecure_origin) };
    let _ = policy! { origins = APP, allow("public_suffixes") };
    let _ = policy! { origins = APP, allow = [null_origin] };
    let _ = policy! { origins = APP, allow(everything) };

    // Keys of handlers, and names from other libraries.
    let _ = policy! { origins = APP, deny };
    let _ = policy! { allowed_origin = APP };
    let _ = policy! { origins = APP, supports_credentials };
}

#[cors]
#[get("/nothing")]
async fn nothing() -> impl Responder {
    "hello"
}

#[cors("https://a.example")]
#[get("/value")]
async fn value() -> impl Responder {
    "hello"
}

#[cors(policy = "PARTNERS")]
#[get("/policy")]
async fn policy_as_text() -> impl Responder {
    "hello"
}

#[cors(policy(PARTNERS))]
#[get("/parentheses")]
async fn parentheses() -> impl Responder {
    "hello"
}

#[cors(origin_fn = is_known())]
#[get("/call")]
async fn call() -> impl Responder {
    "hello"
}

#[cors(deny = "all")]
#[get("/deny")]
async fn deny() -> impl Responder {
    "hello"
}

#[cors(crate = self::cors_actix, origins = "*")]
mod module {
    #[actix_web::get("/module")]
    async fn handler() -> impl actix_web::Responder {
        "hello"
    }
}

static _UNUSED: Option<Policy> = None;
