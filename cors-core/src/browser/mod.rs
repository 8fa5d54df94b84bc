//! A model of a browser: the client side of the CORS protocol, as pure functions.
//!
//! Use it to see what a page at some origin may do with what a server answers, without a browser: it
//! says whether a preflight goes out, what is in it, whether the answer satisfies the browser, which
//! headers the page can read, and, when it reads nothing, the reason that a browser's console would
//! give. It does no I/O and has no clock: [`fetch`] hands out the requests to send and takes the
//! answers, and time is an argument.
//!
//! It follows the algorithms of the [Fetch standard](https://fetch.spec.whatwg.org/), and those of
//! Chromium where they differ: [`Quirks`] says which.
//!
//! ```
//! use std::time::Duration;
//! use cors_core::browser::{fetch, PreflightCache, Quirks, Reason, Request, Response, Step};
//!
//! /// The server: it lets one origin read, and does not allow `PUT`.
//! fn serve(_request: &cors_core::browser::HttpRequest) -> Response {
//!     Response::new(200).header("access-control-allow-origin", "https://app.example.com")
//! }
//!
//! let mut cache = PreflightCache::new(Quirks::STANDARD);
//! let now = Duration::ZERO;
//! let request = Request::new("https://app.example.com", "https://api.example.com/items/1").method("PUT");
//!
//! let mut step = fetch(request, &mut cache, now);
//! let verdict = loop {
//!     step = match step {
//!         Step::Preflight(preflight) => {
//!             assert_eq!(preflight.request().method, "OPTIONS");
//!             let response = serve(preflight.request());
//!             preflight.answer(&response, &mut cache, now)
//!         }
//!         Step::Send(actual) => {
//!             let response = serve(actual.request());
//!             actual.answer(&response, &mut cache, now)
//!         }
//!         Step::Done(verdict) => break verdict,
//!     };
//! };
//!
//! assert_eq!(verdict.reason(), Some(Reason::MethodDisallowedByPreflightResponse));
//! ```
//!
//! # What it covers, and what it leaves out
//!
//! It covers requests in `cors` mode that follow redirects, as `fetch(url)` makes them, over `http` and `https`.
//! There is no HTTP cache, no cookie store, no service worker, no referrer policy, no mixed content, no
//! content security policy and no body, and nothing of what only those decide. Hosts of
//! URLs are taken in punycode.

mod cors_check;
mod fetch;
mod headers;
mod messages;
mod methods;
mod preflight;
mod preflight_cache;
mod quirks;
mod reason;
mod request_headers;
mod response_headers;
mod url;

pub use cors_check::cors_check;
pub use fetch::{Actual, Preflight, Step, Verdict, fetch};
pub use headers::HeaderList;
pub use messages::{CredentialsMode, HttpRequest, Request, Response};
pub use methods::{is_forbidden_method, is_safelisted_method, normalize_method};
pub use preflight::{max_age, needs_preflight};
pub use preflight_cache::PreflightCache;
pub use quirks::{Engine, Quirks};
pub use reason::{Blocked, Failure, Reason};
pub use request_headers::{
    is_forbidden_request_header, is_safelisted_request_header, unsafe_request_header_names,
};
pub use response_headers::readable_headers;
