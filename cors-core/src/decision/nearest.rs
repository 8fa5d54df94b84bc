//! Finds the entry of a policy that is most similar to an origin or a name of a request, for the text of an
//! explanation.

use crate::origin::host::is_loopback;
use crate::origin::origin::Origin;
use crate::origin::pattern::{HostPattern, OriginPattern, Parts, PortPattern, is_below};
use crate::policy::key::edit_distance;

/// The search ends after this many entries, because every refused request may cause one.
const MOST: usize = 200;

/// Misspellings are recognized among this many entries, because comparing two names costs the product of their lengths.
const MOST_SPELLED: usize = 32;

/// The pattern that is most similar to `origin`, and the difference between them as text: `which has another port`.
pub(crate) fn nearest_origin<'p>(
    origin: &Origin<'_>,
    patterns: impl Iterator<Item = OriginPattern<'p>>,
) -> Option<(&'p str, &'static str)> {
    let differences = patterns.take(MOST).enumerate().filter_map(|(i, pattern)| {
        let (distance, difference) = difference(origin, pattern.parts, i < MOST_SPELLED)?;
        Some((distance, pattern.as_str(), difference))
    });
    let (_, pattern, difference) = differences.min_by_key(|(distance, ..)| *distance)?;
    Some((pattern, difference))
}

/// The difference between an origin and a pattern that does not match it, as a rank and as text. `None` if they are
/// not similar. `spelling` is whether to recognize misspellings.
fn difference(origin: &Origin<'_>, pattern: Parts<'_>, spelling: bool) -> Option<(u32, &'static str)> {
    let Parts::Tuple { scheme, host, port } = pattern else { return None };
    let same_scheme = scheme == origin.scheme;
    let same_port = matches!(port, PortPattern::Any) || port == PortPattern::Exact(origin.port);
    let same_host = match host {
        HostPattern::Any => true,
        HostPattern::Exact(host) => host == origin.host,
        HostPattern::Subdomains(base) => is_below(origin.host, base),
    };
    Some(match (same_scheme, same_host, same_port) {
        // Only a dot at the end can be the reason that such an origin was refused.
        (true, true, true) => (0, "which has no dot at the end of the host"),
        (true, true, false) => (1, "which has another port"),
        (false, true, true) => (2, "which has another scheme"),
        (false, true, false) => (3, "which has another scheme and another port"),
        (true, false, true) => match host {
            HostPattern::Subdomains(base) if base == origin.host => {
                (4, "which matches the subdomains and not the domain itself")
            }
            HostPattern::Exact(host) if is_loopback(host) && is_loopback(origin.host) => {
                (5, "which is another name of this machine")
            }
            HostPattern::Exact(host) if is_below(origin.host, host) || is_below(host, origin.host) => {
                (6, "which has another host")
            }
            HostPattern::Exact(host) if spelling && is_similar(host, origin.host) => {
                (7, "which has another host")
            }
            _ => return None,
        },
        _ => return None,
    })
}

fn is_similar(host: &[u8], other: &[u8]) -> bool {
    let [host, other] = [host, other].map(String::from_utf8_lossy);
    host.len() > 6
        && host.len().abs_diff(other.len()) <= 2
        && host.len() <= 40
        && other.len() <= 40
        && edit_distance(&host, &other) <= 2
}

