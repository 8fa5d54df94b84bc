//! What the layers of an application decide about a request of the test browser.

use std::rc::Rc;

use actix_web::HttpMessage as _;
use cors_core::{Decision, Explanation};

use crate::record::Record;

use super::active::Active;

/// The observation of one request. While it exists, every layer writes its decision into the record of the request.
pub(super) struct Observation {
    record: Rc<Record>,
    _active: Active,
}

impl Observation {
    pub(super) fn start(request: &mut actix_http::Request) -> Self {
        Self { record: Record::leave(&mut request.extensions_mut()), _active: Active::start() }
    }

    /// The decision of the nearest layer. `None` if the request did not reach a policy.
    pub(super) fn decision(&self) -> Option<Decided> {
        let verdict = self.record.verdict()?;
        let answers = &verdict.answers;
        let place = answers.settings.place;
        let policy = match answers.policy().policy().declared_at() {
            Some(declared_at) => format!("{place}, declared at {declared_at}"),
            None => place.to_string(),
        };
        Some(Decided { policy, decision: verdict.decision, answered: verdict.answered })
    }

    pub(super) fn explanation(&self) -> Option<Explanation> {
        self.record.explanation()
    }
}

/// The decision of the nearest layer.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    /// The layer, and the place where its policy is declared.
    pub(super) policy: String,
    pub(super) decision: Decision,
    /// Whether the layer created the response itself.
    pub(super) answered: bool,
}
