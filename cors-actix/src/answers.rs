//! A policy's answers as actix carries them: header values ready-made once and shared by every worker.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use cors_core::{Answer, CompiledPolicy, Decision, Value, Vary};

use crate::mark::{self, Found};
use crate::request::Request;
use crate::site::Site;

/// A policy's answers at one site.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) policy: CompiledPolicy,
    pub(crate) site: Arc<Site>,
    by_decision: [Ready; Decision::ALL.len()],
}

#[derive(Debug)]
struct Ready {
    status: StatusCode,
    headers: Box<[(HeaderName, ReadyValue)]>,
    vary: Vary,
    repeats_origin: bool,
}

/// What the commonest values come down to; constants cost less than clones.
#[derive(Debug)]
enum ReadyValue {
    Star,
    True,
    Text(HeaderValue),
    RequestOrigin,
    RequestMethod,
    RequestHeaders,
    ResponseHeaderNames,
}

const TRUE: HeaderValue = HeaderValue::from_static("true");

impl Answers {
    pub(crate) fn new(policy: &CompiledPolicy, site: Arc<Site>) -> Self {
        let policy = site.fit(policy);
        let by_decision = Decision::ALL.map(|decision| Ready::new(policy.answer(decision)));
        Self { policy, by_decision, site }
    }

    pub(crate) fn status(&self, decision: Decision) -> StatusCode {
        self.by_decision[decision as usize].status
    }

    /// The headers of an answer that this library gives itself.
    pub(crate) fn own(&self, decision: Decision, request: &Request<'_>, headers: &mut HeaderMap) {
        let ready = &self.by_decision[decision as usize];
        if !ready.headers.is_empty() {
            headers.reserve(ready.headers.len() + 1);
        }
        for (name, value) in &ready.headers {
            match value {
                ReadyValue::RequestMethod => {
                    if let Some(method) = request.requested_method()
                        && self.policy.echoes_method(method.as_bytes())
                    {
                        headers.append(name.clone(), method.clone());
                    }
                }
                ReadyValue::RequestHeaders => {
                    let lines = request.requested_headers();
                    if cors_core::echoes_headers(lines.iter().map(HeaderValue::as_bytes)) {
                        for line in lines {
                            headers.append(name.clone(), line.clone());
                        }
                    }
                }
                ReadyValue::RequestOrigin => {
                    if let Some(origin) = request.origin_value() {
                        headers.append(name.clone(), origin.clone());
                    }
                }
                value => {
                    if let Some(value) = value.fixed() {
                        headers.append(name.clone(), value);
                    }
                }
            }
        }
        if let Some(vary) = vary_value(ready.vary) {
            headers.append(header::VARY, vary);
        }
    }

    /// Adds the headers of `decision` to a response that somebody else made, and that no nearer layer has decided about.
    /// `origin` is the request's.
    pub(crate) fn add_to<B>(
        &self,
        decision: Decision,
        origin: Option<HeaderValue>,
        found: Found,
        response: &mut HttpResponse<B>,
    ) {
        let ready = &self.by_decision[decision as usize];
        let headers = response.headers_mut();
        // A handler that answers for itself keeps its answer: one more header could widen it.
        if !ready.headers.is_empty() && !found.allow_origin {
            // At most one allocation, and no second hashing of what is there.
            headers.reserve(ready.headers.len() + 1);
            let mut origin = origin;
            for (name, value) in &ready.headers {
                let value = match value {
                    ReadyValue::RequestOrigin => origin.take(),
                    ReadyValue::ResponseHeaderNames => response_header_names(headers),
                    value => value.fixed(),
                };
                if let Some(value) = value {
                    headers.append(name.clone(), value);
                }
            }
        }
        let Some(vary) = vary_value(ready.vary) else { return };
        if found.vary_origin {
            mark::mark(response);
        } else {
            headers.append(header::VARY, vary);
        }
    }

    /// Whether an answer repeats the request's origin.
    pub(crate) fn repeats_origin(&self, decision: Decision) -> bool {
        self.by_decision[decision as usize].repeats_origin
    }
}

fn vary_value(vary: Vary) -> Option<HeaderValue> {
    match vary {
        Vary::Nothing => None,
        Vary::Origin => Some(mark::VARY_ORIGIN),
        Vary::OriginAndMethod => Some(mark::VARY_ORIGIN_METHOD),
        Vary::OriginMethodAndHeaders => Some(mark::VARY_ORIGIN_METHOD_HEADERS),
    }
}

impl Ready {
    fn new(answer: &Answer) -> Self {
        let status = answer.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
        let headers = answer.headers.iter().map(|(name, value)| {
            let value = match value {
                Value::Text(text) if text == "*" && *name == "access-control-allow-origin" => {
                    ReadyValue::Star
                }
                Value::Text(text) if text == "true" => ReadyValue::True,
                Value::Text(text) => {
                    ReadyValue::Text(HeaderValue::from_str(text).expect("tokens, commas and digits"))
                }
                Value::RequestOrigin => ReadyValue::RequestOrigin,
                Value::RequestMethod => ReadyValue::RequestMethod,
                Value::RequestHeaders => ReadyValue::RequestHeaders,
                Value::ResponseHeaderNames => ReadyValue::ResponseHeaderNames,
                value => unreachable!("a value that this version does not know: {value:?}"),
            };
            (HeaderName::from_static(name), value)
        });
        let repeats_origin = answer.headers.iter().any(|(_, value)| *value == Value::RequestOrigin);
        Self { status, headers: headers.collect(), vary: answer.vary, repeats_origin }
    }
}

impl ReadyValue {
    /// The value, where it is the same for every request.
    fn fixed(&self) -> Option<HeaderValue> {
        match self {
            ReadyValue::Star => Some(mark::STAR),
            ReadyValue::True => Some(TRUE),
            ReadyValue::Text(value) => Some(value.clone()),
            _ => None,
        }
    }
}

/// `expose = "*"` with credentials: a browser takes `*` for a header of this name there, so the names are listed. This is
/// the one place that allocates.
fn response_header_names(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut names: Vec<&str> =
        headers.keys().map(HeaderName::as_str).filter(|name| cors_core::exposes_name(name)).collect();
    names.sort_unstable();
    (!names.is_empty()).then(|| HeaderValue::from_str(&names.join(", ")).expect("names of headers"))
}
