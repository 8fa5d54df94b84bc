use actix_web::App;
use cors_actix::{Cors, Policy};

fn main() {
    let builder = || Policy::builder().origins(["https://app.example.com"]);
    App::new().wrap(Cors::new(builder().build()));
    App::new().wrap(Cors::new(builder()));
    App::new().wrap(Cors::fallback("https://app.example.com"));
}
