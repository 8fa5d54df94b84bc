//! The handlers, without `#[cors]` and with it.

use actix_web::guard::GuardContext;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, put};
use cors_actix::cors;

use super::policies::{EVERYONE, HUNDRED_THOUSAND, ONE, Origins, SUBDOMAINS, TEN, THOUSAND};

/// The headers that [`with_headers`] sets. They have nothing to do with CORS.
pub fn handler_headers() -> [(HeaderName, HeaderValue); 2] {
    [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ]
}

/// Registers the handler whose policy allows `origins`.
pub fn register_annotated(origins: Origins, config: &mut ServiceConfig) {
    match origins {
        Origins::One => config.service(for_one),
        Origins::Ten => config.service(for_ten),
        Origins::Thousand => config.service(for_a_thousand),
        Origins::HundredThousand => config.service(for_a_hundred_thousand),
        Origins::Subdomains => config.service(for_subdomains),
        Origins::Everyone => config.service(for_everyone),
    };
}

pub async fn empty() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// A response with headers of its own, as most responses have.
pub async fn with_headers() -> HttpResponse {
    let [content_type, cache_control] = handler_headers();
    HttpResponse::Ok().insert_header(content_type).insert_header(cache_control).finish()
}

/// The handler without CORS.
#[get("/")]
pub async fn plain() -> HttpResponse {
    empty().await
}

#[get("/")]
pub async fn plain_with_headers() -> HttpResponse {
    with_headers().await
}

/// A guard that accepts every request.
fn everything(context: &GuardContext<'_>) -> bool {
    !context.head().method.as_str().is_empty()
}

#[get("/", guard = "everything")]
pub async fn plain_guarded() -> HttpResponse {
    empty().await
}

#[get("/", guard = "everything")]
pub async fn plain_guarded_with_headers() -> HttpResponse {
    with_headers().await
}

#[put("/")]
pub async fn change() -> HttpResponse {
    empty().await
}

#[cors(policy = ONE)]
#[put("/")]
pub async fn change_annotated() -> HttpResponse {
    empty().await
}

#[cors(policy = ONE)]
#[get("/")]
pub async fn annotated_with_headers() -> HttpResponse {
    with_headers().await
}

#[cors(policy = ONE)]
#[get("/")]
async fn for_one() -> HttpResponse {
    empty().await
}

#[cors(policy = TEN)]
#[get("/")]
async fn for_ten() -> HttpResponse {
    empty().await
}

#[cors(policy = THOUSAND)]
#[get("/")]
async fn for_a_thousand() -> HttpResponse {
    empty().await
}

#[cors(policy = HUNDRED_THOUSAND)]
#[get("/")]
async fn for_a_hundred_thousand() -> HttpResponse {
    empty().await
}

#[cors(policy = SUBDOMAINS)]
#[get("/")]
async fn for_subdomains() -> HttpResponse {
    empty().await
}

#[cors(policy = EVERYONE)]
#[get("/")]
async fn for_everyone() -> HttpResponse {
    empty().await
}
