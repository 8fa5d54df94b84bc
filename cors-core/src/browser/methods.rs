//! Methods: which need no permission, which no page can use, and which are case-insensitive after all.

use crate::fetch_standard::methods;

/// A CORS-safelisted method: one that a form could send, so no server has to allow it.
///
/// Section: <https://fetch.spec.whatwg.org/#cors-safelisted-method>.
///
/// ```
/// use cors_core::browser::is_safelisted_method;
/// assert!(is_safelisted_method("POST") && !is_safelisted_method("PUT") && !is_safelisted_method("post"));
/// ```
pub fn is_safelisted_method(method: &str) -> bool {
    methods::SAFELISTED.contains(&method)
}

/// A forbidden method: `fetch()` throws.
///
/// Section: <https://fetch.spec.whatwg.org/#forbidden-method>.
///
/// ```
/// use cors_core::browser::is_forbidden_method;
/// assert!(is_forbidden_method("Trace") && !is_forbidden_method("OPTIONS"));
/// ```
pub fn is_forbidden_method(method: &str) -> bool {
    methods::is_forbidden(method.as_bytes())
}

/// The method that is sent: six methods become upper-case, and no others, `patch` included.
///
/// Section: <https://fetch.spec.whatwg.org/#concept-method-normalize>.
///
/// ```
/// use cors_core::browser::normalize_method;
/// assert_eq!(normalize_method("put"), "PUT");
/// assert_eq!(normalize_method("patch"), "patch");
/// ```
pub fn normalize_method(method: &str) -> &str {
    ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]
        .into_iter()
        .find(|normal| normal.eq_ignore_ascii_case(method))
        .unwrap_or(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalizes_the_six_methods_of_old_and_no_others() {
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
