//! A list of texts that a constant can hold: borrowed from the program, or owned.

/// Borrowed where it comes from a macro, owned where it comes from a builder or a file.
#[derive(Clone)]
pub(crate) enum List {
    Static(&'static [&'static str]),
    Owned(Box<[Box<str>]>),
}

impl List {
    pub(crate) const fn len(&self) -> usize {
        match self {
            List::Static(list) => list.len(),
            List::Owned(list) => list.len(),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) const fn get(&self, index: usize) -> &str {
        match self {
            List::Static(list) => list[index],
            List::Owned(list) => &list[index],
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
        List::Owned(list.into_iter().map(String::into_boxed_str).collect())
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
