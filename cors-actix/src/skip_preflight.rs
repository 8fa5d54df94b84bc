//! A middleware with which preflights skip another middleware.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_service::{Service, Transform};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{Error, HttpMessage as _, HttpResponse};
use cors_core::{Preflight, skipped_preflight_keeps};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use crate::layer::counts::{CountedLayer, Position};
use crate::record::Entry;
use crate::request::{RequestView, declared_names};

/// Lets CORS-preflight requests skip `middleware`. All other requests pass through it.
///
/// A preflight never carries credentials. A middleware that requires them refuses the preflight, and the browser then does not
/// send the actual request. If you can, wrap the application with authentication first and with CORS after it: CORS is then
/// the outer layer and answers preflights itself. Use this function where that is not possible, because handlers with
/// `#[cors]` are inside of the authentication.
///
/// ```
/// use actix_web::middleware::{Next, from_fn};
/// use actix_web::{App, Error, HttpResponse, body::MessageBody, dev, get};
/// use cors_actix::{cors, skip_preflight};
///
/// async fn authenticated(
///     request: dev::ServiceRequest,
///     next: Next<impl MessageBody>,
/// ) -> Result<dev::ServiceResponse<impl MessageBody>, Error> {
///     // … refuse requests without a token …
///     next.call(request).await
/// }
///
/// #[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
/// #[get("/")]
/// async fn index() -> HttpResponse {
///     HttpResponse::Ok().finish()
/// }
///
/// let app = App::new().service(index).wrap(skip_preflight(from_fn(authenticated)));
/// ```
///
/// Anyone can forge a preflight. Therefore:
///
/// * The body of the preflight is removed, and so are all headers except those that browsers set on preflights and those
///   of proxies and of tracing. [`SkipPreflight::keep_headers`] keeps other headers.
/// * If other code changes the method, `Origin` or `Access-Control-Request-Method` later, the first CORS layer that gets the
///   request refuses it with 403 before a handler runs.
/// * A response that is not a CORS layer's answer to the preflight is replaced by an empty response with status 403, and
///   reported in the log.
///
/// A handler that accepts every method (`web::to`, or a proxy as the default service) and that has no CORS layer around it
/// still runs for a preflight. Do not place such a handler inside.
pub fn skip_preflight<M>(middleware: M) -> SkipPreflight<M> {
    SkipPreflight { middleware: Rc::new(middleware), kept: Rc::default() }
}

/// The middleware that [`skip_preflight`] returns, for `.wrap(…)`.
#[derive(Debug)]
pub struct SkipPreflight<M> {
    middleware: Rc<M>,
    kept: Rc<[HeaderName]>,
}

impl<M> SkipPreflight<M> {
    /// Lets preflights keep these headers, for example the request ID that the application's own proxy sets.
    ///
    /// Do not list a header that gives access to something, such as a cookie or an API key.
    ///
    /// ```
    /// # use actix_web::middleware::Logger;
    /// # use cors_actix::skip_preflight;
    /// # let authentication = Logger::default();
    /// let around = skip_preflight(authentication).keep_headers(["x-tenant"]);
    /// ```
    ///
    /// # Panics
    /// If a name is not the name of a header.
    #[must_use]
    #[track_caller]
    pub fn keep_headers<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.kept = self.kept.iter().cloned().chain(declared_names(names)).collect();
        self
    }
}

impl<M> Clone for SkipPreflight<M> {
    fn clone(&self) -> Self {
        Self { middleware: Rc::clone(&self.middleware), kept: Rc::clone(&self.kept) }
    }
}

impl<S, M, B, C> Transform<S, ServiceRequest> for SkipPreflight<M>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    M: Transform<Rc<S>, ServiceRequest, Response = ServiceResponse<C>, Error = Error> + 'static,
    B: MessageBody + 'static,
    C: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<C, EitherBody<B>>>;
    type Error = Error;
    type InitError = M::InitError;
    type Transform = SkipPreflightMiddleware<S, M::Transform>;
    type Future = LocalBoxFuture<'static, Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let (middleware, kept) = (Rc::clone(&self.middleware), Rc::clone(&self.kept));
        Box::pin(async move {
            let inner = Rc::new(service);
            let around = middleware.new_transform(Rc::clone(&inner)).await?;
            Ok(SkipPreflightMiddleware { around, inner, kept, _counted: CountedLayer::new(Position::Around) })
        })
    }
}

