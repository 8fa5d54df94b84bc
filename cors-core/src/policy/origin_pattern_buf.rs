//! An origin pattern that owns its text, for values that are parsed one by one.

use std::fmt;
use std::str::FromStr;

use crate::origin::pattern::OriginPattern;
use crate::policy::key::Key;
use crate::rules::violation::Violation;

/// An [`OriginPattern`] that owns its text.
///
/// Use it for single values, such as an argument of the command line that `clap` parses, or a column of a database. A
/// list of them can be passed to [`Builder::origins`](crate::Builder::origins).
///
/// ```
/// use cors_core::{OriginPatternBuf, Policy, Rule};
///
/// let trusted: Vec<OriginPatternBuf> = vec!["https://app.example.com".parse()?, "http://localhost:*".parse()?];
/// let policy = Policy::builder().origins(&trusted).build().unwrap();
/// assert!(policy.allows_origin("http://localhost:5173"));
///
/// let error = "https://app.example.com/".parse::<OriginPatternBuf>().unwrap_err();
/// assert_eq!((error.rule(), error.correction()), (Rule::OriginPath, Some("https://app.example.com")));
/// # Ok::<(), cors_core::Violation>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OriginPatternBuf(Box<str>);

impl OriginPatternBuf {
    /// The pattern.
    pub fn as_pattern(&self) -> OriginPattern<'_> {
        match OriginPattern::parse(&self.0) {
            Ok(pattern) => pattern,
            Err(rule) => unreachable!("{} was judged when it was parsed: {rule}", self.0),
        }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// # Errors
/// A [`Violation`] if the text is not a valid pattern. Its [`Display`](fmt::Display) contains what to write instead.
impl FromStr for OriginPatternBuf {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        OriginPattern::try_from(text).map(|pattern| Self(pattern.as_str().into()))
    }
}

/// # Errors
/// As [`FromStr`].
impl TryFrom<&str> for OriginPatternBuf {
    type Error = Violation;

    fn try_from(text: &str) -> Result<Self, Violation> {
        text.parse()
    }
}

/// # Errors
/// A [`Violation`] if the text is not a valid pattern. [`OriginPattern::parse`] does the same in a `const`.
impl<'a> TryFrom<&'a str> for OriginPattern<'a> {
    type Error = Violation;

    fn try_from(text: &'a str) -> Result<Self, Violation> {
        OriginPattern::parse(text).map_err(|rule| Violation::new(rule, Key::Origins, None, text))
    }
}

impl AsRef<str> for OriginPatternBuf {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<OriginPatternBuf> for String {
    fn from(pattern: OriginPatternBuf) -> Self {
        pattern.0.into()
    }
}

impl fmt::Display for OriginPatternBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for OriginPatternBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OriginPatternBuf").field(&self.0).finish()
    }
}
