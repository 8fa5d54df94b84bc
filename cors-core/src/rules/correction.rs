//! The nearest valid value, which a message suggests if it can be computed.

use crate::const_text::{Text, after, find, find_scheme_end, rfind, slice, starts_with_ignore_case};
use crate::origin::grammar::{authority_end, is_regular_expression, misspelled_scheme};
use crate::origin::host;
use crate::origin::pattern::OriginPattern;
use crate::origin::punycode;
use crate::policy::key::Key;
use crate::policy::max_age::MaxAge;
use crate::rules::rule::Rule;

/// A buffer that is large enough for the longest origin.
pub(crate) type Corrected = Text<400>;

/// The text that was probably intended with `value`, which is a value of `key` and breaks `rule`. The result does not
/// break a rule of syntax.
pub(crate) const fn of(rule: Rule, key: Key, value: &str) -> Option<Corrected> {
    let text = value.as_bytes();
    match (rule, key) {
        (_, Key::Origins | Key::Except) => match rule {
            Rule::CredentialsInsecureOrigin => match find_scheme_end(text) {
                Some(end) => {
                    let secure = Corrected::new().push(b"https").push(after(text, end));
                    match OriginPattern::parse(secure.as_str()) {
                        Ok(_) => Some(secure),
                        // Port 443 is the default of `https`, so it must not be written there.
                        Err(_) => valid_origin(secure),
                    }
                }
                None => None,
            },
            _ => valid_origin(Corrected::new().push(text)),
        },
        (Rule::MethodCase, _) => Some(Corrected::new().push_upper_case(text)),
        (Rule::MaxAgeRange, _) => Some(Corrected::new().push_str("1d")),
        (Rule::MaxAgeSyntax, _) if is_number(text) => {
            let seconds = Corrected::new().push(text).push(b"s");
            match MaxAge::Text(seconds.as_str()).seconds() {
                Ok(_) => Some(seconds),
                Err(_) => Some(Corrected::new().push_str("1d")),
            }
        }
        _ => None,
    }
}

const fn is_number(text: &[u8]) -> bool {
    let mut i = 0;
    while i < text.len() {
        if !text[i].is_ascii_digit() {
            return false;
        }
        i += 1;
    }
    !text.is_empty()
}

/// Corrects one mistake after the other until the text is a pattern. A text has few mistakes, so a few steps are enough.
const fn valid_origin(mut text: Corrected) -> Option<Corrected> {
    let mut steps = 0;
    while steps < 8 {
        if !text.is_whole() {
            return None;
        }
        match OriginPattern::parse(text.as_str()) {
            // Nothing was corrected, or the corrected pattern matches far more than the written one.
            Ok(pattern) if steps == 0 || pattern.is_any() || pattern.is_null() => return None,
            Ok(_) => return Some(text),
            Err(rule) => match mend(rule, text.as_bytes()) {
                Some(mended) => text = mended,
                None => return None,
            },
        }
        steps += 1;
    }
    None
}

