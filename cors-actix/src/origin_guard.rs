//! A policy for requests to which browsers do not apply CORS.

use std::future::{Ready, ready};
use std::panic::Location;

use actix_service::{Service, Transform};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Extensions, RequestHead, ServiceRequest, ServiceResponse};
use actix_web::guard::{Guard, GuardContext};
use actix_web::http::header::{self, HeaderValue};
use actix_web::{Error, HttpMessage as _, HttpResponse};
use cors_core::{ForwardedHost, Refusal, Request as _, RequestHeader, is_safe_method};
use futures_util::FutureExt as _;
use futures_util::future::{Either, Map};

use crate::layer::current::Current;
#[cfg(feature = "tracing")]
use crate::layer::listeners::traces;
use crate::layer::place::Place;
use crate::layer::settings::{LayerSettings, Role};
use crate::record::{Record, Refused};
use crate::request::RequestView;
use crate::source::{PolicySource, compiled};

/// Applies a policy to requests to which browsers do not apply CORS: WebSockets, and requests whose responses pages do
/// not read. It also protects event streams.
///
/// It lets requests pass from the origins that the policy grants, and from the server's own pages. Use it as a middleware:
/// a refused request gets 403 with `Cache-Control: no-store`, and every response has `Vary: Origin, Sec-Fetch-Site`, so that a
/// shared cache does not send the response for one page to another page.
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use cors_actix::{OriginGuard, Policy, policy};
///
/// static CHAT: Policy = policy! { origins = ["https://app.example.com"], credentials };
///
/// let chat = web::resource("/chat").route(web::get().to(HttpResponse::Ok)).wrap(OriginGuard::new(&CHAT));
/// ```
///
/// Any page can open a WebSocket to any server with the user's cookies, and read the messages. Only the `Origin` header of the
/// handshake identifies the page. [RFC 6455 §10.2](https://www.rfc-editor.org/rfc/rfc6455#section-10.2) recommends that servers
/// check it.
///
/// A refusal is reported to the listeners of the layers around the guard: to
/// [`Cors::on_refusal`](crate::Cors::on_refusal) and [`CorsObserver::on_refusal`](crate::CorsObserver::on_refusal). With
/// the feature `tracing`, it is an event even without such a layer.
///
/// A request without `Origin` passes: browsers send the header on every cross-origin request of these kinds, and they omit it
/// on the event streams of the server's own pages. See [`OriginGuard::require_origin`]. It is refused if its method may change
/// something and the browser says that a page of another site sent it
/// ([`is_unsafe_without_origin`](cors_core::is_unsafe_without_origin)).
///
/// # As a guard
///
/// It is also an [`actix_web::guard::Guard`]. If the guard refuses a request, actix tries the next route, so that
/// different origins can get different handlers. A guard cannot do everything that the middleware can:
///
/// * Without another route, the response is actix's 404, which has no `Vary`. A shared cache may send it to every origin,
///   and may send a cached response of the route to an origin that the guard refuses. Use it only for responses that are not
///   cached.
/// * A guard cannot see whether this server speaks TLS itself, so a page with the scheme `http` counts as the server's
///   own page if its host and port are those of the request.
///
/// ```
/// # use actix_web::{HttpResponse, web};
/// # use cors_actix::{OriginGuard, Policy, policy};
/// # static CHAT: Policy = policy! { origins = ["https://app.example.com"], credentials };
/// let chat = web::resource("/chat").guard(OriginGuard::new(&CHAT)).route(web::get().to(HttpResponse::Ok));
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "websocket")]
#[doc(alias = "socket")]
pub struct OriginGuard {
    policy: Current,
    requires_origin: bool,
    allows_safe_methods: bool,
    forwarded_host: Option<ForwardedHost>,
}

impl OriginGuard {
    /// Creates a guard with a policy.
    ///
    /// # Panics
    /// As [`Cors::new`](crate::Cors::new).
    #[track_caller]
    pub fn new(policy: impl PolicySource) -> Self {
        let settings = LayerSettings::new(Role::Whole, Place::Guard(Location::caller()));
        let policy = Current::new(&compiled(policy), settings.into());
        Self { policy, requires_origin: false, allows_safe_methods: false, forwarded_host: None }
    }

    /// Also refuses requests without `Origin`. Use it for routes that only scripts of pages use, such as WebSockets:
    /// browsers send `Origin` with every WebSocket handshake.
    ///
    /// ```
    /// # use cors_actix::{OriginGuard, Policy, policy};
    /// # static CHAT: Policy = policy! { origins = ["https://app.example.com"], credentials };
    /// let guard = OriginGuard::new(&CHAT).require_origin();
    /// ```
    #[must_use]
    pub fn require_origin(mut self) -> Self {
        self.requires_origin = true;
        self
    }

