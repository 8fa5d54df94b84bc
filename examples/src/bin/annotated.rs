//! Three handlers, each with its own policy: `curl -i -H 'Origin: https://app.example.com' http://localhost:8080/items/1`

use actix_web::{App, HttpResponse, HttpServer, Responder, get, put, web};
use cors_actix::cors;

#[cors(origins = "*", expose = ["x-total-count"])]
#[get("/items/{id}")]
async fn read(id: web::Path<u64>) -> impl Responder {
    HttpResponse::Ok().insert_header(("x-total-count", "1")).body(format!("item {id}"))
}

#[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = "10m")]
#[put("/items/{id}")]
async fn update(id: web::Path<u64>) -> impl Responder {
    format!("updated {id}")
}

/// Pages of other origins have no access.
#[cors(deny)]
#[get("/admin")]
async fn admin() -> impl Responder {
    "only for pages of this server"
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new().service(read).service(update).service(admin))
        .listen(cors_examples::listener())?
        .run()
        .await
}
