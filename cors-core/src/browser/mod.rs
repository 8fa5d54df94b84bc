//! A model of a browser: the client side of the CORS protocol, as pure functions.
//!
//! It follows the algorithms of the [Fetch standard](https://fetch.spec.whatwg.org/), and those of
//! Chromium where they differ: [`Quirks`] says which.

mod cors_check;
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
