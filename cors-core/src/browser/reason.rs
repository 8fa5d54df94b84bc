//! Why a page cannot read a response.

use std::fmt;

/// Why a page cannot read a response. The standard has only a "network error" without a reason, so the names are those
/// of Chromium.
///
/// ```
/// use cors_core::browser::Reason;
/// assert_eq!(Reason::AllowOriginMismatch.chromium_name(), Some("AllowOriginMismatch"));
/// assert_eq!(Reason::ForbiddenMethod.chromium_name(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The URL of the request is invalid: `fetch()` throws.
    InvalidUrl,
    /// The URL has a user name or a password: `fetch()` throws.
    UrlContainsCredentials,
    /// The method is not a token: `fetch()` throws.
    InvalidMethod,
    /// The method is forbidden to pages: `fetch()` throws.
    ForbiddenMethod,
    /// The name of a header is not a token, or its value contains a line break or a NUL: `fetch()` throws.
    InvalidHeader,
    /// The URL is neither `http` nor `https`.
    CorsDisabledScheme,

    /// The response has no `Access-Control-Allow-Origin`.
    MissingAllowOriginHeader,
    /// `Access-Control-Allow-Origin` is `*`, for a request with credentials.
    WildcardOriginNotAllowed,
    /// `Access-Control-Allow-Origin` has more than one value.
    MultipleAllowOriginValues,
    /// `Access-Control-Allow-Origin` is not a URL.
    InvalidAllowOriginValue,
    /// `Access-Control-Allow-Origin` is another origin. A different case or a trailing slash makes it another origin.
    AllowOriginMismatch,
    /// `Access-Control-Allow-Credentials` is not `true`, for a request with credentials.
    InvalidAllowCredentials,

    /// The answer to the preflight has no `Access-Control-Allow-Origin`.
    PreflightMissingAllowOriginHeader,
    /// The preflight's `Access-Control-Allow-Origin` is `*`, for a request with credentials.
    PreflightWildcardOriginNotAllowed,
    /// The preflight's `Access-Control-Allow-Origin` has more than one value.
    PreflightMultipleAllowOriginValues,
    /// The preflight's `Access-Control-Allow-Origin` is not a URL.
    PreflightInvalidAllowOriginValue,
    /// The preflight's `Access-Control-Allow-Origin` is another origin.
    PreflightAllowOriginMismatch,
    /// The preflight's `Access-Control-Allow-Credentials` is not `true`, for a request with credentials.
    PreflightInvalidAllowCredentials,
    /// The answer to the preflight has a status other than 200 to 299.
    PreflightInvalidStatus,
    /// The preflight was redirected.
    PreflightDisallowedRedirect,
    /// `Access-Control-Allow-Methods` is not a list of tokens.
    InvalidAllowMethodsPreflightResponse,
    /// `Access-Control-Allow-Headers` is not a list of tokens.
    InvalidAllowHeadersPreflightResponse,
    /// `Access-Control-Allow-Methods` does not contain the method.
    MethodDisallowedByPreflightResponse,
    /// `Access-Control-Allow-Headers` does not contain a header that the page sets.
    HeaderDisallowedByPreflightResponse,

    /// The request was redirected to a URL with a user name or a password.
    RedirectContainsCredentials,
    /// A request for the page's own origin was redirected, within that origin, to a URL with a user name or a password.
    OwnRedirectContainsCredentials,
    /// The `Location` of a redirect is not a URL, or there are several.
    InvalidRedirectLocation,
    /// The request was redirected to a URL that is neither `http` nor `https`.
    RedirectToDisabledScheme,
    /// The request was redirected to a `data:`, `file:` or `blob:` URL or the like.
    RedirectToUnsupportedScheme,
    /// The request was redirected more than twenty times.
    TooManyRedirects,
}

