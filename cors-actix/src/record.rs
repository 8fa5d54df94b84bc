//! The record of a request: the decisions of the layers that it passes through.
//!
//! The nearest policy wins, so a layer has to know the decisions of nearer layers, even if a middleware between them
//! changes the response. The outermost layer creates a record in the extensions of the request, and keeps a clone of it.
//! Every layer writes its decision into the record before it passes the request on, so the last entry is that of the
//! nearest layer.
//!
//! If a request passes through one layer only and there is no listener, there is no record.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::{Extensions, RequestHead, ServiceRequest};
use actix_web::http::header::HeaderValue;
use actix_web::{HttpMessage as _, HttpRequest};
use cors_core::{Decision, Difference, Explanation, Granted, Preflight, Refusal, Request, RequestHeader};

use crate::layer::answers::LayerAnswers;
use crate::layer::listeners::COUNTS;
use crate::layer::place::Place;
use crate::request::RequestView;

/// The state of a request that its layers share.
#[derive(Default)]
pub(crate) struct Record {
    /// Whether the future of the layer that created the record still exists. If not, a middleware outside of that
    /// layer has sent the request a second time.
    active: Cell<bool>,
    /// The number of layers that the request has entered.
    entries: Cell<u32>,
    verdict: RefCell<Option<Verdict>>,
    /// The preflight that skipped a middleware.
    skipped: RefCell<Option<Preflight<HeaderValue>>>,
    /// Whether a request that skipped a middleware was no longer the same preflight.
    violated: Cell<bool>,
    /// Whether one of the layers listens to refusals.
    listening: Cell<bool>,
    /// Whether the refusal was logged as a `tracing` event.
    #[cfg(feature = "tracing")]
    traced: Cell<bool>,
    /// The refusal of an `OriginGuard`.
    refused_by_guard: RefCell<Option<Refused>>,
    /// Whether the decision was counted.
    #[cfg(feature = "metrics")]
    counted: Cell<bool>,
    /// Whether the difference of a policy on trial was logged.
    logged_difference: Cell<bool>,
    /// The refusal of a preflight that other code answered, so that it did not reach a policy.
    unanswered: RefCell<Option<Refused>>,
}

/// The decision of a layer. The record contains that of the nearest layer so far.
#[derive(Clone)]
pub(crate) struct Verdict {
    /// The number of the layer's entry.
    entry: u32,
    pub(crate) answers: Arc<LayerAnswers>,
    pub(crate) decision: Decision,
    /// The [origin to repeat](cors_core::Answers::origin_to_repeat).
    pub(crate) origin: Option<HeaderValue>,
    /// The parts of a preflight that the answer repeats.
    pub(crate) asked: Asked,
    /// Whether the layer created the response itself.
    pub(crate) answered: bool,
    /// Whether the handler set its own `Access-Control-Allow-Origin`, which is not changed.
    pub(crate) left_to_handler: bool,
    refused: Option<Refused>,
    /// The difference of the policy on trial, and the head of the request.
    difference: Option<Rc<(Difference, RequestHead)>>,
}

/// The parts of a preflight that an answer repeats. They are copied, because the request is no longer available when
/// actix creates a response from an error.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    method: Option<HeaderValue>,
    headers: Vec<HeaderValue>,
}

impl Asked {
    fn of(answers: &LayerAnswers, decision: Decision, view: &RequestView<'_>) -> Self {
        let (mut asked, answer) = (Self::default(), answers.answers.get(decision));
        // The method is also used in reports about preflights.
        if answer.status.is_some() {
            asked.method = view.header(RequestHeader::AccessControlRequestMethod).next().cloned();
        }
        let Some(grants) = &answer.grants else { return asked };
        if grants.allow_headers == Some(Granted::Echoed) {
            asked.headers = view.header(RequestHeader::AccessControlRequestHeaders).cloned().collect();
        }
        asked
    }
}

impl Request for Asked {
    type Value = HeaderValue;

    fn method(&self) -> &str {
        "OPTIONS"
    }

    fn header(&self, name: RequestHeader) -> impl Iterator<Item = &HeaderValue> {
        let lines = match name {
            RequestHeader::AccessControlRequestMethod => self.method.as_slice(),
            RequestHeader::AccessControlRequestHeaders => &self.headers,
            _ => &[],
        };
        lines.iter()
    }

    fn authority(&self) -> Option<&[u8]> {
        None
    }

    fn is_secure(&self) -> bool {
        false
    }
}

/// A refusal of a request, or of a part of what a preflight asks for.
#[derive(Clone)]
#[cfg_attr(
    not(feature = "metrics"),
    expect(dead_code, reason = "only the counters read the first two fields")
)]
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    /// The layer that has the policy, if there is one.
    pub(crate) place: Option<Place>,
    /// `None` if there is no listener, because the reason costs much more than the decision.
    pub(crate) reason: Option<Rc<Reason>>,
}