const fn mend(rule: Rule, text: &[u8]) -> Option<Corrected> {
    let new = Corrected::new();
    let (scheme_end, authority) = match find_scheme_end(text) {
        Some(end) => (end, slice(text, end + 3, authority_end(text, end + 3))),
        None => (0, text),
    };
    let before = slice(text, 0, if scheme_end == 0 { 0 } else { scheme_end + 3 });
    Some(match rule {
        Rule::OriginSyntax => return mend_syntax(text),
        Rule::OriginPath => new.push(before).push(authority),
        Rule::OriginUserinfo => match rfind(authority, b'@') {
            Some(at) => new.push(before).push(after(authority, at + 1)),
            None => return None,
        },
        Rule::OriginUppercase => new.push_lower_case(text),
        Rule::OriginUnicode => return in_punycode(before, authority),
        Rule::OriginHost => match split_at_last_colon(authority) {
            ([.., b'.', b'.'], _) => return None,
            // Removes a trailing dot.
            ([host @ .., b'.'], port) => new.push(before).push(host).push(port),
            _ => return None,
        },
        Rule::OriginIpv4 => {
            let (host, port) = split_at_last_colon(authority);
            match host::canonical_ipv4(host) {
                Some(host) => new.push(before).push(host.as_bytes()).push(port),
                None => return None,
            }
        }
        Rule::OriginIpv6 => {
            let (host, port) = match authority {
                [b'[', ..] => match find(authority, b']') {
                    Some(end) => authority.split_at(end + 1),
                    None => return None,
                },
                _ => (authority, &[] as &[u8]),
            };
            match host::canonical_ipv6(host) {
                Some(host) => new.push(before).push(host.as_bytes()).push(port),
                None => return None,
            }
        }
        Rule::OriginPort => {
            let (host, port) = split_at_last_colon(authority);
            match port {
                [b':'] => new.push(before).push(host),
                [b':', b'0', digits @ ..] if !digits.is_empty() => {
                    new.push(before).push(host).push(b":").push(digits)
                }
                _ => return None,
            }
        }
        Rule::OriginDefaultPort => new.push(before).push(split_at_last_colon(authority).0),
        Rule::OriginScheme if starts_with_ignore_case(text, b"ws://") => {
            new.push(b"http").push(after(text, 2))
        }
        Rule::OriginScheme if starts_with_ignore_case(text, b"wss://") => {
            new.push(b"https").push(after(text, 3))
        }
        Rule::OriginScheme => match misspelled_scheme(slice(text, 0, scheme_end)) {
            Some(scheme) => new.push(scheme).push(after(text, scheme_end)),
            None => return None,
        },
        Rule::OriginWildcard => match authority {
            [b'*', b'.', ..] if scheme_end == 0 => new.push(b"https://").push(text),
            [b'*', first, ..] if first.is_ascii_alphanumeric() => {
                new.push(before).push(b"*.").push(after(authority, 1))
            }
            [.., b':', b'*'] => return mend_syntax(text),
            _ => return None,
        },
        _ => return None,
    })
}

/// The pattern that is equivalent to a simple regular expression: without anchors and backslashes, and with `*` for any
/// subdomain and any port.
const fn pattern_of_regular_expression(text: &[u8]) -> Option<Corrected> {
    let (mut new, mut i) = (Corrected::new(), 0);
    while i < text.len() {
        let (replacement, length): (&[u8], usize) = match after(text, i) {
            [b'^', ..] if i == 0 => (b"", 1),
            [b'$'] => (b"", 1),
            [b'/', b'.', b'*' | b'+', b'\\', b'.', ..] => (b"/*.", 5),
            [b'/', b'.', b'*' | b'+', b'.', ..] => (b"/*.", 4),
            [b'/', b'[', b'^', b'.', b']', b'*' | b'+', b'\\', b'.', ..] => (b"/*.", 8),
            [b'/', b'[', b'a', b'-', b'z', b']', b'*' | b'+', b'\\', b'.', ..] => (b"/*.", 9),
            [b':', b'\\', b'd', b'*' | b'+', ..] => (b":*", 4),
            [b'\\', character, ..] if !character.is_ascii_alphanumeric() => (slice(text, i + 1, i + 2), 2),
            _ => (slice(text, i, i + 1), 1),
        };
        new = new.push(replacement);
        i += length;
    }
    if is_regular_expression(new.as_bytes()) { None } else { Some(new) }
}

const fn split_at_last_colon(authority: &[u8]) -> (&[u8], &[u8]) {
    match rfind(authority, b':') {
        Some(colon) => authority.split_at(colon),
        None => (authority, &[]),
    }
}

const fn mend_syntax(text: &[u8]) -> Option<Corrected> {
    if is_regular_expression(text) {
        return pattern_of_regular_expression(text);
    }
    let trimmed = text.trim_ascii();
    let new = Corrected::new();
    if trimmed.len() < text.len() && !trimmed.is_empty() {
        return Some(new.push(trimmed));
    }
    if find_scheme_end(text).is_some() {
        return None;
    }
    if starts_with_ignore_case(text, b"//") {
        return Some(new.push(b"https:").push(text));
    }
    if starts_with_ignore_case(text, b"https:/") || starts_with_ignore_case(text, b"http:/") {
        return match find(text, b':') {
            Some(colon) => Some(new.push(slice(text, 0, colon)).push(b"://").push(after(text, colon + 2))),
            None => None,
        };
    }
    // The scheme is missing. Suggest `http` for a loopback host, and `https` for every other host.
    let host = split_at_last_colon(slice(text, 0, authority_end(text, 0))).0;
    if find(host, b':').is_some() || (find(host, b'.').is_none() && !host.eq_ignore_ascii_case(b"localhost"))
    {
        return None;
    }
    let scheme: &[u8] = if host::is_loopback(host) { b"http://" } else { b"https://" };
    Some(new.push(scheme).push(text))
}

