//! A layer at work: one request in, one response out.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_service::Service;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::{Error, HttpResponse};
use cors_core::{Decision, Origin, Refusal, Request as _, RequestHeader, is_same_origin};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use crate::layer::answers::LayerAnswers;
use crate::layer::current::Current;
use crate::layer::settings::{LayerSettings, Role};
use crate::mark::ResponseState;
use crate::origin_source::{self, OriginSource};
use crate::refusal_report::RefusalReport;
use crate::request::RequestView;

/// The service that [`Cors`](crate::Cors) wraps around another.
#[derive(Debug)]
pub struct CorsMiddleware<S> {
    pub(crate) service: Rc<S>,
    pub(crate) current: Current,
}

impl<S, B> Service<ServiceRequest> for CorsMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = CorsFuture<S, B>;

    actix_service::forward_ready!(service);

    #[inline]
    fn call(&self, request: ServiceRequest) -> Self::Future {
        let answers = self.current.load();
        let view = answers.settings.view(&request);
        let decision = answers.decide(&view);
        if let Some(source) = &answers.settings.origin_source
            && decision.is_refusal()
            && !is_same_origin(&view)
        {
            return self.ask(source, Arc::clone(&answers), request, decision);
        }
        let origin = answers.answers.origin_to_repeat(decision, &view);
        CorsFuture { state: proceed(&self.service, answers, request, decision, origin, None) }
    }
}

impl<S, B> CorsMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    /// Asks a function about an origin that the policy does not name.
    #[cold]
    fn ask(
        &self,
        source: &OriginSource,
        answers: Arc<LayerAnswers>,
        request: ServiceRequest,
        decision: Decision,
    ) -> CorsFuture<S, B> {
        let view = answers.settings.view(&request);
        let state = match (answers.policy().origin_for_function(view.field(RequestHeader::Origin)), source) {
            (Err(refusal), _) => proceed(&self.service, answers, request, decision, None, Some(refusal)),
            (Ok(origin), OriginSource::Sync(is_known)) => {
                let decision = if is_known(&origin, request.head()) { decision.granted() } else { decision };
                let origin = answers.answers.origin_to_repeat(decision, &view);
                proceed(&self.service, answers, request, decision, origin, None)
            }
            (Ok(_), OriginSource::Async(function)) => {
                let (function, limit) = (Arc::clone(function), answers.settings.origin_time_limit);
                let future = Box::pin(async move {
                    let origin = request.headers().get(header::ORIGIN).map(HeaderValue::as_bytes);
                    let answer = match origin.and_then(Origin::parse) {
                        Some(origin) => origin_source::ask(&*function, limit, &origin, request.head()).await,
                        None => Err(Refusal::MalformedOrigin),
                    };
                    (request, answer)
                });
                let service = Rc::clone(&self.service);
                State::Asking { future, rest: Some(Rest { service, answers, decision }) }
            }
        };
        CorsFuture { state }
    }
}

impl LayerSettings {
    #[inline]
    fn view<'r>(&self, request: &'r ServiceRequest) -> RequestView<'r> {
        RequestView::new(request.head(), request.app_config().secure(), self.forwarded_host)
    }
}

/// What is left to do when the decision stands. `origin` is what [`Answers::origin_to_repeat`](cors_core::Answers::origin_to_repeat) returned, `known` a reason for a
/// refusal that the policy cannot know.
///
/// Inlined, so that the future is written where it will stand.
#[inline(always)]
fn proceed<S, B>(
    service: &Rc<S>,
    answers: Arc<LayerAnswers>,
    request: ServiceRequest,
    decision: Decision,
    origin: Option<HeaderValue>,
    known: Option<Refusal>,
) -> State<S, S::Future, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let report = if answers.settings.listeners.any() {
        let view = answers.settings.view(&request);
        RefusalReport::of(answers.policy(), decision, known, &view, request.head())
    } else {
        None
    };
    if decision.reaches_handler() {
        let answer = Actual { answers, decision, origin, report };
        return State::Actual { future: service.call(request), answer: Some(answer) };
    }
    let mut response = HttpResponse::with_body(answers.status(decision), EitherBody::right(BoxBody::new(())));
    let view = answers.settings.view(&request);
    answers.write(decision, &view, origin.as_ref(), response.headers_mut());
    if answers.settings.role == Role::Fallback && decision != Decision::Blocked {
        let answer = Own { answers, response, report };
        return State::Inward { future: service.call(request), answer: Some(answer) };
    }
    if let Some(report) = report {
        response = report.report_in_body(&answers.settings, response);
    }
    State::Answered { response: Some(request.into_response(response)) }
}

pin_project! {
    /// The response of a [`CorsMiddleware`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CorsFuture<S: Service<ServiceRequest>, B> {
        #[pin]
        state: State<S, S::Future, B>,
    }
}

