//! The response headers that a page can read.

use std::collections::HashSet;

use super::headers::{HeaderList, extract_list, sort_and_combine, values};
use super::messages::{CredentialsMode, Response};
use super::quirks::Quirks;
use crate::const_text::{is_one_of, is_token};
use crate::fetch_standard::headers;
use crate::fetch_standard::white_space::trim;

/// The headers of which [`Quirks::first_response_line_counts`] reads only the first line.
pub(super) const SINGLE: &[&str] = &[
    "authorization",
    "from",
    "host",
    "if-modified-since",
    "if-unmodified-since",
    "location",
    "max-forwards",
    "referer",
    "strict-transport-security",
    "user-agent",
];

/// The headers that a page finds in the `response.headers` of a cross-origin response that passed the CORS check: the
/// CORS-safelisted ones and those that `Access-Control-Expose-Headers` names. Names are in lower case, sorted, and
/// occur once.
///
/// Section: <https://fetch.spec.whatwg.org/#concept-filtered-response-cors>.
///
/// ```
/// use cors_core::browser::{readable_headers, CredentialsMode, Response};
///
/// let response = Response::new(200)
///     .header("Content-Type", "text/plain")
///     .header("X-Total-Count", "7")
///     .header("X-Secret", "8")
///     .header("Access-Control-Expose-Headers", "x-total-count");
/// let headers = readable_headers(CredentialsMode::Omit, &response);
/// assert!(headers.iter().map(|(name, _)| name.as_str()).eq(["content-type", "x-total-count"]));
/// ```
pub fn readable_headers(credentials: CredentialsMode, response: &Response) -> HeaderList {
    exposed_headers(credentials, response, &Quirks::STANDARD)
}

pub(super) fn exposed_headers(
    credentials: CredentialsMode,
    response: &Response,
    quirks: &Quirks,
) -> HeaderList {
    const NAME: &str = "access-control-expose-headers";
    // An invalid list exposes nothing.
    let exposed: HashSet<String> = extract_list(&response.headers, NAME)
        .unwrap_or_default()
        .into_iter()
        .map(str::to_ascii_lowercase)
        .collect();
    let mut wildcard = exposed.contains("*");
    if quirks.wildcard_survives_invalid_expose_list && has_wildcard_before_invalid(&response.headers, NAME) {
        wildcard = true;
    }
    // With credentials, `*` is the name of a header.
    // https://fetch.spec.whatwg.org/#http-new-header-syntax
    let all = credentials != CredentialsMode::Include && wildcard;
    filtered(response, quirks, |name| {
        all || exposed.contains(name) || headers::is_safelisted_response(name.as_bytes())
    })
}

/// Whether `*` is among the elements of a list before the first invalid one.
fn has_wildcard_before_invalid(headers: &[(String, Vec<u8>)], name: &str) -> bool {
    let mut elements = values(headers, name).flat_map(|line| line.split(|&byte| byte == b',')).map(trim);
    elements.find(|element| *element == b"*" || !(element.is_empty() || is_token(element))) == Some(b"*")
}

/// The headers that a page can read of a response from its own origin.
/// <https://fetch.spec.whatwg.org/#concept-filtered-response-basic>
pub(super) fn basic_headers(response: &Response, quirks: &Quirks) -> HeaderList {
    filtered(response, quirks, |_| true)
}

fn filtered(response: &Response, quirks: &Quirks, is_readable: impl Fn(&str) -> bool) -> HeaderList {
    let mut lines = response.headers.clone();
    if quirks.first_response_line_counts {
        let mut seen = HashSet::new();
        lines.retain(|(name, _)| {
            !is_one_of(name.as_bytes(), SINGLE) || seen.insert(name.to_ascii_lowercase())
        });
    }
    let mut headers = sort_and_combine(&lines);
    headers.retain(|(name, _)| !headers::is_forbidden_response(name.as_bytes()) && is_readable(name));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use CredentialsMode::{Include, SameOrigin};

    fn readable(credentials: CredentialsMode, expose: &[&str]) -> String {
        let mut response = Response::new(200)
            .header("X-B", "1")
            .header("Content-Type", "text/plain")
            .header("x-b", " 2")
            .header("Set-Cookie", "a=b")
            .header("X-A", "3")
            .header("*", "4");
        for value in expose {
            response = response.header("Access-Control-Expose-Headers", *value);
        }
        let headers = readable_headers(credentials, &response);
        let lines = headers.iter().map(|(n, v)| format!("{n}={}", String::from_utf8_lossy(v)));
        lines.collect::<Vec<_>>().join(";")
    }

    #[test]
    fn shows_the_safelisted_and_the_exposed_headers() {
        assert_eq!(readable(SameOrigin, &[]), "content-type=text/plain");
        assert_eq!(readable(SameOrigin, &["X-b,,"]), "content-type=text/plain;x-b=1, 2");
        assert_eq!(readable(Include, &["x-a", "x-b"]), "content-type=text/plain;x-a=3;x-b=1, 2");
    }

    #[test]
    fn never_shows_set_cookie() {
        assert_eq!(readable(SameOrigin, &["set-cookie"]), "content-type=text/plain");
        let all = readable(SameOrigin, &["*"]);
        assert_eq!(all, "*=4;access-control-expose-headers=*;content-type=text/plain;x-a=3;x-b=1, 2");
    }

    #[test]
    fn reads_only_the_first_line_of_some_headers_in_firefox() {
        let response =
            ["", "/x", "/x"].into_iter().fold(Response::new(200), |r, line| r.header("Location", line));
        let response = response.header("X-A", "1").header("X-A", "2");
        for (quirks, location) in [(Quirks::STANDARD, ", /x, /x"), (Quirks::FIREFOX, "")] {
            let expected = [("location", location), ("x-a", "1, 2")];
            let expected = expected.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
            assert_eq!(basic_headers(&response, &quirks), expected);
        }
    }

    #[test]
    fn reads_a_wildcard_as_a_name_with_credentials() {
        assert_eq!(readable(Include, &["*"]), "*=4;content-type=text/plain");
    }

    #[test]
    fn exposes_nothing_for_an_invalid_list() {
        assert_eq!(readable(SameOrigin, &["x-a", "x b"]), "content-type=text/plain");
        assert_eq!(readable(SameOrigin, &["*, (x)"]), "content-type=text/plain");
    }
}
