//! A list of texts that can be stored in a constant.

use std::sync::{Arc, OnceLock};

use crate::origin::pattern::OriginPattern;
use crate::origin::set::PatternSet;

/// A list of texts: borrowed if it comes from a macro, and owned if it comes from a builder or a file.
#[derive(Clone)]
pub(crate) enum List {
    Static(&'static [&'static str]),
    Owned {
        /// All texts, one after the other. A million origins need two allocations instead of a million.
        text: Box<str>,
        /// The end of each text.
        ends: Box<[usize]>,
        /// The texts as a set of origins, which is created when it is first needed. The clones of a list share it, so
        /// that several layers can use one policy with a million origins.
        origins: Arc<OnceLock<Arc<PatternSet>>>,
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
            List::Owned { text, ends, .. } => {
                let start = if index == 0 { 0 } else { ends[index - 1] };
                text.split_at(ends[index]).0.split_at(start).1
            }
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.len()).map(|i| self.get(i))
    }

    /// Whether the list consists of `*` only.
    pub(crate) fn is_any(&self) -> bool {
        self.len() == 1 && self.get(0) == "*"
    }

    /// The entries as origin patterns. They have to be judged already.
    pub(crate) fn patterns(&self) -> impl ExactSizeIterator<Item = OriginPattern<'_>> + Clone {
        self.iter().map(|text| match OriginPattern::parse(text) {
            Ok(pattern) => pattern,
            Err(rule) => unreachable!("{text} was judged when the policy was made: {rule}"),
        })
    }

    /// The entries as a set of origins. A borrowed list is small, and a constant cannot contain a shared cache, so its
    /// set is created at each call.
    pub(crate) fn origin_set(&self) -> Arc<PatternSet> {
        let set = || Arc::new(PatternSet::new(self.patterns()));
        match self {
            List::Static(_) => set(),
            List::Owned { origins, .. } => Arc::clone(origins.get_or_init(set)),
        }
    }
}

impl From<&[String]> for List {
    fn from(list: &[String]) -> Self {
        let mut end = 0;
        let ends = list.iter().map(|entry| {
            end += entry.len();
            end
        });
        List::Owned { ends: ends.collect(), text: list.concat().into(), origins: Arc::default() }
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
            let texts: Vec<String> = list.iter().map(|entry| entry.to_string()).collect();
            let owned = List::from(&texts[..]);
            assert_eq!(owned, List::Static(list));
            assert_eq!((owned.len(), owned.is_empty()), (list.len(), list.is_empty()));
            assert!(owned.iter().eq(list.iter().copied()));
        }
        assert_ne!(List::from(&["ab".into()][..]), List::from(&["a".into(), "b".into()][..]));
    }
}
