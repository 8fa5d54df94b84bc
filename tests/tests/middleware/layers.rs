//! Nested layers: the policy nearest to the handler wins.
//!
//! The layers of an app, a scope and a handler are combined in every way, each with each of three policies. The
//! responses to every origin are compared with an oracle that contains only this rule.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorUnauthorized;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{
    App, Error, HttpRequest, HttpResponse, Resource, Responder, ResponseError, get, options, put,
};
use cors_actix::{Cors, Policy, cors, policy};
use cors_core::browser::{self, CredentialsMode, PreflightCache, Quirks, Reason};
use cors_tests::browse::fetch;
use cors_tests::calls::Calls;
use cors_tests::hostile::Hostile;
use cors_tests::http::{Request, Response, Server};

const TRUSTED: &str = "https://app.example.com";
const PARTNER: &str = "https://partner.example";
const STRANGER: &str = "https://evil.example";

// The combinations.

/// The origins that a layer's policy grants.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Grants {
    Trusted,
    Partner,
    Everyone,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    New,
    Fallback,
    /// `#[cors]`
    Annotation,
}

/// The layer at one depth, if there is one.
type Layer = Option<(Kind, Grants)>;

/// App, scope and handler. Each policy exposes the header with this name, which shows from which layer the headers
/// are.
const DEPTHS: [&str; 3] = ["x-app", "x-scope", "x-handler"];

fn layers(kinds: &[Kind]) -> Vec<Layer> {
    let grants = [Grants::Trusted, Grants::Partner, Grants::Everyone];
    let some = kinds.iter().flat_map(|&kind| grants.map(|grants| Some((kind, grants))));
    std::iter::once(None).chain(some).collect()
}

fn policy_of(grants: Grants, exposes: &str) -> Policy {
    let policy = Policy::builder().methods(["GET", "PUT"]).expose([exposes]).max_age(600);
    let policy = match grants {
        Grants::Trusted => policy.origins([TRUSTED]).credentials(true),
        Grants::Partner => policy.origins([PARTNER]),
        Grants::Everyone => policy.origins("*"),
    };
    policy.build().unwrap()
}

fn cors(kind: Kind, grants: Grants, depth: usize) -> Cors {
    let policy = policy_of(grants, DEPTHS[depth]);
    if kind == Kind::Fallback { Cors::fallback(policy) } else { Cors::new(policy) }
}

async fn handler(calls: web::Data<Calls>) -> HttpResponse {
    calls.add();
    HttpResponse::Ok().body("handled")
}

fn resource(path: &str) -> Resource {
    web::resource(path).route(web::put().to(handler))
}

#[cors(origins = ["https://app.example.com"], methods = ["PUT"], expose = ["x-handler"], max_age = 600, credentials)]
#[put("/trusted")]
async fn for_trusted(calls: web::Data<Calls>) -> impl Responder {
    handler(calls).await
}

#[cors(origins = ["https://partner.example"], methods = ["PUT"], expose = ["x-handler"], max_age = 600)]
#[put("/partner")]
async fn for_partner(calls: web::Data<Calls>) -> impl Responder {
    handler(calls).await
}

#[cors(origins = "*", methods = ["PUT"], expose = ["x-handler"], max_age = 600)]
#[put("/everyone")]
async fn for_everyone(calls: web::Data<Calls>) -> impl Responder {
    handler(calls).await
}

fn path_of(layer: Layer) -> String {
    match layer {
        None => "/none".to_owned(),
        Some((Kind::Annotation, grants)) => format!("/{grants:?}").to_lowercase(),
        Some((kind, grants)) => format!("/{kind:?}-{grants:?}"),
    }
}

fn with_handler(config: &mut ServiceConfig, layer: Layer) {
    match layer {
        None => config.service(resource(&path_of(layer))),
        Some((Kind::Annotation, Grants::Trusted)) => config.service(for_trusted),
        Some((Kind::Annotation, Grants::Partner)) => config.service(for_partner),
        Some((Kind::Annotation, Grants::Everyone)) => config.service(for_everyone),
        Some((kind, grants)) => config.service(resource(&path_of(layer)).wrap(cors(kind, grants, 2))),
    };
}

