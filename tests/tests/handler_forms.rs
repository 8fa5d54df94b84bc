//! Every way to write a handler with `#[cors]`, over real HTTP: the preflight and the actual request, from a trusted origin
//! and from another one.

mod forms_support;

use forms_support::{STRANGER, Server, TRUSTED};

/// One of each route attribute.
mod attributes {
    use actix_web::{Responder, delete, get, head, patch, post, put, query};
    use cors_actix::cors;

    #[cors(origins = "https://app.example.com")]
    #[get("/get")]
    async fn with_get() -> impl Responder {
        "get"
    }

    #[cors(origins = "https://app.example.com")]
    #[post("/post")]
    async fn with_post() -> impl Responder {
        "post"
    }

    #[cors(origins = "https://app.example.com")]
    #[put("/put")]
    async fn with_put() -> impl Responder {
        "put"
    }

    #[cors(origins = "https://app.example.com")]
    #[delete("/delete")]
    async fn with_delete() -> impl Responder {
        "delete"
    }

    #[cors(origins = "https://app.example.com")]
    #[patch("/patch")]
    async fn with_patch() -> impl Responder {
        "patch"
    }

    #[cors(origins = "https://app.example.com")]
    #[head("/head")]
    async fn with_head() -> impl Responder {
        "head"
    }

    #[cors(origins = "https://app.example.com")]
    #[query("/query")]
    async fn with_query() -> impl Responder {
        "query"
    }

    pub fn configure(config: &mut actix_web::web::ServiceConfig) {
        config.service(with_get).service(with_post).service(with_put).service(with_delete);
        config.service(with_patch).service(with_head).service(with_query);
    }
}

#[test]
fn every_method_has_its_attribute() {
    let server = Server::start(attributes::configure);
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "QUERY"] {
        let name = method.to_ascii_lowercase();
        server.check(&format!("/{name}"), &name, &[method], method);
        server.check_unserved(&format!("/{name}"), if method == "PUT" { "GET" } else { "PUT" });
    }
}

/// Several methods, and several paths.
mod several {
    use actix_web::{Responder, route, routes};
    use cors_actix::cors;

    #[cors(origins = "https://app.example.com")]
    #[route("/one", method = "GET")]
    async fn one() -> impl Responder {
        "one"
    }

    #[cors(origins = "https://app.example.com")]
    #[route("/two", method = "GET", method = "PUT", name = "second")]
    async fn two() -> impl Responder {
        "two"
    }

    #[cors(origins = "https://app.example.com")]
    #[route("/custom", method = "PURGE", method = "GET", method = "LINK")]
    async fn custom() -> impl Responder {
        "custom"
    }

    #[cors(origins = "https://app.example.com", methods = "PUT")]
    #[route("/narrowed", method = "GET", method = "PUT", method = "DELETE")]
    async fn narrowed() -> impl Responder {
        "narrowed"
    }

    #[cors(origins = "https://app.example.com")]
    #[routes]
    #[get("/a/{id}")]
    #[put("/a/{number}", name = "a")]
    #[delete("/b")]
    async fn paths() -> impl Responder {
        "paths"
    }

    pub fn configure(config: &mut actix_web::web::ServiceConfig) {
        config.service(one).service(two).service(custom).service(narrowed).service(paths);
    }
}

#[test]
fn a_route_accepts_several_methods() {
    let server = Server::start(several::configure);
    server.check("/one", "one", &["GET"], "GET");
    server.check("/two", "two", &["GET", "PUT"], "GET, PUT");
    server.check("/custom", "custom", &["PURGE", "GET", "LINK"], "PURGE, GET, LINK");
    server.check_unserved("/two", "PATCH");
}

#[test]
fn a_policy_narrows_the_methods_of_its_route() {
    let server = Server::start(several::configure);
    server.check("/narrowed", "narrowed", &["PUT", "DELETE"], "PUT");
}

#[test]
fn a_handler_has_several_paths() {
    let server = Server::start(several::configure);
    server.check("/a/1", "paths", &["GET", "PUT"], "GET, PUT");
    server.check("/b", "paths", &["DELETE"], "DELETE");
    server.check_unserved("/b", "GET");
    server.check_unserved("/a/1", "DELETE");
}

/// Attributes that are written with a path, or under another name.
mod paths {
    use actix_web as web2;
    use actix_web::get as fetch;
    use cors_actix::cors;