    /// Lets every request with a [safe method](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1) pass: `GET`, `HEAD` and
    /// `OPTIONS`. Use it around an application with cookies and forms, to protect it from [cross-site request
    /// forgery](crate::guide::csrf): links and images on other sites keep working. The responses to these requests get no
    /// `Vary`, because they do not depend on the origin.
    ///
    /// A WebSocket handshake and an event stream are `GET` requests, so they pass too. Give them a guard of their own.
    ///
    /// ```
    /// use actix_web::App;
    /// use cors_actix::{OriginGuard, Policy};
    ///
    /// // Only the application's own pages may send forms to it.
    /// static OWN_PAGES: Policy = Policy::deny();
    /// let app = App::new().wrap(OriginGuard::new(&OWN_PAGES).allow_safe_methods());
    /// ```
    #[must_use]
    #[doc(alias = "csrf")]
    pub fn allow_safe_methods(mut self) -> Self {
        self.allows_safe_methods = true;
        self
    }

    /// As [`Cors::trust_forwarded_host`](crate::Cors::trust_forwarded_host), to recognize the server's own pages.
    #[must_use]
    pub fn trust_forwarded_host(mut self, header: ForwardedHost) -> Self {
        self.forwarded_host = Some(header);
        self
    }
}

impl OriginGuard {
    /// Whether the request passes because of its method.
    fn passes_by_method(&self, head: &RequestHead) -> bool {
        self.allows_safe_methods && is_safe_method(head.method.as_str())
    }

    /// Whether the request may pass. A refusal is written into the record of the request, if there is a listener or a
    /// counter.
    fn lets_pass(&self, head: &RequestHead, secure: bool, extensions: &Extensions) -> bool {
        let request = RequestView::new(head, secure, self.forwarded_host);
        let answers = self.policy.load();
        let has_origin = request.header(RequestHeader::Origin).next().is_some();
        let passes = self.passes_by_method(head)
            || (has_origin || !self.requires_origin) && answers.decide(&request).passes_guard(&request);
        let refused = |explains| {
            let refusal =
                if has_origin { answers.policy().refusal(&request) } else { Some(Refusal::NoOrigin) };
            Some(Refused::new(refusal?, &answers, &request, head, explains))
        };
        match Record::in_extensions(extensions) {
            Some(record) if record.needs_refusals() => {
                record.set_refused_by_guard(if passes { None } else { refused(record.is_listening()) });
            }
            // There is no outer layer that reports the refusal.
            #[cfg(feature = "tracing")]
            _ if !passes && traces() => {
                if let Some(reason) = refused(true).and_then(|refused| refused.reason) {
                    reason.trace(false);
                }
            }
            _ => {}
        }
        passes
    }
}

impl Guard for OriginGuard {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        self.lets_pass(context.head(), false, &context.req_data())
    }
}

impl<S, B> Transform<S, ServiceRequest> for OriginGuard
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = OriginGuardMiddleware<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(OriginGuardMiddleware { service, guard: self.clone() }))
    }
}

/// The service of an [`OriginGuard`] that is used as a middleware.
#[derive(Debug)]
pub struct OriginGuardMiddleware<S> {
    service: S,
    guard: OriginGuard,
}

impl<S, B> Service<ServiceRequest> for OriginGuardMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Either<Map<S::Future, Finish<B>>, Ready<Result<Self::Response, Error>>>;

    actix_service::forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let secure = request.app_config().secure();
        if self.guard.lets_pass(request.head(), secure, &request.extensions()) {
            // What passes by its method does not depend on other headers.
            let finish: Finish<B> =
                if self.guard.passes_by_method(request.head()) { without_vary } else { with_vary };
            return Either::Left(self.service.call(request).map(finish));
        }
        let refusal = HttpResponse::Forbidden()
            .insert_header((header::VARY, VARY))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .finish();
        Either::Right(ready(Ok(request.into_response(refusal).map_into_right_body())))
    }
}

/// The request headers that the guard's decision depends on. The value is not one of the marks by which a layer recognizes
/// the decision of a nearer layer.
const VARY: HeaderValue = HeaderValue::from_static("Origin, Sec-Fetch-Site");

type Finish<B> = fn(Result<ServiceResponse<B>, Error>) -> Result<ServiceResponse<EitherBody<B>>, Error>;

fn without_vary<B>(
    result: Result<ServiceResponse<B>, Error>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    result.map(ServiceResponse::map_into_left_body)
}

fn with_vary<B: MessageBody + 'static>(
    result: Result<ServiceResponse<B>, Error>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    match result {
        Ok(mut response) => {
            response.headers_mut().append(header::VARY, VARY);
            Ok(response.map_into_left_body())
        }
        Err(mut error) => {
            // The response is created outside of this middleware.
            error.add_response_mapper(|mut response| {
                response.headers_mut().append(header::VARY, VARY);
                response
            });
            Err(error)
        }
    }
}
