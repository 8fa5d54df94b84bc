//! CORS for actix-web, declared on the handler and checked by the compiler.
//!
//! # Declare
//!
//! [`#[cors]`](macro@cors) is written above the route attribute. A policy that cannot work or is known to be insecure does not
//! compile. A preflight is matched to the handler by the method that it asks for, so two handlers on one path can have two
//! policies.
//!
//! ```
//! use actix_web::{App, Responder, get, put, web};
//! use cors_actix::cors;
//!
//! #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials)]
//! #[put("/items/{id}")]
//! async fn update(id: web::Path<u64>) -> impl Responder {
//!     format!("updated {id}")
//! }
//!
//! #[cors(origins = "*", expose = ["x-total-count"])]
//! #[get("/items/{id}")]
//! async fn read(id: web::Path<u64>) -> impl Responder {
//!     format!("item {id}")
//! }
//!
//! let app = App::new().service(update).service(read);
//! ```
//!
//! # Name
//!
//! A [`policy!`] has a name and is shared by many handlers. It can be a `static` or a `const`, and the compiler can run tests of
//! it. If values are known only at run time, use [`Policy::builder`], or a file with the feature `serde`. The same [rules]
//! apply.
//!
//! ```
//! use actix_web::{Responder, post};
//! use cors_actix::{Policy, cors, policy};
//!
//! static PARTNERS: Policy = policy! {
//!     origins = ["https://*.partner.example", "https://app.example.com"],
//!     headers = ["content-type", "authorization"],
//!     credentials,
//!     max_age = "1h",
//! };
//! const _: () = assert!(PARTNERS.allows_origin("https://eu.partner.example"));
//!
//! #[cors(policy = PARTNERS)]
//! #[post("/orders")]
//! async fn order() -> impl Responder {
//!     "thanks"
//! }
//! ```
//!
//! # Wrap
//!
//! [`Cors::new`] is a middleware that applies one policy to everything inside an `App`, a `Scope` or a `Resource`.
//!
//! ```
//! # use actix_web::{App, HttpResponse, web};
//! # use cors_actix::{Cors, Policy, policy};
//! # static PARTNERS: Policy = policy! { origins = ["https://app.example.com"] };
//! // Created once, outside of the closure of `HttpServer::new`, and cloned into each worker.
//! let cors = Cors::new(&PARTNERS);
//! let app = move || App::new().wrap(cors.clone()).route("/", web::get().to(HttpResponse::Ok));
//! ```
//!
//! # Layer
//!
//! [`Cors::fallback`] is for handlers without a policy of their own. **The policy nearest to the handler decides**, whether it
//! grants or refuses.
//!
//! ```
//! # use actix_web::{App, HttpResponse, Responder, get, web};
//! # use cors_actix::{Cors, Policy, cors, policy};
//! # static PARTNERS: Policy = policy! { origins = ["https://app.example.com"] };
//! # #[cors(origins = "*")]
//! # #[get("/public")]
//! # async fn public() -> impl Responder { "" }
//! let app = App::new()
//!     .wrap(Cors::fallback(&PARTNERS))
//!     .service(public) // has a #[cors] of its own, and keeps it
//!     .route("/other", web::get().to(HttpResponse::Ok));
//! ```
//!
//! A browser caches what a preflight grants for the URL, for the time of `max_age`. If handlers on one URL have different
//! policies, or if a policy is narrowed while answers are cached, the browser alone does not prevent requests that the policy
//! refuses. `enforce` answers refused cross-origin requests with 403 before the handler runs. See [what `enforce`
//! does](guide::in_production#what-enforce-does).
//!
//! # Test
//!
//! With the feature `testing`, a simulated browser sends requests to your application as a page would. It sends preflights,
//! caches their answers, and reports what the page could read. See [`testing`].
//!
//! # Explain
//!
//! Every refusal has an [`Explanation`]: the reason, what was refused, the nearest entry of the policy, and what to write. The
//! feature `tracing` logs it, [`Cors::on_refusal`] passes it to a function, [`Cors::explain`] shows it in the browser's network
//! panel during development, and the test browser prints it. The guide has [a page about blocked
//! requests](guide::blocked), which starts from the words in the browser's console.
//!
//! # Authenticate
//!
//! [The guide](guide::authentication) shows where CORS belongs beside authentication, and how a page can read a 401.
//! [Cross-site requests](guide::csrf) are a different problem, against which `enforce` helps.
//!
//! # Operate
//!
//! [`Cors::trial`] tries a narrower policy without effect, and the feature `metrics` counts decisions. See [the guide's page about
//! production](guide::in_production).
//!
//! # Configure
//!
//! [The guide](guide::configuration) shows policies from the environment, from files, from typed settings and from the
//! command line.
//!
//! # Reload
//!
//! A function can decide about origins: [`Cors::origin_fn`] and [`Cors::origin_async`]. With the feature `reload`, a
//! `SharedPolicy` can be replaced while the server runs. With the feature `tenants`, origins differ by tenant: see the guide's
//! page `tenants`.
//!
//! # WebSockets and events
//!
//! Browsers do not apply CORS to WebSocket handshakes. [`OriginGuard`] applies a policy to them, as a middleware or
//! as a guard.
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `metrics` | counters of decisions and refusals, through the facade `metrics`: see [the guide](guide::in_production) |
//! | `public-suffix` (default) | the public suffix list, for policies that are built at run time; the macros always use it |
//! | `reload` | `SharedPolicy` |
//! | `serde` | policies from files, and from the environment as typed settings |
//! | `tenants` | `TenantPolicy` and `TenantOrigins`: origins that differ by tenant |
//! | `testing` | [`testing`], a browser for tests |
//! | `tracing` | refusals as events |
//!
//! Coming from another library? See [from actix-cors](guide::from_actix_cors), and
//! [from Spring and ASP.NET](guide::from_spring_and_aspnet).

