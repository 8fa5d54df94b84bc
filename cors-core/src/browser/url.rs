//! The part of the URL standard that CORS needs: origins, and the targets of redirects.
//! <https://url.spec.whatwg.org/#concept-basic-url-parser>

use std::net::{Ipv4Addr, Ipv6Addr};

/// A URL that parses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parsed {
    /// An `http` or `https` URL.
    Http(Url),
    /// A URL of another scheme. Only the scheme is kept.
    Other(String),
}

/// An `http` or `https` URL, as it is serialized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    scheme: String,
    /// <https://url.spec.whatwg.org/#include-credentials>
    pub(super) includes_credentials: bool,
    host: String,
    /// `None` for the default port of the scheme.
    port: Option<u16>,
    path: String,
    query: Option<String>,
    pub(super) fragment: Option<String>,
}

impl Url {
    /// Parses a URL. `None` is a failure. The time is linear in the length of the input, which a server may choose.
    pub(super) fn parse(input: &[u8], base: Option<&Url>) -> Option<Parsed> {
        let input: Vec<u8> = input.iter().copied().filter(|byte| !b"\t\n\r".contains(byte)).collect();
        let (input, fragment) = cut(trim_controls(&input), |byte| byte == b'#');
        let fragment = fragment.map(|fragment| encode(&fragment[1..]));
        let with_fragment = |url: Url| Some(Parsed::Http(Url { fragment, ..url }));

        let Some((scheme, rest)) = scheme(input) else {
            return with_fragment(base?.relative(input)?);
        };
        match (scheme.as_str(), base) {
            (_, Some(base)) if base.scheme == scheme && leading_slashes(rest) < 2 => {
                with_fragment(base.relative(rest)?)
            }
            ("http" | "https", _) => with_fragment(Self::absolute(scheme, rest)?),
            // The other special schemes have a host too, and its parser may fail.
            ("ws" | "wss" | "ftp", _) => Self::absolute(scheme.clone(), rest).map(|_| Parsed::Other(scheme)),
            ("file", _) => is_file(rest).then_some(Parsed::Other(scheme)),
            _ => is_opaque(rest).then_some(Parsed::Other(scheme)),
        }
    }

    /// The part after `https:`. There may be any number of slashes.
    fn absolute(scheme: String, rest: &[u8]) -> Option<Self> {
        let rest = &rest[leading_slashes(rest)..];
        let (authority, rest) = cut(rest, |byte| b"/\\?".contains(&byte));
        let (userinfo, host, port) = split_authority(authority);
        let (path, query) = cut(rest.unwrap_or_default(), |byte| byte == b'?');
        Some(Self {
            host: parse_host(host)?,
            port: parse_port(&scheme, port.unwrap_or_default())?,
            path: normalize_path(path),
            query: query.map(|query| encode(&query[1..])),
            fragment: None,
            includes_credentials: !matches!(userinfo, b"" | b":"),
            scheme,
        })
    }

    /// Parses a reference without a scheme.
    fn relative(&self, reference: &[u8]) -> Option<Self> {
        if leading_slashes(reference) >= 2 {
            return Self::absolute(self.scheme.clone(), reference);
        }
        let (path, query) = cut(reference, |byte| byte == b'?');
        let query = query.map(|query| encode(&query[1..]));
        let mut url = self.clone();
        if leading_slashes(path) == 1 {
            url.path = normalize_path(path);
        } else if !path.is_empty() {
            let directory = self.path.rfind('/').map_or("/", |slash| &self.path[..=slash]);
            url.path = normalize_path(&[directory.as_bytes(), path].concat());
        } else if query.is_none() {
            return Some(url);
        }
        url.query = query;
        Some(url)
    }

