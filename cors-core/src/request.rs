//! What a decision reads of a request.

/// A header field of a request, as CORS reads it: once, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// No such line.
    Absent,
    /// One line, with its value.
    One(&'a [u8]),
    /// Several lines: no browser sends that, and it means nothing.
    Several,
}

impl<'a> Field<'a> {
    /// The field whose lines have these values.
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

/// A request, as a framework hands it to a [`CompiledPolicy`](crate::CompiledPolicy).
///
/// Nothing else of a request has a say in CORS. The methods are called when they are needed and not before, so an
/// implementation looks its headers up when it is asked.
pub trait Request {
    /// The method, as it was sent.
    fn method(&self) -> &str;

    /// Whether the method is `OPTIONS`, where that is quicker to tell than by its text.
    fn is_options(&self) -> bool {
        self.method() == "OPTIONS"
    }

    /// [`Origin`](https://fetch.spec.whatwg.org/#origin-header).
    fn origin(&self) -> Field<'_>;

    /// [`Access-Control-Request-Method`](https://fetch.spec.whatwg.org/#http-access-control-request-method).
    fn access_control_request_method(&self) -> Field<'_>;

    /// The lines of
    /// [`Access-Control-Request-Headers`](https://fetch.spec.whatwg.org/#http-access-control-request-headers).
    fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]>;

    /// [`Sec-Fetch-Site`](https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header).
    fn sec_fetch_site(&self) -> Field<'_>;

    /// Host and port that the request was sent to: `Host`, or HTTP/2's `:authority`.
    fn authority(&self) -> Option<&[u8]>;

    /// Whether the request came over TLS to this very server.
    fn is_secure(&self) -> bool;
}

/// The method that a CORS-preflight request asks for: `None` where `request` is not one.
///
/// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request) is an `OPTIONS` with an `Origin` and
/// one `Access-Control-Request-Method`. One with several `Origin` lines is one too, so that it is refused as such and
/// reaches no handler.
pub fn preflight_method(request: &impl Request) -> Option<&[u8]> {
    if !request.is_options() || request.origin() == Field::Absent {
        return None;
    }
    request.access_control_request_method().one()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sent(&'static str, Field<'static>, Field<'static>);

    impl Request for Sent {
        fn method(&self) -> &str {
            self.0
        }
        fn origin(&self) -> Field<'_> {
            self.1
        }
        fn access_control_request_method(&self) -> Field<'_> {
            self.2
        }
        fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
            std::iter::empty()
        }
        fn sec_fetch_site(&self) -> Field<'_> {
            Field::Absent
        }
        fn authority(&self) -> Option<&[u8]> {
            None
        }
        fn is_secure(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_preflight_has_an_origin_and_asks_for_one_method() {
        use Field::*;
        for origin in [One(b"https://a.example"), One(b"null"), One(b""), Several] {
            assert_eq!(preflight_method(&Sent("OPTIONS", origin, One(b"PUT"))), Some(&b"PUT"[..]));
            assert_eq!(preflight_method(&Sent("OPTIONS", origin, One(b""))), Some(&b""[..]));
            for asked in [Absent, Several] {
                assert_eq!(preflight_method(&Sent("OPTIONS", origin, asked)), None);
            }
            for method in ["GET", "options", "Options", "OPTIONS "] {
                assert_eq!(preflight_method(&Sent(method, origin, One(b"PUT"))), None, "{method}");
            }
        }
        assert_eq!(preflight_method(&Sent("OPTIONS", Absent, One(b"PUT"))), None);
    }
}
