//! The exact headers of responses, for every place in which a policy can be used.

use std::fmt;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorTooManyRequests, ErrorUnauthorized};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, ResponseError, get, options, put, route};
use cors_actix::{Cors, Policy, cors, policy};
use cors_tests::calls::Calls;
use cors_tests::http::{Request, Server};
use futures_util::stream;

const APP: &str = "https://app.example.com";
const STRANGER: &str = "https://evil.example";

async fn items(calls: web::Data<Calls>) -> HttpResponse {
    calls.add();
    HttpResponse::Ok().insert_header(("x-total-count", "3")).body("items")
}

/// A policy for layers, and the same policy on a handler.
macro_rules! policies {
    ($($name:ident, $handler:ident: { $($keys:tt)* })*) => {$(
        static $name: Policy = policy! { $($keys)* };

        #[cors($($keys)*)]
        #[route("/items", method = "GET", method = "PUT")]
        async fn $handler(calls: web::Data<Calls>) -> impl Responder {
            items(calls).await
        }
    )*};
}

policies! {
    BARE, bare: { origins = ["https://app.example.com"], methods = ["GET", "PUT"] }
    FULL, full: {
        origins = ["https://app.example.com", "https://*.partner.example"],
        methods = ["GET", "PUT"],
        headers = ["content-type", "X-Request-Id"],
        expose = ["x-total-count", "etag"],
        max_age = "10m",
    }
    CREDENTIALS, credentials: {
        origins = ["https://app.example.com"],
        methods = ["GET", "PUT"],
        headers = ["content-type"],
        expose = ["x-total-count"],
        credentials,
        preflight_status = 200,
    }
    STAR, star: {
        origins = "*",
        methods = ["GET", "PUT"],
        headers = ["*", "authorization"],
        expose = "*",
        max_age = 5,
    }
    EXCEPT, except: {
        origins = "*",
        except = ["https://evil.example", "https://*.evil.example", "http://localhost:*"],
        methods = ["GET", "PUT"],
    }
    PATTERNS, patterns: {
        origins = ["https://*.example.com", "http://localhost:*", "https://*.test.example:*", "http://[::1]:3000"],
        methods = ["GET", "PUT"],
    }
    NULL, null: { origins = ["null"], methods = ["GET", "PUT"], allow(null_origin) }
    ENFORCED, enforced: { origins = ["https://app.example.com"], methods = ["GET", "PUT"], enforce }
}

static DENY: Policy = Policy::deny();

#[cors(deny)]
#[route("/items", method = "GET", method = "PUT")]
async fn denied(calls: web::Data<Calls>) -> impl Responder {
    items(calls).await
}

/// A server with a policy in one place, and a handler for `GET` and `PUT /items`.
struct Place {
    name: &'static str,
    server: Server,
    calls: Calls,
}

impl Place {
    fn start(name: &'static str, register: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Self {
        let calls = Calls::default();
        let data = web::Data::new(calls.clone());
        let server = Server::start(move || App::new().app_data(data.clone()).configure(register.clone()));
        Self { name, server, calls }
    }
}

/// A policy around an app, a scope and a resource, and on a handler.
fn everywhere(policy: &'static Policy, annotated: fn(&mut ServiceConfig)) -> [Place; 4] {
    fn resource(path: &str) -> actix_web::Resource {
        web::resource(path).route(web::get().to(items)).route(web::put().to(items))
    }
    let calls = Calls::default();
    let data = web::Data::new(calls.clone());
    let app = move || App::new().app_data(data.clone()).service(resource("/items")).wrap(Cors::new(policy));
    [
        Place { name: "app", server: Server::start(app), calls },
        Place::start("scope", move |config| {
            config.service(web::scope("/items").service(resource("")).wrap(Cors::new(policy)));
        }),
        Place::start("resource", move |config| {
            config.service(resource("/items").wrap(Cors::new(policy)));
        }),
        Place::start("handler", annotated),
    ]
}

macro_rules! everywhere {
    ($policy:ident, $handler:ident) => {
        everywhere(&$policy, |config| {
            config.service($handler);
        })
    };
}

/// Checks a request in some places: the status, whether the handler runs, and every line about CORS.
#[track_caller]
fn expect(places: &[Place], request: &Request, status: u16, runs: bool, cors: &[&str]) {
    for place in places {
        let response = place.server.send(request);
        assert_eq!(response.status, status, "{}: {response:?}", place.name);
        assert_eq!(place.calls.take(), usize::from(runs), "{}: {response:?}", place.name);
        assert_eq!(response.cors(), cors, "{}: {response:?}", place.name);
    }
}

const VARY: &str = "vary: Origin";
const PREFLIGHT_VARY: &str = "vary: Origin, Access-Control-Request-Method";
const RUNS: bool = true;

fn get_from(origin: impl AsRef<[u8]>) -> Request {
    Request::get("/items").origin(origin)
}

fn ask_for_put(origin: impl AsRef<[u8]>) -> Request {
    Request::new("OPTIONS", "/items").origin(origin).header("Access-Control-Request-Method", "PUT")
}

// The table of answers, for each kind of policy.

#[test]
fn a_policy_with_origins_and_methods_only() {
    let places = everywhere!(BARE, bare);
    let allowed = "access-control-allow-origin: https://app.example.com";
    let granted = ["access-control-allow-methods: GET, PUT", allowed, PREFLIGHT_VARY];
    expect(&places, &ask_for_put(APP), 204, !RUNS, &granted);
    expect(&places, &ask_for_put(STRANGER), 403, !RUNS, &[PREFLIGHT_VARY]);
    for method in ["GET", "PUT"] {
        let request = Request::new(method, "/items");
        expect(&places, &request.clone().origin(APP), 200, RUNS, &[allowed, VARY]);
        expect(&places, &request.clone().origin(STRANGER), 200, RUNS, &[VARY]);
        expect(&places, &request, 200, RUNS, &[VARY]);
    }
}