impl Refused {
    /// A refusal by the policy of a layer. `explains` is whether there is a listener.
    pub(crate) fn new(
        refusal: Refusal,
        answers: &LayerAnswers,
        view: &RequestView<'_>,
        head: &RequestHead,
        explains: bool,
    ) -> Self {
        let place = answers.settings.place;
        let explain = || answers.policy().explain(refusal, view).in_layer(place);
        let reason = explains.then(|| Rc::new(Reason { explanation: explain(), head: head.clone() }));
        Self { refusal, place: Some(place), reason }
    }
}

/// The reason why a request was not granted. It has a copy of the request's head, because the request is no longer
/// available when the response arrives.
pub(crate) struct Reason {
    pub(crate) explanation: Explanation,
    pub(crate) head: RequestHead,
}

/// The record in the extensions of a request.
struct Handle(Rc<Record>);

impl Record {
    /// The record in these extensions, if the layer that created it still waits for the response.
    pub(crate) fn in_extensions(extensions: &Extensions) -> Option<Rc<Record>> {
        let Handle(record) = extensions.get::<Handle>()?;
        record.active.get().then(|| Rc::clone(record))
    }

    pub(crate) fn is_listening(&self) -> bool {
        self.listening.get()
    }

    /// Whether the record needs the refusals: there is a listener, or refusals are counted.
    pub(crate) fn needs_refusals(&self) -> bool {
        COUNTS || self.is_listening()
    }

    pub(crate) fn set_refused_by_guard(&self, refused: Option<Refused>) {
        *self.refused_by_guard.borrow_mut() = refused;
    }

    /// The nearest refusal.
    fn refused(&self) -> Option<Refused> {
        let by_guard = self.refused_by_guard.borrow().clone();
        let by_policy = || self.verdict.borrow().as_ref()?.refused.clone();
        by_guard.or_else(by_policy).or_else(|| self.unanswered.borrow().clone())
    }
}

#[cfg(feature = "testing")]
impl Record {
    /// Creates a record for a request before it enters a layer, so that every layer writes into it.
    pub(crate) fn leave(extensions: &mut Extensions) -> Rc<Record> {
        let record = Record { active: Cell::new(true), listening: Cell::new(true), ..Record::default() };
        let record = Rc::new(record);
        extensions.insert(Handle(Rc::clone(&record)));
        record
    }

    /// The explanation of the nearest refusal.
    pub(crate) fn explanation(&self) -> Option<Explanation> {
        self.refused()?.reason.map(|reason| reason.explanation.clone())
    }

    /// The decision of the nearest layer.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.verdict.borrow().clone()
    }
}

/// The access of one layer to the record of a request. There is no record if the request passes through this layer
/// only and there is no listener.
pub(crate) struct Entry {
    record: Option<Rc<Record>>,
    /// The number of the layer. The outermost layer, which created the record, has the number 1.
    number: u32,
    /// Whether the layer's listeners were called. Actix may create a response from an error more than once.
    told: Cell<bool>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(record) = &self.record
            && self.number == 1
        {
            record.active.set(false);
        }
    }
}

impl Entry {
    /// The entry of a layer without a record.
    pub(crate) fn alone() -> Self {
        Self { record: None, number: 0, told: Cell::new(false) }
    }

    /// Enters the record of a request, or creates one. `listens` is whether the layer listens to refusals.
    pub(crate) fn new(request: &ServiceRequest, listens: bool) -> Self {
        let mut extensions = request.extensions_mut();
        let record = Record::in_extensions(&extensions).unwrap_or_else(|| {
            let record = Rc::new(Record { active: Cell::new(true), ..Record::default() });
            extensions.insert(Handle(Rc::clone(&record)));
            record
        });
        let number = record.entries.get() + 1;
        record.entries.set(number);
        record.listening.set(record.listening.get() || listens);
        Self { record: Some(record), number, told: Cell::new(false) }
    }

    pub(crate) fn has_record(&self) -> bool {
        self.record.is_some()
    }

    /// Whether this layer created the record.
    pub(crate) fn is_outermost(&self) -> bool {
        self.number == 1
    }

    /// Whether the record is still in the extensions of the request. If other code has removed it, a nearer layer may
    /// have decided without writing into it.
    pub(crate) fn is_in(&self, extensions: &Extensions) -> bool {
        let found = extensions.get::<Handle>();
        found.zip(self.record.as_ref()).is_some_and(|(Handle(found), own)| Rc::ptr_eq(found, own))
    }

    /// Whether nearer layers, if there are any, were able to write into the record, which other code may have
    /// removed.
    pub(crate) fn hears_nearer_layers(&self, answers: &LayerAnswers, request: &HttpRequest) -> bool {
        !answers.may_share_requests() || self.is_in(&request.extensions())
    }

    /// The reason of the nearest refusal.
    pub(crate) fn reason(&self) -> Option<Rc<Reason>> {
        self.refused()?.reason
    }

