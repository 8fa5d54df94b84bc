//! Why a request was refused: as an event, to a function, and on the response.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, error, get, put, web};
use cors_actix::{Cors, Policy, Refusal, cors, policy};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

#[allow(dead_code)]
#[path = "middleware/support.rs"]
mod support;

use support::{Response, Server, serve};

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

#[rustfmt::skip]
static PARTNERS: Policy = policy! { origins = ["https://app.example.com"], methods = ["PUT"], headers = ["x-a"] };
const PARTNERS_LINE: u32 = line!() - 1;

#[rustfmt::skip]
#[cors(origins = ["https://app.example.com"], headers = ["x-a"])]
#[get("/inline")]
async fn inline() -> &'static str {
    "inline"
}
const INLINE_LINE: u32 = line!() - 5;

#[cors(policy = PARTNERS)]
#[put("/named")]
async fn named() -> &'static str {
    "named"
}

/// The events of this library, each with its fields.
struct Events;

static EVENTS: Mutex<Vec<BTreeMap<&'static str, String>>> = Mutex::new(Vec::new());
static LISTENS: AtomicBool = AtomicBool::new(false);

struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: Subscriber> Layer<S> for Events {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target().starts_with("cors_actix") && LISTENS.load(Ordering::SeqCst)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        assert!(LISTENS.load(Ordering::SeqCst), "an event that nobody asked for");
        assert_eq!(*event.metadata().level(), Level::DEBUG);
        let mut fields = Fields(BTreeMap::new());
        event.record(&mut fields);
        EVENTS.lock().unwrap().push(fields.0);
    }
}

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The events while `act` runs.
fn events(listens: bool, act: impl FnOnce()) -> Vec<BTreeMap<&'static str, String>> {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Events)).unwrap();
    });
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    LISTENS.store(listens, Ordering::SeqCst);
    act();
    LISTENS.store(false, Ordering::SeqCst);
    std::mem::take(&mut *EVENTS.lock().unwrap())
}

#[test]
fn every_refusal_is_an_event_that_says_who_what_where_and_why() {
    let cors = Cors::new(&PARTNERS);
    let line = line!() - 1;
    let server = serve!(
        App::new()
            .service(inline)
            .service(named)
            .service(web::scope("/wrapped").wrap(cors.clone()).default_service(web::to(HttpResponse::Ok)))
    );
    let file = file!();
    let handler = format!("#[cors] on {}::inline, declared at {file}:{INLINE_LINE}", module_path!());
    let by_name = format!("#[cors] on {}::named, declared at {file}:{PARTNERS_LINE}", module_path!());
    let wrapped = format!("Cors at {file}:{line}, declared at {file}:{PARTNERS_LINE}");
    let asks_for =
        |name| server.preflight("/inline", TRUSTED, "GET").header("access-control-request-headers", name);
    let cases = [
        (
            server.get("/inline?secret=1").origin(STRANGER),
            "GET",
            "/inline",
            handler.as_str(),
            Refusal::OriginNotAllowed,
        ),
        (server.get("/inline").origin("null"), "GET", "/inline", &handler, Refusal::NullOrigin),
        (server.get("/inline").origin("x y"), "GET", "/inline", &handler, Refusal::MalformedOrigin),
        (asks_for("x-a, x-b"), "OPTIONS", "/inline", &handler, Refusal::HeaderNotAllowed),
        (
            server.preflight("/named", STRANGER, "PUT"),
            "OPTIONS",
            "/named",
            &by_name,
            Refusal::OriginNotAllowed,
        ),
        (
            server.request("PUT", "/wrapped/x").origin(STRANGER),
            "PUT",
            "/wrapped/x",
            &wrapped,
            Refusal::OriginNotAllowed,
        ),
        (
            server.preflight("/wrapped", TRUSTED, "DELETE"),
            "OPTIONS",
            "/wrapped",
            &wrapped,
            Refusal::MethodNotAllowed,
        ),
    ];
    for (request, method, path, place, refusal) in cases {
        let events = events(true, || drop(request.send()));
        let [event] = &events[..] else { panic!("one event each: {events:#?}") };
        assert_eq!(event["method"], method);
        assert_eq!(event["path"], path, "without the query, which may hold secrets");
        assert_eq!(event["policy"], place);
        assert_eq!(event["reason"], refusal.code());
        assert_eq!(event["remedy"], refusal.remedy());
        assert_eq!(event["message"], format!("CORS refused: {refusal}"));
        assert!(!event["origin"].is_empty());
    }
}

