//! The grammar of an origin's scheme and port, which origins and origin patterns share.

use crate::const_text::{after, equal, find, find_scheme_end, is_one_of};
use crate::rules::rule::Rule;

/// The longest scheme that is read.
pub(crate) const LONGEST_SCHEME: usize = 64;

/// Schemes of documents whose origin never has this scheme. Their origin is `null` ([origin of a
/// URL](https://url.spec.whatwg.org/#concept-url-origin)), or has the scheme `http` or `https`.
pub(crate) const UNUSABLE_SCHEMES: &[&str] =
    &["file", "data", "blob", "about", "javascript", "filesystem", "ws", "wss", "ftp"];

/// A [scheme](https://url.spec.whatwg.org/#url-scheme-string) starts with a letter.
pub(crate) const fn check_scheme(scheme: &[u8]) -> Result<(), Rule> {
    // Nearly every pattern has one of these.
    if equal(scheme, b"https") || equal(scheme, b"http") {
        return Ok(());
    }
    if find(scheme, b'*').is_some() {
        return Err(Rule::OriginWildcard);
    }
    if scheme.is_empty() || scheme.len() > LONGEST_SCHEME || !scheme[0].is_ascii_alphabetic() {
        return Err(Rule::OriginSyntax);
    }
    let mut i = 0;
    while i < scheme.len() {
        if !scheme[i].is_ascii_alphanumeric() && !matches!(scheme[i], b'+' | b'-' | b'.') {
            return Err(Rule::OriginSyntax);
        }
        i += 1;
    }
    if misspelled_scheme(scheme).is_some() { Err(Rule::OriginScheme) } else { Ok(()) }
}

/// `https` or `http`, if `scheme` is a misspelling of it: one letter is missing, added or wrong, or two letters are in the
/// wrong order.
pub(crate) const fn misspelled_scheme(scheme: &[u8]) -> Option<&'static [u8]> {
    const HTTPS: &[u8] = b"https";
    if scheme.eq_ignore_ascii_case(HTTPS) || scheme.eq_ignore_ascii_case(b"http") {
        None
    } else if is_one_edit_from(scheme, HTTPS) {
        Some(HTTPS)
    } else if is_one_edit_from(scheme, b"http") {
        Some(b"http")
    } else {
        None
    }
}

const fn is_one_edit_from(written: &[u8], word: &[u8]) -> bool {
    let mut i = 0;
    while i < written.len() && i < word.len() && written[i].eq_ignore_ascii_case(&word[i]) {
        i += 1;
    }
    let (written, word) = (after(written, i), after(word, i));
    match (written, word) {
        ([_, rest @ ..], _) if rest.eq_ignore_ascii_case(word) => true,
        (_, [_, rest @ ..]) if rest.eq_ignore_ascii_case(written) => true,
        ([_, rest @ ..], [_, expected @ ..]) if rest.eq_ignore_ascii_case(expected) => true,
        ([a, b, rest @ ..], [x, y, expected @ ..]) => {
            a.eq_ignore_ascii_case(y) && b.eq_ignore_ascii_case(x) && rest.eq_ignore_ascii_case(expected)
        }
        _ => false,
    }
}

