//! Origin patterns: one entry of `origins` or of `except`.

use crate::const_text::{
    after, char_at, ends_with, equal, find, find_scheme_end, is_one_of, is_white_space, rfind, slice,
};
use crate::origin::grammar::{
    UNUSABLE_SCHEMES, authority_end, check_scheme, has_upper_case, is_default_port, is_port,
    is_regular_expression,
};
use crate::origin::host;
use crate::origin::origin::Origin;
use crate::rules::rule::Rule;

/// A pattern for origins: one entry of a policy's `origins` or `except`.
///
/// | pattern | matches |
/// | --- | --- |
/// | `https://app.example.com` | this origin |
/// | `https://*.example.com` | one or more labels before `.example.com`, but not `example.com` itself |
/// | `http://localhost:*` | any port, and the default port |
/// | `https://*.example.com:*` | both |
/// | `moz-extension://*` | any host, for schemes that end in `-extension` |
/// | `*` | every origin |
/// | `null` | opaque origins, for which browsers send `null`; see [`Rule::OriginNull`] before you use it |
///
/// A pattern is written as a browser serializes an
/// [origin](https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin): lower case, no
/// default port, no path. Other forms would never match a request, so they are errors, with a message about what to
/// write.
///
/// ```
/// use cors_core::{Origin, OriginPattern, Rule};
///
/// const PARTNERS: OriginPattern = match OriginPattern::parse("https://*.partner.example") {
///     Ok(pattern) => pattern,
///     Err(_) => panic!("not an origin pattern"),
/// };
/// let origin = Origin::parse(b"https://eu.partner.example").unwrap();
/// assert!(PARTNERS.matches(&origin));
///
/// assert_eq!(OriginPattern::parse("https://app.example.com/"), Err(Rule::OriginPath));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OriginPattern<'a> {
    text: &'a str,
    pub(crate) parts: Parts<'a>,
}

