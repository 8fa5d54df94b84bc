//! The host that a proxy was asked for.

use crate::{is_token, members, trim};

/// What the header says.
#[derive(Debug, PartialEq, Eq)]
pub enum Forwarded<'a> {
    Host(&'a [u8]),
    NoHost,
    Malformed,
}

/// The first member of `X-Forwarded-Host`.
pub fn x_forwarded_host(line: &[u8]) -> Forwarded<'_> {
    match members(line).next() {
        Some(host) if !host.is_empty() => Forwarded::Host(host),
        _ => Forwarded::Malformed,
    }
}

/// The `host` of the first element of `Forwarded` ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239#section-4)), with spaces
/// around parameters and with `:`, `[` and `]` outside of quotation marks.
pub fn forwarded(line: &[u8]) -> Forwarded<'_> {
    let element = cut_outside_quotes(line, b',').next().unwrap_or_default();
    let mut hosts = Vec::new();
    for parameter in cut_outside_quotes(element, b';').map(trim).filter(|parameter| !parameter.is_empty()) {
        let Some(equals) = parameter.iter().position(|&byte| byte == b'=') else {
            return Forwarded::Malformed;
        };
        let (name, value) = (&parameter[..equals], &parameter[equals + 1..]);
        let is_quoted = is_quoted_string(value);
        let is_plain = !value.is_empty()
            && value.iter().all(|byte| b":[]".contains(byte) || is_token(std::slice::from_ref(byte)));
        if !is_token(name) || !(is_quoted || is_plain) {
            return Forwarded::Malformed;
        }
        if name.eq_ignore_ascii_case(b"host") {
            hosts.push(if is_quoted { &value[1..value.len() - 1] } else { value });
        }
    }
    match hosts[..] {
        [] => Forwarded::NoHost,
        // No host has a character that has to be escaped.
        [host] if !host.is_empty() && !host.contains(&b'\\') => Forwarded::Host(host),
        _ => Forwarded::Malformed,
    }
}

/// The parts of `text` between separators that are not in a quoted string.
fn cut_outside_quotes(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut in_quotes, mut escaped) = (false, false);
    text.split(move |&byte| {
        let cuts = byte == separator && !in_quotes;
        (in_quotes, escaped) = match byte {
            _ if escaped => (in_quotes, false),
            b'\\' if in_quotes => (true, true),
            b'"' => (!in_quotes, false),
            _ => (in_quotes, false),
        };
        cuts
    })
}

/// [`quoted-string`](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.4)
fn is_quoted_string(text: &[u8]) -> bool {
    let [b'"', inside @ .., b'"'] = text else { return false };
    let mut escaped = false;
    for &byte in inside {
        if !matches!(byte, b'\t' | b' '..=b'~' | 0x80..) || (byte == b'"' && !escaped) {
            return false;
        }
        escaped = byte == b'\\' && !escaped;
    }
    !escaped
}
