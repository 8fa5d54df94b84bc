//! The origin of a request.

use crate::const_text::{after, equal, find, find_scheme_end, rfind, slice};
use crate::origin::grammar::{LONGEST_SCHEME, is_default_port, is_port, is_scheme};
use crate::origin::host;

/// The maximum length of an origin, in bytes: a scheme, `://`, a host, a trailing dot and a port. Longer values are
/// not read.
pub(crate) const LONGEST: usize = LONGEST_SCHEME + 3 + host::LONGEST + 1 + 6;

/// The value of an [`Origin`](https://fetch.spec.whatwg.org/#origin-header) header with a scheme, a host and an
/// optional port. The value `null` is not an `Origin`.
///
/// Functions that decide about origins at run time get an `Origin` as their argument. It is already validated, so
/// they can use its parts without a check for forged values.
///
/// ```
/// use cors_core::Origin;
///
/// let origin = Origin::parse(b"https://app.example.com:8443").unwrap();
/// assert_eq!((origin.scheme(), origin.host(), origin.port()), ("https", "app.example.com", Some(8443)));
///
/// for forged in ["null", "", "https://a.example/", "https://a.example, https://b.example", "HTTPS://a.example"] {
///     assert!(Origin::parse(forged.as_bytes()).is_none());
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin<'a> {
    text: &'a [u8],
    pub(crate) scheme: &'a [u8],
    /// Without the trailing dot.
    pub(crate) host: &'a [u8],
    /// Decimal, or empty for the scheme's default port.
    pub(crate) port: &'a [u8],
    trailing_dot: bool,
}

impl<'a> Origin<'a> {
    /// Parses the value of an `Origin` header. Returns `None` for `null`, and for bytes that browsers never send.
    pub const fn parse(text: &'a [u8]) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let Some(scheme_end) = find_scheme_end(text) else { return None };
        let scheme = slice(text, 0, scheme_end);
        if !is_scheme(scheme) {
            return None;
        }
        let authority = after(text, scheme_end + 3);
        // A colon inside the brackets of an IPv6 address does not introduce a port.
        let (host, port) = match rfind(authority, b':') {
            Some(colon) if find(after(authority, colon), b']').is_none() => {
                let port = after(authority, colon + 1);
                if !is_port(port) || is_default_port(scheme, port) {
                    return None;
                }
                (slice(authority, 0, colon), port)
            }
            _ => (authority, &[] as &[u8]),
        };
        let (host, trailing_dot) = match host {
            [host @ .., b'.'] => (host, true),
            host => (host, false),
        };
        // An address has no trailing dot, because browsers remove it.
        if trailing_dot && (host::is_ipv4(host) || find(host, b']').is_some()) {
            return None;
        }
        match host::check(host) {
            Ok(()) => Some(Self { text, scheme, host, port, trailing_dot }),
            Err(_) => None,
        }
    }

    /// The origin as it was sent.
    pub const fn as_str(&self) -> &'a str {
        as_str(self.text)
    }

    /// `https`, `http`, `capacitor`, …
    pub const fn scheme(&self) -> &'a str {
        as_str(self.scheme)
    }

    /// The host, without a trailing dot.
    pub const fn host(&self) -> &'a str {
        as_str(self.host)
    }

    /// The port. `None` for the default port of the scheme.
    pub const fn port(&self) -> Option<u16> {
        if self.port.is_empty() {
            return None;
        }
        let (mut number, mut i) = (0u16, 0);
        while i < self.port.len() {
            number = number * 10 + (self.port[i] - b'0') as u16;
            i += 1;
        }
        Some(number)
    }

    /// Whether the host ends in a dot: `https://example.com.` is another origin than `https://example.com`, although
    /// both usually belong to the same server.
    pub const fn has_trailing_dot(&self) -> bool {
        self.trailing_dot
    }

    /// Whether an attacker on the network could impersonate this origin: its scheme is `http` and its host is not a
    /// loopback name or address.
    pub const fn is_insecure(&self) -> bool {
        equal(self.scheme, b"http") && !host::is_loopback(self.host)
    }
}

/// Converts bytes that the parser accepted, which are ASCII.
const fn as_str(bytes: &[u8]) -> &str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

impl std::fmt::Debug for Origin<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Origin").field(&self.as_str()).finish()
    }
}

