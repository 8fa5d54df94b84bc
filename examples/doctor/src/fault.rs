//! Finds the part of an answer that caused a refusal, and what it should be.

use std::ops::Range;

use cors_core::browser::{Blocked, Reason};
use reqwest::header::HeaderName;

use crate::exchanges::Exchange;
use crate::text::{Marked, difference};

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";
const ALLOW_METHODS: &str = "access-control-allow-methods";
const ALLOW_HEADERS: &str = "access-control-allow-headers";

/// The part of an answer that caused a refusal.
pub struct Fault {
    /// The wrong lines. It is empty if a line is missing.
    pub lines: Vec<Marked>,
    /// The expected lines. It is empty if no line of the answer would help.
    pub expected: Vec<String>,
}

/// Finds the fault for which `blocked` was refused in the last answer that the engine had.
pub fn find(blocked: &Blocked, exchange: &Exchange) -> Fault {
    let allow_origin = || format!("{ALLOW_ORIGIN}: {}", blocked.origin);
    let allow_credentials = || format!("{ALLOW_CREDENTIALS}: true");
    match blocked.reason {
        Reason::MissingAllowOriginHeader | Reason::PreflightMissingAllowOriginHeader => {
            Fault { lines: Vec::new(), expected: vec![allow_origin()] }
        }
        Reason::WildcardOriginNotAllowed | Reason::PreflightWildcardOriginNotAllowed => Fault {
            lines: marked(exchange, ALLOW_ORIGIN, |value| 0..value.len()),
            expected: vec![allow_origin(), allow_credentials()],
        },
        Reason::MultipleAllowOriginValues
        | Reason::PreflightMultipleAllowOriginValues
        | Reason::InvalidAllowOriginValue
        | Reason::PreflightInvalidAllowOriginValue
        | Reason::AllowOriginMismatch
        | Reason::PreflightAllowOriginMismatch => {
            let is_right = |line: &[u8]| line == blocked.origin.as_bytes();
            let repeated = exchange.lines(ALLOW_ORIGIN).all(is_right);
            Fault {
                lines: marked(exchange, ALLOW_ORIGIN, |value| match repeated {
                    true => 0..value.len(),
                    false => difference(value, blocked.origin.as_bytes()),
                }),
                expected: vec![allow_origin()],
            }
        }
        Reason::InvalidAllowCredentials | Reason::PreflightInvalidAllowCredentials => Fault {
            lines: marked(exchange, ALLOW_CREDENTIALS, |value| 0..value.len()),
            expected: vec![allow_credentials()],
        },
        Reason::PreflightInvalidStatus => {
            let mut expected = vec!["HTTP/1.1 204 No Content".to_owned()];
            if exchange.lines(ALLOW_ORIGIN).next().is_none() {
                expected.push(allow_origin());
            }
            Fault { lines: vec![status_line(exchange)], expected }
        }
        Reason::PreflightDisallowedRedirect => {
            let mut lines = vec![status_line(exchange)];
            lines.extend(marked(exchange, "location", |value| 0..value.len()));
            Fault { lines, expected: vec!["HTTP/1.1 204 No Content".to_owned()] }
        }
        Reason::InvalidAllowMethodsPreflightResponse => {
            let method = asked(exchange, "access-control-request-method");
            Fault {
                lines: marked(exchange, ALLOW_METHODS, first_that_is_no_token),
                expected: vec![format!("{ALLOW_METHODS}: {method}")],
            }
        }
        Reason::InvalidAllowHeadersPreflightResponse => {
            let names = asked(exchange, "access-control-request-headers").replace(',', ", ");
            Fault {
                lines: marked(exchange, ALLOW_HEADERS, first_that_is_no_token),
                expected: vec![format!("{ALLOW_HEADERS}: {names}")],
            }
        }
        Reason::MethodDisallowedByPreflightResponse => {
            with_one_more(exchange, ALLOW_METHODS, &blocked.parameter)
        }
        Reason::HeaderDisallowedByPreflightResponse => {
            with_one_more(exchange, ALLOW_HEADERS, &blocked.parameter)
        }
        Reason::RedirectContainsCredentials
        | Reason::OwnRedirectContainsCredentials
        | Reason::InvalidRedirectLocation
        | Reason::RedirectToDisabledScheme
        | Reason::RedirectToUnsupportedScheme
        | Reason::TooManyRedirects => {
            Fault { lines: marked(exchange, "location", |value| 0..value.len()), expected: Vec::new() }
        }
        _ => Fault { lines: Vec::new(), expected: Vec::new() },
    }
}

/// The header lines with this name. `range` returns the part of a value to mark.
pub fn marked(exchange: &Exchange, name: &str, range: impl Fn(&[u8]) -> Range<usize>) -> Vec<Marked> {
    exchange.lines(name).map(|value| Marked::header(name, value, range(value))).collect()
}

/// The first line of the answer, with the status marked.
pub fn status_line(exchange: &Exchange) -> Marked {
    let version = &exchange.answer.version;
    let status = exchange.answer.response.status.to_string();
    Marked::line(&format!("{version} {status}"), version.len() + 1..version.len() + 1 + status.len())
}

