//! Attackers cannot use a preflight that skips authentication: no handler runs for it, and no handler's response is sent.

use std::sync::{Arc, Mutex};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, Scope, error, get, post, put};
use cors_actix::{Cors, cors, skip_preflight};
use cors_tests::calls::Calls;
use cors_tests::http::{Request, Server};
use cors_tests::is_selected;

use crate::application::{NEAREST, STRANGER, TRUSTED};
use crate::clients::Clients;
use cors_tests::hostile::Hostile::{self, *};

const SECRET: &str = "the secret";

async fn secret(calls: web::Data<Calls>) -> HttpResponse {
    calls.add();
    HttpResponse::Ok().body(SECRET)
}

#[cors(policy = NEAREST)]
#[get("/annotated")]
async fn annotated(calls: web::Data<Calls>) -> impl Responder {
    secret(calls).await
}

#[cors(policy = NEAREST)]
#[put("/annotated")]
async fn annotated_put(calls: web::Data<Calls>) -> impl Responder {
    secret(calls).await
}

#[cors(origins = "*")]
#[post("/public")]
async fn public(calls: web::Data<Calls>) -> impl Responder {
    secret(calls).await
}

/// Paths of handlers, each with a CORS layer of another kind around it.
const PATHS: [&str; 7] =
    ["/annotated", "/public", "/new", "/fallback", "/scope-new/x", "/scope-fallback/x", "/two-fallbacks"];

fn handlers(config: &mut ServiceConfig) {
    let resource = |path: &str| {
        let methods = [web::get(), web::put(), web::post()];
        methods.into_iter().fold(web::resource(path), |resource, method| resource.route(method.to(secret)))
    };
    config
        .service(annotated)
        .service(annotated_put)
        .service(public)
        .service(resource("/new").wrap(Cors::new(&NEAREST)))
        .service(resource("/fallback").wrap(Cors::fallback(&NEAREST)))
        .service(web::scope("/scope-new").service(resource("/x")).wrap(Cors::new(&NEAREST)))
        .service(web::scope("/scope-fallback").service(resource("/x")).wrap(Cors::fallback(&NEAREST)))
        .service(resource("/two-fallbacks").wrap(Cors::fallback(&NEAREST)).wrap(Cors::fallback(&NEAREST)));
}

/// Authentication as it is often written: without the right token, the request is refused.
async fn authenticated(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.headers().get("authorization").is_some_and(|value| value == "Bearer letmein") {
        next.call(request).await
    } else {
        Err(error::ErrorUnauthorized("who are you?"))
    }
}

/// The place of the middleware that changes requests.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Inside of `skip_preflight`, and outside of the handler's layer.
    Below,
    /// Outside of `skip_preflight`, so that the request is changed before `skip_preflight` sees it.
    Outside,
    /// Between two `skip_preflight` middlewares.
    Between,
    /// As `Below`, with a fallback layer outside of `skip_preflight`.
    BelowWithFallbackOutside,
    /// As `Below`, with a fallback layer between `skip_preflight` and the middleware.
    BelowWithFallbackBetween,
}

const PLACES: [Place; 5] = [
    Place::Below,
    Place::Outside,
    Place::Between,
    Place::BelowWithFallbackOutside,
    Place::BelowWithFallbackBetween,
];

fn scope(place: Place, hostile: Hostile, config: &mut ServiceConfig) {
    let scope: Scope = web::scope(&format!("/{place:?}/{hostile:?}")).configure(handlers);
    // Macros, because each use has another type of body.
    macro_rules! middleware {
        () => {
            from_fn(move |request, next| hostile.act(request, next))
        };
    }
    macro_rules! around {
        () => {
            skip_preflight(from_fn(authenticated))
        };
    }
    match place {
        Place::Below => config.service(scope.wrap(middleware!()).wrap(around!())),
        Place::Outside => config.service(scope.wrap(around!()).wrap(middleware!())),
        Place::Between => config.service(scope.wrap(around!()).wrap(middleware!()).wrap(around!())),
        Place::BelowWithFallbackOutside => {
            config.service(scope.wrap(middleware!()).wrap(around!()).wrap(Cors::fallback(&NEAREST)))
        }
        Place::BelowWithFallbackBetween => {
            config.service(scope.wrap(middleware!()).wrap(Cors::fallback(&NEAREST)).wrap(around!()))
        }
    };
}

const MIDDLEWARES: [Hostile; 14] = [
    OverridesMethod,
    OverridesMethodAndDropsOrigin,
    DropsOrigin,
    ReplacesOrigin,
    DropsRequestMethod,
    ClearsExtensionsFirst,
    ClearsExtensionsAfterwards,
    CopiesHeadersAsText,
    Rebuilds,
    RebuildsWithVary,
    Spawns,
    Retries,
    ReplacesByAnError,
    Boxes,
];

fn serve() -> (Server, Calls) {
    let calls = Calls::default();
    let data = web::Data::new(calls.clone());
    let server = Server::start(move || {
        App::new().app_data(data.clone()).configure(|config| {
            for place in PLACES {
                MIDDLEWARES.iter().for_each(|&hostile| scope(place, hostile, config));
            }
        })
    });
    (server, calls)
}

