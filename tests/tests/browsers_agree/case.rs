//! A case: the fetches of a page, and the answers of the servers.

use cors_core::browser::{Request, Response};

/// One or more fetches of a page, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The group in which it is counted.
    pub(crate) kind: &'static str,
    pub(crate) fetches: Vec<Request>,
    pub(crate) endpoints: Vec<Endpoint>,
}

/// The answers at a URL.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// Without a fragment.
    pub(crate) url: String,
    /// The answers to preflights, in order. The last one repeats.
    pub(crate) preflights: Vec<Response>,
    /// The answers to other requests, in order. The last one repeats.
    pub(crate) actuals: Vec<Response>,
}

/// The endpoints of a running case. The model and the real server answer from the same script.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    endpoints: Vec<Endpoint>,
}

impl Script {
    pub(crate) fn new(case: &Case) -> Self {
        Self { endpoints: case.endpoints.clone() }
    }

    pub(crate) fn has(&self, url: &str) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.url == url)
    }

    pub(crate) fn answer(&mut self, url: &str, is_preflight: bool) -> Response {
        let Some(endpoint) = self.endpoints.iter_mut().find(|endpoint| endpoint.url == url) else {
            return Response::new(404).header("Content-Length", "0");
        };
        let answers = if is_preflight { &mut endpoint.preflights } else { &mut endpoint.actuals };
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    }
}