mod constant;
mod cors;
pub mod guide;
mod layer;
mod mark;
#[cfg(feature = "metrics")]
mod metrics;
mod middleware;
mod observer;
mod origin_guard;
mod origin_source;
mod record;
mod refusal_report;
mod request;
mod response;
mod route;
#[cfg(feature = "reload")]
mod shared_policy;
mod skip_preflight;
mod source;
#[cfg(feature = "tenants")]
mod tenant_policy;
#[cfg(feature = "testing")]
#[doc(alias = "test")]
#[doc(alias = "browser")]
pub mod testing;
mod trial;

pub use cors::Cors;
pub use cors_core::{
    Allow, Builder, CompiledPolicy, Decision, Difference, Explanation, ForwardedHost, Key, MaxAge, Origin,
    OriginPattern, OriginPatternBuf, Policy, PolicyChanges, Refusal, Rule, Violation, Violations, rules,
};
#[cfg(feature = "tenants")]
pub use cors_core::{Changes, Replacement, TenantOrigins};
/// The CORS policy of a handler, or of every handler in a module.
///
/// Use it for a policy that belongs to one handler. If several handlers share a policy, declare it with [`policy!`].
/// If handlers cannot be annotated, wrap them with [`Cors`].
///
/// ```
/// use actix_web::{App, Responder, get, post, put};
/// use cors_actix::{Policy, cors, policy};
///
/// static PARTNERS: Policy = policy! { origins = ["https://*.partner.example"], headers = ["content-type"] };
///
/// #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = "10m")]
/// #[put("/items/1")]
/// async fn update() -> impl Responder {
///     "updated"
/// }
///
/// #[cors(policy = PARTNERS)] // a policy that has a name
/// #[post("/orders")]
/// async fn order() -> impl Responder {
///     "ordered"
/// }
///
/// #[cors(deny)] // no other origin, whatever policy is around it
/// #[get("/admin")]
/// async fn admin() -> impl Responder {
///     "for this server's own pages"
/// }
///
/// let app = App::new().service(update).service(order).service(admin);
/// ```
///
/// A function can decide about origins that are known only at run time, as with [`Cors::origin_fn`] and
/// [`Cors::origin_async`]. If the function reads request headers other than `Origin`, list them in `vary`, so that a
/// cache does not send the response for one tenant to a page of another tenant:
///
/// ```
/// use actix_web::{Responder, dev::RequestHead, get};
/// use cors_actix::{Origin, cors};
///
/// fn is_of_tenant(origin: &Origin<'_>, head: &RequestHead) -> bool {
///     let tenant = head.headers().get("x-tenant").and_then(|tenant| tenant.to_str().ok());
///     origin.scheme() == "https" && tenant.is_some_and(|tenant| origin.host() == format!("{tenant}.example"))
/// }
///
/// #[cors(origins = ["https://app.example.com"], origin_fn = is_of_tenant, vary = ["x-tenant"])]
/// #[get("/items")]
/// async fn items() -> impl Responder {
///     "items"
/// }
/// ```
///
/// On a module, the policy applies to each handler inside that has no policy of its own. Handlers that share the
/// policy, a path and their guards answer preflights for each other, so that one answer lists the methods of all of
/// them:
///
/// ```
/// use actix_web::App;
/// use cors_actix::cors;
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[actix_web::scope("/api")]
/// mod api {
///     use actix_web::{Responder, delete, get, put};
///     use cors_actix::cors;
///
///     #[put("/items")]
///     pub async fn update() -> impl Responder {
///         "updated"
///     }
///
///     #[delete("/items")]
///     pub async fn remove() -> impl Responder {
///         "removed"
///     }
///
///     #[cors(origins = "*")] // the nearest policy wins
///     #[get("/status")]
///     pub async fn status() -> impl Responder {
///         "well"
///     }
/// }
///
/// let app = App::new().service(api::update).service(api::remove).service(api::status);
/// ```
///
pub use cors_macros::cors;
pub use middleware::{CorsFuture, CorsMiddleware};
pub use observer::{CorsObserver, CorsObserverFuture, CorsObserverMiddleware};
pub use origin_guard::{OriginGuard, OriginGuardMiddleware};
pub use route::is_preflight;
#[cfg(feature = "reload")]
pub use shared_policy::SharedPolicy;
pub use skip_preflight::{SkipPreflight, SkipPreflightFuture, SkipPreflightMiddleware, skip_preflight};
pub use source::PolicySource;
#[cfg(feature = "tenants")]
pub use tenant_policy::TenantPolicy;