#[test]
fn no_handler_runs_for_a_forged_preflight() {
    let (server, calls) = serve();
    let mut clients = Clients::connect(&server);
    let (mut cases, mut attempts, mut failures) = (0, 0, Vec::new());
    for place in PLACES {
        for hostile in MIDDLEWARES {
            for path in PATHS {
                let path = format!("/{place:?}/{hostile:?}{path}");
                for origin in [TRUSTED, STRANGER, "null"] {
                    for method in ["GET", "PUT", "POST"] {
                        cases += 1;
                        if !is_selected(cases, 8) {
                            continue;
                        }
                        let forged = Request::preflight(origin, method, &path)
                            .header("X-HTTP-Method-Override", method);
                        for (protocol, response) in clients.send(&forged) {
                            attempts += 1;
                            let ran = calls.take();
                            if ran > 0 || response.body.contains(SECRET) {
                                failures.push(format!(
                                    "{protocol} {path}, {origin}, {method}: ran {ran}: {response:?}"
                                ));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(attempts > 1000);
    assert!(failures.is_empty(), "{} of {attempts} attempts:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn real_preflights_skip_authentication_and_other_requests_do_not() {
    let (server, calls) = serve();
    let mut clients = Clients::connect(&server);
    for place in PLACES {
        for path in ["/annotated", "/new", "/fallback", "/scope-new/x", "/scope-fallback/x", "/two-fallbacks"]
        {
            let path = format!("/{place:?}/Boxes{path}");
            for (protocol, response) in clients.send(&Request::preflight(TRUSTED, "PUT", &path)) {
                assert_eq!(
                    (response.status, response.allowed_origin()),
                    (204, Some(TRUSTED)),
                    "{protocol} {path}"
                );
            }
            for (protocol, response) in clients.send(&Request::preflight(STRANGER, "PUT", &path)) {
                assert_eq!((response.status, response.allowed_origin()), (403, None), "{protocol} {path}");
            }
            let put = Request::new("PUT", &path).origin(TRUSTED);
            for (protocol, response) in clients.send(&put) {
                assert_eq!((response.status, calls.take()), (401, 0), "{protocol} {path}");
            }
            for (protocol, response) in clients.send(&put.header("authorization", "Bearer letmein")) {
                assert_eq!((response.status, &*response.body), (200, SECRET), "{protocol} {path}");
                assert_eq!(response.allowed_origin(), Some(TRUSTED), "{protocol} {path}");
            }
            assert_eq!(calls.take(), 3, "{path}");
        }
    }
}

/// The names of the headers that arrived with each request.
type Seen = Arc<Mutex<Vec<Vec<String>>>>;

#[test]
fn a_preflight_that_skips_authentication_keeps_only_the_headers_of_a_preflight() {
    let seen = Seen::default();
    let data = web::Data::new(Arc::clone(&seen));
    async fn looks(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let names = request.headers().keys().map(|name| name.as_str().to_owned());
        let names = names.chain(request.headers().get("content-length").map(|_| "a body".to_owned()));
        let seen = request.app_data::<web::Data<Seen>>().expect("the test's data");
        seen.lock().unwrap().push(names.collect());
        next.call(request).await
    }
    async fn any(request: HttpRequest, body: String) -> HttpResponse {
        HttpResponse::Ok().body(format!("{:?} {body}", request.headers()))
    }
    let server = Server::start(move || {
        App::new()
            .app_data(data.clone())
            .service(annotated)
            .default_service(web::to(any))
            .wrap(from_fn(looks))
            .wrap(skip_preflight(from_fn(authenticated)))
    });
    let secrets = [
        "Authorization",
        "Cookie",
        "Proxy-Authorization",
        "X-Api-Key",
        "X-Auth-Token",
        "X-Amz-Security-Token",
        "X-Forwarded-User",
        "X-HTTP-Method-Override",
        "X-Method-Override",
        "X-CSRF-Token",
        "Sec-WebSocket-Protocol",
        "If-Match",
        "Range",
    ];
    let kept = [
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "Forwarded",
        "Via",
        "Traceparent",
        "Tracestate",
        "X-Request-Id",
        "User-Agent",
        "Accept-Language",
        "Sec-Fetch-Site",
    ];
    for path in ["/annotated", "/elsewhere"] {
        // Actix closes a connection after a body that was not read.
        let mut clients = Clients::connect(&server);
        let forged = Request::preflight(TRUSTED, "GET", path).header("access-control-request-headers", "x-a");
        let forged =
            secrets.iter().chain(&kept).fold(forged, |request, name| request.header(name, "Bearer letmein"));
        for (protocol, response) in clients.send(&forged.body("delete everything")) {
            assert!(
                !response.body.contains("letmein") && !response.body.contains("delete"),
                "{protocol}: {response:?}"
            );
            let names = seen.lock().unwrap().pop().expect("it goes around");
            for name in secrets {
                assert!(!names.contains(&name.to_ascii_lowercase()), "{protocol} {path}: {name} goes around");
            }
            for name in kept.into_iter().chain([
                "Origin",
                "Access-Control-Request-Method",
                "Access-Control-Request-Headers",
            ]) {
                assert!(names.contains(&name.to_ascii_lowercase()), "{protocol} {path}: {name} is lost");
            }
        }
    }
}
