//! One policy for every handler of a module. Handlers that share a path answer preflights for each other:
//! `curl -i -X OPTIONS -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: PUT' http://localhost:8080/api/items`

use actix_web::{App, HttpServer};
use cors_actix::cors;

#[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials)]
#[actix_web::scope("/api")]
mod api {
    use actix_web::{Responder, delete, get, put};
    use cors_actix::cors;

    #[put("/items")]
    pub async fn update() -> impl Responder {
        "updated"
    }

    #[delete("/items")]
    pub async fn remove() -> impl Responder {
        "removed"
    }

    /// The nearest policy wins.
    #[cors(origins = "*")]
    #[get("/status")]
    pub async fn status() -> impl Responder {
        "well"
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new().service(api::update).service(api::remove).service(api::status))
        .bind(("127.0.0.1", 8080))?
        .run()
        .await
}
