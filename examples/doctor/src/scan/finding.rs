//! A finding of a scan.

use crate::text::Marked;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A page may read or do what it should not, or a cache may mix up the answers to two origins.
    Hole,
    /// The setting does not work as written, or is dangerous unless it is intended.
    Warning,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Self::Hole => "hole",
            Self::Warning => "warning",
        }
    }
}

/// A mistake of the server.
pub struct Finding {
    /// The kind of mistake, for machines.
    pub code: &'static str,
    pub level: Level,
    /// What is wrong, and why it matters.
    pub message: String,
    /// What to write instead, as a key of this library if there is one.
    pub help: String,
    /// The number of the exchange that shows it.
    pub exchange: usize,
    /// The wrong lines in this exchange.
    pub lines: Vec<Marked>,
}
