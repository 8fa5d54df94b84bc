//! Which origins a policy is about, prepared so that the cost of asking does not grow with their number.
//!
//! The number of origins is a count of tenants, not a handful. A few exact origins are compared one by one, which is
//! fastest; many go into an open-addressing table over one arena of text. Subdomain and port patterns go into a trie of
//! labels, from the last label to the first, so a look-up costs by the labels of the host. Nothing here allocates after
//! it is built, and the hashes are keyed, so no set of origins can be chosen to collide.

use std::hash::{BuildHasher, Hasher, RandomState};

use crate::origin::Origin;
use crate::origin_pattern::{HostPattern, OriginPattern, Parts, PortPattern};
use crate::policy::Policy;

/// Up to this many, comparing one by one beats a hash: see `cargo bench -p cors-core`.
const FEW: usize = 8;

/// The origins of one policy.
pub(crate) enum Matcher {
    /// `*`: the origin is not even read.
    Everyone,
    /// `*` with `except`.
    EveryoneBut(Set),
    Listed {
        null: bool,
        set: Set,
    },
}

impl Matcher {
    pub(crate) fn new(policy: &Policy) -> Self {
        if policy.origins.is_any() {
            return if policy.except.is_empty() {
                Matcher::Everyone
            } else {
                Matcher::EveryoneBut(Set::new(policy.except()))
            };
        }
        Matcher::Listed {
            null: policy.origins().any(|pattern| pattern.is_null()),
            set: Set::new(policy.origins()),
        }
    }

    /// Whether `origin`, as the header's bytes, is granted.
    #[inline]
    pub(crate) fn allows(&self, origin: &[u8]) -> bool {
        match self {
            Matcher::Everyone => true,
            // Under `except`, what is no origin is shut out too, and so is a name with a trailing dot.
            Matcher::EveryoneBut(set) => {
                Origin::parse(origin).is_some_and(|origin| !set.has_without_trailing_dot(&origin))
            }
            Matcher::Listed { null, set } => set.has(origin) || (*null && origin == b"null"),
        }
    }
}

/// A set of exact origins and patterns.
pub(crate) struct Set {
    exact: Exact,
    patterns: Patterns,
}

impl Set {
    fn new<'a>(patterns: impl Iterator<Item = OriginPattern<'a>>) -> Self {
        let patterns: Vec<_> = patterns.filter(|pattern| !pattern.is_null()).collect();
        let (exact, wild): (Vec<_>, Vec<_>) = patterns.into_iter().partition(OriginPattern::is_exact);
        Self { exact: Exact::new(exact.iter().map(OriginPattern::as_str)), patterns: Patterns::new(&wild) }
    }

    #[inline]
    fn has(&self, origin: &[u8]) -> bool {
        self.exact.has(origin)
            || (!self.patterns.is_empty()
                && Origin::parse(origin).is_some_and(|o| !o.has_trailing_dot() && self.patterns.has(&o)))
    }

    fn has_without_trailing_dot(&self, origin: &Origin<'_>) -> bool {
        let text = origin.as_str().as_bytes();
        let exact = if origin.has_trailing_dot() {
            // The dot stands at the end of the host. A scheme, a host and a port that the parser took fit in here.
            let dot = origin.scheme().len() + 3 + origin.host().len();
            let mut buffer = [0; 64 + 3 + crate::host::LONGEST + 6];
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
    fn new<'a>(origins: impl ExactSizeIterator<Item = &'a str>) -> Self {
        if origins.len() <= FEW {
            return Exact::Few(origins.map(|origin| origin.as_bytes().into()).collect());
        }
        let mut table = Table::for_entries(origins.len());
        let mut arena = Vec::with_capacity(origins.len() * 32);
        for origin in origins {
            let origin = origin.as_bytes();
            let hash = table.hash(0, origin);
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
                origin.len() <= 512
                    && table.find(table.hash(0, origin), |at| stands_at(arena, at, origin)).is_some()
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
    Many(Trie),
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
        Patterns::Many(Trie::new(patterns))
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
            Patterns::Many(trie) => trie.has(origin),
        }
    }
}

