//! Which origins a policy is about, prepared so that the cost of asking does not grow with their number.
//!
//! The number of origins is a count of tenants, not a handful. A few exact origins are compared one by one, which is
//! fastest; many go into an open-addressing table over one arena of text. Subdomain and port patterns go into a table by
//! the end of the host that they name, so a look-up costs by the labels of the host. Nothing here allocates after
//! it is built, and the hashes are keyed, so no set of origins can be chosen to collide.

use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};
use std::ops::Range;
use std::sync::Arc;

use crate::origin::origin::{self, Origin};
use crate::origin::pattern::{HostPattern, OriginPattern, Parts, PortPattern};

/// Up to this many, comparing one by one beats a hash: see `cargo bench -p cors-core`.
const FEW: usize = 8;

/// The origins of one policy.
pub(crate) enum Matcher {
    /// `*`: the origin is not even read.
    Everyone,
    /// `*` with `except`.
    EveryoneBut(Arc<Set>),
    Listed(Arc<Set>),
}

impl Matcher {
    /// Whether `origin`, as the header's bytes, is granted.
    #[inline]
    pub(crate) fn allows(&self, origin: &[u8]) -> bool {
        match self {
            Matcher::Everyone => true,
            // Under `except`, what is no origin is shut out too, and so is a name with a trailing dot.
            Matcher::EveryoneBut(set) => {
                Origin::parse(origin).is_some_and(|origin| !set.has_without_trailing_dot(&origin))
            }
            Matcher::Listed(set) => set.has(origin),
        }
    }
}

/// A set of exact origins and patterns.
pub(crate) struct Set {
    null: bool,
    exact: Exact,
    patterns: Patterns,
}

impl Set {
    pub(crate) fn new<'a>(patterns: impl Iterator<Item = OriginPattern<'a>>) -> Self {
        // Exact origins may be a million: nothing but their text is kept while the set is built.
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
    fn has(&self, origin: &[u8]) -> bool {
        self.exact.has(origin)
            || (!self.patterns.is_empty()
                && Origin::parse(origin).is_some_and(|o| !o.has_trailing_dot() && self.patterns.has(&o)))
            || (self.null && origin == b"null")
    }

    fn has_without_trailing_dot(&self, origin: &Origin<'_>) -> bool {
        let text = origin.as_str().as_bytes();
        let exact = if origin.has_trailing_dot() {
            // The dot stands at the end of the host.
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

/// Exact origins. A pattern is written as browsers send the origin, so comparing bytes is enough.
enum Exact {
    Few(Box<[Box<[u8]>]>),
    Many { table: Table, arena: Box<[u8]> },
}

impl Exact {
    fn new<'a>(origins: impl ExactSizeIterator<Item = &'a str> + Clone) -> Self {
        if origins.len() <= FEW {
            return Exact::Few(origins.map(|origin| origin.as_bytes().into()).collect());
        }
        let mut table = Table::for_entries(origins.len());
        let mut arena = Vec::with_capacity(origins.clone().map(|origin| 2 + origin.len()).sum());
        for origin in origins {
            let origin = origin.as_bytes();
            let hash = table.hash(origin);
            if table.find(hash, |at| stands_at(&arena, at, origin)).is_none() {
                let at = u32::try_from(arena.len()).expect("fewer than 4 GiB of origins");
                table.insert(hash, at);
                // An origin is shorter than 64 KiB: its host is at most 253 bytes.
                arena.extend_from_slice(&(origin.len() as u16).to_le_bytes());
                arena.extend_from_slice(origin);
            }
        }
        Exact::Many { table, arena: arena.into() }
    }

    #[inline]
    fn has(&self, origin: &[u8]) -> bool {
        match self {
            Exact::Few(list) => list.iter().any(|entry| **entry == *origin),
            Exact::Many { table, arena } => {
                // Longer than any origin: not worth hashing.
                origin.len() <= origin::LONGEST
                    && table.find(table.hash(origin), |at| stands_at(arena, at, origin)).is_some()
            }
        }
    }
}

/// Whether the arena's entry at `at` is `text`.
fn stands_at(arena: &[u8], at: u32, text: &[u8]) -> bool {
    let entry = &arena[at as usize..];
    let (length, entry) = entry.split_at(2);
    usize::from(u16::from_le_bytes([length[0], length[1]])) == text.len() && entry.starts_with(text)
}

/// Patterns with a `*` in them.
enum Patterns {
    Few(Box<[WildPattern]>),
    Many(Ends),
}

/// A pattern that owns its text, with the cuts that parsing found.
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
        Patterns::Many(Ends::new(patterns))
    }

    #[inline]
    fn is_empty(&self) -> bool {
        matches!(self, Patterns::Few(list) if list.is_empty())
    }

    /// Whether a pattern stands for `origin`, with or without a trailing dot.
    fn has(&self, origin: &Origin<'_>) -> bool {
        match self {
            Patterns::Few(list) => {
                list.iter().any(|pattern| pattern.parts().matches_without_trailing_dot(origin))
            }
            Patterns::Many(ends) => ends.has(origin),
        }
    }
}

/// Patterns by the end of the host that they name: a table from a scheme, a port and an end to what ends there. A host is
/// looked up by all its ends, from the last label to the first, and each byte of it is hashed once.
struct Ends {
    table: Table,
    entries: Vec<End>,
    /// The scheme, the port (or `*`) and the host of each entry, one after the other.
    text: Vec<u8>,
    /// The most labels of an entry: a longer host has no more ends that are worth asking about.
    labels: usize,
    /// Whether an entry is for any port.
    any_port: bool,
}

