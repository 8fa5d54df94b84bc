//! Request headers: which of them a page cannot set, and which of them it may send without a preflight.

use std::collections::BTreeSet;

use super::headers::{HeaderList, sort_and_combine};
use super::quirks::{Encoding, Quirks, RangeSyntax, RequestHeaderLines};
use crate::const_text::{is_one_of, is_token};
use crate::fetch_standard::headers::{METHOD_OVERRIDE, is_forbidden_request};
use crate::fetch_standard::methods::is_forbidden_method;
use crate::fetch_standard::white_space::trim;

/// The headers that [`Quirks::redirect_removes_client_hints`] removes.
pub(super) const CLIENT_HINTS: [&str; 7] =
    ["device-memory", "downlink", "dpr", "ect", "rtt", "viewport-width", "width"];

/// Whether a request header is forbidden: only the browser can set it, and `fetch()` ignores it without an error.
///
/// Section: <https://fetch.spec.whatwg.org/#forbidden-request-header>.
///
/// ```
/// use cors_core::browser::{is_forbidden_request_header, Engine};
/// assert!(is_forbidden_request_header("Cookie", b"a=b", Engine::Standard));
/// assert!(is_forbidden_request_header("x-http-method", b"GET, trace", Engine::Standard));
/// assert!(!is_forbidden_request_header("x-http-method", b"PUT", Engine::Standard));
/// ```
pub fn is_forbidden_request_header(name: &str, value: &[u8], quirks: impl Into<Quirks>) -> bool {
    is_forbidden(name, value, &quirks.into())
}

pub(super) fn is_forbidden(name: &str, value: &[u8], quirks: &Quirks) -> bool {
    if name.eq_ignore_ascii_case("user-agent") {
        return quirks.user_agent_is_forbidden;
    }
    if is_one_of(name.as_bytes(), METHOD_OVERRIDE) {
        let mut methods = split(value).into_iter();
        return methods.any(|method| std::str::from_utf8(method).is_ok_and(is_forbidden_method));
    }
    is_forbidden_request(name.as_bytes())
}

/// Whether a request header is CORS-safelisted: a page could send it by other means, so it needs no permission. The
/// value counts too. It has a limit of 128 bytes, and each name has its own syntax.
///
/// Section: <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>.
///
/// ```
/// use cors_core::browser::{is_safelisted_request_header, Engine};
/// assert!(is_safelisted_request_header("Content-Type", b"text/plain;charset=utf-8", Engine::Standard));
/// assert!(!is_safelisted_request_header("Content-Type", b"application/json", Engine::Standard));
/// ```
pub fn is_safelisted_request_header(name: &str, value: &[u8], quirks: impl Into<Quirks>) -> bool {
    is_safelisted(name, value, &quirks.into())
}

fn is_safelisted(name: &str, value: &[u8], quirks: &Quirks) -> bool {
    if value.len() > 128 {
        return false;
    }
    let is_ascii = value.is_ascii() || !quirks.non_ascii_request_header_is_unsafe;
    let hints = quirks.client_hints_are_safelisted;
    match name.to_ascii_lowercase().as_str() {
        "accept" => !value.iter().any(is_unsafe_byte) && is_ascii,
        "accept-language" | "content-language" => {
            value.iter().all(|byte| byte.is_ascii_alphanumeric() || b" *,-.;=".contains(byte))
        }
        "content-type" => !value.iter().any(is_unsafe_byte) && is_form_content_type(value) && is_ascii,
        "range" => is_simple_range(value, quirks.range_syntax),
        "device-memory" | "dpr" | "downlink" if hints => is_decimal(value),
        "width" | "viewport-width" | "rtt" if hints => is_digits(value),
        "ect" if hints => [&b"slow-2g"[..], b"2g", b"3g", b"4g"].contains(&value),
        "save-data" if hints => value.eq_ignore_ascii_case(b"on"),
        "intervention" if hints => true,
        _ => false,
    }
}

