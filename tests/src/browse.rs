//! The model of a browser, on a real connection.

use std::time::Duration;

use cors_core::browser::{self, HttpRequest, PreflightCache, Step, Verdict};

use crate::http::{Request, Server};

/// The result of a page's request, which is sent to `server` for every host in the URL.
pub fn fetch(server: &Server, request: browser::Request, cache: &mut PreflightCache) -> Verdict {
    fetch_from(|request| send(server, request), request, cache)
}

/// The result of a page's request that `serve` answers. No time passes.
pub fn fetch_from(
    serve: impl Fn(&HttpRequest) -> browser::Response,
    request: browser::Request,
    cache: &mut PreflightCache,
) -> Verdict {
    let now = Duration::ZERO;
    let mut step = browser::fetch(request, cache, now);
    loop {
        step = match step {
            Step::Preflight(preflight) => {
                let response = serve(preflight.request());
                preflight.answer(&response, cache, now)
            }
            Step::Send(actual) => {
                let response = serve(actual.request());
                actual.answer(&response, cache, now)
            }
            Step::Done(verdict) => return verdict,
        };
    }
}

fn send(server: &Server, request: &HttpRequest) -> browser::Response {
    let path = request.url.splitn(4, '/').nth(3).unwrap_or_default();
    let lines = request.headers.iter();
    let request = lines
        .fold(Request::new(&request.method, &format!("/{path}")), |r, (name, value)| r.header(name, value));
    let response = server.send(&request);
    let headers = response.headers.into_iter().map(|(name, value)| (name, value.into_bytes()));
    browser::Response { status: response.status, headers: headers.collect() }
}