/// Registers every handler in every scope.
fn with_scopes(config: &mut ServiceConfig) {
    for (number, layer) in scope_layers().into_iter().enumerate() {
        let handlers = |config: &mut ServiceConfig| {
            for layer in handler_layers() {
                with_handler(config, layer);
            }
        };
        let scope = web::scope(&format!("/{number}")).configure(handlers);
        match layer {
            None => config.service(scope),
            Some((kind, grants)) => config.service(scope.wrap(cors(kind, grants, 1))),
        };
    }
}

fn scope_layers() -> Vec<Layer> {
    layers(&[Kind::New, Kind::Fallback])
}

fn handler_layers() -> Vec<Layer> {
    layers(&[Kind::New, Kind::Fallback, Kind::Annotation])
}

/// The oracle: the status, whether the handler runs, and the lines about CORS.
fn expected(layers: [Layer; 3], preflight: bool, origin: &str) -> (u16, usize, Vec<String>) {
    let there = || layers.iter().zip(DEPTHS).filter_map(|(layer, exposes)| Some(((*layer)?, exposes)));
    // The nearest layer is the last one. Only a fallback passes preflights to the inner services.
    let outermost_whole = there().find(|((kind, _), _)| *kind != Kind::Fallback).filter(|_| preflight);
    let Some(((kind, grants), exposes)) = outermost_whole.or_else(|| there().next_back()) else {
        return if preflight { (405, 0, vec![]) } else { (200, 1, vec![]) };
    };
    let granted = match grants {
        Grants::Trusted => origin == TRUSTED,
        Grants::Partner => origin == PARTNER,
        Grants::Everyone => true,
    };
    let mut lines = Vec::new();
    if granted {
        if grants == Grants::Trusted {
            lines.push("access-control-allow-credentials: true".to_owned());
        }
        if preflight {
            let methods = if kind == Kind::New { "GET, PUT" } else { "PUT" };
            lines.push(format!("access-control-allow-methods: {methods}"));
        }
        let origin = if grants == Grants::Everyone { "*" } else { origin };
        lines.push(format!("access-control-allow-origin: {origin}"));
        if preflight {
            let seconds = if kind == Kind::Fallback { 0 } else { 600 };
            lines.push(format!("access-control-max-age: {seconds}"));
        } else {
            lines.push(format!("access-control-expose-headers: {exposes}"));
        }
    }
    if grants != Grants::Everyone {
        lines.push(format!("vary: Origin{}", if preflight { ", Access-Control-Request-Method" } else { "" }));
    } else if preflight && kind == Kind::Fallback {
        lines.push("vary: Access-Control-Request-Method".to_owned());
    }
    match (preflight, granted) {
        (true, true) => (204, 0, lines),
        (true, false) => (403, 0, lines),
        (false, _) => (200, 1, lines),
    }
}

fn seen(response: &Response, calls: &Calls) -> (u16, usize, Vec<String>) {
    (response.status, calls.take(), response.cors())
}

