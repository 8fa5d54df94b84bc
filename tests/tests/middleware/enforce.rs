//! `enforce`: a refused cross-origin request stops before the handler, and the server's own pages pass.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, get, web};
use cors_actix::{Cors, ForwardedHost, Policy, SharedPolicy, cors, policy};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::{Connection, Request, Response, Server, serve};

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

static ENFORCED: Policy = policy! { origins = ["https://app.example.com"], methods = ["PUT"], enforce };

fn enforcing(calls: &Arc<AtomicU32>) -> Server {
    let (calls, cors) = (Arc::clone(calls), Cors::new(&ENFORCED));
    serve!({
        let calls = Arc::clone(&calls);
        let handler = move || {
            calls.fetch_add(1, Ordering::SeqCst);
            HttpResponse::Ok()
        };
        App::new().default_service(web::to(move || std::future::ready(handler()))).wrap(cors.clone())
    })
}

/// Sends a request to a server that enforces, and tells whether the handler ran.
fn ran(write: impl FnOnce(Connection<TcpStream>) -> Request<TcpStream>) -> (bool, Response) {
    let calls = Arc::default();
    let server = enforcing(&calls);
    let response = write(server.connect()).send();
    let ran = calls.load(Ordering::SeqCst) > 0;
    assert_eq!(ran, response.status == 200, "{response:#?}");
    // Two `Host` lines, or none that is one, are for actix to refuse.
    assert!(ran || response.status == 403 || response.status == 400);
    (ran, response)
}

fn passes(write: impl FnOnce(Connection<TcpStream>) -> Request<TcpStream>) -> bool {
    ran(write).0
}

#[test]
fn a_refused_request_stops_before_the_handler() {
    let (handler_ran, response) = ran(|to| to.get("/").origin(STRANGER));
    assert!(!handler_ran);
    assert_eq!((response.body.as_str(), response.all("vary")), ("", vec!["Origin"]));
    assert_eq!(response.cors_headers(), [""; 0]);
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"] {
        assert!(!passes(|to| to.request(method, "/").origin(STRANGER)), "{method}");
        assert!(passes(|to| to.request(method, "/").origin(TRUSTED)), "{method}");
        assert!(passes(|to| to.request(method, "/")), "{method}");
    }
    for origin in ["null", "", "not an origin", "https://app.example.com.", "https://app.example.com:443"] {
        assert!(!passes(|to| to.get("/").origin(origin)), "{origin}");
    }
    assert!(!passes(|to| to.get("/").origin(TRUSTED).origin(TRUSTED)), "two lines");
}

#[test]
fn sec_fetch_site_is_believed_before_anything_else() {
    // A proxy may have rewritten `Host`, and the browser still knows.
    assert!(passes(|to| to
        .get("/")
        .host("backend:8080")
        .origin("https://site.example")
        .header("sec-fetch-site", "same-origin")));
    // A form of the site's own under `no-referrer`.
    assert!(passes(|to| to.request("POST", "/").origin("null").header("sec-fetch-site", "same-origin")));
    for site in ["same-site", "cross-site", "none", "SAME-ORIGIN", "same-origin,same-origin", ""] {
        let own = |to: Connection<TcpStream>| to.get("/").host("site.example").origin("https://site.example");
        assert!(!passes(|to| own(to).header("sec-fetch-site", site)), "{site}");
    }
    let twice = |request: Request<TcpStream>| {
        request.header("sec-fetch-site", "same-origin").header("sec-fetch-site", "same-origin")
    };
    assert!(!passes(|to| twice(to.get("/").host("site.example").origin("https://site.example"))));
}

