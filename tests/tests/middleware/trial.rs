//! A policy on trial: its different decisions are reported, and no response changes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use actix_web::dev::RequestHead;
use actix_web::{App, HttpResponse, get, put, web};
use cors_actix::{Cors, CorsObserver, Difference, Policy, SharedPolicy, cors, policy};
use cors_tests::http::{Request, Server};

use crate::log::{keep_log, logged};

const APP: &str = "https://app.example.com";
const OLD: &str = "https://old.example.com";
const STRANGER: &str = "https://stranger.example";

static CURRENT: Policy = policy! {
    origins = ["https://app.example.com", "https://old.example.com"],
    methods = ["PUT", "DELETE"],
    headers = ["x-a", "x-b"],
    credentials,
};
static NEXT: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = ["PUT"],
    headers = ["x-a"],
    enforce,
};

/// The calls of the function of `on_difference`.
type Told = Arc<Mutex<Vec<String>>>;

fn tell(told: &Told) -> impl Fn(&Difference, &RequestHead) + Send + Sync + 'static {
    let told = Arc::clone(told);
    move |difference, head| {
        let reason = difference.explanation().map_or("granted", |explanation| explanation.code());
        let (current, next) = (difference.current().code(), difference.next().code());
        told.lock().unwrap().push(format!(
            "{} {}: {current}, {next}: {reason}",
            head.method,
            head.uri.path()
        ));
    }
}

fn take(told: &Told) -> Vec<String> {
    std::mem::take(&mut *told.lock().unwrap())
}

/// Requests of every kind, with what the trial reports about each of them.
fn requests() -> Vec<(Request, Option<&'static str>)> {
    let asks = |origin, method, headers: &str| {
        Request::preflight(origin, method, "/x").header("access-control-request-headers", headers)
    };
    vec![
        (Request::get("/x"), None),
        (Request::get("/x").origin(APP), None),
        (Request::get("/x").origin("null"), Some("GET /x: refused, blocked: null-origin")),
        (Request::get("/x").origin(STRANGER), Some("GET /x: refused, blocked: origin-not-allowed")),
        (Request::get("/x").origin(OLD), Some("GET /x: granted, blocked: origin-not-allowed")),
        (Request::get("/x").origin(OLD).header("sec-fetch-site", "same-origin"), None),
        (
            Request::get("/x").origin(APP).header("cookie", "a=b"),
            Some("GET /x: granted, granted: credentials-not-allowed"),
        ),
        (Request::new("DELETE", "/x").origin(APP), Some("DELETE /x: granted, granted: method-not-allowed")),
        (asks(APP, "PUT", "x-a"), None),
        (asks(STRANGER, "PUT", "x-a"), None),
        (asks(OLD, "PUT", ""), Some("OPTIONS /x: preflight-granted, preflight-refused: origin-not-allowed")),
        (
            asks(APP, "DELETE", ""),
            Some("OPTIONS /x: preflight-granted, preflight-granted: method-not-allowed"),
        ),
        (
            asks(APP, "PUT", "x-b"),
            Some("OPTIONS /x: preflight-granted, preflight-granted: header-not-allowed"),
        ),
    ]
}

fn serve(cors: Cors) -> Server {
    Server::start(move || App::new().default_service(web::to(|| async { "ran" })).wrap(cors.clone()))
}

/// The response without its date. The order of header lines is random in actix.
fn bytes(server: &Server, request: &Request) -> String {
    let mut response = server.send(request);
    response.headers.retain(|(name, _)| name != "date");
    response.headers.sort();
    format!("{response:?}")
}

#[test]
fn differences_are_reported_and_no_byte_of_a_response_changes() {
    let shared = SharedPolicy::new(&CURRENT).unwrap();
    let tried = SharedPolicy::new(&CURRENT).unwrap();
    let told = Told::default();
    let pairs = [
        (Cors::new(&CURRENT), Cors::new(&CURRENT).trial(&NEXT)),
        (Cors::fallback(&CURRENT), Cors::fallback(&CURRENT).trial(&NEXT)),
        (Cors::new(&shared), Cors::new(&shared).trial(&NEXT)),
        (Cors::new(&shared), Cors::new(&tried)),
        (Cors::new(&CURRENT).explain(), Cors::new(&CURRENT).explain().trial(&NEXT)),
    ];
    for (i, (without, with)) in pairs.into_iter().enumerate() {
        let (without, with) = (serve(without), serve(with.on_difference(tell(&told))));
        // A trial may begin and end while the server runs.
        tried.start_trial(&NEXT).unwrap();
        for (request, expected) in requests() {
            let response = bytes(&with, &request);
            let told = take(&told);
            assert_eq!(
                told.iter().map(String::as_str).collect::<Vec<_>>(),
                Vec::from_iter(expected),
                "{i} {request:?}"
            );
            assert_eq!(response, bytes(&without, &request), "{i} {request:?}");
        }
        tried.end_trial();
        if i == 3 {
            with.send(&Request::get("/x").origin(OLD));
            assert_eq!(take(&told), [""; 0]);
        }
    }
}