#[test]
fn the_nearest_policy_wins_in_every_combination() {
    let mut combinations = 0;
    for app_layer in scope_layers() {
        let calls = Calls::default();
        let data = web::Data::new(calls.clone());
        let server = match app_layer {
            None => Server::start(move || App::new().app_data(data.clone()).configure(with_scopes)),
            Some((kind, grants)) => {
                let cors = cors(kind, grants, 0);
                Server::start(move || {
                    App::new().app_data(data.clone()).configure(with_scopes).wrap(cors.clone())
                })
            }
        };
        for (number, scope_layer) in scope_layers().into_iter().enumerate() {
            for handler_layer in handler_layers() {
                let layers = [app_layer, scope_layer, handler_layer];
                let path = format!("/{number}{}", path_of(handler_layer));
                for origin in [TRUSTED, PARTNER, STRANGER, ""] {
                    let request = Request::new("PUT", &path);
                    let request = if origin.is_empty() { request } else { request.origin(origin) };
                    let response = server.send(&request);
                    assert_eq!(
                        seen(&response, &calls),
                        expected(layers, false, origin),
                        "{layers:?} {origin:?}"
                    );
                    if origin.is_empty() {
                        continue;
                    }
                    let response = server.send(&Request::preflight(origin, "PUT", &path));
                    let (status, runs, cors) = seen(&response, &calls);
                    let mut expected = expected(layers, true, origin);
                    // No layer answers. A route that only serves `PUT` answers 405.
                    if expected.0 == 405 {
                        expected.0 = status;
                        assert!(matches!(status, 404 | 405), "{layers:?} {origin:?}");
                    }
                    assert_eq!((status, runs, cors), expected, "preflight: {layers:?} {origin:?}");
                    combinations += 1;
                }
            }
        }
    }
    assert_eq!(combinations, 7 * 7 * 10 * 3);
}

// A browser uses the grant of a fallback for the whole URL.

static EVERYONE: Policy =
    policy! { origins = "*", methods = ["GET", "PUT", "DELETE"], headers = ["x-a"], max_age = "1h" };
static PARTNERS: Policy = policy! { origins = ["https://partner.example"], methods = ["PUT"] };

#[cors(origins = ["https://app.example.com"], credentials)]
#[put("/items")]
async fn strict(calls: web::Data<Calls>) -> impl Responder {
    handler(calls).await
}

fn beside_a_strict_handler(cors: Cors) -> (Server, Calls) {
    let calls = Calls::default();
    let data = web::Data::new(calls.clone());
    let server = Server::start(move || {
        // The annotated handler is registered first, because the other resource would accept its requests.
        let rest = web::resource("/items").route(web::delete().to(HttpResponse::Ok));
        App::new().app_data(data.clone()).service(strict).service(rest).wrap(cors.clone())
    });
    (server, calls)
}

#[test]
fn a_fallback_lists_only_the_requested_method_and_is_not_cached() {
    let (server, _) = beside_a_strict_handler(Cors::fallback(&EVERYONE));
    for (method, named) in [
        ("DELETE", Some("access-control-allow-methods: DELETE")),
        ("GET", Some("access-control-allow-methods: GET")),
        // These methods need no grant, but listing them does no harm.
        ("HEAD", Some("access-control-allow-methods: HEAD")),
        ("POST", Some("access-control-allow-methods: POST")),
        ("PATCH", None),
        ("delete", None),
        ("*", None),
        ("DELETE, PUT", None),
        ("DELETE,", None),
        ("", None),
    ] {
        let response = server.send(&Request::preflight(STRANGER, method, "/items"));
        let mut expected = vec!["access-control-allow-headers: x-a"];
        expected.extend(named);
        expected.extend(["access-control-allow-origin: *", "access-control-max-age: 0"]);
        // The answer contains the requested method.
        expected.push("vary: Access-Control-Request-Method");
        assert_eq!(
            (response.status, response.cors()),
            (204, expected.into_iter().map(String::from).collect())
        );
    }
    // The handler with the strict policy answers its own preflight.
    let response = server.send(&Request::preflight(STRANGER, "PUT", "/items"));
    assert_eq!(response.status, 403);
    assert_eq!(response.cors(), ["vary: Origin, Access-Control-Request-Method"]);
}