#[test]
fn a_policy_with_all_keys_except_credentials() {
    let places = everywhere!(FULL, full);
    for origin in [APP, "https://a.partner.example", "https://b.a.partner.example"] {
        let allowed = &*format!("access-control-allow-origin: {origin}");
        let granted = [
            "access-control-allow-headers: content-type, X-Request-Id",
            "access-control-allow-methods: GET, PUT",
            allowed,
            "access-control-max-age: 600",
            PREFLIGHT_VARY,
        ];
        expect(&places, &ask_for_put(origin), 204, !RUNS, &granted);
        let exposed = "access-control-expose-headers: x-total-count, etag";
        expect(&places, &get_from(origin), 200, RUNS, &[allowed, exposed, VARY]);
    }
    for origin in [STRANGER, "https://partner.example", "https://partner.example.evil.example"] {
        expect(&places, &ask_for_put(origin), 403, !RUNS, &[PREFLIGHT_VARY]);
        expect(&places, &get_from(origin), 200, RUNS, &[VARY]);
    }
    expect(&places, &Request::get("/items"), 200, RUNS, &[VARY]);
}

#[test]
fn a_policy_with_credentials() {
    let places = everywhere!(CREDENTIALS, credentials);
    let with_credentials = "access-control-allow-credentials: true";
    let allowed = "access-control-allow-origin: https://app.example.com";
    let granted = [
        with_credentials,
        "access-control-allow-headers: content-type",
        "access-control-allow-methods: GET, PUT",
        allowed,
        PREFLIGHT_VARY,
    ];
    // 200 is its `preflight_status`.
    expect(&places, &ask_for_put(APP), 200, !RUNS, &granted);
    expect(&places, &ask_for_put(STRANGER), 403, !RUNS, &[PREFLIGHT_VARY]);
    let exposed = "access-control-expose-headers: x-total-count";
    expect(&places, &get_from(APP), 200, RUNS, &[with_credentials, allowed, exposed, VARY]);
    expect(&places, &get_from(STRANGER), 200, RUNS, &[VARY]);
    expect(&places, &Request::get("/items"), 200, RUNS, &[VARY]);
}

#[test]
fn a_wildcard_has_the_same_answer_for_every_origin() {
    let places = everywhere!(STAR, star);
    let granted = [
        "access-control-allow-headers: *, authorization",
        "access-control-allow-methods: GET, PUT",
        "access-control-allow-origin: *",
        "access-control-max-age: 5",
    ];
    let actual = ["access-control-allow-origin: *", "access-control-expose-headers: *"];
    for origin in [APP, STRANGER, "null", "", "no origin at all"] {
        expect(&places, &ask_for_put(origin), 204, !RUNS, &granted);
        expect(&places, &get_from(origin), 200, RUNS, &actual);
    }
    expect(&places, &ask_for_put(APP).origin(STRANGER), 204, !RUNS, &granted);
    expect(&places, &get_from(APP).origin(STRANGER), 200, RUNS, &actual);
    expect(&places, &Request::get("/items"), 200, RUNS, &actual);
}

#[test]
fn a_wildcard_around_an_app_is_on_the_responses_of_actix_itself() {
    let [app, ..] = everywhere!(STAR, star);
    for (method, path, status) in
        [("GET", "/nowhere", 404), ("DELETE", "/items", 405), ("OPTIONS", "/items", 405)]
    {
        let response = app.server.send(&Request::new(method, path));
        assert_eq!(response.status, status);
        assert_eq!(response.cors(), ["access-control-allow-origin: *", "access-control-expose-headers: *"]);
    }
}

#[test]
fn enforce_stops_refused_origins_before_the_handler() {
    let places = everywhere!(ENFORCED, enforced);
    let allowed = "access-control-allow-origin: https://app.example.com";
    let granted = ["access-control-allow-methods: GET, PUT", allowed, PREFLIGHT_VARY];
    expect(&places, &ask_for_put(APP), 204, !RUNS, &granted);
    expect(&places, &ask_for_put(STRANGER), 403, !RUNS, &[PREFLIGHT_VARY]);
    expect(&places, &get_from(APP), 200, RUNS, &[allowed, VARY]);
    for origin in [
        STRANGER,
        "null",
        "",
        "not an origin",
        "https://app.example.com.",
        "https://app.example.com:443",
        "https://app.example.com.evil.example",
    ] {
        expect(&places, &get_from(origin), 403, !RUNS, &[VARY]);
        let put = Request::new("PUT", "/items").origin(origin).body("{}");
        expect(&places, &put, 403, !RUNS, &[VARY]);
    }
    expect(&places, &get_from(APP).origin(APP), 403, !RUNS, &[VARY]);
    expect(&places, &Request::get("/items"), 200, RUNS, &[VARY]);
}

#[test]
fn deny_refuses_every_other_origin() {
    let places = everywhere!(DENY, denied);
    for origin in [APP, STRANGER, "null", ""] {
        expect(&places, &ask_for_put(origin), 403, !RUNS, &[PREFLIGHT_VARY]);
        expect(&places, &get_from(origin), 403, !RUNS, &[VARY]);
    }
    expect(&places, &Request::get("/items"), 200, RUNS, &[VARY]);
    let own = get_from("https://api.example").header("Host", "api.example");
    expect(&places, &own, 200, RUNS, &[VARY]);
}

// Granted origins.

/// Checks which origins are granted, with preflights and with actual requests.
#[track_caller]
fn expect_origins(places: &[Place], granted: &[&[u8]], refused: &[&[u8]]) {
    for origin in granted {
        let allowed = &*format!("access-control-allow-origin: {}", String::from_utf8_lossy(origin));
        let answer = ["access-control-allow-methods: GET, PUT", allowed, PREFLIGHT_VARY];
        expect(places, &ask_for_put(origin), 204, !RUNS, &answer);
        expect(places, &get_from(origin), 200, RUNS, &[allowed, VARY]);
    }
    for origin in refused {
        expect(places, &ask_for_put(origin), 403, !RUNS, &[PREFLIGHT_VARY]);
        expect(places, &get_from(origin), 200, RUNS, &[VARY]);
    }
}

