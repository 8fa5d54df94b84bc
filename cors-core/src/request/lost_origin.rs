//! A request that lost its `Origin` between the browser and the server.

use crate::request::header::RequestHeader;
use crate::request::request::Request;

/// Whether a browser sent the request in the mode `cors` to another origin, and the `Origin` that it sent with it is gone.
///
/// A browser sends `Origin` with every such request
/// (<https://fetch.spec.whatwg.org/#append-a-request-origin-header>). `Sec-Fetch-Mode` and `Sec-Fetch-Site` cannot be set by
/// pages, but other clients can send anything, so this is for reports only.
pub(crate) fn lost_origin(request: &impl Request) -> bool {
    let is =
        |name, expected: &[&[u8]]| request.field(name).one().is_some_and(|value| expected.contains(&value));
    request.header(RequestHeader::Origin).next().is_none()
        && is(RequestHeader::SecFetchMode, &[b"cors"])
        && is(RequestHeader::SecFetchSite, &[b"cross-site", b"same-site"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::plain::PlainRequest;

    #[test]
    fn a_lost_origin_is_told_from_a_request_that_never_had_one() {
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
}