    #[cors_actix::cors(origins = "https://app.example.com")]
    #[actix_web::get("/full")]
    async fn full() -> impl actix_web::Responder {
        "full"
    }

    #[cors(origins = "https://app.example.com")]
    #[::actix_web::put("/absolute")]
    async fn absolute() -> impl actix_web::Responder {
        "absolute"
    }

    #[cors(origins = "https://app.example.com")]
    #[web2::route("/aliased", method = "GET", method = "PATCH")]
    async fn aliased() -> impl web2::Responder {
        "aliased"
    }

    #[cors(origins = "https://app.example.com")]
    #[actix_web::routes]
    #[get("/several")]
    #[put("/several")]
    async fn several() -> impl web2::Responder {
        "several"
    }

    mod macros {
        pub use actix_web::get as cors_get;
        pub use cors_actix::cors as with_policy;
    }

    // `#[cors]` works under another name.
    #[macros::with_policy(origins = "https://app.example.com")]
    #[web2::get("/renamed")]
    async fn renamed() -> impl web2::Responder {
        "renamed"
    }

    // `#[cors]` does not recognize a route attribute under another name, and reports `route-missing`. Without `#[cors]`, such
    // a handler works.
    #[fetch("/fetched")]
    async fn fetched() -> impl web2::Responder {
        "fetched"
    }

    #[macros::cors_get("/unknown")]
    async fn unknown() -> impl web2::Responder {
        "unknown"
    }

    pub fn configure(config: &mut actix_web::web::ServiceConfig) {
        config.service(full).service(absolute).service(aliased).service(several).service(renamed);
        config.service(fetched).service(unknown);
    }
}

#[test]
fn attributes_are_written_by_any_path() {
    let server = Server::start(paths::configure);
    server.check("/full", "full", &["GET"], "GET");
    server.check("/absolute", "absolute", &["PUT"], "PUT");
    server.check("/aliased", "aliased", &["GET", "PATCH"], "GET, PATCH");
    server.check("/several", "several", &["GET", "PUT"], "GET, PUT");
    server.check("/renamed", "renamed", &["GET"], "GET");
    assert_eq!(server.actual("GET", "/fetched", TRUSTED).header("access-control-allow-origin"), None);
}

/// Handlers with documentation, visibility, other attributes, extractors, and several kinds of responses.
mod surroundings {
    use actix_web::{HttpRequest, HttpResponse, Responder, error, get, post, put, web};
    use cors_actix::cors;

    /// Documentation above.
    #[cors(origins = "https://app.example.com")]
    /// Documentation between.
    #[get("/documented")]
    /// Documentation below.
    #[allow(clippy::unused_async)]
    pub async fn documented() -> impl Responder {
        "documented"
    }

    #[allow(dead_code, clippy::needless_pass_by_value)]
    #[cfg(any(unix, windows))]
    #[cors(
        origins = ["https://app.example.com"],
        headers = ["content-type"],
        credentials,
        max_age = "1h",
    )]
    #[cfg_attr(any(unix, windows), doc = "Documentation under a condition.")]
    #[cfg_attr(any(unix, windows), post("/extractors/{id}"))]
    #[cfg_attr(not(any(unix, windows)), get("/never"))]
    pub(crate) async fn extractors(
        request: HttpRequest,
        id: web::Path<u32>,
        number: web::Data<u32>,
        body: String,
    ) -> Result<String, actix_web::Error> {
        assert!(request.path().ends_with(&id.to_string()));
        Ok(format!("{} {} {body}", *id, **number))
    }

    #[cors(origins = "https://app.example.com")]
    #[put("/fails")]
    async fn fails() -> Result<HttpResponse, actix_web::Error> {
        Err(error::ErrorImATeapot("a teapot"))
    }

    #[cfg(not(any(unix, windows)))]
    #[cors(origins = "https://app.example.com", except = DOES_NOT_EXIST)]
    #[get("/never")]
    async fn never() -> NoSuchType {}

    pub fn configure(config: &mut web::ServiceConfig) {
        config.app_data(web::Data::new(7_u32)).service(documented).service(extractors).service(fails);
    }
}