/// Values that no policy accepts as an origin.
const MALFORMED: &[&[u8]] = &[
    b"",
    b"*",
    b"https://",
    b"://app.example.com",
    b"app.example.com",
    b"https:app.example.com",
    b"https://app.example.com/",
    b"https://app.example.com#",
    b"https://app.example.com?",
    b"https://app.example.com:",
    b"https://app.example.com:443",
    b"https://app.example.com:0443",
    b"https://app.example.com:99999",
    b"https://user@app.example.com",
    b"HTTPS://app.example.com",
    b"https://APP.example.com",
    b"https://app.example.com, https://app.example.com",
    b"https://app.example.com https://app.example.com",
    b"https://app.example.com,",
    b"https://app\texample.com",
    b"https://*.example.com",
    b"https://.example.com",
    b"https://..example.com",
    b"https://a..example.com",
    b"https://evil.example\\.example.com",
    b"https://evil.example%2f.example.com",
    b"https://\xc3\xa4.example.com",
    b"https://app.example.com\xff",
    b"\xff\xfe\x80",
    b"null, https://app.example.com",
    b"NULL",
    b"http://localhost:3000/",
    b"http://localhost:",
    b"http://localhost:+1",
];

#[test]
fn patterns_match_only_subdomains_and_ports() {
    let granted: &[&[u8]] = &[
        b"https://app.example.com",
        b"https://b.a.example.com",
        b"http://localhost",
        b"http://localhost:1",
        b"http://localhost:65535",
        b"https://a.test.example",
        b"https://b.a.test.example:8443",
        b"http://[::1]:3000",
    ];
    let refused: &[&[u8]] = &[
        b"null",
        b"https://example.com",
        b"http://app.example.com",
        b"https://app.example.com:8443",
        b"https://app.example.com.",
        b"https://evilexample.com",
        b"https://app.example.com.evil.example",
        b"https://localhost",
        b"http://localhost.",
        b"http://a.localhost",
        b"http://localhost.evil.example",
        b"http://localhost:65536",
        b"http://localhost:80",
        b"https://test.example:8443",
        b"http://[::1]",
        b"http://[::1]:3001",
        b"http://[0:0:0:0:0:0:0:1]:3000",
    ];
    let places = everywhere!(PATTERNS, patterns);
    expect_origins(&places, granted, refused);
    expect_origins(&places, &[], MALFORMED);
}

#[test]
fn a_list_grants_no_malformed_origin_and_grants_null_only_if_it_is_listed() {
    expect_origins(&everywhere!(BARE, bare), &[APP.as_bytes()], MALFORMED);
    expect_origins(&everywhere!(BARE, bare), &[], &[b"null"]);
    let places = everywhere!(NULL, null);
    expect_origins(&places, &[b"null"], &[b"https://null", b"null.", b"null:1", APP.as_bytes()]);
    expect_origins(&places, &[], MALFORMED);
}

#[test]
fn except_refuses_its_origins_with_and_without_a_dot_and_malformed_origins() {
    let granted: &[&[u8]] = &[
        b"https://app.example.com",
        b"http://evil.example",
        b"https://notevil.example",
        b"https://localhost",
    ];
    let refused: &[&[u8]] = &[
        b"null",
        b"https://evil.example",
        b"https://evil.example.",
        b"https://a.evil.example",
        b"https://b.a.evil.example.",
        b"http://localhost",
        b"http://localhost:3000",
        b"http://localhost.:3000",
    ];
    let places = everywhere!(EXCEPT, except);
    expect_origins(&places, granted, refused);
    expect_origins(&places, &[], MALFORMED);
    expect(&places, &Request::get("/items"), 200, RUNS, &[VARY]);
}

#[test]
fn several_origins_and_very_long_origins_are_refused() {
    let labels = format!("https://{}example.com", "a.".repeat(4096));
    let label = format!("https://{}.example.com", "a".repeat(8192));
    let port = format!("https://app.example.com:{}", "9".repeat(8192));
    let scheme = format!("{}://app.example.com", "a".repeat(8192));
    let list = format!("https://app.example.com{}", ", https://app.example.com".repeat(300));
    let endless = [&labels, &label, &port, &scheme, &list].map(|text| text.as_bytes());
    let several = [(APP, APP), (APP, STRANGER), (STRANGER, APP), ("", APP), (APP, "")];
    for places in [everywhere!(BARE, bare), everywhere!(PATTERNS, patterns), everywhere!(EXCEPT, except)] {
        expect_origins(&places, &[], &endless);
        expect_origins(&places, &[], &[&[0xff; 8192]]);
        for (first, second) in several {
            expect(&places, &ask_for_put(first).origin(second), 403, !RUNS, &[PREFLIGHT_VARY]);
            expect(&places, &get_from(first).origin(second), 200, RUNS, &[VARY]);
        }
    }
}

#[test]
fn an_origin_of_64_kib_is_refused() {
    let origin = format!("https://{}.example.com", "a".repeat(64 * 1024));
    expect_origins(&everywhere!(PATTERNS, patterns), &[], &[origin.as_bytes()]);
}

// Detection of preflights.

