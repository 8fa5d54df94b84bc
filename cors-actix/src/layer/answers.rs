//! The answers of a layer: header values that are created once and shared by all workers.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderValue};
#[cfg(feature = "reload")]
use cors_core::Policy;
use cors_core::{Answers, CompiledPolicy, Decision, Vary};

use crate::layer::counts::{Position, may_share_requests};
use crate::layer::listeners::{COUNTS, traces};
use crate::layer::settings::LayerSettings;
use crate::mark;
use crate::request::RequestView;
use crate::response::{ResponseHeaders, ResponseState};

/// The answers of a policy with the settings of a layer.
#[derive(Debug)]
pub(crate) struct LayerAnswers {
    pub(crate) answers: Answers<HeaderValue>,
    pub(crate) settings: Arc<LayerSettings>,
    position: Position,
    /// Whether a listener was declared.
    listens: bool,
    /// Whether the layer lets every request pass unchanged. Such a layer also counts as listening, so that the fast path
    /// of other layers does not have to check this field.
    #[cfg(feature = "reload")]
    pub(crate) passes_through: bool,
}

impl LayerAnswers {
    pub(crate) fn new(policy: &CompiledPolicy, settings: Arc<LayerSettings>) -> Self {
        let names = settings.vary.iter().map(|name| name.as_str());
        #[cfg(feature = "tenants")]
        let names = names.chain(settings.tenants.iter().flat_map(|tenants| tenants.headers()));
        let answers = Answers::new(settings.apply_to(policy), ready_value).also_vary_by(names, ready_value);
        let (position, listens) = (settings.position(), settings.listeners.are_declared());
        Self {
            answers,
            settings,
            position,
            listens,
            #[cfg(feature = "reload")]
            passes_through: false,
        }
    }

    /// The answers of a layer that lets every request pass.
    #[cfg(feature = "reload")]
    pub(crate) fn pass_through(settings: &LayerSettings) -> Self {
        // This policy is not used. It grants nothing, so that code that uses it by mistake grants nothing.
        let empty = CompiledPolicy::new(&Policy::empty()).expect("a policy without origins breaks no rule");
        let settings = LayerSettings {
            origin_source: None,
            #[cfg(feature = "tenants")]
            tenants: None,
            ..settings.clone()
        };
        Self { listens: true, passes_through: true, ..Self::new(&empty, Arc::new(settings)) }
    }

    /// Decides about a request, with the origins of its tenant if the policy depends on it.
    #[inline]
    pub(crate) fn decide(&self, request: &RequestView<'_>) -> Decision {
        let decision = self.policy().decide(request);
        #[cfg(feature = "tenants")]
        if let Some(tenants) = &self.settings.tenants
            && decision.is_refusal()
        {
            return tenants.reconsider(decision, request);
        }
        decision
    }

    #[inline]
    pub(crate) fn policy(&self) -> &CompiledPolicy {
        self.answers.policy()
    }

    /// Whether the layer needs the record of a request: other layers may get the request too, there is a listener, or
    /// decisions are counted.
    #[inline]
    pub(crate) fn needs_record(&self) -> bool {
        COUNTS || self.may_share_requests() || self.listens || traces()
    }

    /// Whether another layer may get the requests of this layer.
    #[inline]
    pub(crate) fn may_share_requests(&self) -> bool {
        may_share_requests(self.position)
    }

    /// The status of a response to a request that does not reach the handler.
    pub(crate) fn status(&self, decision: Decision) -> StatusCode {
        let status = self.answers.get(decision).status;
        status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default()
    }

    /// Writes the headers of a response to a request that does not reach the handler. `origin` is the
    /// [origin to repeat](Answers::origin_to_repeat).
    pub(crate) fn write(
        &self,
        decision: Decision,
        request: &RequestView<'_>,
        origin: Option<&HeaderValue>,
        headers: &mut HeaderMap,
    ) {
        self.answers.write(decision, request, origin, &mut ResponseHeaders(headers));
    }

    /// Adds the headers to a response that no nearer layer has decided about. `origin` is the
    /// [origin to repeat](Answers::origin_to_repeat).
    #[inline]
    pub(crate) fn add_to<B>(
        &self,
        decision: Decision,
        origin: Option<&HeaderValue>,
        state: ResponseState,
        response: &mut HttpResponse<B>,
    ) {
        let headers = &mut ResponseHeaders(response.headers_mut());
        self.answers.add_to(decision, origin, state.existing, headers);
        if state.existing.vary_origin && self.answers.get(decision).vary != Vary::Nothing {
            mark::mark(response);
        }
    }
}

/// A value that is very cheap to clone: it has no reference count, which all workers would have to write to.
fn ready_value(text: &str) -> HeaderValue {
    match kept(text) {
        Some(text) => HeaderValue::from_static(text),
        None => HeaderValue::from_str(text).expect("visible ASCII characters and spaces"),
    }
}

/// The same text with the lifetime `'static`. A program has few policies, and many of their texts are equal, so each
/// text is stored once. At most 64 KiB are stored, because a program may replace its policies very often.
fn kept(text: &str) -> Option<&'static str> {
    const MOST: usize = 64 * 1024;
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = kept.get(text) {
        return Some(text);
    }
    if kept.iter().map(|text| text.len()).sum::<usize>() + text.len() > MOST {
        return None;
    }
    let text: &'static str = Box::leak(text.into());
    kept.insert(text);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_stored_once_up_to_the_limit() {
        let first = kept("https://kept.example").expect("there is room");
        let again = kept(&String::from("https://kept.example")).expect("it is kept");
        assert!(std::ptr::eq(first, again));

        let large = "a".repeat(64 * 1024 + 1);
        assert_eq!(kept(&large), None);
        let most = "b".repeat(60 * 1024);
        assert_eq!(kept(&most), Some(most.as_str()));
        assert_eq!(kept(&"c".repeat(4 * 1024)), None, "there is no room for both");
        assert_eq!(ready_value(&large), large.as_str());
        assert_eq!(ready_value("https://kept.example"), "https://kept.example");
    }
}