    /// The origin as it is serialized.
    pub(super) fn origin(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}", self.scheme, self.host)
    }

    /// The URL as it is requested: no user name, no password and no fragment.
    pub(super) fn without_fragment(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{}{query}", self.origin(), self.path)
    }

    /// The URL with its fragment.
    pub(super) fn serialize(&self) -> String {
        let fragment = self.fragment.as_ref().map(|fragment| format!("#{fragment}"));
        self.without_fragment() + &fragment.unwrap_or_default()
    }
}

/// The bytes before the first that `is_end`, and those from it on.
fn cut(bytes: &[u8], is_end: impl Fn(u8) -> bool) -> (&[u8], Option<&[u8]>) {
    match bytes.iter().position(|&byte| is_end(byte)) {
        Some(at) => (&bytes[..at], Some(&bytes[at..])),
        None => (bytes, None),
    }
}

fn trim_controls(mut bytes: &[u8]) -> &[u8] {
    while let [0..=b' ', rest @ ..] | [rest @ .., 0..=b' '] = bytes {
        bytes = rest;
    }
    bytes
}

fn leading_slashes(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| b"/\\".contains(byte)).count()
}

fn scheme(input: &[u8]) -> Option<(String, &[u8])> {
    let (name, rest) = cut(input, |byte| byte == b':');
    let is_scheme = name.first()?.is_ascii_alphabetic()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    let name = std::str::from_utf8(name).ok()?;
    is_scheme.then_some((name.to_ascii_lowercase(), &rest?[1..]))
}

/// User name and password, host, and port.
fn split_authority(authority: &[u8]) -> (&[u8], &[u8], Option<&[u8]>) {
    let (userinfo, host_and_port) = match authority.iter().rposition(|&byte| byte == b'@') {
        Some(at) => (&authority[..at], &authority[at + 1..]),
        None => (&b""[..], authority),
    };
    // A colon within brackets belongs to an IPv6 address.
    match host_and_port.iter().rposition(|byte| b":]".contains(byte)).filter(|&at| host_and_port[at] == b':')
    {
        Some(at) => (userinfo, &host_and_port[..at], Some(&host_and_port[at + 1..])),
        None => (userinfo, host_and_port, None),
    }
}

/// Whether a URL whose scheme is not [special](https://url.spec.whatwg.org/#special-scheme) parses. The authority may
/// be missing or empty.
fn is_opaque(rest: &[u8]) -> bool {
    let Some(rest) = rest.strip_prefix(b"//") else { return true };
    let (authority, _) = cut(rest, |byte| b"/?".contains(&byte));
    let (_, host, port) = split_authority(authority);
    // https://url.spec.whatwg.org/#concept-opaque-host-parser
    let is_host = match host {
        [] => authority.is_empty(),
        [b'[', ..] => parse_host(host).is_some(),
        _ => !host.iter().any(|&byte| is_forbidden_in_host(byte)),
    };
    is_host && parse_port("", port.unwrap_or_default()).is_some()
}

/// The host of a `file` URL has no port. <https://url.spec.whatwg.org/#file-host-state>
fn is_file(rest: &[u8]) -> bool {
    let Some(rest) =
        rest.split_at_checked(2).and_then(|(slashes, rest)| (leading_slashes(slashes) == 2).then_some(rest))
    else {
        return true;
    };
    let (host, _) = cut(rest, |byte| b"/\\?".contains(&byte));
    host.is_empty() || parse_host(host).is_some()
}

/// <https://url.spec.whatwg.org/#forbidden-host-code-point>
fn is_forbidden_in_host(byte: u8) -> bool {
    b"\0\t\n\r #/:<>?@[\\]^|".contains(&byte)
}

