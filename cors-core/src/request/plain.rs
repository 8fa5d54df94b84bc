//! A request for examples and tests.

use crate::request::forwarded_host::ForwardedHost;
use crate::request::header::RequestHeader;
use crate::request::request::Request;

/// A [`Request`] that consists of a method and a list of header lines, for examples and tests.
///
/// Names are case-insensitive. A line with the name `:authority` is the pseudo-header of HTTP/2.
///
/// ```
/// use cors_core::{PlainRequest, is_same_origin};
///
/// let request = PlainRequest::new("POST", &[("Origin", "https://shop.example"), ("Host", "shop.example")]);
/// assert!(is_same_origin(&request));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PlainRequest<'a, V = &'a str> {
    method: &'a str,
    headers: &'a [(&'a str, V)],
    secure: bool,
    trusted_forwarded_host: Option<ForwardedHost>,
}

impl<'a> PlainRequest<'a, &'a str> {
    /// A request with this method and these header lines.
    pub const fn new(method: &'a str, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { method, headers, secure: false, trusted_forwarded_host: None }
    }
}

impl<'a> PlainRequest<'a, &'a [u8]> {
    /// A request whose header values need not be text.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, PlainRequest, Policy, Refusal};
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins(["https://app.example.com"]).build()?)?;
    /// let request = PlainRequest::from_bytes("GET", &[("origin", b"https://app.example.com\xff")]);
    /// assert_eq!(policy.refusal(&request), Some(Refusal::MalformedOrigin));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub const fn from_bytes(method: &'a str, headers: &'a [(&'a str, &'a [u8])]) -> Self {
        Self { method, headers, secure: false, trusted_forwarded_host: None }
    }
}

impl<V> PlainRequest<'_, V> {
    /// The same request over TLS.
    #[must_use]
    pub const fn over_tls(mut self) -> Self {
        self.secure = true;
        self
    }

    /// The same request to a server behind a trusted proxy that sets `header`.
    #[must_use]
    pub const fn trust_forwarded_host(mut self, header: ForwardedHost) -> Self {
        self.trusted_forwarded_host = Some(header);
        self
    }
}

impl<V> PlainRequest<'_, V> {
    fn lines(&self, name: &'static str) -> impl Iterator<Item = &V> {
        self.headers.iter().filter(move |line| line.0.eq_ignore_ascii_case(name)).map(|line| &line.1)
    }
}

impl<V: AsRef<[u8]> + Clone> Request for PlainRequest<'_, V> {
    type Value = V;

    fn method(&self) -> &str {
        self.method
    }

    fn header(&self, name: RequestHeader) -> impl Iterator<Item = &V> {
        self.lines(name.as_str())
    }

    fn authority(&self) -> Option<&[u8]> {
        self.lines(":authority").next().map(AsRef::as_ref)
    }

    fn is_secure(&self) -> bool {
        self.secure
    }

    fn trusted_forwarded_host(&self) -> Option<ForwardedHost> {
        self.trusted_forwarded_host
    }
}
