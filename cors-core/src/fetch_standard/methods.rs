//! The lists of methods of the Fetch standard, and its algorithms on them.

use crate::const_text::is_one_of;

/// [Forbidden methods](https://fetch.spec.whatwg.org/#forbidden-method): no page can send them.
pub(crate) const FORBIDDEN: &[&str] = &["CONNECT", "TRACE", "TRACK"];

/// [CORS-safelisted methods](https://fetch.spec.whatwg.org/#cors-safelisted-method): a page can always send them, so
/// they are what a policy without `methods` grants.
pub(crate) const SAFELISTED: &[&str] = &["GET", "HEAD", "POST"];

/// The methods that a browser [converts](https://fetch.spec.whatwg.org/#concept-method-normalize) to upper case. Others
/// stay as the page wrote them: `patch` remains `patch`.
#[cfg(feature = "browser")]
const NORMALIZED: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];

/// The methods of the [IANA registry](https://www.iana.org/assignments/http-methods), which are all in upper case.
/// Methods are compared byte by byte, so `patch` is not one of them.
pub(crate) const REGISTERED: &[&str] = &[
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

pub(crate) const fn is_forbidden(method: &[u8]) -> bool {
    is_one_of(method, FORBIDDEN)
}

/// Whether `method` is a registered method written in another case.
pub(crate) const fn is_in_wrong_case(method: &[u8]) -> bool {
    let mut i = 0;
    while i < method.len() {
        if method[i].is_ascii_lowercase() {
            return is_one_of(method, REGISTERED);
        }
        i += 1;
    }
    false
}

/// Whether a method is CORS-safelisted: a form could send it, so it needs no permission.
///
/// Section: <https://fetch.spec.whatwg.org/#cors-safelisted-method>.
///
/// ```
/// use cors_core::browser::is_safelisted_method;
/// assert!(is_safelisted_method("POST") && !is_safelisted_method("PUT") && !is_safelisted_method("post"));
/// ```
#[cfg(feature = "browser")]
pub fn is_safelisted_method(method: &str) -> bool {
    SAFELISTED.contains(&method)
}

/// Whether a method is forbidden: `fetch()` throws if a page uses it.
///
/// Section: <https://fetch.spec.whatwg.org/#forbidden-method>.
///
/// ```
/// use cors_core::is_forbidden_method;
/// assert!(is_forbidden_method("Trace") && !is_forbidden_method("OPTIONS"));
/// ```
pub const fn is_forbidden_method(method: &str) -> bool {
    is_forbidden(method.as_bytes())
}

/// Whether `method` is one of the [safe methods](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1) that a page can send:
/// `GET`, `HEAD` and `OPTIONS`. A handler for one of them must not change anything.
///
/// ```
/// use cors_core::is_safe_method;
///
/// assert!(is_safe_method("GET") && is_safe_method("OPTIONS"));
/// assert!(!is_safe_method("POST") && !is_safe_method("get"));
/// ```
pub fn is_safe_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// The method as a browser sends it. Six methods are converted to upper case; `patch` is not among them.
///
/// Section: <https://fetch.spec.whatwg.org/#concept-method-normalize>.
///
/// ```
/// use cors_core::browser::normalize_method;
/// assert_eq!(normalize_method("put"), "PUT");
/// assert_eq!(normalize_method("patch"), "patch");
/// ```
#[cfg(feature = "browser")]
pub fn normalize_method(method: &str) -> &str {
    NORMALIZED.iter().copied().find(|normal| normal.eq_ignore_ascii_case(method)).unwrap_or(method)
}

#[cfg(all(test, feature = "browser"))]
mod tests {
    use super::*;

    #[test]
    fn normalizes_six_methods_and_no_others() {
        for (written, sent) in [
            ("get", "GET"),
            ("hEaD", "HEAD"),
            ("post", "POST"),
            ("put", "PUT"),
            ("delete", "DELETE"),
            ("options", "OPTIONS"),
            ("patch", "patch"),
            ("query", "query"),
            ("Egg", "Egg"),
        ] {
            assert_eq!(normalize_method(written), sent);
        }
    }

    #[test]
    fn forbids_three_methods_in_any_case() {
        for method in ["CONNECT", "trace", "Track"] {
            assert!(is_forbidden_method(method));
        }
        assert!(!is_forbidden_method("TRACES") && !is_forbidden_method(""));
    }
}
