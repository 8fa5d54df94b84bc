//! The web sites of the two tenants of the example. Each has one page, which reads the data of both tenants.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, get};

/// The site of one tenant.
pub struct Site {
    /// The name of the tenant.
    pub tenant: &'static str,
    /// The origin of the API.
    pub api: String,
}

/// Headers for every response of a site.
pub fn headers(site: &Site) -> DefaultHeaders {
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'; style-src \
         'self'; img-src data:; connect-src {}",
        site.api
    );
    DefaultHeaders::new()
        .add((CACHE_CONTROL, "no-store"))
        .add((CONTENT_SECURITY_POLICY, policy))
        .add((HeaderName::from_static("x-content-type-options"), "nosniff"))
}

/// Adds the page and its files.
pub fn configure(config: &mut ServiceConfig) {
    config.service(page).service(script).service(style);
}

#[get("/")]
async fn page(site: Data<Site>) -> HttpResponse {
    let html = include_str!("pages/page.html").replace("{tenant}", site.tenant).replace("{api}", &site.api);
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html)
}

#[get("/page.js")]
async fn script() -> HttpResponse {
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(include_str!("pages/page.js"))
}

#[get("/page.css")]
async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(include_str!("pages/page.css"))
}
