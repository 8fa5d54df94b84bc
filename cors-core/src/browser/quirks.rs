//! Where browsers differ from the standard, and from each other.

use std::time::Duration;

/// Whose algorithms are followed.
///
/// `Chromium` differs from the standard in the following, all seen in Chromium 156. Thousands of cases
/// are run in both, and these are all the differences that are known.
///
/// Of request headers:
/// * Lines of one name are joined before they are judged, so that their lengths add up: a page's
///   headers are a map there, in which a name is once.
/// * Client hints with valid values (`device-memory`, `downlink`, `dpr`, `ect`, `rtt`, `save-data`,
///   `viewport-width`, `width`) and `intervention` with any are CORS-safelisted: the browser once sent
///   them by itself, and drafts of the standard had them.
/// * `Range` is CORS-safelisted only with positions below 2⁶³ − 1: they are signed numbers, and the
///   largest stands for none.
/// * A page cannot set `User-Agent`: <https://crbug.com/571722>.
/// * [`Quirks::wildcard_covers_authorization`], unless Chromium is started with
///   `--enable-features=CorsNonWildcardRequestHeadersSupport`: sites relied on it.
///
/// Of redirects:
/// * One to anywhere but the page's own origin takes the client hints, all but `save-data`, as they are
///   the browser's to give to whom a page delegates them.
/// * An empty `Location` is none, and repeated equal ones are one. Different ones are an error at any
///   status, as the mark of an injected header. That and a `Location` that is no URL come before the
///   CORS check, because the network stack sees them first.
/// * None leads to a URL with a user name or a password, not even within the page's own origin: such
///   URLs are refused to whatever a page loads.
///
/// Of the preflight cache:
/// * It has one entry for a URL and an origin, which the next answer replaces. A request that the entry
///   does not cover removes it, whatever the preflight then says; a network error leaves it alone. The
///   standard keeps methods and header names apart, adds them up, and forgets them on a network error.
/// * It takes nothing for the origin `null`, neither of a sandboxed page nor after a redirect, as it is
///   divided by origins that such a request has not; and no URL of 1024 bytes or more, to save memory.
/// * `Access-Control-Max-Age` is a signed 64-bit number: `-1` is not cached, `+600` is, and what does
///   not fit is no number.
///
/// Not modelled, as nobody can rely on it: where several headers are missing, Chromium's error names one
/// of them in the order of a hash map, and the model `authorization` or else the first of the alphabet;
/// a host of a URL may have a space, and then does not resolve; `filesystem:` URLs have a syntax of
/// their own; some more schemes of the browser's own (`view-source`, `chrome-search`) end a redirect
/// without an error of CORS.
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