#[test]
fn what_is_no_refusal_is_no_event_and_without_a_listener_there_is_none() {
    let cors = Cors::new(&PARTNERS);
    let server =
        serve!(App::new().service(inline).default_service(web::to(HttpResponse::Ok)).wrap(cors.clone()));
    let own = format!("http://{}", server.address);
    let no_refusals = || {
        for path in ["/", "/inline"] {
            server.get(path).send();
            server.get(path).origin(TRUSTED).send();
            server.get(path).origin(&own).send();
            server.get(path).origin(STRANGER).header("sec-fetch-site", "same-origin").send();
        }
        server.preflight("/", TRUSTED, "PUT").header("access-control-request-headers", "x-a,,X-A").send();
    };
    assert_eq!(events(true, no_refusals), []);
    let refusals = || {
        server.get("/").origin(STRANGER).send();
        server.preflight("/", STRANGER, "GET").send();
        server.preflight("/", TRUSTED, "DELETE").send();
    };
    assert_eq!(events(false, refusals), []);
    assert_eq!(events(true, refusals).len(), 3);
}

async fn fails(_: ServiceRequest, _: Next<impl MessageBody>) -> Result<ServiceResponse, Error> {
    Err(error::ErrorImATeapot("no"))
}

/// What `Cors::on_refusal` was told.
type Told = Arc<Mutex<Vec<(Refusal, String)>>>;

fn telling(cors: Cors, told: &Told) -> Cors {
    let told = Arc::clone(told);
    cors.on_refusal(move |refusal, head| {
        told.lock().unwrap().push((refusal, format!("{} {}", head.method, head.uri)))
    })
}

#[test]
fn a_function_is_called_for_the_refusals_of_its_layer() {
    let told = Told::default();
    let cors = telling(Cors::fallback(&PARTNERS), &told);
    let server = serve!(
        App::new()
            .service(inline)
            .service(web::scope("/fails").default_service(web::to(HttpResponse::Ok)).wrap(from_fn(fails)))
            .default_service(web::to(HttpResponse::Ok))
            .wrap(cors.clone())
    );
    let told = || std::mem::take(&mut *told.lock().unwrap());
    server.get("/a?b=c").origin(STRANGER).send();
    assert_eq!(told(), [(Refusal::OriginNotAllowed, "GET /a?b=c".to_owned())]);
    server.preflight("/a", STRANGER, "PUT").send();
    assert_eq!(told(), [(Refusal::OriginNotAllowed, "OPTIONS /a".to_owned())]);
    server.preflight("/a", TRUSTED, "DELETE").send();
    assert_eq!(told(), [(Refusal::MethodNotAllowed, "OPTIONS /a".to_owned())]);
    // An error becomes a response late, and maybe more than once.
    assert_eq!(server.get("/fails").origin(STRANGER).send().status, 418);
    assert_eq!(server.preflight("/fails", STRANGER, "PUT").send().status, 403);
    assert_eq!(told().len(), 2);
    // A nearer policy decides, so this one refuses nothing.
    server.get("/inline").origin(STRANGER).send();
    server.preflight("/inline", STRANGER, "GET").send();
    assert_eq!(told(), []);
}

fn explaining(cors: Cors) -> Server {
    serve!(App::new().default_service(web::to(|| async { "the handler's" })).wrap(cors.clone()))
}

