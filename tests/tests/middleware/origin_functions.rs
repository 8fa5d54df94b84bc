//! Functions that decide about origins.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use actix_web::dev::RequestHead;
use actix_web::{App, HttpResponse, get, put, web};
use cors_actix::{Cors, Origin, Policy, Refusal, cors, policy};
use cors_tests::http::{Request, Server};
use tokio::sync::Barrier;

use crate::log::{keep_log, logged};

const TRUSTED: &str = "https://app.example.com";
const TENANT: &str = "https://a.tenants.example";
const STRANGER: &str = "https://stranger.example";

static DECLARED: Policy = policy! { origins = ["https://app.example.com"], methods = ["PUT"], expose = ["x-total-count"], credentials };

fn is_tenant(origin: &Origin<'_>) -> bool {
    origin.host().ends_with(".tenants.example")
}

/// The origins for which a function was called, and the reasons for refusals.
#[derive(Clone, Default)]
struct Notes {
    asked: Arc<Mutex<Vec<String>>>,
    refused: Arc<Mutex<Vec<Refusal>>>,
}

impl Notes {
    fn ask(&self, origin: &Origin<'_>) -> bool {
        self.asked.lock().unwrap().push(origin.to_string());
        is_tenant(origin)
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn refused(&self) -> Vec<Refusal> {
        std::mem::take(&mut *self.refused.lock().unwrap())
    }

    /// The layer with a synchronous or an asynchronous function.
    fn ask_by(&self, cors: Cors, is_async: bool) -> Cors {
        let (notes, refusals) = (self.clone(), self.clone());
        let cors = if is_async {
            cors.origin_async(async move |origin: &Origin<'_>, _: &RequestHead| {
                tokio::task::yield_now().await;
                Ok::<_, io::Error>(notes.ask(origin))
            })
        } else {
            cors.origin_fn(move |origin, _| notes.ask(origin))
        };
        cors.on_refusal(move |explanation, _| refusals.refused.lock().unwrap().push(explanation.refusal()))
    }
}

fn serve_with(cors: Cors) -> Server {
    Server::start(move || App::new().default_service(web::to(|| async { "ran" })).wrap(cors.clone()))
}

