//! How a layer recognises that a nearer layer has decided about a response.
//!
//! The nearest policy wins, so a layer has to tell a response that an inner layer decided about from other responses, and
//! a refusal has no CORS headers. Extensions of requests and responses allocate; this costs nothing. The header values
//! that every answer has (`Vary`, or `*`) are parts of one `static`, and a value whose bytes are inside that `static` was
//! put there by this library. No other code can produce this address, because the trailing text keeps the linker from
//! merging the constant with another one.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use cors_core::{Existing, Vary};

/// The longest value of `Vary`, of which the others are prefixes; the `*` of `Access-Control-Allow-Origin`; and a text
/// that makes the whole unique.
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
pub(crate) const VARY_METHOD: HeaderValue =
    marked(Vary::Origin.as_str().len() + 2, Vary::OriginAndMethod.as_str().len());
pub(crate) const VARY_ORIGIN: HeaderValue = marked(0, Vary::Origin.as_str().len());
pub(crate) const VARY_ORIGIN_METHOD: HeaderValue = marked(0, Vary::OriginAndMethod.as_str().len());
pub(crate) const VARY_ORIGIN_METHOD_HEADERS: HeaderValue = marked(0, WHOLE);

/// The headers that a handler may have set without `Access-Control-Allow-Origin`, and that have an effect beside it.
const OTHER_GRANTS: [HeaderName; 2] =
    [header::ACCESS_CONTROL_ALLOW_CREDENTIALS, header::ACCESS_CONTROL_EXPOSE_HEADERS];

fn is_marked(value: &HeaderValue) -> bool {
    MARKED.as_ptr_range().contains(&value.as_bytes().as_ptr())
}

/// An extension of a response whose `Vary` has no room for a mark, because the handler set `Vary: Origin` itself.
struct Decided;

/// Marks a response whose `Vary` already has what it needs. This allocates, and only such a response pays for it.
pub(crate) fn mark<B>(response: &mut HttpResponse<B>) {
    response.extensions_mut().insert(Decided);
}

/// What a response has before a layer adds anything.
#[derive(Clone, Copy, Default)]
pub(crate) struct ResponseState {
    /// A nearer layer has decided about it.
    pub(crate) decided: bool,
    pub(crate) existing: Existing,
}

impl ResponseState {
    /// This takes two look-ups, and none in a response without headers.
    #[inline]
    pub(crate) fn of<B>(response: &HttpResponse<B>) -> Self {
        let headers = response.headers();
        if headers.is_empty() { Self::default() } else { Self::of_headers(response, headers) }
    }

    /// Whether this response to a preflight is an answer to it: from a nearer layer, or from a handler that implements
    /// CORS itself.
    #[inline]
    pub(crate) fn is_answer(self) -> bool {
        self.decided || self.existing.allow_origin
    }

    fn of_headers<B>(response: &HttpResponse<B>, headers: &HeaderMap) -> Self {
        let allow_origin = headers.get(&header::ACCESS_CONTROL_ALLOW_ORIGIN);
        let vary = headers.get_all(&header::VARY).as_slice();
        let vary_origin = vary.iter().any(|line| Vary::has_origin(line.as_bytes()));
        let decided = allow_origin.is_some_and(is_marked)
            || (vary_origin && (vary.iter().any(is_marked) || response.extensions().contains::<Decided>()));
        // Only a response that has no `Access-Control-Allow-Origin` gets grants.
        let other_grants =
            allow_origin.is_none() && OTHER_GRANTS.iter().any(|name| headers.contains_key(name));
        Self {
            decided,
            existing: Existing { allow_origin: allow_origin.is_some(), other_grants, vary_origin },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_those_of_the_core() {
        assert_eq!(STAR, "*");
        assert_eq!(VARY_METHOD, Vary::Method.as_str());
        assert_eq!(VARY_ORIGIN, Vary::Origin.as_str());
        assert_eq!(VARY_ORIGIN_METHOD, Vary::OriginAndMethod.as_str());
        assert_eq!(VARY_ORIGIN_METHOD_HEADERS, Vary::OriginMethodAndHeaders.as_str());
    }

    #[test]
    fn the_same_text_from_another_place_is_not_a_mark() {
        for value in [STAR, VARY_METHOD, VARY_ORIGIN, VARY_ORIGIN_METHOD, VARY_ORIGIN_METHOD_HEADERS] {
            assert!(is_marked(&value) && is_marked(&value.clone()));
            assert!(!is_marked(&HeaderValue::from_bytes(value.as_bytes()).unwrap()));
        }
        assert!(!is_marked(&HeaderValue::from_static("*")));
        assert!(!is_marked(&HeaderValue::from_static("Origin")));
    }
}
