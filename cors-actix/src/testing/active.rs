//! Whether a test browser waits for a response.

use std::cell::Cell;

thread_local! {
    /// How many requests of test browsers are under way on this thread.
    static ACTIVE: Cell<usize> = const { Cell::new(0) };
}

/// Whether a request of a test browser is under way on this thread.
pub(crate) fn is_active() -> bool {
    ACTIVE.with(|active| active.get() > 0)
}

/// A request of a test browser that is under way.
pub(super) struct Active(());

impl Active {
    pub(super) fn start() -> Self {
        ACTIVE.with(|active| active.set(active.get() + 1));
        Self(())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.with(|active| active.set(active.get() - 1));
    }
}
