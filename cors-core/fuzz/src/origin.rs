//! Which texts are origins, and which patterns match them.

use std::net::Ipv4Addr;

use crate::{default_port, is_port, port_colon};

/// An origin in its parts. The host may end in a dot.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    pub scheme: &'a str,
    pub host: &'a str,
    pub port: Option<&'a str>,
}

/// The parts of an origin or of an origin pattern, unchecked.
fn split(text: &str) -> Option<Origin<'_>> {
    let (scheme, authority) = text.split_once("://")?;
    Some(match port_colon(authority) {
        Some(colon) => Origin { scheme, host: &authority[..colon], port: Some(&authority[colon + 1..]) },
        None => Origin { scheme, host: authority, port: None },
    })
}

/// The parts of the value of an `Origin` header, if it is what a browser writes for a scheme and a host that DNS can hold.
pub fn parse(value: &[u8]) -> Option<Origin<'_>> {
    let origin = split(std::str::from_utf8(value).ok()?)?;
    let is_port = origin.port.is_none_or(|port| is_port(port) && default_port(origin.scheme) != Some(port));
    let is_host = match origin.host.strip_suffix('.') {
        // Browsers drop the dot after an address.
        Some(name) => is_name(name),
        None => is_name(origin.host) || is_ipv4(origin.host) || is_ipv6(origin.host),
    };
    (is_scheme(origin.scheme) && is_port && is_host).then_some(origin)
}

fn is_scheme(scheme: &str) -> bool {
    const OTHER_ORIGIN: [&str; 9] =
        ["file", "data", "blob", "about", "javascript", "filesystem", "ws", "wss", "ftp"];
    let mut characters = scheme.chars();
    characters.next().is_some_and(|first| first.is_ascii_lowercase())
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c))
        && scheme.len() <= 64
        && !OTHER_ORIGIN.contains(&scheme)
        && (["http", "https"].contains(&scheme)
            || !["http", "https"].iter().any(|word| is_one_slip_from(scheme, word)))
}

/// Whether a letter of `word` is missing, added or replaced in `written`, or two neighbours changed places.
fn is_one_slip_from(written: &str, word: &str) -> bool {
    if written.len().abs_diff(word.len()) > 1 {
        return false;
    }
    let (written, word) = (written.as_bytes(), word.as_bytes());
    let without = |text: &[u8], at: usize| [&text[..at], &text[at + 1..]].concat();
    let missing = (0..word.len()).any(|at| without(word, at) == written);
    let added = (0..written.len()).any(|at| without(written, at) == word);
    let same_length = written.len() == word.len();
    let replaced = same_length && (0..word.len()).any(|at| without(word, at) == without(written, at));
    let swapped = same_length
        && (1..word.len()).any(|at| {
            let mut swapped = word.to_vec();
            swapped.swap(at - 1, at);
            swapped == written
        });
    missing || added || replaced || swapped
}

/// Whether a name in DNS has this form, and a browser does not take it for an IPv4 address.
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
            && label.strip_prefix("xn--").is_none_or(|punycode| {
                idna::punycode::decode_to_string(punycode).is_some_and(|label| !label.is_ascii())
            })
    };
    // https://url.spec.whatwg.org/#ends-in-a-number-checker
    let is_number = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit())
            || label.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    host.len() <= 253 && host.split('.').all(is_label) && !host.rsplit('.').next().is_some_and(is_number)
}

fn is_ipv4(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok_and(|address| address.to_string() == host)
}

fn is_ipv6(host: &str) -> bool {
    host.starts_with('[')
        && matches!(url::Host::parse(host), Ok(address @ url::Host::Ipv6(_)) if address.to_string() == host)
}

/// Whether an entry of `origins` grants this value of `Origin`.
pub fn matches(pattern: &str, value: &[u8]) -> bool {
    if pattern == "null" {
        return value == b"null";
    }
    parse(value).is_some_and(|origin| !origin.host.ends_with('.') && matches_parts(pattern, origin))
}

/// Whether an entry of `except` covers this origin. The name with a trailing dot is the same server.
pub fn is_excepted(pattern: &str, origin: Origin<'_>) -> bool {
    let host = origin.host.strip_suffix('.').unwrap_or(origin.host);
    pattern != "null" && matches_parts(pattern, Origin { host, ..origin })
}

fn matches_parts(pattern: &str, origin: Origin<'_>) -> bool {
    let pattern = split(pattern).expect("a pattern of a valid policy");
    let host = match pattern.host {
        "*" => true,
        host => match host.strip_prefix('*') {
            // One or more labels before the dot.
            Some(end) => origin.host.ends_with(end) && origin.host.len() > end.len(),
            None => origin.host == host,
        },
    };
    host && pattern.scheme == origin.scheme && (pattern.port == Some("*") || pattern.port == origin.port)
}
