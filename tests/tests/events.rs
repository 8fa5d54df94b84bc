//! Refusals as `tracing` events. This is a separate program, because a program has only one subscriber.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once};

use actix_web::{App, HttpRequest, HttpResponse, get, put, web};
use cors_actix::{Cors, OriginGuard, Policy, cors, policy};
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
        assert!(LISTENS.load(Ordering::SeqCst), "an event without a listener");
        let mut fields = Fields(BTreeMap::new());
        event.record(&mut fields);
        let is_of_trial = fields.0.contains_key("next");
        assert_eq!(*event.metadata().level(), if is_of_trial { Level::INFO } else { Level::DEBUG });
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
fn every_refusal_is_an_event_with_origin_request_layer_and_reason() {
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
            "origin-not-allowed",
            "`origins` does not list https://stranger.example",
        ),
        (
            Request::get("/inline").origin("null"),
            "null",
            "GET",
            "/inline",
            &handler,
            "null-origin",
            "the request's Origin is null, as from a file, a `data:` URL, a sandboxed frame, or after a redirect to another origin",
        ),
        (
            Request::get("/inline").origin("x\ty"),
            "x\\ty",
            "GET",
            "/inline",
            &handler,
            "malformed-origin",
            "the request's Origin is not an origin: `x\\ty`",
        ),
        (
            asks_for("x-a, content-type"),
            TRUSTED,
            "OPTIONS",
            "/inline",
            &handler,
            "header-not-allowed",
            "`headers` does not list content-type",
        ),
        (
            Request::preflight(STRANGER, "PUT", "/named"),
            STRANGER,
            "OPTIONS",
            "/named",
            &by_name,
            "origin-not-allowed",
            "`origins` does not list https://stranger.example",
        ),
        (
            Request::new("PUT", "/wrapped/x").origin(STRANGER),
            STRANGER,
            "PUT",
            "/wrapped/x",
            &wrapped,
            "origin-not-allowed",
            "`origins` does not list https://stranger.example",
        ),
        (
            Request::preflight(TRUSTED, "DELETE", "/wrapped"),
            TRUSTED,
            "OPTIONS",
            "/wrapped",
            &wrapped,
            "method-not-allowed",
            "`methods` does not grant DELETE",
        ),
    ];
    for (request, origin, method, path, place, code, fault) in cases {
        let events = events(true, || drop(server.send(&request)));
        let [event] = &events[..] else { panic!("one event each: {events:#?}") };
        assert_eq!(event["method"], method);
        assert_eq!(event["path"], path, "the query may contain secrets");
        assert_eq!(event["policy"], place);
        assert_eq!(event["reason"], code);
        assert_eq!(event["message"], format!("CORS refused: {fault}"));
        assert!(event["remedy"].len() > 10, "{event:#?}");
        assert_eq!(event["origin"], origin);
    }
}

#[test]
fn there_is_no_event_without_a_refusal_or_without_a_listener() {
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
    // Two layers see this refusal.
    assert_eq!(events(true, || drop(server.send(&Request::get("/inline").origin(STRANGER)))).len(), 1);
}

#[test]
fn the_event_contains_the_nearest_entry_if_the_port_or_the_case_differs() {
    static LOCAL: Policy = policy! { origins = ["http://localhost:3000"], methods = ["PATCH"] };
    let server =
        Server::start(|| App::new().default_service(web::to(HttpResponse::Ok)).wrap(Cors::new(&LOCAL)));
    let one = |request: &Request| {
        let mut events = events(true, || drop(server.send(request)));
        assert_eq!(events.len(), 1, "{events:#?}");
        events.remove(0)
    };
    let another_port = one(&Request::get("/").origin("http://localhost:5173"));
    assert_eq!(
        another_port["message"],
        "CORS refused: `origins` does not list http://localhost:5173; the nearest entry is http://localhost:3000, which has \
         another port"
    );
    assert_eq!(another_port["remedy"], "add \"http://localhost:5173\" to `origins`");
    let another_case = one(&Request::preflight("http://localhost:3000", "patch", "/"));
    assert_eq!(
        another_case["remedy"],
        "write method: \"PATCH\" in fetch, because methods are case-sensitive"
    );
}

