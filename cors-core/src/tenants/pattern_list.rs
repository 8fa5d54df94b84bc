//! The origin patterns of one tenant, in as little memory as possible.
//!
//! There may be a million tenants with two origins each, so a list consists of the text of its patterns and of the positions
//! at which the parser split it. A short list is stored in the table's entry itself, because reading it from another place
//! would be one more cache miss, which takes as long as the rest of the decision. Matching compares slices and does not
//! parse patterns.

use crate::origin::origin::Origin;
use crate::origin::pattern::{HostPattern, OriginPattern, Parts, PortPattern};
use crate::origin::set::PatternSet;

/// A list with more patterns than this is matched with a [`PatternSet`], whose cost does not grow with their number.
const FEW: usize = 16;

/// A list with at most this number of bytes is stored in the table's entry. Two origins with names of 30 bytes fit.
const SHORT: usize = 78;

/// Origin patterns, sorted and without repetitions, so that two lists with the same patterns are equal.
pub(crate) enum PatternList {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<[u8]>),
    Many(Box<Many>),
}

/// More than [`FEW`] patterns.
pub(crate) struct Many {
    bytes: Box<[u8]>,
    set: PatternSet,
}

/// One pattern. The bytes of an entry begin with its tag.
enum Entry<'a> {
    /// [`EXACT`], the length in two bytes, and the text.
    Exact(&'a [u8]),
    /// [`NULL`]
    Null,
    /// [`ANY`]
    Any,
    /// [`WILD`], combined with flags; the lengths of the scheme, of the host and of the port; and these three.
    Wild(Parts<'a>),
}

const EXACT: u8 = 0;
const NULL: u8 = 1;
const ANY: u8 = 2;
const WILD: u8 = 4;

// The flags of a pattern with a wildcard. The host is empty for `ANY_HOST`, and the port for `ANY_PORT`.
const SUBDOMAINS: u8 = 8;
const ANY_HOST: u8 = 16;
const ANY_PORT: u8 = 32;

impl PatternList {
    /// `patterns` have to be judged already.
    pub(crate) fn new(patterns: &[OriginPattern<'_>]) -> Self {
        let mut entries: Vec<Vec<u8>> = patterns.iter().map(encode).collect();
        entries.sort_unstable();
        entries.dedup();
        let bytes = entries.concat();
        if entries.len() > FEW {
            let set = PatternSet::new(patterns.iter().copied());
            return Self::Many(Box::new(Many { bytes: bytes.into(), set }));
        }
        let mut short = [0; SHORT];
        match short.get_mut(..bytes.len()) {
            Some(start) => {
                start.copy_from_slice(&bytes);
                Self::Short { length: bytes.len() as u8, bytes: short }
            }
            None => Self::Long(bytes.into()),
        }
    }

    /// The entries, one after the other. See [`Entry`].
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => &bytes[..usize::from(*length)],
            Self::Long(bytes) => bytes,
            Self::Many(many) => &many.bytes,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// Whether a pattern matches `origin`, the bytes of the header.
    #[inline]
    pub(crate) fn allows(&self, origin: &[u8]) -> bool {
        if let Self::Many(many) = self {
            return many.set.has(origin);
        }
        // Exact origins come first. Only the others need the parts of the origin.
        let mut parsed = None;
        let mut parse = || *parsed.get_or_insert_with(|| Origin::parse(origin));
        self.entries().any(|entry| match entry {
            Entry::Exact(text) => text == origin,
            Entry::Null => origin == b"null",
            Entry::Any => origin == b"null" || parse().is_some(),
            Entry::Wild(parts) => {
                may_match(&parts, origin)
                    && parse().is_some_and(|origin| {
                        !origin.has_trailing_dot() && parts.matches_without_trailing_dot(&origin)
                    })
            }
        })
    }

    /// The text of each pattern.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        self.entries().map(|entry| match entry {
            Entry::Exact(text) => String::from_utf8_lossy(text).into_owned(),
            Entry::Null => "null".into(),
            Entry::Any => "*".into(),
            Entry::Wild(parts) => text_of(&parts),
        })
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut rest = self.bytes();
        std::iter::from_fn(move || {
            let (&tag, after_tag) = rest.split_first()?;
            rest = after_tag;
            Some(match tag {
                EXACT => {
                    let length = usize::from(u16::from_le_bytes([rest[0], rest[1]]));
                    rest = &rest[2..];
                    Entry::Exact(take(&mut rest, length))
                }
                NULL => Entry::Null,
                ANY => Entry::Any,
                flags => {
                    let lengths = [rest[0], rest[1], rest[2]];
                    rest = &rest[3..];
                    let [scheme, host, port] = lengths.map(|length| take(&mut rest, length.into()));
                    let host = match flags & (SUBDOMAINS | ANY_HOST) {
                        SUBDOMAINS => HostPattern::Subdomains(host),
                        ANY_HOST => HostPattern::Any,
                        _ => HostPattern::Exact(host),
                    };
                    let port =
                        if flags & ANY_PORT == 0 { PortPattern::Exact(port) } else { PortPattern::Any };
                    Entry::Wild(Parts::Tuple { scheme, host, port })
                }
            })
        })
    }
}

