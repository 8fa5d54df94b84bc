//! One named policy for some handlers, and another one for all handlers without a policy of their own.
//! `curl -i -H 'Origin: https://eu.partner.example' http://localhost:8080/orders`

use actix_web::{App, HttpResponse, HttpServer, Responder, get, post, web};
use cors_actix::{Cors, Policy, cors, policy};

static PARTNERS: Policy = policy! {
    origins = ["https://*.partner.example", "https://app.example.com"],
    headers = ["content-type", "authorization"],
    credentials,
    max_age = "1h",
};

static PUBLIC: Policy = policy! { origins = "*" };

#[cors(policy = PARTNERS)]
#[get("/orders")]
async fn orders() -> impl Responder {
    "orders"
}

#[cors(policy = PARTNERS)]
#[post("/orders")]
async fn order() -> impl Responder {
    "ordered"
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let others = Cors::fallback(&PUBLIC);
    HttpServer::new(move || {
        App::new()
            .wrap(others.clone())
            .service(orders)
            .service(order)
            .route("/other", web::get().to(HttpResponse::Ok))
    })
    .listen(cors_examples::listener())?
    .run()
    .await
}