/// The parts of a pattern, which borrow from its text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Parts<'a> {
    Any,
    Null,
    Tuple { scheme: &'a [u8], host: HostPattern<'a>, port: PortPattern<'a> },
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum HostPattern<'a> {
    /// `moz-extension://*`
    Any,
    Exact(&'a [u8]),
    /// One or more labels before a dot and this base.
    Subdomains(&'a [u8]),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PortPattern<'a> {
    /// Any port, and the default port.
    Any,
    /// Decimal, or empty for the scheme's default port.
    Exact(&'a [u8]),
}

impl<'a> OriginPattern<'a> {
    /// Parses a pattern.
    ///
    /// # Errors
    /// The first [`Rule`] that the text breaks. The parts are checked in this order: characters that are never allowed,
    /// the scheme, user info, a path, letters, wildcards, the host, the port.
    pub const fn parse(text: &'a str) -> Result<Self, Rule> {
        let parts = match text.as_bytes() {
            b"*" => Parts::Any,
            b"null" => Parts::Null,
            bytes => match parse_tuple(bytes) {
                Ok(parts) => parts,
                Err(rule) => return Err(rule),
            },
        };
        Ok(Self { text, parts })
    }

    /// The pattern as it was written.
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether this is `*`.
    pub const fn is_any(&self) -> bool {
        matches!(self.parts, Parts::Any)
    }

    /// Whether this is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self.parts, Parts::Null)
    }

    /// Whether this is a single origin, without a wildcard.
    pub const fn is_exact(&self) -> bool {
        matches!(self.parts, Parts::Tuple { host: HostPattern::Exact(_), port: PortPattern::Exact(_), .. })
    }

    /// Whether an attacker on the network could impersonate this origin: its scheme is `http` and its host is not a
    /// loopback name or address.
    ///
    /// ```
    /// use cors_core::OriginPattern;
    ///
    /// assert!(OriginPattern::parse("http://printer.internal").unwrap().is_insecure());
    /// assert!(!OriginPattern::parse("http://localhost:*").unwrap().is_insecure());
    /// ```
    pub const fn is_insecure(&self) -> bool {
        match self.parts {
            Parts::Tuple {
                scheme,
                host: HostPattern::Exact(host) | HostPattern::Subdomains(host),
                port: PortPattern::Any | PortPattern::Exact(_),
            } => equal(scheme, b"http") && !host::is_loopback(host),
            // Only browser extensions have patterns for any host.
            Parts::Tuple { host: HostPattern::Any, scheme: _, port: _ } | Parts::Any | Parts::Null => false,
        }
    }

    /// The domain whose subdomains the pattern matches: `example.com` for `https://*.example.com`.
    ///
    /// ```
    /// use cors_core::OriginPattern;
    ///
    /// assert_eq!(OriginPattern::parse("https://*.example.com").unwrap().subdomains_of(), Some("example.com"));
    /// assert_eq!(OriginPattern::parse("https://app.example.com").unwrap().subdomains_of(), None);
    /// ```
    pub const fn subdomains_of(&self) -> Option<&'a str> {
        match self.parts {
            Parts::Tuple { host: HostPattern::Subdomains(base), .. } => match core::str::from_utf8(base) {
                Ok(base) => Some(base),
                Err(_) => None,
            },
            Parts::Tuple { host: HostPattern::Any | HostPattern::Exact(_), .. }
            | Parts::Any
            | Parts::Null => None,
        }
    }

    /// Whether the pattern matches `origin`. For `null`, see [`OriginPattern::is_null`].
    ///
    /// ```
    /// use cors_core::{Origin, OriginPattern};
    ///
    /// let pattern = OriginPattern::parse("https://*.example.com").unwrap();
    /// let matches = |origin: &str| pattern.matches(&Origin::parse(origin.as_bytes()).unwrap());
    /// assert!(matches("https://app.example.com") && matches("https://eu.app.example.com"));
    /// assert!(!matches("https://example.com") && !matches("https://app.example.com:8443"));
    /// assert!(!matches("http://app.example.com"));
    /// ```
    pub const fn matches(&self, origin: &Origin<'_>) -> bool {
        match self.parts {
            Parts::Any => true,
            Parts::Null => false,
            parts => !origin.has_trailing_dot() && parts.matches_without_trailing_dot(origin),
        }
    }

    /// Whether this pattern matches every origin that `other` matches.
    ///
    /// ```
    /// use cors_core::OriginPattern;
    ///
    /// let wide = OriginPattern::parse("https://*.example.com").unwrap();
    /// let narrow = OriginPattern::parse("https://*.eu.example.com").unwrap();
    /// assert!(wide.covers(&narrow) && !narrow.covers(&wide));
    /// ```
    pub const fn covers(&self, other: &OriginPattern<'_>) -> bool {
        let (scheme, host, port) = match self.parts {
            Parts::Any => return true,
            Parts::Null => return other.is_null(),
            Parts::Tuple { scheme, host, port } => (scheme, host, port),
        };
        let (other_scheme, other_host, other_port) = match other.parts {
            Parts::Any | Parts::Null => return false,
            Parts::Tuple { scheme, host, port } => (scheme, host, port),
        };
        let port_covered = match (port, other_port) {
            (PortPattern::Any, PortPattern::Any | PortPattern::Exact(_)) => true,
            (PortPattern::Exact(port), PortPattern::Exact(other)) => equal(port, other),
            (PortPattern::Exact(_), PortPattern::Any) => false,
        };
        let host_covered = match (host, other_host) {
            (HostPattern::Any, HostPattern::Any | HostPattern::Exact(_) | HostPattern::Subdomains(_)) => true,
            (HostPattern::Exact(host), HostPattern::Exact(other)) => equal(host, other),
            (HostPattern::Subdomains(base), HostPattern::Exact(other)) => is_below(other, base),
            (HostPattern::Subdomains(base), HostPattern::Subdomains(other)) => {
                equal(base, other) || is_below(other, base)
            }
            (HostPattern::Exact(_), HostPattern::Any | HostPattern::Subdomains(_)) => false,
            (HostPattern::Subdomains(_), HostPattern::Any) => false,
        };
        port_covered && host_covered && equal(scheme, other_scheme)
    }
}

impl Parts<'_> {
    /// As [`OriginPattern::matches`], but `https://x.example.` counts as `https://x.example`. They are two origins of the same
    /// site, so an exception for one of the names has to cover the other.
    pub(crate) const fn matches_without_trailing_dot(&self, origin: &Origin<'_>) -> bool {
        let Parts::Tuple { scheme, host, port } = *self else { return matches!(self, Parts::Any) };
        let port_matches = match port {
            PortPattern::Any => true,
            PortPattern::Exact(port) => equal(port, origin.port),
        };
        let host_matches = match host {
            HostPattern::Any => true,
            HostPattern::Exact(host) => equal(host, origin.host),
            HostPattern::Subdomains(base) => is_below(origin.host, base),
        };
        port_matches && host_matches && equal(scheme, origin.scheme)
    }
}

/// Whether `host` is one or more labels, a dot, and `base`.
pub(crate) const fn is_below(host: &[u8], base: &[u8]) -> bool {
    host.len() > base.len() + 1 && ends_with(host, base) && host[host.len() - base.len() - 1] == b'.'
}

impl std::fmt::Debug for OriginPattern<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OriginPattern").field(&self.text).finish()
    }
}