impl PartialEq for PatternList {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl std::fmt::Debug for PatternList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.texts()).finish()
    }
}

/// A cheap check before the parser: most origins that are not allowed have another host, and parsing takes longer.
#[inline]
fn may_match(parts: &Parts<'_>, origin: &[u8]) -> bool {
    match parts {
        Parts::Tuple { host: HostPattern::Subdomains(base), port: PortPattern::Exact(b""), scheme } => {
            origin.starts_with(scheme) && origin.ends_with(base)
        }
        Parts::Tuple { scheme, .. } => origin.starts_with(scheme),
        Parts::Any | Parts::Null => true,
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, after) = rest.split_at(length);
    *rest = after;
    taken
}

fn encode(pattern: &OriginPattern<'_>) -> Vec<u8> {
    let (scheme, host, port) = match pattern.parts {
        Parts::Any => return vec![ANY],
        Parts::Null => return vec![NULL],
        Parts::Tuple { .. } if pattern.is_exact() => {
            let text = pattern.as_str().as_bytes();
            // A host is at most 253 bytes long, and a scheme 64.
            let length = (text.len() as u16).to_le_bytes();
            return [&[EXACT, length[0], length[1]], text].concat();
        }
        Parts::Tuple { scheme, host, port } => (scheme, host, port),
    };
    let (host, host_flag): (&[u8], u8) = match host {
        HostPattern::Any => (b"", ANY_HOST),
        HostPattern::Exact(host) => (host, 0),
        HostPattern::Subdomains(base) => (base, SUBDOMAINS),
    };
    let (port, port_flag): (&[u8], u8) = match port {
        PortPattern::Any => (b"", ANY_PORT),
        PortPattern::Exact(port) => (port, 0),
    };
    let [scheme_length, host_length, port_length] = [scheme, host, port].map(|part| part.len() as u8);
    let head = [WILD | host_flag | port_flag, scheme_length, host_length, port_length];
    [&head, scheme, host, port].concat()
}

