//! One policy for all handlers of a module. The answer to a preflight lists the methods of all handlers on the path:
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

    /// The policy on the handler applies instead of the policy on the module.
    #[cors(origins = "*")]
    #[get("/status")]
    pub async fn status() -> impl Responder {
        "ok"
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new().service(api::update).service(api::remove).service(api::status))
        .listen(cors_examples::listener())?
        .run()
        .await
}