    /// The nearest refusal.
    pub(crate) fn refused(&self) -> Option<Refused> {
        self.record.as_ref()?.refused()
    }

    /// The difference of the policy on trial of the nearest layer.
    pub(crate) fn difference(&self) -> Option<Rc<(Difference, RequestHead)>> {
        self.record.as_ref()?.verdict.borrow().as_ref()?.difference.clone()
    }

    /// Whether this is the first layer that counts the request.
    #[cfg(feature = "metrics")]
    pub(crate) fn counts(&self) -> bool {
        self.record.as_ref().is_some_and(|record| !record.counted.replace(true))
    }

    /// The decision of the nearest layer, and the place where that layer was created.
    #[cfg(feature = "metrics")]
    pub(crate) fn decision(&self) -> Option<(Decision, Place)> {
        let verdict = self.record.as_ref()?.verdict.borrow();
        verdict.as_ref().map(|verdict| (verdict.decision, verdict.answers.settings.place))
    }

    /// Whether this is the first layer that reports the difference in the log.
    pub(crate) fn logs_difference(&self) -> bool {
        self.record.as_ref().is_some_and(|record| !record.logged_difference.replace(true))
    }

    /// Whether the layer's listeners have not been called yet.
    pub(crate) fn tells(&self) -> bool {
        !self.told.replace(true)
    }

    /// Whether this is the first layer that logs the refusal as a `tracing` event.
    #[cfg(feature = "tracing")]
    pub(crate) fn traces(&self) -> bool {
        self.record.as_ref().is_some_and(|record| !record.traced.replace(true))
    }

    /// Writes the decision of this layer into the record. `known` is a reason that does not come from the policy.
    pub(crate) fn decide(
        &self,
        answers: &Arc<LayerAnswers>,
        decision: Decision,
        origin: Option<&HeaderValue>,
        known: Option<Refusal>,
        view: &RequestView<'_>,
        head: &RequestHead,
    ) {
        let Some(record) = &self.record else { return };
        let refusal =
            record.needs_refusals().then(|| known.or_else(|| answers.policy().reason(decision, view)));
        let refused = refusal
            .flatten()
            .map(|refusal| Refused::new(refusal, answers, view, head, record.is_listening()));
        let trial = answers.settings.listeners.trial.as_ref();
        let difference = trial.and_then(|trial| trial.compare((answers.policy(), decision), view, head));
        *record.verdict.borrow_mut() = Some(Verdict {
            entry: self.number,
            answers: Arc::clone(answers),
            decision,
            origin: origin.cloned(),
            asked: Asked::of(answers, decision, view),
            answered: false,
            left_to_handler: false,
            refused,
            difference: difference.map(|difference| Rc::new((difference, head.clone()))),
        });
    }

    /// Changes this layer's verdict, if no nearer layer has decided.
    pub(crate) fn change_own(&self, change: impl FnOnce(&mut Verdict)) {
        let Some(record) = &self.record else { return };
        if let Some(verdict) = record.verdict.borrow_mut().as_mut()
            && verdict.entry == self.number
        {
            change(verdict);
        }
    }

    /// The verdict of a layer that is nearer to the handler than this one.
    pub(crate) fn nearer(&self) -> Option<Verdict> {
        self.record.as_ref()?.verdict.borrow().as_ref().filter(|verdict| verdict.entry > self.number).cloned()
    }

    /// The method that the preflight asks for.
    pub(crate) fn asked_method(&self) -> Option<HeaderValue> {
        self.record.as_ref()?.verdict.borrow().as_ref()?.asked.method.clone()
    }

    /// Records that other code answered a preflight, so that it did not reach a policy.
    pub(crate) fn set_unanswered(&self, refused: Refused) {
        if let Some(record) = &self.record {
            *record.unanswered.borrow_mut() = Some(refused);
        }
    }

    /// Whether a policy has decided about the request.
    pub(crate) fn is_decided(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.verdict.borrow().is_some())
    }

    /// Records the preflight that skips a middleware.
    pub(crate) fn skip(&self, preflight: Preflight<HeaderValue>) {
        if let Some(record) = &self.record {
            *record.skipped.borrow_mut() = Some(preflight);
        }
    }

    /// Whether this request skipped a middleware as a preflight and is no longer the same preflight.
    pub(crate) fn violates(&self, view: &RequestView<'_>) -> bool {
        let Some(record) = &self.record else { return false };
        let violates = record.skipped.borrow().as_ref().is_some_and(|preflight| !preflight.is(view));
        if violates {
            record.violated.set(true);
            log::warn!(
                "a {} request skipped a middleware as a preflight and was changed afterwards, so it was refused",
                view.method(),
            );
        }
        violates
    }

    /// Whether a layer has refused the request because it was no longer the preflight that skipped a middleware.
    pub(crate) fn is_violated(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.violated.get())
    }
}
