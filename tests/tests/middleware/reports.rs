//! Log messages about mistakes that types cannot prevent, and the cost of sharing a layer.

use std::time::Instant;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, get, web};
use cors_actix::{CompiledPolicy, Cors, Policy, SharedPolicy, cors, policy};
use cors_tests::hostile::Hostile;
use cors_tests::http::{Request, Server};

use crate::log::{keep_log, logged};

static TRUSTED: Policy = policy! { origins = ["https://app.example.com"] };
static PARTNER: Policy = policy! { origins = ["https://partner.example"] };

#[cors(origins = ["https://partner.example"])]
#[get("/reported/{id}")]
async fn annotated(_id: web::Path<u32>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[test]
fn a_nearer_policy_inside_cors_new_is_reported_once_with_both_names() {
    keep_log();
    let cors = Cors::new(&TRUSTED).explain();
    let line = line!() - 1;
    let server = Server::start(move || App::new().service(annotated).wrap(cors.clone()));
    let first = server.send(&Request::get("/reported/1").origin("https://partner.example"));
    let again = server.send(&Request::get("/reported/2").origin("https://partner.example"));

    assert_eq!(first.status, 200);
    // The nearest policy still decides.
    assert_eq!(first.allowed_origin(), Some("https://partner.example"));
    let warning = first.header("cors-warning").expect("the layer explains");
    assert!(warning.contains("GET /reported/{id}"), "{warning}");
    assert!(warning.contains(&format!("reports.rs:{line}")), "{warning}");
    assert!(warning.contains("Cors::fallback"), "{warning}");
    assert_eq!(again.header("cors-warning"), None);
    let log: Vec<_> = logged().into_iter().filter(|line| line.contains("/reported/{id}")).collect();
    assert_eq!(log, [format!("ERROR {warning}")]);
}

/// The report contains a place in the source, which strangers must not see.
#[test]
fn a_nearer_policy_is_reported_only_in_the_log_without_explain() {
    keep_log();
    #[cors(origins = ["https://partner.example"])]
    #[get("/reported-in-the-log")]
    async fn handler() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let cors = Cors::new(&TRUSTED);
    let server = Server::start(move || App::new().service(handler).wrap(cors.clone()));
    let response = server.send(&Request::get("/reported-in-the-log").origin("https://partner.example"));
    assert_eq!(response.header("cors-warning"), None);
    assert!(logged().iter().any(|line| line.contains("/reported-in-the-log")));
}

/// The record and the marks in the response both show that a nearer layer has decided. A middleware may remove either.
#[test]
fn a_nearer_policy_is_reported_although_a_middleware_hides_it() {
    keep_log();
    for (path, hostile) in
        [("/without-headers", Hostile::ClearsHeaders), ("/without-record", Hostile::ClearsExtensionsFirst)]
    {
        let cors = Cors::new(&TRUSTED).explain();
        let server = Server::start(move || {
            let handler =
                web::resource(path).route(web::get().to(HttpResponse::Ok)).wrap(Cors::new(&PARTNER));
            let scope = web::scope("").service(handler);
            App::new()
                .service(scope.wrap(from_fn(move |request, next| hostile.act(request, next))))
                .wrap(cors.clone())
        });
        let response = server.send(&Request::get(path).origin("https://partner.example"));
        assert!(response.header("cors-warning").is_some(), "{path}");
        assert!(logged().iter().any(|line| line.contains(path)));
    }
}

#[test]
fn a_nearer_policy_inside_a_fallback_is_not_reported() {
    keep_log();
    #[cors(origins = ["https://partner.example"])]
    #[get("/unreported")]
    async fn handler() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let cors = Cors::fallback(&TRUSTED);
    let server = Server::start(move || App::new().service(handler).wrap(cors.clone()));
    for origin in ["https://partner.example", "https://app.example.com"] {
        let response = server.send(&Request::get("/unreported").origin(origin));
        assert_eq!(response.header("cors-warning"), None);
    }
    assert!(!logged().iter().any(|line| line.contains("/unreported")));
}

#[test]
fn a_policy_with_many_origins_is_compiled_once_and_shared() {
    const fn shared_between_threads<T: Clone + Send + Sync>() {}
    const {
        shared_between_threads::<Cors>();
        shared_between_threads::<CompiledPolicy>();
        shared_between_threads::<SharedPolicy>();
    }
    let origins: Vec<_> = (0..50_000).map(|i| format!("https://tenant-{i}.example.com")).collect();
    let policy = Policy::builder().origins(origins).build().unwrap();
    let start = Instant::now();
    let cors = Cors::new(&policy);
    let once = start.elapsed();
    let start = Instant::now();
    for _ in 0..1000 {
        // Each worker, and each layer with its own settings, does this.
        std::hint::black_box((cors.clone().explain(), Cors::fallback(&policy)));
    }
    let thousand_times = start.elapsed();
    assert!(
        thousand_times < once * 20,
        "compiling it once took {once:?}, sharing it 1000 times {thousand_times:?}"
    );
}

#[test]
fn the_development_policy_logs_a_warning_and_trusts_only_the_loopback() {
    keep_log();
    let cors = Cors::new(Policy::development());
    let line = line!() - 1;
    let loud =
        logged().into_iter().filter(|text| text.contains(&format!("reports.rs:{line} has the development")));
    assert_eq!(loud.count(), 1);

    let replaced = SharedPolicy::new(&TRUSTED).unwrap();
    replaced.replace(&Policy::development()).unwrap();
    assert!(logged().iter().any(|text| text.contains("replaced by the development policy")));

    let server =
        Server::start(move || App::new().wrap(cors.clone()).default_service(web::to(HttpResponse::Ok)));
    let allows = |origin: &str| {
        let preflight = Request::preflight(origin, "BREW", "/")
            .header("access-control-request-headers", "x-a,authorization");
        let (preflight, actual) =
            (server.send(&preflight), server.send(&Request::new("BREW", "/").origin(origin)));
        let allowed =
            [preflight.allowed_origin(), actual.allowed_origin()].map(|allowed| allowed == Some(origin));
        assert_eq!(allowed[0], allowed[1]);
        if allowed[0] {
            assert_eq!(preflight.header("access-control-allow-methods"), Some("BREW"));
            assert_eq!(preflight.header("access-control-allow-headers"), Some("x-a,authorization"));
            assert_eq!(actual.header("access-control-allow-credentials"), Some("true"));
        }
        allowed[0]
    };
    for scheme in ["http", "https"] {
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            for port in ["", ":1", ":3000", ":65535"] {
                assert!(allows(&format!("{scheme}://{host}{port}")), "{scheme} {host} {port}");
            }
        }
    }
    for origin in [
        "null",
        "http://localhost.",
        "http://localhost.evil.example",
        "http://evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1.nip.io",
        "http://127.0.0.2",
        "http://0.0.0.0",
        "http://[::]",
        "http://[::ffff:127.0.0.1]",
        "http://192.168.0.1",
        "http://evillocalhost",
        "http://localhost@evil.example",
        "http://localhost:80:80",
        "http://localhost/",
        "LOCALHOST",
        "ws://localhost",
        "chrome-extension://localhost",
    ] {
        assert!(!allows(origin), "{origin}");
    }
}
