//! Reports of refusals: to the log, to a function, and in the response.

use std::cell::Cell;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use cors_core::{CompiledPolicy, Decision, Explanation, Refusal, readable_origin};

use crate::layer::settings::LayerSettings;
use crate::request::RequestView;

/// The header that [`Cors::explain`](crate::Cors::explain) adds.
const CORS_REFUSAL: HeaderName = HeaderName::from_static("cors-refusal");

/// One refusal. It has a copy of the request's head, because the request is gone when the response comes.
pub(crate) struct RefusalReport {
    refusal: Refusal,
    head: RequestHead,
    declared_at: Option<&'static str>,
    /// Actix may turn an error into a response more than once.
    reported: Cell<bool>,
}

impl RefusalReport {
    /// The report about `decision`, if the page will not get what it asked for. `known` is a reason that the policy cannot
    /// know.
    pub(crate) fn of(
        policy: &CompiledPolicy,
        decision: Decision,
        known: Option<Refusal>,
        request: &RequestView<'_>,
        head: &RequestHead,
    ) -> Option<Box<Self>> {
        let refusal = known.or_else(|| policy.reason(decision, request))?;
        let declared_at = policy.policy().declared_at();
        Some(Box::new(Self { refusal, head: head.clone(), declared_at, reported: Cell::new(false) }))
    }

    /// Tells the listeners, and adds the reason to the response if it is to be seen there.
    pub(crate) fn report<B>(&self, settings: &LayerSettings, response: &mut HttpResponse<B>) {
        if !self.reported.replace(true) {
            self.tell_listeners(settings);
        }
        if settings.listeners.explain
            && let Ok(value) = HeaderValue::from_str(&format!("{}; {}", self.refusal.code(), self.refusal))
        {
            response.headers_mut().insert(CORS_REFUSAL, value);
        }
    }

    fn tell_listeners(&self, settings: &LayerSettings) {
        #[cfg(feature = "tracing")]
        tracing::debug!(
            origin = self.origin(),
            method = %self.head.method,
            path = self.head.uri.path(),
            policy = self.policy(settings),
            reason = self.refusal.code(),
            remedy = self.refusal.remedy(),
            "CORS refused: {}",
            self.refusal,
        );
        if let Some(on_refusal) = &settings.listeners.on_refusal {
            on_refusal(self.refusal, &self.head);
        }
    }

    /// As [`report`](Self::report), for a response that this library makes itself. The reason is its body too.
    pub(crate) fn report_in_body<B>(
        &self,
        settings: &LayerSettings,
        mut response: HttpResponse<EitherBody<B>>,
    ) -> HttpResponse<EitherBody<B>> {
        self.report(settings, &mut response);
        if !settings.listeners.explain || response.status().is_success() {
            return response;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let explanation = Explanation {
            refusal: self.refusal,
            origin: &self.origin(),
            method: self.head.method.as_str(),
            path: self.head.uri.path(),
            policy: &self.policy(settings),
        };
        response.set_body(EitherBody::right(BoxBody::new(explanation.to_string())))
    }

    fn origin(&self) -> String {
        readable_origin(self.head.headers().get_all(header::ORIGIN).map(HeaderValue::as_bytes))
    }

    /// The layer, and the place of the policy itself if a macro declared it.
    fn policy(&self, settings: &LayerSettings) -> String {
        match self.declared_at {
            Some(declared_at) => format!("{}, declared at {declared_at}", settings.place),
            None => settings.place.to_string(),
        }
    }
}
