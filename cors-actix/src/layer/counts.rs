//! Counts the layers of this thread, to find out whether a request can pass through more than one of them.

use std::cell::Cell;

/// Whether a layer is around a handler or around anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// `#[cors]`, around one handler.
    Handler,
    /// A middleware, around anything.
    Around,
}

struct LayerCounts {
    handlers: Cell<usize>,
    around: Cell<usize>,
    /// Whether a request that passes through a layer in each [`Position`] can also pass through another layer.
    shares_requests: [Cell<bool>; 2],
}

thread_local! {
    static COUNTS: LayerCounts = const {
        LayerCounts {
            handlers: Cell::new(0),
            around: Cell::new(0),
            shares_requests: [Cell::new(false), Cell::new(false)],
        }
    };
}

/// A layer on this thread. Layers may be created and dropped at any time, so the counts are read for each request.
#[derive(Debug)]
pub(crate) struct CountedLayer(Position);

impl CountedLayer {
    pub(crate) fn new(position: Position) -> Self {
        change(position, |count| count + 1);
        Self(position)
    }
}

impl Drop for CountedLayer {
    fn drop(&mut self) {
        change(self.0, |count| count - 1);
    }
}

fn change(position: Position, change: impl Fn(usize) -> usize) {
    // When a thread ends, this count may be dropped before the layers.
    let _ = COUNTS.try_with(|counts| {
        let count = match position {
            Position::Handler => &counts.handlers,
            Position::Around => &counts.around,
        };
        count.set(change(count.get()));
        // The layers of two handlers never get the same request, unless one handler has another layer among its
        // middleware.
        counts.shares_requests[Position::Handler as usize].set(counts.around.get() > 0);
        counts.shares_requests[Position::Around as usize]
            .set(counts.around.get() + counts.handlers.get() > 1);
    });
}

/// Whether there are handlers with a policy of their own on this thread.
pub(crate) fn has_handler_layers() -> bool {
    COUNTS.with(|counts| counts.handlers.get() > 0)
}

/// Whether a request that passes through a layer in this position may also pass through another layer.
#[inline]
pub(crate) fn may_share_requests(position: Position) -> bool {
    COUNTS.with(|counts| counts.shares_requests[position as usize].get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares_requests() -> [bool; 2] {
        [Position::Handler, Position::Around].map(may_share_requests)
    }

    #[test]
    fn only_a_layer_around_others_shares_requests_with_them() {
        assert_eq!(shares_requests(), [false, false]);
        let handlers = [CountedLayer::new(Position::Handler), CountedLayer::new(Position::Handler)];
        assert!(!may_share_requests(Position::Handler));
        let around = CountedLayer::new(Position::Around);
        assert_eq!(shares_requests(), [true, true]);
        drop(handlers);
        assert_eq!(shares_requests(), [true, false]);
        let second = CountedLayer::new(Position::Around);
        assert_eq!(shares_requests(), [true, true]);
        drop(second);
        drop(around);
        assert_eq!(shares_requests(), [false, false]);
    }
}
