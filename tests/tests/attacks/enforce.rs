//! `enforce` and `deny` stop a cross-origin request before the handler runs, whatever other headers the request has.

use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, Responder, route};
use cors_actix::{Cors, Policy, cors, policy};
use cors_tests::calls::Calls;
use cors_tests::http::{Request, Response, Server};

use crate::application::{STRANGER, TRUSTED};
use crate::clients::Clients;

static ENFORCED: Policy =
    policy! { origins = ["https://app.example.com"], methods = "*", headers = "*", credentials, enforce };

async fn acts(calls: web::Data<Calls>) -> HttpResponse {
    calls.add();
    HttpResponse::Ok().body("acted")
}

#[cors(origins = ["https://app.example.com"], headers = "*", credentials, enforce)]
#[route("/annotated", method = "GET", method = "HEAD", method = "POST", method = "PUT", method = "DELETE")]
async fn annotated(calls: web::Data<Calls>) -> impl Responder {
    acts(calls).await
}

#[cors(deny)]
#[route("/denied", method = "GET", method = "HEAD", method = "POST", method = "PUT", method = "DELETE")]
async fn denied(calls: web::Data<Calls>) -> impl Responder {
    acts(calls).await
}

const PATHS: [&str; 6] =
    ["/annotated", "/denied", "/wrapped", "/inside/annotated", "/inside/denied", "/inside/wrapped"];

fn handlers(config: &mut ServiceConfig) {
    config
        .service(annotated)
        .service(denied)
        .service(web::resource("/wrapped").default_service(web::to(acts)).wrap(Cors::new(&ENFORCED)));
}

fn serve() -> (Server, Calls) {
    static EVERYONE: Policy = policy! { origins = "*", methods = "*", headers = "*" };
    let calls = Calls::default();
    let data = web::Data::new(calls.clone());
    let server = Server::start(move || {
        let inside = web::scope("/inside").configure(handlers).wrap(Cors::fallback(&EVERYONE));
        App::new().app_data(data.clone()).service(inside).configure(handlers)
    });
    (server, calls)
}

/// Sends requests to every path over every protocol. None of them may reach a handler.
#[track_caller]
fn stops_all(requests: impl Fn(&str) -> Vec<Request>) {
    let (server, calls) = serve();
    let mut clients = Clients::connect(&server);
    for path in PATHS {
        for request in requests(path) {
            for (protocol, response) in clients.send(&request) {
                is_stopped(&response, &format!("{protocol} {request:?}"));
            }
            assert_eq!(calls.take(), 0, "{request:?}");
            if request.has_body() {
                // The server closes a connection whose body it did not read.
                clients = Clients::connect(&server);
            }
        }
    }
}

#[track_caller]
fn is_stopped(response: &Response, what: &str) {
    // HTTP itself may reject the request first, with 400.
    assert!(matches!(response.status, 400 | 403 | 404 | 405), "{what}: {response:?}");
    assert!(!response.body.contains("acted"), "{what}: {response:?}");
    // The outer layer, which grants every origin, judges the responses of the router itself.
    if response.status == 403 {
        assert_eq!(response.allowed_origin(), None, "{what}: {response:?}");
    }
}

#[test]
fn no_value_of_sec_fetch_site_lets_another_origin_act_except_same_origin() {
    stops_all(|path| {
        let post = || Request::new("POST", path).origin(STRANGER);
        let forged = [
            "cross-site",
            "same-site",
            "none",
            "",
            "same-origin,",
            "same-origin;a",
            "\"same-origin\"",
            "Same-Origin",
            "SAME-ORIGIN",
            "same-origin same-origin",
            "same_origin",
            "same-origin\u{e9}",
            "?1",
            "same-origin, none",
        ];
        let lines = [
            ["same-origin", "same-origin"],
            ["same-origin", "cross-site"],
            ["none", "same-origin"],
            ["", "same-origin"],
        ];
        let one = forged.map(|value| post().header("sec-fetch-site", value));
        let several =
            lines.map(|lines| lines.iter().fold(post(), |r, line| r.header("sec-fetch-site", line)));
        one.into_iter().chain(several).collect()
    });
}

