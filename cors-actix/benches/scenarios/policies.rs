//! The policies that are measured. They differ in their origins.

use std::sync::LazyLock;

use actix_web::http::header;
use cors_actix::{Policy, policy};

pub const TRUSTED: &str = "https://app.example.com";
pub const PARTNER: &str = "https://eu.partner.example";
pub const STRANGER: &str = "https://evil.example.net";

/// The origins that a policy allows.
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

pub static SUBDOMAINS: Policy = policy! {
    origins = ["https://*.partner.example"],
    methods = ["GET", "PUT", "DELETE"],
    headers = ["content-type", "authorization"],
    expose = ["x-total-count"],
    credentials,
    max_age = "1h",
};

pub static EVERYONE: Policy = policy! {
    origins = "*",
    methods = ["GET", "PUT", "DELETE"],
    headers = ["content-type", "authorization"],
    expose = ["x-total-count"],
    max_age = "1h",
};

pub static TEN: LazyLock<Policy> = LazyLock::new(|| listing(10));
pub static THOUSAND: LazyLock<Policy> = LazyLock::new(|| listing(1_000));
pub static HUNDRED_THOUSAND: LazyLock<Policy> = LazyLock::new(|| listing(100_000));

fn listing(count: usize) -> Policy {
    let policy = Policy::builder()
        .origins(listed_origins(count))
        .methods(["GET", "PUT", "DELETE"])
        .headers(["content-type", "authorization"])
        .expose(["x-total-count"])
        .credentials(true)
        .max_age("1h");
    policy.build().expect("a valid policy")
}

/// `count` origins. The one that the requests come from is the last.
fn listed_origins(count: usize) -> Vec<String> {
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

    /// The same policy for actix-cors.
    pub fn actix_cors(self) -> actix_cors::Cors {
        let cors = actix_cors::Cors::default()
            .allowed_methods(["GET", "PUT", "DELETE"])
            .allowed_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
            .expose_headers(["x-total-count"])
            .max_age(3600);
        let listed = |cors: actix_cors::Cors, count| {
            let origins = listed_origins(count);
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
}