#[test]
fn attributes_and_extractors_of_a_handler_keep_their_effect() {
    let server = Server::start(surroundings::configure);
    server.check("/documented", "documented", &["GET"], "GET");

    let preflight = server.preflight("POST", "/extractors/3", TRUSTED);
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-headers"), Some("content-type"));
    assert_eq!(preflight.header("access-control-max-age"), Some("3600"));
    assert_eq!(preflight.header("access-control-allow-credentials"), Some("true"));
    let response = server.actual("POST", "/extractors/3", TRUSTED);
    assert_eq!((response.status, &*response.body), (200, "3 7 "));
    assert_eq!(response.header("access-control-allow-credentials"), Some("true"));
    // A page can read the response if an extractor or a handler fails.
    let response = server.actual("POST", "/extractors/x", TRUSTED);
    assert_eq!((response.status, response.header("access-control-allow-origin")), (404, Some(TRUSTED)));
    let response = server.actual("PUT", "/fails", TRUSTED);
    assert_eq!((response.status, &*response.body), (418, "a teapot"));
    assert_eq!(response.header("access-control-allow-origin"), Some(TRUSTED));
    assert_eq!(server.actual("PUT", "/fails", STRANGER).header("access-control-allow-origin"), None);
    assert_eq!(server.preflight("GET", "/never", TRUSTED).status, 404);
}

/// `name`, `guard` and `wrap`.
mod options {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use actix_web::body::MessageBody;
    use actix_web::dev::{ServiceRequest, ServiceResponse};
    use actix_web::guard::GuardContext;
    use actix_web::http::header;
    use actix_web::middleware::{DefaultHeaders, Next};
    use actix_web::{Error, Responder, error, get, routes, web};
    use cors_actix::cors;

    pub static WRAPPED: AtomicUsize = AtomicUsize::new(0);

    async fn count<B: MessageBody>(
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<B>, Error> {
        WRAPPED.fetch_add(1, Ordering::Relaxed);
        next.call(request).await
    }

    async fn reject<B>(_: ServiceRequest, _: Next<B>) -> Result<ServiceResponse<B>, Error> {
        Err(error::ErrorUnauthorized("no"))
    }

    #[cors(origins = "https://app.example.com", expose = "x-first")]
    #[get(
        "/wrapped",
        wrap = "actix_web::middleware::from_fn(count)",
        wrap = r#"DefaultHeaders::new().add(("x-first", "1"))"#
    )]
    async fn wrapped() -> impl Responder {
        "wrapped"
    }

    #[cors(origins = "https://app.example.com")]
    #[get("/rejected", wrap = "actix_web::middleware::from_fn(reject)")]
    async fn rejected() -> impl Responder {
        "rejected"
    }

    fn is_on(host: &str, context: &GuardContext<'_>) -> bool {
        context.head().headers().get(header::HOST).is_some_and(|value| value.as_bytes() == host.as_bytes())
    }

    fn is_on_a(context: &GuardContext<'_>) -> bool {
        is_on("a.example", context)
    }

    mod guards {
        use super::{GuardContext, is_on};

        pub fn is_on_b(context: &GuardContext<'_>) -> bool {
            is_on("b.example", context)
        }
    }

    #[cors(origins = "https://for-a.example")]
    #[get("/guarded", guard = "is_on_a")]
    async fn guarded_a() -> impl Responder {
        "a"
    }

    #[cors(origins = "https://for-b.example")]
    #[get("/guarded", guard = "guards::is_on_b")]
    async fn guarded_b() -> impl Responder {
        "b"
    }

    fn wants_json(context: &GuardContext<'_>) -> bool {
        cors_actix::is_preflight(context)
            || context.head().headers().get(header::ACCEPT).is_some_and(|accept| accept == "application/json")
    }

    pub static ASKED: AtomicUsize = AtomicUsize::new(0);

    fn counts(_: &GuardContext<'_>) -> bool {
        ASKED.fetch_add(1, Ordering::Relaxed);
        true
    }

    #[cors(origins = "https://app.example.com")]
    #[get("/counted", guard = "counts")]
    async fn counted() -> impl Responder {
        "counted"
    }

    #[cors(origins = "https://app.example.com")]
    #[actix_web::route("/counted-too", method = "GET", method = "PUT", guard = "counts")]
    async fn counted_too() -> impl Responder {
        "counted too"
    }

    fn has_token(context: &GuardContext<'_>) -> bool {
        context.head().headers().contains_key(header::AUTHORIZATION)
    }

    #[cors(origins = "https://app.example.com")]
    #[get("/json", guard = "wants_json")]
    async fn json() -> impl Responder {
        "json"
    }

    #[cors(origins = "https://app.example.com")]
    #[get("/token", guard = "has_token")]
    async fn token() -> impl Responder {
        "token"
    }

    #[cors(origins = "https://app.example.com")]
    #[routes]
    #[get("/both", guard = "is_on_a", wrap = "actix_web::middleware::from_fn(count)")]
    #[put("/both", guard = "guards::is_on_b")]
    async fn both() -> impl Responder {
        "both"
    }

    pub fn configure(config: &mut web::ServiceConfig) {
        config.service(wrapped).service(rejected).service(guarded_a).service(guarded_b);
        config.service(json).service(token).service(both).service(counted).service(counted_too);
    }
}