/// Whether `text` is written as a regular expression. No origin pattern has these characters in this order.
pub(crate) const fn is_regular_expression(text: &[u8]) -> bool {
    if matches!(text, [b'^', ..] | [.., b'$']) {
        return true;
    }
    // A scheme may contain `.+`.
    let scheme_end = match find_scheme_end(text) {
        Some(end) => end,
        None => 0,
    };
    let mut i = 0;
    while i < text.len() {
        if i >= scheme_end && matches!(after(text, i), [b'.', b'+', ..]) {
            return true;
        }
        // Most characters do not begin one of the sequences.
        if matches!(text[i], b'\\' | b'(' | b'[' | b'/' | b's' | b'p')
            && matches!(
                after(text, i),
                [b'\\', b'.' | b'd' | b'w' | b'-' | b'/' | b':', ..]
                    | [b'(', b'?', ..]
                    | [b'[', b'^', ..]
                    | [b'/', b'.', b'*', ..]
                    | [b'[', _, b'-', _, b']', ..]
                    | [b's' | b'p', b'?', b':', b'/', ..]
            )
        {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a request can have an origin with this scheme.
pub(crate) const fn is_scheme(scheme: &[u8]) -> bool {
    // Nearly every origin has one of these.
    if equal(scheme, b"https") || equal(scheme, b"http") {
        return true;
    }
    if is_one_of(scheme, UNUSABLE_SCHEMES) {
        return false;
    }
    if scheme.is_empty()
        || scheme.len() > LONGEST_SCHEME
        || !scheme[0].is_ascii_lowercase()
        || has_upper_case(scheme)
    {
        return false;
    }
    let mut i = 0;
    while i < scheme.len() {
        if !scheme[i].is_ascii_alphanumeric() && !matches!(scheme[i], b'+' | b'-' | b'.') {
            return false;
        }
        i += 1;
    }
    misspelled_scheme(scheme).is_none()
}

/// Where the authority that starts at `from` ends. A browser reads a backslash as a slash.
pub(crate) const fn authority_end(bytes: &[u8], from: usize) -> usize {
    let mut i = from;
    while i < bytes.len() && !matches!(bytes[i], b'/' | b'?' | b'#' | b'\\') {
        i += 1;
    }
    i
}

pub(crate) const fn has_upper_case(bytes: &[u8]) -> bool {
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i].is_ascii_uppercase() {
            return true;
        }
        i += 1;
    }
    false
}

/// 1 to 65535, without leading zeros.
pub(crate) const fn is_port(port: &[u8]) -> bool {
    if port.is_empty() || port.len() > 5 || port[0] == b'0' {
        return false;
    }
    let (mut number, mut i) = (0u32, 0);
    while i < port.len() {
        if !port[i].is_ascii_digit() {
            return false;
        }
        number = number * 10 + (port[i] - b'0') as u32;
        i += 1;
    }
    number <= 65_535
}

/// A [default port](https://url.spec.whatwg.org/#default-port) is never written.
pub(crate) const fn is_default_port(scheme: &[u8], port: &[u8]) -> bool {
    (equal(scheme, b"https") && equal(port, b"443")) || (equal(scheme, b"http") && equal(port, b"80"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_schemes_with_one_misspelling_and_no_others() {
        for (scheme, meant) in [
            ("ttp", Some("http")),
            ("htp", Some("http")),
            ("hhttp", Some("http")),
            ("htttp", Some("http")),
            ("hptt", None),
            ("htpt", Some("http")),
            ("htps", Some("https")),
            ("httpss", Some("https")),
            ("httsp", Some("https")),
            ("ttps", Some("https")),
            ("HTPS", Some("https")),
            ("httpx", Some("https")),
            ("http", None),
            ("https", None),
            ("HTTP", None),
            ("HTTPS", None),
            ("moz-extension", None),
            ("chrome-extension", None),
            ("capacitor", None),
            ("ionic", None),
            ("tauri", None),
            ("app", None),
            ("h", None),
        ] {
            assert_eq!(misspelled_scheme(scheme.as_bytes()), meant.map(str::as_bytes), "{scheme}");
        }
    }

    #[test]
    fn a_scheme_has_at_most_64_characters() {
        let [long, longer] = [64, 65].map(|length| "a".repeat(length));
        assert_eq!(check_scheme(long.as_bytes()), Ok(()));
        assert_eq!(check_scheme(longer.as_bytes()), Err(Rule::OriginSyntax));
        assert!(is_scheme(long.as_bytes()) && !is_scheme(longer.as_bytes()));
    }

    #[test]
    fn a_scheme_of_an_origin_has_lower_case_letters_digits_and_three_other_characters() {
        for scheme in ["https", "http", "chrome-extension", "a", "a1+-."] {
            assert!(is_scheme(scheme.as_bytes()), "{scheme}");
        }
        for scheme in ["", "A", "aB", "1a", "-a", "a_b", "a b", "a\u{e4}", "file", "httsp"] {
            assert!(!is_scheme(scheme.as_bytes()), "{scheme}");
        }
    }

    #[test]
    fn regular_expressions_are_not_patterns_and_not_urls() {
        for text in [
            r"https://.*\.example\.com",
            r"^https://app.example.com",
            r"https://app.example.com$",
            r"https?://app.example.com",
            r"https://.+.example.com",
            r"https://[a-z]+.example.com",
            r"https://(?:a|b).example.com",
            r"https://[^.]+.example.com",
            r"http://localhost:\d+",
        ] {
            assert!(is_regular_expression(text.as_bytes()), "{text}");
        }
        for text in [
            "https://*.example.com",
            "https://a.*.example.com",
            "http://localhost:*",
            "http://[::1]",
            "http://[2001:db8::1]:*",
            "https://app.example.com/path?query=(1)",
            "moz-extension://*",
            "a.+://example.com",
            "*",
            "",
        ] {
            assert!(!is_regular_expression(text.as_bytes()), "{text}");
        }
    }
}
