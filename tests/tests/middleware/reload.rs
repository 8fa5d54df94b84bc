//! A policy that is replaced while the server runs.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, get, guard, web};
use cors_actix::{Cors, OriginGuard, Policy, SharedPolicy, cors, policy};
use cors_tests::all_tests;
use cors_tests::http::{Request, Response, Server};
use once_cell::sync::Lazy;

const PAGE: &str = "https://page.example";

/// Every version grants the page, and each version has other values in every header of an answer.
fn version(number: u32) -> Policy {
    let builder = Policy::builder()
        .methods([format!("METHOD-{number}")])
        .headers([format!("x-request-{number}")])
        .expose([format!("x-response-{number}")])
        .max_age(Duration::from_secs(number.into()))
        .preflight_status(200 + (number % 50) as u16);
    if credentials(number) {
        builder
            .origins([PAGE.to_owned(), format!("https://{number}.example")])
            .credentials(true)
            .build()
            .unwrap()
    } else {
        builder.origins("*").build().unwrap()
    }
}

fn credentials(number: u32) -> bool {
    number.is_multiple_of(2)
}

/// The version of the policy that a response belongs to. All headers have to be from the same version.
#[track_caller]
fn version_of(response: &Response, preflight: bool, is_fallback: bool) -> u32 {
    let names = response.header(if preflight {
        "access-control-allow-headers"
    } else {
        "access-control-expose-headers"
    });
    let names = names.unwrap_or_else(|| panic!("no version: {response:#?}"));
    let number: u32 = names.rsplit('-').next().unwrap().parse().unwrap();
    let credentials = credentials(number);
    assert_eq!(response.allowed_origin(), Some(if credentials { PAGE } else { "*" }), "{response:#?}");
    assert_eq!(
        response.header("access-control-allow-credentials"),
        credentials.then_some("true"),
        "{response:#?}"
    );
    let vary = match (credentials, preflight) {
        (false, true) if is_fallback => Some("Access-Control-Request-Method"),
        (false, _) => None,
        (true, false) => Some("Origin"),
        (true, true) => Some("Origin, Access-Control-Request-Method"),
    };
    assert_eq!(response.header("vary"), vary, "{response:#?}");
    if preflight {
        assert_eq!(names, format!("x-request-{number}"));
        assert_eq!(u32::from(response.status), 200 + number % 50, "{response:#?}");
        let max_age = if is_fallback { 0 } else { number };
        assert_eq!(
            response.header("access-control-max-age"),
            Some(max_age.to_string().as_str()),
            "{response:#?}"
        );
        if !is_fallback {
            let method = format!("METHOD-{number}");
            assert_eq!(
                response.header("access-control-allow-methods"),
                Some(method.as_str()),
                "{response:#?}"
            );
        }
    } else {
        assert_eq!(names, format!("x-response-{number}"));
        assert_eq!(response.status, 200);
    }
    number
}

static TENANTS: LazyLock<SharedPolicy> = LazyLock::new(|| SharedPolicy::new(&version(0)).unwrap());

#[cors(policy = TENANTS)]
#[get("/handler")]
async fn handler() -> &'static str {
    "ran"
}