#[test]
fn a_granted_delete_does_not_let_a_page_put_without_a_preflight() {
    let delete = browser::Request::new(STRANGER, "http://api.example/items").method("DELETE");
    let put = browser::Request::new(STRANGER, "http://api.example/items").method("PUT");
    for quirks in [Quirks::STANDARD, Quirks::CHROMIUM] {
        let (server, calls) = beside_a_strict_handler(Cors::fallback(&EVERYONE));
        let mut cache = PreflightCache::new(quirks);
        assert_eq!(fetch(&server, delete.clone(), &mut cache).reason(), None);
        let verdict = fetch(&server, put.clone(), &mut cache);
        assert_eq!(verdict.reason(), Some(Reason::PreflightMissingAllowOriginHeader));
        assert_eq!(calls.take(), 0);

        // With `cache_preflights`, the browser sends `PUT` without a preflight.
        let (server, calls) = beside_a_strict_handler(Cors::fallback(&EVERYONE).cache_preflights());
        let mut cache = PreflightCache::new(quirks);
        assert_eq!(fetch(&server, delete.clone(), &mut cache).reason(), None);
        assert_eq!(fetch(&server, put.clone(), &mut cache).reason(), Some(Reason::MissingAllowOriginHeader));
        assert_eq!(calls.take(), 1, "the handler ran, although the page cannot read the response");
    }
}

#[test]
fn a_fallback_that_may_be_cached_lists_all_methods() {
    let (server, _) = beside_a_strict_handler(Cors::fallback(&EVERYONE).cache_preflights());
    let response = server.send(&Request::preflight(STRANGER, "DELETE", "/items"));
    let expected = [
        "access-control-allow-headers: x-a",
        "access-control-allow-methods: GET, PUT, DELETE",
        "access-control-allow-origin: *",
        "access-control-max-age: 3600",
    ];
    assert_eq!(response.cors(), expected);
}

// Refusals of inner layers.

/// The handler sets `Vary` itself, so a refusal has no CORS headers and its `Vary` cannot be used as a mark.
async fn varies(request: HttpRequest) -> HttpResponse {
    let vary = request.headers().get_all("x-vary");
    vary.fold(&mut HttpResponse::Ok(), |response, value| response.append_header(("vary", value))).finish()
}

async fn fails_varying(request: HttpRequest) -> Result<HttpResponse, Varying> {
    Err(Varying(
        request.headers().get_all("x-vary").filter_map(|v| v.to_str().ok()).collect::<Vec<_>>().join(","),
    ))
}

#[derive(Debug)]
struct Varying(String);

impl std::fmt::Display for Varying {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an error that varies")
    }
}

impl ResponseError for Varying {
    fn error_response(&self) -> HttpResponse {
        HttpResponse::InternalServerError().insert_header(("vary", self.0.as_str())).finish()
    }
}

#[cors(origins = ["https://app.example.com"])]
#[get("/annotated")]
async fn annotated_varies(request: HttpRequest) -> impl Responder {
    varies(request).await
}

#[cors(origins = ["https://app.example.com"])]
#[get("/annotated-fails")]
async fn annotated_fails(request: HttpRequest) -> impl Responder {
    fails_varying(request).await
}

#[cors(origins = ["https://app.example.com"])]
#[get("/annotated-rejects", wrap = "from_fn(rejects_varying)")]
async fn annotated_rejects() -> impl Responder {
    HttpResponse::Ok()
}

async fn rejects_varying(
    request: ServiceRequest,
    _: Next<impl MessageBody>,
) -> Result<ServiceResponse, Error> {
    let vary = request.headers().get_all("x-vary").filter_map(|v| v.to_str().ok()).collect::<Vec<_>>();
    Err(Varying(vary.join(",")).into())
}

