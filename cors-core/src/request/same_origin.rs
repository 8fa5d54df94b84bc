//! Whether a request comes from the server's own pages.
//!
//! Every same-origin `POST` and every same-origin WebSocket handshake carries `Origin`, so a request with `Origin` is not
//! always a cross-origin request.

use crate::origin::grammar::{is_default_port, is_port};
use crate::origin::host;
use crate::request::authority::{split_port, target_authority};
use crate::request::header::RequestHeader;
use crate::request::request::{Field, Request};

/// Whether the page that made `request` has the server's own origin.
///
/// If the browser sends [`Sec-Fetch-Site`](https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header), it
/// decides: pages cannot set it, and it does not depend on a host name that a proxy may have rewritten. It is missing in
/// WebSocket handshakes, on plain-http pages and in old browsers. The authority of `Origin` is then compared with that of
/// the request. A trailing dot is ignored, and an IPv6 address may be in any form. An `https` origin is accepted even if the
/// request arrived over `http`, because a proxy in front of the server often terminates TLS.
///
/// ```
/// use cors_core::{PlainRequest, is_same_origin};
///
/// let post = |headers| is_same_origin(&PlainRequest::new("POST", headers));
/// assert!(post(&[("origin", "https://shop.example"), ("host", "shop.example")]));
/// assert!(!post(&[("origin", "https://app.example"), ("host", "shop.example")]));
/// // `Sec-Fetch-Site` takes precedence.
/// assert!(post(&[("origin", "https://shop.example"), ("host", "10.0.0.7:8080"), ("sec-fetch-site", "same-origin")]));
/// ```
///
/// Behind a proxy that rewrites `Host`, the two authorities differ, so the result is `false` without `Sec-Fetch-Site`.
/// The function cannot detect DNS rebinding, because the host of the page is then that of the request. Compare `Host`
/// with the names of your server to prevent it.
pub fn is_same_origin(request: &impl Request) -> bool {
    match request.field(RequestHeader::SecFetchSite) {
        Field::One(site) => return site == b"same-origin",
        Field::Several => return false,
        Field::Absent => {}
    }
    let Some(origin) = request.field(RequestHeader::Origin).one() else { return false };
    let Some(own) = own_authority(request).and_then(Authority::parse) else { return false };
    let (scheme, page) = match origin {
        [b'h', b't', b't', b'p', b's', b':', b'/', b'/', page @ ..] => (b"https".as_slice(), page),
        [b'h', b't', b't', b'p', b':', b'/', b'/', page @ ..] if !request.is_secure() => {
            (b"http".as_slice(), page)
        }
        _ => return false,
    };
    let Some(page) = Authority::parse(page) else { return false };
    // A browser never writes the default port.
    !is_default_port(scheme, page.port)
        && page.has_same_host(&own)
        && (page.port == own.port || (page.port.is_empty() && is_default_port(scheme, own.port)))
}

/// The host and port to which the browser sent the request. `None` if they are not known for certain.
fn own_authority(request: &impl Request) -> Option<&[u8]> {
    if let Some(trusted) = request.trusted_forwarded_host()
        && let Some(line) = request.header(trusted.header()).next()
    {
        match trusted.parse(line.as_ref()) {
            Ok(Some(host)) => return Some(host),
            Ok(None) => {}
            Err(_) => return None,
        }
    }
    target_authority(request.authority(), request.field(RequestHeader::Host))
}

/// The longest authority that is read: a host name with a trailing dot, a colon and a port.
const LONGEST: usize = host::LONGEST + ".:65535".len();

/// A host and a port, as a browser writes them after `://` and in `Host`. The grammar of hosts is that of the URL standard,
/// which accepts more than that of origin patterns: the name of the server need not be possible in DNS.
#[derive(Clone, Copy)]
struct Authority<'a> {
    /// The host, without a trailing dot, because both names belong to the same server.
    host: &'a [u8],
    /// The port in decimal, or empty.
    port: &'a [u8],
}

