//! `enforce` stops a refused cross-origin request before the handler, but not requests of the server's own pages.

use actix_web::{App, Error, HttpRequest, HttpResponse, get, web};
use cors_actix::{Cors, ForwardedHost, Policy, SharedPolicy, cors, policy};
use cors_tests::calls::Calls;
use cors_tests::http::{Request, Server};

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

static ENFORCED: Policy = policy! { origins = ["https://app.example.com"], methods = ["PUT"], enforce };

/// Whether the handler of an enforcing server runs for this request.
fn passes(request: Request) -> bool {
    let calls = Calls::default();
    let (data, cors) = (web::Data::new(calls.clone()), Cors::new(&ENFORCED));
    let server = Server::start(move || {
        let handler = |calls: web::Data<Calls>| async move {
            calls.add();
            HttpResponse::Ok().finish()
        };
        App::new().app_data(data.clone()).default_service(web::to(handler)).wrap(cors.clone())
    });
    let response = server.send(&request);
    let ran = calls.take() > 0;
    assert_eq!(response.status, if ran { 200 } else { 403 }, "{response:?}");
    ran
}

#[test]
fn every_method_is_enforced() {
    for method in ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"] {
        assert!(!passes(Request::new(method, "/").origin(STRANGER)), "{method}");
        assert!(passes(Request::new(method, "/").origin(TRUSTED)), "{method}");
        assert!(passes(Request::new(method, "/")), "{method}");
    }
}

#[test]
fn websocket_handshakes_are_enforced_by_their_origin() {
    let handshake = |origin: &str| passes(Request::get("/").host("site.example").origin(origin).websocket());
    assert!(handshake("https://site.example"));
    assert!(handshake(TRUSTED));
    assert!(!handshake(STRANGER));
    assert!(!handshake("null"));
    assert!(!handshake("wss://site.example"), "a socket's origin is http or https");
}

#[test]
fn a_socket_inside_an_enforcing_layer_opens_for_own_pages_and_granted_origins() {
    async fn socket(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
        let (response, mut session, _messages) = actix_ws::handle(&request, body)?;
        actix_web::rt::spawn(async move { session.text("hello").await });
        Ok(response)
    }
    let cors = Cors::new(&ENFORCED);
    let server = Server::start(move || App::new().route("/", web::get().to(socket)).wrap(cors.clone()));
    let own = server.origin();
    for (origin, status) in [(TRUSTED, 101), (own.as_str(), 101), (STRANGER, 403), ("null", 403)] {
        let mut connection = server.connect();
        let response = connection.send(&Request::get("/").origin(origin).websocket());
        assert_eq!(response.status, status, "{origin}");
        assert_eq!(response.header("vary"), Some("Origin"));
        if status == 101 {
            assert_eq!(&connection.read_bytes::<7>(), b"\x81\x05hello", "the upgraded stream passes through");
        }
    }
}

#[test]
fn forms_without_a_referrer_pass_only_with_sec_fetch_site() {
    let form = Request::new("POST", "/").host("site.example").origin("null");
    let form = form.header("content-type", "application/x-www-form-urlencoded").body("a=b");
    assert!(!passes(form.clone()), "over plain http, browsers do not send Sec-Fetch-Site");
    assert!(passes(form.header("sec-fetch-site", "same-origin")));
}

#[test]
fn own_pages_pass_with_every_form_of_the_host() {
    for (host, origin) in [
        ("site.example.", "https://site.example"),
        ("site.example", "https://site.example."),
        ("site.example.:8443", "https://site.example:8443"),
        ("[::1]", "https://[::1]"),
        ("[0:0:0:0:0:0:0:1]:8443", "https://[::1]:8443"),
        ("[2001:DB8::0001]", "http://[2001:db8::1]"),
        ("my~site.example", "https://my~site.example"),
        ("SITE.example", "https://site.example"),
    ] {
        assert!(passes(Request::new("POST", "/").host(host).origin(origin)), "{host} {origin}");
    }
    for (host, origin) in [
        ("site.example..", "https://site.example"),
        ("[::1]", "https://[::2]"),
        ("[::1]", "https://[::1].evil.example"),
        ("my~site.example", "https://my.site.example"),
        ("site.example", "https://site.example.evil.example"),
    ] {
        assert!(!passes(Request::new("POST", "/").host(host).origin(origin)), "{host} {origin}");
    }
}

/// An absolute target contains the host, and `Host` is then ignored.
#[test]
fn the_host_of_an_absolute_target_is_the_server_s_own() {
    let post = |target: &str, host: &str| {
        passes(Request::new("POST", target).host(host).origin("https://site.example"))
    };
    assert!(post("http://site.example/", "site.example"));
    assert!(post("http://site.example/", "other.example"));
    assert!(!post("http://other.example/", "site.example"));
}

/// Whether a request is blocked may depend on `Sec-Fetch-Site`, which `Vary` does not list.
#[test]
fn a_blocked_response_must_not_be_cached() {
    let cors = Cors::new(&ENFORCED);
    let server =
        Server::start(move || App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone()));
    let blocked = server.send(&Request::get("/").origin(STRANGER));
    assert_eq!((blocked.status, blocked.header("cache-control")), (403, Some("no-store")));
    for request in [Request::get("/").origin(TRUSTED), Request::get("/")] {
        assert_eq!(server.send(&request).header("cache-control"), None);
    }
}

