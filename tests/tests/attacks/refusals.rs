//! A refused origin gets no grant, whatever happens to its request.

use std::panic;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, error, get, route};
use cors_actix::{Cors, Policy, cors, policy};
use cors_tests::http::{Request, Response, Server};
use cors_tests::is_selected;
use futures_util::stream;

use crate::application::{STRANGER, TRUSTED, can_read};
use crate::clients::Clients;

static POLICY: Policy = policy! {
    origins = ["https://app.example.com", "https://*.partner.example", "http://localhost:*"],
    methods = "*",
    headers = "*",
    expose = "*",
    credentials,
};

/// Origins that [`POLICY`] refuses, and header values that are not origins.
const REFUSED: [&str; 20] = [
    STRANGER,
    "null",
    "",
    "*",
    "https://",
    "https://app.example.com/",
    "https://app.example.com:443",
    "https://app.example.com.",
    "https://app.example.com.evil.example",
    "https://app.example.com@evil.example",
    "https://app.example.com, https://evil.example",
    "https://app.example.com https://evil.example",
    "https://evil.example#https://app.example.com",
    "https://APP.example.com",
    "http://app.example.com",
    "https://partner.example",
    "https://evilpartner.example",
    "https://a.partner.example.evil.example",
    "http://localhost:80",
    "http://localhost:3000.evil.example",
];

async fn answers() -> HttpResponse {
    HttpResponse::Ok().body("answered")
}

async fn fails() -> Result<HttpResponse, Error> {
    Err(error::ErrorInternalServerError("failed"))
}

async fn extracts(_: web::Path<u64>, _: web::Query<std::collections::HashMap<String, u64>>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn reads(_: web::Json<u64>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn streams() -> HttpResponse {
    let chunks = ["one ", "two"].map(|chunk| Ok::<_, Error>(Bytes::from_static(chunk.as_bytes())));
    HttpResponse::Ok().streaming(stream::iter(chunks))
}

async fn fails_while_it_streams() -> HttpResponse {
    let chunks = [Ok(Bytes::from_static(b"one")), Err(error::ErrorInternalServerError("failed"))];
    HttpResponse::Ok().streaming(stream::iter(chunks))
}

async fn redirects() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header(("location", "/answers")).finish()
}

async fn changes_nothing() -> HttpResponse {
    HttpResponse::NotModified().insert_header(("etag", "\"1\"")).finish()
}

async fn panics() -> HttpResponse {
    panic::resume_unwind(Box::new("the handler panics, as the test asked"))
}

async fn any_status(status: web::Path<u16>) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(status.into_inner()).expect("a status")).finish()
}

async fn short_circuits(
    request: ServiceRequest,
    _: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    if request.path().ends_with("error") {
        return Err(error::ErrorForbidden("stopped"));
    }
    Ok(request.into_response(HttpResponse::Forbidden().body("stopped")))
}

#[cors(policy = POLICY)]
#[route("/annotated", method = "GET", method = "HEAD", method = "PUT")]
async fn annotated() -> impl Responder {
    answers().await
}

#[cors(policy = POLICY)]
#[get("/annotated/fails")]
async fn annotated_fails() -> impl Responder {
    fails().await
}

#[cors(policy = POLICY)]
#[get("/annotated/extracts/{id}")]
async fn annotated_extracts(_: web::Path<u64>) -> impl Responder {
    answers().await
}

fn routes(config: &mut ServiceConfig) {
    config
        .route("/answers", web::route().to(answers))
        .route("/only-get", web::get().to(answers))
        .route("/fails", web::route().to(fails))
        .route("/extracts/{id}", web::route().to(extracts))
        .route("/reads", web::route().to(reads))
        .route("/streams", web::route().to(streams))
        .route("/redirects", web::route().to(redirects))
        .route("/changes-nothing", web::route().to(changes_nothing))
        .route("/status/{status}", web::route().to(any_status))
        .route("/fails-while-it-streams", web::route().to(fails_while_it_streams))
        .route("/panics", web::route().to(panics))
        .service(web::scope("/stopped").default_service(web::to(answers)).wrap(from_fn(short_circuits)));
}

fn handlers(config: &mut ServiceConfig) {
    config.service(annotated).service(annotated_fails).service(annotated_extracts);
}

/// An arrangement of layers, on a server of its own: a layer that is alone on its thread works differently from layers that
/// share requests.
#[derive(Clone, Copy, Debug)]
enum Place {
    New,
    Fallback,
    Handlers,
    NewAroundHandlers,
    FallbackAroundHandlers,
    Nested,
    Listening,
}

use Place::*;

impl Place {
    const ALL: [Self; 7] =
        [New, Fallback, Handlers, NewAroundHandlers, FallbackAroundHandlers, Nested, Listening];
    /// The places with the routes that have no policy of their own.
    const AROUND_ROUTES: [Self; 6] =
        [New, Fallback, NewAroundHandlers, FallbackAroundHandlers, Nested, Listening];

