//! Another framework with the same core. A complete adapter for axum answers as the actix middleware does, over real HTTP.

mod adapter;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use actix_web::HttpResponse;
use cors_actix::Cors;
use cors_core::Policy;
use cors_tests::http::Server;

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://evil.example";

/// The policies, each under a path of its own.
fn policies() -> Vec<(&'static str, Policy)> {
    let everything = Policy::builder()
        .origins(["https://app.example.com", "https://*.partner.example"])
        .methods("*")
        .headers("*")
        .expose("*")
        .credentials(true)
        .build();
    let listed = Policy::builder()
        .origins([TRUSTED])
        .methods(["GET", "PUT"])
        .headers(["content-type"])
        .expose(["x-total-count"])
        .max_age("10m")
        .preflight_status(200)
        .build();
    let public = Policy::builder().origins("*").expose(["x-total-count"]).build();
    let except = Policy::builder().origins("*").except([STRANGER]).build();
    let enforced = Policy::builder().origins([TRUSTED]).enforce(true).build();
    vec![
        ("/listed", listed.unwrap()),
        ("/everything", everything.unwrap()),
        ("/public", public.unwrap()),
        ("/except", except.unwrap()),
        ("/enforced", enforced.unwrap()),
        ("/deny", Policy::deny()),
    ]
}

/// The headers that every handler sets.
const HANDLER_HEADERS: [(&str, &str); 3] =
    [("x-total-count", "7"), ("vary", "accept-encoding"), ("set-cookie", "a=b")];

/// A request: its method, whether the handler sets its own `Access-Control-Allow-Origin`, and its headers.
type Case = (&'static str, bool, Vec<(&'static str, &'static str)>);

/// The requests that are sent to each policy.
fn cases() -> Vec<Case> {
    let origins: [&[&str]; 9] = [
        &[],
        &[TRUSTED],
        &["https://eu.partner.example"],
        &[STRANGER],
        &["null"],
        &[""],
        &["https://app.example.com/"],
        &[TRUSTED, STRANGER],
        &["http://site.example"],
    ];
    let preflights: [&[(&str, &str)]; 6] = [
        &[],
        &[("access-control-request-method", "PUT")],
        &[("access-control-request-method", "p t")],
        &[("access-control-request-method", "PUT"), ("access-control-request-method", "GET")],
        &[("access-control-request-method", "PUT"), ("access-control-request-headers", "content-type, x-a")],
        &[("access-control-request-method", "PUT"), ("access-control-request-headers", "x a")],
    ];
    let mut cases = Vec::new();
    for origins in origins {
        for asked in preflights {
            let mut headers = vec![("host", "site.example")];
            headers.extend(origins.iter().map(|origin| ("origin", *origin)));
            headers.extend(asked);
            for method in ["OPTIONS", "GET", "PUT"] {
                cases.push((method, false, headers.clone()));
            }
            cases.push(("GET", true, headers.clone()));
            headers.push(("sec-fetch-site", "same-origin"));
            cases.push(("POST", false, headers.clone()));
        }
    }
    cases
}

/// The response of a server: the status, whether the handler ran, and the sorted lines about CORS.
#[derive(Debug, PartialEq)]
struct Answered {
    status: u16,
    handler_ran: bool,
    cors: Vec<String>,
}

fn send(address: SocketAddr, path: &str, (method, own_allow_origin, headers): &Case) -> Answered {
    let query = if *own_allow_origin { "?own" } else { "" };
    let mut text = format!("{method} {path}{query} HTTP/1.1\r\nconnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += "content-length: 0\r\n\r\n";
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let head = response.split("\r\n\r\n").next().unwrap().to_owned();
    let mut lines = head.split("\r\n").map(str::to_owned);
    let status = lines.next().unwrap()[9..12].parse().unwrap();
    let mut cors: Vec<_> = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("not a header: {line:?}"));
            format!("{}: {value}", name.to_ascii_lowercase())
        })
        .filter(|line| line.starts_with("access-control-") || line.starts_with("vary: "))
        .collect();
    cors.sort_unstable();
    Answered { status, handler_ran: response.ends_with("the handler ran"), cors }
}