/// Patterns by their labels, last label first. The first two steps are the scheme and the port.
struct Trie {
    table: Table,
    nodes: Vec<Node>,
    /// The label that leads to each node, one after the other.
    labels: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Node {
    parent: u32,
    label: (u32, u16),
    ends: Ends,
}

/// What ends at a node.
#[derive(Clone, Copy, Default)]
struct Ends {
    /// A host: it matches where no label is left.
    host: bool,
    /// The base of a subdomain pattern: it matches where a label is left.
    base: bool,
    /// A scheme with any host.
    any_host: bool,
}

const ROOT: u32 = 0;

impl Trie {
    fn new(patterns: &[OriginPattern<'_>]) -> Self {
        let mut trie = Self { table: Table::for_entries(0), nodes: Vec::new(), labels: Vec::new() };
        trie.nodes.push(Node { parent: ROOT, label: (0, 0), ends: Ends::default() });
        for pattern in patterns {
            let Parts::Tuple { scheme, host, port } = pattern.parts else { continue };
            let port = match port {
                PortPattern::Any => b"*",
                PortPattern::Exact(port) => port,
            };
            let mut node = trie.child_or_new(ROOT, scheme);
            node = trie.child_or_new(node, port);
            let labels = match host {
                HostPattern::Any => &[],
                HostPattern::Exact(host) | HostPattern::Subdomains(host) => host,
            };
            for label in labels.rsplit(|&byte| byte == b'.').filter(|label| !label.is_empty()) {
                node = trie.child_or_new(node, label);
            }
            let ends = &mut trie.nodes[node as usize].ends;
            match host {
                HostPattern::Any => ends.any_host = true,
                HostPattern::Exact(_) => ends.host = true,
                HostPattern::Subdomains(_) => ends.base = true,
            }
        }
        trie
    }

    fn child_or_new(&mut self, parent: u32, label: &[u8]) -> u32 {
        if let Some(child) = self.child(parent, label) {
            return child;
        }
        let child = u32::try_from(self.nodes.len()).expect("fewer than 4 G labels");
        let at = u32::try_from(self.labels.len()).expect("fewer than 4 GiB of labels");
        self.labels.extend_from_slice(label);
        self.nodes.push(Node { parent, label: (at, label.len() as u16), ends: Ends::default() });
        let hash = self.table.hash(parent, label);
        self.table.insert(hash, child);
        child
    }

    fn child(&self, parent: u32, label: &[u8]) -> Option<u32> {
        self.table.find(self.table.hash(parent, label), |child| {
            let node = &self.nodes[child as usize];
            let (at, length) = node.label;
            node.parent == parent && self.labels[at as usize..][..length.into()] == *label
        })
    }

    fn has(&self, origin: &Origin<'_>) -> bool {
        let Some(scheme) = self.child(ROOT, origin.scheme) else { return false };
        [origin.port, b"*"]
            .into_iter()
            .any(|port| self.child(scheme, port).is_some_and(|node| self.has_host(node, origin.host)))
    }

    /// Walks the labels from the last to the first. Each byte of the host is hashed once.
    fn has_host(&self, mut node: u32, host: &[u8]) -> bool {
        if self.nodes[node as usize].ends.any_host {
            return true;
        }
        let mut labels = host.rsplit(|&byte| byte == b'.').peekable();
        while let Some(label) = labels.next() {
            let Some(child) = self.child(node, label) else { return false };
            node = child;
            let ends = self.nodes[node as usize].ends;
            match labels.peek() {
                Some(_) if ends.base => return true,
                None => return ends.host,
                _ => {}
            }
        }
        false
    }
}

/// An open-addressing table from keyed hashes to numbers; whoever asks says which number is the right one.
struct Table {
    /// A hash, and the number plus one. Never more than half full.
    slots: Box<[(u32, u32)]>,
    entries: usize,
    state: RandomState,
}

impl Table {
    fn for_entries(entries: usize) -> Self {
        let slots = (entries * 2).next_power_of_two().max(16);
        Self { slots: vec![(0, 0); slots].into(), entries: 0, state: RandomState::new() }
    }

    fn hash(&self, parent: u32, text: &[u8]) -> u32 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(parent);
        hasher.write(text);
        (hasher.finish() >> 32) as u32
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
        self.entries += 1;
        if self.entries * 2 > self.slots.len() {
            let larger = vec![(0, 0); self.slots.len() * 2].into();
            for (hash, number) in std::mem::replace(&mut self.slots, larger) {
                if number != 0 {
                    self.place(hash, number);
                }
            }
        }
        self.place(hash, number + 1);
    }

    fn place(&mut self, hash: u32, number: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at].1 != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = (hash, number);
    }
}
