//! The lists of header names of the Fetch standard, and the default of one header.

use crate::const_text::{is_one_of, starts_with_ignore_case};

/// How long browsers keep the answer to a preflight without
/// [`Access-Control-Max-Age`](https://fetch.spec.whatwg.org/#http-access-control-max-age), in seconds.
pub(crate) const DEFAULT_MAX_AGE: u32 = 5;

/// [Forbidden request-headers](https://fetch.spec.whatwg.org/#forbidden-request-header): no page can set them. Names
/// that start with one of [`FORBIDDEN_REQUEST_PREFIXES`] are forbidden too.
pub(crate) const FORBIDDEN_REQUEST: &[&str] = &[
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Why no page can set `name`, a [forbidden request-header](https://fetch.spec.whatwg.org/#forbidden-request-header).
pub(crate) const fn why_forbidden(name: &[u8]) -> &'static str {
    if is_one_of(name, &["cookie", "cookie2"]) {
        "browsers add the cookies of the user themselves, and never ask for this name in a preflight"
    } else if is_one_of(name, &["host"]) {
        "browsers take it from the URL of the request, and never ask for it in a preflight"
    } else if is_one_of(name, &["origin", "referer"]) {
        "browsers write the address of the page into it themselves, and never ask for it in a preflight"
    } else if is_one_of(name, &["access-control-request-headers", "access-control-request-method"]) {
        "browsers write it into preflights themselves"
    } else if is_one_of(name, &["set-cookie"]) {
        "it is a response header, and browsers do not let a page send it"
    } else if starts_with_ignore_case(name, b"sec-") || starts_with_ignore_case(name, b"proxy-") {
        "names that start with `sec-` or `proxy-` are reserved for browsers"
    } else {
        "browsers write it themselves, for the connection and its encoding, and never ask for it in a preflight"
    }
}

/// The starts of [forbidden request-headers](https://fetch.spec.whatwg.org/#forbidden-request-header).
pub(crate) const FORBIDDEN_REQUEST_PREFIXES: &[&str] = &["proxy-", "sec-"];

/// The [forbidden request-headers](https://fetch.spec.whatwg.org/#forbidden-request-header) that depend on the value:
/// a page cannot set them to a forbidden method.
#[cfg(feature = "browser")]
pub(crate) const METHOD_OVERRIDE: &[&str] = &["x-http-method", "x-http-method-override", "x-method-override"];

/// [Request-body-header names](https://fetch.spec.whatwg.org/#request-body-header-name): a redirect that drops the body
/// drops them too.
#[cfg(feature = "browser")]
pub(crate) const REQUEST_BODY: &[&str] =
    &["content-encoding", "content-language", "content-location", "content-type"];

/// [Forbidden response-header names](https://fetch.spec.whatwg.org/#forbidden-response-header-name): no page can read
/// them.
pub(crate) const FORBIDDEN_RESPONSE: &[&str] = &["set-cookie", "set-cookie2"];

/// [CORS-safelisted response-header names](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name): every
/// page can read them.
pub(crate) const SAFELISTED_RESPONSE: &[&str] = &[
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
];

/// [CORS non-wildcard request-header names](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name): `*`
/// does not grant them.
pub(crate) const NON_WILDCARD_REQUEST: &[&str] = &["authorization"];

/// The [headers of the CORS protocol](https://fetch.spec.whatwg.org/#http-responses) that a server answers with.
const PROTOCOL_RESPONSE: &[&str] = &[
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "access-control-expose-headers",
];

/// Headers of the protocol that are useless to a page, because only requests or answers to preflights have them.
const PROTOCOL_OF_NO_USE_TO_A_PAGE: &[&str] = &[
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
];

pub(crate) const fn is_forbidden_request(name: &[u8]) -> bool {
    let mut i = 0;
    while i < FORBIDDEN_REQUEST_PREFIXES.len() {
        if starts_with_ignore_case(name, FORBIDDEN_REQUEST_PREFIXES[i].as_bytes()) {
            return true;
        }
        i += 1;
    }
    is_one_of(name, FORBIDDEN_REQUEST)
}

pub(crate) const fn is_forbidden_response(name: &[u8]) -> bool {
    is_one_of(name, FORBIDDEN_RESPONSE)
}

pub(crate) const fn is_safelisted_response(name: &[u8]) -> bool {
    is_one_of(name, SAFELISTED_RESPONSE)
}

pub(crate) const fn is_non_wildcard_request(name: &[u8]) -> bool {
    is_one_of(name, NON_WILDCARD_REQUEST)
}

pub(crate) const fn is_protocol_response(name: &[u8]) -> bool {
    is_one_of(name, PROTOCOL_RESPONSE)
}

pub(crate) const fn is_protocol_of_no_use_to_a_page(name: &[u8]) -> bool {
    is_one_of(name, PROTOCOL_OF_NO_USE_TO_A_PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_can_set_no_forbidden_name_and_the_reason_fits_the_name() {
        for (name, reason) in [
            ("Cookie", "cookies"),
            ("host", "URL"),
            ("referer", "address of the page"),
            ("access-control-request-method", "preflights themselves"),
            ("set-cookie", "response header"),
            ("sec-fetch-site", "reserved"),
            ("Proxy-Authorization", "reserved"),
            ("connection", "connection"),
        ] {
            assert!(is_forbidden_request(name.as_bytes()), "{name}");
            assert!(why_forbidden(name.as_bytes()).contains(reason), "{name}");
        }
        for name in ["authorization", "x-sec-a", "sec", "proxy", ""] {
            assert!(!is_forbidden_request(name.as_bytes()), "{name}");
        }
    }
}
