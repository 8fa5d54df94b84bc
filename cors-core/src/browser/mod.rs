//! A model of a browser: the client side of the CORS protocol, as pure functions.
//!
//! Use it to find out, without a browser, what a page at some origin can do with the answers of a server: whether the
//! browser sends a preflight, what the preflight contains, whether the answer allows the request, which headers the page
//! can read, and the reason that the console would show for a blocked request. The model does no I/O and has no clock:
//! [`fetch`] returns the requests to send and takes the answers, and time is an argument.
//!
//! It follows the algorithms of the [Fetch standard](https://fetch.spec.whatwg.org/), or those of a browser [`Engine`].
//! [`Quirks`] lists every point in which the engines differ.
//!
//! ```
//! use std::time::Duration;
//! use cors_core::browser::{fetch, PreflightCache, Quirks, Reason, Request, Response, Step};
//!
//! /// A server that allows one origin, and not the method `PUT`.
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
//! # Scope
//!
//! The model covers requests in `cors` mode that follow redirects, as `fetch(url)` makes them, over `http` and `https`.
//! It has no HTTP cache, cookie store, service worker, referrer policy, mixed content, content security policy or body.
//! Hosts of URLs have to be in punycode.
//!
//! A few details of Chromium are left out, because no server can rely on them. If several headers are missing,
//! Chromium's error names one of them in the order of a hash map; the model names `authorization` or else the first in
//! alphabetical order. The host of a URL may contain a space, and then does not resolve. `filesystem:` URLs have their
//! own syntax. Some schemes that only Chromium has (`view-source`, `chrome-search`) end a redirect without a CORS error.

mod cors_check;
mod fetch;
mod headers;
mod location;
mod messages;
mod preflight;
mod preflight_cache;
mod quirks;
mod reason;
mod received;
mod request_headers;
mod response_headers;
#[cfg(test)]
mod tests;
mod url;

pub use crate::fetch_standard::methods::{is_forbidden_method, is_safelisted_method, normalize_method};
pub use cors_check::cors_check;
pub use fetch::{Actual, Preflight, Step, Verdict, fetch};
pub use headers::HeaderList;
pub use messages::{CredentialsMode, HttpRequest, Request, Response};
pub use preflight::{max_age, needs_preflight};
pub use preflight_cache::PreflightCache;
pub use quirks::{
    CachedNullOrigin, CachedWildcard, ClearedByNetworkError, EmptyLocation, Encoding, Engine, MaxAgeSyntax,
    PreflightAfterRedirect, Quirk, Quirks, RangeSyntax, RepeatedLocation, RequestHeaderLines,
    RestoredHeaders, TaintedPreflightOrigin,
};
pub use reason::{Blocked, Failure, Reason};
pub use request_headers::{
    is_forbidden_request_header, is_safelisted_request_header, unsafe_request_header_names,
};
pub use response_headers::readable_headers;