#[test]
fn the_policy_is_the_outermost_of_a_handlers_wraps() {
    let server = Server::start(options::configure);
    server.check("/wrapped", "wrapped", &["GET"], "GET");
    // The three requests that were not preflights.
    assert_eq!(options::WRAPPED.load(std::sync::atomic::Ordering::Relaxed), 3);
    assert_eq!(server.actual("GET", "/wrapped", TRUSTED).header("x-first"), Some("1"));

    let response = server.actual("GET", "/rejected", TRUSTED);
    assert_eq!((response.status, response.header("access-control-allow-origin")), (401, Some(TRUSTED)));
    assert_eq!(server.preflight("GET", "/rejected", TRUSTED).status, 204);
}

#[test]
fn a_handlers_guards_are_called_for_preflights_too() {
    let server = Server::start(options::configure);
    for (host, origin, other) in [
        ("a.example", "https://for-a.example", "https://for-b.example"),
        ("b.example", "https://for-b.example", "https://for-a.example"),
    ] {
        let ask = |origin| {
            let headers = [("host", host), ("origin", origin), ("access-control-request-method", "GET")];
            server.send("OPTIONS", "/guarded", &headers).status
        };
        assert_eq!((ask(origin), ask(other)), (204, 403), "{host}");
        let response = server.send("GET", "/guarded", &[("host", host), ("origin", origin)]);
        assert_eq!(response.body, host[..1]);
        assert_eq!(response.header("access-control-allow-origin"), Some(origin));
    }
    assert_eq!(server.preflight("GET", "/guarded", "https://for-a.example").status, 404, "on another host");
    let on_b = |method| {
        let headers = [("host", "b.example"), ("origin", TRUSTED), ("access-control-request-method", method)];
        server.send("OPTIONS", "/both", &headers)
    };
    assert_eq!((on_b("PUT").status, on_b("GET").status), (204, 404));
    assert_eq!(
        on_b("PUT").header("access-control-allow-methods"),
        Some("PUT"),
        "routes with other guards are separate"
    );
}

#[test]
fn a_handlers_guards_are_not_called_for_other_options_requests() {
    let server = Server::start(options::configure);
    for path in ["/counted", "/counted-too"] {
        server.check_unserved(path, "DELETE");
        assert_eq!(server.send("OPTIONS", path, &[]).status, 404);
        assert_eq!(server.preflight("GET", path, TRUSTED).status, 204);
        assert_eq!(server.actual("GET", path, TRUSTED).status, 200);
    }
    assert_eq!(options::ASKED.load(std::sync::atomic::Ordering::Relaxed), 4);
}

#[test]
fn a_guard_that_reads_headers_lets_preflights_pass() {
    let server = Server::start(options::configure);
    assert_eq!(server.preflight("GET", "/json", TRUSTED).status, 204);
    assert_eq!(server.actual("GET", "/json", TRUSTED).status, 404);
    let headers = [("origin", TRUSTED), ("accept", "application/json")];
    assert_eq!(server.send("GET", "/json", &headers).body, "json");
    // A preflight never has the header, so a guard that requires it rejects all preflights.
    assert_eq!(server.preflight("GET", "/token", TRUSTED).status, 404);
}

/// Handlers on the same path, together with explicit `OPTIONS` handlers.
mod neighbours {
    use actix_web::{Responder, delete, get, options, put, web};
    use cors_actix::cors;

    #[cors(origins = "https://app.example.com")]
    #[get("/items/{id}")]
    async fn read() -> impl Responder {
        "read"
    }

    #[cors(origins = "https://admin.example.com")]
    #[put("/items/{id}")]
    async fn write() -> impl Responder {
        "write"
    }

    #[delete("/items/{id}")]
    async fn remove() -> impl Responder {
        "remove"
    }

    #[cors(deny)]
    #[get("/denied")]
    async fn denied() -> impl Responder {
        "denied"
    }

