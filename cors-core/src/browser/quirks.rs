//! Where browsers differ from the standard, and from each other.

use std::time::Duration;

/// Whose algorithms are followed.
///
/// `Chromium` differs from the standard in the following, all seen in Chromium 156 or in its source:
///
/// * lines of one request header are joined before they are judged, so that their lengths add up;
/// * client hints (`dpr`, `save-data`, …) and `intervention` are CORS-safelisted;
/// * `Range` is CORS-safelisted only with positions below 2⁶³ − 1;
/// * a page cannot set `User-Agent`;
/// * `Access-Control-Max-Age` is a signed number: `-1` is not cached, `+600` is, and what does not fit
///   is no number;
/// * the preflight cache has one entry for a URL and an origin, which the next answer replaces, a
///   request that it does not cover removes, and a network error leaves alone. It takes no URL of 1024
///   bytes or more, and nothing for the origin `null`: neither of a sandboxed page nor after a redirect;
/// * a redirect to anywhere but the page's own origin takes the client hints from the request, all but
///   `save-data`; and no redirect leads to a URL with a user name or a password, not even within the
///   page's own origin;
/// * an empty `Location` is none, repeated equal ones are one, and different ones are an error at any status.
///   They and a `Location` that is no URL come before the CORS check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The Fetch standard, to the letter.
    Standard,
    /// Chromium, and the browsers built on it.
    Chromium,
}

/// Which browser the model is.
///
/// ```
/// use cors_core::browser::Quirks;
///
/// // Chromium, started with `--enable-features=CorsNonWildcardRequestHeadersSupport`:
/// let quirks = Quirks { wildcard_covers_authorization: false, ..Quirks::CHROMIUM };
/// assert_eq!(quirks.max_age_limit.as_secs(), 7200);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quirks {
    /// Whose algorithms are followed.
    pub engine: Engine,
    /// Whether `Access-Control-Allow-Headers: *` covers `Authorization`. The standard says no:
    /// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>.
    pub wildcard_covers_authorization: bool,
    /// The longest that an answer to a preflight is kept, whatever its `Access-Control-Max-Age` says.
    /// Section: <https://fetch.spec.whatwg.org/#concept-cache-max-age>.
    pub max_age_limit: Duration,
}

impl Quirks {
    /// The standard, which leaves the limit of the preflight cache to browsers: there is none here.
    pub const STANDARD: Self =
        Self { engine: Engine::Standard, wildcard_covers_authorization: false, max_age_limit: Duration::MAX };
    /// Chromium as it ships: two hours in the cache, and `*` covers `Authorization`.
    pub const CHROMIUM: Self = Self {
        engine: Engine::Chromium,
        wildcard_covers_authorization: true,
        max_age_limit: Duration::from_secs(7200),
    };
    /// The standard with Firefox's limit of the preflight cache, a day. Its other quirks are not modelled.
    pub const FIREFOX: Self = Self { max_age_limit: Duration::from_secs(86400), ..Self::STANDARD };
    /// The standard with WebKit's limit of the preflight cache, ten minutes. Its other quirks are not
    /// modelled.
    pub const WEBKIT: Self = Self { max_age_limit: Duration::from_secs(600), ..Self::STANDARD };
}
