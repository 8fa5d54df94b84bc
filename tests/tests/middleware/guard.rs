//! `OriginGuard`, for requests to which browsers do not apply CORS.

use actix_web::dev::ServiceResponse;
use actix_web::{App, HttpRequest, HttpResponse, web};
use cors_actix::{Cors, ForwardedHost, OriginGuard, Policy, SharedPolicy, policy};
use cors_tests::http::{Request, Server};

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

static CHAT: Policy = policy! { origins = ["https://app.example.com"], credentials };
static ANYONE: Policy = policy! { origins = "*" };
static ANYONE_BUT: Policy = policy! { origins = "*", except = ["https://stranger.example"] };

async fn socket(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, actix_web::Error> {
    let (response, session, _messages) = actix_ws::handle(&request, body)?;
    session.close(None).await.ok();
    Ok(response)
}

fn guarded(guard: OriginGuard) -> Server {
    Server::start(move || {
        App::new().route("/socket", web::get().guard(actix_web::guard::All(guard.clone())).to(socket)).route(
            "/events",
            web::get().guard(actix_web::guard::All(guard.clone())).to(|| async { "events" }),
        )
    })
}

#[test]
fn a_page_of_a_refused_origin_cannot_open_a_socket() {
    let server = guarded(OriginGuard::new(&CHAT));
    let handshake = |origin: &str| server.send(&Request::get("/socket").origin(origin).websocket());
    let opened = handshake(TRUSTED);
    assert_eq!(opened.status, 101);
    assert_eq!(opened.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    for origin in [
        STRANGER,
        "null",
        "",
        "http://app.example.com",
        "wss://app.example.com",
        "https://app.example.com.",
        "https://app.example.com:8443",
        "https://APP.example.com",
        "https://app.example.com.evil.example",
    ] {
        assert_eq!(handshake(origin).status, 404, "{origin}");
    }
    let twice = server.send(&Request::get("/socket").origin(TRUSTED).origin(STRANGER).websocket());
    assert_eq!(twice.status, 404);
}

#[test]
fn the_server_s_own_pages_pass() {
    let server = guarded(OriginGuard::new(&CHAT));
    let (host, address) = ("chat.example", server.authority());
    let own = format!("http://{address}");
    assert_eq!(server.send(&Request::get("/socket").origin(&own).websocket()).status, 101);
    let behind_tls =
        server.send(&Request::get("/socket").host(host).origin("https://chat.example").websocket());
    assert_eq!(behind_tls.status, 101);
    let elsewhere =
        server.send(&Request::get("/socket").host(host).origin("https://chat.example:8443").websocket());
    assert_eq!(elsewhere.status, 404);
    let named_by_the_browser =
        server.send(&Request::get("/events").origin(STRANGER).header("sec-fetch-site", "same-origin"));
    assert_eq!(named_by_the_browser.status, 200);
    let site = Request::get("/events")
        .host(host)
        .origin("https://chat.example")
        .header("sec-fetch-site", "same-site");
    assert_eq!(server.send(&site).status, 404);
}

#[test]
fn a_forwarded_host_is_trusted_only_by_opt_in() {
    for (guard, status) in [
        (OriginGuard::new(&CHAT), 404),
        (OriginGuard::new(&CHAT).trust_forwarded_host(ForwardedHost::XForwardedHost), 101),
    ] {
        let server = guarded(guard);
        let handshake =
            Request::get("/socket").host("backend:8080").origin("https://chat.example").websocket();
        assert_eq!(server.send(&handshake.header("x-forwarded-host", "chat.example")).status, status);
    }
}

#[test]
fn a_request_without_origin_passes_unless_one_is_required() {
    let server = guarded(OriginGuard::new(&CHAT));
    assert_eq!(server.send(&Request::get("/events")).body, "events");
    assert_eq!(server.send(&Request::get("/socket").websocket()).status, 101);

    for policy in [&CHAT, &ANYONE, &ANYONE_BUT] {
        let server = guarded(OriginGuard::new(policy).require_origin());
        assert_eq!(server.send(&Request::get("/events")).status, 404);
        assert_eq!(server.send(&Request::get("/socket").websocket()).status, 404);
        assert_eq!(server.send(&Request::get("/socket").origin(TRUSTED).websocket()).status, 101);
    }
}

#[test]
fn a_wildcard_includes_every_origin_except_the_exceptions() {
    let server = guarded(OriginGuard::new(&ANYONE));
    assert_eq!(server.send(&Request::get("/socket").origin(STRANGER).websocket()).status, 101);
    let server = guarded(OriginGuard::new(&ANYONE_BUT));
    assert_eq!(server.send(&Request::get("/socket").origin(STRANGER).websocket()).status, 404);
    assert_eq!(
        server.send(&Request::get("/socket").origin("https://stranger.example.").websocket()).status,
        404
    );
    assert_eq!(server.send(&Request::get("/socket").origin("null").websocket()).status, 404);
    assert_eq!(server.send(&Request::get("/socket").origin("https://other.example").websocket()).status, 101);
}

#[test]
fn a_guard_uses_the_replaced_policy() {
    let shared = SharedPolicy::new(&CHAT).unwrap();
    let server = guarded(OriginGuard::new(&shared));
    let status = || server.send(&Request::get("/socket").origin(STRANGER).websocket()).status;
    assert_eq!(status(), 404);
    shared.replace(&ANYONE).unwrap();
    assert_eq!(status(), 101);
}

/// As a middleware, the guard can mark its refusal with `no-store`.
#[test]
fn as_a_middleware_it_answers_403_with_no_store() {
    let (guard, public) = (OriginGuard::new(&CHAT), Cors::new(&ANYONE));
    let server = Server::start(move || {
        App::new().service(web::resource("/socket").route(web::get().to(socket)).wrap(guard.clone())).service(
            web::resource("/events")
                .route(web::get().to(|| async { "events" }))
                .wrap(guard.clone())
                .wrap(public.clone()),
        )
    });
    let own = server.origin();
    for (origin, opens) in [(TRUSTED, true), (own.as_str(), true), (STRANGER, false), ("null", false)] {
        let response = server.send(&Request::get("/socket").origin(origin).websocket());
        assert_eq!(response.status, if opens { 101 } else { 403 }, "{origin}");
        let events = server.send(&Request::get("/events").origin(origin));
        assert_eq!(events.status, if opens { 200 } else { 403 }, "{origin}");
        for refused in [response, events].iter().filter(|_| !opens) {
            assert_eq!(refused.header("vary"), Some("Origin, Sec-Fetch-Site"), "{refused:?}");
            assert_eq!(refused.header("cache-control"), Some("no-store"));
        }
    }
    assert_eq!(server.send(&Request::get("/events")).status, 200);
}

/// A shared cache may store the response of an error too.
#[test]
fn as_a_middleware_it_adds_vary_to_every_response() {
    let guard = OriginGuard::new(&CHAT);
    let server = Server::start(move || {
        let fails = web::resource("/fails")
            .route(web::get().to(HttpResponse::Ok))
            .wrap_fn(|_, _| async { Err::<ServiceResponse, _>(actix_web::error::ErrorGone("a middleware")) });
        App::new()
            .service(web::resource("/").route(web::get().to(HttpResponse::Ok)).wrap(guard.clone()))
            .service(fails.wrap(guard.clone()))
    });
    for (path, status) in [("/", 200), ("/fails", 410), ("/nowhere", 404)] {
        let response = server.send(&Request::get(path).origin(TRUSTED));
        let expected = (path != "/nowhere").then_some("Origin, Sec-Fetch-Site");
        assert_eq!((response.status, response.header("vary")), (status, expected), "{path}");
    }
}

#[test]
fn as_a_middleware_it_can_require_an_origin() {
    let guard = OriginGuard::new(&CHAT).require_origin();
    let server = Server::start(move || {
        App::new().service(web::resource("/socket").route(web::get().to(socket)).wrap(guard.clone()))
    });
    assert_eq!(server.send(&Request::get("/socket").websocket()).status, 403);
    assert_eq!(server.send(&Request::get("/socket").origin(TRUSTED).websocket()).status, 101);
}