/// The value of this header in the request.
fn asked(exchange: &Exchange, name: &str) -> String {
    let mut headers = exchange.request.headers.iter();
    let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

/// The elements of a list, with their places.
fn elements(value: &[u8]) -> impl Iterator<Item = (Range<usize>, &[u8])> {
    let mut start = 0;
    value.split(|&byte| byte == b',').map(move |element| {
        let blank = element.len() - element.trim_ascii_start().len();
        let text = element.trim_ascii();
        let range = start + blank..start + blank + text.len();
        start += element.len() + 1;
        (range, text)
    })
}

fn first_that_is_no_token(value: &[u8]) -> Range<usize> {
    let bad = elements(value).find(|(_, text)| !text.is_empty() && HeaderName::from_bytes(text).is_err());
    bad.map_or(0..0, |(range, _)| range)
}

/// The fault of a list without `missing`. If the list has it in another case, only this element is marked, because
/// methods are case-sensitive.
fn with_one_more(exchange: &Exchange, name: &str, missing: &str) -> Fault {
    let is_other_case = |text: &[u8]| text.eq_ignore_ascii_case(missing.as_bytes());
    let lines = marked(exchange, name, |value| {
        elements(value).find(|(_, text)| is_other_case(text)).map_or(0..value.len(), |(range, _)| range)
    });
    // A `*` that is not a wildcard is not repeated.
    let kept = exchange.lines(name).flat_map(elements).map(|(_, text)| text);
    let kept = kept.filter(|text| !text.is_empty() && *text != b"*" && !is_other_case(text));
    let mut list: Vec<String> = kept.map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    list.push(missing.to_owned());
    Fault { lines, expected: vec![format!("{name}: {}", list.join(", "))] }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cors_core::browser::{HttpRequest, Response};

    use super::*;
    use crate::client::Answer;

    fn exchange(status: u16, lines: &[(&str, &[u8])]) -> Exchange {
        let headers = lines.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
        Exchange {
            request: HttpRequest {
                method: "OPTIONS".to_owned(),
                url: "https://api.example.com/".to_owned(),
                headers: vec![
                    ("Access-Control-Request-Method".to_owned(), b"PUT".to_vec()),
                    ("Access-Control-Request-Headers".to_owned(), b"x-a,x-b".to_vec()),
                ],
                credentials: false,
            },
            answer: Answer {
                version: "HTTP/1.1".to_owned(),
                response: Response { status, headers },
                took: Duration::ZERO,
            },
        }
    }

    /// The marked parts of the lines, and the expected lines.
    fn fault(reason: Reason, parameter: &str, status: u16, lines: &[(&str, &[u8])]) -> (String, String) {
        let blocked = Blocked {
            reason,
            parameter: parameter.to_owned(),
            origin: "https://app.example.com".to_owned(),
            url: "https://api.example.com/".to_owned(),
        };
        let fault = find(&blocked, &exchange(status, lines));
        let marked: Vec<String> = fault.lines.iter().map(Marked::marked).collect();
        (marked.join(" & "), fault.expected.join(" & "))
    }

    #[test]
    fn marks_what_differs_from_the_origin() {
        let expected = "access-control-allow-origin: https://app.example.com";
        for (lines, marked) in [
            (&[&b"https://app.example.com/"[..]][..], "/"),
            (&[b"https://app.example.com, https://b.example"], ", https://b.example"),
            (
                &[b"https://app.example.com", b"https://app.example.com"],
                "https://app.example.com & https://app.example.com",
            ),
            (&[b"https://app.example.com", b"*"], " & *"),
            (&[b"http://app.example.com"], ""),
        ] {
            let lines: Vec<_> = lines.iter().map(|value| (ALLOW_ORIGIN, *value)).collect();
            let found = fault(Reason::AllowOriginMismatch, "", 200, &lines);
            assert_eq!(found, (marked.to_owned(), expected.to_owned()), "{lines:?}");
        }
    }

    #[test]
    fn adds_the_missing_element_to_the_existing_list() {
        let reason = Reason::MethodDisallowedByPreflightResponse;
        for (lines, marked, expected) in [
            (&[][..], "", "PUT"),
            (&[&b"GET, POST"[..]][..], "GET, POST", "GET, POST, PUT"),
            (&[b"GET", b"POST"], "GET & POST", "GET, POST, PUT"),
            (&[b"get, put"], "put", "get, PUT"),
            (&[b"*"], "*", "PUT"),
        ] {
            let lines: Vec<_> = lines.iter().map(|value| (ALLOW_METHODS, *value)).collect();
            let expected = format!("access-control-allow-methods: {expected}");
            assert_eq!(fault(reason, "PUT", 200, &lines), (marked.to_owned(), expected), "{lines:?}");
        }
    }

    #[test]
    fn marks_the_element_that_is_not_a_token() {
        let lines = [(ALLOW_METHODS, &b"GET, P UT, POST"[..])];
        let found = fault(Reason::InvalidAllowMethodsPreflightResponse, "", 200, &lines);
        assert_eq!(found, ("P UT".to_owned(), "access-control-allow-methods: PUT".to_owned()));
        let lines = [(ALLOW_HEADERS, &b"x-a, \"x-b\""[..])];
        let found = fault(Reason::InvalidAllowHeadersPreflightResponse, "", 200, &lines);
        assert_eq!(found, ("\"x-b\"".to_owned(), "access-control-allow-headers: x-a, x-b".to_owned()));
    }

    #[test]
    fn marks_the_status_and_the_location() {
        let expected = "HTTP/1.1 204 No Content".to_owned();
        let allowed = [(ALLOW_ORIGIN, &b"https://app.example.com"[..])];
        let found = fault(Reason::PreflightInvalidStatus, "", 401, &allowed);
        assert_eq!(found, ("401".to_owned(), expected.clone()));
        let found = fault(Reason::PreflightInvalidStatus, "", 403, &[]);
        let both = format!("{expected} & access-control-allow-origin: https://app.example.com");
        assert_eq!(found, ("403".to_owned(), both));
        let found = fault(Reason::PreflightDisallowedRedirect, "", 308, &[("location", b"/x/")]);
        assert_eq!(found, ("308 & /x/".to_owned(), expected));
        let found = fault(Reason::TooManyRedirects, "", 302, &[("location", b"/x")]);
        assert_eq!(found, ("/x".to_owned(), String::new()));
    }
}