#[test]
fn an_origin_with_the_request_s_own_authority_is_the_server_s_own() {
    let own = |host: &str, origin: &str| passes(|to| to.get("/").host(host).origin(origin));
    assert!(own("site.example", "http://site.example"));
    assert!(own("site.example:8080", "http://site.example:8080"));
    assert!(own("site.example:80", "http://site.example"), "the default port may be written out");
    assert!(own("SITE.example", "http://site.example"), "hosts are compared without case");
    assert!(own("[::1]:8080", "http://[::1]:8080"));
    // TLS ended at a proxy before us.
    assert!(own("site.example", "https://site.example"));
    assert!(own("site.example:443", "https://site.example"));
    assert!(own("site.example:8443", "https://site.example:8443"));

    assert!(!own("site.example", "http://site.example:8080"));
    assert!(!own("site.example:8080", "http://site.example"));
    assert!(!own("site.example:443", "http://site.example"));
    assert!(!own("site.example:80", "https://site.example"));
    assert!(!own("site.example", "http://other.site.example"));
    assert!(!own("site.example", "http://evilsite.example"));
    assert!(!own("site.example", "http://site.example.evil.example"));
    assert!(!own("site.example", "http://site.example."));
    assert!(!own("site.example", "null"));
    assert!(!own("", "null"));
    assert!(!own("null", "null"));
    assert!(!own("site.example", "chrome-extension://site.example"), "another scheme is another origin");
    assert!(!own("site.example", "ws://site.example"));
    assert!(!passes(|to| to
        .get("/")
        .host("site.example")
        .header("host", "evil.example")
        .origin("http://evil.example")));
}

#[test]
fn websocket_handshakes_are_enforced_by_their_origin() {
    let handshake = |origin: &str| passes(|to| to.get("/").host("site.example").origin(origin).websocket());
    assert!(handshake("https://site.example"));
    assert!(handshake(TRUSTED));
    assert!(!handshake(STRANGER));
    assert!(!handshake("null"));
    assert!(!handshake("wss://site.example"), "a socket's origin is http or https");
}

#[test]
fn a_socket_below_an_enforcing_layer_opens_for_its_own_pages_and_the_granted() {
    async fn socket(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
        let (response, mut session, _messages) = actix_ws::handle(&request, body)?;
        actix_web::rt::spawn(async move { session.text("hello").await });
        Ok(response)
    }
    let cors = Cors::new(&ENFORCED);
    let server = serve!(App::new().route("/", web::get().to(socket)).wrap(cors.clone()));
    let own = format!("http://{}", server.address);
    for (origin, status) in [(TRUSTED, 101), (own.as_str(), 101), (STRANGER, 403), ("null", 403)] {
        let (response, mut connection) = server.get("/").origin(origin).websocket().send_on();
        assert_eq!(response.status, status, "{origin}");
        assert_eq!(response.one("vary"), Some("Origin"));
        if status == 101 {
            assert_eq!(&connection.read_bytes::<7>(), b"\x81\x05hello", "the upgraded stream passes through");
        }
    }
}

#[test]
fn forms_without_a_referrer_pass_where_the_browser_names_the_site_only() {
    let form = |to: Connection<TcpStream>| {
        let request = to.request("POST", "/").host("site.example").origin("null");
        request.header("content-type", "application/x-www-form-urlencoded").body("a=b")
    };
    assert!(!passes(form), "over plain http no browser says where a form comes from");
    assert!(passes(|to| form(to).header("sec-fetch-site", "same-origin")));
}

#[test]
fn a_forwarded_host_is_trusted_only_in_the_header_that_was_named() {
    let trusting = |header| {
        let cors = Cors::new(&ENFORCED).trust_forwarded_host(header);
        serve!(App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone()))
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
            server.get("/").host(host).origin(OWN).header(name, value).send().status
        };
        assert_eq!(status(right, "backend:8080") == 200, own, "{name}: {value}");
        assert_eq!(status(other, "backend:8080"), 403, "{name}: {value} is not the header of the proxy");
        assert_eq!(status(other, "site.example"), 200, "{name}: {value} is not read");
        assert!(
            !passes(|to| to.get("/").host("backend:8080").origin(OWN).header(name, value)),
            "a client can forge it"
        );
        assert!(passes(|to| to.get("/").host("site.example").origin(OWN).header(name, value)));
    }
    // If `Forwarded` does not name a host, `Host` counts. A header that cannot be read leaves the host unknown.
    for (value, status) in [("for=192.0.2.1", 200), ("host", 403), ("host=other.example", 403)] {
        let request = forwarded.get("/").host("site.example").origin(OWN).header("forwarded", value);
        assert_eq!(request.send().status, status, "{value}");
    }
}