pin_project! {
    #[project = Projection]
    enum State<S, F, B> {
        // A request that reaches the handler.
        Actual { #[pin] future: F, answer: Option<Actual> },
        // A preflight that a nearer layer may answer.
        Inward { #[pin] future: F, answer: Option<Own<B>> },
        // A request that is answered here.
        Answered { response: Option<ServiceResponse<EitherBody<B>>> },
        // A request whose origin somebody else knows.
        Asking { future: LocalBoxFuture<'static, (ServiceRequest, Result<(), Refusal>)>, rest: Option<Rest<S>> },
    }
}

/// What goes on when the origin is known.
struct Rest<S> {
    service: Rc<S>,
    answers: Arc<LayerAnswers>,
    decision: Decision,
}

/// What is to be added to the response of a handler.
struct Actual {
    answers: Arc<LayerAnswers>,
    decision: Decision,
    origin: Option<HeaderValue>,
    report: Option<Box<RefusalReport>>,
}

impl Actual {
    #[inline(always)]
    fn add_to<B>(&self, state: ResponseState, response: &mut HttpResponse<B>) {
        self.answers.add_to(self.decision, self.origin.as_ref(), state, response);
        if let Some(report) = &self.report {
            report.report(&self.answers.settings, response);
        }
    }
}

/// What takes the place of a response to a preflight that nobody nearer answered.
struct Own<B> {
    answers: Arc<LayerAnswers>,
    response: HttpResponse<EitherBody<B>>,
    report: Option<Box<RefusalReport>>,
}

impl<B> Own<B> {
    fn into_response(self) -> HttpResponse<EitherBody<B>> {
        match self.report {
            Some(report) => report.report_in_body(&self.answers.settings, self.response),
            None => self.response,
        }
    }

    /// A copy: an error can be made into a response more than once.
    fn to_response(&self) -> HttpResponse<EitherBody<B>> {
        let mut response =
            HttpResponse::with_body(self.response.status(), EitherBody::right(BoxBody::new(())));
        *response.headers_mut() = self.response.headers().clone();
        match &self.report {
            Some(report) => report.report_in_body(&self.answers.settings, response),
            None => response,
        }
    }
}

impl<S: Service<ServiceRequest>, B> std::fmt::Debug for CorsFuture<S, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CorsFuture").finish_non_exhaustive()
    }
}

const POLLED_AGAIN: &str = "a future is not polled after it was ready";

impl<S, B> Future for CorsFuture<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        if let Projection::Asking { future, rest } = state.as_mut().project() {
            let (request, answer) = ready!(future.as_mut().poll(context));
            let Rest { service, answers, decision } = rest.take().expect(POLLED_AGAIN);
            let decision = if answer.is_ok() { decision.granted() } else { decision };
            let origin = answers.answers.origin_to_repeat(decision, &answers.settings.view(&request));
            state.set(proceed(&service, answers, request, decision, origin, answer.err()));
        }
        Poll::Ready(match state.project() {
            Projection::Actual { future, answer } => {
                let mut result = ready!(future.poll(context));
                match &mut result {
                    Ok(response) => {
                        let answer = answer.as_ref().expect(POLLED_AGAIN);
                        let state = ResponseState::of(response.response());
                        if state.decided {
                            answer.answers.settings.report_nearer_policy(response);
                        } else {
                            answer.add_to(state, response.response_mut());
                        }
                    }
                    Err(error) => {
                        let answer = answer.take().expect(POLLED_AGAIN);
                        // The response is made of the error further out. A nearer layer may have seen the error first,
                        // and then its headers are there by now.
                        error.add_response_mapper(move |mut response| {
                            let state = ResponseState::of(&response);
                            if !state.decided {
                                answer.add_to(state, &mut response);
                            }
                            response
                        });
                    }
                }
                result.map(ServiceResponse::map_into_left_body)
            }
            Projection::Inward { future, answer } => match ready!(future.poll(context)) {
                Ok(response) => {
                    // A nearer layer answered, or a handler that knows CORS itself.
                    if ResponseState::of(response.response()).is_answer() {
                        return Poll::Ready(Ok(response.map_into_left_body()));
                    }
                    let answer = answer.take().expect(POLLED_AGAIN);
                    Ok(ServiceResponse::new(response.into_parts().0, answer.into_response()))
                }
                Err(mut error) => {
                    // Nothing that answers preflights fails, so whoever failed stands between us and the handler. A nearer
                    // layer may stand between us and them, and then its answer is there by now.
                    let answer = answer.take().expect(POLLED_AGAIN);
                    error.add_response_mapper(move |response| {
                        if ResponseState::of(&response).is_answer() {
                            return response;
                        }
                        answer.to_response().map_into_boxed_body()
                    });
                    Err(error)
                }
            },
            Projection::Answered { response } => Ok(response.take().expect(POLLED_AGAIN)),
            Projection::Asking { .. } => unreachable!("what was asked has been answered above"),
        })
    }
}