impl<'a> Authority<'a> {
    fn parse(text: &'a [u8]) -> Option<Self> {
        // A longer text is not read: the client can send any `Host` and any `Origin`.
        if text.len() > LONGEST {
            return None;
        }
        let (host, port) = split_port(text);
        if port.is_some_and(|port| !is_port(port)) {
            return None;
        }
        let port = port.unwrap_or_default();
        let is_address = host.first() == Some(&b'[');
        // Only a name can have a trailing dot.
        let host = if is_address { host } else { host.strip_suffix(b".").unwrap_or(host) };
        let is_host = if is_address {
            host::canonical_ipv6(host).is_some()
        } else {
            !host.is_empty()
                && host.iter().all(|&byte| byte.is_ascii_graphic() && !is_forbidden_in_host(byte))
        };
        is_host.then_some(Self { host, port })
    }

    fn has_same_host(&self, other: &Authority<'_>) -> bool {
        if self.host.first() == Some(&b'[') {
            // A name has no canonical form as an address, so it is not the same host.
            let [own, other] = [self.host, other.host].map(host::canonical_ipv6);
            return own.zip(other).is_some_and(|(own, other)| own.as_bytes() == other.as_bytes());
        }
        self.host.eq_ignore_ascii_case(other.host)
    }
}

/// [Forbidden host code points](https://url.spec.whatwg.org/#forbidden-host-code-point), and `%`.
fn is_forbidden_in_host(byte: u8) -> bool {
    matches!(byte, b'#' | b'/' | b':' | b'<' | b'>' | b'?' | b'@' | b'[' | b'\\' | b']' | b'^' | b'|' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::forwarded_host::ForwardedHost;
    use crate::request::plain::PlainRequest;

    fn by_authority(origin: &str, authority: &str, secure: bool) -> bool {
        let [host, pseudo_header] = ["host", ":authority"].map(|name| {
            let headers = [("origin", origin), (name, authority)];
            let request = PlainRequest::new("POST", &headers);
            is_same_origin(&if secure { request.over_tls() } else { request })
        });
        assert_eq!(host, pseudo_header, "{origin} {authority}");
        host
    }

    #[test]
    fn an_origin_with_the_authority_of_the_request_is_same_origin() {
        for (origin, authority) in [
            ("https://a.example", "a.example"),
            ("https://a.example", "A.Example"),
            ("https://a.example", "a.example:443"),
            ("https://a.example:8443", "a.example:8443"),
            ("https://a.example.", "a.example."),
            ("https://a.example", "a.example."),
            ("https://a.example.", "a.example"),
            ("https://a.example.:8443", "a.example:8443"),
            ("https://a.example", "a.example.:443"),
            ("https://[2001:db8::1]", "[2001:0db8:0:0:0:0:0:1]"),
            ("https://[::ffff:7f00:1]", "[::FFFF:127.0.0.1]"),
            ("https://my~host.example", "my~host.example"),
            ("https://a!b.example", "a!b.example"),
            ("https://127.0.0.1:8443", "127.0.0.1:8443"),
            ("https://[::1]", "[::1]"),
            ("https://[::1]", "[::1]:443"),
            ("https://[2001:db8::1]:8443", "[2001:DB8::1]:8443"),
        ] {
            // Over TLS to this server, and with TLS that ended at a proxy.
            assert!(by_authority(origin, authority, true), "{origin} {authority}");
            assert!(by_authority(origin, authority, false), "{origin} {authority}");
        }
        for (origin, authority) in [
            ("http://a.example", "a.example"),
            ("http://a.example", "a.example:80"),
            ("http://a.example:443", "a.example:443"),
            ("http://[::1]:3000", "[::1]:3000"),
        ] {
            assert!(by_authority(origin, authority, false), "{origin} {authority}");
            // A page without TLS has another origin than a server with TLS.
            assert!(!by_authority(origin, authority, true), "{origin} {authority}");
        }
    }

    #[test]
    fn an_authority_of_more_than_260_bytes_is_not_same_origin() {
        for (length, expected) in [(260, true), (261, false)] {
            let host = "a".repeat(length);
            let origin = format!("https://{host}");
            let headers = [("origin", &*origin), ("host", &*host)];
            assert_eq!(is_same_origin(&PlainRequest::new("POST", &headers)), expected, "{length}");
        }
    }

    #[test]
    fn an_origin_with_a_similar_authority_is_not_same_origin() {
        for (origin, authority) in [
            ("https://a.example", "b.example"),
            ("https://a.example", "a.example.evil.example"),
            ("https://a.example.evil.example", "a.example"),
            ("https://a.example", "a.example:8443"),
            ("https://a.example:8443", "a.example"),
            ("https://a.example:80", "a.example"),
            ("https://a.example", "a.example:80"),
            ("https://a.example", "a.example:4430"),
            ("https://a.example", "a.example:443:443"),
            ("https://a.example:8443", "a.example:8443:443"),
            ("https://a.example", "user@a.example"),
            ("https://a.example", "a.example.."),
            ("https://a.example..", "a.example"),
            ("https://.", "."),
            ("https://[::1]", "[::2]"),
            ("https://[::1]", "[0:0:0:0:0:0:0:1"),
            ("https://[::1].", "[::1]"),
            ("https://a%2eexample", "a%2eexample"),
            ("https://a\u{e4}.example", "a\u{e4}.example"),
            ("https://a.example:443", "a.example"),
            ("https://a.example:", "a.example:"),
            ("https://a.example", ""),
            ("https://a.example", ":443"),
            ("https://a.example", "a.example, a.example"),
            ("https://a.example", " a.example"),
            ("https://[::1]", "::1"),
            ("https://[::1]:8443", "[::1]"),
            ("https://[::1]", "[::1]:4"),
            ("http://a.example:443", "a.example"),
            ("null", "null"),
            ("", ""),
            ("*", "*"),
            ("https://", ""),
            ("https://a.example/", "a.example/"),
            ("a.example", "a.example"),
            ("capacitor://localhost", "localhost"),
            ("chrome-extension://abc", "abc"),
            ("wss://a.example", "a.example"),
        ] {
            assert!(!by_authority(origin, authority, false), "{origin} {authority}");
        }
        let headers = [("origin", "https://a.example")];
        assert!(!is_same_origin(&PlainRequest::new("POST", &headers).over_tls()));
        let several = [("origin", "https://a.example"), ("host", "a.example"), ("host", "a.example")];
        assert!(!is_same_origin(&PlainRequest::new("POST", &several).over_tls()));
    }

    #[test]
    fn sec_fetch_site_decides_if_it_is_present() {
        let said = |host, sites: &[&str]| {
            let sites = sites.iter().map(|site| ("sec-fetch-site", *site));
            let headers: Vec<_> =
                [("origin", "https://a.example"), ("host", host)].into_iter().chain(sites).collect();
            is_same_origin(&PlainRequest::new("POST", &headers))
        };
        assert!(said("b.internal", &["same-origin"]));
        for site in ["same-site", "cross-site", "none", "", "Same-Origin", "same-origin, same-origin"] {
            assert!(!said("b.internal", &[site]), "{site}");
        }
        assert!(!said("a.example", &["cross-site"]));
        assert!(!said("a.example", &["same-origin", "same-origin"]));
    }

    #[test]
    fn the_host_of_a_trusted_proxy_takes_precedence() {
        let own = |header, value| {
            let headers = [("origin", "https://a.example"), ("host", "a.example"), ("forwarded", value)];
            is_same_origin(&PlainRequest::new("POST", &headers).trust_forwarded_host(header))
        };
        assert!(own(ForwardedHost::Forwarded, "host=a.example"));
        assert!(!own(ForwardedHost::Forwarded, "host=b.example"));
        assert!(own(ForwardedHost::Forwarded, "for=192.0.2.1"), "`Host` counts");
        assert!(!own(ForwardedHost::Forwarded, "host"), "a malformed header leaves the host unknown");
        assert!(own(ForwardedHost::XForwardedHost, "host=b.example"), "the other header is not read");
        let headers = [
            ("origin", "https://a.example"),
            ("host", "b.example"),
            ("x-forwarded-host", "a.example, proxy"),
        ];
        let request = PlainRequest::new("POST", &headers);
        assert!(is_same_origin(&request.trust_forwarded_host(ForwardedHost::XForwardedHost)));
        assert!(!is_same_origin(&request.trust_forwarded_host(ForwardedHost::Forwarded)), "it is not read");
    }
}
