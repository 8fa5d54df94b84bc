//! The policies, by whom they let in, and the handlers that declare them.

use std::sync::LazyLock;

use actix_web::guard::GuardContext;
use actix_web::http::header;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, put};
use cors_actix::{Policy, cors, policy};

use super::scenario::handler_headers;

pub const TRUSTED: &str = "https://app.example.com";
pub const PARTNER: &str = "https://eu.partner.example";
pub const STRANGER: &str = "https://evil.example.net";

/// Whom a policy lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origins {
    One,
    Ten,
    Thousand,
    HundredThousand,
    Subdomains,
    Everyone,
}

pub static ONE: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = ["GET", "PUT", "DELETE"],
    headers = ["content-type", "authorization"],
    expose = ["x-total-count"],
    credentials,
    max_age = "1h",
};

static SUBDOMAINS: Policy = policy! {
    origins = ["https://*.partner.example"],
    methods = ["GET", "PUT", "DELETE"],
    headers = ["content-type", "authorization"],
    expose = ["x-total-count"],
    credentials,
    max_age = "1h",
};

static EVERYONE: Policy = policy! {
    origins = "*",
    methods = ["GET", "PUT", "DELETE"],
    headers = ["content-type", "authorization"],
    expose = ["x-total-count"],
    max_age = "1h",
};

static TEN: LazyLock<Policy> = LazyLock::new(|| tenants(10));
static THOUSAND: LazyLock<Policy> = LazyLock::new(|| tenants(1_000));
static HUNDRED_THOUSAND: LazyLock<Policy> = LazyLock::new(|| tenants(100_000));

fn tenants(count: usize) -> Policy {
    let policy = Policy::builder()
        .origins(tenant_origins(count))
        .methods(["GET", "PUT", "DELETE"])
        .headers(["content-type", "authorization"])
        .expose(["x-total-count"])
        .credentials(true)
        .max_age("1h");
    policy.build().expect("a valid policy")
}

/// The one that is asked about stands last.
fn tenant_origins(count: usize) -> Vec<String> {
    let others = (1..count).map(|i| format!("https://tenant-{i}.example.com"));
    others.chain([TRUSTED.to_owned()]).collect()
}

impl Origins {
    pub fn name(self) -> &'static str {
        match self {
            Origins::One => "1 origin",
            Origins::Ten => "10 origins",
            Origins::Thousand => "1000 origins",
            Origins::HundredThousand => "100,000 origins",
            Origins::Subdomains => "a subdomain pattern",
            Origins::Everyone => "`*`",
        }
    }

    pub fn policy(self) -> &'static Policy {
        match self {
            Origins::One => &ONE,
            Origins::Ten => &TEN,
            Origins::Thousand => &THOUSAND,
            Origins::HundredThousand => &HUNDRED_THOUSAND,
            Origins::Subdomains => &SUBDOMAINS,
            Origins::Everyone => &EVERYONE,
        }
    }

    /// The same policy, as actix-cors says it.
    pub fn actix_cors(self) -> actix_cors::Cors {
        let cors = actix_cors::Cors::default()
            .allowed_methods(["GET", "PUT", "DELETE"])
            .allowed_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
            .expose_headers(["x-total-count"])
            .max_age(3600);
        let listed = |cors: actix_cors::Cors, count| {
            let origins = tenant_origins(count);
            origins.iter().fold(cors.supports_credentials(), |cors, origin| cors.allowed_origin(origin))
        };
        match self {
            Origins::One => listed(cors, 1),
            Origins::Ten => listed(cors, 10),
            Origins::Thousand => listed(cors, 1_000),
            Origins::HundredThousand => listed(cors, 100_000),
            Origins::Subdomains => cors.supports_credentials().allowed_origin_fn(|origin, _| {
                let host = origin.as_bytes().strip_prefix(b"https://");
                host.is_some_and(|host| host.ends_with(b".partner.example"))
            }),
            Origins::Everyone => cors.allow_any_origin().send_wildcard(),
        }
    }

    /// The handler that declares this policy.
    pub fn register(self, config: &mut ServiceConfig) {
        match self {
            Origins::One => config.service(for_one),
            Origins::Ten => config.service(for_ten),
            Origins::Thousand => config.service(for_a_thousand),
            Origins::HundredThousand => config.service(for_a_hundred_thousand),
            Origins::Subdomains => config.service(for_subdomains),
            Origins::Everyone => config.service(for_everyone),
        };
    }
}

pub async fn empty() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// A response that has headers of its own, as most have.
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

/// One that takes every request.
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
