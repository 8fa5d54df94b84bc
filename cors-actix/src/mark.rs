//! How a layer sees that a nearer one has decided about a response already.
//!
//! The nearest policy wins, so a layer must tell a response that an inner layer decided about from one that nobody did: a
//! refusal looks like no CORS at all. Extensions of requests and responses allocate; this costs nothing. The header values
//! that every answer carries (`Vary`, or `*`) come from one `static`, and a value whose bytes lie in it was put there by
//! this library. Nobody else's can: the `static` is one object, longer than any of its parts, and equal to nothing.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use cors_core::Vary;

/// `Vary`'s longest value, of which the others are the start; the `*` of `Access-Control-Allow-Origin`; and a rest that
/// makes it like nothing else.
static MARKED: [u8; 91] =
    *b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers* marked by cors-actix";

const fn marked(from: usize, to: usize) -> HeaderValue {
    match std::str::from_utf8(MARKED.split_at(to).0.split_at(from).1) {
        Ok(text) => HeaderValue::from_static(text),
        Err(_) => panic!("not ASCII"),
    }
}

const WHOLE: usize = Vary::OriginMethodAndHeaders.as_str().len();

pub(crate) const STAR: HeaderValue = marked(WHOLE, WHOLE + 1);
pub(crate) const VARY_ORIGIN: HeaderValue = marked(0, Vary::Origin.as_str().len());
pub(crate) const VARY_ORIGIN_METHOD: HeaderValue = marked(0, Vary::OriginAndMethod.as_str().len());
pub(crate) const VARY_ORIGIN_METHOD_HEADERS: HeaderValue = marked(0, WHOLE);

fn is_marked(value: &HeaderValue) -> bool {
    MARKED.as_ptr_range().contains(&value.as_bytes().as_ptr())
}

/// In the extensions of a response whose headers leave no room for a mark: its handler said `Vary: Origin` itself.
struct Decided;

/// Marks a response whose `Vary` has all it needs. It allocates, and only such a response pays for it.
pub(crate) fn mark<B>(response: &mut HttpResponse<B>) {
    response.extensions_mut().insert(Decided);
}

/// What a response says about CORS before a layer adds anything.
#[derive(Clone, Copy, Default)]
pub(crate) struct Found {
    /// A nearer layer has decided about it.
    pub(crate) decided: bool,
    /// It has an `Access-Control-Allow-Origin`.
    pub(crate) allow_origin: bool,
    /// Its `Vary` names `Origin`, or everything.
    pub(crate) vary_origin: bool,
}

impl Found {
    /// Two look-ups, none in a response without headers.
    #[inline]
    pub(crate) fn in_response<B>(response: &HttpResponse<B>) -> Self {
        let headers = response.headers();
        if headers.is_empty() { Found::default() } else { Found::in_headers(response, headers) }
    }

    /// Whether this response to a preflight is the answer: a nearer layer's, or that of a handler that knows CORS itself.
    #[inline]
    pub(crate) fn is_answered(self) -> bool {
        self.decided || self.allow_origin
    }

    fn in_headers<B>(response: &HttpResponse<B>, headers: &HeaderMap) -> Self {
        let allow_origin = headers.get(&header::ACCESS_CONTROL_ALLOW_ORIGIN);
        let vary = headers.get_all(&header::VARY).as_slice();
        let vary_origin = vary.iter().any(|line| Vary::has_origin(line.as_bytes()));
        let decided = allow_origin.is_some_and(is_marked)
            || (vary_origin && (vary.iter().any(is_marked) || response.extensions().contains::<Decided>()));
        Found { decided, allow_origin: allow_origin.is_some(), vary_origin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_what_the_core_says() {
        assert_eq!(STAR, "*");
        assert_eq!(VARY_ORIGIN, Vary::Origin.as_str());
        assert_eq!(VARY_ORIGIN_METHOD, Vary::OriginAndMethod.as_str());
        assert_eq!(VARY_ORIGIN_METHOD_HEADERS, Vary::OriginMethodAndHeaders.as_str());
    }

    #[test]
    fn the_same_text_from_elsewhere_is_no_mark() {
        for value in [STAR, VARY_ORIGIN, VARY_ORIGIN_METHOD, VARY_ORIGIN_METHOD_HEADERS] {
            assert!(is_marked(&value) && is_marked(&value.clone()));
            assert!(!is_marked(&HeaderValue::from_bytes(value.as_bytes()).unwrap()));
        }
        assert!(!is_marked(&HeaderValue::from_static("*")));
        assert!(!is_marked(&HeaderValue::from_static("Origin")));
    }
}
