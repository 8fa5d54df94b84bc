//! The browser engines, and every point in which they differ from the Fetch standard.
//!
//! Each deviation is one field of [`Quirks`] with a value for each engine. A new version of a browser is a change of
//! values in the table below.

use std::fmt;
use std::time::Duration;

/// A browser engine, or the Fetch standard itself.
///
/// An engine can be converted into its [`Quirks`], and every function that takes quirks takes an engine too.
///
/// ```
/// use cors_core::browser::{Engine, PreflightCache, Quirks};
///
/// assert_eq!(PreflightCache::new(Engine::Chromium).quirks(), Quirks::CHROMIUM);
/// assert_eq!(Engine::WebKit.to_string(), "WebKit");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The Fetch standard, to the letter.
    Standard,
    /// Chromium, and the browsers that are built on it.
    Chromium,
    /// Gecko, the engine of Firefox.
    Firefox,
    /// WebKit as WebKitGTK has it. Safari has the same engine on another network library, and may differ from it.
    WebKit,
}

impl Engine {
    /// The standard and the three engines.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Chromium, Self::Firefox, Self::WebKit];

    /// The three engines, without the standard.
    pub const BROWSERS: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// The name and the version of the browser whose behavior was compared with the model, or `None` for the standard.
    pub const fn version(self) -> Option<&'static str> {
        match self {
            Self::Standard => None,
            Self::Chromium => Some("Chromium 156"),
            Self::Firefox => Some("Firefox 153"),
            Self::WebKit => Some("WebKitGTK 2.50"),
        }
    }

    /// The behavior of the engine in its default configuration.
    pub const fn quirks(self) -> Quirks {
        match self {
            Self::Standard => Quirks::STANDARD,
            Self::Chromium => Quirks::CHROMIUM,
            Self::Firefox => Quirks::FIREFOX,
            Self::WebKit => Quirks::WEBKIT,
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standard => "the Fetch standard",
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKit",
        })
    }
}

impl From<Engine> for Quirks {
    fn from(engine: Engine) -> Self {
        engine.quirks()
    }
}

/// One field of [`Quirks`], for code that goes over all of them.
///
/// ```
/// use cors_core::browser::{Quirk, Quirks};
///
/// let quirk = Quirk::ALL.iter().find(|quirk| quirk.name == "max_age_limit").unwrap();
/// assert_eq!(quirk.value(&Quirks::FIREFOX), "86400 s");
/// let unlimited = quirk.copy(&Quirks::STANDARD, Quirks::FIREFOX);
/// assert_eq!(unlimited, Quirks { max_age_limit: Quirks::STANDARD.max_age_limit, ..Quirks::FIREFOX });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Quirk {
    /// The name of the field.
    pub name: &'static str,
    /// The documentation of the field, in Markdown.
    pub description: &'static str,
    value: fn(&Quirks) -> String,
    copy: fn(&Quirks, &mut Quirks),
}

impl Quirk {
    /// The value of the field as text.
    pub fn value(&self, quirks: &Quirks) -> String {
        (self.value)(quirks)
    }

    /// Returns `to` with the value that the field has in `from`.
    #[must_use]
    pub fn copy(&self, from: &Quirks, mut to: Quirks) -> Quirks {
        (self.copy)(from, &mut to);
        to
    }
}

/// Generates the struct, its four constants and the list of its fields from one table.
macro_rules! quirks {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty {
        Standard: $standard:expr, Chromium: $chromium:expr, Firefox: $firefox:expr, WebKit: $webkit:expr $(,)?
    })+) => {
        /// The behavior of an engine in every point in which engines differ.
        ///
        /// The constants describe the engines in their default configuration. A field can be changed with the struct
        /// update syntax:
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
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Quirks {
            /// The Fetch standard. It leaves the limit of the preflight cache to browsers, so this model has no limit.
            pub const STANDARD: Self = Self { $($name: $standard,)+ };
            /// Chromium.
            pub const CHROMIUM: Self = Self { $($name: $chromium,)+ };
            /// Firefox.
            pub const FIREFOX: Self = Self { $($name: $firefox,)+ };
            /// WebKitGTK.
            pub const WEBKIT: Self = Self { $($name: $webkit,)+ };
        }

        impl Quirk {
            /// All fields, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self {
                name: stringify!($name),
                description: concat!($($doc, "\n"),+),
                value: |quirks| quirks.$name.describe(),
                copy: |from, to| to.$name = from.$name,
            }),+];
        }
    };
}

