//! The API of the tenants: `GET /t/acme/orders` reads the orders of the tenant `acme`, and `POST` adds one.
//!
//! A real API would also check who the user is. CORS does not do that. It only declares which pages may use the API in a
//! browser.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::web::{Data, Json, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use cors_actix::{Policy, TenantOrigins, TenantPolicy};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The policy of all tenants. It has no origins, because each tenant has its own.
pub fn policy() -> Policy {
    let policy = Policy::builder()
        .without_origins()
        .credentials(true)
        .methods(["GET", "POST"])
        .headers(["content-type"])
        // A browser keeps the answer to a preflight for this time, even if the origin is removed meanwhile.
        .max_age(Duration::from_secs(300))
        // Therefore a request of an origin that is not allowed must not reach the handler.
        .enforce(true)
        .build();
    policy.expect("the policy is valid")
}

/// The tenant is in the path: `/t/acme/orders`.
pub fn by_path(tenants: &TenantOrigins) -> TenantPolicy {
    TenantPolicy::by_path(tenants, |path| path.strip_prefix("/t/")?.split('/').next())
}

/// Adds the endpoints.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list).service(add);
}

/// The orders of each tenant.
#[derive(Default)]
pub struct Orders(Mutex<HashMap<String, Vec<Order>>>);

#[derive(Clone, Deserialize, Serialize)]
struct Order {
    item: String,
}

/// The maximum number of orders of a tenant.
const MOST_ORDERS: usize = 100;

impl Orders {
    /// The orders that the two tenants of the example have.
    pub fn of_example() -> Self {
        let order = |item: &str| Order { item: item.into() };
        let acme = ("acme".into(), vec![order("an anvil"), order("rocket skates")]);
        let globex = ("globex".into(), vec![order("a weather machine")]);
        Self(Mutex::new([acme, globex].into()))
    }

    fn with<T>(&self, action: impl FnOnce(&mut HashMap<String, Vec<Order>>) -> T) -> T {
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The tenant of the CORS decision is also the tenant whose data is used.
fn tenant(request: &HttpRequest, policy: &TenantPolicy) -> Option<String> {
    policy.tenant(request.head()).map(Into::into)
}

#[get("/t/{tenant}/orders")]
async fn list(request: HttpRequest, policy: Data<TenantPolicy>, orders: Data<Orders>) -> HttpResponse {
    let Some(tenant) = tenant(&request, &policy) else { return HttpResponse::NotFound().finish() };
    let orders = orders.with(|orders| orders.get(&tenant).cloned().unwrap_or_default());
    HttpResponse::Ok()
        // Caches must not store a response with the allowed origin.
        .insert_header(("cache-control", "no-store"))
        .json(json!({ "tenant": tenant, "orders": orders }))
}

#[post("/t/{tenant}/orders")]
async fn add(
    request: HttpRequest,
    policy: Data<TenantPolicy>,
    orders: Data<Orders>,
    order: Json<Order>,
) -> HttpResponse {
    let Some(tenant) = tenant(&request, &policy).filter(|tenant| policy.origins().contains(tenant)) else {
        return HttpResponse::NotFound().finish();
    };
    orders.with(|orders| {
        let orders = orders.entry(tenant).or_default();
        if orders.len() >= MOST_ORDERS {
            return HttpResponse::InsufficientStorage().finish();
        }
        orders.push(order.into_inner());
        HttpResponse::Created().finish()
    })
}