fn text_of(parts: &Parts<'_>) -> String {
    let Parts::Tuple { scheme, host, port } = parts else { return String::new() };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let host = match host {
        HostPattern::Any => "*".into(),
        HostPattern::Exact(host) => text(host),
        HostPattern::Subdomains(base) => format!("*.{}", text(base)),
    };
    let port = match port {
        PortPattern::Any => ":*".into(),
        PortPattern::Exact(b"") => String::new(),
        PortPattern::Exact(port) => format!(":{}", text(port)),
    };
    format!("{}://{host}{port}", text(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERNS: &[&str] = &[
        "https://acme.example",
        "https://acme.example:8443",
        "https://*.acme.dev",
        "https://*.acme.dev:8443",
        "https://*.acme.dev:*",
        "http://localhost:*",
        "http://[::1]:*",
        "http://127.0.0.1:3000",
        "moz-extension://*",
        "capacitor://localhost",
        "null",
        "*",
    ];

    const ORIGINS: &[&str] = &[
        "https://acme.example",
        "https://acme.example.",
        "https://acme.example:8443",
        "https://acme.example.evil.example",
        "https://evil-acme.example",
        "http://acme.example",
        "https://acme.dev",
        "https://a.acme.dev",
        "https://a.b.acme.dev",
        "https://a.acme.dev.",
        "https://a.acme.dev:8443",
        "https://a.acme.dev:9443",
        "https://aacme.dev",
        "http://localhost",
        "http://localhost:1",
        "http://[::1]:3000",
        "http://127.0.0.1:3000",
        "http://127.0.0.1",
        "moz-extension://0a1b2c3d",
        "capacitor://localhost",
        "null",
        "",
        "*",
        "https://*.acme.dev",
        "https://acme.example/",
        "HTTPS://acme.example",
    ];

    fn list(patterns: &[&str]) -> PatternList {
        let patterns: Vec<_> = patterns.iter().map(|text| OriginPattern::parse(text).unwrap()).collect();
        PatternList::new(&patterns)
    }

    #[test]
    fn a_list_allows_exactly_what_its_patterns_match() {
        for &text in PATTERNS {
            let pattern = OriginPattern::parse(text).unwrap();
            let others: Vec<String> = (0..FEW).map(|i| format!("https://other-{i}.example")).collect();
            let long: Vec<&str> = [text].into_iter().chain(others.iter().map(String::as_str)).collect();
            for &origin in ORIGINS {
                let matches = match Origin::parse(origin.as_bytes()) {
                    Some(origin) => pattern.matches(&origin),
                    None => origin == "null" && (pattern.is_null() || pattern.is_any()),
                };
                assert_eq!(list(&[text]).allows(origin.as_bytes()), matches, "{text} and {origin}");
                // The rules reject a list with `*` and other entries.
                if !pattern.is_any() {
                    assert!(matches!(list(&long), PatternList::Many(_)));
                    assert_eq!(list(&long).allows(origin.as_bytes()), matches, "{text} and {origin}");
                }
            }
        }
    }

    #[test]
    fn a_list_keeps_the_text_of_its_patterns() {
        for &text in PATTERNS {
            assert_eq!(list(&[text]).texts().collect::<Vec<_>>(), [text]);
        }
    }

    #[test]
    fn lists_with_the_same_patterns_are_equal() {
        let (a, b, wild) = ("https://a.example", "https://b.example", "https://*.a.example");
        assert_eq!(list(&[a, b, wild]), list(&[wild, b, a, b]));
        assert_ne!(list(&[a, b]), list(&[a]));
        assert_ne!(list(&[a]), list(&[wild]));
        assert!(list(&[]).is_empty() && !list(&[a]).is_empty());
    }

    #[test]
    fn two_origins_need_seven_bytes_besides_their_text() {
        let list = list(&["https://acme.example", "https://*.acme.dev"]);
        let text = "https://acme.example".len() + "https".len() + "acme.dev".len();
        assert_eq!(list.bytes().len(), text + 3 + 4);
        assert!(matches!(list, PatternList::Short { .. }));
        assert_eq!(size_of::<PatternList>(), 80);
    }

    #[test]
    fn the_length_of_a_list_makes_no_difference() {
        for length in SHORT - 8..SHORT + 8 {
            // 62 bytes are the same for all lengths.
            let (a, b) = (format!("https://{}.example", "x".repeat(30)), "y".repeat(length - 62));
            let b = format!("https://{b}.a");
            let long = list(&[&a, &b]);
            assert_eq!(long.bytes().len(), length);
            assert_eq!(matches!(long, PatternList::Short { .. }), length <= SHORT, "{length}");
            assert!(
                long.allows(a.as_bytes()) && long.allows(b.as_bytes()) && !long.allows(b"https://b.example")
            );
            assert_eq!(long.texts().collect::<Vec<_>>(), [b.clone(), a.clone()]);
            assert_eq!(long, list(&[&b, &a]));
            assert_ne!(long, list(&[&a]));
        }
    }
}
