//! Refusals as `tracing` events. It is a program of its own, since there is one subscriber for all of a program.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once};

use actix_web::{App, HttpResponse, get, put, web};
use cors_actix::{Cors, Policy, Refusal, cors, policy};
use cors_tests::http::{Request, Server};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, subscriber::Interest};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

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
    let server = Server::start(move || {
        App::new()
            .service(inline)
            .service(named)
            .service(web::scope("/wrapped").wrap(cors.clone()).default_service(web::to(HttpResponse::Ok)))
    });
    let file = file!();
    let handler = format!("#[cors] on {}::inline, declared at {file}:{INLINE_LINE}", module_path!());
    let by_name = format!("#[cors] on {}::named, declared at {file}:{PARTNERS_LINE}", module_path!());
    let wrapped = format!("Cors at {file}:{line}, declared at {file}:{PARTNERS_LINE}");
    let asks_for =
        |name| Request::preflight(TRUSTED, "GET", "/inline").header("access-control-request-headers", name);
    let cases = [
        (
            Request::get("/inline?secret=1").origin(STRANGER),
            STRANGER,
            "GET",
            "/inline",
            handler.as_str(),
            Refusal::OriginNotAllowed,
        ),
        (Request::get("/inline").origin("null"), "null", "GET", "/inline", &handler, Refusal::NullOrigin),
        (
            Request::get("/inline").origin("x\ty"),
            "x\\ty",
            "GET",
            "/inline",
            &handler,
            Refusal::MalformedOrigin,
        ),
        (asks_for("x-a, x-b"), TRUSTED, "OPTIONS", "/inline", &handler, Refusal::HeaderNotAllowed),
        (
            Request::preflight(STRANGER, "PUT", "/named"),
            STRANGER,
            "OPTIONS",
            "/named",
            &by_name,
            Refusal::OriginNotAllowed,
        ),
        (
            Request::new("PUT", "/wrapped/x").origin(STRANGER),
            STRANGER,
            "PUT",
            "/wrapped/x",
            &wrapped,
            Refusal::OriginNotAllowed,
        ),
        (
            Request::preflight(TRUSTED, "DELETE", "/wrapped"),
            TRUSTED,
            "OPTIONS",
            "/wrapped",
            &wrapped,
            Refusal::MethodNotAllowed,
        ),
    ];
    for (request, origin, method, path, place, refusal) in cases {
        let events = events(true, || drop(server.send(&request)));
        let [event] = &events[..] else { panic!("one event each: {events:#?}") };
        assert_eq!(event["method"], method);
        assert_eq!(event["path"], path, "without the query, which may hold secrets");
        assert_eq!(event["policy"], place);
        assert_eq!(event["reason"], refusal.code());
        assert_eq!(event["remedy"], refusal.remedy());
        assert_eq!(event["message"], format!("CORS refused: {refusal}"));
        assert_eq!(event["origin"], origin);
    }
}

#[test]
fn what_is_no_refusal_is_no_event_and_without_a_listener_there_is_none() {
    let cors = Cors::new(&PARTNERS);
    let server = Server::start(move || {
        App::new().service(inline).default_service(web::to(HttpResponse::Ok)).wrap(cors.clone())
    });
    let own = server.origin();
    let no_refusals = || {
        for path in ["/", "/inline"] {
            server.send(&Request::get(path));
            server.send(&Request::get(path).origin(TRUSTED));
            server.send(&Request::get(path).origin(&own));
            server.send(&Request::get(path).origin(STRANGER).header("sec-fetch-site", "same-origin"));
        }
        server.send(
            &Request::preflight(TRUSTED, "PUT", "/").header("access-control-request-headers", "x-a,,X-A"),
        );
    };
    assert_eq!(events(true, no_refusals), []);
    let refusals = || {
        server.send(&Request::get("/").origin(STRANGER));
        server.send(&Request::preflight(STRANGER, "GET", "/"));
        server.send(&Request::preflight(TRUSTED, "DELETE", "/"));
    };
    assert_eq!(events(false, refusals), []);
    assert_eq!(events(true, refusals).len(), 3);
}