#[test]
fn deny_enforces() {
    #[cors(deny)]
    #[get("/")]
    async fn handler() -> &'static str {
        "ran"
    }
    let server = serve!(App::new().service(handler));
    assert_eq!(server.get("/").origin(TRUSTED).send().status, 403);
    assert_eq!(server.get("/").send().body, "ran");
    let own = format!("http://{}", server.address);
    assert_eq!(server.get("/").origin(&own).send().body, "ran");
    assert_eq!(server.preflight("/", TRUSTED, "GET").send().status, 403);
}

/// The same key in the macro, the builder and a file.
#[test]
fn all_three_places_enforce() {
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
    let server = serve!(
        App::new()
            .service(handler)
            .service(web::resource("/built").route(web::get().to(HttpResponse::Ok)).wrap(built.clone()))
            .service(web::resource("/read").route(web::get().to(HttpResponse::Ok)).wrap(read.clone()))
    );
    for path in ["/handler", "/built", "/read"] {
        assert_eq!(server.get(path).origin(STRANGER).send().status, 403, "{path}");
        assert_eq!(server.get(path).origin(TRUSTED).send().status, 200, "{path}");
    }
}

#[test]
#[should_panic(expected = "`enforce` cannot be kept by Cors::fallback")]
fn a_fallback_that_would_enforce_does_not_start() {
    Cors::fallback(&ENFORCED);
}

/// A fallback may come to enforce while it runs; then it errs on the safe side.
#[test]
fn a_fallback_that_comes_to_enforce_refuses() {
    let shared = SharedPolicy::new(&policy! { origins = ["https://app.example.com"] }).unwrap();
    let cors = Cors::fallback(&shared);
    let server = serve!(App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone()));
    assert_eq!(server.get("/").origin(STRANGER).send().status, 200);
    shared.replace(&ENFORCED).unwrap();
    assert_eq!(server.get("/").origin(STRANGER).send().status, 403);
    assert_eq!(server.get("/").origin(TRUSTED).send().status, 200);
}

/// A server that speaks TLS itself, and how to speak to it.
fn tls_server() -> (Server, Arc<rustls::ClientConfig>) {
    let key = rcgen::generate_simple_self_signed(["site.example".to_owned()]).unwrap();
    let certificate: CertificateDer<'static> = key.cert.der().clone();
    let private: PrivateKeyDer<'static> = key.signing_key.serialize_der().try_into().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], private)
        .unwrap();
    let cors = Cors::new(&ENFORCED);
    let server = Server::start(move || {
        let app = move || App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone());
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.bind_rustls_0_23(("127.0.0.1", 0), config).unwrap();
        (server.addrs()[0], server.run())
    });
    (server, Arc::new(client))
}

fn over_tls(server: &Server, client: &Arc<rustls::ClientConfig>) -> Connection<impl Read + Write> {
    let session =
        rustls::ClientConnection::new(Arc::clone(client), "site.example".try_into().unwrap()).unwrap();
    let stream = TcpStream::connect(server.address).unwrap();
    Connection::new(rustls::StreamOwned::new(session, stream), "site.example")
}

#[test]
fn a_plain_page_is_not_the_own_page_of_a_server_that_speaks_tls() {
    let (server, client) = tls_server();
    let status = |origin: &str| over_tls(&server, &client).get("/").origin(origin).send().status;
    assert_eq!(status("https://site.example"), 200);
    assert_eq!(status("http://site.example"), 403, "someone on the network can write this page");
    assert_eq!(status(STRANGER), 403);
    assert_eq!(status(TRUSTED), 200);
    let port = |host: &str, origin: &str| {
        over_tls(&server, &client).get("/").host(host).origin(origin).send().status
    };
    assert_eq!(port("site.example:443", "https://site.example"), 200);
    assert_eq!(port("site.example:80", "http://site.example"), 403);
}