#[test]
fn a_forwarded_host_is_trusted_only_in_the_selected_header() {
    let trusting = |header| {
        let cors = Cors::new(&ENFORCED).trust_forwarded_host(header);
        Server::start(move || App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone()))
    };
    let x_forwarded_host = trusting(ForwardedHost::XForwardedHost);
    let forwarded = trusting(ForwardedHost::Forwarded);
    const OWN: &str = "https://site.example";
    for (name, value, own) in [
        ("x-forwarded-host", "site.example", true),
        ("x-forwarded-host", "site.example, inner.proxy", true),
        ("x-forwarded-host", "site.example:443", true),
        ("x-forwarded-host", "other.example", false),
        ("x-forwarded-host", "", false),
        ("forwarded", "host=site.example", true),
        ("forwarded", "for=192.0.2.1;host=site.example;proto=https", true),
        ("forwarded", "For=192.0.2.1; Host=\"site.example\"", true),
        ("forwarded", "for=\"a,b;c\";host=site.example", true),
        ("forwarded", "for=\"a;host=site.example\";host=other.example", false),
        ("forwarded", "host=site.example, host=inner.proxy", true),
        ("forwarded", "host=inner.proxy, host=site.example", false),
        ("forwarded", "for=site.example", false),
        ("forwarded", "xhost=site.example", false),
        ("forwarded", "host=", false),
        ("forwarded", "ho", false),
        ("forwarded", "\u{fe}\u{fe}\u{fe}\u{fe}=site.example", false),
    ] {
        let (right, other) = match name {
            "forwarded" => (&forwarded, &x_forwarded_host),
            _ => (&x_forwarded_host, &forwarded),
        };
        let status = |server: &Server, host: &str| {
            server.send(&Request::get("/").host(host).origin(OWN).header(name, value)).status
        };
        assert_eq!(status(right, "backend:8080") == 200, own, "{name}: {value}");
        assert_eq!(status(other, "backend:8080"), 403, "{name}: {value} is not the header of the proxy");
        assert_eq!(status(other, "site.example"), 200, "{name}: {value} is not read");
        assert!(
            !passes(Request::get("/").host("backend:8080").origin(OWN).header(name, value)),
            "a client can forge it"
        );
        assert!(passes(Request::get("/").host("site.example").origin(OWN).header(name, value)));
    }
    // If `Forwarded` does not contain a host, `Host` is used. With a malformed header, the host is unknown.
    for (value, status) in [("for=192.0.2.1", 200), ("host", 403), ("host=other.example", 403)] {
        let request = Request::get("/").host("site.example").origin(OWN).header("forwarded", value);
        assert_eq!(forwarded.send(&request).status, status, "{value}");
    }
}

/// The key has the same effect in the macro, the builder and a file.
#[test]
fn the_macro_the_builder_and_a_file_enforce() {
    #[cors(origins = ["https://app.example.com"], enforce)]
    #[get("/handler")]
    async fn handler() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let built = Policy::builder().origins(TRUSTED).methods(["PUT"]).enforce(true).build().unwrap();
    assert_eq!(built, ENFORCED);
    let read: Policy =
        toml::from_str("origins = 'https://app.example.com'\nmethods = 'PUT'\nenforce = true").unwrap();
    let (built, read) = (Cors::new(built), Cors::new(read));
    let server = Server::start(move || {
        App::new()
            .service(handler)
            .service(web::resource("/built").route(web::get().to(HttpResponse::Ok)).wrap(built.clone()))
            .service(web::resource("/read").route(web::get().to(HttpResponse::Ok)).wrap(read.clone()))
    });
    for path in ["/handler", "/built", "/read"] {
        assert_eq!(server.send(&Request::get(path).origin(STRANGER)).status, 403, "{path}");
        assert_eq!(server.send(&Request::get(path).origin(TRUSTED)).status, 200, "{path}");
    }
}

/// A replaced policy of a fallback may have `enforce`. The fallback then refuses.
#[test]
fn a_fallback_whose_new_policy_enforces_refuses() {
    let shared = SharedPolicy::new(&policy! { origins = ["https://app.example.com"] }).unwrap();
    let cors = Cors::fallback(&shared);
    let server =
        Server::start(move || App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone()));
    assert_eq!(server.send(&Request::get("/").origin(STRANGER)).status, 200);
    shared.replace(&ENFORCED).unwrap();
    assert_eq!(server.send(&Request::get("/").origin(STRANGER)).status, 403);
    assert_eq!(server.send(&Request::get("/").origin(TRUSTED)).status, 200);
}

#[test]
fn a_page_without_tls_is_not_an_own_page_of_a_server_with_tls() {
    let cors = Cors::new(&ENFORCED);
    let server =
        Server::start(move || App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone()));
    let status = |request: Request| server.connect_tls().send(&request).status;
    assert_eq!(status(Request::get("/").origin("https://site.example")), 200);
    assert_eq!(
        status(Request::get("/").origin("http://site.example")),
        403,
        "an attacker on the network can write this page"
    );
    assert_eq!(status(Request::get("/").origin(STRANGER)), 403);
    assert_eq!(status(Request::get("/").origin(TRUSTED)), 200);
    let with_port = |host: &str, origin: &str| status(Request::get("/").host(host).origin(origin));
    assert_eq!(with_port("site.example:443", "https://site.example"), 200);
    assert_eq!(with_port("site.example:80", "http://site.example"), 403);
}