/// A policy as an expression, for a `static` or a `const`.
///
/// Use it for a policy that several handlers, layers or guards share. For a policy whose values are known only at run time, use
/// [`Policy::builder`].
///
/// ```
/// use actix_web::{App, Responder, get};
/// use cors_actix::{Cors, OriginGuard, Policy, cors, policy};
///
/// const APP: &str = "https://app.example.com";
///
/// static PARTNERS: Policy = policy! {
///     origins = [APP, "https://*.partner.example"],
///     headers = ["content-type", "authorization"],
///     credentials,
///     max_age = "1h",
/// };
/// // The compiler can test it:
/// const _: () = assert!(PARTNERS.allows_origin("https://eu.partner.example"));
/// const _: () = assert!(!PARTNERS.allows_origin("https://partner.example.evil.example"));
///
/// #[cors(policy = PARTNERS)]
/// #[get("/items")]
/// async fn items() -> impl Responder {
///     "items"
/// }
/// let app = App::new().wrap(Cors::fallback(&PARTNERS)).service(items);
/// let guard = OriginGuard::new(&PARTNERS);
/// ```
///
/// # Keys
///
/// The macro takes `key = value`, `key` and `key(…)`, separated by commas. The keys are `origins`, `except`, `credentials`,
/// `methods`, `headers`, `expose`, `max_age`, `enforce`, `preflight_status` and `allow(…)`, as in [`#[cors]`](macro@cors). Around
/// an application, `methods = "*"` grants every method, and a policy without `methods` grants `GET`, `HEAD` and `POST`. On a
/// handler, those methods of the policy are granted that the route serves.
///
/// # Errors
///
/// A policy that breaks a rule does not compile. All violations are reported at once, each at its place and with its code.
///
/// # Panics
///
/// The macro does not panic. A layer that uses the policy panics if an origin in a constant breaks
/// `credentials-public-suffix`, the one rule that the compiler cannot evaluate for constants.
#[macro_export]
macro_rules! policy {
    ($($declaration:tt)*) => {
        $crate::__private::__policy!($crate; $($declaration)*)
    };
}

/// The code that the macros generate refers to this module, and no other code does. It also contains names of the standard
/// library, because a user's module may have other items with these names.
#[doc(hidden)]
pub mod __private {
    pub use std::clone::Clone;
    pub use std::iter::Iterator;
    pub use std::option::Option::{None, Some};
    pub use std::{concat, file, line, module_path};

    pub use actix_web::dev::{AppService, HttpServiceFactory};
    pub use actix_web::guard::fn_guard;
    pub use actix_web::http::StatusCode;
    pub use actix_web::{HttpResponse, Resource};
    pub use cors_core::{Allow, AllowSet, Borrowed, Declaration, Key, MaxAge, Policy};
    pub use cors_macros::{__cors_above_route, __cors_of_module, __policy};
    pub use once_cell::sync::Lazy;

    pub use crate::constant::{Constant, UnknownConstant};
    pub use crate::route::{Annotated, HandlerLayers, PolicyOfModule, serves};
}