impl std::fmt::Display for OriginPattern<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.text)
    }
}

const fn parse_tuple(bytes: &[u8]) -> Result<Parts<'_>, Rule> {
    if bytes.is_empty() || has_white_space_or_comma(bytes) || is_regular_expression(bytes) {
        return Err(Rule::OriginSyntax);
    }
    if let Some(colon) = find(bytes, b':')
        && !equal(slice(bytes, 0, colon), b"https")
        && is_one_of(slice(bytes, 0, colon), UNUSABLE_SCHEMES)
    {
        return Err(Rule::OriginScheme);
    }
    let Some(scheme_end) = find_scheme_end(bytes) else {
        return Err(if find(bytes, b'*').is_some() { Rule::OriginWildcard } else { Rule::OriginSyntax });
    };
    let scheme = slice(bytes, 0, scheme_end);
    if let Err(rule) = check_scheme(scheme) {
        return Err(rule);
    }
    let (authority, tail) = bytes.split_at(authority_end(bytes, scheme_end + 3));
    let authority = after(authority, scheme_end + 3);
    if find(authority, b'@').is_some() {
        return Err(Rule::OriginUserinfo);
    }
    if !tail.is_empty() {
        return Err(Rule::OriginPath);
    }
    if !authority.is_ascii() {
        return Err(Rule::OriginUnicode);
    }
    let is_address = !authority.is_empty() && authority[0] == b'[';
    if has_upper_case(scheme) || (!is_address && has_upper_case(authority)) {
        return Err(Rule::OriginUppercase);
    }
    let (host, port) = match split_port(authority) {
        Ok(split) => split,
        Err(rule) => return Err(rule),
    };
    let host = match parse_host(scheme, host) {
        Ok(host) => host,
        Err(rule) => return Err(rule),
    };
    match parse_port(scheme, port) {
        Ok(port) => Ok(Parts::Tuple { scheme, host, port }),
        Err(rule) => Err(rule),
    }
}

const fn has_white_space_or_comma(bytes: &[u8]) -> bool {
    let mut i = 0;
    while i < bytes.len() {
        // Most characters are letters, digits and punctuation.
        if bytes[i].is_ascii_graphic() && bytes[i] != b',' {
            i += 1;
            continue;
        }
        let (character, length) = char_at(bytes, i);
        if character == ',' as u32 || is_white_space(character) {
            return true;
        }
        i += length;
    }
    false
}

/// Splits an authority into the host and the text after the colon, if there is one.
const fn split_port(authority: &[u8]) -> Result<(&[u8], Option<&[u8]>), Rule> {
    if !authority.is_empty() && authority[0] == b'[' {
        let Some(end) = find(authority, b']') else { return Err(Rule::OriginIpv6) };
        let (host, rest) = authority.split_at(end + 1);
        return match rest {
            [] => Ok((host, None)),
            [b':', port @ ..] => Ok((host, Some(port))),
            _ => Err(Rule::OriginIpv6),
        };
    }
    let Some(colon) = rfind(authority, b':') else { return Ok((authority, None)) };
    let host = slice(authority, 0, colon);
    // In `*.[::1]`, the colons belong to the address in brackets, so they do not introduce a port.
    if find(after(authority, colon), b']').is_some() {
        return Ok((authority, None));
    }
    if find(host, b':').is_some() && find(host, b'[').is_none() {
        // Two colons mean an IPv6 address without brackets, or two ports.
        let address = host::canonical_ipv6(authority).is_some() || host::canonical_ipv6(host).is_some();
        return Err(if address { Rule::OriginIpv6 } else { Rule::OriginPort });
    }
    Ok((host, Some(after(authority, colon + 1))))
}