#[test]
fn an_outer_wildcard_never_overrides_an_inner_refusal_whatever_vary_the_handler_sets() {
    static STRICT: Policy = policy! { origins = ["https://app.example.com"] };
    let server = Server::start(|| {
        let scope = web::scope("/scope")
            .route("/varies", web::get().to(varies))
            .route("/fails", web::get().to(fails_varying))
            .service(web::resource("/rejects").get(HttpResponse::Ok).wrap(from_fn(rejects_varying)))
            .wrap(Cors::fallback(&STRICT));
        App::new()
            .service(annotated_varies)
            .service(annotated_fails)
            .service(annotated_rejects)
            .service(scope)
            .wrap(Cors::fallback(&EVERYONE))
            .wrap(Cors::fallback(&EVERYONE))
    });
    let paths = [
        "/annotated",
        "/annotated-fails",
        "/annotated-rejects",
        "/scope/varies",
        "/scope/fails",
        "/scope/rejects",
    ];
    let said =
        ["Origin", "origin", "accept", "*", "accept, ORIGIN", "Origin, Access-Control-Request-Method", ""];
    for (path, vary) in paths.into_iter().flat_map(|path| said.map(|vary| (path, vary))) {
        let request = Request::get(path).header("x-vary", vary);
        let refused = server.send(&request.clone().origin(STRANGER));
        assert_eq!(refused.all("access-control-allow-origin"), [""; 0], "{path} {vary:?} {refused:?}");
        let not_cors = server.send(&request.clone());
        assert_eq!(not_cors.all("access-control-allow-origin"), [""; 0], "{path} {vary:?} {not_cors:?}");
        let granted = server.send(&request.origin(TRUSTED));
        assert_eq!(granted.all("access-control-allow-origin"), [TRUSTED], "{path} {vary:?} {granted:?}");
        let varies = granted.all("vary").join(",").to_lowercase();
        let by_origin = varies.split(',').filter(|name| matches!(name.trim(), "origin" | "*")).count();
        assert_eq!(by_origin, 1, "{path} {vary:?} {granted:?}");
    }
}

#[test]
fn an_inner_enforce_stops_the_request_inside_a_fallback() {
    #[cors(origins = ["https://app.example.com"], enforce)]
    #[put("/enforced")]
    async fn enforced(calls: web::Data<Calls>) -> impl Responder {
        handler(calls).await
    }

    #[cors(deny)]
    #[put("/denied")]
    async fn denied(calls: web::Data<Calls>) -> impl Responder {
        handler(calls).await
    }

    let calls = Calls::default();
    let data = web::Data::new(calls.clone());
    let server = Server::start(move || {
        App::new().app_data(data.clone()).service(enforced).service(denied).wrap(Cors::fallback(&EVERYONE))
    });
    for path in ["/enforced", "/denied"] {
        let refused = server.send(&Request::new("PUT", path).origin(STRANGER));
        assert_eq!(seen(&refused, &calls), (403, 0, vec!["vary: Origin".to_owned()]));
        let asked = server.send(&Request::preflight(STRANGER, "PUT", path));
        let vary = "vary: Origin, Access-Control-Request-Method".to_owned();
        assert_eq!(seen(&asked, &calls), (403, 0, vec![vary]));
    }
}

// Responses of a middleware between two layers.

/// Refuses with an error, or with a response, as the request asks.
async fn stands_between(
    request: ServiceRequest,
    _: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    if request.headers().contains_key("x-as-error") {
        return Err(ErrorUnauthorized("who are you?"));
    }
    Ok(request.into_response(HttpResponse::Unauthorized().body("who are you?")))
}