/// An axum server. Its thread ends with the test's process.
fn axum_server() -> SocketAddr {
    async fn handler(uri: axum::http::Uri) -> axum::response::Response {
        let mut response = axum::response::Response::builder();
        for (name, value) in HANDLER_HEADERS {
            response = response.header(name, value);
        }
        if uri.query() == Some("own") {
            response = response.header("access-control-allow-origin", "https://of-the-handler.example");
        }
        response.body("the handler ran".into()).unwrap()
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut router = axum::Router::new();
            for (path, policy) in policies() {
                let cors = adapter::CorsLayer::new(&policy).unwrap();
                router = router.route(path, axum::routing::any(handler).layer(cors));
            }
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await.unwrap();
        });
    });
    address
}

fn actix_server() -> Server {
    async fn handler(request: actix_web::HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        for header in HANDLER_HEADERS {
            response.append_header(header);
        }
        if request.query_string() == "own" {
            response.append_header(("access-control-allow-origin", "https://of-the-handler.example"));
        }
        response.body("the handler ran")
    }
    let layers: Vec<_> = policies().into_iter().map(|(path, policy)| (path, Cors::new(policy))).collect();
    Server::start(move || {
        let mut app = actix_web::App::new();
        for (path, cors) in &layers {
            let resource = actix_web::web::resource(*path).default_service(actix_web::web::to(handler));
            app = app.service(resource.wrap(cors.clone()));
        }
        app
    })
}

#[test]
fn axum_answers_as_actix_does() {
    let (axum, actix) = (axum_server(), actix_server());
    let actix = actix.authority().parse().unwrap();
    let (mut granted, mut refused, mut answered_for_handler) = (0, 0, 0);
    for (path, _) in policies() {
        for case in cases() {
            let (by_axum, by_actix) = (send(axum, path, &case), send(actix, path, &case));
            assert_eq!(by_axum, by_actix, "{path} {case:?}");
            granted +=
                usize::from(by_axum.cors.iter().any(|line| line.starts_with("access-control-allow-origin")));
            refused += usize::from(by_axum.status == 403);
            answered_for_handler += usize::from(!by_axum.handler_ran);
        }
    }
    assert!(granted > 400 && refused > 200 && answered_for_handler > refused, "{granted} {refused}");
}

#[test]
fn axum_answers_according_to_the_protocol() {
    let axum = axum_server();
    let cors = |method: &'static str, path: &str, headers: &[(&'static str, &'static str)]| {
        let answered = send(axum, path, &(method, false, [&[("host", "site.example")], headers].concat()));
        (answered.status, answered.cors.join("\n"))
    };
    let preflight = [
        ("origin", TRUSTED),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "content-type"),
    ];
    let expected = "access-control-allow-headers: content-type\n\
                    access-control-allow-methods: GET, PUT\n\
                    access-control-allow-origin: https://app.example.com\n\
                    access-control-max-age: 600\n\
                    vary: Origin, Access-Control-Request-Method";
    assert_eq!(cors("OPTIONS", "/listed", &preflight), (200, expected.to_owned()));
    let expected = "access-control-allow-credentials: true\n\
                    access-control-allow-origin: https://app.example.com\n\
                    access-control-expose-headers: vary, x-total-count\n\
                    vary: Origin\n\
                    vary: accept-encoding";
    assert_eq!(cors("PUT", "/everything", &preflight[..1]), (200, expected.to_owned()));
    let refused = (200, String::from("vary: Origin\nvary: accept-encoding"));
    assert_eq!(cors("PUT", "/listed", &[("origin", STRANGER)]), refused);
    assert_eq!(cors("PUT", "/enforced", &[("origin", STRANGER)]), (403, "vary: Origin".into()));
    assert_eq!(cors("PUT", "/enforced", &[("origin", "http://site.example")]), refused);
}

#[test]
fn the_adapter_is_short() {
    assert!(include_str!("adapter.rs").lines().count() <= 150);
}