impl std::fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_browsers_send() {
        for (text, host, port, trailing_dot) in [
            ("https://a.example", "a.example", None, false),
            ("https://a.example.", "a.example", None, true),
            ("https://a.example.:8443", "a.example", Some(8443), true),
            ("http://localhost:3000", "localhost", Some(3000), false),
            ("http://127.0.0.1:65535", "127.0.0.1", Some(65_535), false),
            ("http://[::1]", "[::1]", None, false),
            ("http://[2001:db8::1]:1", "[2001:db8::1]", Some(1), false),
            ("http://a.example:443", "a.example", Some(443), false),
            ("https://a.example:80", "a.example", Some(80), false),
            ("https://xn--exmple-cua.com", "xn--exmple-cua.com", None, false),
            ("https://a_b.example", "a_b.example", None, false),
            (
                "moz-extension://0a1b2c3d-0000-4000-8000-000000000000",
                "0a1b2c3d-0000-4000-8000-000000000000",
                None,
                false,
            ),
            ("capacitor://localhost", "localhost", None, false),
        ] {
            let origin = Origin::parse(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((origin.as_str(), origin.host(), origin.port()), (text, host, port));
            assert_eq!(text.split_once("://").map(|(scheme, _)| scheme), Some(origin.scheme()));
            assert_eq!(origin.has_trailing_dot(), trailing_dot, "{text}");
        }
    }

    #[test]
    fn rejects_what_browsers_never_send() {
        for text in [
            "",
            "null",
            "*",
            "://",
            "://a",
            "a",
            "a.example",
            "https:",
            "https:/a",
            "https//a",
            "https://",
            "https://.",
            "https://..",
            "https://a..",
            "https://.a",
            "https://a..b",
            "https://a/",
            "https://a?",
            "https://a#",
            "https://a\\",
            "https://a@b",
            "https://@a",
            "https://a b",
            " https://a",
            "https://a ",
            "https://a\0",
            "https://a,https://b",
            "https://a:",
            "https://a:0",
            "https://a:080",
            "https://a:443",
            "http://a:80",
            "https://a:65536",
            "https://a:99999999999",
            "https://a:-1",
            "https://a:+1",
            "https://a:1:2",
            "https://a:*",
            "https://*.a",
            "https://A",
            "HTTPS://a",
            "1https://a",
            "ht_tps://a",
            "https://[::1",
            "https://::1",
            "https://[::1]]",
            "https://[[::1]]",
            "https://[::1]a",
            "https://[::1]:",
            "https://[0::1]",
            "https://[::FFFF]",
            "https://[::1].",
            "https://[::1].:8443",
            "https://]",
            "https://[",
            "https://[]",
            "https://127.0.0.1.",
            "https://127.1",
            "https://0x7f.1",
            "https://256.0.0.1",
            "https://1.2.3",
            "https://a.1",
            "https://ex\u{e4}mple.com",
            "https://a\u{200f}",
            "https://a%2eb",
            "ws://a",
            "wss://a.example",
            "ftp://a",
            "file://a",
            "blob://a",
            "data://a",
        ] {
            assert_eq!(Origin::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Origin::parse(b"https://a\xff.example"), None);
        assert_eq!(Origin::parse(b"\xff\xfe://a"), None);
    }

    #[test]
    fn a_host_is_at_most_as_long_as_dns_allows() {
        let label = "a".repeat(63);
        let longest = format!("https://{label}.{label}.{label}.{}", "a".repeat(61));
        assert!(Origin::parse(longest.as_bytes()).is_some());
        assert!(
            Origin::parse(format!("{longest}.").as_bytes()).is_some_and(|origin| origin.has_trailing_dot())
        );
        assert!(Origin::parse(format!("{longest}a").as_bytes()).is_none());
        let longest = format!("{}{}.:65535", "a".repeat(64 - "https".len()), longest);
        assert_eq!(longest.len(), LONGEST);
        assert!(Origin::parse(longest.as_bytes()).is_some_and(|origin| origin.port() == Some(65_535)));
        assert!(Origin::parse(format!("a{longest}").as_bytes()).is_none());
        assert!(Origin::parse(format!("https://{label}a.example").as_bytes()).is_none());
    }
}