#[test]
fn an_origin_function_applies_to_both_policies() {
    static LISTED: Policy = policy! { origins = ["https://app.example.com", "https://old.example.com"] };
    static FEWER: Policy = policy! { origins = ["https://app.example.com"] };
    for knows_old in [true, false] {
        let told = Told::default();
        let cors = Cors::new(&LISTED).trial(&FEWER).on_difference(tell(&told)).origin_fn(move |origin, _| {
            origin.host() == "tenant.example" || (knows_old && origin.as_str() == OLD)
        });
        let server = serve(cors);
        for origin in [APP, "https://tenant.example", STRANGER] {
            server.send(&Request::get("/x").origin(origin));
            assert_eq!(take(&told), [""; 0], "{origin}");
        }
        server.send(&Request::get("/x").origin(OLD));
        assert_eq!(take(&told).is_empty(), knows_old);
    }
}

static HANDLERS: LazyLock<SharedPolicy> = LazyLock::new(|| SharedPolicy::new(&CURRENT).unwrap());
static WITHOUT_OLD: Policy = policy! { origins = ["https://app.example.com"] };

#[cors(policy = CURRENT, trial = WITHOUT_OLD)]
#[put("/named")]
async fn named_handler() -> &'static str {
    "named"
}

#[cors(origins = ["https://app.example.com", "https://old.example.com"], trial = WITHOUT_OLD)]
#[get("/inline")]
async fn inline_handler() -> &'static str {
    "inline"
}

#[cors(policy = HANDLERS)]
#[get("/shared")]
async fn shared_handler() -> &'static str {
    "shared"
}

#[cors(policy = CURRENT)]
#[get("/without")]
async fn handler_without() -> &'static str {
    "without"
}

#[test]
fn a_handler_can_have_its_own_trial_and_the_observer_reports_it() {
    HANDLERS.start_trial(&WITHOUT_OLD).unwrap();
    let told = Told::default();
    let observer = CorsObserver::new().on_difference(tell(&told));
    let server = Server::start(move || {
        let app = App::new()
            .service(named_handler)
            .service(inline_handler)
            .service(shared_handler)
            .service(handler_without);
        // The policy nearest to the handler is the one on trial.
        app.wrap(Cors::fallback(&CURRENT).trial(&WITHOUT_OLD)).wrap(observer.clone())
    });
    for (method, path) in [("PUT", "/named"), ("GET", "/inline"), ("GET", "/shared")] {
        let request = Request::new(method, path).origin(OLD);
        assert_eq!(server.send(&request).allowed_origin(), Some(OLD));
        assert_eq!(take(&told), [format!("{method} {path}: granted, refused: origin-not-allowed")]);
        server.send(&Request::new(method, path).origin(APP));
        assert_eq!(take(&told), [""; 0]);
    }
    server.send(&Request::get("/without").origin(OLD));
    assert_eq!(take(&told), [""; 0]);
}

#[test]
fn a_shared_policy_reports_the_changes_and_for_how_long_browsers_use_old_grants() {
    keep_log();
    let policy = |origins: &[&str]| Policy::builder().origins(origins).max_age("1h").build().unwrap();
    let shared = SharedPolicy::new(&policy(&[APP, "https://replaced.example"])).unwrap();
    let changes = shared.replace(&policy(&[APP, "https://added.example"])).unwrap();
    let text = "origins: 1 added (https://added.example), 1 removed (https://replaced.example); for up to 3600 seconds, \
                browsers may act on answers to preflights that the former policy gave; without `enforce`, the handler runs \
                for such requests";
    assert_eq!(changes.to_string(), text);
    let lines: Vec<_> =
        logged().into_iter().filter(|line| line.contains("https://replaced.example")).collect();
    assert_eq!(lines, [format!("INFO a SharedPolicy was replaced: {text}")]);
}

#[test]
fn a_layer_in_pass_through_has_no_effect() {
    static STRICT: Policy = policy! { origins = ["https://app.example.com"], methods = ["PUT"], enforce };
    let policy = SharedPolicy::new(&STRICT).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let with_function = Cors::new(&policy).origin_fn(move |_, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        false
    });
    let plain = Server::start(|| App::new().default_service(web::to(|| async { "ran" })));
    let requests = [
        Request::get("/"),
        Request::get("/").origin(APP),
        Request::get("/").origin(STRANGER),
        Request::preflight(APP, "PUT", "/"),
        Request::preflight(STRANGER, "PUT", "/"),
    ];
    let responses =
        |server: &Server| requests.iter().map(|request| bytes(server, request)).collect::<Vec<_>>();
    for cors in [Cors::new(&policy), Cors::new(&policy).explain(), with_function] {
        let server = serve(cors);
        let before = responses(&server);
        assert_eq!(server.send(&requests[2]).status, 403);
        policy.set_pass_through(true);
        let asked_before = asked.load(Ordering::SeqCst);
        assert_eq!(responses(&server), responses(&plain));
        assert_eq!(asked.load(Ordering::SeqCst), asked_before, "the origin function was called");
        policy.set_pass_through(false);
        assert_eq!(responses(&server), before);
        assert!(!policy.passes_through());
    }
    assert!(asked.load(Ordering::SeqCst) > 0);
}

/// Nothing else protects the route of a guard.
#[test]
fn a_guard_stays_in_force_during_pass_through() {
    static STRICT: Policy = policy! { origins = ["https://app.example.com"] };
    let policy = SharedPolicy::new(&STRICT).unwrap();
    let guard = cors_actix::OriginGuard::new(&policy);
    let server = Server::start(move || {
        let route = web::resource("/").route(web::get().to(HttpResponse::Ok));
        App::new().service(route.wrap(guard.clone()))
    });
    policy.set_pass_through(true);
    let status = |origin| server.send(&Request::get("/").origin(origin)).status;
    assert_eq!((status(APP), status(STRANGER)), (200, 403));
}
