//! The admin API: lists tenants, and changes their origins.
//!
//! | request | does |
//! | --- | --- |
//! | `GET /tenants?after=acme&limit=100` | lists tenants and their origins |
//! | `PUT /tenants/acme` with `{"origins": ["https://acme.example"]}` | adds a tenant, or replaces its origins |
//! | `DELETE /tenants/acme` | removes a tenant |
//! | `POST /tenants/acme/origins` with `{"origin": "https://acme.example"}` | adds one origin |
//! | `DELETE /tenants/acme/origins?origin=https://acme.example` | removes one origin |
//! | `GET /health` | the state of the process as JSON |
//! | `GET /metrics` | the same in the text format of Prometheus |
//!
//! Origins that break rules are answered with 422 and all violations, and nothing is changed.

pub mod guard;
mod health;

use std::collections::HashSet;

use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, JsonConfig, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError, delete, get, post, put};
use cors_actix::{TenantOrigins, Violation, Violations};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::database::Database;
use crate::follow::Status;

/// The maximum size of a request's body.
const LARGEST_BODY: usize = 64 * 1024;

/// The maximum number of tenants in an answer.
const LARGEST_PAGE: u16 = 1000;

/// Adds the endpoints.
pub fn configure(config: &mut ServiceConfig) {
    config
        .app_data(
            JsonConfig::default().limit(LARGEST_BODY).error_handler(|error, _| Fault::Body(error).into()),
        )
        .service(list)
        .service(replace)
        .service(remove)
        .service(add_origin)
        .service(remove_origin)
        .service(health::health)
        .service(health::metrics);
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: String,
    #[serde(default = "hundred")]
    limit: u16,
}

fn hundred() -> u16 {
    100
}

#[derive(Serialize)]
struct Tenant {
    tenant: String,
    origins: Vec<String>,
    /// The violations of rows that another program wrote. The last valid origins are then in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Wrong>,
}

/// A violation as JSON.
#[derive(Serialize)]
struct Wrong {
    /// The origin that is wrong, and its index in the list of the request.
    origin: String,
    index: Option<usize>,
    /// The code of the rule: `origin-path`.
    code: &'static str,
    message: String,
    reason: &'static str,
    help: String,
    /// The origin that was probably intended.
    correction: Option<String>,
}

impl From<&Violation> for Wrong {
    fn from(violation: &Violation) -> Self {
        Self {
            origin: violation.value().into(),
            index: violation.index(),
            code: violation.code(),
            message: violation.message(),
            reason: violation.reason(),
            help: violation.help(),
            correction: violation.correction().map(Into::into),
        }
    }
}

#[derive(Deserialize)]
struct Origins {
    origins: Vec<String>,
}

#[derive(Deserialize)]
struct OneOrigin {
    origin: String,
}

#[get("/tenants")]
async fn list(
    page: Query<Page>,
    database: Data<Database>,
    status: Data<Status>,
) -> Result<HttpResponse, Fault> {
    let limit = page.limit.clamp(1, LARGEST_PAGE);
    let tenants = database.list(&page.after, limit).await?;
    let is_full = tenants.len() == usize::from(limit);
    let next = tenants.last().filter(|_| is_full).map(|(tenant, _)| tenant.clone());
    let tenants = tenants.into_iter().map(|(tenant, origins)| {
        let violations = status.violations(&tenant);
        let violations = violations.iter().flatten().map(Wrong::from).collect();
        Tenant { tenant, origins, violations }
    });
    Ok(HttpResponse::Ok().json(json!({ "tenants": tenants.collect::<Vec<_>>(), "next": next })))
}

#[put("/tenants/{tenant}")]
async fn replace(
    tenant: Path<String>,
    body: Json<Origins>,
    services: Services,
) -> Result<HttpResponse, Fault> {
    services.change(&tenant, |_| body.into_inner().origins).await
}

#[delete("/tenants/{tenant}")]
async fn remove(tenant: Path<String>, services: Services) -> Result<HttpResponse, Fault> {
    services.change(&tenant, |_| Vec::new()).await
}

#[post("/tenants/{tenant}/origins")]
async fn add_origin(
    tenant: Path<String>,
    body: Json<OneOrigin>,
    services: Services,
) -> Result<HttpResponse, Fault> {
    services
        .change(&tenant, |mut origins| {
            origins.push(body.into_inner().origin);
            origins
        })
        .await
}

#[delete("/tenants/{tenant}/origins")]
async fn remove_origin(
    tenant: Path<String>,
    query: Query<OneOrigin>,
    services: Services,
) -> Result<HttpResponse, Fault> {
    services
        .change(&tenant, |mut origins| {
            origins.retain(|origin| *origin != query.origin);
            origins
        })
        .await
}

/// The services that a change needs.
struct Services {
    database: Data<Database>,
    tenants: Data<TenantOrigins>,
    status: Data<Status>,
}

impl actix_web::FromRequest for Services {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        fn data<T: 'static>(request: &HttpRequest) -> Data<T> {
            request.app_data::<Data<T>>().expect("the admin API's application has it").clone()
        }
        let (database, tenants, status) = (data(request), data(request), data(request));
        std::future::ready(Ok(Self { database, tenants, status }))
    }
}

impl Services {
    /// Changes the origins of a tenant, if the new ones are valid, and answers when they are in force in this process.
    async fn change(
        &self,
        tenant: &str,
        next: impl FnOnce(Vec<String>) -> Vec<String>,
    ) -> Result<HttpResponse, Fault> {
        if !is_name(tenant) {
            return Err(Fault::Name);
        }
        let mut origins = Vec::new();
        let changed = self.database.change(tenant, |present| {
            origins = next(present);
            let mut seen = HashSet::new();
            origins.retain(|origin| seen.insert(origin.clone()));
            self.tenants.check(&origins).map(|()| origins.clone())
        });
        let version = changed.await?.map_err(Fault::Invalid)?;
        let in_force = self.status.reach(version).await;
        Ok(HttpResponse::Ok().json(json!({
            "tenant": tenant, "origins": origins, "version": version, "in_force_here": in_force,
        })))
    }
}

/// Whether this is the name of a tenant. The database has the same condition.
fn is_name(tenant: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = tenant.as_bytes();
    bytes.len() <= 63
        && bytes.first().is_some_and(|&first| is_plain(first))
        && bytes.iter().all(|&byte| is_plain(byte) || byte == b'-')
}

/// The reason why a request to the admin API changed nothing.
#[derive(Debug)]
enum Fault {
    Name,
    Body(JsonPayloadError),
    Invalid(Violations),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name => f.write_str(
                "the name of a tenant has 1 to 63 lower-case letters, digits and hyphens, and does not begin with a hyphen",
            ),
            Self::Body(error) => error.fmt(f),
            Self::Invalid(_) => f.write_str("the origins are invalid, and nothing was changed"),
            Self::Database(_) => f.write_str("the database cannot be reached; try again"),
        }
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Name => StatusCode::BAD_REQUEST,
            Self::Body(error) => error.status_code(),
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Database(error) = self {
            log::debug!("a request to the admin API failed: {error}");
        }
        let mut body = json!({ "error": self.to_string() });
        if let Self::Invalid(violations) = self {
            let violations: Vec<Wrong> = violations.iter().map(Wrong::from).collect();
            body["violations"] = json!(violations);
        }
        HttpResponse::build(self.status_code()).json(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_tenant_can_be_part_of_a_path_and_of_a_host() {
        for name in ["acme", "a", "7", "acme-2", &"x".repeat(63)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-", "-acme", "Acme", "a.b", "a/b", "a%62", "ä", "a b", "a\n", &"x".repeat(64)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
