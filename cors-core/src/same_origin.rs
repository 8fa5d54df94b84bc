//! Whether a request comes from the server's own pages.
//!
//! Every same-origin `POST` and every same-origin WebSocket handshake carries `Origin`, so a request with `Origin` is not
//! yet a cross-origin one.

use crate::origin::Origin;
use crate::request::{Field, Request};

/// Whether the page that made `request` has the server's own origin.
///
/// A browser that says [`Sec-Fetch-Site`](https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header) is
/// believed: no page can set it, and it knows what a proxy may have rewritten. It is missing in WebSocket handshakes, on
/// plain-http pages and in old browsers. There the authority of `Origin` is compared with the request's own; an `https`
/// origin passes where the request looks like `http` too, since TLS often ends at a proxy before us.
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
    let authority = authority.strip_suffix(default_port).unwrap_or(authority);
    authority.eq_ignore_ascii_case(origin.authority())
}
