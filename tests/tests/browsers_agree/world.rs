//! The origins of the cases: that of the page, and two others.

use cors_core::browser::Response;

use crate::laboratory::APP;

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

/// A response without a body, with the header that HTTP requires for it.
pub(crate) fn empty(status: u16) -> Response {
    let response = Response::new(status);
    if matches!(status, 204 | 304) { response } else { response.header("Content-Length", "0") }
}