    fn serve(self) -> Server {
        match self {
            New => Server::start(|| App::new().configure(routes).wrap(Cors::new(&POLICY))),
            Fallback => Server::start(|| App::new().configure(routes).wrap(Cors::fallback(&POLICY))),
            Handlers => Server::start(|| App::new().configure(handlers)),
            NewAroundHandlers => {
                Server::start(|| App::new().configure(routes).configure(handlers).wrap(Cors::new(&POLICY)))
            }
            FallbackAroundHandlers => Server::start(|| {
                App::new().configure(routes).configure(handlers).wrap(Cors::fallback(&POLICY))
            }),
            Nested => Server::start(|| {
                let inside = web::scope("").configure(routes).configure(handlers).wrap(Cors::new(&POLICY));
                App::new().service(inside).wrap(Cors::fallback(&POLICY))
            }),
            Listening => Server::start(|| {
                let cors = Cors::new(&POLICY).explain().on_refusal(|_, _| {});
                App::new().configure(routes).configure(handlers).wrap(cors)
            }),
        }
    }

    fn paths(self) -> impl Iterator<Item = &'static str> {
        let routes = if matches!(self, Handlers) { &[][..] } else { &ROUTES };
        let handlers = if matches!(self, New | Fallback) { &[][..] } else { &HANDLERS };
        routes.iter().chain(handlers).copied()
    }
}

const ROUTES: [&str; 17] = [
    "/answers",
    "/answers?https://app.example.com",
    "/only-get",
    "/fails",
    "/extracts/x",
    "/extracts/1?a=b",
    "/reads",
    "/streams",
    "/redirects",
    "/changes-nothing",
    "/status/204",
    "/status/304",
    "/status/418",
    "/status/599",
    "/stopped/here",
    "/stopped/error",
    "/nowhere",
];

const METHODS: [&str; 5] = ["GET", "HEAD", "POST", "PUT", "OPTIONS"];

const HANDLERS: [&str; 3] = ["/annotated", "/annotated/fails", "/annotated/extracts/x"];

#[track_caller]
fn grants_nothing(response: &Response, what: &str) {
    assert_eq!(response.cors_headers(), [""; 0], "{what}: {response:?}");
}

#[test]
fn no_path_grants_a_refused_origin() {
    let mut cases = 0;
    for place in Place::ALL {
        let server = place.serve();
        let mut clients = Clients::connect(&server);
        for (path, method) in place.paths().flat_map(|p| METHODS.map(|method| (p, method))) {
            for origin in REFUSED {
                cases += 1;
                if !is_selected(cases, 8) {
                    continue;
                }
                for (protocol, response) in clients.send(&Request::new(method, path).origin(origin)) {
                    grants_nothing(
                        &response,
                        &format!("{place:?}, {protocol} {method} {path} from {origin:?}"),
                    );
                }
            }
            // The same request from a granted origin shows that the path is judged at all. Without a layer around it, a handler
            // decides only about its own methods.
            if matches!(place, Handlers) && method != "GET" {
                continue;
            }
            let granted = clients.send(&Request::new(method, path).origin(TRUSTED));
            for (protocol, response) in granted {
                assert_eq!(
                    response.allowed_origin(),
                    Some(TRUSTED),
                    "{place:?}, {protocol} {method} {path}: {response:?}"
                );
            }
        }
    }
}

#[test]
fn no_path_grants_a_refused_preflight() {
    let mut cases = 0;
    for place in Place::ALL {
        let server = place.serve();
        let mut clients = Clients::connect(&server);
        for (path, origin) in place.paths().flat_map(|path| REFUSED.map(|origin| (path, origin))) {
            cases += 1;
            if !is_selected(cases, 8) {
                continue;
            }
            let preflight = Request::preflight(origin, "PUT", path);
            for (protocol, response) in
                clients.send(&preflight.header("access-control-request-headers", "x-a"))
            {
                let what = format!("{place:?}, {protocol} {path} from {origin:?}: {response:?}");
                grants_nothing(&response, &what);
                assert!(response.status >= 400, "{what}");
            }
        }
    }
}

#[test]
fn a_handler_that_panics_or_fails_late_harms_no_other_request() {
    for place in Place::AROUND_ROUTES {
        let server = place.serve();
        for path in ["/panics", "/fails-while-it-streams"] {
            for origin in [STRANGER, TRUSTED] {
                let mut connection = server.connect();
                connection.write(&Request::get(path).origin(origin).to_bytes("x.example"));
                if let Ok(response) = connection.read("HEAD") {
                    assert_eq!(
                        can_read(&response, origin),
                        origin == TRUSTED,
                        "{place:?}{path}: {response:?}"
                    );
                }
                let next = server.send(&Request::get("/answers").origin(STRANGER));
                grants_nothing(&next, &format!("{place:?}{path}"));
                let next = server.send(&Request::get("/answers").origin(TRUSTED));
                assert_eq!(next.allowed_origin(), Some(TRUSTED), "{place:?}{path}");
            }
        }
    }
}

