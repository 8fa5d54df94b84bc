//! A way around another middleware, for preflights alone.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_service::{Service, Transform};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{Error, HttpResponse};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use crate::mark::ResponseState;
use crate::request::RequestView;

/// Lets CORS-preflights go around `middleware`, which sees everything else.
///
/// A preflight never carries credentials, so a middleware that wants them refuses it, and the browser then refuses the
/// request that it asked about. The better way is to wrap authentication first and CORS after it, so that CORS is the
/// outer layer and answers preflights itself. This is for the cases where that cannot be: where `#[cors]` handlers lie
/// inside.
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
/// Anyone can forge a preflight, so this must not become a way in. What goes around travels without its body, `Cookie` and
/// `Authorization`; and an answer that no CORS layer of this library gave is replaced by 403, and reported. A handler that
/// takes any method (`web::to`, a proxy as default service) would still run: it does not belong below this.
pub fn skip_preflight<M>(middleware: M) -> SkipPreflight<M> {
    SkipPreflight { middleware: Rc::new(middleware) }
}

/// What [`skip_preflight`] gives: a middleware for `.wrap(…)`.
#[derive(Debug)]
pub struct SkipPreflight<M> {
    middleware: Rc<M>,
}

impl<M> Clone for SkipPreflight<M> {
    fn clone(&self) -> Self {
        Self { middleware: Rc::clone(&self.middleware) }
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
        let middleware = Rc::clone(&self.middleware);
        Box::pin(async move {
            let inner = Rc::new(service);
            let around = middleware.new_transform(Rc::clone(&inner)).await?;
            Ok(SkipPreflightMiddleware { around, inner })
        })
    }
}

/// The service that [`SkipPreflight`] makes: another middleware, and the way around it.
#[derive(Debug)]
pub struct SkipPreflightMiddleware<S, M> {
    around: M,
    inner: Rc<S>,
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
        // The other middleware may be busy, and is asked first; what is inside was given to it.
        ready!(self.around.poll_ready(context))?;
        self.inner.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let view = RequestView::of_head(request.head());
        if cors_core::preflight_method(&view).is_none() {
            return SkipPreflightFuture { way: Way::Through { future: self.around.call(request) } };
        }
        request.set_payload(Payload::None);
        request.headers_mut().remove(header::COOKIE);
        request.headers_mut().remove(header::AUTHORIZATION);
        SkipPreflightFuture { way: Way::Around { future: self.inner.call(request) } }
    }
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
        Around { #[pin] future: S },
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
            Projection::Around { future } => match ready!(future.poll(context)) {
                Ok(response) if ResponseState::of(response.response()).decided => {
                    Ok(response.map_into_left_body().map_into_right_body())
                }
                Ok(response) => {
                    report(response.request().path());
                    let request = response.into_parts().0;
                    let refused = ServiceResponse::new(request, HttpResponse::new(StatusCode::FORBIDDEN));
                    Ok(refused.map_into_right_body().map_into_right_body())
                }
                Err(mut error) => {
                    // A CORS layer between us and whoever failed may have put its answer in place of the error's.
                    error.add_response_mapper(|response| {
                        if ResponseState::of(&response).decided {
                            return response;
                        }
                        report("this request");
                        HttpResponse::new(StatusCode::FORBIDDEN)
                    });
                    Err(error)
                }
            },
        })
    }
}

fn report(path: &str) {
    log::warn!(
        "a preflight for {path:?} went around a middleware and no CORS policy answered it, so it was refused: put a policy \
         below skip_preflight, and keep routes that take any method out from under it"
    );
}
