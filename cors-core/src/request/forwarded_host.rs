//! The host in a request to a trusted proxy.

use crate::const_text::is_token;
use crate::fetch_standard::white_space::{trim, trim_start};
use crate::request::header::RequestHeader;

/// The header in which the proxy in front of the server passes on the host of the original request.
///
/// Only the selected header is read. A client may send the other one, and a proxy that does not know it passes it on.
///
/// Trust a header only if the proxy replaces what the client sent. The first entry of the header counts, because the
/// outermost proxy wrote it; a client that can write this entry can pretend to be a page of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForwardedHost {
    /// `X-Forwarded-Host: shop.example`
    XForwardedHost,
    /// `Forwarded: for=192.0.2.1;host=shop.example`, as [RFC 7239](https://www.rfc-editor.org/rfc/rfc7239) defines it.
    Forwarded,
}

/// The header is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl ForwardedHost {
    /// The name of the header.
    pub(crate) const fn header(self) -> RequestHeader {
        match self {
            ForwardedHost::XForwardedHost => RequestHeader::XForwardedHost,
            ForwardedHost::Forwarded => RequestHeader::Forwarded,
        }
    }

    /// The host and port in a line of the header, or `None` if the line does not contain a host.
    pub(crate) fn parse(self, line: &[u8]) -> Result<Option<&[u8]>, Malformed> {
        match self {
            ForwardedHost::XForwardedHost => x_forwarded_host(line).map(Some),
            ForwardedHost::Forwarded => forwarded(line),
        }
    }
}

/// The first member of a comma-separated list of hosts.
fn x_forwarded_host(line: &[u8]) -> Result<&[u8], Malformed> {
    let first = line.split(|&byte| byte == b',').next().unwrap_or(line);
    match trim(first) {
        [] => Err(Malformed),
        host => Ok(host),
    }
}

/// The parameter `host` of the first [`forwarded-element`](https://www.rfc-editor.org/rfc/rfc7239#section-4) of a line.
///
/// Two deviations from the grammar are accepted, because proxies use them: spaces and tabs around parameters, and the
/// characters of a host and port (`:`, `[`, `]`) without quotation marks.
fn forwarded(line: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let (mut host, mut rest) = (None, line);
    loop {
        rest = trim_start(rest);
        match rest {
            [] | [b',', ..] => return Ok(host),
            [b';', after @ ..] => {
                rest = after;
                continue;
            }
            _ => {}
        }
        let equals = rest.iter().position(|&byte| byte == b'=').ok_or(Malformed)?;
        let name = &rest[..equals];
        if !is_token(name) {
            return Err(Malformed);
        }
        let (value, after) = parameter_value(&rest[equals + 1..])?;
        if name.eq_ignore_ascii_case(b"host") {
            // "Each parameter MUST NOT occur more than once per field-value."
            if host.is_some() || value.is_empty() || value.contains(&b'\\') {
                return Err(Malformed);
            }
            host = Some(value);
        }
        rest = trim_start(after);
        if !matches!(rest, [] | [b';' | b',', ..]) {
            return Err(Malformed);
        }
    }
}

