//! The grammar of an origin's scheme and port, which origins and origin patterns share.

use crate::const_text::{equal, find, is_one_of};
use crate::rules::rule::Rule;

/// The longest scheme that is read.
pub(crate) const LONGEST_SCHEME: usize = 64;

/// Schemes of documents whose origin is never what is written here: it is `null`
/// ([origin of a URL](https://url.spec.whatwg.org/#concept-url-origin)), or it is `http` or `https`.
pub(crate) const UNUSABLE_SCHEMES: &[&str] =
    &["file", "data", "blob", "about", "javascript", "filesystem", "ws", "wss", "ftp"];

/// A [scheme](https://url.spec.whatwg.org/#url-scheme-string) starts with a letter.
pub(crate) const fn check_scheme(scheme: &[u8]) -> Result<(), Rule> {
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
    Ok(())
}

/// Whether a request can have an origin with this scheme.
pub(crate) const fn is_scheme(scheme: &[u8]) -> bool {
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
    true
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
