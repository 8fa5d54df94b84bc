//! Detects a request whose `Origin` was removed between the browser and the server.

use crate::request::header::RequestHeader;
use crate::request::request::Request;

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
}
