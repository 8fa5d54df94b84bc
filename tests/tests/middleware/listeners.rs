//! An outer layer reports every refusal inside of it.

use std::sync::{Arc, Mutex};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, get, guard, web};
use cors_actix::{Cors, CorsObserver, Explanation, OriginGuard, Policy, Refusal, cors, policy};
use cors_tests::http::{Request, Response, Server};

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

static PARTNERS: Policy = policy! { origins = ["https://app.example.com"], methods = ["PUT"] };
static PUBLIC: Policy = policy! { origins = "*" };

#[cors(policy = PARTNERS)]
#[get("/annotated")]
async fn annotated() -> &'static str {
    "annotated"
}

#[cors(deny)]
#[get("/denied")]
async fn denied() -> &'static str {
    "denied"
}

type Heard = Arc<Mutex<Vec<(Refusal, String)>>>;

fn write_to(heard: &Heard) -> impl Fn(&Explanation, &actix_web::dev::RequestHead) + Send + Sync + 'static {
    let heard = Arc::clone(heard);
    move |explanation, head| {
        heard.lock().unwrap().push((explanation.refusal(), format!("{} {}", head.method, head.uri.path())))
    }
}

/// Replaces the response by a new one with the same status.
async fn rebuild(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse, Error> {
    let (request, response) = next.call(request).await?.into_parts();
    Ok(ServiceResponse::new(request, HttpResponse::build(response.status()).body("rebuilt")))
}

/// An application with a policy of every kind inside `$layer`.
macro_rules! inside {
    ($layer:expr) => {{
        let layer = $layer;
        Server::start(move || {
            let handler = || web::to(HttpResponse::Ok);
            let guarded = guard::All(OriginGuard::new(&PARTNERS));
            App::new()
                .service(annotated)
                .service(denied)
                .service(web::resource("/new").default_service(handler()).wrap(Cors::new(&PARTNERS)))
                .service(
                    web::resource("/fallback").default_service(handler()).wrap(Cors::fallback(&PARTNERS)),
                )
                .service(
                    web::resource("/rebuilt")
                        .default_service(handler())
                        .wrap(Cors::new(&PARTNERS))
                        .wrap(from_fn(rebuild)),
                )
                .route("/guarded", web::get().guard(guarded).to(HttpResponse::Ok))
                .wrap(layer.clone())
        })
    }};
}

const PATHS: [&str; 6] = ["/annotated", "/denied", "/new", "/fallback", "/rebuilt", "/guarded"];

fn hears_everything(server: &Server, heard: &Heard) {
    let heard = || std::mem::take(&mut *heard.lock().unwrap());
    for path in PATHS {
        let refused = server.send(&Request::get(path).origin(STRANGER));
        assert_eq!(heard(), [(Refusal::OriginNotAllowed, format!("GET {path}"))]);
        assert!(explains(&refused, Refusal::OriginNotAllowed), "{path}: {refused:?}");
        if path != "/denied" {
            let granted = server.send(&Request::get(path).origin(TRUSTED));
            assert_eq!((granted.status, granted.header("cors-refusal")), (200, None), "{path}");
            assert_eq!(heard(), []);
        }
    }
    let refused = server.send(&Request::preflight(STRANGER, "GET", "/annotated"));
    assert_eq!(heard(), [(Refusal::OriginNotAllowed, String::from("OPTIONS /annotated"))]);
    assert!(explains(&refused, Refusal::OriginNotAllowed));
    assert!(refused.body.contains("add \"https://stranger.example\" to `origins`"), "{refused:?}");
    let useless = server.send(&Request::preflight(TRUSTED, "DELETE", "/new"));
    assert_eq!(heard(), [(Refusal::MethodNotAllowed, String::from("OPTIONS /new"))]);
    assert_eq!(useless.status, 204);
    assert!(explains(&useless, Refusal::MethodNotAllowed));
}

fn explains(response: &Response, refusal: Refusal) -> bool {
    response.header("cors-refusal").is_some_and(|text| text.starts_with(refusal.code()))
}

#[test]
fn an_outer_fallback_reports_the_refusals_of_everything_inside() {
    let heard = Heard::default();
    let server = inside!(Cors::fallback(&PUBLIC).explain().on_refusal(write_to(&heard)));
    hears_everything(&server, &heard);
}

#[test]
fn an_observer_reports_the_refusals_of_everything_inside() {
    let heard = Heard::default();
    let server = inside!(CorsObserver::new().explain().on_refusal(write_to(&heard)));
    hears_everything(&server, &heard);
}

#[test]
fn an_observer_does_not_change_responses() {
    let server = inside!(CorsObserver::new());
    for path in PATHS {
        let refused = server.send(&Request::get(path).origin(STRANGER));
        assert_eq!((refused.cors_headers(), refused.header("cors-refusal")), (vec![], None), "{path}");
    }
    let elsewhere = server.send(&Request::get("/elsewhere").origin(TRUSTED));
    assert_eq!((elsewhere.status, elsewhere.cors_headers()), (404, vec![]));
    assert_eq!(elsewhere.header("vary"), None);
}

#[test]
fn a_guard_is_not_reported_if_another_route_accepts_the_request() {
    let heard = Heard::default();
    let observer = CorsObserver::new().on_refusal(write_to(&heard));
    let server = Server::start(move || {
        let route = |policy| web::get().guard(guard::All(OriginGuard::new(policy))).to(HttpResponse::Ok);
        App::new().route("/", route(&PARTNERS)).route("/", route(&PUBLIC)).wrap(observer.clone())
    });
    assert_eq!(server.send(&Request::get("/").origin(STRANGER)).status, 200);
    assert_eq!(*heard.lock().unwrap(), []);
}