    #[options("/items/{id}")]
    async fn ask() -> impl Responder {
        "ask"
    }

    pub fn configure(config: &mut web::ServiceConfig) {
        config.service(read).service(write).service(remove).service(denied);
    }

    pub fn with_options(config: &mut web::ServiceConfig) {
        config.configure(configure).service(ask);
    }

    pub fn with_options_first(config: &mut web::ServiceConfig) {
        config.service(ask).configure(configure);
    }
}

#[test]
fn handlers_on_one_path_have_policies_of_their_own() {
    let server = Server::start(neighbours::configure);
    let allowed = |method, origin| {
        let response = server.preflight(method, "/items/1", origin);
        (response.status, response.header("access-control-allow-methods").map(String::from))
    };
    let admin = "https://admin.example.com";
    assert_eq!(allowed("GET", TRUSTED), (204, Some("GET".into())));
    assert_eq!(allowed("GET", admin), (403, None));
    assert_eq!(allowed("PUT", TRUSTED), (403, None));
    assert_eq!(allowed("PUT", admin), (204, Some("PUT".into())));
    assert_eq!(allowed("DELETE", TRUSTED), (404, None), "it has no policy");
    assert_eq!(server.actual("PUT", "/items/1", admin).header("access-control-allow-origin"), Some(admin));
    assert_eq!(server.actual("PUT", "/items/1", TRUSTED).header("access-control-allow-origin"), None);
    assert_eq!(server.actual("DELETE", "/items/1", TRUSTED).body, "remove");
}

#[test]
fn deny_refuses_before_the_handler_runs() {
    let server = Server::start(neighbours::configure);
    assert_eq!(server.preflight("GET", "/denied", TRUSTED).status, 403);
    assert_eq!(server.actual("GET", "/denied", TRUSTED).status, 403);
    assert_eq!(server.send("GET", "/denied", &[]).body, "denied");
    assert_eq!(server.actual("GET", "/denied", "http://api.example.com").body, "denied", "its own origin");
}

#[test]
fn an_options_handler_gets_requests_that_are_not_preflights() {
    let server = Server::start(neighbours::with_options);
    assert_eq!(server.preflight("GET", "/items/1", TRUSTED).status, 204);
    assert_eq!(server.preflight("DELETE", "/items/1", TRUSTED).body, "ask");
    assert_eq!(server.send("OPTIONS", "/items/1", &[]).body, "ask");
    let first = Server::start(neighbours::with_options_first);
    assert_eq!(
        first.preflight("GET", "/items/1", TRUSTED).body,
        "ask",
        "the service that is registered first wins"
    );
}

/// Handlers in every kind of scope.
mod scopes {
    use actix_web::{Responder, get, put, web};
    use cors_actix::cors;

    #[cors(origins = "https://app.example.com")]
    #[get("/inside")]
    async fn inside() -> impl Responder {
        "inside"
    }

    #[actix_web::scope("/module")]
    mod module {
        use actix_web::routes;

        use super::*;

        #[cors(origins = "https://app.example.com")]
        #[get("/inside")]
        pub async fn inside() -> impl Responder {
            "module inside"
        }

        #[cors(origins = "https://app.example.com")]
        #[routes]
        #[put("/inside")]
        #[get("/other")]
        pub async fn other() -> impl Responder {
            "module other"
        }

        #[put("/unscoped")]
        pub async fn unscoped() -> impl Responder {
            "module unscoped"
        }
    }

    fn configure_inner(config: &mut web::ServiceConfig) {
        config.service(inside);
    }

    pub fn configure(config: &mut web::ServiceConfig) {
        config
            .service(web::scope("/scope").service(inside))
            .service(web::scope("/outer").service(web::scope("/inner").configure(configure_inner)))
            .service(web::scope("/mixed").service(module::inside).service(module::other))
            .service(module::inside)
            .service(module::other)
            .service(module::unscoped)
            .configure(configure_inner);
    }
}

#[test]
fn handlers_work_in_scopes() {
    let server = Server::start(scopes::configure);
    for path in ["/inside", "/scope/inside", "/outer/inner/inside"] {
        server.check(path, "inside", &["GET"], "GET");
    }
    for prefix in ["", "/mixed"] {
        server.check(&format!("{prefix}/module/inside"), "module inside", &["GET"], "GET");
        server.check(&format!("{prefix}/module/inside"), "module other", &["PUT"], "PUT");
        server.check(&format!("{prefix}/module/other"), "module other", &["GET"], "GET");
    }
    assert_eq!(server.preflight("PUT", "/module/unscoped", TRUSTED).status, 404);
}

