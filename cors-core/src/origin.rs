//! The origin that a request names.

use crate::host;
use crate::origin_pattern::{has_upper_case, is_default_port, is_port};
use crate::text::{after, equal, find, find_scheme_end, rfind, slice};

/// The value of an [`Origin`](https://fetch.spec.whatwg.org/#origin-header) header that names a scheme, a host and
/// perhaps a port. `null` is none.
///
/// Functions that decide about origins at run time are given this: it was checked, so they may take it apart without
/// care for forged values.
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
    /// Reads the value of an `Origin` header. `None` for `null`, and for bytes that no browser sends.
    pub const fn parse(text: &'a [u8]) -> Option<Self> {
        let Some(scheme_end) = find_scheme_end(text) else { return None };
        let scheme = slice(text, 0, scheme_end);
        if !is_scheme(scheme) {
            return None;
        }
        let authority = after(text, scheme_end + 3);
        // A colon inside the brackets of an IPv6 address is none of a port.
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

    /// The host, without the trailing dot that a few names have.
    pub const fn host(&self) -> &'a str {
        as_str(self.host)
    }

    /// The port, `None` where it is the scheme's own.
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

    /// Whether the host ends in a dot: `https://example.com.` is another origin than `https://example.com`, though
    /// mostly the same server.
    pub const fn has_trailing_dot(&self) -> bool {
        self.trailing_dot
    }

    /// Whether anyone on the way could speak for this origin: its scheme is `http` and its host is not this machine.
    pub const fn is_insecure(&self) -> bool {
        equal(self.scheme, b"http") && !host::is_loopback(self.host)
    }

    /// What stands behind `://`.
    pub(crate) const fn authority(&self) -> &'a [u8] {
        after(self.text, self.scheme.len() + 3)
    }
}

/// Only ASCII passes the parser.
const fn as_str(bytes: &[u8]) -> &str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

const fn is_scheme(scheme: &[u8]) -> bool {
    if scheme.is_empty() || scheme.len() > 64 || !scheme[0].is_ascii_lowercase() || has_upper_case(scheme) {
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