#[test]
fn header_names_are_case_insensitive_and_methods_are_case_sensitive() {
    let [app, scope, resource, handler] = everywhere!(BARE, bare);
    let (wrapped, handler) = ([app, scope, resource], [handler]);
    let ask = |method| {
        Request::new("OPTIONS", "/items")
            .header("oRiGiN", APP)
            .header("ACCESS-CONTROL-REQUEST-METHOD", method)
    };
    let granted = [
        "access-control-allow-methods: GET, PUT",
        "access-control-allow-origin: https://app.example.com",
        PREFLIGHT_VARY,
    ];
    expect(&wrapped, &ask("PUT"), 204, !RUNS, &granted);
    expect(&handler, &ask("PUT"), 204, !RUNS, &granted);
    // A layer around an app answers preflights for any method. A handler accepts the preflights for its own methods.
    for method in ["put", "DELETE", "PUT, GET", "", "P\u{fc}T"] {
        expect(&wrapped, &ask(method), 204, !RUNS, &granted);
        expect(&handler, &ask(method), 404, !RUNS, &[]);
    }
    let lower = Request::new("options", "/items").origin(APP).header("Access-Control-Request-Method", "PUT");
    assert_eq!(handler[0].server.send(&lower).status, 404);
}

#[test]
fn an_options_request_that_is_not_a_preflight_reaches_the_handler() {
    #[cors(origins = ["https://app.example.com"])]
    #[get("/options")]
    async fn annotated(calls: web::Data<Calls>) -> impl Responder {
        items(calls).await
    }

    #[options("/options")]
    async fn own_options(calls: web::Data<Calls>) -> impl Responder {
        items(calls).await
    }

    let wrapped = Place::start("scope", |config| {
        let options = web::route().method(Method::OPTIONS).to(items);
        config.service(web::scope("").route("/options", options).wrap(Cors::new(&BARE)));
    });
    let beside = Place::start("handler", |config| {
        config.service(annotated).service(own_options);
    });
    let (wrapped, beside) = ([wrapped], [beside]);

    let options = || Request::new("OPTIONS", "/options");
    let ask = |method| options().header("Access-Control-Request-Method", method);
    let allowed = ["access-control-allow-origin: https://app.example.com", VARY];
    for (request, cors) in [
        (options().origin(APP), &allowed[..]),
        (options().origin(STRANGER), &[VARY]),
        (options(), &[VARY]),
        // A request without an origin is not a preflight, and neither is one with two requested methods.
        (ask("GET"), &[VARY]),
        (ask("GET").origin(APP).header("Access-Control-Request-Method", "PUT"), &allowed),
    ] {
        expect(&wrapped, &request, 200, RUNS, cors);
        expect(&beside, &request, 200, RUNS, &[]);
    }
    // With an `#[options]` handler on the same path, preflights still reach the handler of the requested method.
    let granted = [
        "access-control-allow-methods: GET",
        "access-control-allow-origin: https://app.example.com",
        PREFLIGHT_VARY,
    ];
    expect(&beside, &ask("GET").origin(APP), 204, !RUNS, &granted);
    expect(&beside, &ask("PUT").origin(APP), 200, RUNS, &[]);
}

#[test]
fn two_handlers_on_one_path_have_two_policies() {
    #[cors(origins = "*")]
    #[get("/{id}")]
    async fn read(calls: web::Data<Calls>) -> impl Responder {
        items(calls).await
    }

    #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials)]
    #[put("/{id}")]
    async fn update(calls: web::Data<Calls>) -> impl Responder {
        items(calls).await
    }

    let place = [Place::start("handlers", |config| {
        config.service(web::scope("/api").service(read).service(update));
    })];
    let ask = |origin, method| Request::preflight(origin, method, "/api/1");
    let everyone = ["access-control-allow-methods: GET", "access-control-allow-origin: *"];
    expect(&place, &ask(APP, "GET"), 204, !RUNS, &everyone);
    expect(&place, &ask(STRANGER, "GET"), 204, !RUNS, &everyone);
    let trusted = [
        "access-control-allow-credentials: true",
        "access-control-allow-headers: content-type",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        PREFLIGHT_VARY,
    ];
    expect(&place, &ask(APP, "PUT"), 204, !RUNS, &trusted);
    expect(&place, &ask(STRANGER, "PUT"), 403, !RUNS, &[PREFLIGHT_VARY]);

    let get = || Request::get("/api/1");
    expect(&place, &get().origin(STRANGER), 200, RUNS, &["access-control-allow-origin: *"]);
    expect(&place, &get(), 200, RUNS, &["access-control-allow-origin: *"]);
    let put = || Request::new("PUT", "/api/1");
    expect(&place, &put().origin(STRANGER), 200, RUNS, &[VARY]);
    let trusted = [
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        VARY,
    ];
    expect(&place, &put().origin(APP), 200, RUNS, &trusted);

    // A preflight for a method or a path that no handler serves gets 404, like the request itself.
    expect(&place, &ask(APP, "DELETE"), 404, !RUNS, &[]);
    expect(&place, &ask(APP, "HEAD"), 404, !RUNS, &[]);
    expect(&place, &Request::preflight(APP, "GET", "/api/1/2"), 404, !RUNS, &[]);
    expect(&place, &Request::new("DELETE", "/api/1").origin(APP), 404, !RUNS, &[]);
}

#[test]
fn without_methods_an_app_grants_safelisted_methods_and_a_handler_its_own() {
    static DEFAULT: Policy = policy! { origins = ["https://app.example.com"] };

    #[cors(policy = DEFAULT)]
    #[route("/", method = "PUT", method = "PATCH", method = "GET")]
    async fn handler() -> impl Responder {
        HttpResponse::Ok()
    }

    let wrapped =
        Server::start(|| App::new().wrap(Cors::new(&DEFAULT)).route("/", web::to(HttpResponse::Ok)));
    let annotated = Server::start(|| App::new().service(handler));
    let ask = Request::preflight(APP, "PATCH", "/");
    assert_eq!(wrapped.send(&ask).header("access-control-allow-methods"), Some("GET, HEAD, POST"));
    assert_eq!(annotated.send(&ask).header("access-control-allow-methods"), Some("PUT, PATCH, GET"));
}

// Echoed methods and headers.

static ECHO: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = "*",
    headers = "*",
    expose = "*",
    credentials,
};

const ECHO_VARY: &str = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

