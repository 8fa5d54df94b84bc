//! A layer that listens to refusals and has no policy.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_service::{Service, Transform};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::{Error, HttpResponse};
use cors_core::{Difference, Explanation, preflight_method};
use pin_project_lite::pin_project;

use crate::layer::counts::{CountedLayer, Position};
use crate::layer::listeners::{COUNTS, Listeners};
use crate::record::{Entry, Reason, Refused};
use crate::refusal_report::{explain_in_body, report};
use crate::request::RequestView;

/// A middleware that reports the refusals of everything inside, and has no policy of its own.
///
/// Use it in applications in which only handlers have policies. [`Cors`](crate::Cors) has the same methods, which also
/// apply to everything inside.
///
/// ```
/// use actix_web::{App, Responder, get};
/// use cors_actix::{CorsObserver, cors};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[get("/items")]
/// async fn items() -> impl Responder {
///     "items"
/// }
///
/// let observer = CorsObserver::new().on_refusal(|explanation, request| {
///     println!("{} {}: {explanation}", request.method, request.uri.path());
/// });
/// let app = move || App::new().service(items).wrap(observer.clone());
/// ```
///
/// It also reports preflights that never reach a policy, because authentication or the router answers them. Their reason
/// is [`Refusal::PreflightNotAnswered`](crate::Refusal::PreflightNotAnswered). To see them, the observer has to be
/// wrapped last.
#[derive(Clone, Debug, Default)]
pub struct CorsObserver(Listeners);

impl CorsObserver {
    /// An observer without listeners.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls `function` for every refusal inside, as [`Cors::on_refusal`](crate::Cors::on_refusal).
    #[must_use]
    pub fn on_refusal(
        mut self,
        function: impl Fn(&Explanation, &RequestHead) + Send + Sync + 'static,
    ) -> Self {
        self.0.on_refusal = Some(Arc::new(function));
        self
    }

    /// Calls `function` for every difference of a policy on trial inside, as
    /// [`Cors::on_difference`](crate::Cors::on_difference).
    #[must_use]
    pub fn on_difference(
        mut self,
        function: impl Fn(&Difference, &RequestHead) + Send + Sync + 'static,
    ) -> Self {
        self.0.on_difference = Some(Arc::new(function));
        self
    }

    /// Explains every refusal inside in its response, as [`Cors::explain`](crate::Cors::explain). For development only.
    #[must_use]
    pub fn explain(mut self) -> Self {
        self.0.explain = true;
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for CorsObserver
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = CorsObserverMiddleware<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let (listeners, counted) = (self.0.clone(), CountedLayer::new(Position::Around));
        ready(Ok(CorsObserverMiddleware { service, listeners, _counted: counted }))
    }
}

/// The service of a [`CorsObserver`].
#[derive(Debug)]
pub struct CorsObserverMiddleware<S> {
    service: S,
    listeners: Listeners,
    _counted: CountedLayer,
}

impl<S, B> Service<ServiceRequest> for CorsObserverMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = CorsObserverFuture<S::Future>;

    actix_service::forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let entry = Entry::new(&request, self.listeners.any());
        let is_preflight = preflight_method(&RequestView::of_head(request.head())).is_some();
        let is_reported = COUNTS || self.listeners.any();
        let preflight = (is_preflight && is_reported).then(|| request.head().clone());
        let observation = Some(Observation { entry, listeners: self.listeners.clone(), preflight });
        CorsObserverFuture { future: self.service.call(request), observation }
    }
}

/// The state of the observer for one request.
struct Observation {
    entry: Entry,
    listeners: Listeners,
    /// The request, if it is a preflight.
    preflight: Option<RequestHead>,
}

impl Observation {
    fn report<B>(&self, response: &mut HttpResponse<B>) {
        let has_grant = response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        if let Some(head) = &self.preflight
            && !self.entry.is_decided()
            && !has_grant
        {
            let method = preflight_method(&RequestView::of_head(head)).unwrap_or_default().to_vec();
            let explanation = Explanation::preflight_not_answered(response.status().as_u16(), &method);
            let refusal = explanation.refusal();
            let reason = Some(Rc::new(Reason { explanation, head: head.clone() }));
            self.entry.set_unanswered(Refused { refusal, place: None, reason });
        }
        report(&self.entry, &self.listeners, response);
    }
}

pin_project! {
    /// The response of a [`CorsObserverMiddleware`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CorsObserverFuture<F> {
        #[pin]
        future: F,
        observation: Option<Observation>,
    }
}

impl<F> std::fmt::Debug for CorsObserverFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CorsObserverFuture").finish_non_exhaustive()
    }
}

impl<F, B> Future for CorsObserverFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.future.poll(context));
        let observation = this.observation.take().expect("a future is not polled after it was ready");
        Poll::Ready(match result {
            Ok(response) => {
                let mut response = response.map_into_left_body();
                observation.report(response.response_mut());
                let Observation { entry, listeners, .. } = &observation;
                if entry.nearer().is_some_and(|verdict| verdict.answered) {
                    let (request, response) = response.into_parts();
                    Ok(ServiceResponse::new(request, explain_in_body(entry, listeners, response)))
                } else {
                    Ok(response)
                }
            }
            Err(mut error) => {
                error.add_response_mapper(move |mut response| {
                    observation.report(&mut response);
                    response
                });
                Err(error)
            }
        })
    }
}
