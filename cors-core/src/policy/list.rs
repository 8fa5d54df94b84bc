//! A list of texts that a constant can hold: borrowed from the program, or owned.

/// Borrowed where it comes from a macro, owned where it comes from a builder or a file.
#[derive(Clone)]
pub(crate) enum List {
    Static(&'static [&'static str]),
    /// One text after the other, and where each ends: a million origins are two allocations, not a million.
    Owned {
        text: Box<str>,
        ends: Box<[usize]>,
    },
}

impl List {
    pub(crate) const fn len(&self) -> usize {
        match self {
            List::Static(list) => list.len(),
            List::Owned { ends, .. } => ends.len(),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) const fn get(&self, index: usize) -> &str {
        match self {
            List::Static(list) => list[index],
            List::Owned { text, ends } => {
                let start = if index == 0 { 0 } else { ends[index - 1] };
                text.split_at(ends[index]).0.split_at(start).1
            }
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.len()).map(|i| self.get(i))
    }

    /// Whether the list is `*` alone.
    pub(crate) fn is_any(&self) -> bool {
        self.len() == 1 && self.get(0) == "*"
    }
}

impl From<Vec<String>> for List {
    fn from(list: Vec<String>) -> Self {
        let mut end = 0;
        let ends = list.iter().map(|entry| {
            end += entry.len();
            end
        });
        List::Owned { ends: ends.collect(), text: list.concat().into() }
    }
}

impl PartialEq for List {
    fn eq(&self, other: &List) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for List {}

impl std::fmt::Debug for List {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owned_list_is_equal_to_a_borrowed_one() {
        for list in [&[][..], &[""], &["a"], &["", "é", "", "ab", ""]] {
            let owned = List::from(list.iter().map(|entry| entry.to_string()).collect::<Vec<_>>());
            assert_eq!(owned, List::Static(list));
            assert_eq!((owned.len(), owned.is_empty()), (list.len(), list.is_empty()));
            assert!(owned.iter().eq(list.iter().copied()));
        }
        assert_ne!(List::from(vec!["ab".into()]), List::from(vec!["a".into(), "b".into()]));
    }
}
