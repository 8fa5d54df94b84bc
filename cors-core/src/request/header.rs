//! The request headers that CORS reads.

/// A request header that a decision may read.
///
/// An implementation of [`Request::header`](crate::Request::header) maps each of them to its framework's own constant, or
/// looks it up by [`as_str`](Self::as_str).
///
/// ```
/// use cors_core::RequestHeader;
///
/// assert_eq!(RequestHeader::AccessControlRequestMethod.as_str(), "access-control-request-method");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestHeader {
    /// [`Origin`](https://fetch.spec.whatwg.org/#origin-header)
    Origin,
    /// [`Access-Control-Request-Method`](https://fetch.spec.whatwg.org/#http-access-control-request-method)
    AccessControlRequestMethod,
    /// [`Access-Control-Request-Headers`](https://fetch.spec.whatwg.org/#http-access-control-request-headers)
    AccessControlRequestHeaders,
    /// [`Sec-Fetch-Site`](https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header)
    SecFetchSite,
    /// [`Sec-Fetch-Mode`](https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-mode-header)
    SecFetchMode,
    /// [`Cookie`](https://www.rfc-editor.org/rfc/rfc6265#section-5.4)
    Cookie,
    /// [`Host`](https://www.rfc-editor.org/rfc/rfc9110#section-7.2)
    Host,
    /// [`Forwarded`](https://www.rfc-editor.org/rfc/rfc7239#section-4)
    Forwarded,
    /// `X-Forwarded-Host`
    XForwardedHost,
}

impl RequestHeader {
    /// The name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            RequestHeader::Origin => "origin",
            RequestHeader::AccessControlRequestMethod => "access-control-request-method",
            RequestHeader::AccessControlRequestHeaders => "access-control-request-headers",
            RequestHeader::SecFetchSite => "sec-fetch-site",
            RequestHeader::SecFetchMode => "sec-fetch-mode",
            RequestHeader::Cookie => "cookie",
            RequestHeader::Host => "host",
            RequestHeader::Forwarded => "forwarded",
            RequestHeader::XForwardedHost => "x-forwarded-host",
        }
    }
}
