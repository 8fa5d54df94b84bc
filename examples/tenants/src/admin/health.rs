//! The state of the process, for people and for monitoring.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use cors_actix::TenantOrigins;
use serde_json::json;

use crate::follow::Status;

/// The status is 200 even if the database cannot be reached. The process then uses the last known origins, and a load
/// balancer that took all processes out of service would make the outage worse.
#[get("/health")]
pub async fn health(tenants: Data<TenantOrigins>, status: Data<Status>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "database": if status.is_reachable() { "reachable" } else { "unreachable" },
        "tenants": tenants.len(),
        "invalid_tenants": status.invalid(),
        "version": status.version(),
        "age_seconds": status.age().as_secs_f64(),
    }))
}

/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
#[get("/metrics")]
pub async fn metrics(tenants: Data<TenantOrigins>, status: Data<Status>) -> HttpResponse {
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: f64| {
        text += &format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
    };
    gauge("tenants", "Tenants that have origins.", tenants.len() as f64);
    gauge("tenants_invalid", "Tenants whose rows in the database are invalid.", status.invalid() as f64);
    gauge("tenants_version", "The version of the data.", status.version() as f64);
    let age = "Time since the data was last known to be that of the database.";
    gauge("tenants_age_seconds", age, status.age().as_secs_f64());
    let reachable = "Whether the database can be reached.";
    gauge("tenants_database_reachable", reachable, f64::from(u8::from(status.is_reachable())));
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}
