//! What a request says.

use crate::forwarded::{self, Forwarded};
use crate::{default_port, is_port, port_colon};

/// A request: its method and the lines of its headers, with names in lower case.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub method: &'a str,
    pub lines: &'a [(&'a str, &'a [u8])],
    pub secure: bool,
    /// The name of the header in which the proxy says which host it was asked for.
    pub trusted_header: Option<&'a str>,
}

impl<'a> Request<'a> {
    pub fn values(&self, name: &str) -> Vec<&'a [u8]> {
        self.lines.iter().filter(|line| line.0 == name).map(|line| line.1).collect()
    }

    /// The value of the only line.
    pub fn value(&self, name: &str) -> Option<&'a [u8]> {
        match self.values(name)[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    /// The method that a [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request) asks for.
    pub fn asked_method(&self) -> Option<&'a [u8]> {
        let is_preflight = self.method == "OPTIONS" && !self.values("origin").is_empty();
        self.value("access-control-request-method").filter(|_| is_preflight)
    }

    /// Whether the request is from a page of the server itself: the browser says so, or the page's host and port are the
    /// server's.
    pub fn is_same_origin(&self) -> bool {
        if !self.values("sec-fetch-site").is_empty() {
            return self.value("sec-fetch-site") == Some(b"same-origin");
        }
        let (Some(origin), Some(own)) = (self.value("origin"), self.own_authority()) else { return false };
        let (Ok(origin), Ok(own)) = (std::str::from_utf8(origin), std::str::from_utf8(own)) else {
            return false;
        };
        let Some((scheme, page)) = origin.split_once("://") else { return false };
        let (Some(page), Some(own)) = (Authority::parse(page), Authority::parse(own)) else { return false };
        // TLS may end at a proxy, so a request without TLS may have a page with TLS.
        let is_scheme = scheme == "https" || (scheme == "http" && !self.secure);
        let default = default_port(scheme);
        is_scheme
            && page.port != default
            && page.host == own.host
            && (page.port == own.port || (page.port.is_none() && own.port == default))
    }

    /// Whether `Origin` is missing although a page of another origin sent the request, with a method that may change something.
    pub fn lacks_origin(&self) -> bool {
        let sites = self.values("sec-fetch-site");
        let is_own = sites.is_empty() || sites == [b"same-origin"] || sites == [b"none"];
        self.values("origin").is_empty() && !["GET", "HEAD", "OPTIONS"].contains(&self.method) && !is_own
    }

    fn own_authority(&self) -> Option<&'a [u8]> {
        let named_by_proxy = self.trusted_header.and_then(|name| {
            let first = *self.values(name).first()?;
            Some(if name == "forwarded" {
                forwarded::forwarded(first)
            } else {
                forwarded::x_forwarded_host(first)
            })
        });
        match named_by_proxy {
            Some(Forwarded::Host(host)) => return Some(host),
            Some(Forwarded::Malformed) => return None,
            Some(Forwarded::NoHost) | None => {}
        }
        self.values(":authority").first().copied().or_else(|| self.value("host"))
    }
}

/// A host, in a form in which equal hosts have equal texts, and a port.
struct Authority<'a> {
    host: String,
    port: Option<&'a str>,
}

impl<'a> Authority<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (host, port) = match port_colon(text) {
            Some(colon) => (&text[..colon], Some(&text[colon + 1..])),
            None => (text, None),
        };
        if port.is_some_and(|port| !is_port(port)) {
            return None;
        }
        let host = if host.starts_with('[') {
            let address = host.strip_prefix('[')?.strip_suffix(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?.to_string()
        } else {
            let name = host.strip_suffix('.').unwrap_or(host);
            // https://url.spec.whatwg.org/#forbidden-host-code-point
            let is_name = name.chars().all(|c| c.is_ascii_graphic() && !"#/:<>?@[\\]^|%".contains(c));
            Some(name.to_ascii_lowercase()).filter(|name| is_name && !name.is_empty())?
        };
        Some(Self { host, port })
    }
}
