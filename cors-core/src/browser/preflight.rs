//! The CORS-preflight fetch: when it is needed, what the request contains, and what the answer grants.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use super::cors_check::cors_check;
use super::headers::{extract_list, values};
use super::messages::{CredentialsMode, HttpRequest, Response};
use super::quirks::{MaxAgeSyntax, Quirks};
use super::reason::{Failure, Reason};
use super::request_headers::{encode, repeated_unsafe_names, unsafe_names};
use crate::fetch_standard::headers::{DEFAULT_MAX_AGE, is_non_wildcard_request};
use crate::fetch_standard::methods::is_safelisted_method;

/// Whether a cross-origin request needs a preflight if the cache is empty. `method` has to be
/// [normalized](crate::browser::normalize_method).
///
/// Section: <https://fetch.spec.whatwg.org/#main-fetch>.
///
/// ```
/// use cors_core::browser::{needs_preflight, Engine};
///
/// let json = [("content-type".to_owned(), b"application/json".to_vec())];
/// assert!(needs_preflight("PUT", &[], Engine::Standard));
/// assert!(needs_preflight("POST", &json, Engine::Standard));
/// assert!(!needs_preflight("POST", &[], Engine::Standard));
/// ```
pub fn needs_preflight(method: &str, headers: &[(String, Vec<u8>)], quirks: impl Into<Quirks>) -> bool {
    !is_safelisted_method(method) || !unsafe_names(headers, &quirks.into()).is_empty()
}

/// The time for which the answer to a preflight may be kept.
///
/// Section: <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>.
///
/// ```
/// use cors_core::browser::{max_age, Quirks};
///
/// let headers = [("access-control-max-age".to_owned(), b"86400".to_vec())];
/// assert_eq!(max_age(&headers, Quirks::CHROMIUM).as_secs(), 7200);
/// assert_eq!(max_age(&[], Quirks::CHROMIUM).as_secs(), 5);
/// ```
pub fn max_age(headers: &[(String, Vec<u8>)], quirks: impl Into<Quirks>) -> Duration {
    max_age_of(headers, &quirks.into())
}

fn max_age_of(headers: &[(String, Vec<u8>)], quirks: &Quirks) -> Duration {
    let mut lines = values(headers, "access-control-max-age");
    let only = match (lines.next(), lines.next()) {
        (None | Some(b""), None) => {
            return Duration::from_secs(DEFAULT_MAX_AGE.into()).min(quirks.max_age_limit);
        }
        (Some(value), None) => std::str::from_utf8(value).ok(),
        _ => None,
    };
    let invalid = match quirks.max_age_syntax {
        MaxAgeSyntax::DigitsOrNothing => 0,
        MaxAgeSyntax::Digits | MaxAgeSyntax::Signed64Bits | MaxAgeSyntax::Signed64BitsLenient => {
            DEFAULT_MAX_AGE.into()
        }
    };
    let seconds = only.and_then(|value| match quirks.max_age_syntax {
        MaxAgeSyntax::Signed64Bits | MaxAgeSyntax::Signed64BitsLenient => {
            let is_control = |c: char| c.is_ascii_whitespace() || c == '\u{b}';
            let value = match quirks.max_age_syntax {
                MaxAgeSyntax::Signed64BitsLenient => value.trim_matches(is_control),
                _ => value,
            };
            value.parse::<i64>().ok().map(|seconds| u64::try_from(seconds).unwrap_or(0))
        }
        // `delta-seconds` consists of digits only and has no limit.
        // https://httpwg.org/specs/rfc9111.html#delta-seconds
        MaxAgeSyntax::Digits | MaxAgeSyntax::DigitsOrNothing => {
            value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().unwrap_or(u64::MAX))
        }
    });
    Duration::from_secs(seconds.unwrap_or(invalid)).min(quirks.max_age_limit)
}

/// The CORS-preflight request for a request.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
pub(super) fn preflight_request(
    origin: &str,
    url: String,
    method: &str,
    headers: &[(String, Vec<u8>)],
    names: &BTreeSet<String>,
    quirks: &Quirks,
) -> HttpRequest {
    let mut preflight = HttpRequest {
        method: "OPTIONS".to_owned(),
        url,
        headers: vec![
            ("Accept".to_owned(), b"*/*".to_vec()),
            ("Access-Control-Request-Method".to_owned(), method.as_bytes().to_vec()),
        ],
        credentials: false,
    };
    let mut names: Vec<String> = names.iter().cloned().collect();
    if quirks.preflight_repeats_header_names {
        names.extend(repeated_unsafe_names(headers, quirks));
        names.sort();
    }
    if !names.is_empty() {
        // Unlike in other lists, there is no space after the comma.
        let names = names.join(",").into_bytes();
        preflight.headers.push(("Access-Control-Request-Headers".to_owned(), names));
    }
    preflight.headers.push(("Origin".to_owned(), origin.as_bytes().to_vec()));
    if quirks.preflight_has_user_agent_of_page {
        let is_user_agent = |(name, _): &&(String, Vec<u8>)| name.eq_ignore_ascii_case("user-agent");
        preflight.headers.extend(headers.iter().filter(is_user_agent).cloned());
        encode(&mut preflight.headers, quirks);
    }
    preflight
}

