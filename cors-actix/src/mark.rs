//! Marks responses, so that a layer can recognise that a nearer layer has decided about a response.
//!
//! The nearest policy wins, so a layer has to distinguish a response that an inner layer decided about from other
//! responses. A refusal has no CORS headers, and extensions of requests and responses allocate. The mark has no cost: the
//! header values that every answer has (`Vary`, or `*`) are parts of one `static`, so a value whose bytes are inside of
//! that `static` was written by this library. No other code can produce this address, because the trailing text keeps the
//! linker from merging the constant with another one.

use actix_web::HttpResponse;
use actix_web::http::header::HeaderValue;
use cors_core::Vary;

/// The longest value of `Vary`, of which the others are prefixes; the `*` of `Access-Control-Allow-Origin`; and a text
/// that makes the constant unique.
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

pub(crate) fn is_marked(value: &HeaderValue) -> bool {
    MARKED.as_ptr_range().contains(&value.as_bytes().as_ptr())
}

/// An extension that marks a response whose `Vary` cannot be used as a mark, because the handler set `Vary: Origin`
/// itself.
struct Decided;

/// Whether [`mark`] was called for the response.
pub(crate) fn has_mark<B>(response: &HttpResponse<B>) -> bool {
    response.extensions().contains::<Decided>()
}

/// Marks a response whose `Vary` is already complete. Only in this case does a mark allocate.
pub(crate) fn mark<B>(response: &mut HttpResponse<B>) {
    response.extensions_mut().insert(Decided);
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
