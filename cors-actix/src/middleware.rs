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
use actix_web::http::header::{self, HeaderValue};
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};
use cors_core::{Decision, Origin, Refusal, Request as _, RequestHeader, is_same_origin, remove_grants};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use crate::layer::alive::{AliveLayer, may_meet_another};
use crate::layer::answers::LayerAnswers;
use crate::layer::current::Current;
use crate::layer::settings::{LayerSettings, Role};
use crate::mark::ResponseState;
use crate::origin_source::{self, OriginSource};
use crate::record::{Entry, Verdict};
use crate::refusal_report::{explain_in_body, report};
use crate::request::RequestView;
use crate::response::ResponseHeaders;

/// The service that [`Cors`](crate::Cors) wraps around another.
#[derive(Debug)]
pub struct CorsMiddleware<S> {
    pub(crate) service: Rc<S>,
    pub(crate) current: Current,
    pub(crate) _alive: AliveLayer,
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
        let decision = answers.policy().decide(&view);
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

    /// Whether nearer layers, if there are any, could write into the record. Other code may have removed it.
    fn hears_nearer_layers(&self, entry: &Entry, request: &HttpRequest) -> bool {
        !entry.is_outermost || !may_meet_another(self.position()) || entry.is_in(&request.extensions())
    }
}

/// Goes on when the decision is made. `origin` is the [origin to repeat](cors_core::Answers::origin_to_repeat), and `known`
/// a reason for a refusal that the policy cannot know.
///
/// Inlined, so that the future is written where it stays.
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
    let entry = if answers.settings.needs_record() {
        match enter(&answers, &request, decision, origin.as_ref(), known) {
            Some(entry) => Some(entry),
            None => return State::Answered { response: Some(forbidden(request)) },
        }
    } else {
        None
    };
    if decision.reaches_handler() {
        let answer = Actual { answers, decision, origin, entry };
        return State::Actual { future: service.call(request), answer: Some(answer) };
    }
    let mut response = HttpResponse::with_body(answers.status(decision), EitherBody::right(BoxBody::new(())));
    let view = answers.settings.view(&request);
    answers.write(decision, &view, origin.as_ref(), response.headers_mut());
    if answers.settings.role == Role::Fallback && decision != Decision::Blocked {
        let answer = Own { answers, response, entry };
        return State::Inward { future: service.call(request), answer: Some(answer) };
    }
    if let Some(entry) = entry {
        response = own_response(&entry, &answers.settings, response);
    }
    State::Answered { response: Some(request.into_response(response)) }
}

/// Enters the record of a request. `None` if the request went around a middleware as a preflight and is no longer that
/// preflight.
#[cold]
fn enter(
    answers: &Arc<LayerAnswers>,
    request: &ServiceRequest,
    decision: Decision,
    origin: Option<&HeaderValue>,
    known: Option<Refusal>,
) -> Option<Entry> {
    let entry = Entry::new(request, answers.settings.listeners.any());
    let view = answers.settings.view(request);
    if entry.violates(&view) {
        return None;
    }
    entry.decide(answers, decision, origin, known, &view, request.head());
    Some(entry)
}

/// Refuses a request before a handler runs, without a word about CORS.
#[cold]
fn forbidden<B: MessageBody + 'static>(request: ServiceRequest) -> ServiceResponse<EitherBody<B>> {
    request.into_response(HttpResponse::with_body(StatusCode::FORBIDDEN, EitherBody::right(BoxBody::new(()))))
}

/// Makes it known that the layer answers the request itself.
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
        // A preflight that a nearer layer may answer.
        Inward { #[pin] future: F, answer: Option<Own<B>> },
        // A request that is answered here.
        Answered { response: Option<ServiceResponse<EitherBody<B>>> },
        // Waiting for the asynchronous origin function.
        Asking { future: LocalBoxFuture<'static, (ServiceRequest, Result<(), Refusal>)>, rest: Option<Rest<S>> },
    }
}