/// Converts every label with characters outside ASCII to its `xn--` form. `None` if that needs the tables of Unicode:
/// the characters have to be composed, and their lower case has to follow from a simple rule.
const fn in_punycode(before: &[u8], authority: &[u8]) -> Option<Corrected> {
    let mut text = Corrected::new().push(before);
    let mut from = 0;
    loop {
        let mut to = from;
        while to < authority.len() && !matches!(authority[to], b'.' | b':') {
            to += 1;
        }
        let label = slice(authority, from, to);
        text = if label.is_ascii() {
            text.push(label)
        } else {
            match punycode::encode(label) {
                Some(encoded) => text.push(b"xn--").push(encoded.as_bytes()),
                None => return None,
            }
        };
        if to == authority.len() || authority[to] == b':' {
            return Some(text.push(after(authority, to)));
        }
        text = text.push(b".");
        from = to + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrects_common_mistakes() {
        for (written, meant) in [
            ("app.example.com", Some("https://app.example.com")),
            ("localhost:3000", Some("http://localhost:3000")),
            ("127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("//app.example.com", Some("https://app.example.com")),
            ("https:/app.example.com", Some("https://app.example.com")),
            ("http:/app.example.com", Some("http://app.example.com")),
            (" https://app.example.com\n", Some("https://app.example.com")),
            ("https://app.example.com/", Some("https://app.example.com")),
            ("HTTPS://App.Example.com:443/Path?q#f", Some("https://app.example.com")),
            ("https://me:pw@app.example.com/x", Some("https://app.example.com")),
            ("https://exämple.com", Some("https://xn--exmple-cua.com")),
            ("https://EXÄMPLE.com/", Some("https://xn--exmple-cua.com")),
            (
                "https://bücher.münchen.example:8443",
                Some("https://xn--bcher-kva.xn--mnchen-3ya.example:8443"),
            ),
            ("https://例え.jp", Some("https://xn--r8jz45g.jp")),
            ("https://straße.example", Some("https://xn--strae-oqa.example")),
            ("https://*.exämple.com", Some("https://*.xn--exmple-cua.com")),
            ("https://пример.example", Some("https://xn--e1afmkfd.example")),
            ("https://a\u{200f}b.example", None),
            ("https://e\u{301}.example", None),
            ("https://a\u{5d0}.example", None),
            ("https://co\u{140}lecci\u{f3}.example", None),
            ("https://app.example.com.", Some("https://app.example.com")),
            ("https://app.example.com.:8443", Some("https://app.example.com:8443")),
            ("http://127.1", Some("http://127.0.0.1")),
            ("http://0x7f000001:3000", Some("http://127.0.0.1:3000")),
            ("http://[2001:DB8::0001]:3000", Some("http://[2001:db8::1]:3000")),
            ("http://::1", Some("http://[::1]")),
            ("https://app.example.com:", Some("https://app.example.com")),
            ("https://app.example.com:08443", Some("https://app.example.com:8443")),
            ("http://app.example.com:080", Some("http://app.example.com")),
            ("wss://app.example.com", Some("https://app.example.com")),
            ("ttp://app.example.com", Some("http://app.example.com")),
            ("htps://app.example.com/", Some("https://app.example.com")),
            ("httpss://app.example.com", Some("https://app.example.com")),
            ("Htps://app.example.com", Some("https://app.example.com")),
            (r"https://.*\.example\.com", Some("https://*.example.com")),
            (r"^https://app\.example\.com$", Some("https://app.example.com")),
            (r"^https://[^.]+\.example\.com$", Some("https://*.example.com")),
            (r"^http://localhost:\d+$", Some("http://localhost:*")),
            ("https://.*.example.com", Some("https://*.example.com")),
            (r"https://[a-z]+\.example\.com", Some("https://*.example.com")),
            (r"https://a^b\.example\.com", None),
            (r"https://a\d\.example\.com", None),
            (r"https?://app.example.com", None),
            (r"https://(?:a|b)\.example\.com", None),
            (r"https://a.+.example.com", None),
            ("ws://app.example.com:81/socket", Some("http://app.example.com:81")),
            ("*.example.com", Some("https://*.example.com")),
            ("https://*example.com", Some("https://*.example.com")),
            ("https://*", None),
            ("https://foo*.example", None),
            ("https://*_a.example", None),
            ("https://a..example", None),
            ("https://a.example,https://b.example", None),
            ("null", None),
            ("example", None),
            ("", None),
            ("*/", None),
            ("localhost:*", Some("http://localhost:*")),
            ("app.example.com:*", Some("https://app.example.com:*")),
            ("//localhost:*", Some("https://localhost:*")),
            ("example:*", None),
            ("a*.example:*", None),
            // A browser reads such a label as punycode, and it is not valid punycode.
            ("https://xn--\u{e4}.example", None),
            ("https://XN--\u{e4}.example", None),
            // Two dots at the end are not a trailing dot, and `1.2.3..` is not an address.
            ("https://a.example..", None),
            ("http://1.2.3..", None),
            ("https://a.example..:8443", None),
        ] {
            let found = valid_origin(Corrected::new().push_str(written));
            assert_eq!(found.as_ref().map(Text::as_str), meant, "{written:?}");
        }
    }

    #[test]
    fn a_correction_does_not_break_a_rule_of_syntax() {
        for (rule, key, written, meant) in [
            (Rule::CredentialsInsecureOrigin, Key::Origins, "http://a.example", "https://a.example"),
            (
                Rule::CredentialsInsecureOrigin,
                Key::Origins,
                "http://a.example:8080",
                "https://a.example:8080",
            ),
            (Rule::CredentialsInsecureOrigin, Key::Origins, "http://a.example:443", "https://a.example"),
            (Rule::CredentialsInsecureOrigin, Key::Origins, "http://*.a.example:443", "https://*.a.example"),
            (Rule::CredentialsInsecureOrigin, Key::Origins, "http://*.a.example:*", "https://*.a.example:*"),
            (Rule::MaxAgeSyntax, Key::MaxAge, "600", "600s"),
            (Rule::MaxAgeSyntax, Key::MaxAge, "86400", "86400s"),
            (Rule::MaxAgeSyntax, Key::MaxAge, "86401", "1d"),
            (Rule::MaxAgeSyntax, Key::MaxAge, "864000", "1d"),
            (Rule::MaxAgeRange, Key::MaxAge, "2d", "1d"),
        ] {
            let found = of(rule, key, written);
            assert_eq!(found.as_ref().map(Text::as_str), Some(meant), "{written}");
            match key {
                Key::Origins => assert!(OriginPattern::parse(meant).is_ok(), "{meant}"),
                _ => assert!(MaxAge::Text(meant).seconds().is_ok(), "{meant}"),
            }
        }
    }

    #[test]
    fn only_a_number_is_corrected_to_seconds() {
        for written in ["", "soon", "1x", "10 minutes", "-1"] {
            assert!(of(Rule::MaxAgeSyntax, Key::MaxAge, written).is_none(), "{written}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes hours")]
    fn writes_the_same_punycode_as_a_browser() {
        let mut written = 0;
        for character in (0x80..=0x1_ffff).filter_map(char::from_u32) {
            for label in
                [format!("a{character}b"), format!("{character}"), format!("{character}-{character}9")]
            {
                let text = format!("https://{label}.example");
                let Some(found) = valid_origin(Corrected::new().push_str(&text)) else { continue };
                let browser = url::Url::parse(&text).map(|url| url.origin().ascii_serialization());
                assert_eq!(Ok(found.as_str()), browser.as_deref(), "{text} U+{:04X}", character as u32);
                written += 1;
            }
        }
        assert!(written > 90_000, "{written}");
    }
}