#[test]
fn the_outer_layer_decides_about_a_response_of_a_middleware() {
    static TRUSTED_ONLY: Policy = policy! { origins = ["https://app.example.com"], methods = ["PUT"] };
    let server = Server::start(|| {
        let behind = |path| web::resource(path).route(web::put().to(HttpResponse::Ok));
        // The layer of the app grants every origin, that of the scope grants one, and that of the handler grants
        // partners. The middleware is between the scope and the handler.
        let scope = web::scope("/scope")
            .service(
                web::scope("/handler")
                    .service(behind("").wrap(Cors::new(&PARTNERS)))
                    .wrap(from_fn(stands_between)),
            )
            .wrap(Cors::fallback(&TRUSTED_ONLY));
        // Here the middleware is between the app and the scope.
        let outside = web::scope("/outside")
            .service(behind("").wrap(Cors::new(&PARTNERS)))
            .wrap(Cors::fallback(&TRUSTED_ONLY))
            .wrap(from_fn(stands_between));
        App::new().service(scope).service(outside).wrap(Cors::fallback(&EVERYONE))
    });
    for as_error in [false, true] {
        let send = |request: Request| {
            let request = if as_error { request.header("x-as-error", "1") } else { request };
            let response = server.send(&request);
            let allowed = response.header("access-control-allow-origin").map(str::to_owned);
            (response.status, allowed)
        };
        let of = |text: &str| Some(text.to_owned());
        let put = |path, origin| send(Request::new("PUT", path).origin(origin));
        let ask = |path, origin| send(Request::preflight(origin, "PUT", path));

        assert_eq!(put("/scope/handler", TRUSTED), (401, of(TRUSTED)), "as an error: {as_error}");
        assert_eq!(put("/scope/handler", PARTNER), (401, None), "as an error: {as_error}");
        assert_eq!(put("/scope/handler", STRANGER), (401, None), "as an error: {as_error}");
        assert_eq!(ask("/scope/handler", TRUSTED), (204, of(TRUSTED)), "as an error: {as_error}");
        assert_eq!(ask("/scope/handler", PARTNER), (403, None), "as an error: {as_error}");
        assert_eq!(ask("/scope/handler", STRANGER), (403, None), "as an error: {as_error}");

        for origin in [TRUSTED, PARTNER, STRANGER] {
            assert_eq!(put("/outside", origin), (401, of("*")), "as an error: {as_error}");
            assert_eq!(ask("/outside", origin), (204, of("*")), "as an error: {as_error}");
        }
    }
}

