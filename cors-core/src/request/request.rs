//! The access to a request that a decision needs.

use crate::request::forwarded_host::ForwardedHost;
use crate::request::header::RequestHeader;

/// The value of a request header that should have at most one line.
///
/// ```
/// use cors_core::Field;
///
/// let lines: [&[u8]; 2] = [b"https://a.example", b"https://b.example"];
/// assert_eq!(Field::from_lines(lines[..0].iter().copied()), Field::Absent);
/// assert_eq!(Field::from_lines(lines[..1].iter().copied()).one(), Some(lines[0]));
/// assert_eq!(Field::from_lines(lines.into_iter()), Field::Several);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// The request does not have the header.
    Absent,
    /// One line, with its value.
    One(&'a [u8]),
    /// Several lines. Browsers never send them, so they are not interpreted.
    Several,
}

impl<'a> Field<'a> {
    /// The field whose lines have these values.
    #[inline]
    pub fn from_lines(mut lines: impl Iterator<Item = &'a [u8]>) -> Self {
        match (lines.next(), lines.next()) {
            (None, _) => Field::Absent,
            (Some(value), None) => Field::One(value),
            (Some(_), Some(_)) => Field::Several,
        }
    }

    /// The value, if there is one line.
    pub fn one(self) -> Option<&'a [u8]> {
        match self {
            Field::One(value) => Some(value),
            _ => None,
        }
    }
}

/// Access to a framework's request, for a [`CompiledPolicy`](crate::CompiledPolicy).
///
/// An implementation gives access to the request's method and headers, and contains no rule of CORS. The methods are
/// called only when they are needed. Return header values as the bytes that were received: do not trim, decode or join
/// them. The [crate docs](crate#an-example) have an implementation; [`PlainRequest`](crate::PlainRequest) is one for
/// examples and tests.
pub trait Request {
    /// The framework's type for the value of a header.
    type Value: AsRef<[u8]> + Clone;

    /// The method, as it was sent.
    fn method(&self) -> &str;

    /// Whether the method is `OPTIONS`. Implement it if the framework has a faster way than comparing text.
    fn is_options(&self) -> bool {
        self.method() == "OPTIONS"
    }

    /// The lines of a header, in the order in which they came.
    fn header(&self, name: RequestHeader) -> impl Iterator<Item = &Self::Value>;

    /// The authority of the request target, if it has one: HTTP/2's and HTTP/3's
    /// [`:authority`](https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1), and in HTTP/1 the host and port of a target in
    /// [absolute form](https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2). It takes precedence over `Host`.
    fn authority(&self) -> Option<&[u8]>;

    /// Whether the request arrived at this server over TLS. `false` if a proxy in front of the server terminated TLS.
    fn is_secure(&self) -> bool;

    /// The header in which a trusted proxy passes on the host of the original request, if there is such a proxy.
    fn trusted_forwarded_host(&self) -> Option<ForwardedHost> {
        None
    }

    /// A header that should have at most one line.
    #[doc(hidden)]
    #[inline(always)]
    fn field(&self, name: RequestHeader) -> Field<'_> {
        Field::from_lines(self.header(name).map(AsRef::as_ref))
    }
}

/// The method that a CORS-preflight request asks for, or `None` if `request` is not a preflight.
///
/// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request) is an `OPTIONS` with an `Origin` and
/// one `Access-Control-Request-Method`. A request with several `Origin` lines counts as a preflight too, so that it is
/// refused as such and does not reach a handler.
///
/// ```
/// use cors_core::{PlainRequest, preflight_method};
///
/// const ORIGIN: (&str, &str) = ("origin", "https://app.example.com");
/// const ASKS: (&str, &str) = ("access-control-request-method", "PUT");
/// assert_eq!(preflight_method(&PlainRequest::new("OPTIONS", &[ORIGIN, ASKS])), Some(b"PUT".as_slice()));
/// assert_eq!(preflight_method(&PlainRequest::new("OPTIONS", &[ORIGIN])), None);
/// assert_eq!(preflight_method(&PlainRequest::new("PUT", &[ORIGIN, ASKS])), None);
/// ```
pub fn preflight_method(request: &impl Request) -> Option<&[u8]> {
    if !request.is_options() || request.field(RequestHeader::Origin) == Field::Absent {
        return None;
    }
    request.field(RequestHeader::AccessControlRequestMethod).one()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::plain::PlainRequest;

    fn asks(method: &str, origins: &[&str], asked_methods: &[&str]) -> Option<Vec<u8>> {
        let origins = origins.iter().map(|origin| ("origin", *origin));
        let asked = asked_methods.iter().map(|method| ("access-control-request-method", *method));
        let headers: Vec<_> = origins.chain(asked).collect();
        preflight_method(&PlainRequest::new(method, &headers)).map(<[u8]>::to_vec)
    }

    #[test]
    fn a_preflight_has_an_origin_and_asks_for_one_method() {
        let several = ["https://a.example", "https://b.example"].as_slice();
        for origin in [["https://a.example"].as_slice(), &["null"], &[""], several] {
            assert_eq!(asks("OPTIONS", origin, &["PUT"]), Some(b"PUT".to_vec()));
            assert_eq!(asks("OPTIONS", origin, &[""]), Some(Vec::new()));
            for asked in [[].as_slice(), &["PUT", "PUT"]] {
                assert_eq!(asks("OPTIONS", origin, asked), None);
            }
            for method in ["GET", "options", "Options", "OPTIONS "] {
                assert_eq!(asks(method, origin, &["PUT"]), None, "{method}");
            }
        }
        assert_eq!(asks("OPTIONS", &[], &["PUT"]), None);
    }
}