async fn many_headers() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("X-Total-Count", "3"))
        .insert_header(("etag", "\"1\""))
        .append_header(("set-cookie", "a=b"))
        .append_header(("set-cookie", "c=d"))
        .insert_header(("cache-control", "no-store"))
        .insert_header(("access-control-allow-methods", "PUT"))
        .body("items")
}

/// The same policy on a handler, where `methods = "*"` is not allowed.
#[cors(origins = ["https://app.example.com"], headers = "*", expose = "*", credentials)]
#[route("/annotated", method = "GET", method = "PUT")]
async fn echo() -> impl Responder {
    many_headers().await
}

fn echo_server() -> Server {
    Server::start(|| {
        let wrapped = web::resource("/wrapped").route(web::get().to(many_headers)).wrap(Cors::new(&ECHO));
        App::new().service(wrapped).service(echo)
    })
}

#[test]
fn wildcards_with_credentials_echo_the_requested_method_and_headers() {
    let server = echo_server();
    let ask = |path, method| {
        Request::preflight(APP, method, path)
            .header("Access-Control-Request-Headers", "x-a,x-b , authorization")
            .header("access-control-request-headers", "x-c,,")
    };
    for (path, method, methods) in [("/wrapped", "PURGE", "PURGE"), ("/annotated", "PUT", "GET, PUT")] {
        let response = server.send(&ask(path, method));
        assert_eq!(response.status, 204);
        let methods = format!("access-control-allow-methods: {methods}");
        let expected = [
            "access-control-allow-credentials: true",
            "access-control-allow-headers: x-a, x-b, authorization, x-c",
            &methods,
            "access-control-allow-origin: https://app.example.com",
            ECHO_VARY,
        ];
        assert_eq!(response.cors(), expected);
        let stranger = Request::preflight(STRANGER, method, path);
        let refused = server.send(&stranger.header("Access-Control-Request-Headers", "x-a"));
        assert_eq!((refused.status, refused.cors()), (403, vec![ECHO_VARY.to_owned()]));
    }
}

#[test]
fn only_tokens_are_echoed() {
    let server = echo_server();
    let without = [
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        ECHO_VARY,
    ];
    for (method, headers) in [
        ("GET, PUT", "a b"),
        ("P\u{fc}T", "x-\u{e4}"),
        ("", "x-a\tx-b"),
        ("\"GET\"", "x-a;x-b"),
        ("<script>", "<script>"),
        ("GET:", "x-a: 1"),
    ] {
        let request = Request::preflight(APP, method, "/wrapped");
        let response = server.send(&request.header("Access-Control-Request-Headers", headers));
        assert_eq!((response.status, response.cors()), (204, without.map(String::from).to_vec()));
    }
}

#[test]
fn the_echo_is_one_line_of_at_most_8_kib() {
    let server = echo_server();
    let line = "x".repeat(1024);
    for path in ["/wrapped", "/annotated"] {
        for (asked, echoed) in [(1, 1), (7, 1), (8, 0), (9, 0), (64, 0)] {
            let request = (0..asked).fold(Request::preflight(APP, "PUT", path), |request, _| {
                request.header("Access-Control-Request-Headers", &line)
            });
            assert_eq!(server.send(&request).all("access-control-allow-headers").len(), echoed);
        }
    }
}

/// Each line costs the client a few bytes, and an echo of each line would cost the server more.
#[test]
fn thousands_of_empty_lines_are_not_echoed() {
    let server = echo_server();
    let client = server.connect_http2();
    for path in ["/wrapped", "/annotated"] {
        for line in ["", ",", " , ,"] {
            let request = (0..80).fold(Request::preflight(APP, "PUT", path), |request, _| {
                request.header("access-control-request-headers", line)
            });
            for response in [server.send(&request), client.send(&request)] {
                assert_eq!(response.status, 204);
                assert_eq!(response.header("access-control-allow-headers"), None, "{line:?}");
            }
            let response = server.send(&request.header("access-control-request-headers", "x-a,,x-b"));
            assert_eq!(response.all("access-control-allow-headers"), ["x-a, x-b"]);
        }
    }
}

#[test]
fn a_preflight_of_64_kib_does_not_change_the_answer() {
    let places = everywhere!(FULL, full);
    let granted = [
        "access-control-allow-headers: content-type, X-Request-Id",
        "access-control-allow-methods: GET, PUT",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
        PREFLIGHT_VARY,
    ];
    for line in ["x-a,".repeat(16 * 1024), "a".repeat(64 * 1024), ",".repeat(64 * 1024)] {
        let request = ask_for_put(APP).header("Access-Control-Request-Headers", &line);
        expect(&places, &request, 204, !RUNS, &granted);
    }
    let server = echo_server();
    let request = Request::preflight(APP, "PUT", "/wrapped");
    let response = server.send(&request.header("Access-Control-Request-Headers", "x,".repeat(32 * 1024)));
    assert_eq!((response.status, response.header("access-control-allow-headers")), (204, None));
}

#[test]
fn exposing_everything_with_credentials_lists_the_headers_of_the_response() {
    let server = echo_server();
    for path in ["/wrapped", "/annotated"] {
        let response = server.send(&Request::get(path).origin(APP));
        assert_eq!(response.all("access-control-expose-headers"), ["etag, x-total-count"]);
        assert_eq!(response.all("access-control-allow-credentials"), ["true"]);
        assert_eq!(response.all("vary"), ["Origin"]);
        assert_eq!(response.all("set-cookie").len(), 2);
        let response = server.send(&Request::get(path).origin(STRANGER));
        assert!(response.all("access-control-expose-headers").is_empty());
    }
}

// Headers that the handler sets.

/// Sends the headers that `x-vary` and `x-allow-origin` of the request contain.
async fn says(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for (asked, said) in [
        ("x-vary", "vary"),
        ("x-allow-origin", "access-control-allow-origin"),
        ("x-allow-credentials", "access-control-allow-credentials"),
        ("x-expose", "access-control-expose-headers"),
    ] {
        for value in request.headers().get_all(asked) {
            response.append_header((said, value));
        }
    }
    response.finish()
}

