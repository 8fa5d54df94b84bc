//! The pages. They are files that are compiled into the program, each with a strict content security policy.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{Data, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder, get, web};
use cors_actix::cors;
use serde::Serialize;

use crate::Places;
use crate::lab::Lab;
use crate::promises::{Row, rows};
use crate::rules::SECTIONS;

/// The listener of a page.
#[derive(Clone)]
pub struct Site {
    pub places: Places,
    /// Whether it is the listener of the lab, whose origin the policies of the table trust.
    pub is_trusted: bool,
}

/// The data of the table.
#[derive(Serialize)]
struct Promises {
    places: Places,
    trusted: bool,
    rows: Vec<Row>,
}

/// Headers for every response of a page's listener.
pub fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((CACHE_CONTROL, "no-store"))
        .add((HeaderName::from_static("x-content-type-options"), "nosniff"))
        .add((HeaderName::from_static("referrer-policy"), "same-origin"))
        .add((HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .add((HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
}

fn page(html: impl Into<String>, policy: &str) -> HttpResponse {
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'; {policy}"
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .body(html.into())
}

const OWN_FILES: &str = "script-src 'self'; style-src 'self'; img-src data:; frame-ancestors 'none'";

#[get("/")]
async fn lab_page(lab: Data<Lab>) -> impl Responder {
    let html = include_str!("pages/lab.html").replace("{token}", lab.guard.token());
    let Places { api, stranger, .. } = &lab.places;
    page(html, &format!("{OWN_FILES}; connect-src 'self' {api}; frame-src 'self' {stranger}"))
}

#[get("/promises")]
async fn promises_page(site: Data<Site>) -> impl Responder {
    // The lab and the rules are on its own listener only.
    let html = include_str!("pages/promises.html").replace("{lab}", &site.places.page);
    page(html, &format!("{OWN_FILES}; connect-src 'self' {}", site.places.api))
}

#[get("/promises.json")]
async fn promises(site: Data<Site>) -> impl Responder {
    let Site { places, is_trusted } = (**site).clone();
    Json(Promises { places, trusted: is_trusted, rows: rows(is_trusted) })
}

#[get("/rules")]
async fn rules_page() -> impl Responder {
    page(include_str!("pages/rules.html").replace("{sections}", &SECTIONS), OWN_FILES)
}

/// The page in a frame of the lab. It sends requests from another origin: that of the stranger, or `null` in a
/// sandbox.
#[get("/asker")]
async fn asker_page(site: Data<Site>) -> impl Responder {
    let Places { api, page: lab, stranger } = &site.places;
    let own = if site.is_trusted { lab } else { stranger };
    let sandbox = if site.is_trusted { "; sandbox allow-scripts" } else { "" };
    let policy = format!("script-src {own}; connect-src {api}; frame-ancestors {lab}{sandbox}");
    page(include_str!("pages/asker.html").replace("{lab}", lab), &policy)
}

fn javascript(content: &'static str) -> impl Responder {
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(content)
}

/// A module is fetched in `cors` mode, and the sandboxed frame has the origin `null`, so every origin is allowed.
#[cors(origins = "*")]
#[get("/asker.js")]
async fn asker_js() -> impl Responder {
    javascript(include_str!("pages/asker.js"))
}

#[cors(origins = "*")]
#[get("/ask.js")]
async fn ask_js() -> impl Responder {
    javascript(include_str!("pages/ask.js"))
}

#[get("/{file}.js")]
async fn own_javascript(file: web::Path<String>) -> HttpResponse {
    let content = match &**file {
        "dom" => include_str!("pages/dom.js"),
        "editor" => include_str!("pages/editor.js"),
        "fragment" => include_str!("pages/fragment.js"),
        "lab" => include_str!("pages/lab.js"),
        "promises" => include_str!("pages/promises.js"),
        "result" => include_str!("pages/result.js"),
        _ => return HttpResponse::NotFound().finish(),
    };
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(content)
}

#[get("/style.css")]
async fn css() -> impl Responder {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(include_str!("pages/style.css"))
}

/// The lab's listener.
pub fn configure_lab(config: &mut ServiceConfig) {
    config.service(lab_page).service(rules_page);
    configure_shared(config);
}

/// The stranger's listener.
pub fn configure_stranger(config: &mut ServiceConfig) {
    config.service(web::redirect("/", "/promises"));
    configure_shared(config);
}

fn configure_shared(config: &mut ServiceConfig) {
    config
        .service(promises_page)
        .service(promises)
        .service(asker_page)
        .service(asker_js)
        .service(ask_js)
        .service(own_javascript)
        .service(css);
}