/// The CORS-unsafe request-header names: a preflight has to ask for them. They are sorted and in lower case. If the
/// safelisted values have more than 1024 bytes together, their names are included.
///
/// Section: <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>.
///
/// ```
/// use cors_core::browser::{unsafe_request_header_names, Engine};
/// let headers = vec![
///     ("X-Id".to_owned(), b"1".to_vec()),
///     ("Accept".to_owned(), b"text/html".to_vec()),
///     ("Authorization".to_owned(), b"Bearer x".to_vec()),
/// ];
/// let names = unsafe_request_header_names(&headers, Engine::Standard);
/// assert!(names.iter().eq(["authorization", "x-id"]));
/// ```
pub fn unsafe_request_header_names(
    headers: &[(String, Vec<u8>)],
    quirks: impl Into<Quirks>,
) -> BTreeSet<String> {
    unsafe_names(headers, &quirks.into())
}

pub(super) fn unsafe_names(headers: &[(String, Vec<u8>)], quirks: &Quirks) -> BTreeSet<String> {
    if quirks.request_header_lines == RequestHeaderLines::Joined {
        return unsafe_names_of_lines(&sort_and_combine(headers), quirks);
    }
    unsafe_names_of_lines(headers, quirks)
}

fn unsafe_names_of_lines(headers: &[(String, Vec<u8>)], quirks: &Quirks) -> BTreeSet<String> {
    let (safelisted, mut names): (Vec<_>, Vec<_>) =
        headers.iter().partition(|(name, value)| is_safelisted(name, value, quirks));
    if safelisted.iter().map(|(_, value)| value.len()).sum::<usize>() > 1024 {
        names.extend(safelisted);
    }
    names.into_iter().map(|(name, _)| name.to_ascii_lowercase()).collect()
}

/// Encodes the values of headers as they are sent.
pub(super) fn encode(headers: &mut HeaderList, quirks: &Quirks) {
    if quirks.request_header_encoding == Encoding::Utf8 {
        for (_, value) in headers {
            *value = value.iter().map(|&byte| char::from(byte)).collect::<String>().into_bytes();
        }
    }
}

/// The names of unsafe lines whose names occurred in an unsafe line before.
pub(super) fn repeated_unsafe_names(headers: &[(String, Vec<u8>)], quirks: &Quirks) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let lines = headers.iter().filter(|(name, value)| !is_safelisted(name, value, quirks));
    lines.map(|(name, _)| name.to_ascii_lowercase()).filter(|name| !seen.insert(name.clone())).collect()
}

/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte>
fn is_unsafe_byte(byte: &u8) -> bool {
    (*byte < 0x20 && *byte != b'\t') || b"\"():<>?@[\\]{}\x7f".contains(byte)
}

/// Whether a form could have this type. The parameters do not matter, because parsing a MIME type cannot fail after its
/// essence.
/// <https://mimesniff.spec.whatwg.org/#parse-a-mime-type>
fn is_form_content_type(value: &[u8]) -> bool {
    // Line feeds and carriage returns are white space here too, but they are unsafe bytes.
    let essence = trim(value.split(|&byte| byte == b';').next().unwrap_or_default());
    let mut parts = essence.splitn(2, |&byte| byte == b'/');
    let is_mime = parts.next().is_some_and(is_token) && parts.next().is_some_and(is_token);
    is_mime
        && [&b"application/x-www-form-urlencoded"[..], b"multipart/form-data", b"text/plain"]
            .iter()
            .any(|form| form.eq_ignore_ascii_case(essence))
}

