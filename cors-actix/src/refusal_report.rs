//! Reports of refusals: to the log, to a function, and in the response.

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use cors_core::{Explanation, readable_origin};

use crate::layer::listeners::Listeners;
use crate::record::{Entry, Reason};

/// The header that [`Cors::explain`](crate::Cors::explain) adds.
const CORS_REFUSAL: HeaderName = HeaderName::from_static("cors-refusal");

/// Tells the listeners of a layer about a refusal of this layer or of anything inside, and adds the reason to the response
/// if it is to be seen there.
pub(crate) fn report<B>(entry: &Entry, listeners: &Listeners, response: &mut HttpResponse<B>) {
    let Some(reason) = entry.record().reason().filter(|_| listeners.any()) else { return };
    if !entry.told.replace(true) {
        #[cfg(feature = "tracing")]
        if !entry.record().traced.replace(true) {
            reason.trace();
        }
        if let Some(on_refusal) = &listeners.on_refusal {
            on_refusal(reason.refusal, &reason.head);
        }
    }
    if listeners.explain
        && let Ok(value) = HeaderValue::from_str(&format!("{}; {}", reason.refusal.code(), reason.refusal))
    {
        response.headers_mut().insert(CORS_REFUSAL, value);
    }
}

/// Makes the reason the body of a response that a layer of this library made, if it is to be seen there.
pub(crate) fn explain_in_body<B: MessageBody + 'static>(
    entry: &Entry,
    listeners: &Listeners,
    mut response: HttpResponse<EitherBody<B>>,
) -> HttpResponse<EitherBody<B>> {
    let is_empty = matches!(response.body().size(), BodySize::None | BodySize::Sized(0));
    let reason = entry.record().reason().filter(|_| listeners.explain && is_empty);
    let Some(reason) = reason.filter(|_| !response.status().is_success()) else { return response };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.set_body(EitherBody::right(BoxBody::new(reason.text())))
}

impl Reason {
    #[cfg(feature = "tracing")]
    fn trace(&self) {
        tracing::debug!(
            origin = self.origin(),
            method = %self.head.method,
            path = self.head.uri.path(),
            policy = self.policy(),
            reason = self.refusal.code(),
            remedy = self.refusal.remedy(),
            "CORS refused: {}",
            self.refusal,
        );
    }

    fn text(&self) -> String {
        let explanation = Explanation {
            refusal: self.refusal,
            origin: &self.origin(),
            method: self.head.method.as_str(),
            path: self.head.uri.path(),
            policy: &self.policy(),
        };
        explanation.to_string()
    }

    fn origin(&self) -> String {
        readable_origin(self.head.headers().get_all(header::ORIGIN).map(HeaderValue::as_bytes))
    }

    /// The layer, and the place of the policy itself if a macro declared it.
    fn policy(&self) -> String {
        match self.declared_at {
            Some(declared_at) => format!("{}, declared at {declared_at}", self.place),
            None => self.place.to_string(),
        }
    }
}
