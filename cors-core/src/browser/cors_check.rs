//! The CORS check.

use super::headers::{get, lossy};
use super::messages::{CredentialsMode, Response};
use super::reason::{Failure, Reason};
use super::url::Url;

/// The CORS check. It applies to the answer to a preflight, to redirects and to the final response. `origin` is the
/// `Origin` of the request.
///
/// Section: <https://fetch.spec.whatwg.org/#cors-check>.
///
/// # Errors
///
/// The reason, in its variant for actual responses, with the value of the header.
///
/// ```
/// use cors_core::browser::{cors_check, CredentialsMode, Reason, Response};
///
/// let response = Response::new(200).header("access-control-allow-origin", "https://app.example.com/");
/// let failure = cors_check("https://app.example.com", CredentialsMode::Omit, &response).unwrap_err();
/// assert_eq!(failure.reason, Reason::AllowOriginMismatch);
/// ```
pub fn cors_check(origin: &str, credentials: CredentialsMode, response: &Response) -> Result<(), Failure> {
    let include = credentials == CredentialsMode::Include;
    let Some(allowed) = get(&response.headers, "access-control-allow-origin") else {
        return Err(Failure::new(Reason::MissingAllowOriginHeader, ""));
    };
    if allowed == b"*" {
        return if include { Err(Failure::new(Reason::WildcardOriginNotAllowed, "")) } else { Ok(()) };
    }
    if allowed != origin.as_bytes() {
        return Err(Failure::new(mismatch(&allowed), lossy(&allowed)));
    }
    if include {
        let value = get(&response.headers, "access-control-allow-credentials").unwrap_or_default();
        if value != b"true" {
            return Err(Failure::new(Reason::InvalidAllowCredentials, lossy(&value)));
        }
    }
    Ok(())
}

/// What is wrong with a value. The standard does not distinguish these reasons; they are those of Chromium.
fn mismatch(allowed: &[u8]) -> Reason {
    if allowed.iter().any(|byte| b" ,".contains(byte)) {
        Reason::MultipleAllowOriginValues
    } else if allowed != b"null" && Url::parse(allowed, None).is_none() {
        Reason::InvalidAllowOriginValue
    } else {
        Reason::AllowOriginMismatch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CredentialsMode::{Include, Omit, SameOrigin};

    const APP: &str = "https://app.example.com";

    fn check(
        origin: &str,
        credentials: CredentialsMode,
        allow_origin: &[&str],
        allow_credentials: &[&str],
    ) -> Result<(), Reason> {
        let mut response = Response::new(200);
        for value in allow_origin {
            response = response.header("Access-Control-Allow-Origin", *value);
        }
        for value in allow_credentials {
            response = response.header("access-control-allow-credentials", *value);
        }
        cors_check(origin, credentials, &response).map_err(|failure| failure.reason)
    }

    #[test]
    fn passes_the_origin_itself_and_a_wildcard() {
        assert_eq!(check(APP, Omit, &[APP], &[]), Ok(()));
        assert_eq!(check(APP, SameOrigin, &["*"], &[]), Ok(()));
        assert_eq!(check(APP, Omit, &[" \t* "], &[]), Ok(()));
        assert_eq!(check("null", Omit, &["null"], &[]), Ok(()));
        assert_eq!(check(APP, Include, &[APP], &["true"]), Ok(()));
    }

    #[test]
    fn names_what_is_wrong_with_allow_origin() {
        for (value, reason) in [
            ("", Reason::InvalidAllowOriginValue),
            ("app.example.com", Reason::InvalidAllowOriginValue),
            ("//app.example.com", Reason::InvalidAllowOriginValue),
            ("https://", Reason::InvalidAllowOriginValue),
            ("https://app.example.com:x", Reason::InvalidAllowOriginValue),
            ("https://app.example.com:99999", Reason::InvalidAllowOriginValue),
            ("true", Reason::InvalidAllowOriginValue),
            ("Null", Reason::InvalidAllowOriginValue),
            ("'null'", Reason::InvalidAllowOriginValue),
            ("null", Reason::AllowOriginMismatch),
            ("https://app.example.com/", Reason::AllowOriginMismatch),
            ("https://app.example.com:443", Reason::AllowOriginMismatch),
            ("HTTPS://APP.example.com", Reason::AllowOriginMismatch),
            ("https://*.example.com", Reason::AllowOriginMismatch),
            ("http://app.example.com", Reason::AllowOriginMismatch),
            ("localhost:3000", Reason::AllowOriginMismatch),
            ("https://a.example https://app.example.com", Reason::MultipleAllowOriginValues),
            ("https://app.example.com,", Reason::MultipleAllowOriginValues),
            ("*, *", Reason::MultipleAllowOriginValues),
        ] {
            assert_eq!(check(APP, Omit, &[value], &[]), Err(reason), "{value:?}");
            assert_eq!(check(APP, Include, &[value], &["true"]), Err(reason), "{value:?}");
        }
        assert_eq!(check(APP, Omit, &[], &["true"]), Err(Reason::MissingAllowOriginHeader));
    }

    #[test]
    fn refuses_the_origin_on_two_lines() {
        assert_eq!(check(APP, Omit, &[APP, APP], &[]), Err(Reason::MultipleAllowOriginValues));
        assert_eq!(check(APP, Omit, &["*", "*"], &[]), Err(Reason::MultipleAllowOriginValues));
    }

    #[test]
    fn requires_true_and_no_wildcard_for_credentials() {
        assert_eq!(check(APP, Include, &["*"], &["true"]), Err(Reason::WildcardOriginNotAllowed));
        for values in [&[][..], &["True"], &["TRUE"], &["1"], &[""], &["true", "true"], &["*"]] {
            let verdict = check(APP, Include, &[APP], values);
            assert_eq!(verdict, Err(Reason::InvalidAllowCredentials), "{values:?}");
            assert_eq!(check(APP, SameOrigin, &[APP], values), Ok(()));
        }
        assert_eq!(check(APP, Include, &[APP], &[" true\t"]), Ok(()));
    }

    #[test]
    fn reports_the_value_that_was_wrong() {
        let response = Response::new(200).header("access-control-allow-origin", b"\xff".to_vec());
        let failure = cors_check(APP, Omit, &response).unwrap_err();
        assert_eq!(failure, Failure::new(Reason::InvalidAllowOriginValue, "\u{fffd}"));
    }
}
