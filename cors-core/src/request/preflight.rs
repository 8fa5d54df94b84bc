//! A preflight that skips another middleware.

use crate::request::header::RequestHeader;
use crate::request::request::{Request, preflight_method};

/// The identity of a preflight: its `Origin` and the method that it asks for.
///
/// A middleware that lets preflights skip authentication stores this value, because other code may change the request
/// later. A request that [is no longer](Self::is) the same preflight must not reach a handler.
///
/// ```
/// use cors_core::{PlainRequest, Preflight};
///
/// let headers = [("origin", "https://app.example.com"), ("access-control-request-method", "GET")];
/// let preflight = Preflight::of(&PlainRequest::new("OPTIONS", &headers)).expect("a preflight");
/// assert!(preflight.is(&PlainRequest::new("OPTIONS", &headers)));
/// assert!(!preflight.is(&PlainRequest::new("GET", &headers)));
/// assert!(!preflight.is(&PlainRequest::new("OPTIONS", &headers[..1])));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight<V> {
    /// The lines of `Origin`. A browser sends one.
    origins: Vec<V>,
    method: V,
}

impl<V: AsRef<[u8]> + Clone> Preflight<V> {
    /// The identity of `request`, if it is a preflight.
    pub fn of(request: &impl Request<Value = V>) -> Option<Self> {
        preflight_method(request)?;
        let method = request.header(RequestHeader::AccessControlRequestMethod).next()?.clone();
        Some(Self { origins: request.header(RequestHeader::Origin).cloned().collect(), method })
    }

    /// Whether `request` is this preflight.
    pub fn is(&self, request: &impl Request<Value = V>) -> bool {
        let origins = request.header(RequestHeader::Origin).map(AsRef::as_ref);
        preflight_method(request) == Some(self.method.as_ref())
            && origins.eq(self.origins.iter().map(AsRef::as_ref))
    }
}

/// Whether a preflight that skips authentication may keep this header. These are the headers that browsers set on
/// preflights, and those of proxies and of tracing. `name` is in lower case.
///
/// ```
/// use cors_core::skipped_preflight_keeps;
///
/// assert!(skipped_preflight_keeps("access-control-request-headers"));
/// assert!(skipped_preflight_keeps("x-forwarded-for"));
/// assert!(!skipped_preflight_keeps("cookie"));
/// assert!(!skipped_preflight_keeps("x-api-key"));
/// ```
pub fn skipped_preflight_keeps(name: &str) -> bool {
    matches!(
        name,
        "accept"
            | "accept-encoding"
            | "accept-language"
            | "access-control-request-headers"
            | "access-control-request-method"
            | "cache-control"
            | "connection"
            | "host"
            | "origin"
            | "pragma"
            | "priority"
            | "referer"
            | "sec-fetch-dest"
            | "sec-fetch-mode"
            | "sec-fetch-site"
            | "te"
            | "user-agent"
            // Proxies and tracing.
            | "forwarded"
            | "traceparent"
            | "tracestate"
            | "via"
            // Other `x-forwarded-…` headers are excluded, because some proxies put the name or the token of a user
            // into them.
            | "x-forwarded-for"
            | "x-forwarded-host"
            | "x-forwarded-port"
            | "x-forwarded-prefix"
            | "x-forwarded-proto"
            | "x-forwarded-server"
            | "x-request-id"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::plain::PlainRequest;

    const ORIGIN: (&str, &str) = ("origin", "https://a.example");
    const METHOD: (&str, &str) = ("access-control-request-method", "PUT");

    #[test]
    fn a_changed_request_is_not_the_same_preflight() {
        let preflight = Preflight::of(&PlainRequest::new("OPTIONS", &[ORIGIN, METHOD])).unwrap();
        assert!(preflight.is(&PlainRequest::new("OPTIONS", &[("x-a", "b"), METHOD, ORIGIN])));
        for (method, headers) in [
            ("GET", [ORIGIN, METHOD].as_slice()),
            ("options", &[ORIGIN, METHOD]),
            ("OPTIONS", &[METHOD]),
            ("OPTIONS", &[ORIGIN]),
            ("OPTIONS", &[ORIGIN, ORIGIN, METHOD]),
            ("OPTIONS", &[ORIGIN, METHOD, METHOD]),
            ("OPTIONS", &[("origin", "https://b.example"), METHOD]),
            ("OPTIONS", &[ORIGIN, ("access-control-request-method", "GET")]),
        ] {
            assert!(!preflight.is(&PlainRequest::new(method, headers)), "{method} {headers:?}");
        }
    }

    #[test]
    fn a_preflight_that_skips_authentication_loses_its_credentials() {
        for name in [
            "cookie",
            "authorization",
            "proxy-authorization",
            "x-api-key",
            "x-forwarded-user",
            "x-http-method-override",
        ] {
            assert!(!skipped_preflight_keeps(name), "{name}");
        }
        for name in ["x-forwarded-proto", "forwarded", "traceparent", "host"] {
            assert!(skipped_preflight_keeps(name), "{name}");
        }
    }
}
