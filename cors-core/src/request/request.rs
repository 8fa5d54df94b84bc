//! What a decision reads of a request.

/// A header field of a request, as CORS reads it: once, or not at all.
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
/// implementation looks its headers up when it is asked. Values go in as bytes, as they came: nothing is to be trimmed,
/// decoded or joined beyond what the HTTP library has done. The [crate docs](crate#an-example-in-full) have an
/// implementation.
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

    /// Host and port that the request was sent to: `Host`, or HTTP/2's `:authority`. `None` where there is neither. It is
    /// read by [`is_same_origin`](crate::is_same_origin) only.
    fn authority(&self) -> Option<&[u8]>;

    /// Whether the request came over TLS to this very server. `false` where TLS ended at a proxy in front of it.
    fn is_secure(&self) -> bool;
}

/// The method that a CORS-preflight request asks for: `None` where `request` is not one.
///
/// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request) is an `OPTIONS` with an `Origin` and
/// one `Access-Control-Request-Method`. One with several `Origin` lines is one too, so that it is refused as such and
/// reaches no handler.
///
/// ```
/// use cors_core::preflight_method;
/// # use cors_core::{Field, Request};
/// # struct Sent { method: &'static str, headers: &'static [(&'static str, &'static str)] }
/// # impl Sent {
/// #     fn lines(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
/// #         self.headers.iter().filter(move |line| line.0 == name).map(|line| line.1.as_bytes())
/// #     }
/// # }
/// # impl Request for Sent {
/// #     fn method(&self) -> &str { self.method }
/// #     fn origin(&self) -> Field<'_> { Field::from_lines(self.lines("origin")) }
/// #     fn access_control_request_method(&self) -> Field<'_> {
/// #         Field::from_lines(self.lines("access-control-request-method"))
/// #     }
/// #     fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
/// #         self.lines("access-control-request-headers")
/// #     }
/// #     fn sec_fetch_site(&self) -> Field<'_> { Field::from_lines(self.lines("sec-fetch-site")) }
/// #     fn authority(&self) -> Option<&[u8]> { self.lines("host").next() }
/// #     fn is_secure(&self) -> bool { true }
/// # }
///
/// const ORIGIN: (&str, &str) = ("origin", "https://app.example.com");
/// const ASKS: (&str, &str) = ("access-control-request-method", "PUT");
/// assert_eq!(preflight_method(&Sent { method: "OPTIONS", headers: &[ORIGIN, ASKS] }), Some(b"PUT".as_slice()));
/// assert_eq!(preflight_method(&Sent { method: "OPTIONS", headers: &[ORIGIN] }), None);
/// assert_eq!(preflight_method(&Sent { method: "PUT", headers: &[ORIGIN, ASKS] }), None);
/// ```
pub fn preflight_method(request: &impl Request) -> Option<&[u8]> {
    if !request.is_options() || request.origin() == Field::Absent {
        return None;
    }
    request.access_control_request_method().one()
}

/// A request for tests.
#[cfg(test)]
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a str,
    pub(crate) origin: Field<'a>,
    pub(crate) asked_method: Field<'a>,
    pub(crate) site: Field<'a>,
    pub(crate) authority: Option<&'a str>,
    pub(crate) secure: bool,
}

#[cfg(test)]
impl Sent<'_> {
    /// Nothing but its method.
    pub(crate) const GET: Sent<'static> = Sent {
        method: "GET",
        origin: Field::Absent,
        asked_method: Field::Absent,
        site: Field::Absent,
        authority: None,
        secure: false,
    };
}

#[cfg(test)]
impl Request for Sent<'_> {
    fn method(&self) -> &str {
        self.method
    }
    fn origin(&self) -> Field<'_> {
        self.origin
    }
    fn access_control_request_method(&self) -> Field<'_> {
        self.asked_method
    }
    fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::empty()
    }
    fn sec_fetch_site(&self) -> Field<'_> {
        self.site
    }
    fn authority(&self) -> Option<&[u8]> {
        self.authority.map(str::as_bytes)
    }
    fn is_secure(&self) -> bool {
        self.secure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks<'a>(method: &'a str, origin: Field<'a>, asked_method: Field<'a>) -> Option<Vec<u8>> {
        preflight_method(&Sent { method, origin, asked_method, ..Sent::GET }).map(<[u8]>::to_vec)
    }

    #[test]
    fn a_preflight_has_an_origin_and_asks_for_one_method() {
        use Field::*;
        for origin in [One(b"https://a.example"), One(b"null"), One(b""), Several] {
            assert_eq!(asks("OPTIONS", origin, One(b"PUT")), Some(b"PUT".to_vec()));
            assert_eq!(asks("OPTIONS", origin, One(b"")), Some(Vec::new()));
            for asked in [Absent, Several] {
                assert_eq!(asks("OPTIONS", origin, asked), None);
            }
            for method in ["GET", "options", "Options", "OPTIONS "] {
                assert_eq!(asks(method, origin, One(b"PUT")), None, "{method}");
            }
        }
        assert_eq!(asks("OPTIONS", Absent, One(b"PUT")), None);
    }
}