/// What is needed to go on when the function has answered.
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
    /// `None` if no other layer meets the request, and nobody listens.
    entry: Option<Entry>,
}

impl Actual {
    #[inline(always)]
    fn add_to<B>(&self, state: ResponseState, response: &mut HttpResponse<B>) {
        self.answers.add_to(self.decision, self.origin.as_ref(), state, response);
    }

    /// Finishes a response that other layers may have decided about.
    #[cold]
    fn finish<B>(&self, entry: &Entry, has_record: bool, response: &mut HttpResponse<B>) -> Finished {
        let state = ResponseState::of(response);
        let nearer = entry.nearer();
        let finished = if nearer.is_some() || state.decided { Finished::Nearer } else { Finished::Here };
        if entry.is_violated() {
            remove_grants(&mut ResponseHeaders(response.headers_mut()));
        } else if let Some(nearer) = &nearer {
            if entry.is_outermost {
                nearer.restore(None, response);
            }
        } else if state.decided {
            // A nearer layer decided and could not write it down. Its mark is in the headers.
        } else if !has_record {
            // A nearer layer may have decided and was not heard, so nothing is granted.
            let headers = &mut ResponseHeaders(response.headers_mut());
            self.answers.answers.add_again(Decision::Refused, None, headers);
        } else {
            entry.change_own(|verdict| verdict.left_to_handler = state.existing.allow_origin);
            self.add_to(state, response);
        }
        report(entry, &self.answers.settings.listeners, response);
        finished
    }
}

/// Which layer decided about a response.
#[derive(PartialEq)]
enum Finished {
    Here,
    Nearer,
}

impl Verdict {
    /// Restores the headers that this layer wrote, whatever other code did to the response since. `request` is the
    /// request, if it is at hand.
    fn restore<B>(&self, request: Option<&HttpRequest>, response: &mut HttpResponse<B>) {
        if self.left_to_handler {
            return;
        }
        let (answers, origin) = (&self.answers.answers, self.origin.as_ref());
        let headers = &mut ResponseHeaders(response.headers_mut());
        if self.decision.reaches_handler() {
            answers.add_again(self.decision, origin, headers);
        } else {
            let view = request.map(|request| RequestView::of_head(request.head()));
            answers.write_again(self.decision, view.as_ref(), origin, headers);
        }
    }
}

/// The answer to a preflight, unless a nearer layer answers it.
struct Own<B> {
    answers: Arc<LayerAnswers>,
    response: HttpResponse<EitherBody<B>>,
    entry: Option<Entry>,
}

