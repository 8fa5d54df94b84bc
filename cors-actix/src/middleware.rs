//! The service of a layer, which handles one request at a time.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_service::Service;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{Error, HttpResponse};
use cors_core::{Decision, Origin, Refusal, Request as _, RequestHeader, is_same_origin, remove_grants};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use crate::layer::answers::LayerAnswers;
use crate::layer::counts::CountedLayer;
use crate::layer::current::Current;
use crate::layer::settings::{LayerSettings, Role};
use crate::origin_source::{self, OriginSource};
use crate::record::{Entry, Verdict};
use crate::refusal_report::{explain_in_body, report};
use crate::request::RequestView;
use crate::response::{ResponseHeaders, ResponseState};

/// The service that [`Cors`](crate::Cors) wraps around another.
#[derive(Debug)]
pub struct CorsMiddleware<S> {
    pub(crate) service: Rc<S>,
    pub(crate) current: Current,
    pub(crate) _counted: CountedLayer,
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
    B: MessageBody + 'static,
{
    /// Calls the origin function for an origin that the policy does not list.
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

/// Continues after the decision. `origin` is the [origin to repeat](cors_core::Answers::origin_to_repeat), and `known` is a
/// reason for a refusal that does not come from the policy.
///
/// It is inlined, so that the future is created in its final place.
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
    B: MessageBody + 'static,
{
    let entry = if answers.needs_record() {
        match enter(&answers, &request, decision, origin.as_ref(), known) {
            Entrance::Entered(entry) => entry,
            Entrance::Forbidden => return State::Answered { response: Some(forbidden(request)) },
            #[cfg(feature = "reload")]
            Entrance::PassesThrough => {
                let future = service.call(request);
                return State::Waiting { future, answer: Some(Waiting::PassThrough) };
            }
        }
    } else {
        Entry::alone()
    };
    if decision.reaches_handler() {
        let actual = Actual { answers, decision, origin };
        let future = service.call(request);
        if entry.has_record() {
            return State::Waiting { future, answer: Some(Waiting::Actual(Recorded { actual, entry })) };
        }
        return State::Actual { future, answer: Some(actual) };
    }
    let mut response = HttpResponse::with_body(answers.status(decision), EitherBody::right(BoxBody::new(())));
    let view = answers.settings.view(&request);
    answers.write(decision, &view, origin.as_ref(), response.headers_mut());
    if answers.settings.role == Role::Fallback && decision != Decision::Blocked {
        let answer = Waiting::Own(Own { answers, response, entry });
        return State::Waiting { future: service.call(request), answer: Some(answer) };
    }
    if entry.has_record() {
        response = own_response(&entry, &answers.settings, response);
    }
    let (request, _payload) = request.into_parts();
    State::Answered { response: Some(ServiceResponse::new(request, response)) }
}

/// What to do with a request that needs a record.
enum Entrance {
    Entered(Entry),
    /// The request skipped a middleware as a preflight and is no longer the same preflight.
    Forbidden,
    /// The layer lets every request pass unchanged.
    #[cfg(feature = "reload")]
    PassesThrough,
}

/// Enters the record of a request.
#[cold]
fn enter(
    answers: &Arc<LayerAnswers>,
    request: &ServiceRequest,
    decision: Decision,
    origin: Option<&HeaderValue>,
    known: Option<Refusal>,
) -> Entrance {
    #[cfg(feature = "reload")]
    if answers.passes_through {
        return Entrance::PassesThrough;
    }
    let entry = Entry::new(request, answers.settings.listeners.any());
    let view = answers.settings.view(request);
    if entry.violates(&view) {
        return Entrance::Forbidden;
    }
    entry.decide(answers, decision, origin, known, &view, request.head());
    Entrance::Entered(entry)
}

/// Refuses a request before a handler runs, with a response without CORS headers.
#[cold]
fn forbidden<B: MessageBody + 'static>(request: ServiceRequest) -> ServiceResponse<EitherBody<B>> {
    request.into_response(HttpResponse::with_body(StatusCode::FORBIDDEN, EitherBody::right(BoxBody::new(()))))
}

/// Records and reports that the layer answers the request itself.
#[cold]
fn own_response<B: MessageBody + 'static>(
    entry: &Entry,
    settings: &LayerSettings,
    mut response: HttpResponse<EitherBody<B>>,
) -> HttpResponse<EitherBody<B>> {
    entry.change_own(|verdict| verdict.answered = true);
    report(entry, &settings.listeners, &mut response);
    explain_in_body(entry, &settings.listeners, response)
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
        // A request that other layers may decide about.
        Waiting { #[pin] future: F, answer: Option<Waiting<B>> },
        // A request that this layer answers.
        Answered { response: Option<ServiceResponse<EitherBody<B>>> },
        // Waiting for the asynchronous origin function.
        Asking { future: LocalBoxFuture<'static, (ServiceRequest, Result<(), Refusal>)>, rest: Option<Rest<S>> },
    }
}

/// The values with which to continue after the origin function.
struct Rest<S> {
    service: Rc<S>,
    answers: Arc<LayerAnswers>,
    decision: Decision,
}

/// What to do with the response of the inner service.
enum Waiting<B> {
    Actual(Recorded),
    Own(Own<B>),
    #[cfg(feature = "reload")]
    PassThrough,
}

/// The headers that are added to the response of a handler.
struct Actual {
    answers: Arc<LayerAnswers>,
    decision: Decision,
    origin: Option<HeaderValue>,
}

impl Actual {
    #[inline(always)]
    fn add_to<B>(&self, state: ResponseState, response: &mut HttpResponse<B>) {
        self.answers.add_to(self.decision, self.origin.as_ref(), state, response);
    }
}

/// The headers that are added to the response of a handler, if no nearer layer has decided about it.
struct Recorded {
    actual: Actual,
    entry: Entry,
}

impl Recorded {
    /// Finishes a response that other layers may have decided about.
    fn finish_response<B: MessageBody + 'static>(
        &self,
        mut response: ServiceResponse<B>,
    ) -> ServiceResponse<EitherBody<B>> {
        let settings = &self.actual.answers.settings;
        let has_record = self.entry.hears_nearer_layers(&self.actual.answers, response.request());
        if self.finish(has_record, response.response_mut()) == DecidedBy::Nearer {
            settings.report_nearer_policy(&mut response);
        }
        let response = response.map_into_left_body();
        if !self.entry.nearer().is_some_and(|nearer| nearer.answered) {
            return response;
        }
        let (request, response) = response.into_parts();
        ServiceResponse::new(request, explain_in_body(&self.entry, &settings.listeners, response))
    }

    /// Adds headers to the response that actix will create from an error.
    fn finish_error(self, error: &mut Error) {
        // The response is created outside of this layer. If a nearer layer saw the error first, its headers are in the
        // response by then.
        error.add_response_mapper(move |mut response| {
            self.finish(true, &mut response);
            response
        });
    }

    fn finish<B>(&self, has_record: bool, response: &mut HttpResponse<B>) -> DecidedBy {
        let (entry, state) = (&self.entry, ResponseState::of(response));
        let nearer = entry.nearer();
        let decided_by =
            if nearer.is_some() || state.decided { DecidedBy::Nearer } else { DecidedBy::ThisLayer };
        if entry.is_violated() {
            remove_grants(&mut ResponseHeaders(response.headers_mut()));
        } else if !has_record && !state.decided {
            // A nearer layer may have decided without a record, so nothing is granted.
            let headers = &mut ResponseHeaders(response.headers_mut());
            self.actual.answers.answers.add_again(Decision::Refused, None, headers);
        } else if !has_record {
            // A nearer layer decided and could not write into the record, but its mark is in the headers.
        } else if let Some(nearer) = &nearer {
            if entry.is_outermost() {
                nearer.restore(response);
            }
        } else if !state.decided {
            entry.change_own(|verdict| verdict.left_to_handler = state.existing.allow_origin);
            self.actual.add_to(state, response);
        }
        report(entry, &self.actual.answers.settings.listeners, response);
        decided_by
    }
}

