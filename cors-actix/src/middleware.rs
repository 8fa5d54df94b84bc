//! A layer at work: one request in, one response out.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_service::Service;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{Error, HttpResponse};
use cors_core::Decision;
use pin_project_lite::pin_project;

use crate::layer::{Layer, Role};
use crate::mark;
use crate::request::Request;

/// The service that [`Cors`](crate::Cors) wraps around another.
#[derive(Debug)]
pub struct CorsMiddleware<S> {
    pub(crate) service: Rc<S>,
    pub(crate) layer: Arc<Layer>,
}

impl<S, B> Service<ServiceRequest> for CorsMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = CorsFuture<S::Future>;

    actix_service::forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let layer = &*self.layer;
        let view = Request::new(request.head(), request.app_config().secure(), layer.trusts_forwarded_host);
        let decision = layer.answers.policy.decide(&view);
        if decision.reaches_handler() {
            let origin = if decision == Decision::Granted { view.origin_value().cloned() } else { None };
            let answer = Some(ActualAnswer { layer: Arc::clone(&self.layer), decision, origin });
            return CorsFuture { state: State::Actual { future: self.service.call(request), answer } };
        }
        let mut response = HttpResponse::new(layer.answers.status(decision));
        layer.answers.own(decision, &view, response.headers_mut());
        if layer.role == Role::Fallback {
            return CorsFuture {
                state: State::Inward { future: self.service.call(request), answer: Some(response) },
            };
        }
        CorsFuture { state: State::Answered { response: Some(request.into_response(response)) } }
    }
}

pin_project! {
    /// The response of a [`CorsMiddleware`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CorsFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = Projection]
    enum State<F> {
        // A request that reaches the handler.
        Actual { #[pin] future: F, answer: Option<ActualAnswer> },
        // A preflight that a nearer layer may answer.
        Inward { #[pin] future: F, answer: Option<HttpResponse> },
        // A request that is answered here.
        Answered { response: Option<ServiceResponse> },
    }
}

/// What is to be added to the response of a handler.
struct ActualAnswer {
    layer: Arc<Layer>,
    decision: Decision,
    origin: Option<HeaderValue>,
}

impl ActualAnswer {
    fn add_to<B>(&self, response: &mut HttpResponse<B>) {
        self.layer.answers.add_to(self.decision, self.origin.as_ref(), response);
    }
}

impl<F> std::fmt::Debug for CorsFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CorsFuture").finish_non_exhaustive()
    }
}

const POLLED_AGAIN: &str = "a future is not polled after it was ready";

impl<F, B> Future for CorsFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project().state.project() {
            Projection::Actual { future, answer } => {
                let result = ready!(future.poll(context));
                let answer = answer.take().expect(POLLED_AGAIN);
                match result {
                    Ok(mut response) => {
                        if mark::is_decided(response.response()) {
                            answer.layer.report_nearer_policy(&response);
                        } else {
                            answer.add_to(response.response_mut());
                        }
                        Ok(response.map_into_left_body())
                    }
                    Err(mut error) => {
                        // The response is made of the error further out; a nearer layer may have seen the error first.
                        error.add_response_mapper(move |mut response| {
                            if !mark::is_decided(&response) {
                                answer.add_to(&mut response);
                            }
                            response
                        });
                        Err(error)
                    }
                }
            }
            Projection::Inward { future, answer } => {
                let result = ready!(future.poll(context));
                let answer = answer.take().expect(POLLED_AGAIN);
                match result {
                    Ok(response) if is_answered(response.response()) => Ok(response.map_into_left_body()),
                    Ok(response) => {
                        let request = response.into_parts().0;
                        Ok(ServiceResponse::new(request, answer).map_into_right_body())
                    }
                    Err(mut error) => {
                        // Nothing that answers preflights fails, so whoever failed stands between us and the handler, and
                        // is judged by us.
                        let (status, headers) = (answer.status(), answer.headers().clone());
                        error.add_response_mapper(move |_| own_response(status, headers.clone()));
                        Err(error)
                    }
                }
            }
            Projection::Answered { response } => {
                Ok(response.take().expect(POLLED_AGAIN).map_into_right_body())
            }
        })
    }
}

/// Whether a preflight was answered further in: by a nearer layer, or by a handler that knows CORS itself.
fn is_answered(response: &HttpResponse<impl MessageBody>) -> bool {
    mark::is_decided(response) || response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
}

fn own_response(status: StatusCode, headers: HeaderMap) -> HttpResponse<BoxBody> {
    let mut response = HttpResponse::new(status);
    *response.headers_mut() = headers;
    response
}
