//! The reason of a refusal, as a function gets it and as the response contains it.

use std::sync::{Arc, Mutex};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, error, get, web};
use cors_actix::{Cors, Policy, Refusal, cors, policy};
use cors_tests::http::{Request, Response, Server};

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

static PARTNERS: Policy =
    policy! { origins = ["https://app.example.com"], methods = ["PUT"], headers = ["x-a"] };

#[cors(policy = PARTNERS)]
#[get("/inline")]
async fn inline() -> &'static str {
    "inline"
}

async fn fails(_: ServiceRequest, _: Next<impl MessageBody>) -> Result<ServiceResponse, Error> {
    Err(error::ErrorImATeapot("no"))
}

/// Creates the response of an error before it is sent, as a logger does.
async fn looks_at_errors(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let result = next.call(request).await;
    if let Err(error) = &result {
        assert_eq!(error.error_response().status(), error.error_response().status());
    }
    result
}

/// The calls of the function of `Cors::on_refusal`.
type Told = Arc<Mutex<Vec<(Refusal, String)>>>;

fn telling(cors: Cors, told: &Told) -> Cors {
    let told = Arc::clone(told);
    cors.on_refusal(move |explanation, head| {
        told.lock().unwrap().push((explanation.refusal(), format!("{} {}", head.method, head.uri)))
    })
}

#[test]
fn a_function_is_called_for_the_refusals_of_its_layer_and_of_everything_inside() {
    let told = Told::default();
    let cors = telling(Cors::fallback(&PARTNERS), &told);
    let server = Server::start(move || {
        App::new()
            .service(inline)
            .service(web::scope("/fails").default_service(web::to(HttpResponse::Ok)).wrap(from_fn(fails)))
            .default_service(web::to(HttpResponse::Ok))
            .wrap(cors.clone())
            .wrap(from_fn(looks_at_errors))
    });
    let told = || std::mem::take(&mut *told.lock().unwrap());
    server.send(&Request::get("/a?b=c").origin(STRANGER));
    assert_eq!(told(), [(Refusal::OriginNotAllowed, "GET /a?b=c".to_owned())]);
    server.send(&Request::preflight(STRANGER, "PUT", "/a"));
    assert_eq!(told(), [(Refusal::OriginNotAllowed, "OPTIONS /a".to_owned())]);
    server.send(&Request::preflight(TRUSTED, "DELETE", "/a"));
    assert_eq!(told(), [(Refusal::MethodNotAllowed, "OPTIONS /a".to_owned())]);
    // Actix creates the response of an error later, and possibly more than once.
    assert_eq!(server.send(&Request::get("/fails").origin(STRANGER)).status, 418);
    assert_eq!(server.send(&Request::preflight(STRANGER, "PUT", "/fails")).status, 403);
    assert_eq!(told().len(), 2);
    // It is called for the refusals of nearer policies too.
    server.send(&Request::get("/inline").origin(STRANGER));
    server.send(&Request::preflight(STRANGER, "GET", "/inline"));
    let refusals =
        ["GET /inline", "OPTIONS /inline"].map(|line| (Refusal::OriginNotAllowed, line.to_owned()));
    assert_eq!(told(), refusals);
}

fn explaining(cors: Cors) -> Server {
    Server::start(move || {
        App::new().default_service(web::to(|| async { "the handler's" })).wrap(cors.clone())
    })
}

#[track_caller]
fn says(response: &Response, refusal: Refusal) {
    let text = response.header("cors-refusal").expect("the layer explains");
    assert!(text.starts_with(&format!("{}: ", refusal.code())), "{text}");
    assert!(text.contains("; help: ") && text.contains("; policy: Cors at "), "{text}");
}

