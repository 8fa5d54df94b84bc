//! A browser for tests: asks your application as a page in a browser would, and tells what the page could read.
//!
//! It sends preflights when a browser would, keeps their answers, carries cookies where credentials are included, and
//! judges the responses by the algorithms of the [Fetch standard](https://fetch.spec.whatwg.org/#http-cors-protocol). No
//! browser and no network is involved. A whole test, to paste and change:
//!
//! ```
//! use actix_web::{App, HttpResponse, Responder, put, test, web};
//! use cors_actix::cors;
//! use cors_actix::testing::{Browser, Fetch, Reason};
//!
//! #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials)]
//! #[put("/items/{id}")]
//! async fn update(id: web::Path<u64>) -> impl Responder {
//!     HttpResponse::Ok().body(format!("updated {id}"))
//! }
//!
//! # /*
//! #[actix_web::test]
//! async fn only_the_app_updates_items() {
//! # */
//! # actix_web::rt::System::new().block_on(async {
//!     let app = test::init_service(App::new().service(update)).await;
//!     let put = || Fetch::put("/items/1").header("content-type", "application/json").credentials();
//!
//!     let page = Browser::at("https://app.example.com");
//!     let outcome = page.fetch(&app, put()).await;
//!     outcome.assert_allowed();
//!     assert_eq!(outcome.body(), "updated 1");
//!     assert_eq!(outcome.preflights(), 1);
//!
//!     let stranger = Browser::at("https://evil.example");
//!     stranger.fetch(&app, put()).await.assert_blocked_by(Reason::PreflightMissingAllowOriginHeader);
//! # });
//! # /*
//! }
//! # */
//! ```
//!
//! What a failed assertion prints is the whole exchange, with the reason and what would have to change.

mod browser;
mod outcome;

pub use browser::{Browser, Fetch};
pub use cors_core::browser::{CredentialsMode, Engine, Quirks, Reason};
pub use outcome::Outcome;