#[test]
fn the_refusal_of_a_guard_is_an_event_even_without_an_outer_layer() {
    let guard = OriginGuard::new(&PARTNERS);
    let line = line!() - 1;
    let strict = OriginGuard::new(&PARTNERS).require_origin();
    let safe = OriginGuard::new(&PARTNERS).allow_safe_methods();
    let server = Server::start(move || {
        App::new()
            .service(web::resource("/wrapped").route(web::get().to(HttpResponse::Ok)).wrap(guard.clone()))
            .service(web::resource("/guarded").guard(guard.clone()).route(web::get().to(HttpResponse::Ok)))
            .service(web::resource("/strict").route(web::get().to(HttpResponse::Ok)).wrap(strict.clone()))
            .service(web::resource("/safe").route(web::get().to(HttpResponse::Ok)).wrap(safe.clone()))
    });
    let place = format!("OriginGuard at {}:{line}, declared at {0}:{PARTNERS_LINE}", file!());
    for (path, status) in [("/wrapped", 403), ("/guarded", 404)] {
        let request = Request::get(path).websocket().origin(STRANGER);
        let events = events(true, || assert_eq!(server.send(&request).status, status));
        let [event] = &events[..] else { panic!("one event: {events:#?}") };
        assert_eq!(event["policy"], place);
        assert_eq!(event["message"], "CORS refused: `origins` does not list https://stranger.example");
        let passes = Request::get(path).websocket().origin(TRUSTED);
        assert_eq!(self::events(true, || drop(server.send(&passes))), []);
    }
    let lets_pass = || assert_eq!(server.send(&Request::get("/safe").origin(STRANGER)).status, 200);
    assert_eq!(events(true, lets_pass), []);
    let events = events(true, || assert_eq!(server.send(&Request::get("/strict").websocket()).status, 403));
    assert_eq!(events[0]["reason"], "no-origin");
    assert_eq!(events[0]["remedy"], "send an Origin, or let the guard accept requests without one");
}

/// Both layers have a policy on trial. The nearest one reports its difference.
#[test]
fn a_difference_of_a_trial_is_one_event_of_one_layer_or_two() {
    static NEXT: Policy = policy! { origins = ["https://partner.example"] };
    let server = Server::start(|| {
        let item = |path| web::resource(path).route(web::get().to(HttpResponse::Ok));
        let nearest = item("/two").wrap(Cors::new(&PARTNERS).trial(&NEXT));
        App::new().service(nearest).service(item("/one")).wrap(Cors::fallback(&PARTNERS).trial(&NEXT))
    });
    for path in ["/one", "/two"] {
        let request = Request::get(&format!("{path}?secret=1")).origin(TRUSTED);
        let events = events(true, || drop(server.send(&request)));
        let [event] = &events[..] else { panic!("one event: {events:#?}") };
        let fields = ["origin", "method", "path", "current", "next"].map(|name| &*event[name]);
        assert_eq!(fields, [TRUSTED, "GET", path, "Granted", "Refused"]);
        assert!(event["message"].starts_with("CORS trial: "), "{event:?}");
    }
}

#[test]
fn an_opened_socket_is_not_logged_as_refused() {
    async fn open(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, actix_web::Error> {
        Ok(actix_ws::handle(&request, body)?.0)
    }
    let server =
        Server::start(|| App::new().route("/socket", web::get().to(open)).wrap(Cors::new(&PARTNERS)));
    let events = events(true, || {
        assert_eq!(server.send(&Request::get("/socket").websocket().origin(STRANGER)).status, 101);
    });
    let [event] = &events[..] else { panic!("one event: {events:#?}") };
    assert!(event["message"].contains("opened a WebSocket"), "{event:#?}");
    assert!(!event["message"].contains("refused") && !event.contains_key("reason"), "{event:#?}");
    assert_eq!(event["remedy"], "add `enforce` to the policy, or wrap the route in an OriginGuard");
}
