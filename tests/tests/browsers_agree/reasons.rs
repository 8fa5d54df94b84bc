//! The reasons of the model and those of the browsers, mapped to common words.
//!
//! Chromium has a name for each reason of the model. Firefox and WebKit distinguish fewer, so several reasons of the model
//! have the same words there.

use cors_core::browser::{Engine, Reason};

/// The words for a reason of the model. `in_preflight` is whether the answer to a preflight ended the fetch.
pub(crate) fn expected(engine: Engine, reason: Reason, in_preflight: bool) -> &'static str {
    match engine {
        Engine::Firefox => in_firefox(reason),
        Engine::WebKit => in_webkit(reason, in_preflight),
        _ => in_chromium(reason),
    }
}

/// The words for what a browser reported, or `None` if the report contains no reason.
pub(crate) fn seen(engine: Engine, reported: &str) -> Option<String> {
    let words = match engine {
        Engine::Firefox => match reported {
            // `CORS request did not succeed`
            "CORSDidNotSucceed2" => return None,
            "CORSMultipleAllowOriginNotAllowed" => "CORSAllowOriginNotMatchingOrigin",
            category => category,
        },
        Engine::WebKit => return seen_in_webkit(reported).map(str::to_owned),
        // The model has one reason for both.
        _ => return Some(reported.replace("RESPONSE_HEADERS_MULTIPLE_LOCATION", "INVALID_REDIRECT")),
    };
    Some(words.to_owned())
}

fn in_chromium(reason: Reason) -> &'static str {
    reason.chromium_name().unwrap_or(match reason {
        Reason::InvalidRedirectLocation => "net::ERR_INVALID_REDIRECT",
        Reason::RedirectToUnsupportedScheme => "net::ERR_UNSAFE_REDIRECT",
        Reason::OwnRedirectContainsCredentials => "net::ERR_ABORTED",
        Reason::TooManyRedirects => "net::ERR_TOO_MANY_REDIRECTS",
        _ => "throws",
    })
}

/// The category of the message on the console. <https://searchfox.org/mozilla-central/search?q=CORSMissingAllowOrigin2>
fn in_firefox(reason: Reason) -> &'static str {
    match reason {
        Reason::MissingAllowOriginHeader | Reason::PreflightMissingAllowOriginHeader => {
            "CORSMissingAllowOrigin2"
        }
        Reason::WildcardOriginNotAllowed | Reason::PreflightWildcardOriginNotAllowed => {
            "CORSNotSupportingCredentials"
        }
        Reason::MultipleAllowOriginValues
        | Reason::InvalidAllowOriginValue
        | Reason::AllowOriginMismatch
        | Reason::PreflightMultipleAllowOriginValues
        | Reason::PreflightInvalidAllowOriginValue
        | Reason::PreflightAllowOriginMismatch => "CORSAllowOriginNotMatchingOrigin",
        Reason::InvalidAllowCredentials | Reason::PreflightInvalidAllowCredentials => {
            "CORSMissingAllowCredentials"
        }
        Reason::PreflightInvalidStatus => "CORSPreflightDidNotSucceed3",
        Reason::InvalidAllowMethodsPreflightResponse => "CORSInvalidAllowMethod",
        Reason::InvalidAllowHeadersPreflightResponse => "CORSInvalidAllowHeader",
        Reason::MethodDisallowedByPreflightResponse => "CORSMethodNotFound",
        Reason::HeaderDisallowedByPreflightResponse => "CORSMissingAllowHeaderFromPreflight2",
        Reason::CorsDisabledScheme => "CORSRequestNotHttp",
        Reason::PreflightDisallowedRedirect => "CORSExternalRedirectNotAllowed",
        Reason::RedirectContainsCredentials
        | Reason::OwnRedirectContainsCredentials
        | Reason::InvalidRedirectLocation
        | Reason::RedirectToDisabledScheme
        | Reason::RedirectToUnsupportedScheme
        | Reason::TooManyRedirects => "CORSDidNotSucceed2",
        _ => "throws",
    }
}

const ORIGIN: &str = "is not allowed by Access-Control-Allow-Origin";
const WILDCARD: &str = "Cannot use wildcard in Access-Control-Allow-Origin";
const CREDENTIALS: &str = "Access-Control-Allow-Credentials is not \"true\"";
const PREFLIGHT: &str = "Preflight response is not successful";
const METHOD_LIST: &str = "Header Access-Control-Allow-Methods has an invalid value";
const HEADER_LIST: &str = "Header Access-Control-Allow-Headers has an invalid value";
const METHOD: &str = "is not allowed by Access-Control-Allow-Methods";
const HEADER: &str = "is not allowed by Access-Control-Allow-Headers";
const REDIRECT_CREDENTIALS: &str = "has credentials";
const REDIRECT_SCHEME: &str = "redirection with non CORS scheme";

/// The part of the message that does not depend on the case.
fn in_webkit(reason: Reason, in_preflight: bool) -> &'static str {
    match reason {
        Reason::MissingAllowOriginHeader
        | Reason::PreflightMissingAllowOriginHeader
        | Reason::MultipleAllowOriginValues
        | Reason::InvalidAllowOriginValue
        | Reason::AllowOriginMismatch
        | Reason::PreflightMultipleAllowOriginValues
        | Reason::PreflightInvalidAllowOriginValue
        | Reason::PreflightAllowOriginMismatch => ORIGIN,
        Reason::WildcardOriginNotAllowed | Reason::PreflightWildcardOriginNotAllowed => WILDCARD,
        Reason::InvalidAllowCredentials | Reason::PreflightInvalidAllowCredentials => CREDENTIALS,
        Reason::PreflightInvalidStatus | Reason::PreflightDisallowedRedirect => PREFLIGHT,
        Reason::InvalidRedirectLocation if in_preflight => PREFLIGHT,
        Reason::InvalidAllowMethodsPreflightResponse => METHOD_LIST,
        Reason::InvalidAllowHeadersPreflightResponse => HEADER_LIST,
        Reason::MethodDisallowedByPreflightResponse => METHOD,
        Reason::HeaderDisallowedByPreflightResponse => HEADER,
        Reason::RedirectContainsCredentials => REDIRECT_CREDENTIALS,
        Reason::InvalidRedirectLocation
        | Reason::RedirectToDisabledScheme
        | Reason::RedirectToUnsupportedScheme => REDIRECT_SCHEME,
        Reason::OwnRedirectContainsCredentials | Reason::TooManyRedirects | Reason::CorsDisabledScheme => {
            "another network error"
        }
        _ => "throws",
    }
}

/// Messages that are not about CORS (`FTP URLs are disabled`) name no reason.
fn seen_in_webkit(message: &str) -> Option<&'static str> {
    if message.contains("cannot contain more than one origin") {
        return Some(ORIGIN);
    }
    let parts = [
        WILDCARD,
        ORIGIN,
        CREDENTIALS,
        PREFLIGHT,
        METHOD_LIST,
        HEADER_LIST,
        METHOD,
        HEADER,
        REDIRECT_CREDENTIALS,
        REDIRECT_SCHEME,
    ];
    parts.into_iter().find(|part| message.contains(part))
}
