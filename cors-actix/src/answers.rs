//! A policy's answers as actix carries them: header values ready-made once and shared by every worker.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

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

/// One answer, a field for each header: names that are constants cost less than clones of them, and straight code less than
/// a loop (see `cargo bench -p cors-actix --bench instructions`).
#[derive(Debug)]
struct Ready {
    status: StatusCode,
    allow_origin: Option<AllowOrigin>,
    allow_credentials: bool,
    allow_methods: Option<Asked>,
    allow_headers: Option<Asked>,
    max_age: Option<HeaderValue>,
    expose: Option<Expose>,
    vary: Vary,
}

#[derive(Debug)]
enum AllowOrigin {
    Any,
    Only(HeaderValue),
    OfRequest,
}

/// What a preflight grants.
#[derive(Debug)]
enum Asked {
    Listed(HeaderValue),
    /// What it asked for.
    Echoed,
}

#[derive(Debug)]
enum Expose {
    Listed(HeaderValue),
    /// The names of the headers that the response has.
    OfResponse,
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
    /// `origin` is what [`Answers::repeated_origin`] found.
    pub(crate) fn own(
        &self,
        decision: Decision,
        request: &Request<'_>,
        origin: Option<&HeaderValue>,
        headers: &mut HeaderMap,
    ) {
        let ready = &self.by_decision[decision as usize];
        ready.allow(headers, origin);
        match &ready.allow_methods {
            Some(Asked::Listed(methods)) => {
                headers.append(header::ACCESS_CONTROL_ALLOW_METHODS, methods.clone());
            }
            Some(Asked::Echoed) => {
                if let Some(method) = request.requested_method()
                    && self.policy.echoes_method(method.as_bytes())
                {
                    headers.append(header::ACCESS_CONTROL_ALLOW_METHODS, method.clone());
                }
            }
            None => {}
        }
        match &ready.allow_headers {
            Some(Asked::Listed(names)) => {
                headers.append(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
            }
            Some(Asked::Echoed) => {
                let lines = request.requested_headers();
                if cors_core::echoes_headers(lines.iter().map(HeaderValue::as_bytes)) {
                    for line in lines {
                        headers.append(header::ACCESS_CONTROL_ALLOW_HEADERS, line.clone());
                    }
                }
            }
            None => {}
        }
        if let Some(max_age) = &ready.max_age {
            headers.append(header::ACCESS_CONTROL_MAX_AGE, max_age.clone());
        }
        if let Some(vary) = vary_value(ready.vary) {
            headers.append(header::VARY, vary);
        }
    }

    /// Adds the headers of `decision` to a response that somebody else made, and that no nearer layer has decided about.
    /// `origin` is what [`Answers::repeated_origin`] found.
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
            let exposed = match &ready.expose {
                Some(Expose::Listed(names)) => Some(names.clone()),
                Some(Expose::OfResponse) => response_header_names(headers),
                None => None,
            };
            if let Some(names) = exposed {
                headers.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
            }
        }
        let Some(vary) = vary_value(ready.vary) else { return };
        if found.vary_origin {
            mark::mark(response);
        } else {
            headers.append(header::VARY, vary);
        }
    }

    /// The request's origin, where the answer repeats it.
    #[inline]
    pub(crate) fn repeated_origin(&self, decision: Decision, request: &Request<'_>) -> Option<HeaderValue> {
        match self.by_decision[decision as usize].allow_origin {
            Some(AllowOrigin::OfRequest) => request.origin_value().cloned(),
            _ => None,
        }
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
    /// How many headers an answer of a handler can get: three and `Vary`.
    const MOST: usize = 4;

    fn new(answer: &Answer) -> Self {
        let mut ready = Self {
            status: answer.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default(),
            allow_origin: None,
            allow_credentials: false,
            allow_methods: None,
            allow_headers: None,
            max_age: None,
            expose: None,
            vary: answer.vary,
        };
        for (name, value) in &answer.headers {
            match (*name, value) {
                ("access-control-allow-origin", Value::Text(any)) if any == "*" => {
                    ready.allow_origin = Some(AllowOrigin::Any);
                }
                ("access-control-allow-origin", Value::Text(only)) => {
                    ready.allow_origin = Some(AllowOrigin::Only(ready_value(only)));
                }
                ("access-control-allow-origin", Value::RequestOrigin) => {
                    ready.allow_origin = Some(AllowOrigin::OfRequest);
                }
                ("access-control-allow-credentials", _) => ready.allow_credentials = true,
                ("access-control-allow-methods", Value::Text(methods)) => {
                    ready.allow_methods = Some(Asked::Listed(ready_value(methods)));
                }
                ("access-control-allow-methods", Value::RequestMethod) => {
                    ready.allow_methods = Some(Asked::Echoed);
                }
                ("access-control-allow-headers", Value::Text(names)) => {
                    ready.allow_headers = Some(Asked::Listed(ready_value(names)));
                }
                ("access-control-allow-headers", Value::RequestHeaders) => {
                    ready.allow_headers = Some(Asked::Echoed);
                }
                ("access-control-max-age", Value::Text(seconds)) => {
                    ready.max_age = Some(ready_value(seconds))
                }
                ("access-control-expose-headers", Value::Text(names)) => {
                    ready.expose = Some(Expose::Listed(ready_value(names)));
                }
                ("access-control-expose-headers", Value::ResponseHeaderNames) => {
                    ready.expose = Some(Expose::OfResponse);
                }
                (name, value) => unreachable!("this version does not know {name}: {value:?}"),
            }
        }
        ready
    }

    /// Adds what says whose page may read the response. `origin` is the request's.
    #[inline]
    fn allow(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        let Some(allow_origin) = &self.allow_origin else { return };
        // At most one allocation, where a handler has set many headers.
        headers.reserve(Self::MOST);
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

/// A value that costs next to nothing to clone: it counts no references, which all workers would do in one place.
fn ready_value(text: &str) -> HeaderValue {
    match kept(text) {
        Some(text) => HeaderValue::from_static(text),
        None => HeaderValue::from_str(text).expect("tokens, commas and digits"),
    }
}

/// The same text, kept until the program ends. Policies are few, and say the same again and again, so each text is kept
/// once; and 64 KiB of them at most, for those who replace policies all day.
fn kept(text: &str) -> Option<&'static str> {
    const MOST: usize = 64 * 1024;
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = kept.get(text) {
        return Some(text);
    }
    if kept.iter().map(|text| text.len()).sum::<usize>() + text.len() > MOST {
        return None;
    }
    let text: &'static str = Box::leak(text.into());
    kept.insert(text);
    Some(text)
}

/// `expose = "*"` with credentials: a browser takes `*` for a header of this name there, so the names are listed. This is
/// the one place that allocates.
fn response_header_names(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut names: Vec<&str> =
        headers.keys().map(HeaderName::as_str).filter(|name| cors_core::exposes_name(name)).collect();
    names.sort_unstable();
    (!names.is_empty()).then(|| HeaderValue::from_str(&names.join(", ")).expect("names of headers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_kept_once_and_what_is_too_much_is_not_kept() {
        let first = kept("https://kept.example").expect("there is room");
        let again = kept(&String::from("https://kept.example")).expect("it is there");
        assert!(std::ptr::eq(first, again));

        let large = "a".repeat(64 * 1024 + 1);
        assert_eq!(kept(&large), None);
        assert_eq!(ready_value(&large), large.as_str());
        assert_eq!(ready_value("https://kept.example"), "https://kept.example");
    }
}
