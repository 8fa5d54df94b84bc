//! The adapter between an actix request and cors-core.

use std::cell::Cell;

use actix_web::dev::RequestHead;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use cors_core::{ForwardedHost, Request, RequestHeader};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Converts header names that the program declares.
///
/// # Panics
/// If one of them is not the name of a header.
#[track_caller]
pub(crate) fn declared_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<HeaderName> {
    let mut declared = Vec::new();
    for name in names {
        match HeaderName::from_bytes(name.as_bytes()) {
            Ok(name) => declared.push(name),
            Err(_) => panic!("{name:?} is not the name of a header"),
        }
    }
    declared
}

/// A view of a request's head. `Origin` is looked up once, when it is first read.
pub(crate) struct RequestView<'a> {
    head: &'a RequestHead,
    origin: Cell<Option<&'a [HeaderValue]>>,
    secure: bool,
    forwarded_host: Option<ForwardedHost>,
}

impl<'a> RequestView<'a> {
    /// `secure` is whether the request arrived at this server over TLS.
    pub(crate) fn new(head: &'a RequestHead, secure: bool, forwarded_host: Option<ForwardedHost>) -> Self {
        Self { head, origin: Cell::new(None), secure, forwarded_host }
    }

    /// A view that is only used to find out whether a request is a preflight.
    pub(crate) fn of_head(head: &'a RequestHead) -> Self {
        Self::new(head, false, None)
    }

    #[cfg(feature = "tenants")]
    pub(crate) fn head(&self) -> &'a RequestHead {
        self.head
    }

    #[inline(always)]
    fn lines(&self, name: &HeaderName) -> &'a [HeaderValue] {
        self.head.headers().get_all(name).as_slice()
    }

    #[inline(always)]
    fn origin_lines(&self) -> &'a [HeaderValue] {
        if let Some(lines) = self.origin.get() {
            return lines;
        }
        let lines = self.lines(&header::ORIGIN);
        self.origin.set(Some(lines));
        lines
    }
}

impl Request for RequestView<'_> {
    type Value = HeaderValue;

    fn method(&self) -> &str {
        self.head.method.as_str()
    }

    #[inline]
    fn is_options(&self) -> bool {
        self.head.method == Method::OPTIONS
    }

    #[inline(always)]
    fn header(&self, name: RequestHeader) -> impl Iterator<Item = &HeaderValue> {
        let lines = match name {
            RequestHeader::Origin => self.origin_lines(),
            RequestHeader::AccessControlRequestMethod => self.lines(&header::ACCESS_CONTROL_REQUEST_METHOD),
            RequestHeader::AccessControlRequestHeaders => self.lines(&header::ACCESS_CONTROL_REQUEST_HEADERS),
            RequestHeader::SecFetchSite => self.lines(&SEC_FETCH_SITE),
            RequestHeader::SecFetchMode => self.lines(&SEC_FETCH_MODE),
            RequestHeader::Cookie => self.lines(&header::COOKIE),
            RequestHeader::Host => self.lines(&header::HOST),
            RequestHeader::Forwarded => self.lines(&header::FORWARDED),
            RequestHeader::XForwardedHost => self.lines(&X_FORWARDED_HOST),
        };
        lines.iter()
    }

    fn authority(&self) -> Option<&[u8]> {
        self.head.uri.authority().map(|authority| authority.as_str().as_bytes())
    }

    fn is_secure(&self) -> bool {
        self.secure
    }

    fn trusted_forwarded_host(&self) -> Option<ForwardedHost> {
        self.forwarded_host
    }
}
