//! Whether a request comes from the server's own pages.
//!
//! Every same-origin `POST` and every same-origin WebSocket handshake carries `Origin`, so a request with `Origin` is not
//! yet a cross-origin one.

use crate::origin::origin::Origin;
use crate::request::request::{Field, Request};

/// Whether the page that made `request` has the server's own origin.
///
/// A browser that says [`Sec-Fetch-Site`](https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header) is
/// believed: no page can set it, and it knows what a proxy may have rewritten. It is missing in WebSocket handshakes, on
/// plain-http pages and in old browsers. There the authority of `Origin` is compared with the request's own; an `https`
/// origin passes where the request looks like `http` too, since TLS often ends at a proxy before us.
///
/// ```
/// use cors_core::is_same_origin;
/// # use cors_core::{Field, Request};
/// # struct Sent { method: &'static str, headers: &'static [(&'static str, &'static str)] }
/// # impl Sent {
/// #     fn lines(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
/// #         self.headers.iter().filter(move |line| line.0 == name).map(|line| line.1.as_bytes())
/// #     }
/// # }
/// # impl Request for Sent {
/// #     fn method(&self) -> &str { self.method }
/// #     fn origin(&self) -> Field<'_> { Field::from_lines(self.lines("origin")) }
/// #     fn access_control_request_method(&self) -> Field<'_> {
/// #         Field::from_lines(self.lines("access-control-request-method"))
/// #     }
/// #     fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
/// #         self.lines("access-control-request-headers")
/// #     }
/// #     fn sec_fetch_site(&self) -> Field<'_> { Field::from_lines(self.lines("sec-fetch-site")) }
/// #     fn authority(&self) -> Option<&[u8]> { self.lines("host").next() }
/// #     fn is_secure(&self) -> bool { true }
/// # }
///
/// let post = |headers| is_same_origin(&Sent { method: "POST", headers });
/// assert!(post(&[("origin", "https://shop.example"), ("host", "shop.example")]));
/// assert!(!post(&[("origin", "https://app.example"), ("host", "shop.example")]));
/// // The browser's own word goes first.
/// assert!(post(&[("origin", "https://shop.example"), ("host", "10.0.0.7:8080"), ("sec-fetch-site", "same-origin")]));
/// ```
///
/// A proxy that rewrites `Host` makes the two differ: without `Sec-Fetch-Site` the answer is then `false`. It cannot tell
/// DNS rebinding either, since the page's host is the request's there: check `Host` against the names you serve.
pub fn is_same_origin(request: &impl Request) -> bool {
    match request.sec_fetch_site() {
        Field::One(site) => return site == b"same-origin",
        Field::Several => return false,
        Field::Absent => {}
    }
    let Some(origin) = request.origin().one().and_then(Origin::parse) else { return false };
    let Some(authority) = request.authority() else { return false };
    let default_port: &[u8] = match origin.scheme() {
        "https" => b":443",
        "http" if !request.is_secure() => b":80",
        _ => return false,
    };
    let authority = match origin.port() {
        None => authority.strip_suffix(default_port).unwrap_or(authority),
        Some(_) => authority,
    };
    authority.eq_ignore_ascii_case(origin.authority())
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::request::request::Sent;

    fn sent<'a>(origin: &'a str, authority: Option<&'a str>, site: Field<'a>, secure: bool) -> Sent<'a> {
        Sent { method: "POST", origin: Field::One(origin.as_bytes()), authority, site, secure, ..Sent::GET }
    }

    fn by_authority(origin: &str, authority: &str, secure: bool) -> bool {
        is_same_origin(&sent(origin, Some(authority), Field::Absent, secure))
    }

    #[test]
    fn the_authority_of_the_origin_is_the_requests_own() {
        for (origin, authority) in [
            ("https://a.example", "a.example"),
            ("https://a.example", "A.Example"),
            ("https://a.example", "a.example:443"),
            ("https://a.example:8443", "a.example:8443"),
            ("https://a.example.", "a.example."),
            ("https://127.0.0.1:8443", "127.0.0.1:8443"),
            ("https://[::1]", "[::1]"),
            ("https://[::1]", "[::1]:443"),
            ("https://[2001:db8::1]:8443", "[2001:DB8::1]:8443"),
        ] {
            // Over TLS to this server, and where TLS ended at a proxy.
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
            // A page without TLS is another origin than a server with it.
            assert!(!by_authority(origin, authority, true), "{origin} {authority}");
        }
    }

    #[test]
    fn nothing_that_resembles_it_is() {
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
            ("https://a.example", "a.example."),
            ("https://a.example.", "a.example"),
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
        let nowhere = sent("https://a.example", None, Field::Absent, true);
        assert!(!is_same_origin(&nowhere));
    }

    #[test]
    fn a_browser_that_says_it_is_believed() {
        let said = |site| sent("https://a.example", Some("b.internal"), site, false);
        assert!(is_same_origin(&said(Field::One(b"same-origin"))));
        for site in ["same-site", "cross-site", "none", "", "Same-Origin", "same-origin, same-origin"] {
            assert!(!is_same_origin(&said(Field::One(site.as_bytes()))), "{site}");
        }
        let own = |site| sent("https://a.example", Some("a.example"), site, true);
        assert!(!is_same_origin(&own(Field::One(b"cross-site"))));
        assert!(!is_same_origin(&own(Field::Several)));
    }
}