#[test]
fn a_function_is_called_for_origins_that_the_patterns_do_not_match() {
    for is_async in [false, true] {
        let notes = Notes::default();
        let server = serve_with(notes.ask_by(Cors::new(&DECLARED), is_async));

        let declared = server.send(&Request::get("/").origin(TRUSTED));
        assert_eq!(declared.allowed_origin(), Some(TRUSTED));
        assert_eq!(server.send(&Request::get("/")).allowed_origin(), None);
        assert_eq!(notes.asked(), [""; 0]);

        let granted = server.send(&Request::get("/").origin(TENANT));
        assert_eq!((granted.status, granted.allowed_origin()), (200, Some(TENANT)));
        assert_eq!(granted.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(granted.header("access-control-expose-headers"), Some("x-total-count"));
        assert_eq!(granted.header("vary"), Some("Origin"));
        let preflight = server.send(&Request::preflight(TENANT, "PUT", "/"));
        assert_eq!((preflight.status, preflight.allowed_origin()), (204, Some(TENANT)));
        assert_eq!(preflight.header("access-control-allow-methods"), Some("PUT"));
        assert_eq!(notes.asked(), [TENANT, TENANT]);
        assert_eq!(notes.refused(), []);

        let refused = server.send(&Request::get("/").origin(STRANGER));
        assert_eq!((refused.status, refused.cors_headers()), (200, vec![]));
        assert_eq!(refused.header("vary"), Some("Origin"));
        let preflight = server.send(&Request::preflight(STRANGER, "PUT", "/"));
        assert_eq!((preflight.status, preflight.cors_headers()), (403, vec![]));
        assert_eq!(notes.asked(), [STRANGER, STRANGER]);
        assert_eq!(notes.refused(), [Refusal::OriginNotAllowed; 2]);
    }
}

#[test]
fn a_function_is_never_called_for_origins_that_break_a_rule() {
    static ANY_BUT: Policy = policy! { origins = "*", except = ["https://*.evil.example"] };
    for is_async in [false, true] {
        let notes = Notes::default();
        let server = serve_with(notes.ask_by(Cors::new(&DECLARED), is_async));
        for (origin, reason) in [
            ("null", Refusal::NullOrigin),
            ("", Refusal::MalformedOrigin),
            ("https://a.tenants.example/", Refusal::MalformedOrigin),
            ("https://a.tenants.example evil", Refusal::MalformedOrigin),
            ("HTTPS://a.tenants.example", Refusal::MalformedOrigin),
            ("https://b.example, https://a.tenants.example", Refusal::MalformedOrigin),
            ("http://a.tenants.example", Refusal::InsecureOrigin),
        ] {
            for request in [
                Request::get("/"),
                Request::new("OPTIONS", "/").header("access-control-request-method", "PUT"),
            ] {
                assert_eq!(server.send(&request.origin(origin)).cors_headers(), [""; 0], "{origin}");
            }
            assert_eq!(notes.refused(), [reason; 2], "{origin}");
        }
        let twice = server.send(&Request::get("/").origin(TENANT).origin(TENANT));
        assert_eq!(twice.cors_headers(), [""; 0]);
        assert_eq!(notes.refused(), [Refusal::MalformedOrigin]);

        // Requests of the server's own pages are not cross-origin requests, so they are not refusals either.
        let own = server.origin();
        assert_eq!(server.send(&Request::get("/").origin(&own)).status, 200);
        let named_by_the_browser =
            server.send(&Request::get("/").origin(TENANT).header("sec-fetch-site", "same-origin"));
        assert_eq!(named_by_the_browser.cors_headers(), [""; 0]);
        assert_eq!((notes.refused(), notes.asked()), (vec![], vec![]));

        let server = serve_with(notes.ask_by(Cors::new(&ANY_BUT), is_async));
        assert_eq!(server.send(&Request::get("/").origin("https://a.evil.example")).cors_headers(), [""; 0]);
        assert_eq!(server.send(&Request::get("/").origin(STRANGER)).allowed_origin(), Some(STRANGER));
        assert_eq!((notes.refused(), notes.asked()), (vec![Refusal::OriginExcepted], vec![]));
    }
}

#[test]
fn a_function_is_called_for_plain_http_without_credentials_or_with_an_exception() {
    let without_credentials = policy! { origins = ["https://app.example.com"] };
    let allowed = policy! { origins = ["https://app.example.com"], credentials, allow(insecure_origins) };
    for policy in [without_credentials, allowed] {
        let notes = Notes::default();
        let server = serve_with(notes.ask_by(Cors::new(policy), false));
        let plain = "http://a.tenants.example";
        assert_eq!(server.send(&Request::get("/").origin(plain)).allowed_origin(), Some(plain));
    }
}

#[test]
fn an_enforcing_policy_calls_the_function_before_it_refuses() {
    static ENFORCED: Policy = policy! { origins = ["https://app.example.com"], enforce };
    for is_async in [false, true] {
        let notes = Notes::default();
        let server = serve_with(notes.ask_by(Cors::new(&ENFORCED), is_async));
        let granted = server.send(&Request::get("/").origin(TENANT));
        assert_eq!((granted.status, granted.body.as_str()), (200, "ran"));
        assert_eq!(granted.allowed_origin(), Some(TENANT));
        let refused = server.send(&Request::get("/").origin(STRANGER));
        assert_eq!((refused.status, refused.body.as_str()), (403, ""));
    }
}

fn path_of_the_request(origin: &Origin<'_>, head: &RequestHead) -> bool {
    head.uri.path().contains(origin.host())
}

async fn tenant_lookup(origin: &Origin<'_>, _: &RequestHead) -> Result<bool, &'static str> {
    tokio::task::yield_now().await;
    if origin.host().starts_with("broken.") { Err("no connection") } else { Ok(is_tenant(origin)) }
}

#[cors(origin_fn = path_of_the_request, expose = ["x-a"])]
#[get("/by-path/{host}")]
async fn by_path() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[cors(origin_async = tenant_lookup, headers = ["content-type"], credentials)]
#[put("/by-lookup")]
async fn by_lookup() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[test]
fn handlers_can_have_functions_without_origins() {
    let server = Server::start(move || App::new().service(by_path).service(by_lookup));
    let named = server.send(&Request::get("/by-path/stranger.example").origin(STRANGER));
    assert_eq!(named.allowed_origin(), Some(STRANGER));
    assert_eq!(server.send(&Request::get("/by-path/other.example").origin(STRANGER)).cors_headers(), [""; 0]);
    let preflight = server.send(&Request::preflight(STRANGER, "GET", "/by-path/stranger.example"));
    assert_eq!((preflight.status, preflight.allowed_origin()), (204, Some(STRANGER)));

    let preflight = server.send(&Request::preflight(TENANT, "PUT", "/by-lookup"));
    assert_eq!((preflight.status, preflight.allowed_origin()), (204, Some(TENANT)));
    assert_eq!(preflight.header("access-control-allow-methods"), Some("PUT"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("content-type"));
    let granted = server.send(&Request::new("PUT", "/by-lookup").origin(TENANT));
    assert_eq!(granted.header("access-control-allow-credentials"), Some("true"));
    for origin in [STRANGER, "null", "http://a.tenants.example", "https://broken.tenants.example"] {
        assert_eq!(server.send(&Request::preflight(origin, "PUT", "/by-lookup")).status, 403, "{origin}");
        assert_eq!(server.send(&Request::new("PUT", "/by-lookup").origin(origin)).cors_headers(), [""; 0]);
    }
}

#[test]
fn a_function_of_a_fallback_does_not_override_a_nearer_refusal() {
    #[cors(origins = ["https://app.example.com"])]
    #[get("/annotated")]
    async fn annotated() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    for is_async in [false, true] {
        let cors = Notes::default().ask_by(Cors::fallback(&DECLARED), is_async);
        let server = Server::start(move || {
            App::new().service(annotated).route("/plain", web::get().to(HttpResponse::Ok)).wrap(cors.clone())
        });
        let preflight = |path| server.send(&Request::preflight(TENANT, "GET", path));
        assert_eq!((preflight("/annotated").status, preflight("/plain").status), (403, 204));
        assert_eq!(preflight("/plain").header("access-control-allow-methods"), Some("GET"));
        assert_eq!(preflight("/plain").header("access-control-max-age"), Some("0"));
        assert_eq!(server.send(&Request::get("/annotated").origin(TENANT)).cors_headers(), [""; 0]);
        assert_eq!(server.send(&Request::get("/plain").origin(TENANT)).allowed_origin(), Some(TENANT));
    }
}

#[test]
fn a_failed_lookup_is_a_refusal_with_its_own_reason() {
    keep_log();
    let notes = Notes::default();
    let refusals = notes.clone();
    let cors = Cors::new(&DECLARED)
        .origin_async(tenant_lookup)
        .on_refusal(move |explanation, _| refusals.refused.lock().unwrap().push(explanation.refusal()));
    let server = serve_with(cors);
    let origin = "https://broken.failing.example";
    assert_eq!(server.send(&Request::get("/").origin(origin)).cors_headers(), [""; 0]);
    assert_eq!(server.send(&Request::preflight(origin, "PUT", "/")).status, 403);
    assert_eq!(notes.refused(), [Refusal::OriginLookupFailed; 2]);
    assert!(logged().iter().any(|line| line.contains(origin) && line.contains("no connection")));
    // The failure has no effect on the next request.
    assert_eq!(server.send(&Request::get("/").origin(TENANT)).allowed_origin(), Some(TENANT));
}

#[test]
fn a_lookup_that_takes_too_long_is_a_refusal() {
    async fn never(_: &Origin<'_>, _: &RequestHead) -> Result<bool, io::Error> {
        std::future::pending().await
    }
    let notes = Notes::default();
    let refusals = notes.clone();
    let cors = Cors::new(&DECLARED)
        .origin_async(never)
        .origin_time_limit(Duration::from_millis(10))
        .on_refusal(move |explanation, _| refusals.refused.lock().unwrap().push(explanation.refusal()));
    let server = serve_with(cors);
    assert_eq!(server.send(&Request::get("/").origin(TENANT)).cors_headers(), [""; 0]);
    assert_eq!(server.send(&Request::preflight(TENANT, "PUT", "/")).status, 403);
    assert_eq!(notes.refused(), [Refusal::OriginLookupFailed; 2]);
    assert_eq!(server.send(&Request::get("/").origin(TRUSTED)).allowed_origin(), Some(TRUSTED));
}

/// The test controls the clock. The settings can be in any order.
#[actix_web::test]
async fn a_request_does_not_wait_longer_than_the_limit() {
    use actix_web::test;
    tokio::time::pause();
    async fn slow(_: &Origin<'_>, head: &RequestHead) -> Result<bool, io::Error> {
        let milliseconds = head.uri.path()[1..].parse().unwrap();
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        Ok(true)
    }
    let limit = Duration::from_millis(100);
    for (cors, limit) in [
        (Cors::new(&DECLARED).origin_async(slow), 5000),
        (Cors::new(&DECLARED).origin_async(slow).origin_time_limit(limit), 100),
        (Cors::new(&DECLARED).origin_time_limit(limit).origin_async(slow), 100),
    ] {
        let app = test::init_service(App::new().wrap(cors).default_service(web::to(HttpResponse::Ok))).await;
        for (milliseconds, granted) in [(limit - 1, true), (limit + 1, false)] {
            let request =
                test::TestRequest::get().uri(&format!("/{milliseconds}")).insert_header(("origin", TENANT));
            let response = test::call_service(&app, request.to_request()).await;
            assert_eq!(
                response.headers().contains_key("access-control-allow-origin"),
                granted,
                "{milliseconds}"
            );
        }
    }
}

/// Sixteen look-ups wait on one thread at the same time, and end in the opposite order.
#[test]
fn results_never_leak_between_origins() {
    const AT_ONCE: usize = 16;
    static ALL_ARE_ASKED: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(AT_ONCE));
    static NEXT_TO_ANSWER: AtomicU32 = AtomicU32::new(0);
    async fn odd_numbers(origin: &Origin<'_>, _: &RequestHead) -> Result<bool, String> {
        let number: u32 = origin.host().split('.').next().unwrap().parse().unwrap();
        ALL_ARE_ASKED.wait().await;
        while NEXT_TO_ANSWER.load(Ordering::SeqCst) != number {
            tokio::task::yield_now().await;
        }
        NEXT_TO_ANSWER.fetch_sub(1, Ordering::SeqCst);
        if number.is_multiple_of(4) { Err("every fourth fails".into()) } else { Ok(number % 2 == 1) }
    }
    let server =
        serve_with(Cors::new(&DECLARED).origin_async(odd_numbers).origin_time_limit(Duration::from_secs(60)));
    for round in 0..20 {
        NEXT_TO_ANSWER.store(AT_ONCE as u32 - 1, Ordering::SeqCst);
        std::thread::scope(|scope| {
            for number in 0..AT_ONCE {
                let server = &server;
                scope.spawn(move || {
                    let origin = format!("https://{number}.example");
                    let granted = (number % 2 == 1).then_some(origin.as_str());
                    if round % 2 == 0 {
                        let response = server.send(&Request::get("/").origin(&origin));
                        assert_eq!((response.status, response.allowed_origin()), (200, granted));
                    } else {
                        let response = server.send(&Request::preflight(&origin, "PUT", "/"));
                        let status = if granted.is_some() { 204 } else { 403 };
                        assert_eq!((response.status, response.allowed_origin()), (status, granted));
                    }
                });
            }
        });
    }
}

/// Patterns do not match such origins, and `Origin::host` does not contain the dot.
#[test]
fn a_function_is_never_called_for_a_host_with_a_trailing_dot() {
    let notes = Notes::default();
    for is_async in [false, true] {
        let cors = notes.ask_by(Cors::new(&DECLARED), is_async);
        let server = Server::start(move || App::new().wrap(cors.clone()));
        for origin in ["https://a.tenants.example.", "https://a.tenants.example.:8443"] {
            assert_eq!(server.send(&Request::get("/").origin(origin)).allowed_origin(), None, "{origin}");
            assert_eq!(server.send(&Request::preflight(origin, "PUT", "/")).status, 403, "{origin}");
        }
        assert_eq!(server.send(&Request::get("/").origin(TENANT)).allowed_origin(), Some(TENANT));
        assert_eq!(notes.asked(), [TENANT]);
        assert_eq!(notes.refused(), [Refusal::OriginNotAllowed; 4]);
    }
}

/// One origin may be granted for one tenant and refused for another.
#[test]
fn the_headers_that_a_function_reads_are_in_vary() {
    let of_tenant = |origin: &Origin<'_>, head: &RequestHead| {
        head.headers().get("x-tenant").is_some_and(|tenant| {
            origin.host().split('.').next().map(str::as_bytes) == Some(tenant.as_bytes())
        })
    };
    let cors = Cors::new(&DECLARED).origin_fn(of_tenant).vary(["x-tenant", "x-region"]);
    let server = Server::start(move || App::new().wrap(cors.clone()));
    for (tenant, granted) in [("a", true), ("b", false)] {
        let actual = server.send(&Request::get("/").origin(TENANT).header("x-tenant", tenant));
        assert_eq!(actual.allowed_origin().is_some(), granted, "{tenant}");
        assert_eq!(actual.all("vary"), ["Origin", "x-tenant", "x-region"], "{tenant}");
        let preflight = server.send(&Request::preflight(TENANT, "PUT", "/").header("x-tenant", tenant));
        let vary = ["Origin, Access-Control-Request-Method", "x-tenant", "x-region"];
        assert_eq!((preflight.allowed_origin().is_some(), preflight.all("vary")), (granted, vary.to_vec()));
    }
    assert_eq!(server.send(&Request::get("/")).all("vary"), ["Origin", "x-tenant", "x-region"]);
}

fn has_tenant(_: &Origin<'_>, head: &RequestHead) -> bool {
    head.headers().contains_key("x-tenant")
}

const READ: &[&str] = &["x-region", "x-zone"];

#[cors(origin_fn = has_tenant, vary = ["x-tenant", TENANT_HEADER])]
#[get("/listed")]
async fn listed() -> HttpResponse {
    HttpResponse::Ok().finish()
}

const TENANT_HEADER: &str = "x-tenant-id";

#[cors(origin_fn = has_tenant, vary = READ)]
#[get("/constant")]
async fn constant() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[test]
fn an_annotated_handler_lists_the_headers_that_its_function_reads_in_vary() {
    let server = Server::start(move || App::new().service(listed).service(constant));
    for (path, names) in [("/listed", ["x-tenant", "x-tenant-id"]), ("/constant", ["x-region", "x-zone"])] {
        for (tenant, granted) in [("x-tenant", true), ("x-other", false)] {
            let actual = server.send(&Request::get(path).origin(TENANT).header(tenant, "a"));
            assert_eq!(actual.allowed_origin().is_some(), granted, "{path}");
            assert_eq!(actual.all("vary"), ["Origin", names[0], names[1]], "{path}");
        }
    }
}

#[test]
fn the_error_of_a_function_stays_on_its_line_of_the_log() {
    keep_log();
    let cors = Cors::new(&DECLARED).origin_async(async |_: &Origin<'_>, _: &RequestHead| {
        Err::<bool, _>("no route to host\nERROR the administrator signed in\u{1b}[2J")
    });
    let server = Server::start(move || App::new().wrap(cors.clone()));
    server.send(&Request::get("/").origin("https://log.tenants.example"));
    let lines: Vec<_> = logged().into_iter().filter(|line| line.contains("log.tenants.example")).collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("no route to host\\nERROR"), "{lines:?}");
    assert!(!lines[0].contains(char::is_control), "{lines:?}");
}
