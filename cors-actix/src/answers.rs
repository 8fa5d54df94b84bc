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

/// One answer. The headers that nearly every answer has stand by themselves: constants cost less than clones, and straight
/// code less than a loop (see `cargo bench -p cors-actix --bench instructions`).
#[derive(Debug)]
struct Ready {
    status: StatusCode,
    allow_origin: Option<AllowOrigin>,
    allow_credentials: bool,
    others: Box<[(HeaderName, ReadyValue)]>,
    vary: Vary,
}

#[derive(Debug)]
enum AllowOrigin {
    Any,
    Only(HeaderValue),
    OfRequest,
}

#[derive(Debug)]
enum ReadyValue {
    Text(HeaderValue),
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
        let origin = if self.repeats_origin(decision) { request.origin_value() } else { None };
        ready.allow(headers, origin);
        for (name, value) in &ready.others {
            match value {
                ReadyValue::Text(value) => headers.append(name.clone(), value.clone()),
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
                // It says what a handler's response has.
                ReadyValue::ResponseHeaderNames => {}
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
        origin: Option<&HeaderValue>,
        found: Found,
        response: &mut HttpResponse<B>,
    ) {
        let ready = &self.by_decision[decision as usize];
        let headers = response.headers_mut();
        // A handler that answers for itself keeps its answer: one more header could widen it.
        if !found.allow_origin {
            ready.allow(headers, origin);
            for (name, value) in &ready.others {
                match value {
                    ReadyValue::Text(value) => headers.append(name.clone(), value.clone()),
                    ReadyValue::ResponseHeaderNames => {
                        if let Some(names) = response_header_names(headers) {
                            headers.append(name.clone(), names);
                        }
                    }
                    // What a preflight asks for.
                    ReadyValue::RequestMethod | ReadyValue::RequestHeaders => {}
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
        matches!(self.by_decision[decision as usize].allow_origin, Some(AllowOrigin::OfRequest))
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
        let mut ready = Self {
            status: answer.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default(),
            allow_origin: None,
            allow_credentials: false,
            others: Box::default(),
            vary: answer.vary,
        };
        let text = |text: &str| HeaderValue::from_str(text).expect("tokens, commas and digits");
        let mut others = Vec::new();
        for (name, value) in &answer.headers {
            let name = HeaderName::from_static(name);
            match (name, value) {
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, value) => {
                    ready.allow_origin = Some(match value {
                        Value::Text(any) if any == "*" => AllowOrigin::Any,
                        Value::Text(only) => AllowOrigin::Only(text(only)),
                        _ => AllowOrigin::OfRequest,
                    });
                }
                (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, _) => ready.allow_credentials = true,
                (name, Value::Text(value)) => others.push((name, ReadyValue::Text(text(value)))),
                (name, Value::RequestMethod) => others.push((name, ReadyValue::RequestMethod)),
                (name, Value::RequestHeaders) => others.push((name, ReadyValue::RequestHeaders)),
                (name, Value::ResponseHeaderNames) => others.push((name, ReadyValue::ResponseHeaderNames)),
                (name, value) => unreachable!("this version does not know {name}: {value:?}"),
            }
        }
        ready.others = others.into();
        ready
    }

    /// Adds what says whose page may read the response. `origin` is the request's.
    #[inline]
    fn allow(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        let Some(allow_origin) = &self.allow_origin else { return };
        // At most one allocation, where a handler has set many headers.
        headers.reserve(self.others.len() + 3);
        let value = match allow_origin {
            AllowOrigin::Any => Some(mark::STAR),
            AllowOrigin::Only(only) => Some(only.clone()),
            AllowOrigin::OfRequest => origin.cloned(),
        };
        if let Some(value) = value {
            headers.append(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
        }
        if self.allow_credentials {
            headers.append(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
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
