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

struct Alive {
    handlers: Cell<usize>,
    around: Cell<usize>,
    /// Whether a request that passes through a layer in each [`Position`] can also pass through another layer.
    may_meet: [Cell<bool>; 2],
}

thread_local! {
    static ALIVE: Alive = const {
        Alive {
            handlers: Cell::new(0),
            around: Cell::new(0),
            may_meet: [Cell::new(false), Cell::new(false)],
        }
    };
}

/// A layer on this thread. Layers may be created and dropped at any time, so the counts are read for each request.
#[derive(Debug)]
pub(crate) struct AliveLayer(Position);

impl AliveLayer {
    pub(crate) fn new(position: Position) -> Self {
        change(position, |count| count + 1);
        Self(position)
    }
}

impl Drop for AliveLayer {
    fn drop(&mut self) {
        change(self.0, |count| count - 1);
    }
}

fn change(position: Position, change: impl Fn(usize) -> usize) {
    // When a thread ends, this count may be dropped before the layers.
    let _ = ALIVE.try_with(|alive| {
        let count = match position {
            Position::Handler => &alive.handlers,
            Position::Around => &alive.around,
        };
        count.set(change(count.get()));
        // The layers of two handlers never get the same request, unless one handler has another layer among its
        // middleware.
        alive.may_meet[Position::Handler as usize].set(alive.around.get() > 0);
        alive.may_meet[Position::Around as usize].set(alive.around.get() + alive.handlers.get() > 1);
    });
}

/// Whether there are handlers with a policy of their own on this thread.
pub(crate) fn handlers_are_alive() -> bool {
    ALIVE.with(|alive| alive.handlers.get() > 0)
}

/// Whether a request that passes through a layer in this position may also pass through another layer.
#[inline]
pub(crate) fn may_meet_another(position: Position) -> bool {
    ALIVE.with(|alive| alive.may_meet[position as usize].get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_meet() -> [bool; 2] {
        [Position::Handler, Position::Around].map(may_meet_another)
    }

    #[test]
    fn only_a_layer_around_others_shares_requests_with_them() {
        assert_eq!(may_meet(), [false, false]);
        let handlers = [AliveLayer::new(Position::Handler), AliveLayer::new(Position::Handler)];
        assert!(!may_meet_another(Position::Handler));
        let around = AliveLayer::new(Position::Around);
        assert_eq!(may_meet(), [true, true]);
        drop(handlers);
        assert_eq!(may_meet(), [true, false]);
        let second = AliveLayer::new(Position::Around);
        assert_eq!(may_meet(), [true, true]);
        drop(second);
        drop(around);
        assert_eq!(may_meet(), [false, false]);
    }
}