#[test]
fn a_response_contains_the_reason_with_explain() {
    static ENFORCED: Policy = policy! { origins = ["https://app.example.com"], enforce };
    for (policy, enforced) in [(&PARTNERS, false), (&ENFORCED, true)] {
        let server = explaining(Cors::new(policy).explain());
        let preflight = server.send(&Request::preflight(STRANGER, "PUT", "/items"));
        let actual = server.send(&Request::get("/items").origin(STRANGER));
        says(&preflight, Refusal::OriginNotAllowed);
        says(&actual, Refusal::OriginNotAllowed);
        let mut own = vec![&preflight];
        if enforced {
            own.push(&actual);
        } else {
            assert_eq!((actual.status, actual.body.as_str()), (200, "the handler's"));
        }
        for response in own {
            assert_eq!(response.status, 403);
            assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
            assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
            let body = &response.body;
            for part in [
                "origin-not-allowed",
                STRANGER,
                "/items",
                "explanations.rs",
                "Help: add \"https://stranger.example\" to `origins`",
            ] {
                assert!(body.contains(part), "{part}: {body}");
            }
        }
        // The page cannot read the explanation, because its origin is refused.
        assert_eq!((preflight.cors_headers(), actual.cors_headers()), (vec![], vec![]));
    }
}

#[test]
fn a_granted_preflight_that_the_browser_will_reject_has_a_reason() {
    let server = explaining(Cors::new(&PARTNERS).explain());
    let preflight = |method: &str, headers: &str| {
        let request =
            Request::preflight(TRUSTED, method, "/").header("access-control-request-headers", headers);
        let response = server.send(&request);
        assert_eq!(
            (response.status, response.body.as_str(), response.allowed_origin()),
            (204, "", Some(TRUSTED))
        );
        response
    };
    says(&preflight("DELETE", "x-a"), Refusal::MethodNotAllowed);
    says(&preflight("put", "x-a"), Refusal::MethodNotAllowed);
    says(&preflight("PUT", "x-a, x-b"), Refusal::HeaderNotAllowed);
    assert_eq!(preflight("PUT", "X-A").header("cors-refusal"), None);
    assert_eq!(preflight("POST", "").header("cors-refusal"), None);
    assert_eq!(server.send(&Request::get("/").origin(TRUSTED)).header("cors-refusal"), None);
    assert_eq!(server.send(&Request::get("/")).header("cors-refusal"), None);
}

#[test]
fn a_failed_lookup_has_its_own_reason() {
    let cors = Cors::new(&PARTNERS).explain().origin_async(async |_: &cors_actix::Origin<'_>, _: &_| {
        Err::<bool, _>("the database is away: password=hunter2")
    });
    let server = explaining(cors);
    let response = server.send(&Request::preflight(STRANGER, "PUT", "/"));
    says(&response, Refusal::OriginLookupFailed);
    assert!(!response.body.contains("hunter2"), "the error is only for the log");
}

#[test]
fn a_response_contains_no_reason_without_explain() {
    let server = explaining(Cors::new(&PARTNERS));
    for request in [Request::get("/").origin(STRANGER), Request::preflight(TRUSTED, "DELETE", "/")] {
        assert_eq!(server.send(&request).header("cors-refusal"), None);
    }
    let refused = server.send(&Request::preflight(STRANGER, "PUT", "/"));
    assert_eq!((refused.header("cors-refusal"), refused.body.as_str()), (None, ""));
}

/// The parts of the explanation that come from the request are plain text, escaped and cut.
#[test]
fn an_explanation_cannot_be_used_for_an_injection() {
    let server = explaining(Cors::new(&PARTNERS).explain());
    let hostile = format!("https://\u{1b}[2J<script>{}", "x".repeat(5000));
    let response =
        server.send(&Request::preflight(hostile.replace('\u{1b}', "\t"), "PUT", "/&%3Cscript%3E{}"));
    says(&response, Refusal::MalformedOrigin);
    assert!(response.body.len() < 1000, "{}", response.body);
    assert!(response.body.chars().all(|c| c == '\n' || !c.is_control()));
    assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
}
