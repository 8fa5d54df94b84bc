//! The requests that an application is sent, and the responses that it must give.

use actix_http::Request;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderName, HeaderValue, ORIGIN,
    VARY,
};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::web::{Bytes, BytesMut};

use super::answer::Answer;
use super::handlers::handler_headers;
use super::policies::{Origins, PARTNER, STRANGER, TRUSTED};
use super::variant::Variant;

/// A kind of request to an application with a certain policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    NoOrigin,
    Allowed(Origins),
    /// As [`Scenario::Allowed`], where the handler sets headers of its own, as most handlers do.
    AllowedWithHeaders,
    Refused,
    RefusedWithHeaders,
    PreflightAllowed(Origins),
    PreflightRefused,
    /// A preflight that lists 64 KiB of header names in one line.
    LongPreflight,
    /// A preflight that lists header names in 1000 lines.
    ManyLinesPreflight,
    /// An `Origin` of 64 KiB.
    LongOrigin,
}

use Scenario::*;

impl Scenario {
    /// The scenarios that have a bar.
    pub const BARRED: &[Scenario] =
        &[NoOrigin, Allowed(Origins::One), Refused, PreflightAllowed(Origins::One), PreflightRefused];

    /// The scenarios for which the costs of the parts are shown.
    pub const TAKEN_APART: &[Scenario] =
        &[Refused, Allowed(Origins::One), AllowedWithHeaders, Allowed(Origins::Everyone)];

    pub const ALL: &[Scenario] = &[
        NoOrigin,
        Allowed(Origins::One),
        AllowedWithHeaders,
        Refused,
        RefusedWithHeaders,
        PreflightAllowed(Origins::One),
        PreflightRefused,
        Allowed(Origins::Ten),
        PreflightAllowed(Origins::Ten),
        Allowed(Origins::Thousand),
        PreflightAllowed(Origins::Thousand),
        Allowed(Origins::HundredThousand),
        PreflightAllowed(Origins::HundredThousand),
        Allowed(Origins::Subdomains),
        PreflightAllowed(Origins::Subdomains),
        Allowed(Origins::Everyone),
        PreflightAllowed(Origins::Everyone),
        LongPreflight,
        ManyLinesPreflight,
        LongOrigin,
    ];

    pub fn name(self) -> String {
        match self {
            NoOrigin => "no Origin".into(),
            Allowed(Origins::One) => "allowed".into(),
            Allowed(origins) => format!("allowed, {}", origins.name()),
            AllowedWithHeaders => "allowed, response has headers".into(),
            Refused => "refused".into(),
            RefusedWithHeaders => "refused, response has headers".into(),
            PreflightAllowed(Origins::One) => "preflight allowed".into(),
            PreflightAllowed(origins) => format!("preflight allowed, {}", origins.name()),
            PreflightRefused => "preflight refused".into(),
            LongPreflight => "preflight, 64 KiB of header names".into(),
            ManyLinesPreflight => "preflight, 1000 lines of header names".into(),
            LongOrigin => "an Origin of 64 KiB".into(),
        }
    }

    /// The origins that the policy of the application allows.
    pub fn origins(self) -> Origins {
        match self {
            Allowed(origins) | PreflightAllowed(origins) => origins,
            _ => Origins::One,
        }
    }

    pub fn handler_sets_headers(self) -> bool {
        matches!(self, AllowedWithHeaders | RefusedWithHeaders)
    }

    /// The request.
    pub fn requests(self) -> Requests {
        let mut lines = vec![(HOST, "api.example.com".to_owned())];
        match self {
            NoOrigin => {}
            Allowed(_) | AllowedWithHeaders | PreflightAllowed(_) | LongPreflight | ManyLinesPreflight => {
                lines.push((ORIGIN, self.granted_origin().into()));
            }
            Refused | RefusedWithHeaders | PreflightRefused => lines.push((ORIGIN, STRANGER.into())),
            LongOrigin => lines.push((ORIGIN, format!("https://{}.example", "a".repeat(64 * 1024)))),
        }
        if self.is_preflight() {
            lines.push((ACCESS_CONTROL_REQUEST_METHOD, "GET".into()));
        }
        match self {
            LongPreflight => {
                let names: Vec<_> = (0..64 * 1024 / 16).map(|i| format!("x-header-{i:06}")).collect();
                lines.push((ACCESS_CONTROL_REQUEST_HEADERS, names.join(",")));
            }
            ManyLinesPreflight => {
                let names = (0..1000).map(|i| (ACCESS_CONTROL_REQUEST_HEADERS, format!("x-header-{i:06}")));
                lines.extend(names);
            }
            _ if self.is_preflight() => lines.push((ACCESS_CONTROL_REQUEST_HEADERS, "content-type".into())),
            _ => {}
        }
        let method = if self.is_preflight() { Method::OPTIONS } else { Method::GET };
        Requests { method, lines: as_received(lines) }
    }

