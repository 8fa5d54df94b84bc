//! Which parts of a request an answer may repeat, and which header names of a response it may list.

use crate::const_text::is_token_byte;
use crate::fetch_standard::headers;
use crate::fetch_standard::white_space::trim;

/// The longest value of a header that repeats a part of the request, in bytes.
pub(crate) const LONGEST_ECHO: usize = 8 * 1024;

/// Whether the answer to a preflight may echo these lines of `Access-Control-Request-Headers`. They have to be lists of
/// tokens, and to have at most 8 KiB when they are joined. The bytes come from the client, so nothing else may be written
/// into a response.
///
/// ```
/// use cors_core::echoes_headers;
///
/// assert!(echoes_headers([b"content-type, x-trace".as_slice()].into_iter()));
/// assert!(!echoes_headers([b"x-trace\r\nset-cookie: a=b".as_slice()].into_iter()));
/// assert!(!echoes_headers([[b'x'; 9000].as_slice()].into_iter()));
/// ```
pub fn echoes_headers<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut length = 0usize;
    for line in lines {
        // A line that is too long is not read.
        if line.len() > LONGEST_ECHO || !is_list_of_tokens(line) {
            return false;
        }
        length += members(line).map(|member| SEPARATOR.len() + member.len()).sum::<usize>();
        if length > LONGEST_ECHO + SEPARATOR.len() {
            return false;
        }
    }
    true
}

const SEPARATOR: &str = ", ";

/// The non-empty members of the list in a line.
pub(crate) fn members(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&byte| byte == b',').map(trim).filter(|member| !member.is_empty())
}

/// Whether a line can be repeated unchanged: it has members, and none of them is empty.
pub(crate) fn is_tidy(line: &[u8]) -> bool {
    line.split(|&byte| byte == b',').all(|member| !trim(member).is_empty())
}

/// The members of the lines as one line, or `None` if the lines have no member. The lines [may be echoed](echoes_headers).
pub(crate) fn joined<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<String> {
    let members = lines.flat_map(members).map(String::from_utf8_lossy);
    let members: Vec<_> = members.collect();
    (!members.is_empty()).then(|| members.join(SEPARATOR))
}

/// Whether a line is a list of tokens. Spaces and tabs around them, and empty members, are allowed ([RFC 9110
/// §5.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1)). Line breaks are not allowed: the line is repeated
/// unchanged, so a line break would end the header of the response.
fn is_list_of_tokens(line: &[u8]) -> bool {
    line.split(|&byte| byte == b',').all(|entry| trim(entry).iter().all(|&byte| is_token_byte(byte)))
}

/// Whether `expose = "*"` with credentials lists this header of the response. It lists every header that a page may
/// read. Headers that every page can read and headers of the protocol are not listed.
///
/// ```
/// use cors_core::exposes_name;
///
/// assert!(exposes_name("x-total-count"));
/// assert!(!exposes_name("set-cookie"));
/// assert!(!exposes_name("content-type"));
/// assert!(!exposes_name("access-control-allow-origin"));
/// ```
///
/// See [CORS-safelisted response-header name](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name) and
/// [forbidden response-header name](https://fetch.spec.whatwg.org/#forbidden-response-header-name).
pub fn exposes_name(name: &str) -> bool {
    let name = name.as_bytes();
    !headers::is_forbidden_response(name)
        && !headers::is_safelisted_response(name)
        && !headers::is_protocol_response(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_only_lists_of_tokens() {
        for line in ["", "x-a", "x-a,x-b", " x-a ,\tx-b\t", ",", "a,,b", "authorization"] {
            assert!(echoes_headers([line.as_bytes()].into_iter()), "{line:?}");
        }
        for line in [
            "x a",
            "x-a:b",
            "x-a;q=1",
            "x-ä",
            "\0",
            "x-a,\r\n,x-b",
            "x-a\r\n",
            "\nx-a",
            "x-a,\r\n\r\n,x-b",
            "\u{c}x-a",
            "\"x\"",
        ] {
            assert!(!echoes_headers([line.as_bytes()].into_iter()), "{line:?}");
        }
        assert!(!echoes_headers([b"x-a".as_slice(), b"x-\xff"].into_iter()));
    }

    #[test]
    fn echoes_at_most_8_kib_in_all_lines_together() {
        assert!(echoes_headers([b"a".repeat(8192).as_slice()].into_iter()));
        assert!(!echoes_headers([b"a".repeat(8193).as_slice()].into_iter()));
        let half = "a".repeat(4095);
        assert!(echoes_headers([half.as_bytes(); 2].into_iter()));
        assert!(!echoes_headers([half.as_bytes(), half.as_bytes(), b"a"].into_iter()));
        assert!(
            echoes_headers(std::iter::repeat_n(b" ,, ".as_slice(), 100_000)),
            "empty members do not count"
        );
        assert!(!echoes_headers([b"a".repeat(10_000_000).as_slice()].into_iter()));
    }

    #[test]
    fn joined_lines_are_one_line_without_empty_members() {
        let joined = |lines: &[&str]| joined(lines.iter().map(|line| line.as_bytes()));
        assert_eq!(joined(&["x-a", " ,x-b,", "", "\tx-c"]).as_deref(), Some("x-a, x-b, x-c"));
        assert_eq!(joined(&["", " , "]), None);
        assert!(is_tidy(b"x-a,x-b , x-c") && !is_tidy(b"") && !is_tidy(b"x-a,,x-b") && !is_tidy(b"x-a,"));
    }
}
