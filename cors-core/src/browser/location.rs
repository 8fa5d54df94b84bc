//! Where a redirect leads.

use super::headers::{get, lossy, values};
use super::messages::Response;
use super::quirks::{EmptyLocation, Quirks, RepeatedLocation};
use super::reason::{Failure, Reason};
use super::url::{Parsed, Url};

/// The target of a response's `Location` header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// The response is not a redirect.
    None,
    /// The header is not a single URL.
    Invalid,
    /// The header has different values, and the engine takes them for an attack.
    Attack,
    /// A URL of this scheme, which is neither `http` nor `https`.
    Other(String),
    /// A URL that can be requested.
    Http(Url),
}

impl Location {
    /// Where `response` redirects a request for `url` to.
    /// <https://fetch.spec.whatwg.org/#concept-response-location-url>
    pub(super) fn of(response: &Response, url: &Url, quirks: &Quirks) -> Self {
        let lines: Vec<&[u8]> = values(&response.headers, "location").collect();
        if quirks.different_locations_are_an_attack && lines.iter().any(|line| *line != lines[0]) {
            return Self::Attack;
        }
        if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
            return Self::None;
        }
        let line = match lines[..] {
            [] => return Self::None,
            [b"", ..] if quirks.empty_location == EmptyLocation::NoRedirect => return Self::None,
            [b""] if quirks.empty_location == EmptyLocation::Invalid => return Self::Invalid,
            [line] => line.to_vec(),
            [first, ref rest @ ..] => match quirks.repeated_location {
                RepeatedLocation::One if rest.iter().all(|line| *line == first) => first.to_vec(),
                RepeatedLocation::One | RepeatedLocation::Invalid => return Self::Invalid,
                RepeatedLocation::Joined => lines.join(&b", "[..]),
            },
        };
        match Url::parse(&line, Some(url)) {
            None => Self::Invalid,
            Some(Parsed::Other(scheme)) => Self::Other(scheme),
            Some(Parsed::Http(mut location)) => {
                location.fragment = location.fragment.or_else(|| url.fragment.clone());
                Self::Http(location)
            }
        }
    }
}

/// The `Location` as the server wrote it, for messages.
pub(super) fn written_location(response: &Response) -> String {
    lossy(&get(&response.headers, "location").unwrap_or_default())
}

pub(super) fn invalid_location(response: &Response) -> Failure {
    Failure::new(Reason::InvalidRedirectLocation, written_location(response))
}

/// Whether Chromium refuses redirects to this scheme before it applies CORS, which decides the name of the error only.
pub(super) fn is_refused_before_cors(scheme: &str) -> bool {
    matches!(scheme, "about" | "blob" | "chrome" | "chrome-extension" | "data" | "devtools" | "file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::Engine;

    #[test]
    fn reads_location_as_each_engine_does() {
        let url = match Url::parse(b"https://b.example/x#f", None) {
            Some(Parsed::Http(url)) => url,
            _ => panic!(),
        };
        let read = |lines: &[&str], engine: Engine| {
            let response =
                lines.iter().fold(Response::new(302), |response, line| response.header("Location", *line));
            match Location::of(&response, &url, &engine.quirks()) {
                Location::Http(url) => url.serialize(),
                other => format!("{other:?}"),
            }
        };
        for (lines, standard, chromium) in [
            (&[][..], "None", "None"),
            (&["/y"], "https://b.example/y#f", "https://b.example/y#f"),
            (&["/y#g"], "https://b.example/y#g", "https://b.example/y#g"),
            (&[""], "https://b.example/x#f", "None"),
            (&["/y", "/y"], "Invalid", "https://b.example/y#f"),
            (&["/y", "/z"], "Invalid", "Attack"),
            (&["", "/y"], "Invalid", "Attack"),
        ] {
            assert_eq!(read(lines, Engine::Standard), standard, "{lines:?}");
            assert_eq!(read(lines, Engine::Chromium), chromium, "{lines:?}");
        }
        let not_modified = Response::new(304).header("location", "/y");
        assert_eq!(Location::of(&not_modified, &url, &Quirks::STANDARD), Location::None);
    }
}
