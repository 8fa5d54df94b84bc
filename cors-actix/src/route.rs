//! The types and functions for the code that `#[cors]` generates: the guard of a handler's route, and the layers
//! around the routes.

use actix_web::guard::{self, Guard, GuardContext};
use actix_web::http::Method;

use crate::cors::Cors;
use crate::request::RequestView;

/// A handler with `#[cors]`. The attribute implements it.
#[doc(hidden)]
pub trait Annotated {
    /// The layers around the handler's routes.
    fn layers() -> &'static HandlerLayers;
}

/// A module with `#[cors]`. The attribute implements it.
#[doc(hidden)]
pub trait PolicyOfModule {
    /// The layer that the handlers share.
    fn cors() -> &'static Cors;
}

/// A guard for a route of a handler. It accepts the requests with one of the `methods`, and the preflights that ask for one
/// of them.
///
/// Actix's own method guards are called first, even for preflights, because they record their methods. A response with
/// status 405 lists these methods in `Allow`.
#[doc(hidden)]
pub fn serves(methods: &'static [&'static str]) -> impl Guard {
    let of = |name: &str| guard::Method(Method::from_bytes(name.as_bytes()).expect("a method"));
    let (first, others) = methods.split_first().expect("a route has at least one method");
    let own = others.iter().fold(guard::Any(of(first)), |own, name| own.or(of(name)));
    own.or(guard::fn_guard(move |context| {
        let request = RequestView::of_head(context.head());
        let asked = cors_core::preflight_method(&request);
        asked.is_some_and(|asked| methods.iter().any(|method| method.as_bytes() == asked))
    }))
}

/// Whether a request is a [CORS-preflight](https://fetch.spec.whatwg.org/#cors-preflight-request): an `OPTIONS` with `Origin`
/// and `Access-Control-Request-Method`.
///
/// Use it in custom guards. The guards of an annotated handler are also called for preflights, and a preflight does not have
/// the headers of the request that follows it. So a guard that reads headers has to accept preflights.
///
/// ```
/// use actix_web::guard::GuardContext;
///
/// fn wants_json(context: &GuardContext<'_>) -> bool {
///     cors_actix::is_preflight(context)
///         || context.head().headers().get("accept").is_some_and(|accept| accept == "application/json")
/// }
/// ```
pub fn is_preflight(context: &GuardContext<'_>) -> bool {
    cors_core::preflight_method(&RequestView::of_head(context.head())).is_some()
}

/// The layers around a handler's routes. The code that `#[cors]` generates stores them in a `static`.
#[doc(hidden)]
#[derive(Debug)]
pub struct HandlerLayers(Box<[Cors]>);

impl HandlerLayers {
    /// `grants` has a list for each route: the methods that the answer to a preflight lists. Handlers on the same URL may
    /// have the same method, under different conditions or in different scopes, so a list may contain it twice.
    #[doc(hidden)]
    pub fn new(cors: Cors, handler: &'static str, grants: &'static [&'static [&'static str]]) -> Self {
        Self(grants.iter().map(|methods| cors.clone().for_handler(handler, methods)).collect())
    }

    /// The layer around a route. Routes are counted from 0.
    #[doc(hidden)]
    pub fn of(&self, route: usize) -> Cors {
        self.0[route].clone()
    }
}