/// <https://url.spec.whatwg.org/#concept-host-parser>, for hosts as they are serialized: there is no Unicode.
fn parse_host(host: &[u8]) -> Option<String> {
    let host = String::from_utf8(percent_decode(host)).ok()?.to_ascii_lowercase();
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return Some(format!("[{}]", address.parse::<Ipv6Addr>().ok()?));
    }
    // https://url.spec.whatwg.org/#forbidden-domain-code-point
    let is_forbidden = |byte: u8| byte.is_ascii_control() || byte == b'%' || is_forbidden_in_host(byte);
    if host.is_empty() || host.bytes().any(is_forbidden) {
        return None;
    }
    let parts = host.strip_suffix('.').unwrap_or(&host);
    // https://url.spec.whatwg.org/#ends-in-a-number-checker
    let last = parts.rsplit('.').next()?;
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || parse_ipv4_number(last).is_some() {
        return Some(parse_ipv4(parts)?.to_string());
    }
    Some(host)
}

/// <https://url.spec.whatwg.org/#concept-ipv4-parser>
fn parse_ipv4(host: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = host.split('.').collect();
    let (last, first) = parts.split_last()?;
    // The last part fills the bytes that the others leave.
    let bytes = 4_u32.checked_sub(u32::try_from(first.len()).ok()?).filter(|&bytes| bytes > 0)?;
    let last = parse_ipv4_number(last).filter(|&number| number < 256_u64.pow(bytes))?;
    let mut address = last;
    for (part, shift) in first.iter().zip([24, 16, 8]) {
        address += parse_ipv4_number(part).filter(|&number| number < 256)? << shift;
    }
    u32::try_from(address).ok().map(Ipv4Addr::from)
}

/// Decimal, `0x` hexadecimal or `0` octal. <https://url.spec.whatwg.org/#ipv4-number-parser>
fn parse_ipv4_number(part: &str) -> Option<u64> {
    let (digits, radix) = match part.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if part.len() > 1 && part.starts_with('0') => (&part[1..], 8),
        None => (part, 10),
    };
    if digits.is_empty() {
        return (radix == 16).then_some(0);
    }
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    if !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    // A number that is too large is still a number, but not an address.
    Some(u64::from_str_radix(digits, radix).unwrap_or(u64::MAX))
}

fn percent_decode(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|&byte| char::from(byte).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.extend(u8::try_from(high * 16 + low));
                rest = &after[2..];
            }
            _ => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    decoded
}

fn parse_port(scheme: &str, port: &[u8]) -> Option<Option<u16>> {
    if port.is_empty() {
        return Some(None);
    }
    if !port.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let port: u16 = std::str::from_utf8(port).ok()?.parse().ok()?;
    let own = matches!((scheme, port), ("http" | "ws", 80) | ("https" | "wss", 443) | ("ftp", 21));
    Some((!own).then_some(port))
}

/// An absolute path without `.` and `..`. <https://url.spec.whatwg.org/#path-state>
fn normalize_path(path: &[u8]) -> String {
    let path = path.strip_prefix(b"/").or_else(|| path.strip_prefix(b"\\")).unwrap_or(path);
    let mut segments: Vec<String> = Vec::new();
    let mut is_directory = false;
    for segment in path.split(|byte| b"/\\".contains(byte)) {
        is_directory = matches!(segment, b"." | b"..");
        match segment {
            b"." => {}
            b".." => drop(segments.pop()),
            _ => segments.push(encode(segment)),
        }
    }
    if is_directory {
        segments.push(String::new());
    }
    format!("/{}", segments.join("/"))
}

