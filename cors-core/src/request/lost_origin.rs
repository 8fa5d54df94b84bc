//! Detects a request whose `Origin` was removed between the browser and the server.

use crate::fetch_standard::methods::is_safe_method;
use crate::request::header::RequestHeader;
use crate::request::request::{Field, Request};

/// Whether a browser sent the request in the mode `cors` to another origin, but `Origin` is missing.
///
/// A browser sends `Origin` with every such request
/// (<https://fetch.spec.whatwg.org/#append-a-request-origin-header>). Pages cannot set `Sec-Fetch-Mode` and
/// `Sec-Fetch-Site`, but other clients can, so this function is only for reports.
pub(crate) fn lost_origin(request: &impl Request) -> bool {
    let is =
        |name, expected: &[&[u8]]| request.field(name).one().is_some_and(|value| expected.contains(&value));
    request.header(RequestHeader::Origin).next().is_none()
        && is(RequestHeader::SecFetchMode, &[b"cors"])
        && is(RequestHeader::SecFetchSite, &[b"cross-site", b"same-site"])
}

/// Whether a page of an unknown origin sent a request that may change something: it has no `Origin`, its method is not
/// [safe](crate::is_safe_method), and `Sec-Fetch-Site` does not say that the server's own page or the user sent it.
///
/// Browsers send `Origin` with every method other than `GET` and `HEAD`
/// (<https://fetch.spec.whatwg.org/#append-a-request-origin-header>). If a proxy or an extension removed it, `Sec-Fetch-Site`
/// still says that the request comes from another origin. A request with neither header is not from a browser.
///
/// ```
/// use cors_core::{PlainRequest, is_unsafe_without_origin};
///
/// let cross_site = [("sec-fetch-site", "cross-site")];
/// assert!(is_unsafe_without_origin(&PlainRequest::new("POST", &cross_site)));
/// assert!(!is_unsafe_without_origin(&PlainRequest::new("GET", &cross_site)));
/// assert!(!is_unsafe_without_origin(&PlainRequest::new("POST", &[("sec-fetch-site", "same-origin")])));
/// assert!(!is_unsafe_without_origin(&PlainRequest::new("POST", &[])));
/// ```
pub fn is_unsafe_without_origin(request: &impl Request) -> bool {
    request.header(RequestHeader::Origin).next().is_none()
        && !is_safe_method(request.method())
        && match request.field(RequestHeader::SecFetchSite) {
            Field::Absent => false,
            Field::One(site) => site != b"same-origin" && site != b"none",
            Field::Several => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::plain::PlainRequest;

    #[test]
    fn distinguishes_a_removed_origin_from_a_request_without_one() {
        let lost = |headers: &[(&str, &str)]| lost_origin(&PlainRequest::new("GET", headers));
        let cors = ("sec-fetch-mode", "cors");
        assert!(lost(&[cors, ("sec-fetch-site", "cross-site")]));
        assert!(lost(&[cors, ("sec-fetch-site", "same-site")]));
        // A page's GET request for its own origin has no `Origin`.
        assert!(!lost(&[cors, ("sec-fetch-site", "same-origin")]));
        assert!(!lost(&[("sec-fetch-mode", "no-cors"), ("sec-fetch-site", "cross-site")]));
        assert!(!lost(&[cors]));
        assert!(!lost(&[cors, ("sec-fetch-site", "cross-site"), ("origin", "https://app.example.com")]));
    }

    #[test]
    fn an_unsafe_request_of_another_site_without_origin_is_found() {
        let is =
            |method, headers: &[(&str, &str)]| is_unsafe_without_origin(&PlainRequest::new(method, headers));
        for method in ["POST", "PUT", "DELETE", "PATCH", "BREW", "get"] {
            for site in ["cross-site", "same-site", "", "elsewhere", "Same-Origin"] {
                assert!(is(method, &[("sec-fetch-site", site)]), "{method} {site}");
                assert!(!is(method, &[("sec-fetch-site", site), ("origin", "null")]), "{method} {site}");
            }
            assert!(is(method, &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")]));
            for site in ["same-origin", "none"] {
                assert!(!is(method, &[("sec-fetch-site", site)]), "{method} {site}");
            }
            assert!(!is(method, &[]), "{method}");
        }
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(!is(method, &[("sec-fetch-site", "cross-site")]), "{method}");
        }
    }
}
