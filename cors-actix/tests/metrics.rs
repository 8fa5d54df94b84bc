//! The counters, as a recorder of the facade `metrics` sees them. This is a separate program, because a program has only
//! one recorder.

use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, get, web};
use cors_actix::{Cors, CorsObserver, OriginGuard, Policy, cors, policy};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

const APP: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

static CURRENT: Policy = policy! { origins = ["https://app.example.com", "https://old.example.com"] };
static NEXT: Policy = policy! { origins = ["https://app.example.com"] };

#[cors(policy = CURRENT)]
#[get("/annotated")]
async fn annotated() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// The counters that are not zero. Reading them sets them to zero.
fn read(snapshotter: &Snapshotter) -> BTreeMap<String, u64> {
    let mut counters = BTreeMap::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let key = key.key();
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let DebugValue::Counter(count) = value else { panic!("a counter: {key}") };
        if count > 0 {
            counters.insert(format!("{} {}", key.name(), labels.join(" ")), count);
        }
    }
    counters
}

fn get(path: &str, origin: &str) -> TestRequest {
    TestRequest::get().uri(path).insert_header(("origin", origin))
}

fn preflight(path: &str) -> TestRequest {
    get(path, APP).method(Method::OPTIONS).insert_header(("access-control-request-method", "GET"))
}

#[actix_web::test]
async fn decisions_and_refusals_are_counted_by_reason_and_layer_and_never_by_origin() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().expect("the only recorder");

    let fallback = Cors::fallback(&CURRENT).trial(&NEXT);
    let line = line!() - 1;
    let guarded = web::resource("/guarded").route(web::get().to(HttpResponse::Ok));
    let guard = OriginGuard::new(&CURRENT);
    let guard_line = line!() - 1;
    let app = App::new()
        .service(annotated)
        .service(guarded.wrap(guard))
        .route("/", web::get().to(HttpResponse::Ok))
        .wrap(fallback)
        .wrap(CorsObserver::new());
    let app = init_service(app).await;
    let mut requests = vec![
        TestRequest::get(),
        get("/", APP),
        get("/", "https://old.example.com"),
        get("/annotated", APP),
        get("/annotated", STRANGER),
        get("/guarded", STRANGER),
        preflight("/annotated"),
    ];
    requests.extend((0..100).map(|i| get("/", &format!("https://stranger-{i}.example"))));
    for request in requests {
        actix_web::test::call_service(&app, request.to_request()).await;
    }

    let (fallback, handler) =
        (format!("Cors at {}:{line}", file!()), format!("#[cors] on {}::annotated", module_path!()));
    let guard = format!("OriginGuard at {}:{guard_line}", file!());
    let expected = [
        (format!("cors_decisions_total decision=granted layer={fallback}"), 2),
        (format!("cors_decisions_total decision=granted layer={handler}"), 1),
        (format!("cors_decisions_total decision=not-cors layer={fallback}"), 1),
        (format!("cors_decisions_total decision=preflight-granted layer={handler}"), 1),
        (format!("cors_decisions_total decision=refused layer={fallback}"), 101),
        (format!("cors_decisions_total decision=refused layer={handler}"), 1),
        (format!("cors_refusals_total reason=origin-not-allowed layer={fallback}"), 100),
        (format!("cors_refusals_total reason=origin-not-allowed layer={guard}"), 1),
        (format!("cors_refusals_total reason=origin-not-allowed layer={handler}"), 1),
        (format!("cors_trial_differences_total next=refused layer={fallback}"), 1),
    ];
    assert_eq!(read(&snapshotter), BTreeMap::from(expected));

    // A single layer without a listener counts refusals too, and does not explain them.
    drop(app);
    let cors = Cors::new(&CURRENT);
    let line = line!() - 1;
    let guard = OriginGuard::new(&NEXT);
    let guard_line = line!() - 1;
    let guarded = web::resource("/guarded").wrap(guard).route(web::get().to(HttpResponse::Ok));
    let app = init_service(App::new().service(guarded).wrap(cors)).await;
    for request in [get("/guarded", APP), get("/guarded", "https://old.example.com"), get("/", STRANGER)] {
        actix_web::test::call_service(&app, request.to_request()).await;
    }
    let (cors, guard) =
        (format!("Cors at {}:{line}", file!()), format!("OriginGuard at {}:{guard_line}", file!()));
    let expected = [
        (format!("cors_decisions_total decision=granted layer={cors}"), 2),
        (format!("cors_decisions_total decision=refused layer={cors}"), 1),
        (format!("cors_refusals_total reason=origin-not-allowed layer={cors}"), 1),
        (format!("cors_refusals_total reason=origin-not-allowed layer={guard}"), 1),
    ];
    assert_eq!(read(&snapshotter), BTreeMap::from(expected));

    // No policy sees this preflight.
    let app =
        init_service(App::new().route("/", web::get().to(HttpResponse::Ok)).wrap(CorsObserver::new())).await;
    actix_web::test::call_service(&app, preflight("/").to_request()).await;
    let expected = [("cors_refusals_total reason=preflight-not-answered layer=none".to_owned(), 1)];
    assert_eq!(read(&snapshotter), BTreeMap::from(expected));
}