impl Reason {
    /// The name in the `corsErrorStatus` of Chromium's DevTools protocol. `None` for reasons that do not occur there:
    /// those for which `fetch()` throws, and those that are not about CORS.
    pub fn chromium_name(self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidUrl
            | Self::UrlContainsCredentials
            | Self::InvalidMethod
            | Self::ForbiddenMethod
            | Self::InvalidHeader
            | Self::OwnRedirectContainsCredentials
            | Self::InvalidRedirectLocation
            | Self::RedirectToUnsupportedScheme
            | Self::TooManyRedirects => return None,
            Self::CorsDisabledScheme | Self::RedirectToDisabledScheme => "CorsDisabledScheme",
            Self::MissingAllowOriginHeader => "MissingAllowOriginHeader",
            Self::WildcardOriginNotAllowed => "WildcardOriginNotAllowed",
            Self::MultipleAllowOriginValues => "MultipleAllowOriginValues",
            Self::InvalidAllowOriginValue => "InvalidAllowOriginValue",
            Self::AllowOriginMismatch => "AllowOriginMismatch",
            Self::InvalidAllowCredentials => "InvalidAllowCredentials",
            Self::PreflightMissingAllowOriginHeader => "PreflightMissingAllowOriginHeader",
            Self::PreflightWildcardOriginNotAllowed => "PreflightWildcardOriginNotAllowed",
            Self::PreflightMultipleAllowOriginValues => "PreflightMultipleAllowOriginValues",
            Self::PreflightInvalidAllowOriginValue => "PreflightInvalidAllowOriginValue",
            Self::PreflightAllowOriginMismatch => "PreflightAllowOriginMismatch",
            Self::PreflightInvalidAllowCredentials => "PreflightInvalidAllowCredentials",
            Self::PreflightInvalidStatus => "PreflightInvalidStatus",
            Self::PreflightDisallowedRedirect => "PreflightDisallowedRedirect",
            Self::InvalidAllowMethodsPreflightResponse => "InvalidAllowMethodsPreflightResponse",
            Self::InvalidAllowHeadersPreflightResponse => "InvalidAllowHeadersPreflightResponse",
            Self::MethodDisallowedByPreflightResponse => "MethodDisallowedByPreflightResponse",
            Self::HeaderDisallowedByPreflightResponse => "HeaderDisallowedByPreflightResponse",
            Self::RedirectContainsCredentials => "RedirectContainsCredentials",
        })
    }

    /// The same failure of the CORS check, for the answer to a preflight.
    pub(super) fn in_preflight(self) -> Self {
        match self {
            Self::MissingAllowOriginHeader => Self::PreflightMissingAllowOriginHeader,
            Self::WildcardOriginNotAllowed => Self::PreflightWildcardOriginNotAllowed,
            Self::MultipleAllowOriginValues => Self::PreflightMultipleAllowOriginValues,
            Self::InvalidAllowOriginValue => Self::PreflightInvalidAllowOriginValue,
            Self::AllowOriginMismatch => Self::PreflightAllowOriginMismatch,
            Self::InvalidAllowCredentials => Self::PreflightInvalidAllowCredentials,
            other => other,
        }
    }
}

/// A failed check, with its reason and the value that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub reason: Reason,
    /// The method, the header name or the header value that failed, or empty: Chromium's `failedParameter`.
    pub parameter: String,
}

impl Failure {
    pub(super) fn new(reason: Reason, parameter: impl Into<String>) -> Self {
        Self { reason, parameter: parameter.into() }
    }
}

/// A fetch whose response the page cannot read. Its text contains what to change.
///
/// ```
/// use cors_core::browser::{Blocked, Reason};
/// let blocked = Blocked {
///     reason: Reason::MethodDisallowedByPreflightResponse,
///     parameter: "PUT".to_owned(),
///     origin: "https://app.example.com".to_owned(),
///     url: "https://api.example.com/items/1".to_owned(),
/// };
/// assert_eq!(
///     blocked.to_string(),
///     "https://api.example.com/items/1 does not allow the method `PUT` to https://app.example.com: \
///      add it to Access-Control-Allow-Methods (methods are case-sensitive)"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Why.
    pub reason: Reason,
    /// The method, the header name or the header value that failed, or empty: Chromium's `failedParameter`.
    pub parameter: String,
    /// The `Origin` of the request, which some redirects change to `null`.
    pub origin: String,
    /// The URL whose request or response was refused.
    pub url: String,
}

impl std::error::Error for Blocked {}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault())?;
        match self.remedy().as_str() {
            "" => Ok(()),
            remedy => write!(f, ": {remedy}"),
        }
    }
}