#[test]
fn other_headers_that_describe_the_page_change_nothing() {
    stops_all(|path| {
        let own = "https://api.example";
        let headers = [
            ("sec-fetch-mode", "same-origin"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("sec-fetch-user", "?1"),
            ("sec-fetch-sites", "same-origin"),
            ("x-sec-fetch-site", "same-origin"),
            ("referer", "https://api.example/"),
            ("x-origin", own),
            ("x-forwarded-origin", own),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-server", "evil.example"),
            ("x-original-host", "evil.example"),
            ("x-host", "evil.example"),
            ("forwarded", "host=evil.example;proto=https"),
            ("x-requested-with", "XMLHttpRequest"),
            ("x-http-method-override", "GET"),
            ("x-csrf-token", "1"),
            ("access-control-request-method", "GET"),
            ("upgrade-insecure-requests", "1"),
        ];
        let post = || Request::new("POST", path).origin(STRANGER);
        headers.iter().map(|(name, value)| post().header(name, value)).collect()
    });
}

#[test]
fn no_method_and_no_body_lets_another_origin_act() {
    stops_all(|path| {
        let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY", "BREW"];
        let types = [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "application/json",
            "application/csp-report",
        ];
        let plain = methods.map(|method| Request::new(method, path).origin(STRANGER));
        let bodies = types
            .map(|kind| Request::new("POST", path).origin(STRANGER).header("content-type", kind).body("a=b"));
        let null = methods.map(|method| Request::new(method, path).origin("null"));
        plain.into_iter().chain(bodies).chain(null).collect()
    });
}

/// A page can choose its own host name, and nothing else in these requests.
#[test]
fn no_host_name_of_a_page_passes_for_the_server_s_own() {
    let hosts = [
        "api.example",
        "api.example:80",
        "api.example:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "xn--bcher-kva.example",
    ];
    let (server, calls) = serve();
    let mut connection = server.connect();
    for host in hosts {
        let name = host.split(':').next().unwrap_or_default();
        let origins = [
            format!("http://{host}.evil.example"),
            format!("http://evil.example.{host}"),
            format!("http://evil{host}"),
            format!("http://{host}@evil.example"),
            format!("http://evil.example@{host}"),
            format!("http://evil.example/{host}"),
            format!("http://evil.example#{host}"),
            format!("http://evil.example?{host}"),
            format!("http://evil.example\\{host}"),
            format!("http://{host}/"),
            format!("http://{host}%00"),
            format!("http://{host},http://{host}"),
            format!("http://{name}:1"),
            format!("http://{name}:65535"),
            format!("http://{name}:00080"),
            format!("ftp://{host}"),
            format!("ws://{host}"),
            format!("httpss://{host}"),
            format!("http:{host}"),
            format!("//{host}"),
            host.to_owned(),
        ];
        for origin in origins {
            for path in PATHS {
                let request = Request::new("POST", path).host(host).origin(&origin);
                is_stopped(&connection.send(&request), &format!("{request:?}"));
                assert_eq!(calls.take(), 0, "{request:?}");
            }
        }
    }
}

/// Forms of the request target (<https://www.rfc-editor.org/rfc/rfc9112#section-3.2>). Where the target and `Host` name
/// different hosts, a stranger's origin may agree with neither.
#[test]
fn forms_of_the_target_do_not_make_a_stranger_the_server_s_own() {
    let (server, calls) = serve();
    let origin = format!("Origin: {STRANGER}");
    for path in PATHS {
        for start in [
            format!("POST http://api.example{path} HTTP/1.1\r\nHost: api.example"),
            format!("POST http://api.example:80{path} HTTP/1.1\r\nHost: api.example"),
            format!("POST http://evil.example@api.example{path} HTTP/1.1\r\nHost: api.example"),
            format!("POST http://api.example{path}?https://evil.example HTTP/1.1\r\nHost: api.example"),
            format!("POST http://api.example{path} HTTP/1.1\r\nHost: evil.example"),
            format!("POST https://api.example{path} HTTP/1.1\r\nHost: evil.example"),
            format!("POST {path} HTTP/1.1\r\nHost: api.example\r\nHost: evil.example"),
            format!("POST {path} HTTP/1.1\r\nHost: evil.example\r\nHost: api.example"),
            format!("POST {path} HTTP/1.1\r\nHost: api.example, evil.example"),
            format!("POST {path} HTTP/1.1\r\nHost: api.example@evil.example"),
            format!("POST {path} HTTP/1.1\r\nHost: evil.example/api.example"),
            format!("POST {path} HTTP/1.1\r\nHost: api.example\r\nX: y\r\n evil.example"),
            format!("POST {path} HTTP/1.1\r\nHost:"),
            format!("POST {path} HTTP/1.1"),
            format!("POST {path} HTTP/1.0"),
        ] {
            let bytes = format!("{start}\r\n{origin}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let mut connection = server.connect();
            connection.write(bytes.as_bytes());
            if let Ok(response) = connection.read("POST") {
                is_stopped(&response, &bytes);
            }
            assert_eq!(calls.take(), 0, "{bytes}");
        }
    }
}

#[test]
fn http2_requests_name_their_host_once() {
    let (server, calls) = serve();
    let client = server.connect_http2();
    for path in PATHS {
        let to =
            |authority: &str| Request::new("POST", &format!("http://{authority}{path}")).origin(STRANGER);
        for request in [
            to("api.example"),
            to("api.example:443"),
            to("evil.example:8443"),
            to("api.example").host("evil.example"),
            to("api.example").header("x-forwarded-host", "evil.example"),
        ] {
            is_stopped(&client.send(&request), &format!("{request:?}"));
            assert_eq!(calls.take(), 0, "{request:?}");
        }
        let without = Request::new("POST", path).origin(STRANGER).host("api.example").host("evil.example");
        is_stopped(&client.send_without_authority(&without), "two hosts");
        assert_eq!(calls.take(), 0, "two hosts");
    }
}

#[test]
fn requests_that_are_not_forged_reach_the_handler() {
    let (server, calls) = serve();
    let mut clients = Clients::connect(&server);
    for path in PATHS {
        let is_denied = path.ends_with("denied");
        for request in [
            Request::new("POST", path),
            Request::new("POST", path).origin("https://own.example").header("sec-fetch-site", "same-origin"),
        ] {
            for (protocol, response) in clients.send(&request) {
                assert_eq!(response.body, "acted", "{protocol} {request:?}: {response:?}");
            }
        }
        for (protocol, response) in clients.send(&Request::new("POST", path).origin(TRUSTED)) {
            assert_eq!(response.body == "acted", !is_denied, "{protocol} {path}: {response:?}");
        }
        let expected = if is_denied { 6 } else { 9 };
        assert_eq!(calls.take(), expected, "{path}");
    }
}