#[test]
fn requests_on_one_connection_are_judged_one_by_one() {
    for place in Place::ALL {
        let server = place.serve();
        let path = if matches!(place, Handlers) { "/annotated" } else { "/answers" };
        let origins = [STRANGER, TRUSTED, STRANGER, "null", TRUSTED, TRUSTED, STRANGER];
        // All requests are sent before the first response is read.
        let mut connection = server.connect();
        let requests = origins.map(|origin| Request::get(path).origin(origin).to_bytes("x.example"));
        connection.write(&requests.concat());
        for origin in origins {
            let response = connection.read("GET").expect("a response");
            assert_eq!(response.body, "answered");
            assert_eq!(
                response.allowed_origin(),
                (origin == TRUSTED).then_some(TRUSTED),
                "{place:?} {origin}"
            );
        }
        // The same over HTTP/2, where requests share their header tables.
        let client = server.connect_http2();
        for origin in origins {
            let response = client.send(&Request::get(path).origin(origin));
            assert_eq!(
                response.allowed_origin(),
                (origin == TRUSTED).then_some(TRUSTED),
                "{place:?} {origin}"
            );
        }
    }
}

/// Header lines in forms that HTTP forbids or discourages
/// (<https://www.rfc-editor.org/rfc/rfc9112#section-5>). A server may reject such a request, and may not grant it.
#[test]
fn malformed_header_lines_never_combine_to_a_grant() {
    let lines = [
        "Origin:\r\n https://app.example.com",
        "Origin: https://evil.example\r\n https://app.example.com",
        "Origin: https://app.example.com\r\n .evil.example",
        "Origin: https://app.example.com\r\n\t, https://evil.example",
        "Origin : https://app.example.com",
        "Origin: https://app.example.com\u{0}.evil.example",
        "Origin: https://app.example.com\u{b}",
        "Origin: https://app.example.com\u{a0}",
        "Origin: https://app.example.com\rX: y",
        "Origin: https://app.example.com;\r\nOrigin: https://evil.example",
        "Origin: https://evil.example\r\nOrigin: https://app.example.com",
        "Origin: https://app.example.com\r\nOrigin: https://app.example.com",
        "Origin: https://app.example.com\r\norigin:",
        "Origin: \"https://app.example.com\"",
        "Origin: <https://app.example.com>",
        "Origin: =?utf-8?q?https://app.example.com?=",
        "Origin: https%3A%2F%2Fapp.example.com",
        "Orig\u{131}n: https://app.example.com",
        "Origin\u{0}: https://app.example.com",
        "X-Origin: https://app.example.com",
        "Referer: https://app.example.com/",
    ];
    for place in Place::ALL {
        let server = place.serve();
        let path = if matches!(place, Handlers) { "/annotated" } else { "/answers" };
        for (line, method) in lines.iter().flat_map(|line| ["GET", "PUT", "OPTIONS"].map(|m| (line, m))) {
            let asks = if method == "OPTIONS" { "Access-Control-Request-Method: PUT\r\n" } else { "" };
            let bytes = format!("{method} {path} HTTP/1.1\r\nHost: x.example\r\n{asks}{line}\r\n\r\n");
            let mut connection = server.connect();
            connection.write(bytes.as_bytes());
            // Without a response there is nothing to read either.
            if let Ok(response) = connection.read(method) {
                grants_nothing(&response, &format!("{place:?}, {method} {line:?}"));
            }
        }
    }
}

#[test]
fn old_and_odd_forms_of_a_request_are_judged_like_any_other() {
    async fn sees(request: HttpRequest) -> HttpResponse {
        HttpResponse::Ok().body(request.path().to_owned())
    }
    let server = Server::start(|| App::new().default_service(web::to(sees)).wrap(Cors::new(&POLICY)));
    for start in [
        "GET / HTTP/1.0",
        "GET http://x.example/ HTTP/1.1",
        "GET https://app.example.com/ HTTP/1.1",
        "GET //app.example.com/ HTTP/1.1",
        "GET /%2e%2e/?origin=https://app.example.com HTTP/1.1",
        "GET /;https://app.example.com HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "get / HTTP/1.1",
        "BREW / HTTP/1.1",
    ] {
        let origin = format!("Origin: {STRANGER}");
        for lines in [
            vec![origin.as_str()],
            vec![&origin, "Access-Control-Request-Method: GET"],
            vec![&origin, "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"],
            vec![&origin, "Transfer-Encoding: chunked", "", "0", ""],
        ] {
            let bytes = format!("{start}\r\nHost: x.example\r\n{}\r\n\r\n", lines.join("\r\n"));
            let mut connection = server.connect();
            connection.write(bytes.as_bytes());
            if let Ok(response) = connection.read(start.split(' ').next().unwrap_or_default()) {
                grants_nothing(&response, &format!("{start} {lines:?}"));
            }
        }
    }
}