/// What the answer to a preflight grants: its lists, and how long it may be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Granted<'a> {
    pub(super) methods: Vec<&'a str>,
    pub(super) headers: Vec<&'a str>,
    pub(super) max_age: Duration,
}

/// Whether the answer to a preflight allows the request.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
///
/// `origin` is `None` if the answer needs no CORS check.
pub(super) fn preflight_grants<'a>(
    origin: Option<&str>,
    method: &str,
    credentials: CredentialsMode,
    response: &'a Response,
    quirks: &Quirks,
) -> Result<Granted<'a>, Failure> {
    let status = match response.status {
        200..300 => Ok(()),
        _ => Err(Failure::new(Reason::PreflightInvalidStatus, "")),
    };
    if quirks.preflight_status_comes_first {
        status.clone()?;
    }
    if let Some(origin) = origin {
        cors_check(origin, credentials, response)
            .map_err(|failure| Failure { reason: failure.reason.in_preflight(), ..failure })?;
    }
    status?;
    let methods = extract_list(&response.headers, "access-control-allow-methods")
        .map_err(|_| Failure::new(Reason::InvalidAllowMethodsPreflightResponse, ""))?;
    if quirks.preflight_method_comes_before_headers {
        check_method(&methods, method, credentials)?;
    }
    let allowed = extract_list(&response.headers, "access-control-allow-headers")
        .map_err(|_| Failure::new(Reason::InvalidAllowHeadersPreflightResponse, ""))?;
    Ok(Granted { methods, headers: allowed, max_age: max_age_of(&response.headers, quirks) })
}

/// Whether a grant covers the method and the headers of a request.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
pub(super) fn check_grant(
    granted: &Granted<'_>,
    method: &str,
    names: &BTreeSet<String>,
    credentials: CredentialsMode,
    quirks: &Quirks,
) -> Result<(), Failure> {
    let Granted { methods, headers: allowed, .. } = granted;
    check_method(methods, method, credentials)?;
    let wildcard = has_wildcard(allowed, credentials);
    let by_name: HashSet<String> = allowed.iter().map(|name| name.to_ascii_lowercase()).collect();
    let is_non_wildcard = |name: &String| is_non_wildcard_request(name.as_bytes());
    // The standard checks `Authorization` before the others.
    for name in names.iter().filter(|name| is_non_wildcard(name)).chain(names) {
        let by_wildcard = wildcard && (!is_non_wildcard(name) || quirks.wildcard_covers_authorization);
        if !by_wildcard && !by_name.contains(name) {
            return Err(Failure::new(Reason::HeaderDisallowedByPreflightResponse, name));
        }
    }
    Ok(())
}

fn check_method(methods: &[&str], method: &str, credentials: CredentialsMode) -> Result<(), Failure> {
    if methods.contains(&method) || is_safelisted_method(method) || has_wildcard(methods, credentials) {
        return Ok(());
    }
    Err(Failure::new(Reason::MethodDisallowedByPreflightResponse, method))
}