#[cors(origins = ["https://app.example.com"], expose = ["x-a"], credentials)]
#[get("/annotated")]
async fn says_with_policy(request: HttpRequest) -> impl Responder {
    says(request).await
}

#[cors(origins = "*")]
#[get("/star")]
async fn says_with_star(request: HttpRequest) -> impl Responder {
    says(request).await
}

fn saying_server() -> Server {
    static SAME: Policy = policy! { origins = ["https://app.example.com"], expose = ["x-a"], credentials };
    Server::start(|| {
        let wrapped = web::resource("/wrapped").route(web::get().to(says)).wrap(Cors::new(&SAME));
        App::new().service(wrapped).service(says_with_policy).service(says_with_star)
    })
}

#[test]
fn the_handlers_own_vary_is_kept_and_merged() {
    let server = saying_server();
    let cases: &[(&[&str], &[&str])] = &[
        (&["Accept-Encoding"], &["Accept-Encoding", "Origin"]),
        (&["accept", "cookie"], &["accept", "cookie", "Origin"]),
        (&["Origin"], &["Origin"]),
        (&["origin"], &["origin"]),
        (&["ORIGIN"], &["ORIGIN"]),
        (&["Accept,oRiGiN ,Cookie"], &["Accept,oRiGiN ,Cookie"]),
        (&["accept", "\torigin"], &["accept", "origin"]),
        (&["*"], &["*"]),
        (&["accept", "*"], &["accept", "*"]),
        (&["accept, *"], &["accept, *"]),
        (&["x-origin"], &["x-origin", "Origin"]),
        (&["origin-agent-cluster, sec-origin"], &["origin-agent-cluster, sec-origin", "Origin"]),
        (&["ori gin"], &["ori gin", "Origin"]),
        (&[""], &["", "Origin"]),
    ];
    for path in ["/wrapped", "/annotated"] {
        for (said, expected) in cases {
            for origin in [Some(APP), Some(STRANGER), None] {
                let request = said.iter().fold(Request::get(path), |r, line| r.header("x-vary", line));
                let response = server.send(&origin.into_iter().fold(request, Request::origin));
                assert_eq!(response.all("vary"), *expected, "{path} {said:?} {origin:?}");
                let allowed: &[&str] = if origin == Some(APP) { &[APP] } else { &[] };
                assert_eq!(response.all("access-control-allow-origin"), allowed);
            }
        }
    }
    let response = server.send(&Request::get("/star").header("x-vary", "accept"));
    assert_eq!(response.cors(), ["access-control-allow-origin: *", "vary: accept"]);
}

#[test]
fn the_handlers_own_allow_origin_is_kept() {
    let server = saying_server();
    for path in ["/wrapped", "/annotated"] {
        for own in ["https://handler.example", "*", "null", "", APP] {
            for origin in [APP, STRANGER] {
                let response = server.send(&Request::get(path).origin(origin).header("x-allow-origin", own));
                let own = format!("access-control-allow-origin: {own}");
                assert_eq!(response.cors(), [own.as_str(), VARY]);
            }
        }
    }
    let response = server.send(&Request::get("/star").origin(APP).header("x-allow-origin", APP));
    assert_eq!(response.cors(), ["access-control-allow-origin: https://app.example.com"]);
}

/// If the handler does not set `Access-Control-Allow-Origin`, its other CORS headers are replaced by those of the
/// policy.
#[test]
fn other_grants_of_a_handler_are_replaced() {
    let server = saying_server();
    let get = |path: &str, origin: &str| {
        let request = Request::get(path).origin(origin).header("x-allow-credentials", "true");
        server.send(&request.header("x-expose", "x-secret"))
    };
    for path in ["/wrapped", "/annotated"] {
        let expected = [
            "access-control-allow-credentials: true",
            "access-control-allow-origin: https://app.example.com",
            "access-control-expose-headers: x-a",
            VARY,
        ];
        assert_eq!(get(path, APP).cors(), expected, "{path}");
        assert_eq!(get(path, STRANGER).allowed_origin(), None);
    }
    assert_eq!(get("/star", STRANGER).cors(), ["access-control-allow-origin: *"]);
    let but = Cors::new(Policy::builder().origins("*").except(APP).build().unwrap());
    let server = Server::start(move || {
        App::new().service(web::resource("/").route(web::get().to(says)).wrap(but.clone()))
    });
    let stranger = server.send(&Request::get("/").origin(STRANGER).header("x-allow-credentials", "true"));
    assert_eq!(stranger.cors(), ["access-control-allow-origin: https://evil.example", VARY]);
}

/// A fallback echoes the requested method, so its answer depends on it.
#[test]
fn the_vary_of_a_public_fallback_lists_the_requested_method() {
    let cors = Cors::fallback(Policy::builder().origins("*").methods("*").build().unwrap());
    let server = Server::start(move || App::new().wrap(cors.clone()));
    let response = server.send(&Request::preflight(STRANGER, "PATCH", "/"));
    let expected = [
        "access-control-allow-methods: PATCH",
        "access-control-allow-origin: *",
        "access-control-max-age: 0",
        "vary: Access-Control-Request-Method",
    ];
    assert_eq!((response.status, response.cors()), (204, expected.map(String::from).to_vec()));
}

// Errors.

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl ResponseError for Broken {
    fn status_code(&self) -> StatusCode {
        StatusCode::IM_A_TEAPOT
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .insert_header(("x-broken", "pot"))
            .insert_header(("vary", "accept"))
            .body("no coffee")
    }
}

async fn fails() -> Result<HttpResponse, Broken> {
    Err(Broken)
}

async fn fails_plainly() -> Result<HttpResponse, Error> {
    Err(ErrorTooManyRequests("slow down"))
}