/// A token or the inside of a quoted string, and the rest of the text. Escapes in a quoted string are not decoded,
/// because a host does not need them.
fn parameter_value(text: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|&byte| matches!(byte, b';' | b',' | b' ' | b'\t'));
        let (value, rest) = text.split_at(end.unwrap_or(text.len()));
        let valid = value.iter().all(|&byte| matches!(byte, b':' | b'[' | b']') || is_token(&[byte]));
        return if valid && !value.is_empty() { Ok((value, rest)) } else { Err(Malformed) };
    };
    let mut at = 0;
    while at < quoted.len() {
        // https://www.rfc-editor.org/rfc/rfc9110#section-5.6.4
        match quoted[at..] {
            [b'"', ..] => return Ok((&quoted[..at], &quoted[at + 1..])),
            [b'\\', b'\t' | b' '..=b'~' | 0x80.., ..] => at += 2,
            [b'\t' | b' '..=b'[' | b']'..=b'~' | 0x80.., ..] => at += 1,
            _ => return Err(Malformed),
        }
    }
    Err(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_host_of_the_first_element_of_forwarded() {
        for (line, host) in [
            ("host=site.example", Some("site.example")),
            ("for=192.0.2.1;host=site.example;proto=https", Some("site.example")),
            ("For=192.0.2.1; Host=\"site.example\"", Some("site.example")),
            ("HOST = x", None),
            ("host=\"site.example:8443\"", Some("site.example:8443")),
            ("host=site.example:8443", Some("site.example:8443")),
            ("host=\"[::1]:8443\"", Some("[::1]:8443")),
            ("for=\"a,b;c\";host=site.example", Some("site.example")),
            ("for=\"a\\\";host=evil.example\";host=site.example", Some("site.example")),
            ("for=\"_a, host=evil.example\"; host=site.example", Some("site.example")),
            ("host=site.example, host=inner.proxy", Some("site.example")),
            (";;host=site.example;", Some("site.example")),
            ("for=192.0.2.1, host=site.example", None),
            ("for=192.0.2.1", None),
            ("xhost=site.example", None),
            ("", None),
            (", host=site.example", None),
        ] {
            let expected = match line {
                "HOST = x" => Err(Malformed),
                _ => Ok(host.map(str::as_bytes)),
            };
            assert_eq!(forwarded(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn a_malformed_forwarded_header_has_no_host() {
        for line in [
            "ho",
            "host",
            "host=",
            "host=\"\"",
            "for=;host=site.example",
            "host=site.example;for= ",
            "for=\"\\\u{1}\";host=site.example",
            "for=\"\\",
            "host=\"site.example",
            "host=\"site.example\\\"",
            "host=\"site\\.example\"",
            "host=\"a\"b",
            "host=a b",
            "host=a=b",
            "host=a\"b\"",
            "host=a;host=a",
            "host=a;Host=b",
            "=site.example",
            "for=\";host=site.example",
            "for=(a);host=site.example",
            "f\u{e4}r=a;host=site.example",
            "host=site.example;for=\"\r\n\"",
        ] {
            assert_eq!(forwarded(line.as_bytes()), Err(Malformed), "{line}");
        }
    }

    #[test]
    fn reads_the_first_host_of_x_forwarded_host() {
        for (line, host) in [
            ("site.example", Ok("site.example")),
            (" site.example:8443\t, inner.proxy", Ok("site.example:8443")),
            ("", Err(Malformed)),
            (",site.example", Err(Malformed)),
            (" , site.example", Err(Malformed)),
        ] {
            assert_eq!(x_forwarded_host(line.as_bytes()), host.map(str::as_bytes), "{line}");
        }
    }

    /// A parameter whose value is a token or a quoted string.
    fn parameter() -> impl Strategy<Value = String> {
        let quoted = r#""([ !#-\[\]-~]|\\[ -~]){0,12}""#;
        ("(for|by|proto|x-[a-z]{1,4})", prop_oneof!["[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", quoted])
            .prop_map(|(name, value)| format!("{name}={value}"))
    }

    proptest! {
        #[test]
        fn the_host_is_found_among_other_parameters_and_elements(
            before in prop::collection::vec(parameter(), 0..4),
            host in "[a-z0-9.-]{1,20}(:[0-9]{1,5})?",
            quotes in any::<bool>(),
            after in prop::collection::vec(parameter(), 0..4),
            others in prop::collection::vec(parameter(), 0..3),
        ) {
            let pair = if quotes { format!("host=\"{host}\"") } else { format!("host={host}") };
            let element = before.iter().chain([&pair]).chain(&after).cloned().collect::<Vec<_>>().join(";");
            let line = [element].into_iter().chain(others.iter().cloned()).collect::<Vec<_>>().join(", ");
            prop_assert_eq!(forwarded(line.as_bytes()), Ok(Some(host.as_bytes())), "{}", line);
            // Without the parameter, no host is found in quoted strings or in later elements.
            let rest = before.iter().chain(&after).cloned().collect::<Vec<_>>().join(";");
            let line = format!("{rest}, host=other.example");
            prop_assert_eq!(forwarded(line.as_bytes()), Ok(None), "{}", line);
        }

        #[test]
        fn no_bytes_make_the_parser_panic(line in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(Some(host)) = forwarded(&line) {
                prop_assert!(!host.is_empty() && line.windows(host.len()).any(|part| part == host));
            }
            let _ = x_forwarded_host(&line);
        }

        #[test]
        fn no_text_of_characters_from_the_grammar_makes_the_parser_panic(line in r#"[host=";,\\ a:]{0,40}"#) {
            let _ = forwarded(line.as_bytes());
        }
    }
}
