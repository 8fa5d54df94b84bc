//! The record of a request: what the layers that it meets decide about it.
//!
//! The nearest policy wins, so a layer has to know what nearer layers decided, whatever a middleware between them does to
//! the response. The outermost layer leaves a record in the extensions of the request, and keeps a clone of it. Every
//! layer writes its decision into it before the request goes on, so the last entry is that of the nearest layer.
//!
//! A layer that no other layer meets leaves no record.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpMessage as _;
use actix_web::dev::{Extensions, RequestHead, ServiceRequest};
use actix_web::http::header::HeaderValue;
use cors_core::{Decision, Preflight, Refusal, Request as _};

use crate::layer::answers::LayerAnswers;
use crate::layer::place::Place;
use crate::request::RequestView;

/// What is known about a request.
#[derive(Default)]
pub(crate) struct Record {
    /// Whether the future of the layer that left the record lives. If not, the request was sent again from outside.
    active: Cell<bool>,
    /// How often a layer was entered.
    entries: Cell<u32>,
    verdict: RefCell<Option<Verdict>>,
    /// The preflight that went around a middleware.
    skipped: RefCell<Option<Preflight<HeaderValue>>>,
    /// Whether a request that went around a middleware was no longer that preflight.
    violated: Cell<bool>,
    /// Whether a layer on the way listens to refusals.
    listening: Cell<bool>,
    /// Whether the refusal was logged as a `tracing` event.
    pub(crate) traced: Cell<bool>,
    /// Why an `OriginGuard` did not let the request in.
    refused_by_guard: RefCell<Option<Rc<Reason>>>,
}

/// What the nearest layer so far decided.
#[derive(Clone)]
pub(crate) struct Verdict {
    /// The number of the layer's entry.
    entry: u32,
    pub(crate) answers: Arc<LayerAnswers>,
    pub(crate) decision: Decision,
    /// The [origin to repeat](cors_core::Answers::origin_to_repeat).
    pub(crate) origin: Option<HeaderValue>,
    /// Whether the layer made the response itself.
    pub(crate) answered: bool,
    /// Whether the handler set its own `Access-Control-Allow-Origin`, which is not touched.
    pub(crate) left_to_handler: bool,
    reason: Option<Rc<Reason>>,
}

/// Why a page does not get what it asked for. It has a copy of the request's head, because the request is gone when the
/// response comes.
pub(crate) struct Reason {
    pub(crate) refusal: Refusal,
    pub(crate) head: RequestHead,
    pub(crate) place: Place,
    /// The place of the policy itself, if a macro declared it.
    pub(crate) declared_at: Option<&'static str>,
}

/// The record in the extensions of a request.
struct Handle(Rc<Record>);

impl Record {
    /// The record in these extensions, if the layer that left it waits for the response.
    pub(crate) fn in_extensions(extensions: &Extensions) -> Option<Rc<Record>> {
        let Handle(record) = extensions.get::<Handle>()?;
        record.active.get().then(|| Rc::clone(record))
    }

    pub(crate) fn is_listening(&self) -> bool {
        self.listening.get()
    }

    pub(crate) fn set_refused_by_guard(&self, reason: Option<Reason>) {
        *self.refused_by_guard.borrow_mut() = reason.map(Rc::new);
    }

    /// The reason of the nearest refusal.
    pub(crate) fn reason(&self) -> Option<Rc<Reason>> {
        let by_guard = self.refused_by_guard.borrow().clone();
        by_guard.or_else(|| self.verdict.borrow().as_ref()?.reason.clone())
    }
}

/// A layer's part in a record.
pub(crate) struct Entry {
    record: Rc<Record>,
    number: u32,
    /// Whether this layer left the record: it is the outermost.
    pub(crate) is_outermost: bool,
    /// Whether the layer's listeners were told. Actix may turn an error into a response more than once.
    pub(crate) told: Cell<bool>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.is_outermost {
            self.record.active.set(false);
        }
    }
}

impl Entry {
    /// Enters the record of a request, or leaves one. `listens` says whether the layer listens to refusals.
    pub(crate) fn new(request: &ServiceRequest, listens: bool) -> Self {
        let mut extensions = request.extensions_mut();
        let found = Record::in_extensions(&extensions);
        let is_outermost = found.is_none();
        let record = found.unwrap_or_else(|| {
            let record = Rc::new(Record { active: Cell::new(true), ..Record::default() });
            extensions.insert(Handle(Rc::clone(&record)));
            record
        });
        let number = record.entries.get() + 1;
        record.entries.set(number);
        record.listening.set(record.listening.get() || listens);
        Self { record, number, is_outermost, told: Cell::new(false) }
    }

    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Whether the record is still in the extensions of the request. Other code may have removed it, and then a nearer
    /// layer may have decided without being seen.
    pub(crate) fn is_in(&self, extensions: &Extensions) -> bool {
        extensions.get::<Handle>().is_some_and(|Handle(record)| Rc::ptr_eq(record, &self.record))
    }

    /// Writes down what this layer decides. `known` is a reason that the policy cannot know.
    pub(crate) fn decide(
        &self,
        answers: &Arc<LayerAnswers>,
        decision: Decision,
        origin: Option<&HeaderValue>,
        known: Option<Refusal>,
        view: &RequestView<'_>,
        head: &RequestHead,
    ) {
        let refusal =
            self.record.listening.get().then(|| known.or_else(|| answers.policy().reason(decision, view)));
        let reason = refusal.flatten().map(|refusal| Reason {
            refusal,
            head: head.clone(),
            place: answers.settings.place,
            declared_at: answers.policy().policy().declared_at(),
        });
        *self.record.verdict.borrow_mut() = Some(Verdict {
            entry: self.number,
            answers: Arc::clone(answers),
            decision,
            origin: origin.cloned(),
            answered: false,
            left_to_handler: false,
            reason: reason.map(Rc::new),
        });
    }

    /// Changes this layer's verdict, if no nearer layer has decided.
    pub(crate) fn change_own(&self, change: impl FnOnce(&mut Verdict)) {
        if let Some(verdict) = self.record.verdict.borrow_mut().as_mut()
            && verdict.entry == self.number
        {
            change(verdict);
        }
    }

    /// The verdict of a layer that is nearer to the handler than this one.
    pub(crate) fn nearer(&self) -> Option<Verdict> {
        self.record.verdict.borrow().as_ref().filter(|verdict| verdict.entry > self.number).cloned()
    }

    /// Remembers the preflight that goes around a middleware.
    pub(crate) fn skip(&self, preflight: Preflight<HeaderValue>) {
        *self.record.skipped.borrow_mut() = Some(preflight);
    }

    /// Whether this request went around a middleware as a preflight, and is no longer that preflight.
    pub(crate) fn violates(&self, view: &RequestView<'_>) -> bool {
        let violates = self.record.skipped.borrow().as_ref().is_some_and(|preflight| !preflight.is(view));
        if violates {
            self.record.violated.set(true);
            log::warn!(
                "a {} request went around a middleware as a preflight and was changed on its way, so it was refused",
                view.method(),
            );
        }
        violates
    }

    /// Whether a layer has refused the request because it was no longer the preflight that went around a middleware.
    pub(crate) fn is_violated(&self) -> bool {
        self.record.violated.get()
    }
}