const fn parse_host<'a>(scheme: &[u8], host: &'a [u8]) -> Result<HostPattern<'a>, Rule> {
    let (base, subdomains) = match host {
        // The browser creates the host of each extension. Such a host has no subdomains.
        b"*" if ends_with(scheme, b"-extension") => return Ok(HostPattern::Any),
        [b'*', b'.', base @ ..] => (base, true),
        _ => (host, false),
    };
    if find(base, b'*').is_some() || (subdomains && (base.is_empty() || base[0] == b'[')) {
        return Err(Rule::OriginWildcard);
    }
    if let Err(rule) = host::check(base) {
        return Err(rule);
    }
    if !subdomains {
        return Ok(HostPattern::Exact(base));
    }
    // An address has no subdomains, and a subdomain of the longest possible name would be too long.
    if host::is_ipv4(base) {
        return Err(Rule::OriginIpv4);
    }
    if host.len() > host::LONGEST { Err(Rule::OriginHost) } else { Ok(HostPattern::Subdomains(base)) }
}

const fn parse_port<'a>(scheme: &[u8], port: Option<&'a [u8]>) -> Result<PortPattern<'a>, Rule> {
    let Some(port) = port else { return Ok(PortPattern::Exact(b"")) };
    if equal(port, b"*") {
        return Ok(PortPattern::Any);
    }
    if find(port, b'*').is_some() {
        return Err(Rule::OriginWildcard);
    }
    if !is_port(port) {
        return Err(Rule::OriginPort);
    }
    if is_default_port(scheme, port) {
        return Err(Rule::OriginDefaultPort);
    }
    Ok(PortPattern::Exact(port))
}

#[cfg(test)]
mod tests {
    use super::{OriginPattern, is_below};

    fn pattern(text: &str) -> OriginPattern<'_> {
        OriginPattern::parse(text).unwrap_or_else(|rule| panic!("{text}: {rule:?}"))
    }

    #[test]
    fn only_http_beyond_the_loopback_is_insecure() {
        for text in ["http://a.example", "http://*.a.example", "http://a.example:*", "http://192.0.2.1:8080"]
        {
            assert!(pattern(text).is_insecure(), "{text}");
        }
        for text in [
            "*",
            "null",
            "https://a.example",
            "http://localhost",
            "http://*.localhost:*",
            "http://[::1]",
            "capacitor://a.example",
            "chrome-extension://*",
        ] {
            assert!(!pattern(text).is_insecure(), "{text}");
        }
    }

    #[test]
    fn only_a_wildcard_for_subdomains_has_a_domain() {
        assert_eq!(pattern("https://*.a.example:8443").subdomains_of(), Some("a.example"));
        for text in ["*", "null", "https://a.example", "https://a.example:*", "chrome-extension://*"] {
            assert_eq!(pattern(text).subdomains_of(), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_covers_those_that_match_a_part_of_its_origins() {
        for (wide, narrow) in [
            ("*", "null"),
            ("*", "https://*.a.example:*"),
            ("chrome-extension://*", "chrome-extension://abc"),
            ("https://*.a.example", "https://b.a.example"),
            ("https://*.a.example", "https://*.b.a.example"),
            ("https://*.a.example:*", "https://*.a.example"),
            ("https://a.example:*", "https://a.example:8443"),
        ] {
            assert!(pattern(wide).covers(&pattern(narrow)), "{wide} covers {narrow}");
            assert!(!pattern(narrow).covers(&pattern(wide)), "{narrow} does not cover {wide}");
            assert!(pattern(wide).covers(&pattern(wide)) && pattern(narrow).covers(&pattern(narrow)));
        }
        for (one, other) in [
            ("null", "https://a.example"),
            ("https://a.example", "http://a.example"),
            ("https://a.example", "https://b.example"),
            ("https://a.example", "https://a.example:8443"),
            ("https://a.example:8443", "https://a.example:8444"),
            ("https://a.example", "https://*.a.example"),
            ("https://*.a.example", "https://*.b.example"),
            ("https://*.a.example", "http://*.b.a.example"),
            ("https://*.a.example:8443", "https://*.b.a.example"),
            ("chrome-extension://*", "moz-extension://abc"),
        ] {
            assert!(!pattern(one).covers(&pattern(other)), "{one} does not cover {other}");
            assert!(!pattern(other).covers(&pattern(one)), "{other} does not cover {one}");
        }
    }

    #[test]
    fn a_name_below_a_base_has_a_label_before_the_dot() {
        assert!(is_below(b"a.example.com", b"example.com"));
        assert!(is_below(b"a.b.example.com", b"example.com"));
        for host in ["example.com", ".example.com", "a-example.com", "com", ""] {
            assert!(!is_below(host.as_bytes(), b"example.com"), "{host:?}");
        }
    }
}
