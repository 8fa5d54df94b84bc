//! What the layers of an application decide about a request of the test browser.

use std::cell::Cell;
use std::rc::Rc;

use actix_web::HttpMessage as _;
use cors_core::{Decision, Explanation};

use crate::record::Record;

thread_local! {
    /// How many requests of test browsers are under way.
    static ACTIVE: Cell<usize> = const { Cell::new(0) };
}

/// Whether a request of a test browser is under way on this thread.
pub(crate) fn is_active() -> bool {
    ACTIVE.with(|active| active.get() > 0)
}

/// The observation of one request. While it lives, every layer writes its decision into the record of the request.
pub(super) struct Observation(Rc<Record>);

impl Observation {
    pub(super) fn start(request: &mut actix_http::Request) -> Self {
        ACTIVE.with(|active| active.set(active.get() + 1));
        Self(Record::leave(&mut request.extensions_mut()))
    }

    /// What the nearest layer decided. `None` if no policy saw the request.
    pub(super) fn decision(&self) -> Option<Decided> {
        let verdict = self.0.verdict()?;
        let answers = &verdict.answers;
        let place = answers.settings.place;
        let policy = match answers.policy().policy().declared_at() {
            Some(declared_at) => format!("{place}, declared at {declared_at}"),
            None => place.to_string(),
        };
        Some(Decided { policy, decision: verdict.decision, answered: verdict.answered })
    }

    pub(super) fn explanation(&self) -> Option<Explanation> {
        self.0.explanation()
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        ACTIVE.with(|active| active.set(active.get() - 1));
    }
}

/// The decision of the nearest layer.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    /// The layer, and the place where its policy is declared.
    pub(super) policy: String,
    pub(super) decision: Decision,
    /// Whether the layer made the response itself.
    pub(super) answered: bool,
}
