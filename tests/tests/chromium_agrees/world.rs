//! The origins of the cases: a page's own, and two others.

use cors_core::browser::Response;

use crate::browser::APP;

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) app: String,
    pub(crate) api: String,
    pub(crate) cdn: String,
}

impl World {
    pub(crate) fn new(origin: impl Fn(&str) -> String) -> Self {
        Self { app: origin(APP), api: origin("api.site.example"), cdn: origin("cdn.site.example") }
    }
}

/// An answer without a body, which says so as HTTP wants it.
pub(crate) fn empty(status: u16) -> Response {
    let response = Response::new(status);
    if matches!(status, 204 | 304) { response } else { response.header("Content-Length", "0") }
}