    pub fn is_preflight(self) -> bool {
        matches!(self, PreflightAllowed(_) | PreflightRefused | LongPreflight | ManyLinesPreflight)
    }

    pub fn is_hostile(self) -> bool {
        matches!(self, LongPreflight | ManyLinesPreflight | LongOrigin)
    }

    fn is_granted(self) -> bool {
        matches!(
            self,
            Allowed(_) | AllowedWithHeaders | PreflightAllowed(_) | LongPreflight | ManyLinesPreflight
        )
    }

    fn granted_origin(self) -> &'static str {
        if self.origins() == Origins::Subdomains { PARTNER } else { TRUSTED }
    }

    /// The headers that CORS must add, written by hand.
    pub fn headers(self, variant: Variant) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = Vec::new();
        let mut add = |name, value| headers.push((name, HeaderValue::from_static(value)));
        let everyone = self.origins() == Origins::Everyone;
        if self.is_granted() {
            add(ACCESS_CONTROL_ALLOW_ORIGIN, if everyone { "*" } else { self.granted_origin() });
            if !everyone {
                add(ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
            }
            if self.is_preflight() {
                // A handler grants its own methods. A fallback does not know which other handlers serve the URL, so it
                // grants only the requested method, and its answer is not cached.
                let requested_only =
                    matches!(variant, Variant::Handler | Variant::HandlerSecond | Variant::Fallback);
                add(ACCESS_CONTROL_ALLOW_METHODS, if requested_only { "GET" } else { "GET, PUT, DELETE" });
                add(ACCESS_CONTROL_ALLOW_HEADERS, "content-type, authorization");
                add(ACCESS_CONTROL_MAX_AGE, if variant == Variant::Fallback { "0" } else { "3600" });
            } else {
                add(ACCESS_CONTROL_EXPOSE_HEADERS, "x-total-count");
            }
        }
        match (everyone, self.is_preflight()) {
            // The answer of a fallback has the requested method.
            (true, true) if variant == Variant::Fallback => add(VARY, "Access-Control-Request-Method"),
            (true, _) => {}
            (false, true) => add(VARY, "Origin, Access-Control-Request-Method"),
            (false, false) => add(VARY, "Origin"),
        }
        headers
    }

    /// The response that `variant` must give.
    fn expected(self, variant: Variant) -> Answer {
        let mut headers = self.headers(variant);
        if self.handler_sets_headers() {
            headers.extend(handler_headers());
        }
        let status = match (self.is_preflight(), self.is_granted()) {
            (false, _) => StatusCode::OK,
            (true, true) => StatusCode::NO_CONTENT,
            (true, false) => StatusCode::FORBIDDEN,
        };
        Answer { status, headers }
    }

    /// Compares a response with the one that is expected, so that no variant is fast because it is wrong.
    ///
    /// # Panics
    /// If they differ.
    pub fn check(self, variant: Variant, answer: Answer) {
        let case = format!("{}, {}", variant.name(), self.name());
        let expected = self.expected(variant);
        match variant {
            Variant::Bare
            | Variant::Pass
            | Variant::BareHandler
            | Variant::BareGuarded
            | Variant::BareSecond => {}
            // actix-cors refuses in another way, and lists only the requested method and headers.
            Variant::ActixCors => {
                let allow_origin = answer.entries(&ACCESS_CONTROL_ALLOW_ORIGIN);
                if !self.is_hostile() {
                    assert_eq!(allow_origin, expected.entries(&ACCESS_CONTROL_ALLOW_ORIGIN), "{case}");
                }
                if self.is_granted() && !self.is_hostile() {
                    for (name, _) in expected.headers.iter().filter(|(name, _)| *name != VARY) {
                        let values = (answer.entries(name), expected.entries(name));
                        assert_eq!(values.0, values.1, "{case}: {name}");
                    }
                }
            }
            _ => assert_eq!(answer.sorted(), expected.sorted(), "{case}"),
        }
    }
}

/// A request that can be made any number of times.
pub struct Requests {
    method: Method,
    lines: Vec<(HeaderName, HeaderValue)>,
}

impl Requests {
    pub fn one(&self) -> Request {
        let mut request = Request::new();
        let head = request.head_mut();
        head.method = self.method.clone();
        head.uri = Uri::from_static("/");
        for (name, value) in &self.lines {
            head.headers_mut().append(name.clone(), value.clone());
        }
        request
    }
}

/// Header values as a server makes them: slices of the buffer that the request was read into, which are cheap to clone.
/// (The values that `TestRequest` makes own their text, and allocate when they are cloned for the first time.)
fn as_received(lines: Vec<(HeaderName, String)>) -> Vec<(HeaderName, HeaderValue)> {
    let text: String = lines.iter().map(|(_, value)| value.as_str()).collect();
    let mut buffer: Bytes = BytesMut::from(text.as_str()).split().freeze();
    lines
        .into_iter()
        .map(|(name, value)| {
            let value = HeaderValue::from_maybe_shared(buffer.split_to(value.len()));
            (name, value.expect("a header value"))
        })
        .collect()
}
