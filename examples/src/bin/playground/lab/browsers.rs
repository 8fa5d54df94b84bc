//! How Chromium, Firefox and WebKit would handle the same request, according to the model of a browser.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use cors_actix::Cors;
use cors_core::browser::{
    self, Engine, HttpRequest, PreflightCache, Reason, Response, Step, Verdict, fetch, max_age,
};
use serde::Serialize;

use super::experiments::answer;

/// The engine of the browser that sends this `User-Agent`.
pub fn engine_of(user_agent: &str) -> Option<Engine> {
    // The `User-Agent` of Chromium also contains the name of WebKit, so WebKit comes last.
    let marks =
        [("Firefox/", Engine::Firefox), ("Chrome/", Engine::Chromium), ("AppleWebKit/", Engine::WebKit)];
    marks.into_iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, engine)| engine)
}

/// How an engine handles a request.
#[derive(Serialize)]
pub struct Prediction {
    pub engine: String,
    /// Whether it is the engine of the browser that the page is open in.
    pub is_this: bool,
    /// Whether it sends a preflight.
    pub preflight: bool,
    /// The status that the page reads.
    pub status: Option<u16>,
    /// The names of the headers that the page reads.
    pub readable: Vec<String>,
    #[serde(skip)]
    pub reason: Option<Reason>,
    /// Why the page reads nothing.
    pub blocked: Option<String>,
    /// For how many seconds it caches the answer to the preflight.
    pub cached_seconds: Option<u64>,
}

/// Runs the model of the engine to which the cache belongs, with a server that answers as the real one does.
pub async fn predict(
    engine: Engine,
    cors: &Cors,
    request: browser::Request,
    cache: &mut PreflightCache,
    now: Duration,
) -> Prediction {
    let mut preflight_response = None;
    let mut step = fetch(request.clone(), cache, now);
    let verdict = loop {
        step = match step {
            Step::Preflight(preflight) => {
                let response = ask(cors, preflight.request()).await;
                preflight_response = Some(response.clone());
                preflight.answer(&response, cache, now)
            }
            Step::Send(actual) => {
                let response = ask(cors, actual.request()).await;
                actual.answer(&response, cache, now)
            }
            Step::Done(verdict) => break verdict,
        };
    };
    // A second request shows what the model has cached.
    let again = fetch(request, &mut cache.clone(), now);
    let cached = preflight_response.as_ref().filter(|_| matches!(again, Step::Send(_)));
    let (status, readable, reason, blocked) = match verdict {
        Verdict::Readable { status, headers } => {
            (Some(status), headers.into_iter().map(|(name, _)| name).collect(), None, None)
        }
        Verdict::Blocked(blocked) => {
            (None, Vec::new(), Some(blocked.reason), Some(format!("{:?}: {blocked}", blocked.reason)))
        }
    };
    Prediction {
        engine: engine.to_string(),
        is_this: false,
        preflight: preflight_response.is_some(),
        status,
        readable,
        reason,
        blocked,
        cached_seconds: cached.map(|response| max_age(&response.headers, engine).as_secs()),
    }
}

async fn ask(cors: &Cors, request: &HttpRequest) -> Response {
    let mut sent = TestRequest::with_uri(&request.url);
    if let Ok(method) = Method::from_bytes(request.method.as_bytes()) {
        sent = sent.method(method);
    }
    for (name, value) in &request.headers {
        // A value with bytes that HTTP does not allow is not sent.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(&**name), HeaderValue::from_bytes(value)) {
            sent = sent.append_header((name, value));
        }
    }
    match answer(cors, sent.to_srv_request()).await {
        Ok(response) => response
            .headers()
            .iter()
            .fold(Response::new(response.status().as_u16()), |made, (name, value)| {
                made.header(name.as_str(), value.as_bytes())
            }),
        Err(error) => Response::new(error.as_response_error().status_code().as_u16()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_an_engine_by_its_user_agent() {
        for (user_agent, engine) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
                Some("Chromium"),
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Some("Firefox")),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
                Some("WebKit"),
            ),
            ("curl/8.14.1", None),
        ] {
            assert_eq!(engine_of(user_agent).map(|engine| engine.to_string()).as_deref(), engine);
        }
    }
}