struct End {
    at: u32,
    /// Of the scheme, the port and the host. The host is at most 253 bytes, and empty where any host is meant.
    lengths: [u8; 3],
    stands_for: StandsFor,
}

#[derive(Clone, Copy, Default)]
struct StandsFor {
    /// The host itself.
    host: bool,
    /// The names below it; below the empty one, every host.
    below: bool,
}

impl Ends {
    fn new(patterns: &[OriginPattern<'_>]) -> Self {
        let (table, entries, text) = (Table::for_entries(patterns.len()), Vec::new(), Vec::new());
        let mut ends = Self { table, entries, text, labels: 0, any_port: false };
        for pattern in patterns {
            let Parts::Tuple { scheme, host, port } = pattern.parts else { continue };
            let port = match port {
                PortPattern::Any => b"*",
                PortPattern::Exact(port) => port,
            };
            ends.any_port |= port == b"*";
            let host = match host {
                HostPattern::Any => b"",
                HostPattern::Exact(host) | HostPattern::Subdomains(host) => host,
            };
            let mut hasher = ends.table.hasher();
            let mut labels = 0;
            start(&mut hasher, scheme, port);
            for label in labels_from_the_last(host) {
                hash_label(&mut hasher, &host[label]);
                labels += 1;
            }
            ends.labels = ends.labels.max(labels);
            let entry = ends.entry(hash(&hasher), scheme, port, host);
            match pattern.parts {
                Parts::Tuple { host: HostPattern::Exact(_), .. } => entry.host = true,
                _ => entry.below = true,
            }
        }
        ends
    }

    fn entry(&mut self, hash: u32, scheme: &[u8], port: &[u8], host: &[u8]) -> &mut StandsFor {
        let index = match self.find(hash, scheme, port, host) {
            Some(index) => index,
            None => {
                let index = u32::try_from(self.entries.len()).expect("fewer than 4 G patterns");
                let at = u32::try_from(self.text.len()).expect("fewer than 4 GiB of patterns");
                let lengths = [scheme, port, host].map(|part| part.len() as u8);
                self.text.extend([scheme, port, host].into_iter().flatten());
                self.entries.push(End { at, lengths, stands_for: StandsFor::default() });
                self.table.insert(hash, index);
                index
            }
        };
        &mut self.entries[index as usize].stands_for
    }

    fn find(&self, hash: u32, scheme: &[u8], port: &[u8], host: &[u8]) -> Option<u32> {
        self.table.find(hash, |index| {
            let entry = &self.entries[index as usize];
            let mut rest = &self.text[entry.at as usize..];
            [scheme, port, host].into_iter().zip(entry.lengths).all(|(part, length)| {
                let (own, behind) = rest.split_at(length.into());
                rest = behind;
                own == part
            })
        })
    }

    fn has(&self, origin: &Origin<'_>) -> bool {
        self.has_at_port(origin, origin.port) || (self.any_port && self.has_at_port(origin, b"*"))
    }

    fn has_at_port(&self, origin: &Origin<'_>, port: &[u8]) -> bool {
        let mut hasher = self.table.hasher();
        start(&mut hasher, origin.scheme, port);
        let stands_for = |hasher: &DefaultHasher, host: &[u8]| {
            let found = self.find(hash(hasher), origin.scheme, port, host);
            found.map_or(StandsFor::default(), |index| self.entries[index as usize].stands_for)
        };
        // Only extensions have patterns for any host.
        if origin.scheme.ends_with(b"-extension") && stands_for(&hasher, b"").below {
            return true;
        }
        for label in labels_from_the_last(origin.host).take(self.labels) {
            let from = label.start;
            hash_label(&mut hasher, &origin.host[label]);
            let found = stands_for(&hasher, &origin.host[from..]);
            let matches = if from == 0 { found.host } else { found.below };
            if matches {
                return true;
            }
        }
        false
    }
}

fn start(hasher: &mut DefaultHasher, scheme: &[u8], port: &[u8]) {
    for part in [scheme, b":", port, b":"] {
        hasher.write(part);
    }
}

fn hash_label(hasher: &mut DefaultHasher, label: &[u8]) {
    hasher.write(b".");
    hasher.write(label);
}

fn hash(hasher: &DefaultHasher) -> u32 {
    (hasher.finish() >> 32) as u32
}

/// Where the labels of `host` stand, the last one first. None for the empty host.
fn labels_from_the_last(host: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut end = Some(host.len()).filter(|&length| length > 0);
    std::iter::from_fn(move || {
        let label = end?;
        let dot = host[..label].iter().rposition(|&byte| byte == b'.');
        end = dot;
        Some(dot.map_or(0, |dot| dot + 1)..label)
    })
}

/// An open-addressing table from keyed hashes to numbers; whoever asks says which number is the right one.
struct Table {
    /// A hash, and the number plus one. Never more than half full.
    slots: Box<[(u32, u32)]>,
    state: RandomState,
}

impl Table {
    /// For so many entries, and no more.
    fn for_entries(entries: usize) -> Self {
        let slots = (entries * 2).next_power_of_two().max(16);
        Self { slots: vec![(0, 0); slots].into(), state: RandomState::new() }
    }

    fn hasher(&self) -> DefaultHasher {
        self.state.build_hasher()
    }

    fn hash(&self, text: &[u8]) -> u32 {
        let mut hasher = self.hasher();
        hasher.write(text);
        hash(&hasher)
    }

    fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let (found, number) = self.slots[at];
            let number = number.checked_sub(1)?;
            if found == hash && is_it(number) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    fn insert(&mut self, hash: u32, number: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at].1 != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = (hash, number + 1);
    }
}