quirks! {
    /// How several lines of one request header are judged. Chromium and WebKit join them first, so that their lengths add
    /// up.
    request_header_lines: RequestHeaderLines {
        Standard: RequestHeaderLines::Separate,
        Chromium: RequestHeaderLines::Joined,
        Firefox: RequestHeaderLines::Separate,
        WebKit: RequestHeaderLines::Joined,
    }
    /// Whether `Access-Control-Request-Headers` contains a name once for each line of the header.
    preflight_repeats_header_names: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// Whether only the last line of a request header is sent if the header cannot have several values, such as
    /// `Authorization` or `Content-Type`. An empty line of any header removes those before it.
    last_request_header_line_counts: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// How bytes beyond ASCII in request headers are sent.
    request_header_encoding: Encoding {
        Standard: Encoding::Latin1, Chromium: Encoding::Latin1, Firefox: Encoding::Latin1, WebKit: Encoding::Utf8,
    }
    /// How bytes beyond ASCII in response headers are read.
    response_header_encoding: Encoding {
        Standard: Encoding::Latin1, Chromium: Encoding::Latin1, Firefox: Encoding::Latin1, WebKit: Encoding::Utf8,
    }
    /// Whether an `Accept` or a `Content-Type` with bytes beyond ASCII needs a preflight.
    non_ascii_request_header_is_unsafe: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// Whether client hints with valid values (`device-memory`, `downlink`, `dpr`, `ect`, `rtt`, `save-data`,
    /// `viewport-width`, `width`) and `intervention` with any value are CORS-safelisted. Drafts of the standard had
    /// them.
    client_hints_are_safelisted: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Which values of `Range` are CORS-safelisted.
    range_syntax: RangeSyntax {
        Standard: RangeSyntax::Standard,
        Chromium: RangeSyntax::Below63Bits,
        Firefox: RangeSyntax::Standard,
        WebKit: RangeSyntax::Lenient,
    }
    /// Whether a page cannot set `User-Agent` (<https://crbug.com/571722>).
    user_agent_is_forbidden: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Whether a preflight has the `User-Agent` that the page set for its request.
    preflight_has_user_agent_of_page: bool {
        Standard: false, Chromium: false, Firefox: false, WebKit: true,
    }
    /// Whether `Access-Control-Allow-Headers: *` covers `Authorization`. The standard requires the
    /// [name](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name). Chromium follows it only when
    /// started with `--enable-features=CorsNonWildcardRequestHeadersSupport`.
    wildcard_covers_authorization: bool {
        Standard: false, Chromium: true, Firefox: true, WebKit: true,
    }
    /// Whether the status of an answer to a preflight is checked before its `Access-Control-Allow-Origin`. This changes
    /// only the reason of the error.
    preflight_status_comes_first: bool {
        Standard: false, Chromium: false, Firefox: false, WebKit: true,
    }
    /// Whether a redirected preflight is refused only after the CORS check. This changes only the reason of the error.
    preflight_redirect_comes_last: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// Whether the method is checked before `Access-Control-Allow-Headers` is read. This changes only the reason of the
    /// error.
    preflight_method_comes_before_headers: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// Whether empty lines of a response header are ignored if it has several lines. Then `true` and an empty second line
    /// of `Access-Control-Allow-Credentials` are `true`. Several lines `Access-Control-Allow-Origin`, with these upper-case
    /// letters, are refused everywhere.
    empty_response_lines_are_ignored: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// Whether a `*` in `Access-Control-Expose-Headers` exposes every header even if a later element makes the list invalid.
    wildcard_survives_invalid_expose_list: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// Whether several lines of `Content-Type` in a response are joined by a comma without a space.
    content_type_lines_have_no_space: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// Whether a page reads only the first line of a response header that cannot have several values: `Authorization`, `From`,
    /// `Host`, `If-Modified-Since`, `If-Unmodified-Since`, `Location`, `Max-Forwards`, `Referer`, `Strict-Transport-Security` and
    /// `User-Agent`.
    first_response_line_counts: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// When a request needs a preflight after a redirect.
    preflight_after_redirect: PreflightAfterRedirect {
        Standard: PreflightAfterRedirect::IfNeeded,
        Chromium: PreflightAfterRedirect::IfNeeded,
        Firefox: PreflightAfterRedirect::IfEverNeeded,
        WebKit: PreflightAfterRedirect::ForOriginalHeaders,
    }
    /// The `Origin` of a preflight after a redirect from one foreign origin to another. The actual request has the origin
    /// `null` in every engine. With the origin of the page, a preflight to that origin needs no permission.
    tainted_preflight_origin: TaintedPreflightOrigin {
        Standard: TaintedPreflightOrigin::Null,
        Chromium: TaintedPreflightOrigin::Null,
        Firefox: TaintedPreflightOrigin::Page,
        WebKit: TaintedPreflightOrigin::Null,
    }
    /// Whether a redirect of `DELETE` to another origin changes the method to `GET`, at any status.
    cross_origin_redirect_of_delete_becomes_get: bool {
        Standard: false, Chromium: false, Firefox: false, WebKit: true,
    }
    /// Whether a `GET` that was a `POST` before a redirect within the page's own origin still has an `Origin` header.
    own_redirect_keeps_origin_header: bool {
        Standard: false, Chromium: false, Firefox: false, WebKit: true,
    }
    /// Which headers that an earlier redirect removed are restored by the next redirect.
    headers_restored_by_redirect: RestoredHeaders {
        Standard: RestoredHeaders::None,
        Chromium: RestoredHeaders::None,
        Firefox: RestoredHeaders::All,
        WebKit: RestoredHeaders::AllButAuthorization,
    }
    /// Whether a redirect within the page's own origin replaces the `User-Agent` of the page by that of the browser. A
    /// later redirect to another origin restores it.
    own_redirect_removes_user_agent: bool {
        Standard: false, Chromium: false, Firefox: false, WebKit: true,
    }
    /// Whether a redirect from the page's own origin to a URL with a user name, which is refused, sends a preflight
    /// first.
    leaving_redirect_with_credentials_sends_preflight: bool {
        Standard: false, Chromium: false, Firefox: false, WebKit: true,
    }
    /// Whether a cross-origin redirect has to allow credentials in the mode `same-origin`, if the first request was for the
    /// page's own origin. No engine sends cookies there. If the next request needs a preflight, it is sent before the refusal.
    redirect_after_own_request_requires_credentials: bool {
        Standard: false, Chromium: false, Firefox: false, WebKit: true,
    }
    /// Whether a redirect to an origin other than the page's removes client hints (all but `save-data`) from the
    /// request.
    redirect_removes_client_hints: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Whether several different `Location` headers are an error at any status and before the CORS check, because they
    /// look like an injected header.
    different_locations_are_an_attack: bool {
        Standard: false, Chromium: true, Firefox: true, WebKit: false,
    }
    /// What several equal `Location` headers are.
    repeated_location: RepeatedLocation {
        Standard: RepeatedLocation::Invalid,
        Chromium: RepeatedLocation::One,
        Firefox: RepeatedLocation::One,
        WebKit: RepeatedLocation::Joined,
    }
    /// What an empty `Location` is.
    empty_location: EmptyLocation {
        Standard: EmptyLocation::SameUrl,
        Chromium: EmptyLocation::NoRedirect,
        Firefox: EmptyLocation::SameUrl,
        WebKit: EmptyLocation::Invalid,
    }
    /// Whether a `Location` that is not a URL is found before the CORS check of the response.
    location_comes_before_cors_check: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Whether a redirect within the page's own origin must not lead to a URL with a user name or a password. The
    /// standard forbids that for cross-origin redirects only.
    own_redirect_refuses_credentials: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Whether answers to requests with credentials are not used for requests without.
    preflight_cache_is_divided_by_credentials: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// What a cached `*` covers.
    cached_wildcard: CachedWildcard {
        Standard: CachedWildcard::AllButAuthorization,
        Chromium: CachedWildcard::AllButAuthorization,
        Firefox: CachedWildcard::Nothing,
        WebKit: CachedWildcard::Everything,
    }
    /// Whether a cached answer covers `HEAD` although it does not list it. `GET` and `POST` need not be listed anywhere.
    cached_answer_covers_head: bool {
        Standard: true, Chromium: true, Firefox: false, WebKit: true,
    }
    /// Whether an answer that passes the CORS check is cached even if it does not allow the method or the headers of the
    /// request.
    refusals_are_cached: bool {
        Standard: false, Chromium: false, Firefox: false, WebKit: true,
    }
    /// Whether a request that the cached answers do not cover removes them, whatever the answer to its own preflight is.
    /// Elsewhere, the answers to several preflights add up.
    uncovered_request_clears_preflight_cache: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: true,
    }
    /// Whether an answer that is not kept leaves older answers as they are. Elsewhere, what both grant is removed.
    zero_max_age_keeps_older_answers: bool {
        Standard: false, Chromium: false, Firefox: true, WebKit: false,
    }
    /// Whether a network error removes the cached answers for its URL.
    network_error_clears_preflight_cache: ClearedByNetworkError {
        Standard: ClearedByNetworkError::IfPreflightNeeded,
        Chromium: ClearedByNetworkError::Never,
        Firefox: ClearedByNetworkError::Always,
        WebKit: ClearedByNetworkError::Never,
    }
    /// Whether answers for the origin `null` are cached: that of a sandboxed page, and of a request that was redirected
    /// from one foreign origin to another.
    cached_null_origin: CachedNullOrigin {
        Standard: CachedNullOrigin::Always,
        Chromium: CachedNullOrigin::Never,
        Firefox: CachedNullOrigin::Always,
        WebKit: CachedNullOrigin::OfSandboxedPages,
    }
    /// The longest URL for which answers to preflights are cached, in bytes.
    cached_url_limit: usize {
        Standard: usize::MAX, Chromium: 1023, Firefox: usize::MAX, WebKit: usize::MAX,
    }
    /// Which values of `Access-Control-Max-Age` are valid. A missing or empty header keeps the answer for 5 seconds.
    max_age_syntax: MaxAgeSyntax {
        Standard: MaxAgeSyntax::Digits,
        Chromium: MaxAgeSyntax::Signed64Bits,
        Firefox: MaxAgeSyntax::DigitsOrNothing,
        WebKit: MaxAgeSyntax::Signed64BitsLenient,
    }
    /// The longest time that an answer to a preflight is kept, whatever its `Access-Control-Max-Age`. The standard
    /// leaves the [limit](https://fetch.spec.whatwg.org/#concept-cache-max-age) to browsers. The limits were measured by
    /// moving the clocks of the browsers: each uses an answer with 100000 s a minute before its limit, and asks again a minute
    /// after it.
    max_age_limit: Duration {
        Standard: Duration::MAX,
        Chromium: Duration::from_secs(7200),
        Firefox: Duration::from_secs(86400),
        WebKit: Duration::from_secs(600),
    }
}

