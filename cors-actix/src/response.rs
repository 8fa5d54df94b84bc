//! The adapter between an actix response and cors-core.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use cors_core::{Constant, Existing, Response, ResponseHeader, Vary};

use crate::mark;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// The headers of a response.
pub(crate) struct ResponseHeaders<'a>(pub(crate) &'a mut HeaderMap);

/// Constants cost less than clones of names, and the function is inlined where the name is a constant (`cargo bench
/// -p cors-actix --bench instructions`).
#[inline(always)]
fn name_of(name: ResponseHeader) -> HeaderName {
    match name {
        ResponseHeader::AllowOrigin => header::ACCESS_CONTROL_ALLOW_ORIGIN,
        ResponseHeader::AllowCredentials => header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        ResponseHeader::AllowMethods => header::ACCESS_CONTROL_ALLOW_METHODS,
        ResponseHeader::AllowHeaders => header::ACCESS_CONTROL_ALLOW_HEADERS,
        ResponseHeader::MaxAge => header::ACCESS_CONTROL_MAX_AGE,
        ResponseHeader::ExposeHeaders => header::ACCESS_CONTROL_EXPOSE_HEADERS,
        ResponseHeader::Vary => header::VARY,
        ResponseHeader::CacheControl => header::CACHE_CONTROL,
    }
}

impl Response for ResponseHeaders<'_> {
    type Value = HeaderValue;

    fn header(&self, name: ResponseHeader) -> impl Iterator<Item = &[u8]> {
        self.0.get_all(name_of(name)).map(HeaderValue::as_bytes)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(HeaderName::as_str)
    }

    #[inline(always)]
    fn append(&mut self, name: ResponseHeader, value: HeaderValue) {
        // This costs less than `insert`. The core has already checked whether the header exists.
        self.0.append(name_of(name), value);
    }

    fn remove(&mut self, name: ResponseHeader) {
        self.0.remove(name_of(name));
    }

    #[inline]
    fn reserve(&mut self, lines: usize) {
        // This causes at most one allocation, even if a handler has set many headers.
        self.0.reserve(lines);
    }

    fn value(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).expect("visible ASCII characters and spaces")
    }

    #[inline(always)]
    fn constant(constant: Constant) -> HeaderValue {
        match constant {
            Constant::AnyOrigin => mark::STAR,
            Constant::True => TRUE,
            Constant::NoStore => NO_STORE,
            Constant::Vary(Vary::Nothing) => HeaderValue::from_static(""),
            Constant::Vary(Vary::Method) => mark::VARY_METHOD,
            Constant::Vary(Vary::Origin) => mark::VARY_ORIGIN,
            Constant::Vary(Vary::OriginAndMethod) => mark::VARY_ORIGIN_METHOD,
            Constant::Vary(Vary::OriginMethodAndHeaders) => mark::VARY_ORIGIN_METHOD_HEADERS,
        }
    }
}

/// The state of a response before a layer adds headers.
#[derive(Clone, Copy, Default)]
pub(crate) struct ResponseState {
    /// A nearer layer has decided about it.
    pub(crate) decided: bool,
    pub(crate) existing: Existing,
}

impl ResponseState {
    #[inline]
    pub(crate) fn of<B>(response: &mut HttpResponse<B>) -> Self {
        if response.headers().is_empty() { Self::default() } else { Self::of_headers(response) }
    }

    /// Whether this response answers a preflight. Such a response comes from a nearer layer, or from a handler that
    /// implements CORS itself.
    #[inline]
    pub(crate) fn is_answer(self) -> bool {
        self.decided || self.existing.allow_origin
    }

    fn of_headers<B>(response: &mut HttpResponse<B>) -> Self {
        let existing = Existing::of(&ResponseHeaders(response.headers_mut()));
        let is_marked = |name| response.headers().get_all(name).any(mark::is_marked);
        let decided = (existing.allow_origin && is_marked(header::ACCESS_CONTROL_ALLOW_ORIGIN))
            || (existing.vary_origin && (is_marked(header::VARY) || mark::has_mark(response)));
        Self { decided, existing }
    }
}
