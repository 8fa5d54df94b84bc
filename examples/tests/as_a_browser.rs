//! The test that the README shows.

use actix_web::{App, Responder, put, test};
use cors_actix::cors;
use cors_actix::testing::{Browser, Fetch, Reason};

#[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials)]
#[put("/items/1")]
async fn update() -> impl Responder {
    "updated"
}

#[actix_web::test]
async fn only_the_app_updates_items() {
    let app = test::init_service(App::new().service(update)).await;
    let put = || Fetch::put("/items/1").header("content-type", "application/json").credentials();

    Browser::at("https://app.example.com").fetch(&app, put()).await.assert_allowed();
    let stranger = Browser::at("https://evil.example").fetch(&app, put()).await;
    stranger.assert_blocked_by(Reason::PreflightMissingAllowOriginHeader);
}
