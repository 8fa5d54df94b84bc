//! A browser for tests. It sends requests to your application as a page in a browser would, and reports what the page could
//! read.
//!
//! It sends preflights when a browser would, caches their answers, includes cookies in requests with credentials, and
//! checks the responses with the algorithms of the [Fetch
//! standard](https://fetch.spec.whatwg.org/#http-cors-protocol), or of Chromium, Firefox or WebKit. It needs no real browser
//! and no network. A complete test:
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
//! A failed assertion prints the whole exchange: which layer answered, why the browser blocked the request, and what to write.
//! The explanation is the same as in the log and in [`Cors::on_refusal`](crate::Cors::on_refusal):
//!
//! ```text
//! the browser blocks it: PreflightMissingAllowOriginHeader: the answer of https://api.example.com/items/1 to the preflight has no
//! Access-Control-Allow-Origin
//! why: origin-not-allowed: `origins` does not list https://ap.example.com; the nearest entry is https://app.example.com, which
//! has another host
//! help: add "https://ap.example.com" to `origins`
//! ```
//!
//! [`Browsers`] makes the same fetch in every engine. The guide has a page about [where browsers
//! differ](crate::guide::where_browsers_differ).

pub(crate) mod active;
mod browser;
mod browsers;
mod cookies;
mod observation;
mod outcome;

pub use browser::{Browser, Fetch};
pub use browsers::{Browsers, Outcomes};
pub use cors_core::browser::{CredentialsMode, Engine, Quirks, Reason};
pub use outcome::Outcome;