/// Replaces bytes that a URL cannot contain by `%XX`.
fn encode(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_graphic() && !b"\"<>`".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(input: &str, base: Option<&str>) -> String {
        let base = base.map(|base| match Url::parse(base.as_bytes(), None) {
            Some(Parsed::Http(url)) => url,
            _ => panic!("{base}"),
        });
        match Url::parse(input.as_bytes(), base.as_ref()) {
            Some(Parsed::Http(url)) => url.serialize(),
            Some(Parsed::Other(scheme)) => format!("{scheme}, other"),
            None => "failure".to_owned(),
        }
    }

    #[test]
    fn parses_absolute_urls_as_browsers_do() {
        for (input, url) in [
            ("https://a.example", "https://a.example/"),
            (" HTTPS:\\\\A.example:443/x/../y/./..?q#f ", "https://a.example/?q#f"),
            ("http://a.example:443/x/.", "http://a.example:443/x/"),
            ("https:a.example", "https://a.example/"),
            ("https:////a.example//b c", "https://a.example//b%20c"),
            ("https://u:p@a.example?x/y", "https://a.example/?x/y"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("http://[::0001]:80", "http://[::1]/"),
            ("http://a.example.:0", "http://a.example.:0/"),
            ("ht\ntp://a.example", "http://a.example/"),
            ("https://", "failure"),
            ("https://a b", "failure"),
            ("https://a.example:65536", "failure"),
            ("https://a.example:+1", "failure"),
            ("https://1.2.3.256", "failure"),
            ("https://1.2.3.4.5", "failure"),
            ("https://a.1", "failure"),
            ("https://a.0x", "failure"),
            ("https://[::1", "failure"),
            ("https://a%zz", "failure"),
            ("http://%41.example%2E", "http://a.example./"),
            ("http://a%00", "failure"),
            ("http://a%2fb", "failure"),
            ("http://1", "http://0.0.0.1/"),
            ("http://1.2.3", "http://1.2.0.3/"),
            ("http://1.2.3.4.", "http://1.2.3.4/"),
            ("http://0x7F.010", "http://127.0.0.8/"),
            ("http://0x", "http://0.0.0.0/"),
            ("http://4294967295", "http://255.255.255.255/"),
            ("http://4294967296", "failure"),
            ("http://256.1", "failure"),
            ("http://1.2.3.256", "failure"),
            ("http://1..2", "failure"),
            ("http://08", "failure"),
            ("http://a.99999999999999999999999", "failure"),
            ("http://a.0xg", "http://a.0xg/"),
            ("wss://", "failure"),
            ("foo:bar", "foo, other"),
            ("foo://", "foo, other"),
            ("foo://*.a:80/", "foo, other"),
            ("foo://[::1]", "foo, other"),
            ("foo://[", "failure"),
            ("foo://a b", "failure"),
            ("foo://a:b", "failure"),
            ("foo://a:99999", "failure"),
            ("foo://:80", "failure"),
            ("foo://u@", "failure"),
            ("file:///a", "file, other"),
            ("file://a/b", "file, other"),
            ("file://a:80", "failure"),
            ("wss://a", "wss, other"),
            ("data:,x", "data, other"),
            ("a", "failure"),
            ("/a", "failure"),
            ("", "failure"),
        ] {
            assert_eq!(parse(input, None), url, "{input}");
        }
    }

    #[test]
    fn resolves_a_location_against_the_url_it_came_from() {
        for (input, url) in [
            ("", "https://a.example/d/e?q"),
            ("x", "https://a.example/d/x"),
            ("../../x?", "https://a.example/x?"),
            ("/x", "https://a.example/x"),
            ("\\x", "https://a.example/x"),
            ("?r#f", "https://a.example/d/e?r#f"),
            ("//b.example:1/x", "https://b.example:1/x"),
            ("https:x", "https://a.example/d/x"),
            ("http:x", "http://x/"),
            ("http://b.example", "http://b.example/"),
            ("mailto:x", "mailto, other"),
            ("//[", "failure"),
        ] {
            assert_eq!(parse(input, Some("https://a.example/d/e?q")), url, "{input}");
        }
    }

    #[test]
    fn finds_credentials_in_urls() {
        for (authority, includes) in
            [("u:p@h", true), ("u@h", true), (":p@h", true), (":@h", false), ("@h", false), ("h", false)]
        {
            let url = Url::parse(format!("http://{authority}/@").as_bytes(), None);
            assert!(
                matches!(url, Some(Parsed::Http(url)) if url.includes_credentials == includes),
                "{authority}"
            );
        }
    }
}
