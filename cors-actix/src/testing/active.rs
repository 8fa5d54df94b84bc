//! Counts the requests for which test browsers wait.

use std::cell::Cell;

thread_local! {
    /// The number of requests on this thread for which test browsers wait.
    static ACTIVE: Cell<usize> = const { Cell::new(0) };
}

/// Whether a test browser on this thread waits for a response.
pub(crate) fn is_active() -> bool {
    ACTIVE.with(|active| active.get() > 0)
}

/// A request for which a test browser waits.
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