/// The service of a [`SkipPreflight`]. It contains the other middleware and the inner service.
#[derive(Debug)]
pub struct SkipPreflightMiddleware<S, M> {
    around: M,
    inner: Rc<S>,
    kept: Rc<[HeaderName]>,
    _counted: CountedLayer,
}

impl<S, M, B, C> Service<ServiceRequest> for SkipPreflightMiddleware<S, M>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    M: Service<ServiceRequest, Response = ServiceResponse<C>, Error = Error>,
    B: MessageBody + 'static,
    C: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<C, EitherBody<B>>>;
    type Error = Error;
    type Future = SkipPreflightFuture<M::Future, S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        // The other middleware contains the inner service, so its readiness covers both.
        ready!(self.around.poll_ready(context))?;
        self.inner.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let Some(preflight) = Preflight::of(&RequestView::of_head(request.head())) else {
            return SkipPreflightFuture { way: Way::Through { future: self.around.call(request) } };
        };
        let entry = Entry::new(&request, false);
        if entry.violates(&RequestView::of_head(request.head())) {
            return SkipPreflightFuture { way: Way::Refused { request: Some(request) } };
        }
        entry.skip(preflight);
        request.set_payload(Payload::None);
        keep_only(request.headers_mut(), &self.kept);
        let future = self.inner.call(request);
        SkipPreflightFuture { way: Way::Around { future, entry: Some(entry) } }
    }
}

/// Removes every header that a preflight without authentication must not keep.
fn keep_only(headers: &mut HeaderMap, kept: &[HeaderName]) {
    headers.retain(|name, _| skipped_preflight_keeps(name.as_str()) || kept.contains(name));
}

pin_project! {
    /// The response of a [`SkipPreflightMiddleware`].
    #[must_use = "futures do nothing unless polled"]
    pub struct SkipPreflightFuture<M, S> {
        #[pin]
        way: Way<M, S>,
    }
}

pin_project! {
    #[project = Projection]
    enum Way<M, S> {
        Through { #[pin] future: M },
        Around { #[pin] future: S, entry: Option<Entry> },
        // A request that skipped the middleware of another `skip_preflight` and was changed after that.
        Refused { request: Option<ServiceRequest> },
    }
}

impl<M, S> std::fmt::Debug for SkipPreflightFuture<M, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SkipPreflightFuture").finish_non_exhaustive()
    }
}

impl<M, S, B, C> Future for SkipPreflightFuture<M, S>
where
    M: Future<Output = Result<ServiceResponse<C>, Error>>,
    S: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
    C: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<EitherBody<C, EitherBody<B>>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project().way.project() {
            Projection::Through { future } => Ok(ready!(future.poll(context))?.map_into_left_body()),
            Projection::Refused { request } => {
                let request = request.take().expect(POLLED_AGAIN);
                let refused = request.into_response(HttpResponse::new(StatusCode::FORBIDDEN));
                Ok(refused.map_into_right_body().map_into_right_body())
            }
            Projection::Around { future, entry } => {
                let result = ready!(future.poll(context));
                let entry = entry.take().expect(POLLED_AGAIN);
                match result {
                    Ok(response) if is_answered(&entry) && entry.is_in(&response.request().extensions()) => {
                        Ok(response.map_into_left_body().map_into_right_body())
                    }
                    Ok(response) => {
                        report(response.request().path());
                        // If other code changed the request, no outer layer may answer it as a preflight.
                        entry.violates(&RequestView::of_head(response.request().head()));
                        let request = response.into_parts().0;
                        let refused = ServiceResponse::new(request, HttpResponse::new(StatusCode::FORBIDDEN));
                        Ok(refused.map_into_right_body().map_into_right_body())
                    }
                    Err(mut error) => {
                        // A CORS layer between this middleware and the code that failed may have replaced the response
                        // of the error by its own answer.
                        error.add_response_mapper(move |response| {
                            if is_answered(&entry) {
                                return response;
                            }
                            report("this request");
                            HttpResponse::new(StatusCode::FORBIDDEN)
                        });
                        Err(error)
                    }
                }
            }
        })
    }
}

const POLLED_AGAIN: &str = "a future is not polled after it was ready";

/// Whether a CORS layer answered the preflight itself.
fn is_answered(entry: &Entry) -> bool {
    !entry.is_violated() && entry.nearer().is_some_and(|verdict| verdict.answered)
}

fn report(path: &str) {
    log::warn!(
        "a preflight for {path:?} skipped a middleware and no CORS policy answered it, so it was refused: put a policy \
         below skip_preflight, and keep routes that take any method out from under it"
    );
}