/// Generates an enum whose variants describe themselves with their line of documentation.
macro_rules! values {
    ($(#[$attribute:meta])* $enum:ident { $(#[doc = $doc:literal] $variant:ident),+ $(,)? }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $enum {
            $(#[doc = $doc] $variant,)+
        }

        impl Describe for $enum {
            fn describe(self) -> String {
                match self {
                    $(Self::$variant => $doc.trim().trim_end_matches('.').to_owned(),)+
                }
            }
        }
    };
}

values! {
    /// How several lines of one request header are judged.
    RequestHeaderLines {
        /// Each line by itself.
        Separate,
        /// As one value, joined by a comma.
        Joined,
    }
}

values! {
    /// The encoding of header values on the wire, where a page sees each character as a byte.
    Encoding {
        /// Byte by byte.
        Latin1,
        /// As UTF-8.
        Utf8,
    }
}

values! {
    /// Which values of `Range` are CORS-safelisted.
    RangeSyntax {
        /// `bytes=0-9` and `bytes=0-`.
        Standard,
        /// The same, with positions below 2⁶³ − 1.
        Below63Bits,
        /// The same, also as `Bytes=0-9` and `bytes=+0-9`.
        Lenient,
    }
}

values! {
    /// When a request needs a preflight after a redirect.
    PreflightAfterRedirect {
        /// If the redirected request needs one.
        IfNeeded,
        /// If the request needs one, or needed one before any redirect.
        IfEverNeeded,
        /// The same, and it asks for the headers that the request had before any redirect.
        ForOriginalHeaders,
    }
}

values! {
    /// The `Origin` of a preflight after a redirect from one foreign origin to another.
    TaintedPreflightOrigin {
        /// `null`.
        Null,
        /// The origin of the page.
        Page,
    }
}

values! {
    /// Which headers that an earlier redirect removed are restored by the next redirect.
    RestoredHeaders {
        /// None.
        None,
        /// All except `Authorization`. Within the page's own origin, only `Content-Type`, by 307 and 308.
        AllButAuthorization,
        /// All, also `Authorization` for a redirect within another origin. Headers about the body are not sent if the redirect would change the original method.
        All,
    }
}

values! {
    /// What several equal `Location` headers are.
    RepeatedLocation {
        /// An invalid redirect.
        Invalid,
        /// One `Location`.
        One,
        /// One value, joined by a comma.
        Joined,
    }
}

values! {
    /// What an empty `Location` is.
    EmptyLocation {
        /// A redirect to the same URL.
        SameUrl,
        /// No redirect: the page reads the response.
        NoRedirect,
        /// An invalid redirect.
        Invalid,
    }
}

values! {
    /// What a cached `*` covers.
    CachedWildcard {
        /// All methods, and all headers except `Authorization`.
        AllButAuthorization,
        /// Nothing.
        Nothing,
        /// All methods and all headers.
        Everything,
    }
}

values! {
    /// Whether a network error removes the cached answers for its URL.
    ClearedByNetworkError {
        /// If the request needed a preflight, which was sent or answered by the cache.
        IfPreflightNeeded,
        /// Always, also if the request needed no preflight.
        Always,
        /// No.
        Never,
    }
}

values! {
    /// Whether answers for the origin `null` are cached.
    CachedNullOrigin {
        /// Yes.
        Always,
        /// Only that of a sandboxed page.
        OfSandboxedPages,
        /// No.
        Never,
    }
}

values! {
    /// Which values of `Access-Control-Max-Age` are valid.
    MaxAgeSyntax {
        /// Digits. For other values, the answer is kept for 5 s.
        Digits,
        /// A signed 64-bit number. For other values, the answer is kept for 5 s.
        Signed64Bits,
        /// Digits. For other values, the answer is not kept.
        DigitsOrNothing,
        /// A signed 64-bit number, also with control characters around it. For other values, the answer is kept for 5 s.
        Signed64BitsLenient,
    }
}

/// The value of a field as text.
trait Describe {
    fn describe(self) -> String;
}

impl Describe for bool {
    fn describe(self) -> String {
        if self { "yes" } else { "no" }.to_owned()
    }
}

impl Describe for usize {
    fn describe(self) -> String {
        if self == Self::MAX { "no limit".to_owned() } else { self.to_string() }
    }
}

impl Describe for Duration {
    fn describe(self) -> String {
        if self == Self::MAX { "no limit".to_owned() } else { format!("{} s", self.as_secs()) }
    }
}