async fn extracts(_: web::Path<u64>, _: web::Json<u64>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

static FAILING: Policy = policy! { origins = ["https://app.example.com"], expose = ["x-broken"] };

#[cors(policy = FAILING)]
#[get("/annotated/fails")]
async fn fails_with_policy() -> impl Responder {
    fails().await
}

#[cors(policy = FAILING)]
#[get("/annotated/fails-plainly")]
async fn fails_plainly_with_policy() -> impl Responder {
    fails_plainly().await
}

#[cors(policy = FAILING)]
#[put("/annotated/extracts/{id}")]
async fn extracts_with_policy(_: web::Path<u64>, _: web::Json<u64>) -> impl Responder {
    HttpResponse::Ok()
}

#[cors(policy = FAILING)]
#[get("/annotated/refuses", wrap = "from_fn(refuses)")]
async fn refuses_with_policy() -> impl Responder {
    HttpResponse::Ok()
}

async fn refuses(_: ServiceRequest, _: Next<impl MessageBody>) -> Result<ServiceResponse, Error> {
    Err(ErrorUnauthorized("who are you?"))
}

async fn breaks(_: ServiceRequest, _: Next<impl MessageBody>) -> Result<ServiceResponse, Error> {
    Err(Broken.into())
}

async fn passes<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    next.call(request).await
}

#[test]
fn errors_can_be_read() {
    let server = Server::start(|| {
        let wrapped = web::scope("/wrapped")
            .service(web::resource("/fails").get(fails))
            .service(web::resource("/fails-plainly").get(fails_plainly))
            .service(web::resource("/extracts/{id}").put(extracts))
            .service(web::resource("/refuses").get(HttpResponse::Ok).wrap(from_fn(refuses)))
            .service(
                web::resource("/breaks").get(HttpResponse::Ok).wrap(from_fn(breaks)).wrap(from_fn(passes)),
            )
            .wrap(Cors::new(&FAILING));
        // The same error passes through two layers, and then through three, with middleware between them.
        let nested = || {
            web::scope("")
                .service(web::resource("/breaks").get(HttpResponse::Ok).wrap(from_fn(breaks)))
                .service(web::resource("/fails").get(fails))
                .wrap(Cors::fallback(&FAILING))
                .wrap(from_fn(passes))
        };
        let nested = |path| web::scope(path).service(nested()).wrap(Cors::fallback(&FAILING));
        App::new()
            .service(wrapped)
            .service(nested("/nested"))
            .service(nested("/thrice").wrap(from_fn(passes)).wrap(Cors::fallback(&FAILING)))
            .service(fails_with_policy)
            .service(fails_plainly_with_policy)
            .service(extracts_with_policy)
            .service(refuses_with_policy)
            .wrap(from_fn(passes))
    });
    let put =
        |path, body: &str| Request::new("PUT", path).header("Content-Type", "application/json").body(body);
    let cases = [
        (Request::get("/wrapped/fails"), 418),
        (Request::get("/annotated/fails"), 418),
        (Request::get("/wrapped/fails-plainly"), 429),
        (Request::get("/annotated/fails-plainly"), 429),
        (put("/wrapped/extracts/x", "1"), 404),
        (put("/annotated/extracts/x", "1"), 404),
        (put("/wrapped/extracts/1", "{"), 400),
        (put("/annotated/extracts/1", "{"), 400),
        (Request::get("/wrapped/refuses"), 401),
        (Request::get("/annotated/refuses"), 401),
        (Request::get("/wrapped/breaks"), 418),
        (Request::get("/nested/breaks"), 418),
        (Request::get("/nested/fails"), 418),
        (Request::get("/thrice/breaks"), 418),
        (Request::get("/thrice/fails"), 418),
        (Request::get("/wrapped/nowhere"), 404),
    ];
    for (request, status) in cases {
        for origin in [Some(APP), Some(STRANGER), None] {
            let response = server.send(&origin.into_iter().fold(request.clone(), Request::origin));
            assert_eq!(response.status, status, "{response:?}");
            let mut expected = Vec::new();
            if origin == Some(APP) {
                expected.push("access-control-allow-origin: https://app.example.com");
                expected.push("access-control-expose-headers: x-broken");
            }
            if status == 418 {
                assert_eq!((response.header("x-broken"), response.body.as_str()), (Some("pot"), "no coffee"));
                expected.push("vary: accept");
            }
            expected.push(VARY);
            assert_eq!(response.cors(), expected, "{response:?}");
        }
    }
}

#[test]
fn a_layer_adds_no_headers_to_errors_outside_of_it() {
    let server = Server::start(|| {
        let inside =
            web::scope("").route("/items", web::get().to(HttpResponse::Ok)).wrap(Cors::new(&FAILING));
        App::new().service(inside).wrap(from_fn(refuses))
    });
    for request in [get_from(APP), ask_for_put(APP)] {
        let response = server.send(&request);
        assert_eq!(response.status, 401);
        assert!(response.cors().is_empty());
    }
}

// Kinds of responses.

/// A body that is sent in chunks.
async fn streams() -> HttpResponse {
    let chunks = ["one ", "two ", "three"].map(|chunk| Ok::<_, Error>(Bytes::from_static(chunk.as_bytes())));
    HttpResponse::Ok().streaming(stream::iter(chunks))
}

async fn not_modified() -> HttpResponse {
    HttpResponse::NotModified().insert_header(("etag", "\"1\"")).finish()
}

#[cors(policy = FAILING)]
#[route("/annotated/streams", method = "GET", method = "HEAD")]
async fn streams_with_policy() -> impl Responder {
    streams().await
}

#[cors(policy = FAILING)]
#[route("/annotated/not-modified", method = "GET", method = "HEAD")]
async fn not_modified_with_policy() -> impl Responder {
    not_modified().await
}

