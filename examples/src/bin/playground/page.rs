//! The page: plain files, compiled in.

use actix_web::web::{Data, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder, get};
use serde::Serialize;

use crate::rows::{Row, rows};

/// Which of the two pages this is.
#[derive(Clone)]
pub struct Page {
    /// The API's origin.
    pub api: String,
    pub trusted: bool,
    /// The other page's origin.
    pub other: String,
}

#[derive(Serialize)]
struct Setting {
    api: String,
    trusted: bool,
    other: String,
    rows: Vec<Row>,
}

fn file(content_type: &'static str, content: &'static str) -> impl Responder {
    HttpResponse::Ok().content_type(content_type).insert_header(("cache-control", "no-store")).body(content)
}

#[get("/")]
async fn html() -> impl Responder {
    file("text/html; charset=utf-8", include_str!("page.html"))
}

#[get("/page.css")]
async fn css() -> impl Responder {
    file("text/css; charset=utf-8", include_str!("page.css"))
}

#[get("/page.js")]
async fn javascript() -> impl Responder {
    file("text/javascript; charset=utf-8", include_str!("page.js"))
}

#[get("/setting.json")]
async fn setting(page: Data<Page>) -> impl Responder {
    let Page { api, trusted, other } = (**page).clone();
    Json(Setting { api, trusted, other, rows: rows(trusted) })
}

pub fn configure(config: &mut ServiceConfig) {
    config.service(html).service(css).service(javascript).service(setting);
}
