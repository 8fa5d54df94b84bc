//! Middlewares that do to requests and responses what real ones do, at the worst place: between two CORS layers.
//!
//! ```
//! use actix_web::{App, middleware::from_fn};
//! use cors_tests::hostile::Hostile;
//!
//! let app = App::new().wrap(from_fn(|request, next| Hostile::ClearsHeaders.act(request, next)));
//! ```

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, error, rt};
use futures_util::FutureExt;

/// The origin that [`Hostile::ReplacesOrigin`] writes.
pub const TRUSTED: &str = "https://app.example.com";

/// What a hostile middleware does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hostile {
    // The response stays the same, but its headers are in other memory.
    /// Copies each header by its text.
    CopiesHeadersAsText,
    /// Builds another response with copies of the headers.
    CopiesHeadersIntoAnotherResponse,
    /// Gives the body another type.
    Boxes,
    /// Runs the inner service in another task.
    Spawns,
    /// Sends the request again after the first response.
    Retries,
    // The response loses headers that a layer wrote.
    /// Removes `Vary`.
    ClearsVary,
    /// Replaces `Vary` by another list.
    OverwritesVary,
    /// Removes all headers.
    ClearsHeaders,
    /// Removes the headers whose names start with `Access-Control-`.
    RemovesCorsHeaders,
    /// Builds another response without headers.
    Rebuilds,
    /// Builds another response with `Vary: Origin` alone.
    RebuildsWithVary,
    /// Replaces the response by an error.
    ReplacesByAnError,
    /// Replaces the response by a redirect.
    ReplacesByARedirect,
    /// Replaces a panic by an error.
    CatchesPanics,
    /// Stops the inner service and fails.
    GivesUpWaiting,
    // The request changes on its way in.
    /// Removes the extensions of the request, and with them the record of the layers.
    ClearsExtensionsFirst,
    /// Removes the extensions of the request and of the response, after the inner service.
    ClearsExtensionsAfterwards,
    /// Removes `Origin`.
    DropsOrigin,
    /// Replaces `Origin` by [`TRUSTED`].
    ReplacesOrigin,
    /// Removes `Access-Control-Request-Method`.
    DropsRequestMethod,
    /// Gives the request the method in its `X-HTTP-Method-Override`.
    OverridesMethod,
    /// Does the same, and removes `Origin`.
    OverridesMethodAndDropsOrigin,
    // The response is the middleware's own.
    /// Responds without the inner service.
    Answers,
    /// Fails without the inner service.
    Fails,
}

use Hostile::*;

impl Hostile {
    /// The middlewares that do not change the request. The nearest layer decides about the request as it was sent.
    pub const ON_THE_WAY_OUT: [Self; 16] = [
        CopiesHeadersAsText,
        CopiesHeadersIntoAnotherResponse,
        Boxes,
        Spawns,
        Retries,
        ClearsVary,
        OverwritesVary,
        ClearsHeaders,
        RemovesCorsHeaders,
        Rebuilds,
        RebuildsWithVary,
        ReplacesByAnError,
        ReplacesByARedirect,
        CatchesPanics,
        GivesUpWaiting,
        ClearsExtensionsAfterwards,
    ];

    /// The middlewares that change the request, so that the nearest layer decides about another request than was
    /// sent.
    pub const ON_THE_WAY_IN: [Self; 6] = [
        ClearsExtensionsFirst,
        DropsOrigin,
        ReplacesOrigin,
        DropsRequestMethod,
        OverridesMethod,
        OverridesMethodAndDropsOrigin,
    ];