/// The entry of a list of names that `name` is probably a misspelling of.
pub(crate) fn nearest_name<'p>(name: &str, names: impl Iterator<Item = &'p str>) -> Option<&'p str> {
    if name.len() > 40 {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let distances =
        names.take(MOST_SPELLED).map(|listed| (edit_distance(&name, &listed.to_ascii_lowercase()), listed));
    let (distance, listed) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= listed.len() / 4).then_some(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(origin: &str, patterns: &[&'static str]) -> Option<(&'static str, &'static str)> {
        let origin = Origin::parse(origin.as_bytes()).expect("an origin");
        let patterns = patterns.iter().map(|text| OriginPattern::parse(text).expect("a pattern"));
        nearest_origin(&origin, patterns)
    }

    #[test]
    fn the_entry_that_differs_least_is_named_with_its_difference() {
        let listed = &[
            "https://app.example.com",
            "http://localhost:3000",
            "https://*.partner.example",
            "https://app.example.org",
        ];
        for (origin, expected) in [
            ("http://localhost:5173", Some(("http://localhost:3000", "which has another port"))),
            (
                "http://127.0.0.1:3000",
                Some(("http://localhost:3000", "which is another name of this machine")),
            ),
            ("http://app.example.com", Some(("https://app.example.com", "which has another scheme"))),
            (
                "https://app.example.com.",
                Some(("https://app.example.com", "which has no dot at the end of the host")),
            ),
            ("https://www.app.example.com", Some(("https://app.example.com", "which has another host"))),
            ("https://app.exampel.com", Some(("https://app.example.com", "which has another host"))),
            (
                "https://partner.example",
                Some(("https://*.partner.example", "which matches the subdomains and not the domain itself")),
            ),
            (
                "http://a.partner.example:81",
                Some(("https://*.partner.example", "which has another scheme and another port")),
            ),
            ("https://evil.test", None),
            ("http://evil.test:3000", None),
            (
                "capacitor://localhost",
                Some(("http://localhost:3000", "which has another scheme and another port")),
            ),
        ] {
            assert_eq!(nearest(origin, listed), expected, "{origin}");
        }
        assert_eq!(nearest("https://a.example", &["*", "null"]), None);
    }

    #[test]
    fn the_search_ends_after_some_entries() {
        let many: Vec<_> = (0..MOST).map(|i| format!("https://tenant-{i}.example")).collect();
        let near = String::from("http://localhost:3000");
        let origin = Origin::parse(b"http://localhost:5173").unwrap();
        let nearest = |list: &[&String]| {
            let patterns = list.iter().map(|text| OriginPattern::parse(text).unwrap());
            nearest_origin(&origin, patterns).is_some()
        };
        let mut list: Vec<&String> = many.iter().collect();
        list.push(&near);
        assert!(!nearest(&list));
        assert!(nearest(&list[1..]));

        // Misspellings are recognized among fewer entries.
        let near = String::from("http://lokalhost:5173");
        let mut list: Vec<&String> = many.iter().take(MOST_SPELLED).collect();
        list.push(&near);
        assert!(!nearest(&list));
        assert!(nearest(&list[1..]));
    }

    #[test]
    fn a_similar_host_is_not_short_and_has_at_most_two_wrong_characters() {
        for (host, other, similar) in [
            ("abcdefg", "abcdefx", true),
            ("abcdefg", "abcdefghi", true),
            ("abcdefgh", "abcdefxx", true),
            // Short hosts are similar by chance.
            ("abcdef", "abcdex", false),
            ("abcdefg", "abcdxxx", false),
            ("abcdefg", "abcdefghij", false),
            ("abcdefgh", "zyxwvuts", false),
        ] {
            assert_eq!(is_similar(host.as_bytes(), other.as_bytes()), similar, "{host} {other}");
        }
        // Long hosts are not compared.
        let [long, longer] = [40, 41].map(|length| "a".repeat(length));
        for (host, other, similar) in [(&long, &long, true), (&long, &longer, false), (&longer, &long, false)]
        {
            assert_eq!(is_similar(host.as_bytes(), other.as_bytes()), similar, "{host} {other}");
        }
    }

    #[test]
    fn a_misspelled_name_is_recognized() {
        let names = || ["content-type", "x-request-id"].into_iter();
        assert_eq!(nearest_name("Content-Typ", names()), Some("content-type"));
        assert_eq!(nearest_name("x-requestid", names()), Some("x-request-id"));
        assert_eq!(nearest_name("authorization", names()), None);
        let [long, longer] = [40, 41].map(|length| "x".repeat(length));
        assert_eq!(nearest_name(&long, [long.as_str()].into_iter()), Some(long.as_str()));
        assert_eq!(nearest_name(&longer, [longer.as_str()].into_iter()), None);
    }
}
