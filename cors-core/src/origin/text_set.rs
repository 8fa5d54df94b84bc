//! A hash set of many short texts.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A set of texts in one block of memory, with an open-addressing table of their hashes.
///
/// With a million texts, a look-up waits for memory most of the time. A look-up in this set reads two places, a slot and
/// a text. A `HashSet<Box<[u8]>>` and a `hashbrown::HashTable` read three, and exceeded the limit in `cargo bench -p
/// cors-core`.
pub(crate) struct TextSet {
    slots: Box<[Slot]>,
    /// The texts, each after its length in two bytes.
    texts: Box<[u8]>,
    hasher: RandomState,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u32,
    /// The index in `texts` plus one, or zero in an empty slot.
    index_plus_one: u32,
}

impl TextSet {
    /// # Panics
    /// If the texts have more than 4 GiB together, or one of them has more than 64 KiB.
    pub(crate) fn new<'a>(texts: impl ExactSizeIterator<Item = &'a str> + Clone) -> Self {
        // At most half of the slots are used, so a search ends after few of them.
        let slots = (texts.len() * 2).next_power_of_two().max(16);
        let length = texts.clone().map(|text| 2 + text.len()).sum();
        let mut set = Self {
            slots: vec![Slot::default(); slots].into(),
            texts: Box::default(),
            hasher: RandomState::new(),
        };
        let mut block = Vec::with_capacity(length);
        for text in texts {
            let text = text.as_bytes();
            let hash = set.hash(text);
            let (slot, found) = set.search(hash, text, &block);
            if !found {
                let next = u32::try_from(block.len() + 1).expect("fewer than 4 GiB of texts");
                set.slots[slot] = Slot { hash, index_plus_one: next };
                let length = u16::try_from(text.len()).expect("a text is shorter than 64 KiB");
                block.extend_from_slice(&length.to_le_bytes());
                block.extend_from_slice(text);
            }
        }
        set.texts = block.into();
        set
    }

    #[inline]
    pub(crate) fn has(&self, text: &[u8]) -> bool {
        self.search(self.hash(text), text, &self.texts).1
    }

    #[inline]
    fn hash(&self, text: &[u8]) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text);
        (hasher.finish() >> 32) as u32
    }

    /// The slot of `text` and `true`, or the empty slot for it and `false`.
    #[inline]
    fn search(&self, hash: u32, text: &[u8], texts: &[u8]) -> (usize, bool) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            let Some(index) = slot.index_plus_one.checked_sub(1) else { return (at, false) };
            if slot.hash == hash && is_at(texts, index, text) {
                return (at, true);
            }
            at = (at + 1) & mask;
        }
    }
}

/// Whether the text at `index` is `text`.
#[inline]
fn is_at(texts: &[u8], index: u32, text: &[u8]) -> bool {
    let (length, rest) = texts[index as usize..].split_at(2);
    usize::from(u16::from_le_bytes([length[0], length[1]])) == text.len() && rest.starts_with(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_exactly_the_texts_that_it_was_created_from() {
        for count in [0, 1, 8, 9, 1000] {
            let texts: Vec<String> = (0..count).map(|i| format!("https://{i}.example")).collect();
            let twice = texts.iter().chain(&texts).map(String::as_str).collect::<Vec<_>>();
            let set = TextSet::new(twice.iter().copied());
            assert!(texts.iter().all(|text| set.has(text.as_bytes())));
            for text in
                ["", "https://1.exampl", "https://1.example.", "https://-1.example", "https://1001.example"]
            {
                assert!(!set.has(text.as_bytes()), "{count}: {text}");
            }
        }
    }

    #[test]
    fn texts_have_different_hashes_in_each_set() {
        let texts: Vec<String> = (0..1000).map(|i| format!("https://{i}.example")).collect();
        let hashes = || {
            let set = TextSet::new(texts.iter().map(String::as_str));
            texts.iter().map(|text| set.hash(text.as_bytes())).collect::<Vec<_>>()
        };
        let (one, other) = (hashes(), hashes());
        let distinct: std::collections::HashSet<_> = one.iter().collect();
        assert!(distinct.len() > 990, "{}", distinct.len());
        assert!(one.iter().zip(&other).filter(|(one, other)| one == other).count() < 10);
    }

    #[test]
    fn a_text_with_the_hash_of_another_text_is_not_found() {
        let set = TextSet::new(["https://a.example"].into_iter());
        let hash = set.hash(b"https://a.example");
        assert!(set.search(hash, b"https://a.example", &set.texts).1);
        assert!(!set.search(hash, b"https://b.example", &set.texts).1);
    }
}
