//! Reports of refusals: to the log, to a function, and in the response.

use std::sync::atomic::Ordering;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::RequestHead;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use cors_core::{Difference, Refusal, readable_origin};

use crate::layer::listeners::Listeners;
use crate::record::{Entry, Reason};

/// The header that [`Cors::explain`](crate::Cors::explain) adds.
const CORS_REFUSAL: HeaderName = HeaderName::from_static("cors-refusal");

/// Calls the listeners of a layer for a refusal of this layer or of anything inside, and adds the reason to the response
/// if the layer explains refusals.
///
/// The response decides what is reported: browsers do not apply CORS to WebSockets, so an opened socket was not
/// refused.
pub(crate) fn report<B>(entry: &Entry, listeners: &Listeners, response: &mut HttpResponse<B>) {
    #[cfg(feature = "metrics")]
    crate::metrics::count(entry, response.status());
    if !listeners.any() {
        return;
    }
    let tells = entry.tells();
    if let Some(difference) = entry.difference().filter(|_| tells) {
        report_difference(entry, listeners, &difference.0, &difference.1);
    }
    let Some(reason) = entry.reason() else { return };
    let opened_socket = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if tells {
        #[cfg(feature = "tracing")]
        if entry.traces() {
            reason.trace(opened_socket);
        }
        if opened_socket {
            return;
        }
        if reason.explanation.refusal() == Refusal::NoOrigin
            && !listeners.reported_lost_origin.swap(true, Ordering::Relaxed)
        {
            log::warn!("{}", reason.explanation);
        }
        if let Some(on_refusal) = &listeners.on_refusal {
            on_refusal(&reason.explanation, &reason.head);
        }
    }
    if listeners.explain
        && !opened_socket
        && let Ok(value) = HeaderValue::from_str(&reason.explanation.to_string())
    {
        response.headers_mut().insert(CORS_REFUSAL, value);
    }
}

/// Reports that the policy on trial would decide otherwise. The response does not show it.
fn report_difference(entry: &Entry, listeners: &Listeners, difference: &Difference, head: &RequestHead) {
    if let Some(on_difference) = &listeners.on_difference {
        on_difference(difference, head);
    }
    if !entry.logs_difference() {
        return;
    }
    let origin = readable_origin(head.headers().get_all(header::ORIGIN).map(HeaderValue::as_bytes));
    #[cfg(feature = "tracing")]
    tracing::info!(
        origin,
        method = %head.method,
        path = head.uri.path(),
        current = ?difference.current(),
        next = ?difference.next(),
        "CORS trial: {difference}",
    );
    #[cfg(not(feature = "tracing"))]
    log::info!("CORS trial: {} {} from {origin}: {difference}", head.method, head.uri.path());
}

/// Writes the reason into the body of a response that a layer of this library created, if the layer explains
/// refusals.
pub(crate) fn explain_in_body<B: MessageBody + 'static>(
    entry: &Entry,
    listeners: &Listeners,
    mut response: HttpResponse<EitherBody<B>>,
) -> HttpResponse<EitherBody<B>> {
    let is_empty = matches!(response.body().size(), BodySize::None | BodySize::Sized(0));
    let reason = entry.reason().filter(|_| listeners.explain && is_empty);
    let Some(reason) = reason.filter(|_| !response.status().is_success()) else { return response };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.set_body(EitherBody::right(BoxBody::new(reason.text())))
}

impl Reason {
    /// Logs the refusal as an event. The origin and the names in the explanation are escaped.
    #[cfg(feature = "tracing")]
    pub(crate) fn trace(&self, opened_socket: bool) {
        let explanation = &self.explanation;
        let (origin, path) = (self.origin(), self.head.uri.path());
        let policy = explanation.policy().unwrap_or_default();
        if opened_socket {
            tracing::debug!(
                origin,
                method = %self.head.method,
                path,
                policy,
                remedy = "add `enforce` to the policy, or wrap the route in an OriginGuard",
                "a page whose origin the policy does not grant opened a WebSocket, because browsers do not apply CORS to it: {}",
                explanation.fault(),
            );
            return;
        }
        tracing::debug!(
            origin,
            method = %self.head.method,
            path,
            policy,
            reason = explanation.code(),
            name = explanation.name(),
            nearest = explanation.nearest(),
            remedy = explanation.remedy(),
            "CORS refused: {}",
            explanation.fault(),
        );
    }

    fn text(&self) -> String {
        let (explanation, head) = (&self.explanation, &self.head);
        format!(
            "CORS refused this request: {}: {}.\n\nOrigin: {}\nRequest: {} {}\nPolicy: {}\nHelp: {}.\n",
            explanation.code(),
            explanation.fault(),
            self.origin(),
            head.method,
            head.uri.path(),
            explanation.policy().unwrap_or("none"),
            explanation.remedy(),
        )
    }

    fn origin(&self) -> String {
        readable_origin(self.head.headers().get_all(header::ORIGIN).map(HeaderValue::as_bytes))
    }
}