/// `bytes=0-` or `bytes=0-499`: one range with a start.
/// <https://fetch.spec.whatwg.org/#simple-range-header-value>
fn is_simple_range(value: &[u8], syntax: RangeSyntax) -> bool {
    let Some((unit, range)) = value.split_at_checked(b"bytes=".len()) else { return false };
    let lenient = syntax == RangeSyntax::Lenient;
    if !(unit == b"bytes=" || lenient && unit.eq_ignore_ascii_case(b"bytes=")) {
        return false;
    }
    let Some(dash) = range.iter().position(|&byte| byte == b'-') else { return false };
    let (start, end) = (&range[..dash], &range[dash + 1..]);
    let unsigned = |number: &[u8]| match number.strip_prefix(b"+") {
        Some(digits) if lenient => digits.to_vec(),
        _ => number.to_vec(),
    };
    let (start, end) = (&unsigned(start)[..], &unsigned(end)[..]);
    if !is_digits(start) || !(end.is_empty() || is_digits(end)) {
        return false;
    }
    // Numbers of the standard have no limit, so they are compared as text.
    let significant =
        |digits: &[u8]| -> Vec<u8> { digits.iter().copied().skip_while(|&digit| digit == b'0').collect() };
    let (start, end) = (significant(start), (!end.is_empty()).then(|| significant(end)));
    let fits = |digits: &[u8]| (digits.len(), digits) < (19, b"9223372036854775807");
    if syntax == RangeSyntax::Below63Bits && !(fits(&start) && end.as_deref().is_none_or(fits)) {
        return false;
    }
    end.is_none_or(|end| (start.len(), start) <= (end.len(), end))
}

