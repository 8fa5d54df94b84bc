//! How an engine reads the header lines of a response, before any algorithm of the Fetch standard.

use super::headers::{HeaderList, lossy};
use super::messages::Response;
use super::quirks::{Encoding, Quirks};
use super::response_headers::SINGLE;
use crate::const_text::is_one_of;
use crate::fetch_standard::white_space::trim;

/// The response to a CORS request or to another one, with the header lines that the engine makes of it.
pub(super) fn received(response: &Response, is_cors: bool, quirks: &Quirks) -> Response {
    let mut headers = response.headers.clone();
    if quirks.response_header_encoding == Encoding::Utf8 {
        for (_, value) in &mut headers {
            *value = lossy(value).into_bytes();
        }
    }
    if quirks.empty_response_lines_are_ignored {
        remove_empty_lines(&mut headers, is_cors);
    }
    if quirks.content_type_lines_have_no_space {
        join_content_type(&mut headers);
    }
    Response { status: response.status, headers }
}

/// Removes empty lines of headers that have several lines, except for one if all of them are empty. Headers that are not lists keep
/// their lines: `Content-Type` and those of [`SINGLE`]. So does `Access-Control-Allow-Origin` in the response to a CORS request: Firefox refuses
/// several lines with this spelling, even if all but one are empty. HTTP/2 has another spelling.
fn remove_empty_lines(headers: &mut HeaderList, is_cors: bool) {
    const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";
    let is_repeated = is_cors && headers.iter().filter(|(name, _)| name == ALLOW_ORIGIN).count() > 1;
    let mut rest = std::mem::take(headers).into_iter();
    while let Some((name, value)) = rest.next() {
        let is_same = |(other, _): &&(String, Vec<u8>)| other.eq_ignore_ascii_case(&name);
        let is_redundant = trim(&value).is_empty()
            && !(name.eq_ignore_ascii_case("content-type") || is_one_of(name.as_bytes(), SINGLE))
            && !(is_repeated && name == ALLOW_ORIGIN)
            && (headers.iter().any(|line| is_same(&line))
                || rest.as_slice().iter().any(|line| is_same(&line)));
        if !is_redundant {
            headers.push((name, value));
        }
    }
}

fn join_content_type(headers: &mut HeaderList) {
    let is_content_type = |(name, _): &(String, Vec<u8>)| name.eq_ignore_ascii_case("content-type");
    let lines: Vec<Vec<u8>> =
        headers.iter().filter(|line| is_content_type(line)).map(|(_, value)| trim(value).to_vec()).collect();
    if lines.len() > 1 {
        headers.retain(|line| !is_content_type(line));
        let joined = lines.into_iter().reduce(|joined, line| match joined.is_empty() {
            true => line,
            false => [joined, line].join(&b","[..]),
        });
        headers.extend(joined.map(|value| ("content-type".to_owned(), value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[(&str, &[u8])], quirks: Quirks) -> Vec<(String, Vec<u8>)> {
        let response =
            lines.iter().fold(Response::new(200), |response, (name, value)| response.header(*name, *value));
        received(&response, true, &quirks).headers
    }

    fn list(lines: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
        lines.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect()
    }

    #[test]
    fn ignores_empty_lines_beside_others_in_firefox() {
        for given in [&[("a", &b"1"[..]), ("A", b" ")][..], &[("A", b""), ("a", b"1")]] {
            assert_eq!(lines(given, Quirks::FIREFOX), list(&[("a", b"1")]));
            assert_eq!(lines(given, Quirks::STANDARD), list(given));
        }
        assert_eq!(lines(&[("a", b""), ("a", b"")], Quirks::FIREFOX), list(&[("a", b"")]));
        for name in ["location", "Access-Control-Allow-Origin"] {
            let given: &[(&str, &[u8])] = &[(name, b""), (name, b"/x")];
            assert_eq!(lines(given, Quirks::FIREFOX), list(given));
        }
        let spelled: &[(&str, &[u8])] =
            &[("Access-Control-Allow-Origin", b""), ("access-control-allow-origin", b"*")];
        assert_eq!(lines(spelled, Quirks::FIREFOX), list(&spelled[1..]));
    }

    #[test]
    fn joins_content_types_without_a_space_in_firefox() {
        let given: &[(&str, &[u8])] = &[("Content-Type", b"a/b"), ("content-type", b"c/d ")];
        assert_eq!(lines(given, Quirks::FIREFOX), list(&[("content-type", b"a/b,c/d")]));
        assert_eq!(lines(given, Quirks::CHROMIUM), list(given));
        let empty: &[(&str, &[u8])] = &[("content-type", b""), ("content-type", b"")];
        assert_eq!(lines(empty, Quirks::FIREFOX), list(&empty[..1]));
    }

    #[test]
    fn reads_utf8_in_webkit() {
        let given: &[(&str, &[u8])] = &[("a", b"\xe9\xc3\xa9")];
        assert_eq!(lines(given, Quirks::WEBKIT), list(&[("a", "\u{fffd}é".as_bytes())]));
    }
}