impl Blocked {
    /// What is wrong.
    pub fn fault(&self) -> String {
        let Self { reason, parameter, origin, url } = self;
        match reason {
            Reason::InvalidUrl => format!("`{url}` is not an absolute URL"),
            Reason::UrlContainsCredentials => format!("{url} has a user name or a password"),
            Reason::InvalidMethod => format!("`{parameter}` is not a method"),
            Reason::ForbiddenMethod => format!("the method `{parameter}` is forbidden to pages"),
            Reason::InvalidHeader => format!("the header `{parameter}` is not valid"),
            Reason::CorsDisabledScheme => format!("{url} is neither http nor https"),
            Reason::MissingAllowOriginHeader | Reason::PreflightMissingAllowOriginHeader => {
                format!("{} has no Access-Control-Allow-Origin", self.answer())
            }
            Reason::WildcardOriginNotAllowed | Reason::PreflightWildcardOriginNotAllowed => format!(
                "{} has `Access-Control-Allow-Origin: *`, which does not allow requests with credentials",
                self.answer()
            ),
            Reason::MultipleAllowOriginValues | Reason::PreflightMultipleAllowOriginValues => {
                format!("{} has several origins in Access-Control-Allow-Origin, `{parameter}`", self.answer())
            }
            Reason::InvalidAllowOriginValue | Reason::PreflightInvalidAllowOriginValue => format!(
                "{} has `{parameter}` in Access-Control-Allow-Origin, which is not an origin",
                self.answer()
            ),
            Reason::AllowOriginMismatch | Reason::PreflightAllowOriginMismatch => {
                format!("{} allows `{parameter}` and not {origin}", self.answer())
            }
            Reason::InvalidAllowCredentials | Reason::PreflightInvalidAllowCredentials => {
                format!("{} has `{parameter}` as Access-Control-Allow-Credentials", self.answer())
            }
            Reason::PreflightInvalidStatus => {
                format!("{url} answers the preflight with a status that is not 2xx")
            }
            Reason::PreflightDisallowedRedirect => format!("{url} redirects the preflight"),
            Reason::InvalidAllowMethodsPreflightResponse => format!(
                "{url} answers the preflight with an Access-Control-Allow-Methods that is not a list of methods"
            ),
            Reason::InvalidAllowHeadersPreflightResponse => format!(
                "{url} answers the preflight with an Access-Control-Allow-Headers that is not a list of names"
            ),
            Reason::MethodDisallowedByPreflightResponse => {
                format!("{url} does not allow the method `{parameter}` to {origin}")
            }
            Reason::HeaderDisallowedByPreflightResponse => {
                format!("{url} does not allow the request header `{parameter}` to {origin}")
            }
            Reason::RedirectContainsCredentials | Reason::OwnRedirectContainsCredentials => {
                format!("{url} redirects to a URL with a user name or a password")
            }
            Reason::InvalidRedirectLocation => {
                format!("{url} redirects to `{parameter}`, which is not one URL")
            }
            Reason::RedirectToDisabledScheme | Reason::RedirectToUnsupportedScheme => {
                format!("{url} redirects to `{parameter}`, which is neither http nor https")
            }
            Reason::TooManyRedirects => format!("{url} was reached after more than twenty redirects"),
        }
    }

    /// What to change, in terms of the protocol. It is empty if [`fault`](Self::fault) is enough.
    pub fn remedy(&self) -> String {
        let Self { reason, parameter, origin, .. } = self;
        match reason {
            Reason::InvalidUrl | Reason::InvalidMethod | Reason::InvalidHeader => "fetch() throws".to_owned(),
            Reason::UrlContainsCredentials => "fetch() throws, remove them".to_owned(),
            Reason::ForbiddenMethod => "fetch() throws, use another one".to_owned(),
            Reason::MissingAllowOriginHeader | Reason::PreflightMissingAllowOriginHeader => {
                format!("allow {origin}")
            }
            Reason::WildcardOriginNotAllowed | Reason::PreflightWildcardOriginNotAllowed => {
                format!("answer with {origin}, or send the request without credentials")
            }
            Reason::MultipleAllowOriginValues | Reason::PreflightMultipleAllowOriginValues => {
                format!("answer with {origin} alone, once")
            }
            Reason::InvalidAllowOriginValue | Reason::PreflightInvalidAllowOriginValue => {
                format!("answer with {origin}")
            }
            Reason::AllowOriginMismatch | Reason::PreflightAllowOriginMismatch => {
                "allow it, written exactly like this".to_owned()
            }
            Reason::InvalidAllowCredentials | Reason::PreflightInvalidAllowCredentials => {
                "for a request with credentials it has to be `true`".to_owned()
            }
            Reason::PreflightInvalidStatus => "answer OPTIONS with 204".to_owned(),
            Reason::PreflightDisallowedRedirect => {
                "answer it without a redirect, or request the URL that it redirects to".to_owned()
            }
            Reason::MethodDisallowedByPreflightResponse => {
                "add it to Access-Control-Allow-Methods (methods are case-sensitive)".to_owned()
            }
            Reason::HeaderDisallowedByPreflightResponse if parameter == "authorization" => {
                "add it to Access-Control-Allow-Headers by its name, because `*` does not cover it".to_owned()
            }
            Reason::HeaderDisallowedByPreflightResponse => {
                "add it to Access-Control-Allow-Headers".to_owned()
            }
            Reason::RedirectContainsCredentials | Reason::OwnRedirectContainsCredentials => {
                "remove them".to_owned()
            }
            Reason::CorsDisabledScheme
            | Reason::InvalidAllowMethodsPreflightResponse
            | Reason::InvalidAllowHeadersPreflightResponse
            | Reason::InvalidRedirectLocation
            | Reason::RedirectToDisabledScheme
            | Reason::RedirectToUnsupportedScheme
            | Reason::TooManyRedirects => String::new(),
        }
    }

    /// The answer that was refused, in words. The standard runs the CORS check on the answer to the preflight too, so some
    /// reasons exist twice.
    fn answer(&self) -> String {
        let url = &self.url;
        if self.reason.in_preflight() == self.reason {
            format!("the answer of {url} to the preflight")
        } else {
            format!("the answer of {url}")
        }
    }
}
