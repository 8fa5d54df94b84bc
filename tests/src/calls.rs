//! Counting what a handler does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often a handler ran. Clones count together: one is in the application's data, one with the test.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<AtomicUsize>);

impl Calls {
    /// The handler runs.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// How often it ran since this was last asked.
    pub fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}
