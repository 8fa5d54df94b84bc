//! What `#[cors]` makes of a handler: a route that takes the preflights for its own methods, and the layer around it.

use actix_web::guard::GuardContext;

use crate::cors::Cors;
use crate::request::RequestView;

/// A handler with `#[cors]`. The attribute implements it.
///
/// A handler has one or more routes (`#[routes]` gives several), counted from 0.
#[doc(hidden)]
pub trait Annotated {
    /// The methods that each route serves.
    const METHODS: &'static [&'static [&'static str]];

    /// The layers around the routes.
    fn layers() -> &'static HandlerLayers;
}

/// A module with `#[cors]`, as its handlers see it. The attribute implements it.
#[doc(hidden)]
pub trait PolicyOfModule {
    /// The layer that the handlers share.
    fn cors() -> &'static Cors;
}

/// A guard for a handler's route: besides the handler's own requests, which actix's method guards let in, it takes the
/// preflights that ask for a method of the route, and no other `OPTIONS`.
#[doc(hidden)]
pub fn serves<H: Annotated, const ROUTE: usize>(context: &GuardContext<'_>) -> bool {
    let request = RequestView::of_head(context.head());
    if cors_core::Request::method(&request) != "OPTIONS" {
        return true;
    }
    cors_core::preflight_method(&request)
        .is_some_and(|method| H::METHODS[ROUTE].iter().any(|served| served.as_bytes() == method))
}

/// Whether a request is a [CORS-preflight](https://fetch.spec.whatwg.org/#cors-preflight-request): an `OPTIONS` with `Origin`
/// and `Access-Control-Request-Method`.
///
/// For guards of one's own. A guard of an annotated handler is asked about preflights too, and a preflight carries none of
/// the headers of the request that it asks about; so a guard that reads headers must let preflights pass.
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

/// The layers around a handler's routes. What `#[cors]` generates keeps them in a `static`.
#[doc(hidden)]
#[derive(Debug)]
pub struct HandlerLayers(Vec<Cors>);

impl HandlerLayers {
    /// `grants` are the methods that a preflight for each route is told.
    #[doc(hidden)]
    pub fn new(cors: Cors, handler: &'static str, grants: &[&[&'static str]]) -> Self {
        // Handlers that share a URL may share a method too, under different conditions or in different scopes.
        let once = |methods: &[&'static str]| {
            let mut listed: Vec<&str> = Vec::with_capacity(methods.len());
            for method in methods {
                if !listed.contains(method) {
                    listed.push(method);
                }
            }
            listed
        };
        Self(grants.iter().map(|methods| cors.clone().for_handler(handler, &once(methods))).collect())
    }

    /// The layer around a route.
    #[doc(hidden)]
    pub fn of(&self, route: usize) -> Cors {
        self.0[route].clone()
    }
}