/// The same handlers twice, with and without `#[cors]`. `macro_rules!` passes the attributes on.
macro_rules! named_handlers {
    ($module:ident, $(#[$cors:meta])?) => {
        mod $module {
            use actix_web::{HttpRequest, Responder, get, routes, web};

            fn say(request: &HttpRequest) -> String {
                let names = ["single", "item", "several", "first", "second"];
                let urls = names.map(|name| request.url_for(name, ["7"]).map(String::from).unwrap_or_default());
                let (name, pattern) = (request.match_name().map(String::from), request.match_pattern());
                format!("{name:?} {pattern:?} {urls:?}")
            }

            $(#[$cors])?
            #[get("/single/{id}")]
            async fn single(request: HttpRequest) -> impl Responder {
                say(&request)
            }

            $(#[$cors])?
            #[get("/named/{id}", name = "item")]
            async fn named(request: HttpRequest) -> impl Responder {
                say(&request)
            }

            $(#[$cors])?
            #[routes]
            #[get("/several/{id}")]
            #[put("/later/{id}")]
            async fn several(request: HttpRequest) -> impl Responder {
                say(&request)
            }

            $(#[$cors])?
            #[routes]
            #[get("/first/{id}", name = "first")]
            #[put("/second/{id}", name = "second")]
            async fn many(request: HttpRequest) -> impl Responder {
                say(&request)
            }

            pub fn configure(config: &mut web::ServiceConfig) {
                config.service(single).service(web::scope("/in").service(named)).service(several).service(many);
            }
        }
    };
}

named_handlers!(named_without,);
named_handlers!(named_with, #[cors_actix::cors(origins = "https://app.example.com")]);

#[test]
fn names_and_patterns_are_the_same_as_without_a_policy() {
    let (without, with) = (Server::start(named_without::configure), Server::start(named_with::configure));
    for (method, path) in [
        ("GET", "/single/1"),
        ("GET", "/in/named/1"),
        ("GET", "/several/1"),
        ("PUT", "/later/1"),
        ("GET", "/first/1"),
        ("PUT", "/second/1"),
    ] {
        let said = without.send(method, path, &[]);
        assert_eq!(said.status, 200);
        assert!(said.body.contains("http://api.example.com/in/named/7"), "{}", said.body);
        assert_eq!(with.send(method, path, &[]).body, said.body, "{method} {path}");
        let granted = with.preflight(method, path, TRUSTED);
        assert_eq!(granted.header("access-control-allow-methods"), Some(method));
    }
}

/// A policy in every place where one can be stored.
mod sources {
    use std::sync::LazyLock;

    use actix_web::{Responder, get, put, web};
    use cors_actix::{Policy, SharedPolicy, cors, policy};
    use once_cell::sync::Lazy;

    pub mod policies {
        use super::*;

        pub static STATIC: Policy = policy! { origins = "https://app.example.com" };
        pub const CONST: Policy = policy! { origins = "https://app.example.com", methods = ["PUT", "PURGE"] };
    }

    fn policy_at_run_time() -> Policy {
        Policy::builder().origins(["https://app.example.com"]).build().expect("a valid policy")
    }

    static LAZY: Lazy<Policy> = Lazy::new(policy_at_run_time);
    static LAZY_LOCK: LazyLock<Policy> = LazyLock::new(|| policy! { origins = ["https://app.example.com"] });

    #[cors(policy = policies::STATIC)]
    #[put("/static")]
    async fn in_static() -> impl Responder {
        "static"
    }

    #[cors(policy = self::policies::CONST)]
    #[actix_web::route("/const", method = "GET", method = "PUT")]
    async fn in_const() -> impl Responder {
        "const"
    }

    #[cors(policy = LAZY)]
    #[get("/lazy")]
    async fn in_lazy() -> impl Responder {
        "lazy"
    }

    // References to a policy.
    const BORROWED: &Policy = &policies::STATIC;
    static BORROWED_TOO: &Policy = BORROWED;

    #[cors(policy = BORROWED)]
    #[get("/borrowed")]
    async fn borrowed() -> impl Responder {
        "borrowed"
    }

    #[cors(policy = BORROWED_TOO)]
    #[get("/borrowed-too")]
    async fn borrowed_too() -> impl Responder {
        "borrowed too"
    }

    static SHARED: LazyLock<SharedPolicy> =
        LazyLock::new(|| SharedPolicy::new(&policies::STATIC).expect("a valid policy"));

    #[cors(policy = SHARED)]
    #[get("/shared")]
    async fn in_shared() -> impl Responder {
        "shared"
    }

    #[cors(policy = LAZY_LOCK)]
    #[get("/lazy-lock")]
    async fn in_lazy_lock() -> impl Responder {
        "lazy-lock"
    }

    pub fn configure(config: &mut web::ServiceConfig) {
        config.service(in_static).service(in_const).service(in_lazy).service(in_lazy_lock).service(in_shared);
        config.service(borrowed).service(borrowed_too);
    }
}

#[test]
fn a_named_policy_is_stored_in_any_kind_of_item() {
    let server = Server::start(sources::configure);
    server.check("/static", "static", &["PUT"], "PUT");
    server.check("/const", "const", &["GET", "PUT"], "PUT");
    server.check("/lazy", "lazy", &["GET"], "GET");
    server.check("/lazy-lock", "lazy-lock", &["GET"], "GET");
    server.check("/shared", "shared", &["GET"], "GET");
    server.check("/borrowed", "borrowed", &["GET"], "GET");
    server.check("/borrowed-too", "borrowed too", &["GET"], "GET");
}

/// Functions that decide about origins.
mod functions {
    use actix_web::dev::RequestHead;
    use actix_web::{Responder, get, put, web};
    use cors_actix::{Origin, cors};

    fn is_app(origin: &Origin<'_>, _: &RequestHead) -> bool {
        origin.host() == "app.example.com"
    }

    mod later {
        use super::{Origin, RequestHead};

        pub async fn is_app(origin: &Origin<'_>, head: &RequestHead) -> Result<bool, std::io::Error> {
            actix_web::rt::task::yield_now().await;
            Ok(super::is_app(origin, head))
        }
    }

    #[cors(origin_fn = is_app, headers = "x-a")]
    #[get("/function")]
    async fn function() -> impl Responder {
        "function"
    }

    #[cors(origins = ["https://b.example"], origin_async = later::is_app)]
    #[put("/async")]
    async fn asynchronous() -> impl Responder {
        "async"
    }

    #[cors(origin_fn = super::functions::is_app)]
    mod module {
        #[actix_web::get("/module")]
        pub async fn handler() -> impl actix_web::Responder {
            "module"
        }
    }

    pub fn configure(config: &mut web::ServiceConfig) {
        config.service(function).service(asynchronous).service(module::handler);
    }
}

#[test]
fn functions_decide_about_origins() {
    let server = Server::start(functions::configure);
    server.check("/function", "function", &["GET"], "GET");
    server.check("/async", "async", &["PUT"], "PUT");
    server.check("/module", "module", &["GET"], "GET");
    assert_eq!(server.preflight("PUT", "/async", "https://b.example").status, 204);
}

/// Constants as entries of lists.
mod constants {
    use actix_web::{Responder, get, route, web};
    use cors_actix::{Policy, cors, policy};

    const APP: &str = "https://app.example.com";
    const EVERYONE: &str = "*";

    mod names {
        pub const OTHER: &str = "x-other";
        pub const NAME: &str = "x-name";

        pub struct Methods;

        impl Methods {
            pub const PUT: &str = "PUT";
        }
    }

    #[cors(origins = APP)]
    #[get("/alone")]
    async fn alone() -> impl Responder {
        "alone"
    }

    #[cors(
        origins = ["https://b.example", self::APP, concat!("https://", env!("CARGO_PKG_NAME"), ".example")],
        methods = [names::Methods::PUT],
        headers = names::NAME,
        expose = ["x-first", names::NAME],
        credentials,
    )]
    #[route("/mixed", method = "GET", method = "PUT")]
    async fn mixed() -> impl Responder {
        "mixed"
    }

    #[cors(origins = EVERYONE, except = [APP, "https://b.example"])]
    #[get("/except")]
    async fn except() -> impl Responder {
        "except"
    }

    pub static NAMED: Policy = policy! { origins = [APP], headers = [names::OTHER, "x-b"] };

    pub fn configure(config: &mut web::ServiceConfig) {
        config.service(alone).service(mixed).service(except);
    }
}

#[test]
fn constants_are_entries_of_lists() {
    let server = Server::start(constants::configure);
    server.check("/alone", "alone", &["GET"], "GET");
    let preflight = server.preflight("PUT", "/mixed", "https://cors-tests.example");
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-methods"), Some("PUT"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("x-name"));
    let response = server.actual("GET", "/mixed", TRUSTED);
    assert_eq!(response.words("access-control-expose-headers"), ["x-first", "x-name"]);
    assert_eq!(
        server.actual("GET", "/except", STRANGER).header("access-control-allow-origin"),
        Some(STRANGER)
    );
    assert_eq!(server.actual("GET", "/except", TRUSTED).header("access-control-allow-origin"), None);
    assert!(constants::NAMED.allows_header("x-other"));
}

/// Constants as whole lists, flags and times.
mod whole_constants {
    use std::time::Duration;

    use actix_web::{Responder, get, put, route, web};
    use cors_actix::{Policy, cors, policy};

    const SLICE: &[&str] = &["https://app.example.com", "https://b.example"];
    const REFERENCE: &[&str; 2] = &["PUT", "GET"];
    const ARRAY: [&str; 2] = ["x-first", "x-second"];
    static EXPOSED: [&str; 1] = ["x-total-count"];
    const EXPOSED_TOO: &[&str] = &EXPOSED;
    const ON: bool = true;
    const MINUTE: Duration = Duration::from_secs(60);
    pub const TEN_MINUTES: u32 = 600;

    macro_rules! thousand {
        ($($hundreds:literal)*) => {
            &[$(
                concat!("https://a", $hundreds, "0.example"), concat!("https://a", $hundreds, "1.example"),
                concat!("https://a", $hundreds, "2.example"), concat!("https://a", $hundreds, "3.example"),
                concat!("https://a", $hundreds, "4.example"), concat!("https://a", $hundreds, "5.example"),
                concat!("https://a", $hundreds, "6.example"), concat!("https://a", $hundreds, "7.example"),
                concat!("https://a", $hundreds, "8.example"), concat!("https://a", $hundreds, "9.example"),
            )*]
        };
    }
    #[rustfmt::skip]
    const MANY: &[&str] = thousand!(
        00 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35
        36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71
        72 73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99
    );

    #[cors(origins = SLICE, methods = REFERENCE, headers = ARRAY, expose = EXPOSED_TOO, credentials = ON, max_age = MINUTE)]
    #[route("/lists", method = "GET", method = "PUT", method = "DELETE")]
    async fn lists() -> impl Responder {
        "lists"
    }

    #[cors(origins = ["https://app.example.com"], credentials = cfg!(any()), max_age = super::whole_constants::TEN_MINUTES, enforce = ON)]
    #[get("/flags")]
    async fn flags() -> impl Responder {
        "flags"
    }

    #[cors(origins = MANY)]
    mod module {
        use super::*;

        #[put("/module")]
        pub async fn handler() -> impl Responder {
            "module"
        }
    }

    pub static NAMED: Policy = policy! { origins = MANY, headers = ARRAY, max_age = "1h", credentials = ON };

    pub fn configure(config: &mut web::ServiceConfig) {
        let local = policy! { origins = SLICE, max_age = TEN_MINUTES };
        assert_eq!((local.origins().len(), local.max_age()), (2, Some(600)));
        config.service(lists).service(flags).service(module::handler);
    }
}

#[test]
fn constants_are_whole_lists_flags_and_times() {
    let server = Server::start(whole_constants::configure);
    let preflight = server.preflight("PUT", "/lists", "https://b.example");
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.words("access-control-allow-methods"), ["GET", "PUT"]);
    assert_eq!(preflight.words("access-control-allow-headers"), ["x-first", "x-second"]);
    assert_eq!(preflight.header("access-control-max-age"), Some("60"));
    assert_eq!(preflight.header("access-control-allow-credentials"), Some("true"));
    let response = server.actual("GET", "/lists", TRUSTED);
    assert_eq!(response.header("access-control-expose-headers"), Some("x-total-count"));

    let preflight = server.preflight("GET", "/flags", TRUSTED);
    assert_eq!(preflight.header("access-control-max-age"), Some("600"));
    assert_eq!(preflight.header("access-control-allow-credentials"), None);
    assert_eq!(server.actual("GET", "/flags", STRANGER).status, 403);

    assert_eq!(server.preflight("PUT", "/module", "https://a999.example").status, 204);
    assert_eq!(whole_constants::NAMED.origins().len(), 1000);
    assert!(whole_constants::NAMED.credentials());
}