    /// The function for [`from_fn`](actix_web::middleware::from_fn).
    ///
    /// # Errors
    ///
    /// Those of the inner service, and those that the middleware makes.
    ///
    /// # Panics
    ///
    /// If [`Hostile::CopiesHeadersAsText`] finds a header that is not text.
    pub async fn act<B: MessageBody + 'static>(
        self,
        mut request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        match self {
            ClearsExtensionsFirst => request.extensions_mut().clear(),
            DropsOrigin => drop(request.headers_mut().remove(header::ORIGIN)),
            ReplacesOrigin => {
                let trusted = HeaderValue::from_static(TRUSTED);
                request.headers_mut().insert(header::ORIGIN, trusted);
            }
            DropsRequestMethod => drop(request.headers_mut().remove(header::ACCESS_CONTROL_REQUEST_METHOD)),
            OverridesMethod => override_method(&mut request),
            OverridesMethodAndDropsOrigin => {
                override_method(&mut request);
                request.headers_mut().remove(header::ORIGIN);
            }
            Answers => return Ok(request.into_response(HttpResponse::Ok().body("the middleware's"))),
            Fails => return Err(error::ErrorServiceUnavailable("the middleware's")),
            _ => {}
        }
        let response = match self {
            Spawns => rt::spawn(next.call(request)).await.map_err(error::ErrorInternalServerError)??,
            CatchesPanics => match AssertUnwindSafe(next.call(request)).catch_unwind().await {
                Ok(response) => response?,
                Err(_) => return Err(error::ErrorInternalServerError("the middleware's")),
            },
            GivesUpWaiting => {
                let mut inner = next.call(request);
                // One poll starts the inner service without waiting for it.
                let _ = futures_util::poll!(&mut inner);
                drop(inner);
                return Err(error::ErrorGatewayTimeout("the middleware's"));
            }
            Retries => {
                let path = request.match_info();
                let matched = path.as_str().len() - path.unprocessed().len();
                let (request, response) = next.call(request).await?.into_parts();
                drop(response);
                let mut request = ServiceRequest::from_request(request);
                // The part of the path that the outer scopes matched has to be skipped again.
                request.match_info_mut().reset();
                request.match_info_mut().skip(matched.try_into().expect("a short path"));
                next.call(request).await?
            }
            _ => next.call(request).await?,
        };
        self.mangle(response.map_into_boxed_body())
    }

    fn mangle(self, mut response: ServiceResponse) -> Result<ServiceResponse, Error> {
        let status = response.status();
        match self {
            CopiesHeadersAsText => {
                let copied = copied(response.headers());
                *response.headers_mut() = copied;
            }
            CopiesHeadersIntoAnotherResponse => {
                let copied = copied(response.headers());
                let (request, old) = response.into_parts();
                let mut new = HttpResponse::with_body(status, old.into_body());
                *new.headers_mut() = copied;
                return Ok(ServiceResponse::new(request, new));
            }
            ClearsVary => drop(response.headers_mut().remove(header::VARY)),
            OverwritesVary => {
                response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            }
            ClearsHeaders => response.headers_mut().clear(),
            RemovesCorsHeaders => {
                let names: Vec<_> = response.headers().keys().cloned().collect();
                for name in names.iter().filter(|name| name.as_str().starts_with("access-control-")) {
                    response.headers_mut().remove(name);
                }
            }
            Rebuilds => {
                let (request, old) = response.into_parts();
                return Ok(ServiceResponse::new(request, HttpResponse::build(status).body(old.into_body())));
            }
            RebuildsWithVary => {
                let (request, old) = response.into_parts();
                let mut new = HttpResponse::build(status);
                return Ok(ServiceResponse::new(
                    request,
                    new.insert_header((header::VARY, "Origin")).body(old.into_body()),
                ));
            }
            ReplacesByAnError => return Err(error::ErrorInternalServerError("the middleware's")),
            ReplacesByARedirect => {
                let new = HttpResponse::build(StatusCode::SEE_OTHER)
                    .insert_header((header::LOCATION, "/elsewhere"))
                    .finish();
                return Ok(response.into_response(new));
            }
            ClearsExtensionsAfterwards => {
                response.request().extensions_mut().clear();
                response.response_mut().extensions_mut().clear();
            }
            _ => {}
        }
        Ok(response)
    }
}

/// Copies headers without sharing memory with the original.
fn copied(headers: &HeaderMap) -> HeaderMap {
    let text = |value: &HeaderValue| value.to_str().expect("text").to_owned();
    let copies = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    let copies = copies.collect::<Vec<_>>().into_iter();
    let parsed = copies.map(|(name, value)| {
        (HeaderName::try_from(name).expect("a name"), HeaderValue::try_from(value).expect("a value"))
    });
    let mut map = HeaderMap::new();
    parsed.for_each(|(name, value)| map.append(name, value));
    map
}

fn override_method(request: &mut ServiceRequest) {
    let method = request.headers().get("x-http-method-override").and_then(|value| value.to_str().ok());
    if let Some(method) = method.and_then(|method| method.parse::<Method>().ok()) {
        request.head_mut().method = method;
    }
}
