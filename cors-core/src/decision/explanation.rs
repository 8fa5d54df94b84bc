//! The text that tells a person why a request was refused.

use std::fmt;

use crate::decision::refusal::Refusal;

/// Why a request was refused, as text for a person: the body of a response during development.
///
/// ```
/// use cors_core::{Explanation, Refusal, readable_origin};
///
/// let explanation = Explanation {
///     refusal: Refusal::OriginNotAllowed,
///     origin: &readable_origin([b"https://evil.example".as_slice()].into_iter()),
///     method: "GET",
///     path: "/items",
///     policy: &"Cors at src/main.rs:7",
/// };
/// assert!(explanation.to_string().contains("origin-not-allowed: the policy does not name this origin"));
/// ```
#[derive(Clone, Copy)]
pub struct Explanation<'a> {
    /// The reason.
    pub refusal: Refusal,
    /// The request's origin, from [`readable_origin`].
    pub origin: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// The path of the request's URL.
    pub path: &'a str,
    /// The layer or the policy that refused the request.
    pub policy: &'a dyn fmt::Display,
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { refusal, origin, method, path, policy } = self;
        let (code, remedy) = (refusal.code(), refusal.remedy());
        write!(
            f,
            "CORS refused this request: {code}: {refusal}.\n\nOrigin: {origin}\nRequest: {method} {path}\n"
        )?;
        write!(f, "Policy: {policy}\nWhat would have to change: {remedy}.\n")
    }
}

impl fmt::Debug for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The lines of a request's `Origin` as text for a log or a page. They may contain any bytes, so they are escaped, and
/// they are cut to 300 characters.
pub fn readable_origin<'a>(lines: impl Iterator<Item = &'a [u8]>) -> String {
    let lines: Vec<_> = lines.take(3).map(|line| line.escape_ascii().to_string()).collect();
    lines.join(", ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_escaped_and_cut() {
        let readable = |lines: &[&[u8]]| readable_origin(lines.iter().copied());
        assert_eq!(readable(&[]), "");
        assert_eq!(
            readable(&[b"https://a.example", b"b\r\nset-cookie: a=b\xff"]),
            "https://a.example, b\\r\\nset-cookie: a=b\\xff"
        );
        assert_eq!(readable(&[&[b'a'; 1000]]).len(), 300);
        assert_eq!(readable(&[b"a", b"b", b"c", b"d"]), "a, b, c");
    }
}