#[test]
fn streams_heads_and_304_responses_have_the_headers() {
    let server = Server::start(|| {
        let wrapped = web::scope("/wrapped")
            .service(web::resource("/streams").get(streams).head(streams))
            .service(web::resource("/not-modified").get(not_modified).head(not_modified))
            .wrap(Cors::new(&FAILING));
        App::new().service(wrapped).service(streams_with_policy).service(not_modified_with_policy)
    });
    let expected = [
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: x-broken",
        VARY,
    ];
    for place in ["wrapped", "annotated"] {
        for method in ["GET", "HEAD"] {
            for (path, status, body) in [("streams", 200, "one two three"), ("not-modified", 304, "")] {
                let path = format!("/{place}/{path}");
                let response = server.send(&Request::new(method, &path).origin(APP));
                assert_eq!(response.status, status);
                assert_eq!(response.body.as_str(), if method == "HEAD" { "" } else { body });
                assert_eq!(response.cors(), expected);
                assert_eq!(server.send(&Request::new(method, &path).origin(STRANGER)).cors(), [VARY]);
            }
        }
    }
}

#[test]
fn the_length_of_a_body_is_unchanged() {
    for place in everywhere!(BARE, bare) {
        for origin in [APP, STRANGER] {
            let response = place.server.send(&get_from(origin));
            assert_eq!((response.header("content-length"), response.body.as_str()), (Some("5"), "items"));
        }
        // A 204 has no length at all (https://www.rfc-editor.org/rfc/rfc9110#section-8.6).
        let granted = place.server.send(&ask_for_put(APP));
        assert_eq!((granted.header("content-length"), granted.body.as_str()), (None, ""), "{}", place.name);
        let refused = place.server.send(&ask_for_put(STRANGER));
        assert_eq!(
            (refused.header("content-length"), refused.body.as_str()),
            (Some("0"), ""),
            "{}",
            place.name
        );
    }
}

// The server's own pages.

#[test]
fn enforce_lets_the_servers_own_pages_pass() {
    let places = everywhere!(ENFORCED, enforced);
    let from = |origin: &str, host: &str| get_from(origin).header("Host", host);
    let own = [
        ("http://api.example", "api.example"),
        ("https://api.example", "api.example"),
        ("http://api.example", "api.example:80"),
        // TLS ended at a proxy.
        ("https://api.example", "api.example:443"),
        ("https://api.example:8443", "api.example:8443"),
        ("http://api.example:8080", "api.example:8080"),
        ("http://api.example:8080", "API.Example:8080"),
        ("http://127.0.0.1:3000", "127.0.0.1:3000"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://[::1]", "[::1]"),
        ("https://[2001:db8::1]", "[2001:db8::1]:443"),
    ];
    for (origin, host) in own {
        expect(&places, &from(origin, host), 200, RUNS, &[VARY]);
    }
    let foreign = [
        ("http://api.example:8081", "api.example:8080"),
        ("http://api.example", "api.example:8080"),
        ("http://api.example:8080", "api.example"),
        ("http://api.example", "api.example:443"),
        ("https://api.example", "api.example:80"),
        ("https://www.api.example", "api.example"),
        ("https://api.example.evil.example", "api.example"),
        ("https://api.example", "api.example.evil.example"),
        ("ftp://api.example", "api.example"),
        ("chrome-extension://api.example", "api.example"),
        ("ws://api.example", "api.example"),
        ("http://evilapi.example", "api.example"),
        ("null", "null"),
        ("null", ""),
        ("", ""),
        ("http://[::1]:8081", "[::1]:8080"),
        ("http://[::1]:8080", "[::2]:8080"),
        ("http://[::1]", "[::1]:8080"),
        ("https://api.example, https://api.example", "api.example"),
        ("https://api.example/", "api.example"),
        ("HTTPS://api.example", "api.example"),
        ("https://user@api.example", "api.example"),
    ];
    for (origin, host) in foreign {
        expect(&places, &from(origin, host), 403, !RUNS, &[VARY]);
    }
    // Clients can forge these headers.
    for (name, value) in [("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example")] {
        expect(&places, &from(STRANGER, "api.example").header(name, value), 403, !RUNS, &[VARY]);
    }
}

#[test]
fn enforce_trusts_sec_fetch_site() {
    let places = everywhere!(ENFORCED, enforced);
    let from = |origin: &str, site: &str| {
        get_from(origin).header("Host", "api.example").header("Sec-Fetch-Site", site)
    };
    // A proxy has rewritten `Host`, or a form was sent with `no-referrer`.
    for origin in ["https://www.example", "https://api.example", "null"] {
        expect(&places, &from(origin, "same-origin"), 200, RUNS, &[VARY]);
    }
    for site in [
        "cross-site",
        "same-site",
        "none",
        "",
        "Same-Origin",
        "SAME-ORIGIN",
        "same-origin,same-origin",
        "same-origin, cross-site",
    ] {
        expect(&places, &from("https://api.example", site), 403, !RUNS, &[VARY]);
        expect(&places, &from(STRANGER, site), 403, !RUNS, &[VARY]);
    }
    let twice = from("https://api.example", "same-origin").header("Sec-Fetch-Site", "same-origin");
    expect(&places, &twice, 403, !RUNS, &[VARY]);
    // A listed origin is granted, whatever `Sec-Fetch-Site` is.
    let allowed = "access-control-allow-origin: https://app.example.com";
    expect(&places, &from(APP, "cross-site"), 200, RUNS, &[allowed, VARY]);
}

#[test]
fn a_request_with_two_hosts_or_none_is_not_same_origin() {
    for place in everywhere!(ENFORCED, enforced) {
        let two = get_from(STRANGER).header("Host", "api.example").header("Host", "evil.example");
        let two = place.server.send(&two);
        let none = format!("GET /items HTTP/1.1\r\nOrigin: {STRANGER}\r\nConnection: close\r\n\r\n");
        let none = place.server.send_bytes(none.as_bytes(), "GET");
        for response in [two, none] {
            // The HTTP server may refuse it first (https://www.rfc-editor.org/rfc/rfc9112#section-3.2).
            assert!(matches!(response.status, 400 | 403), "{response:?}");
        }
        assert_eq!(place.calls.take(), 0);
    }
}