/// A middleware removes the record of the request, so that only the response shows that a nearer layer has decided.
#[test]
fn a_grant_is_kept_without_the_record_even_if_the_handler_sets_vary() {
    async fn varies() -> HttpResponse {
        HttpResponse::Ok().insert_header(("vary", "Origin")).finish()
    }

    let server = Server::start(|| {
        let item = || web::resource("/item").route(web::get().to(varies));
        let nearest = web::scope("/nearest").service(item().wrap(cors(Kind::New, Grants::Trusted, 2)));
        let none = web::scope("/none").service(item());
        let scopes = web::scope("").service(nearest).service(none);
        App::new().service(
            scopes
                .wrap(from_fn(|request, next| Hostile::ClearsExtensionsFirst.act(request, next)))
                .wrap(cors(Kind::New, Grants::Partner, 0)),
        )
    });
    let allowed = |path, origin| {
        let response = server.send(&Request::get(path).origin(origin));
        response.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(allowed("/nearest/item", TRUSTED).as_deref(), Some(TRUSTED));
    assert_eq!(allowed("/nearest/item", PARTNER), None);
    // The outer layer cannot know whether a nearer one refused, so it grants nothing.
    assert_eq!(allowed("/none/item", PARTNER), None);
}

/// A middleware outside of all layers sends each request twice. The outer layer restores the grant in the second response
/// too.
#[test]
fn a_request_that_passes_through_the_layers_again_is_a_new_request() {
    let server = Server::start(|| {
        let nearest = web::resource("/item").route(web::get().to(HttpResponse::Ok)).wrap(cors(
            Kind::New,
            Grants::Trusted,
            2,
        ));
        let outer = cors(Kind::Fallback, Grants::Partner, 0);
        App::new()
            .service(
                web::scope("")
                    .service(nearest)
                    .wrap(from_fn(|request, next| Hostile::ClearsHeaders.act(request, next))),
            )
            .wrap(outer)
            .wrap(from_fn(|request, next| Hostile::Retries.act(request, next)))
    });
    let response = server.send(&Request::get("/item").origin(TRUSTED));
    assert_eq!((response.status, response.allowed_origin()), (200, Some(TRUSTED)));
    let response = server.send(&Request::get("/item").origin(PARTNER));
    assert_eq!((response.status, response.allowed_origin()), (200, None));
}

/// The outer layer writes the answer again, from what the nearer layer recorded about the request.
#[test]
fn a_restored_answer_repeats_the_method_and_the_headers_of_the_preflight() {
    static ECHOES: Policy = policy! {
        origins = ["https://app.example.com"],
        methods = "*",
        headers = "*",
        credentials,
    };
    let server = Server::start(|| {
        let item = || web::resource("/item").route(web::put().to(HttpResponse::Ok)).wrap(Cors::new(&ECHOES));
        let cleared = web::scope("/cleared")
            .service(item())
            .wrap(from_fn(|request, next| Hostile::ClearsHeaders.act(request, next)));
        let kept = web::scope("/kept").service(item());
        App::new().service(cleared).service(kept).wrap(Cors::fallback(&EVERYONE))
    });
    let answers = ["/cleared/item", "/kept/item"].map(|path| {
        let preflight = Request::preflight(TRUSTED, "PUT", path);
        let preflight = preflight.header("access-control-request-headers", "x-one,x-two");
        let response = server.send(&preflight);
        (response.status, response.cors())
    });
    let [cleared, kept] = answers;
    let expected = [
        "access-control-allow-credentials: true",
        "access-control-allow-headers: x-one,x-two",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    ];
    assert_eq!(kept, (204, expected.map(String::from).to_vec()));
    assert_eq!(cleared, kept);
}

// Handlers that implement CORS themselves, and handlers that accept any method.

#[test]
fn a_handler_that_answers_preflights_itself_keeps_its_answer_inside_a_fallback() {
    #[options("/own")]
    async fn own() -> impl Responder {
        HttpResponse::Ok()
            .insert_header(("access-control-allow-origin", PARTNER))
            .insert_header(("access-control-allow-methods", "PUT"))
            .finish()
    }

    let one = Server::start(|| App::new().service(own).wrap(Cors::fallback(&EVERYONE)));
    let two = Server::start(|| {
        let inner = web::scope("").service(own).wrap(Cors::fallback(&EVERYONE));
        App::new().service(inner).wrap(Cors::fallback(&PARTNERS))
    });
    for server in [one, two] {
        let response = server.send(&Request::preflight(STRANGER, "PUT", "/own"));
        let expected =
            ["access-control-allow-methods: PUT", "access-control-allow-origin: https://partner.example"];
        assert_eq!((response.status, response.cors()), (200, expected.map(String::from).to_vec()));
    }
}

#[test]
fn a_preflight_reaches_a_route_of_any_method_and_its_answer_is_replaced() {
    let calls = Calls::default();
    let data = web::Data::new(calls.clone());
    let server = Server::start(move || {
        App::new().app_data(data.clone()).route("/any", web::to(handler)).wrap(Cors::fallback(&EVERYONE))
    });
    let response = server.send(&Request::preflight(STRANGER, "PUT", "/any"));
    assert_eq!((response.status, response.body.as_str(), calls.take()), (204, "", 1));
}

#[test]
fn an_inner_answer_does_not_get_the_credentials_of_an_outer_layer() {
    static OUTER: Policy =
        policy! { origins = ["https://app.example.com", "https://partner.example"], credentials };
    let server = Server::start(|| {
        let scope =
            web::resource("/items").route(web::put().to(HttpResponse::Ok)).wrap(Cors::fallback(&PARTNERS));
        App::new().service(scope).wrap(Cors::fallback(&OUTER))
    });
    let with = |origin, mode| {
        let request =
            browser::Request::new(origin, "http://api.example/items").method("PUT").credentials(mode);
        fetch(&server, request, &mut PreflightCache::new(Quirks::CHROMIUM)).reason()
    };
    assert_eq!(with(PARTNER, CredentialsMode::Omit), None);
    assert_eq!(with(PARTNER, CredentialsMode::Include), Some(Reason::PreflightInvalidAllowCredentials));
    assert_eq!(with(TRUSTED, CredentialsMode::Omit), Some(Reason::PreflightMissingAllowOriginHeader));
}

#[test]
#[should_panic(expected = "`enforce` cannot be kept by Cors::fallback")]
fn a_fallback_cannot_enforce() {
    Cors::fallback(Policy::deny());
}