#[track_caller]
fn says(response: &Response, refusal: Refusal) {
    assert_eq!(response.one("cors-refusal"), Some(format!("{}; {refusal}", refusal.code()).as_str()));
}

#[test]
fn a_response_explains_itself_when_it_is_asked_to() {
    static ENFORCED: Policy = policy! { origins = ["https://app.example.com"], enforce };
    for (policy, enforced) in [(&PARTNERS, false), (&ENFORCED, true)] {
        let server = explaining(Cors::new(policy).explain());
        let preflight = server.preflight("/items", STRANGER, "PUT").send();
        let actual = server.get("/items").origin(STRANGER).send();
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
            assert_eq!(response.one("content-type"), Some("text/plain; charset=utf-8"));
            assert_eq!(response.one("x-content-type-options"), Some("nosniff"));
            let body = &response.body;
            for part in [
                "origin-not-allowed",
                STRANGER,
                "/items",
                "explanations.rs",
                "What would have to change: add the origin to `origins`",
            ] {
                assert!(body.contains(part), "{part}: {body}");
            }
        }
        // The page of a stranger cannot read any of it.
        assert_eq!((preflight.cors_headers(), actual.cors_headers()), (vec![], vec![]));
    }
}

#[test]
fn a_grant_that_will_not_do_is_named() {
    let server = explaining(Cors::new(&PARTNERS).explain());
    let preflight = |method: &str, headers: &str| {
        let request =
            server.preflight("/", TRUSTED, method).header("access-control-request-headers", headers);
        let response = request.send();
        assert_eq!(
            (response.status, response.body.as_str(), response.allowed_origin()),
            (204, "", Some(TRUSTED))
        );
        response
    };
    says(&preflight("DELETE", "x-a"), Refusal::MethodNotAllowed);
    says(&preflight("put", "x-a"), Refusal::MethodNotAllowed);
    says(&preflight("PUT", "x-a, x-b"), Refusal::HeaderNotAllowed);
    assert_eq!(preflight("PUT", "X-A").one("cors-refusal"), None);
    assert_eq!(preflight("POST", "").one("cors-refusal"), None);
    assert_eq!(server.get("/").origin(TRUSTED).send().one("cors-refusal"), None);
    assert_eq!(server.get("/").send().one("cors-refusal"), None);
}

#[test]
fn a_lookup_that_failed_is_told_apart() {
    let cors = Cors::new(&PARTNERS).explain().origin_async(async |_: &cors_actix::Origin<'_>, _: &_| {
        Err::<bool, _>("the database is away: password=hunter2")
    });
    let server = explaining(cors);
    let response = server.preflight("/", STRANGER, "PUT").send();
    says(&response, Refusal::OriginLookupFailed);
    assert!(!response.body.contains("hunter2"), "what failed is for the log");
}

#[test]
fn nothing_is_explained_unless_it_is_asked_for() {
    let server = explaining(Cors::new(&PARTNERS));
    for request in [server.get("/").origin(STRANGER), server.preflight("/", TRUSTED, "DELETE")] {
        assert_eq!(request.send().one("cors-refusal"), None);
    }
    let refused = server.preflight("/", STRANGER, "PUT").send();
    assert_eq!((refused.one("cors-refusal"), refused.body.as_str()), (None, ""));
}

/// What a stranger sends comes back as plain text, escaped and cut.
#[test]
fn an_explanation_is_no_hole() {
    let server = explaining(Cors::new(&PARTNERS).explain());
    let hostile = format!("https://\u{1b}[2J<script>{}", "x".repeat(5000));
    let response = server.preflight("/&%3Cscript%3E{}", &hostile.replace('\u{1b}', "\t"), "PUT").send();
    says(&response, Refusal::MalformedOrigin);
    assert!(response.body.len() < 1000, "{}", response.body);
    assert!(response.body.chars().all(|c| c == '\n' || !c.is_control()));
    assert_eq!(response.one("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(response.one("x-content-type-options"), Some("nosniff"));
}
