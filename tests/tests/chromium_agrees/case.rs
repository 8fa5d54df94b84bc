//! A case: what a page asks for, and what the servers answer.

use cors_core::browser::{Request, Response};

/// One or more fetches of one page, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// What it is about, for the counts at the end.
    pub(crate) kind: &'static str,
    pub(crate) fetches: Vec<Request>,
    pub(crate) endpoints: Vec<Endpoint>,
}

/// What there is at a URL.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// Without a fragment.
    pub(crate) url: String,
    /// The answers to preflights, in order; the last is for all that follow.
    pub(crate) preflights: Vec<Response>,
    /// The answers to other requests, likewise.
    pub(crate) actuals: Vec<Response>,
}

/// The endpoints of a case while it is running: the model and the real server answer from the same script.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    endpoints: Vec<Endpoint>,
}

impl Script {
    pub(crate) fn new(case: &Case) -> Self {
        Self { endpoints: case.endpoints.clone() }
    }

    pub(crate) fn answer(&mut self, url: &str, is_preflight: bool) -> Response {
        let Some(endpoint) = self.endpoints.iter_mut().find(|endpoint| endpoint.url == url) else {
            return Response::new(404).header("Content-Length", "0");
        };
        let answers = if is_preflight { &mut endpoint.preflights } else { &mut endpoint.actuals };
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    }
}