impl<B: MessageBody + 'static> Own<B> {
    fn into_response(self) -> HttpResponse<EitherBody<B>> {
        match &self.entry {
            Some(entry) => own_response(entry, &self.answers.settings, self.response),
            None => self.response,
        }
    }

    /// A copy, because actix may turn an error into a response more than once.
    fn to_response(&self) -> HttpResponse<EitherBody<B>> {
        let mut response =
            HttpResponse::with_body(self.response.status(), EitherBody::right(BoxBody::new(())));
        *response.headers_mut() = self.response.headers().clone();
        match &self.entry {
            Some(entry) => own_response(entry, &self.answers.settings, response),
            None => response,
        }
    }

    /// Whether the response from inside is not an answer to the preflight, so that this one takes its place.
    fn takes_the_place_of<C>(&self, response: &HttpResponse<C>) -> bool {
        let state = ResponseState::of(response);
        match &self.entry {
            None => !state.is_answer(),
            Some(entry) => {
                if state.existing.allow_origin && !state.decided {
                    entry.change_own(|verdict| verdict.left_to_handler = true);
                }
                !entry.is_violated() && entry.nearer().is_none() && !state.is_answer()
            }
        }
    }

    /// Finishes a response from inside that is the answer to the preflight.
    #[cold]
    fn finish<C: MessageBody + 'static>(
        &self,
        entry: &Entry,
        request: Option<&HttpRequest>,
        mut response: HttpResponse<EitherBody<C>>,
    ) -> HttpResponse<EitherBody<C>> {
        let nearer = entry.nearer();
        if entry.is_violated() {
            remove_grants(&mut ResponseHeaders(response.headers_mut()));
        } else if let Some(nearer) = &nearer
            && entry.is_outermost
        {
            nearer.restore(request, &mut response);
        }
        let listeners = &self.answers.settings.listeners;
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
        Poll::Ready(match state.project() {
            Projection::Actual { future, answer } => {
                let mut result = ready!(future.poll(context));
                match &mut result {
                    Ok(response) => {
                        let answer = answer.as_ref().expect(POLLED_AGAIN);
                        if let Some(entry) = &answer.entry {
                            let has_record =
                                !entry.is_outermost || entry.is_in(&response.request().extensions());
                            if answer.finish(entry, has_record, response.response_mut()) == Finished::Nearer {
                                answer.answers.settings.report_nearer_policy(response);
                            }
                            return Poll::Ready(result.map(|response| explained(answer, entry, response)));
                        }
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
                        // and then its headers are in the response by now.
                        error.add_response_mapper(move |mut response| {
                            if let Some(entry) = &answer.entry {
                                answer.finish(entry, true, &mut response);
                                return response;
                            }
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
                    let answer = answer.take().expect(POLLED_AGAIN);
                    if let Some(entry) = &answer.entry
                        && !answer.answers.settings.hears_nearer_layers(entry, response.request())
                    {
                        // The nearer layers, if any, could not be heard, so nothing is granted.
                        return Poll::Ready(Ok(unheard(response)));
                    }
                    if answer.takes_the_place_of(response.response()) {
                        return Poll::Ready(Ok(ServiceResponse::new(
                            response.into_parts().0,
                            answer.into_response(),
                        )));
                    }
                    let response = response.map_into_left_body();
                    match &answer.entry {
                        None => Ok(response),
                        Some(entry) => {
                            let (request, response) = response.into_parts();
                            let response = answer.finish(entry, Some(&request), response);
                            Ok(ServiceResponse::new(request, response))
                        }
                    }
                }
                Err(mut error) => {
                    // Nothing that answers preflights fails, so other code between this layer and the handler failed. A
                    // nearer layer may be between this layer and that code, and then its answer is there by now.
                    let answer = answer.take().expect(POLLED_AGAIN);
                    error.add_response_mapper(move |response| {
                        if answer.takes_the_place_of(&response) {
                            return answer.to_response().map_into_boxed_body();
                        }
                        match &answer.entry {
                            None => response,
                            Some(entry) => {
                                let response = response.map_into_left_body::<BoxBody>();
                                answer.finish(entry, None, response).map_into_boxed_body()
                            }
                        }
                    });
                    Err(error)
                }
            },
            Projection::Answered { response } => Ok(response.take().expect(POLLED_AGAIN)),
            Projection::Asking { .. } => unreachable!("the function has answered above"),
        })
    }
}

/// Makes the reason for a refusal the body of a response that a nearer layer made, if this layer explains refusals.
#[cold]
fn explained<B: MessageBody + 'static>(
    answer: &Actual,
    entry: &Entry,
    response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    let response = response.map_into_left_body();
    if !entry.nearer().is_some_and(|nearer| nearer.answered) {
        return response;
    }
    let (request, response) = response.into_parts();
    ServiceResponse::new(request, explain_in_body(entry, &answer.answers.settings.listeners, response))
}

/// A refusal in the place of a response to a preflight.
#[cold]
fn unheard<B: MessageBody + 'static>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let refusal = HttpResponse::with_body(StatusCode::FORBIDDEN, EitherBody::right(BoxBody::new(())));
    ServiceResponse::new(response.into_parts().0, refusal)
}
