//! The set of origins that a policy allows, in a form whose cost does not grow with the number of origins.
//!
//! A policy may list the origins of every tenant of a service. Up to eight exact origins are compared one by one, which is
//! fastest. More than eight are stored in a hash set. Subdomain and port patterns are found by the suffixes of the host, so the
//! cost of a look-up is proportional to the number of labels. A look-up does not allocate. The hashes are keyed with random
//! numbers, so that an attacker cannot choose origins that collide.

use std::collections::HashMap;
use std::sync::Arc;

use crate::origin::grammar::LONGEST_SCHEME;
use crate::origin::origin::{self, Origin};
use crate::origin::pattern::{HostPattern, OriginPattern, Parts, PortPattern};
use crate::origin::text_set::TextSet;

/// Up to this number of origins, comparing them one by one is faster than a hash set: see `cargo bench -p cors-core`.
const FEW: usize = 8;

/// The origins that one policy allows.
pub(crate) enum OriginSet {
    /// `*`. The origin is not read.
    Everyone,
    /// `*` with `except`.
    EveryoneBut(Arc<PatternSet>),
    Listed(Arc<PatternSet>),
}

impl OriginSet {
    /// Whether `origin`, the bytes of the header, is granted.
    #[inline]
    pub(crate) fn allows(&self, origin: &[u8]) -> bool {
        match self {
            OriginSet::Everyone => true,
            // With `except`, malformed origins are refused too. A trailing dot does not make an excepted origin
            // another one.
            OriginSet::EveryoneBut(except) => {
                Origin::parse(origin).is_some_and(|origin| !except.has_without_trailing_dot(&origin))
            }
            OriginSet::Listed(set) => set.has(origin),
        }
    }
}

/// A set of exact origins and patterns.
pub(crate) struct PatternSet {
    null: bool,
    exact: Exact,
    patterns: Patterns,
}

impl PatternSet {
    pub(crate) fn new<'a>(patterns: impl Iterator<Item = OriginPattern<'a>>) -> Self {
        // There may be a million exact origins, so only their text is stored while the set is built.
        let (mut null, mut exact, mut wild) = (false, Vec::new(), Vec::new());
        for pattern in patterns {
            if pattern.is_exact() {
                exact.push(pattern.as_str());
            } else if pattern.is_null() {
                null = true;
            } else {
                wild.push(pattern);
            }
        }
        Self { null, exact: Exact::new(exact.into_iter()), patterns: Patterns::new(&wild) }
    }

    #[inline]
    pub(crate) fn has(&self, origin: &[u8]) -> bool {
        self.exact.has(origin)
            || (!self.patterns.is_empty()
                && Origin::parse(origin).is_some_and(|o| !o.has_trailing_dot() && self.patterns.has(&o)))
            || (self.null && origin == b"null")
    }

    fn has_without_trailing_dot(&self, origin: &Origin<'_>) -> bool {
        let text = origin.as_str().as_bytes();
        let exact = if origin.has_trailing_dot() {
            // The dot is at the end of the host.
            let dot = origin.scheme().len() + 3 + origin.host().len();
            let mut buffer = [0; origin::LONGEST];
            let without = &mut buffer[..text.len() - 1];
            without[..dot].copy_from_slice(&text[..dot]);
            without[dot..].copy_from_slice(&text[dot + 1..]);
            self.exact.has(without)
        } else {
            self.exact.has(text)
        };
        exact || self.patterns.has(origin)
    }
}

/// Exact origins. Their patterns are written exactly as browsers send the origins, so they are compared byte by byte.
enum Exact {
    Few(Box<[Box<[u8]>]>),
    Many(TextSet),
}

impl Exact {
    fn new<'a>(origins: impl ExactSizeIterator<Item = &'a str> + Clone) -> Self {
        if origins.len() <= FEW {
            Exact::Few(origins.map(|origin| origin.as_bytes().into()).collect())
        } else {
            Exact::Many(TextSet::new(origins))
        }
    }

    #[inline]
    fn has(&self, origin: &[u8]) -> bool {
        match self {
            Exact::Few(list) => list.iter().any(|entry| **entry == *origin),
            // A value that is longer than any origin is not hashed.
            Exact::Many(set) => origin.len() <= origin::LONGEST && set.has(origin),
        }
    }
}

/// Patterns with a `*` in them.
enum Patterns {
    Few(Box<[WildPattern]>),
    Many(ByHost),
}

/// The parts of a pattern, owned.
struct WildPattern {
    scheme: Box<[u8]>,
    host: Option<Box<[u8]>>,
    subdomains: bool,
    port: Option<Box<[u8]>>,
}

impl WildPattern {
    fn new(pattern: &OriginPattern<'_>) -> Option<Self> {
        let Parts::Tuple { scheme, host, port } = pattern.parts else { return None };
        let (host, subdomains) = match host {
            HostPattern::Any => (None, false),
            HostPattern::Exact(host) => (Some(host.into()), false),
            HostPattern::Subdomains(base) => (Some(base.into()), true),
        };
        let port = match port {
            PortPattern::Any => None,
            PortPattern::Exact(port) => Some(port.into()),
        };
        Some(Self { scheme: scheme.into(), host, subdomains, port })
    }

