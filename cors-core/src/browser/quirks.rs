//! The browser engines, and every point in which they differ from the Fetch standard.
//!
//! Each deviation is one field of [`Quirks`] with a value for each engine. A new version of a browser is a change of
//! values in the table below.

use std::fmt;
use std::time::Duration;

/// A browser engine, or the Fetch standard itself.
///
/// An engine stands for its [`Quirks`], and every function that takes quirks takes an engine too.
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

    /// The three engines that people browse with.
    pub const BROWSERS: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// How the engine behaves as it ships.
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

    /// `to`, with the value that the field has in `from`.
    #[must_use]
    pub fn copy(&self, from: &Quirks, mut to: Quirks) -> Quirks {
        (self.copy)(from, &mut to);
        to
    }
}

/// Writes the struct, its four constants and the list of its fields from one table.
macro_rules! quirks {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty {
        Standard: $standard:expr, Chromium: $chromium:expr, Firefox: $firefox:expr, WebKit: $webkit:expr $(,)?
    })+) => {
        /// How an engine behaves where engines differ.
        ///
        /// The constants are the engines as they ship. A field can be changed with the struct update syntax:
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
            /// The Fetch standard. It leaves the limit of the preflight cache to browsers, so there is none here.
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
    /// How several lines of one request header are judged. A page's headers are a map in which a name occurs once, so
    /// Chromium joins them first, and their lengths add up.
    request_header_lines: RequestHeaderLines {
        Standard: RequestHeaderLines::Separate,
        Chromium: RequestHeaderLines::Joined,
        Firefox: RequestHeaderLines::Separate,
        WebKit: RequestHeaderLines::Separate,
    }
    /// Whether client hints with valid values (`device-memory`, `downlink`, `dpr`, `ect`, `rtt`, `save-data`,
    /// `viewport-width`, `width`) and `intervention` with any value are CORS-safelisted. Drafts of the standard had
    /// them.
    client_hints_are_safelisted: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Which values of `Range` are CORS-safelisted. Chromium reads positions as signed 64-bit numbers, of which the
    /// largest stands for a missing position.
    range_syntax: RangeSyntax {
        Standard: RangeSyntax::Standard,
        Chromium: RangeSyntax::Below63Bits,
        Firefox: RangeSyntax::Standard,
        WebKit: RangeSyntax::Standard,
    }
    /// Whether a page cannot set `User-Agent` (<https://crbug.com/571722>).
    user_agent_is_forbidden: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Whether `Access-Control-Allow-Headers: *` covers `Authorization`. The standard requires the
    /// [name](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name). Chromium follows it only when
    /// started with `--enable-features=CorsNonWildcardRequestHeadersSupport`.
    wildcard_covers_authorization: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Whether a redirect to an origin other than the page's removes client hints (all but `save-data`) from the
    /// request. They are for origins to which the page delegates them.
    redirect_removes_client_hints: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Whether several different `Location` headers are an error at any status and before the CORS check, because they
    /// look like an injected header.
    different_locations_are_an_attack: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// What several equal `Location` headers are.
    repeated_location: RepeatedLocation {
        Standard: RepeatedLocation::Invalid,
        Chromium: RepeatedLocation::One,
        Firefox: RepeatedLocation::Invalid,
        WebKit: RepeatedLocation::Invalid,
    }
    /// What an empty `Location` is.
    empty_location: EmptyLocation {
        Standard: EmptyLocation::SameUrl,
        Chromium: EmptyLocation::NoRedirect,
        Firefox: EmptyLocation::SameUrl,
        WebKit: EmptyLocation::SameUrl,
    }
    /// Whether a `Location` that is not a URL is found before the CORS check of the response. The network stack of
    /// Chromium reads it first.
    location_comes_before_cors_check: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Whether a redirect within the page's own origin must not lead to a URL with a user name or a password. The
    /// standard forbids that for cross-origin redirects only.
    own_redirect_refuses_credentials: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// What the preflight cache does with a second answer for the same URL and origin. The standard keeps an entry for
    /// each method and header name. Chromium has one entry for an answer.
    preflight_cache_update: CacheUpdate {
        Standard: CacheUpdate::AddsUp,
        Chromium: CacheUpdate::Replaces,
        Firefox: CacheUpdate::AddsUp,
        WebKit: CacheUpdate::AddsUp,
    }
    /// Whether a request that the cached answers do not cover removes them, whatever the answer to its own preflight
    /// is.
    uncovered_request_clears_preflight_cache: bool {
        Standard: false, Chromium: true, Firefox: false, WebKit: false,
    }
    /// Whether a network error removes the cached answers for its URL.
    network_error_clears_preflight_cache: bool {
        Standard: true, Chromium: false, Firefox: true, WebKit: true,
    }
    /// Whether answers for the origin `null` are cached: that of a sandboxed page, and of a request that was redirected
    /// from one foreign origin to another. The cache of Chromium is divided by origins, and `null` is none of them.
    null_origin_is_cached: bool {
        Standard: true, Chromium: false, Firefox: true, WebKit: true,
    }
    /// The longest URL for which answers to preflights are cached, in bytes.
    cached_url_limit: usize {
        Standard: usize::MAX, Chromium: 1023, Firefox: usize::MAX, WebKit: usize::MAX,
    }
    /// Which values of `Access-Control-Max-Age` are valid. Where it is not valid, the answer is kept for 5 seconds.
    max_age_syntax: MaxAgeSyntax {
        Standard: MaxAgeSyntax::Digits,
        Chromium: MaxAgeSyntax::Signed64Bits,
        Firefox: MaxAgeSyntax::Digits,
        WebKit: MaxAgeSyntax::Digits,
    }
    /// The longest time that an answer to a preflight is kept, whatever its `Access-Control-Max-Age`. The standard
    /// leaves the [limit](https://fetch.spec.whatwg.org/#concept-cache-max-age) to browsers.
    max_age_limit: Duration {
        Standard: Duration::MAX,
        Chromium: Duration::from_secs(7200),
        Firefox: Duration::from_secs(86400),
        WebKit: Duration::from_secs(600),
    }
}

/// Writes an enum whose variants have their first line of documentation as text.
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
    /// Which values of `Range` are CORS-safelisted.
    RangeSyntax {
        /// `bytes=0-9` and `bytes=0-`.
        Standard,
        /// The same, with positions below 2⁶³ − 1.
        Below63Bits,
    }
}

values! {
    /// What several equal `Location` headers are.
    RepeatedLocation {
        /// An invalid redirect.
        Invalid,
        /// One `Location`.
        One,
    }
}

values! {
    /// What an empty `Location` is.
    EmptyLocation {
        /// A redirect to the same URL.
        SameUrl,
        /// No redirect: the page reads the response.
        NoRedirect,
    }
}

values! {
    /// What the preflight cache does with a second answer for the same URL and origin.
    CacheUpdate {
        /// It is added to the first.
        AddsUp,
        /// It replaces the first.
        Replaces,
    }
}

values! {
    /// Which values of `Access-Control-Max-Age` are valid.
    MaxAgeSyntax {
        /// Digits.
        Digits,
        /// A signed 64-bit number: `-1` is not kept, `+600` is.
        Signed64Bits,
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
