//! `max_age`: how long a browser may keep the answer to a preflight.

use crate::rules::rule::Rule;

/// A time as it was declared: a number of seconds, or a text with a unit such as `"10m"`.
///
/// ```
/// use cors_core::MaxAge;
///
/// assert_eq!(MaxAge::from("90s").seconds(), Ok(90));
/// assert_eq!(MaxAge::from("2h").seconds(), Ok(7200));
/// assert_eq!(MaxAge::from(600).seconds(), Ok(600));
/// assert!(MaxAge::from("ten minutes").seconds().is_err());
/// ```
///
/// Browsers limit the time: Chromium to two hours, Firefox to a day and WebKit to ten minutes. See
/// [`Access-Control-Max-Age`](https://fetch.spec.whatwg.org/#http-access-control-max-age).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxAge<'a> {
    /// Seconds.
    Seconds(u64),
    /// A number and a unit: `s`, `m`, `h` or `d`.
    Text(&'a str),
}

impl MaxAge<'_> {
    /// The longest time for which any browser keeps an answer: a day, in Firefox.
    pub const LONGEST: u32 = 86_400;

    /// The time in seconds.
    ///
    /// # Errors
    /// [`Rule::MaxAgeSyntax`] if the text is not a number and a unit, [`Rule::MaxAgeRange`] if the time is longer
    /// than [`MaxAge::LONGEST`].
    pub const fn seconds(self) -> Result<u32, Rule> {
        let seconds = match self {
            MaxAge::Seconds(seconds) => seconds,
            MaxAge::Text(text) => match parse(text.as_bytes()) {
                Some(seconds) => seconds,
                None => return Err(Rule::MaxAgeSyntax),
            },
        };
        if seconds > MaxAge::LONGEST as u64 { Err(Rule::MaxAgeRange) } else { Ok(seconds as u32) }
    }
}

const fn parse(text: &[u8]) -> Option<u64> {
    let Some((unit, digits)) = text.split_last() else { return None };
    let unit: u64 = match unit {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        _ => return None,
    };
    if digits.is_empty() {
        return None;
    }
    let (mut number, mut i) = (0u64, 0);
    while i < digits.len() {
        if !digits[i].is_ascii_digit() {
            return None;
        }
        number = number.saturating_mul(10).saturating_add((digits[i] - b'0') as u64);
        i += 1;
    }
    Some(number.saturating_mul(unit))
}

impl<'a> From<&'a str> for MaxAge<'a> {
    fn from(text: &'a str) -> Self {
        MaxAge::Text(text)
    }
}

impl From<u32> for MaxAge<'_> {
    fn from(seconds: u32) -> Self {
        MaxAge::Seconds(seconds.into())
    }
}

impl From<std::time::Duration> for MaxAge<'_> {
    fn from(time: std::time::Duration) -> Self {
        MaxAge::Seconds(time.as_secs())
    }
}

/// `seconds` as text with the largest possible unit: `"1h"` for 3600.
pub(crate) fn in_words(seconds: u32) -> String {
    match seconds {
        0 => "0s".into(),
        _ if seconds.is_multiple_of(86_400) => format!("{}d", seconds / 86_400),
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_a_number_and_a_unit() {
        for (text, expected) in [
            ("0s", Ok(0)),
            ("90s", Ok(90)),
            ("10m", Ok(600)),
            ("24h", Ok(86_400)),
            ("1d", Ok(86_400)),
            ("2d", Err(Rule::MaxAgeRange)),
            ("99999999999999999999999999h", Err(Rule::MaxAgeRange)),
            // Multiplied by their units without a check for overflow, these would be 44 and 0.
            ("307445734561825861m", Err(Rule::MaxAgeRange)),
            ("144115188075855872d", Err(Rule::MaxAgeRange)),
            ("5", Err(Rule::MaxAgeSyntax)),
            ("", Err(Rule::MaxAgeSyntax)),
            ("s", Err(Rule::MaxAgeSyntax)),
            ("-1s", Err(Rule::MaxAgeSyntax)),
            ("1.5h", Err(Rule::MaxAgeSyntax)),
            ("10 m", Err(Rule::MaxAgeSyntax)),
            ("ten minutes", Err(Rule::MaxAgeSyntax)),
            ("1h30m", Err(Rule::MaxAgeSyntax)),
        ] {
            assert_eq!(MaxAge::Text(text).seconds(), expected, "{text:?}");
        }
    }

    #[test]
    fn parsing_the_text_returns_the_same_seconds() {
        for seconds in [0, 1, 59, 60, 61, 3600, 5400, 7200, 86_399, 86_400] {
            assert_eq!(MaxAge::Text(&in_words(seconds)).seconds(), Ok(seconds));
        }
    }
}