#[derive(PartialEq)]
enum DecidedBy {
    ThisLayer,
    Nearer,
}

impl Verdict {
    /// Restores the headers that this layer wrote, in case other code has changed the response.
    fn restore<B>(&self, response: &mut HttpResponse<B>) {
        if self.left_to_handler {
            return;
        }
        let (answers, origin) = (&self.answers.answers, self.origin.as_ref());
        let headers = &mut ResponseHeaders(response.headers_mut());
        if self.decision.reaches_handler() {
            answers.add_again(self.decision, origin, headers);
        } else {
            answers.write_again(self.decision, &self.asked, origin, headers);
        }
    }
}

/// The answer to a preflight, unless a nearer layer answers it.
struct Own<B> {
    answers: Arc<LayerAnswers>,
    response: HttpResponse<EitherBody<B>>,
    entry: Entry,
}

impl<B: MessageBody + 'static> Own<B> {
    /// The answer of this layer, or the response of the inner service if it is an answer to the preflight.
    fn finish_response(self, response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
        let settings = &self.answers.settings;
        let has_record = self.entry.hears_nearer_layers(&self.answers, response.request());
        let (request, mut response) = response.into_parts();
        let response = if self.entry.has_record() && !has_record {
            // A nearer layer may have decided without a record, so nothing is granted.
            HttpResponse::with_body(StatusCode::FORBIDDEN, EitherBody::right(BoxBody::new(())))
        } else if self.takes_the_place_of(&mut response) {
            settings.report_refused_preflight(response.status(), self.entry.asked_method());
            own_response(&self.entry, settings, self.response)
        } else {
            self.keep(response.map_into_left_body())
        };
        ServiceResponse::new(request, response)
    }

    /// Replaces the response that actix will create from an error with the answer.
    #[cold]
    fn finish_error(self, error: &mut Error) {
        // A layer that answers a preflight never fails, so other code between this layer and the handler failed. If a
        // nearer layer is between this layer and that code, its answer is in the response by then.
        error.add_response_mapper(move |mut response| {
            if !self.takes_the_place_of(&mut response) {
                return self.keep(response.map_into_left_body::<BoxBody>()).map_into_boxed_body();
            }
            self.answers.settings.report_refused_preflight(response.status(), self.entry.asked_method());
            // The answer is copied, because actix may create a response from an error more than once.
            let body = EitherBody::<BoxBody>::right(BoxBody::new(()));
            let mut response = HttpResponse::with_body(self.response.status(), body);
            *response.headers_mut() = self.response.headers().clone();
            own_response(&self.entry, &self.answers.settings, response).map_into_boxed_body()
        });
    }

    /// Whether the response of the inner service is not an answer to the preflight, so that this answer replaces it.
    fn takes_the_place_of<C>(&self, response: &mut HttpResponse<C>) -> bool {
        let (state, entry) = (ResponseState::of(response), &self.entry);
        if state.existing.allow_origin && !state.decided {
            entry.change_own(|verdict| verdict.left_to_handler = true);
        }
        !state.is_answer() && !entry.is_violated() && entry.nearer().is_none()
    }

    /// Finishes a response of the inner service that is an answer to the preflight.
    fn keep<C: MessageBody + 'static>(
        &self,
        mut response: HttpResponse<EitherBody<C>>,
    ) -> HttpResponse<EitherBody<C>> {
        let (entry, listeners) = (&self.entry, &self.answers.settings.listeners);
        let nearer = entry.nearer();
        if entry.is_violated() {
            remove_grants(&mut ResponseHeaders(response.headers_mut()));
        } else if let Some(nearer) = &nearer
            && entry.is_outermost()
        {
            nearer.restore(&mut response);
        }
        report(entry, listeners, &mut response);
        if nearer.is_some_and(|nearer| nearer.answered) {
            response = explain_in_body(entry, listeners, response);
        }
        response
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
        match state.project() {
            Projection::Actual { future, answer } => match ready!(future.poll(context)) {
                Ok(mut response) => {
                    let answer = answer.as_ref().expect(POLLED_AGAIN);
                    let state = ResponseState::of(response.response_mut());
                    if state.decided {
                        answer.answers.settings.report_nearer_policy(&mut response);
                    } else {
                        answer.add_to(state, response.response_mut());
                    }
                    Poll::Ready(Ok(response.map_into_left_body()))
                }
                Err(error) => Poll::Ready(Err(add_to_error(answer.take().expect(POLLED_AGAIN), error))),
            },
            Projection::Waiting { future, answer } => poll_waiting(future, answer, context),
            Projection::Answered { response } => Poll::Ready(Ok(response.take().expect(POLLED_AGAIN))),
            Projection::Asking { .. } => unreachable!("the function has answered above"),
        }
    }
}