    fn parts(&self) -> Parts<'_> {
        let host = match &self.host {
            None => HostPattern::Any,
            Some(base) if self.subdomains => HostPattern::Subdomains(base),
            Some(host) => HostPattern::Exact(host),
        };
        let port = self.port.as_deref().map_or(PortPattern::Any, PortPattern::Exact);
        Parts::Tuple { scheme: &self.scheme, host, port }
    }
}

impl Patterns {
    fn new(patterns: &[OriginPattern<'_>]) -> Self {
        if patterns.len() <= FEW {
            return Patterns::Few(patterns.iter().filter_map(WildPattern::new).collect());
        }
        Patterns::Many(ByHost::new(patterns))
    }

    #[inline]
    fn is_empty(&self) -> bool {
        matches!(self, Patterns::Few(list) if list.is_empty())
    }

    /// Whether a pattern matches `origin`. A trailing dot is ignored.
    fn has(&self, origin: &Origin<'_>) -> bool {
        match self {
            Patterns::Few(list) => {
                list.iter().any(|pattern| pattern.parts().matches_without_trailing_dot(origin))
            }
            Patterns::Many(by_host) => by_host.has(origin),
        }
    }
}

/// Patterns by their scheme and port, and then by their host. An origin's host is looked up by its suffixes, from the last
/// label to the first.
struct ByHost {
    /// The key of the outer map is a scheme, a colon, and a port or `*`. The key of the inner map is a host, which is
    /// empty if any host matches.
    hosts: HashMap<Box<[u8]>, Hosts>,
    /// The largest number of labels of a pattern's host. Longer suffixes need not be looked up.
    labels: usize,
    /// Whether a pattern matches any port.
    any_port: bool,
}

/// The hosts of the patterns with one scheme and port.
type Hosts = HashMap<Box<[u8]>, Matched>;

/// What the patterns with a given host match.
#[derive(Clone, Copy, Default)]
struct Matched {
    /// The host itself.
    host: bool,
    /// The subdomains of the host. Every host is a subdomain of the empty one.
    below: bool,
}

impl ByHost {
    fn new(patterns: &[OriginPattern<'_>]) -> Self {
        let mut by_host = Self { hosts: HashMap::new(), labels: 0, any_port: false };
        for pattern in patterns {
            let Parts::Tuple { scheme, host, port } = pattern.parts else { continue };
            let port = match port {
                PortPattern::Any => b"*",
                PortPattern::Exact(port) => port,
            };
            by_host.any_port |= port == b"*";
            let (host, is_exact) = match host {
                HostPattern::Any => (b"".as_slice(), false),
                HostPattern::Exact(host) => (host, true),
                HostPattern::Subdomains(base) => (base, false),
            };
            by_host.labels = by_host.labels.max(host.split(|&byte| byte == b'.').count());
            let hosts = by_host.hosts.entry([scheme, b":", port].concat().into()).or_default();
            let matched = hosts.entry(host.into()).or_default();
            if is_exact {
                matched.host = true;
            } else {
                matched.below = true;
            }
        }
        by_host
    }

    fn has(&self, origin: &Origin<'_>) -> bool {
        self.has_at_port(origin, origin.port) || (self.any_port && self.has_at_port(origin, b"*"))
    }

    fn has_at_port(&self, origin: &Origin<'_>, port: &[u8]) -> bool {
        let mut buffer = [0; LONGEST_SCHEME + 1 + 5];
        let (colon, end) = (origin.scheme.len(), origin.scheme.len() + 1 + port.len());
        buffer[..colon].copy_from_slice(origin.scheme);
        buffer[colon] = b':';
        buffer[colon + 1..end].copy_from_slice(port);
        let Some(hosts) = self.hosts.get(&buffer[..end]) else { return false };
        let matched = |host: &[u8]| hosts.get(host).copied().unwrap_or_default();

        // Only browser extensions have patterns for any host.
        if origin.scheme.ends_with(b"-extension") && matched(b"").below {
            return true;
        }
        let dots = origin.host.iter().enumerate().rev().filter(|(_, byte)| **byte == b'.');
        let mut starts = dots.map(|(dot, _)| dot + 1).chain([0]).take(self.labels);
        starts.any(|start| {
            let matched = matched(&origin.host[start..]);
            if start == 0 { matched.host } else { matched.below }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_scheme_and_port_fit() {
        let origin = |host: &str| format!("{}://{host}.example:65535", "a".repeat(LONGEST_SCHEME));
        // So many patterns that they are found by their hosts.
        let patterns: Vec<_> = (0..=FEW).map(|i| origin(&format!("*.b{i}"))).collect();
        let set = PatternSet::new(patterns.iter().map(|text| OriginPattern::parse(text).expect("a pattern")));
        assert!(set.has(origin("a.b3").as_bytes()));
        assert!(!set.has(origin("b3").as_bytes()));
    }
}