/// Fifty replacements a second for twenty seconds, or for three, under constant requests.
#[test]
fn no_request_fails_and_none_mixes_two_policies() {
    let replacements = if all_tests() { 1000 } else { 150 };
    const EVERY: Duration = Duration::from_millis(20);
    let (whole, fallback) = (Cors::new(&*TENANTS), Cors::fallback(&*TENANTS));
    let guard = OriginGuard::new(&*TENANTS).require_origin();
    let server = Server::start(move || {
        let ok = || web::get().to(|| async { "ran" });
        App::new()
            .service(handler)
            .service(web::scope("/whole").wrap(whole.clone()).route("", ok()))
            .service(web::scope("/fallback").wrap(fallback.clone()).route("", ok()))
            .route("/guarded", ok().guard(guard::All(guard.clone())))
    });
    let done = AtomicBool::new(false);
    let requests = std::thread::scope(|scope| {
        let clients: Vec<_> = ["/whole", "/fallback", "/handler", "/guarded"]
            .into_iter()
            .map(|path| {
                let (server, done) = (&server, &done);
                scope.spawn(move || {
                    let (mut connection, mut count, mut last) = (server.connect(), 0u32, 0);
                    while !done.load(Ordering::Relaxed) {
                        let response = connection.send(&question(path, count.is_multiple_of(2)));
                        count += 1;
                        if path == "/guarded" {
                            assert_eq!(response.status, 200);
                            continue;
                        }
                        let preflight = count % 2 == 1;
                        let number = if path == "/handler" && preflight {
                            // The handler grants only the method of its route, which no version lists. The other
                            // headers show the version.
                            version_of_a_handler(&response)
                        } else {
                            version_of(&response, preflight, path == "/fallback")
                        };
                        assert!(number >= last, "{path} went back from {last} to {number}");
                        last = number;
                    }
                    (count, last)
                })
            })
            .collect();
        let start = Instant::now();
        for number in 1..=replacements {
            TENANTS.replace(&version(number)).unwrap();
            std::thread::sleep((start + EVERY * number).saturating_duration_since(Instant::now()));
        }
        done.store(true, Ordering::Relaxed);
        let elapsed = start.elapsed();
        assert!(elapsed >= EVERY * replacements && elapsed < EVERY * replacements * 2, "{elapsed:?}");
        clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    for (count, last) in &requests {
        assert!(*count > replacements, "few requests: {requests:?}");
        assert!(*last > replacements / 2 || *last == 0, "it followed: {requests:?}");
    }
    // After the last replacement, every layer has the last version.
    for path in ["/whole", "/fallback"] {
        let response = server.send(&question(path, false));
        assert_eq!(version_of(&response, false, path == "/fallback"), replacements);
    }
    assert_eq!(TENANTS.policy(), version(replacements));
}

/// A preflight or an actual request from the page. A guard only gets actual requests.
fn question(path: &str, preflight: bool) -> Request {
    if preflight && path != "/guarded" {
        Request::preflight(PAGE, "GET", path)
    } else {
        Request::get(path).origin(PAGE)
    }
}

/// The handler's route serves only `GET`, so it does not grant the method of a version.
fn version_of_a_handler(response: &Response) -> u32 {
    let names = response.header("access-control-allow-headers").unwrap();
    let number: u32 = names.rsplit('-').next().unwrap().parse().unwrap();
    assert_eq!(
        response.allowed_origin(),
        Some(if credentials(number) { PAGE } else { "*" }),
        "{response:#?}"
    );
    assert_eq!(u32::from(response.status), 200 + number % 50, "{response:#?}");
    assert_eq!(response.header("access-control-max-age"), Some(number.to_string().as_str()), "{response:#?}");
    number
}

#[test]
fn every_layer_handler_and_guard_uses_the_new_policy() {
    static IN_A_LAZY: Lazy<SharedPolicy> =
        Lazy::new(|| SharedPolicy::new(&policy! { origins = ["https://old.example"] }).unwrap());
    #[cors(policy = IN_A_LAZY)]
    #[get("/handler")]
    async fn handler() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let shared = IN_A_LAZY.clone();
    let (whole, fallback) = (Cors::new(&IN_A_LAZY), Cors::fallback(shared.clone()).cache_preflights());
    let guard = OriginGuard::new(&shared);
    let server = Server::start(move || {
        App::new()
            .service(handler)
            .service(web::scope("/whole").wrap(whole.clone()).route("", web::get().to(HttpResponse::Ok)))
            .service(
                web::scope("/fallback").wrap(fallback.clone()).route("", web::get().to(HttpResponse::Ok)),
            )
            .route("/guarded", web::get().guard(guard.clone()).to(HttpResponse::Ok))
    });
    let granted = |origin: &str| {
        let by_layers = ["/handler", "/whole", "/fallback"].map(|path| {
            let preflight = server.send(&Request::preflight(origin, "GET", path));
            let actual = server.send(&Request::get(path).origin(origin));
            assert_eq!(preflight.allowed_origin(), actual.allowed_origin(), "{path}");
            actual.allowed_origin() == Some(origin)
        });
        assert_eq!(by_layers, [by_layers[0]; 3]);
        assert_eq!(server.send(&Request::get("/guarded").origin(origin)).status == 200, by_layers[0]);
        by_layers[0]
    };
    assert!(granted("https://old.example") && !granted("https://new.example"));
    shared.replace(&policy! { origins = ["https://new.example"] }).unwrap();
    assert!(!granted("https://old.example") && granted("https://new.example"));
}

#[test]
fn an_invalid_replacement_changes_nothing() {
    // The origin is a constant, because the macro would have reported a literal.
    const HOSTED: &str = "https://*.github.io";
    static INVALID: Policy = policy! { origins = [HOSTED], credentials };
    let shared = SharedPolicy::new(&version(2)).unwrap();
    let cors = Cors::new(&shared);
    let server =
        Server::start(move || App::new().wrap(cors.clone()).default_service(web::to(HttpResponse::Ok)));
    let violations = shared.replace(&INVALID).unwrap_err();
    assert_eq!(violations[0].code(), "credentials-public-suffix");
    assert_eq!(shared.policy(), version(2));
    let stranger = server.send(&Request::get("/").origin("https://a.github.io"));
    assert_eq!(stranger.cors_headers(), [""; 0]);
    assert_eq!(version_of(&server.send(&Request::get("/").origin(PAGE)), false, false), 2);
    assert!(SharedPolicy::new(&INVALID).is_err());
}

/// The decision about a request is made when it arrives. A replacement while its handler runs has no effect on it.
#[test]
fn a_request_keeps_its_policy_until_its_end() {
    let shared = SharedPolicy::new(&version(2)).unwrap();
    let (cors, inside) = (Cors::new(&shared), shared.clone());
    let server = Server::start(move || {
        let inside = inside.clone();
        let replaces = move || {
            inside.replace(&version(3)).unwrap();
            std::future::ready(HttpResponse::Ok())
        };
        App::new().default_service(web::to(replaces)).wrap(cors.clone())
    });
    assert_eq!(version_of(&server.send(&Request::get("/").origin(PAGE)), false, false), 2);
    assert_eq!(version_of(&server.send(&Request::get("/").origin(PAGE)), false, false), 3);
}
