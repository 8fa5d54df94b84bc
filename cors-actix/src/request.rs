//! An actix request as cors-core reads it.

use std::cell::Cell;

use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, Version};
use cors_core::Field;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// A view of a request's head. `Origin` is looked up once, when it is first asked for.
pub(crate) struct Request<'a> {
    head: &'a RequestHead,
    origin: Cell<Option<&'a [HeaderValue]>>,
    secure: bool,
    trusts_forwarded_host: bool,
}

impl<'a> Request<'a> {
    /// `secure`: whether this server speaks TLS itself.
    pub(crate) fn new(head: &'a RequestHead, secure: bool, trusts_forwarded_host: bool) -> Self {
        Self { head, origin: Cell::new(None), secure, trusts_forwarded_host }
    }

    #[inline]
    fn lines(&self, name: &HeaderName) -> &'a [HeaderValue] {
        self.head.headers().get_all(name).as_slice()
    }

    /// The value of `Origin`, where there is one line.
    pub(crate) fn origin_value(&self) -> Option<&'a HeaderValue> {
        match self.origin_lines() {
            [value] => Some(value),
            _ => None,
        }
    }

    #[inline]
    fn origin_lines(&self) -> &'a [HeaderValue] {
        if let Some(lines) = self.origin.get() {
            return lines;
        }
        let lines = self.lines(&header::ORIGIN);
        self.origin.set(Some(lines));
        lines
    }

    /// The lines of `Access-Control-Request-Headers`.
    pub(crate) fn requested_headers(&self) -> &'a [HeaderValue] {
        self.lines(&header::ACCESS_CONTROL_REQUEST_HEADERS)
    }

    pub(crate) fn requested_method(&self) -> Option<&'a HeaderValue> {
        match self.lines(&header::ACCESS_CONTROL_REQUEST_METHOD) {
            [value] => Some(value),
            _ => None,
        }
    }

    /// The host that a proxy says it was asked for: the first one, which the outermost proxy wrote.
    fn forwarded_host(&self) -> Option<&'a [u8]> {
        let first = |line: &'a HeaderValue| {
            line.as_bytes().split(|&byte| byte == b',').next().map(<[u8]>::trim_ascii)
        };
        if let Some(forwarded) = self.head.headers().get(header::FORWARDED) {
            let host = first(forwarded)?.split(|&byte| byte == b';').find_map(|pair| {
                let pair = pair.trim_ascii();
                pair.get(..5).filter(|name| name.eq_ignore_ascii_case(b"host=")).map(|_| &pair[5..])
            })?;
            return Some(host.strip_prefix(b"\"").and_then(|host| host.strip_suffix(b"\"")).unwrap_or(host));
        }
        first(self.head.headers().get(X_FORWARDED_HOST)?)
    }
}

/// A field by its lines.
#[inline]
fn field(lines: &[HeaderValue]) -> Field<'_> {
    match lines {
        [] => Field::Absent,
        [value] => Field::One(value.as_bytes()),
        _ => Field::Several,
    }
}

impl cors_core::Request for Request<'_> {
    fn method(&self) -> &str {
        self.head.method.as_str()
    }

    #[inline]
    fn is_options(&self) -> bool {
        self.head.method == Method::OPTIONS
    }

    fn origin(&self) -> Field<'_> {
        field(self.origin_lines())
    }

    fn access_control_request_method(&self) -> Field<'_> {
        field(self.lines(&header::ACCESS_CONTROL_REQUEST_METHOD))
    }

    fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
        self.requested_headers().iter().map(HeaderValue::as_bytes)
    }

    fn sec_fetch_site(&self) -> Field<'_> {
        field(self.lines(&SEC_FETCH_SITE))
    }

    fn authority(&self) -> Option<&[u8]> {
        if self.trusts_forwarded_host
            && let Some(host) = self.forwarded_host()
        {
            return Some(host);
        }
        let authority = self.head.uri.authority().map(|authority| authority.as_str().as_bytes());
        match (authority, self.lines(&header::HOST)) {
            // HTTP/2's `:authority`, which stands in the place of `Host`.
            (Some(authority), _) if self.head.version >= Version::HTTP_2 => Some(authority),
            (_, [host]) => Some(host.as_bytes()),
            (_, [_, _, ..]) => None,
            (authority, []) => authority,
        }
    }

    fn is_secure(&self) -> bool {
        self.secure
    }
}
