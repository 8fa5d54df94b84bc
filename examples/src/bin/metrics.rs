//! Counters of decisions and refusals, in the format of Prometheus.
//!
//! ```text
//! cargo run -p cors-examples --features metrics --bin metrics
//! curl -H 'Origin: https://stranger.example' http://127.0.0.1:8080/items
//! curl http://127.0.0.1:8080/metrics
//! ```
//!
//! The endpoint `/metrics` is outside of the CORS layer, so the requests of Prometheus are not counted. In production, serve it
//! on an address that only Prometheus can reach.

use actix_web::{App, HttpResponse, HttpServer, Responder, get, web};
use cors_actix::{Cors, Policy, policy};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static PAGES: Policy = policy! { origins = ["https://app.example.com"] };

#[get("/items")]
async fn items() -> impl Responder {
    "[]"
}

#[get("/metrics")]
async fn exposition(handle: web::Data<PrometheusHandle>) -> impl Responder {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render())
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let recorder = PrometheusBuilder::new().install_recorder().map_err(std::io::Error::other)?;
    let handle = web::Data::new(recorder);
    let cors = Cors::new(&PAGES);
    let app = move || {
        let pages = web::scope("").wrap(cors.clone()).service(items);
        App::new().app_data(handle.clone()).service(exposition).service(pages)
    };
    HttpServer::new(app).listen(cors_examples::listener())?.run().await
}