fn is_digits(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

/// `2` or `1.5`.
fn is_decimal(value: &[u8]) -> bool {
    let mut parts = value.splitn(2, |&byte| byte == b'.');
    parts.next().is_some_and(is_digits) && parts.next().is_none_or(is_digits)
}

/// The elements of a list. A comma within quotes does not separate elements.
/// <https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split>
fn split(value: &[u8]) -> Vec<&[u8]> {
    let (mut elements, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, &byte) in value.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                elements.push(trim(&value[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    elements.push(trim(&value[start..]));
    elements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::Engine::{Chromium, Standard};

    #[test]
    fn safelists_values_by_the_syntax_of_their_names() {
        let long = "a".repeat(128);
        let too_long = "a".repeat(129);
        for (name, value, safe) in [
            ("Accept", "text/html, */*;q=0.8", true),
            ("accept", "", true),
            ("accept", "a\tb", true),
            ("accept", long.as_str(), true),
            ("accept", too_long.as_str(), false),
            ("accept", "é", true),
            ("accept-language", "en-US, de;q=0.5, *", true),
            ("accept-language", "en_US", false),
            ("accept-language", "en\tde", false),
            ("content-language", "de-DE", true),
            ("content-language", "\"de\"", false),
            ("content-language", "dé", false),
            ("Content-Type", "text/plain", true),
            ("content-type", " TEXT/Plain ;charset=UTF-8", true),
            ("content-type", "text/plain;", true),
            ("content-type", "text/plain;charset", true),
            ("content-type", "multipart/form-data;boundary=x", true),
            ("content-type", "application/x-www-form-urlencoded", true),
            ("content-type", "text/plain;charset=\"utf-8\"", false),
            ("content-type", "text/plain, text/plain", false),
            ("content-type", "text/ plain", false),
            ("content-type", "text /plain", false),
            ("content-type", "text/plain/x", false),
            ("content-type", "text", false),
            ("content-type", "", false),
            ("content-type", "application/json", false),
            ("content-type", "application/json;text/plain", false),
            ("range", "bytes=0-", true),
            ("range", "bytes=007-10", true),
            ("range", "bytes=5-5", true),
            ("range", "bytes=99999999999999999999-199999999999999999999", true),
            ("range", "bytes=10-9", false),
            ("range", "bytes=-500", false),
            ("range", "bytes=-", false),
            ("range", "bytes= 0-", false),
            ("range", "bytes=0-1,2-3", false),
            ("range", "bytes=0", false),
            ("range", "Bytes=0-", false),
            ("range", "byte", false),
            ("x-a", "", false),
            ("authorization", "", false),
            ("dpr", "2", false),
        ] {
            let is = is_safelisted_request_header(name, value.as_bytes(), Standard);
            assert_eq!(is, safe, "{name}: {value}");
        }
    }

    #[test]
    fn safelists_no_value_with_an_unsafe_byte() {
        for byte in 0..=255_u8 {
            let unsafe_byte = matches!(byte, 0..=8 | 10..=31 | 127) || b"\"():<>?@[\\]{}".contains(&byte);
            for (name, value) in
                [("accept", vec![byte]), ("content-type", [b"text/plain;", &[byte][..]].concat())]
            {
                let safe = is_safelisted_request_header(name, &value, Standard);
                assert_eq!(safe, !unsafe_byte, "{name} with {byte:#x}");
            }
        }
    }

    #[test]
    fn safelists_client_hints_in_chromium_only() {
        for (name, value, safe) in [
            ("DPR", "1.5", true),
            ("dpr", "1.", false),
            ("dpr", ".5", false),
            ("dpr", "1.5.1", false),
            ("device-memory", "8", true),
            ("downlink", "x", false),
            ("width", "100", true),
            ("viewport-width", "1.5", false),
            ("rtt", "", false),
            ("ect", "slow-2g", true),
            ("ect", "4G", false),
            ("save-data", "On", true),
            ("save-data", "off", false),
            ("range", "Bytes=0-", false),
            ("range", "bytes=9223372036854775806-", true),
            ("range", "bytes=9223372036854775807-", false),
            ("range", "bytes=0-9223372036854775807", false),
        ] {
            assert_eq!(
                is_safelisted_request_header(name, value.as_bytes(), Chromium),
                safe,
                "{name}: {value}"
            );
            if name != "range" {
                assert!(!is_safelisted_request_header(name, value.as_bytes(), Standard));
            }
        }
    }

    #[test]
    fn counts_the_safelisted_values_together() {
        let mut headers: Vec<_> = (0..8).map(|_| ("Accept".to_owned(), vec![b'a'; 128])).collect();
        assert!(unsafe_request_header_names(&headers, Standard).is_empty());
        // The length of a header that is unsafe by itself does not count.
        headers.push(("X-A".to_owned(), vec![b'a'; 128]));
        assert!(unsafe_request_header_names(&headers, Standard).iter().eq(["x-a"]));
        headers.push(("Content-Language".to_owned(), b"a".to_vec()));
        let names = unsafe_request_header_names(&headers, Standard);
        assert!(names.iter().eq(["accept", "content-language", "x-a"]));
    }

    #[test]
    fn joins_lines_before_it_judges_them_in_chromium_and_webkit() {
        let headers = [(); 2].map(|()| ("content-type".to_owned(), b"text/plain".to_vec()));
        for (quirks, safe) in [
            (Quirks::STANDARD, true),
            (Quirks::CHROMIUM, false),
            (Quirks::FIREFOX, true),
            (Quirks::WEBKIT, false),
        ] {
            assert_eq!(unsafe_request_header_names(&headers, quirks).is_empty(), safe);
        }
    }

    #[test]
    fn forbids_the_headers_that_only_the_browser_sets() {
        for name in ["Cookie", "HOST", "origin", "Sec-Fetch-Site", "proxy-x", "te", "via", "set-cookie"] {
            assert!(is_forbidden_request_header(name, b"", Standard), "{name}");
        }
        for name in ["authorization", "x-cookie", "secx", "user-agent", "range"] {
            assert!(!is_forbidden_request_header(name, b"", Standard), "{name}");
        }
        assert!(is_forbidden_request_header("User-Agent", b"", Chromium));
        assert!(!is_forbidden_request_header("Access-Control-Request-Private-Network", b"", Chromium));
    }

    #[test]
    fn finds_forbidden_methods_in_override_headers() {
        for (value, forbidden) in [
            ("TRACE", true),
            ("GET,\ttrack ", true),
            ("PUT", false),
            ("", false),
            ("\"TRACE\"", false),
            ("\"a, TRACE, \\\", TRACE\"", false),
            ("\"a\", TRACE", true),
        ] {
            let is = is_forbidden_request_header("X-HTTP-Method-Override", value.as_bytes(), Standard);
            assert_eq!(is, forbidden, "{value}");
        }
    }
}