/// Adds headers to the response that actix will create from an error.
#[cold]
fn add_to_error(answer: Actual, mut error: Error) -> Error {
    // The response is created outside of this layer. If a nearer layer saw the error first, its headers are in the
    // response by then.
    error.add_response_mapper(move |mut response| {
        let state = ResponseState::of(&mut response);
        if !state.decided {
            answer.add_to(state, &mut response);
        }
        response
    });
    error
}

/// Waits for a response that other layers may decide about.
#[cold]
#[inline(never)]
fn poll_waiting<F, B>(
    future: Pin<&mut F>,
    answer: &mut Option<Waiting<B>>,
    context: &mut Context<'_>,
) -> Poll<Result<ServiceResponse<EitherBody<B>>, Error>>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
{
    let result = ready!(future.poll(context));
    let answer = answer.take().expect(POLLED_AGAIN);
    Poll::Ready(match (result, answer) {
        (Ok(response), Waiting::Actual(answer)) => Ok(answer.finish_response(response)),
        (Ok(response), Waiting::Own(answer)) => Ok(answer.finish_response(response)),
        #[cfg(feature = "reload")]
        (result, Waiting::PassThrough) => result.map(ServiceResponse::map_into_left_body),
        (Err(mut error), Waiting::Actual(answer)) => {
            answer.finish_error(&mut error);
            Err(error)
        }
        (Err(mut error), Waiting::Own(answer)) => {
            answer.finish_error(&mut error);
            Err(error)
        }
    })
}