/// With credentials, `*` is the name of a method or of a header.
/// <https://fetch.spec.whatwg.org/#http-new-header-syntax>
fn has_wildcard(list: &[&str], credentials: CredentialsMode) -> bool {
    credentials != CredentialsMode::Include && list.contains(&"*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::HeaderList;
    use CredentialsMode::{Include, Omit};

    const APP: &str = "https://app.example.com";

    fn headers(names: &[&str]) -> HeaderList {
        names.iter().map(|name| ((*name).to_owned(), b"x".to_vec())).collect()
    }

    /// The whole check of an answer.
    fn check_preflight(
        origin: &str,
        method: &str,
        headers: &[(String, Vec<u8>)],
        credentials: CredentialsMode,
        response: &Response,
        quirks: &Quirks,
    ) -> Result<(), Failure> {
        let granted = preflight_grants(Some(origin), method, credentials, response, quirks)?;
        check_grant(&granted, method, &unsafe_names(headers, quirks), credentials, quirks)
    }

    fn check_with(
        quirks: Quirks,
        credentials: CredentialsMode,
        request: (&str, &[&str]),
        allow: &[(&str, &str)],
    ) -> Result<(), (Reason, String)> {
        let mut response = Response::new(200)
            .header("access-control-allow-origin", APP)
            .header("access-control-allow-credentials", "true");
        for (name, value) in allow {
            response = response.header(format!("Access-Control-Allow-{name}"), *value);
        }
        check_preflight(APP, request.0, &headers(request.1), credentials, &response, &quirks)
            .map(drop)
            .map_err(|failure| (failure.reason, failure.parameter))
    }

    fn check(
        credentials: CredentialsMode,
        request: (&str, &[&str]),
        allow: &[(&str, &str)],
    ) -> Result<(), (Reason, String)> {
        check_with(Quirks::STANDARD, credentials, request, allow)
    }

    fn method(name: &str) -> Result<(), (Reason, String)> {
        Err((Reason::MethodDisallowedByPreflightResponse, name.to_owned()))
    }

    fn header(name: &str) -> Result<(), (Reason, String)> {
        Err((Reason::HeaderDisallowedByPreflightResponse, name.to_owned()))
    }

    #[test]
    fn asks_for_the_method_and_for_the_unsafe_names() {
        let mut list = headers(&["X-B", "authorization", "x-b"]);
        list.push(("Accept".to_owned(), b"*/*".to_vec()));
        let preflight = preflight_request(
            APP,
            "https://b/".to_owned(),
            "PUT",
            &list,
            &unsafe_names(&list, &Quirks::STANDARD),
            &Quirks::STANDARD,
        );
        let lines: Vec<_> = preflight
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
            .collect();
        assert_eq!((preflight.method.as_str(), preflight.credentials), ("OPTIONS", false));
        assert_eq!(
            lines,
            [
                "Accept: */*",
                "Access-Control-Request-Method: PUT",
                "Access-Control-Request-Headers: authorization,x-b",
                "Origin: https://app.example.com"
            ]
        );
        let preflight =
            preflight_request(APP, String::new(), "PUT", &[], &BTreeSet::new(), &Quirks::STANDARD);
        assert_eq!(preflight.headers.len(), 3);
    }

    #[test]
    fn compares_methods_with_their_case() {
        assert_eq!(check(Omit, ("PUT", &[]), &[("Methods", "DELETE, PUT")]), Ok(()));
        assert_eq!(check(Omit, ("PUT", &[]), &[("Methods", "DELETE"), ("methods", "PUT")]), Ok(()));
        assert_eq!(check(Omit, ("PUT", &[]), &[("Methods", "put")]), method("PUT"));
        assert_eq!(check(Omit, ("patch", &[]), &[("Methods", "PATCH")]), method("patch"));
        assert_eq!(check(Omit, ("PUT", &[]), &[]), method("PUT"));
    }

    #[test]
    fn cannot_forbid_a_safelisted_method() {
        for safelisted in ["GET", "HEAD", "POST"] {
            assert_eq!(check(Omit, (safelisted, &["x"]), &[("Headers", "x"), ("Methods", "PUT")]), Ok(()));
        }
    }

    #[test]
    fn compares_header_names_without_their_case() {
        assert_eq!(check(Omit, ("GET", &["X-A", "x-b"]), &[("Headers", ",x-a ,X-B")]), Ok(()));
        assert_eq!(check(Omit, ("GET", &["X-A", "x-b"]), &[("Headers", "x-b")]), header("x-a"));
    }

    #[test]
    fn takes_a_wildcard_only_without_credentials() {
        let wildcards = [("Methods", "*"), ("Headers", "*")];
        assert_eq!(check(Omit, ("PUT", &["x-a"]), &wildcards), Ok(()));
        assert_eq!(check(Include, ("PUT", &["x-a"]), &wildcards), method("PUT"));
        assert_eq!(check(Include, ("GET", &["x-a"]), &wildcards), header("x-a"));
        assert_eq!(check(Include, ("*", &["*"]), &wildcards), Ok(()));
    }

    #[test]
    fn requires_the_name_of_authorization() {
        let wildcard = [("Headers", "*")];
        let both = [("Headers", "*, Authorization")];
        assert_eq!(check(Omit, ("GET", &["Authorization"]), &wildcard), header("authorization"));
        assert_eq!(check(Omit, ("GET", &["Authorization"]), &both), Ok(()));
        let chromium = Quirks::CHROMIUM;
        assert_eq!(check_with(chromium, Omit, ("GET", &["authorization"]), &wildcard), Ok(()));
        let flag = Quirks { wildcard_covers_authorization: false, ..chromium };
        let verdict = check_with(flag, Omit, ("GET", &["authorization"]), &wildcard);
        assert_eq!(verdict, header("authorization"));
    }

    #[test]
    fn reports_the_method_first_and_authorization_before_other_headers() {
        assert_eq!(check(Omit, ("PUT", &["x-a"]), &[]), method("PUT"));
        assert_eq!(check(Omit, ("GET", &["a", "authorization"]), &[]), header("authorization"));
        assert_eq!(check(Omit, ("GET", &["x-b", "x-a"]), &[]), header("x-a"));
    }

    #[test]
    fn refuses_invalid_lists() {
        for bad in ["PUT GET", "PUT;q=1", "\"PUT\"", "PUT, é"] {
            let lists = [("Methods", bad), ("Headers", bad)];
            let (reason, _) = check(Omit, ("PUT", &["x"]), &lists).unwrap_err();
            assert_eq!(reason, Reason::InvalidAllowMethodsPreflightResponse);
            let (reason, _) = check(Omit, ("PUT", &[]), &lists[1..]).unwrap_err();
            assert_eq!(reason, Reason::InvalidAllowHeadersPreflightResponse);
        }
    }

    #[test]
    fn requires_an_ok_status_after_the_cors_check() {
        let check = |response: Response| {
            check_preflight(APP, "PUT", &[], Include, &response, &Quirks::STANDARD).unwrap_err().reason
        };
        let mismatch = |status| Response::new(status).header("access-control-allow-origin", "null");
        assert_eq!(check(mismatch(500)), Reason::PreflightAllowOriginMismatch);
        for status in [199, 300, 304, 404, 500] {
            let response = Response::new(status)
                .header("access-control-allow-origin", APP)
                .header("access-control-allow-credentials", "true");
            assert_eq!(check(response), Reason::PreflightInvalidStatus);
        }
    }

    #[test]
    fn reports_failures_of_the_cors_check_as_those_of_the_preflight() {
        for (value, reason) in [
            (None, Reason::PreflightMissingAllowOriginHeader),
            (Some("*"), Reason::PreflightWildcardOriginNotAllowed),
            (Some("a, b"), Reason::PreflightMultipleAllowOriginValues),
            (Some("a"), Reason::PreflightInvalidAllowOriginValue),
            (Some("null"), Reason::PreflightAllowOriginMismatch),
            (Some(APP), Reason::PreflightInvalidAllowCredentials),
        ] {
            let mut response = Response::new(200);
            response.headers.extend(
                value.map(|value| ("access-control-allow-origin".to_owned(), value.as_bytes().to_vec())),
            );
            let failure = check_preflight(APP, "PUT", &[], Include, &response, &Quirks::STANDARD);
            assert_eq!(failure.unwrap_err().reason, reason);
        }
    }

    #[test]
    fn reads_max_age_as_each_engine_does() {
        let limit = Quirks::CHROMIUM.max_age_limit.as_secs();
        for (lines, standard, chromium) in [
            (&[][..], 5, 5),
            (&["600"], 600, 600),
            (&[" 0 "], 0, 0),
            (&["-1"], 5, 0),
            (&["+600"], 5, 600),
            (&["600", "600"], 5, 5),
            (&["600, 600"], 5, 5),
            (&["6 00"], 5, 5),
            (&["60.5"], 5, 5),
            (&[""], 5, 5),
            (&["7201"], 7201, limit),
            (&["9223372036854775807"], 9_223_372_036_854_775_807, limit),
            (&["9223372036854775808"], 9_223_372_036_854_775_808, 5),
            (&["99999999999999999999"], u64::MAX, 5),
        ] {
            let headers: HeaderList = lines
                .iter()
                .map(|line| ("Access-Control-Max-Age".to_owned(), line.as_bytes().to_vec()))
                .collect();
            assert_eq!(max_age(&headers, Quirks::STANDARD).as_secs(), standard, "{lines:?}");
            assert_eq!(max_age(&headers, Quirks::CHROMIUM).as_secs(), chromium, "{lines:?}");
        }
        // Firefox and WebKit read other values.
        for (value, firefox, webkit) in
            [("x", 0, 5), ("+60", 0, 60), ("-1", 0, 0), ("\u{b}60", 0, 60), ("", 5, 5)]
        {
            let headers = [("access-control-max-age".to_owned(), value.as_bytes().to_vec())];
            assert_eq!(max_age(&headers, Quirks::FIREFOX).as_secs(), firefox, "{value:?}");
            assert_eq!(max_age(&headers, Quirks::WEBKIT).as_secs(), webkit, "{value:?}");
        }
        let day = [("access-control-max-age".to_owned(), b"999999".to_vec())];
        assert_eq!(max_age(&day, Quirks::FIREFOX).as_secs(), 86400);
        assert_eq!(max_age(&day, Quirks::WEBKIT).as_secs(), 600);
    }
}
