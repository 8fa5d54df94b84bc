//! How the engines handle one request: the verdict, the wrong line, the remedy and the exit status.

use std::sync::{Arc, Mutex};

use cors_core::browser::Response;
use cors_tests::{Received, Server};

use crate::program::{APP, Run, doctor};

/// A server that answers preflights, and everything else, with these headers.
fn server(status: u16, lines: &'static [(&'static str, &'static str)]) -> Server {
    Server::start(move |_| respond(status, lines))
}

fn respond(status: u16, lines: &[(&str, &str)]) -> Response {
    let response = Response::new(status).header("Content-Length", "0");
    lines.iter().fold(response, |response, (name, value)| response.header(*name, *value))
}

fn put(server: &Server, more: &[&str]) -> Run {
    let url = server.url("127.0.0.1", "/items/1");
    doctor(&[&["PUT", &url, "--origin", APP, "-H", "content-type:application/json"], more].concat())
}

#[test]
fn each_fault_is_shown_with_its_line_and_its_remedy() {
    type Lines = &'static [(&'static str, &'static str)];
    /// The reason, more arguments, the status and the lines of the answer, the marked text, the expected line, and the
    /// remedy.
    type Case = (&'static str, &'static [&'static str], u16, Lines, &'static str, &'static str, &'static str);
    const ORIGIN: (&str, &str) = ("Access-Control-Allow-Origin", APP);
    const METHODS: (&str, &str) = ("Access-Control-Allow-Methods", "PUT");
    let cases: &[Case] = &[
        (
            "PreflightMissingAllowOriginHeader",
            &[],
            204,
            &[],
            "",
            "access-control-allow-origin: https://app.example.com",
            "origins = [\"https://app.example.com\"]",
        ),
        (
            "PreflightAllowOriginMismatch",
            &[],
            204,
            &[("Access-Control-Allow-Origin", "https://app.example.com/")],
            "/",
            "access-control-allow-origin: https://app.example.com",
            "origins = [\"https://app.example.com\"]",
        ),
        (
            "PreflightWildcardOriginNotAllowed",
            &["--credentials"],
            204,
            &[("Access-Control-Allow-Origin", "*")],
            "*",
            "access-control-allow-credentials: true",
            "origins = [\"https://app.example.com\"], credentials",
        ),
        (
            "PreflightMultipleAllowOriginValues",
            &[],
            204,
            &[ORIGIN, ORIGIN],
            "https://app.example.com",
            "access-control-allow-origin: https://app.example.com",
            "origins = [\"https://app.example.com\"]",
        ),
        (
            "PreflightInvalidAllowCredentials",
            &["--credentials"],
            204,
            &[ORIGIN, ("Access-Control-Allow-Credentials", "True")],
            "True",
            "access-control-allow-credentials: true",
            "credentials",
        ),
        (
            "PreflightInvalidStatus",
            &[],
            404,
            &[ORIGIN],
            "404",
            "HTTP/1.1 204 No Content",
            "no key: `#[cors(…)]` on a handler answers the preflights for its own path and methods",
        ),
        (
            "PreflightInvalidStatus",
            &[],
            401,
            &[ORIGIN],
            "401",
            "HTTP/1.1 204 No Content",
            "no key: `#[cors(…)]` and `Cors::new` answer preflights with 204 by themselves",
        ),
        (
            "MethodDisallowedByPreflightResponse",
            &[],
            204,
            &[ORIGIN, ("Access-Control-Allow-Methods", "GET, put")],
            "put",
            "access-control-allow-methods: GET, PUT",
            "methods = [\"PUT\"]",
        ),
        (
            "HeaderDisallowedByPreflightResponse",
            &[],
            204,
            &[ORIGIN, METHODS, ("Access-Control-Allow-Headers", "x-a, content_type")],
            "x-a, content_type",
            "access-control-allow-headers: x-a, content_type, content-type",
            "headers = [\"content-type\"]",
        ),
    ];
    for &(reason, more, status, lines, marked, expected, remedy) in cases {
        let server = server(status, lines);
        let run = put(&server, more);
        assert_eq!(run.status, 1, "{run:?}");
        let first = format!("\nChromium, Firefox, WebKit: blocked ({reason})\n");
        assert!(run.stdout.contains(&first), "{first} {}", run.stdout);
        assert!(run.stdout.contains(&format!("\n    {expected}\n")), "{expected}\n{}", run.stdout);
        assert!(run.stdout.contains(&format!("In this library: {remedy}")), "{remedy}\n{}", run.stdout);
        if !marked.is_empty() {
            let (line, carets) = marked_line(&run.stdout);
            let start = carets.find('^').unwrap();
            assert_eq!(&line[start..carets.len()], marked, "{}", run.stdout);
        }
        let json = put(&server, &[more, &["--json"]].concat());
        assert_eq!(json.verdicts(), [(); 3].map(|()| format!("blocked {reason}")));
    }
}

/// The first line that has carets below.
fn marked_line(report: &str) -> (&str, &str) {
    let lines: Vec<&str> = report.lines().collect();
    let at = lines.iter().position(|line| line.trim_start().starts_with('^')).expect("a marked line");
    (lines[at - 1], lines[at])
}

const ALLOWED: &[(&str, &str)] = &[
    ("Access-Control-Allow-Origin", APP),
    ("Access-Control-Allow-Methods", "PUT"),
    ("Access-Control-Allow-Headers", "content-type"),
    ("Access-Control-Max-Age", "3600"),
    ("Access-Control-Expose-Headers", "x-total-count"),
    ("X-Total-Count", "7"),
    ("X-Hidden", "8"),
];

/// A server that records its requests.
fn noting() -> (Server, Arc<Mutex<Vec<Received>>>) {
    let requests: Arc<Mutex<Vec<Received>>> = Arc::default();
    let notes = Arc::clone(&requests);
    let server = Server::start(move |request| {
        notes.lock().unwrap().push(request.clone());
        respond(200, ALLOWED)
    });
    (server, requests)
}

fn methods(requests: &Mutex<Vec<Received>>) -> Vec<String> {
    requests.lock().unwrap().iter().map(|request| request.method.clone()).collect()
}

#[test]
fn a_request_that_may_change_something_is_sent_only_on_demand_and_once() {
    let (server, requests) = noting();
    let run = put(&server, &["--json"]);
    assert_eq!((run.status, run.verdicts()), (0, vec!["granted".to_owned(); 3]));
    assert_eq!(methods(&requests), ["OPTIONS"]);
    requests.lock().unwrap().clear();

    let run = put(&server, &["--json", "--send"]);
    assert_eq!((run.status, run.verdicts()), (0, vec!["readable".to_owned(); 3]));
    assert_eq!(methods(&requests), ["OPTIONS", "PUT"]);
    let readable = &run.json()["engines"][0]["readable_headers"];
    assert_eq!(*readable, serde_json::json!(["content-length", "x-total-count"]));
}

#[test]
fn headers_that_pages_cannot_set_are_reported_and_not_sent() {
    let (server, requests) = noting();
    let run = put(&server, &["-H", "cookie: a=b", "-H", "Sec-X: 1", "-H", "user-agent: x"]);
    assert!(
        run.stdout.contains("\nBrowsers leave out what no page can set: cookie, Sec-X.\n"),
        "{}",
        run.stdout
    );
    assert!(requests.lock().unwrap().iter().all(|request| request.header("sec-x").is_none()));
    let json = put(&server, &["-H", "cookie: a=b", "--json"]).json();
    assert_eq!(json["request"]["dropped_headers"], serde_json::json!(["cookie"]));
}

#[test]
fn a_refusal_of_this_library_has_the_same_remedy_in_every_engine() {
    let server = server(403, &[]);
    let json = put(&server, &["--json"]).json();
    for engine in json["engines"].as_array().unwrap() {
        assert_eq!(engine["help"], format!("origins = [\"{APP}\"]"), "{engine}");
    }
}

#[test]
fn the_report_mentions_that_an_error_may_come_from_other_code() {
    for (status, hint) in [(404, "if no handler accepts it"), (502, "such as a proxy")] {
        let server = server(status, &[]);
        let run = doctor(&["GET", &server.url("127.0.0.1", "/"), "--origin", APP]);
        assert_eq!(run.status, 1);
        assert!(run.stdout.contains(hint) && run.stdout.contains("origins = ["), "{}", run.stdout);
    }
}

#[test]
fn a_get_is_sent_without_the_flag_send() {
    let (server, requests) = noting();
    let url = server.url("127.0.0.1", "/");
    let run = doctor(&["get", &url, "--origin", APP]);
    assert_eq!(run.status, 0);
    assert!(run.stdout.contains("Chromium, Firefox, WebKit: allowed\n"), "{}", run.stdout);
    assert_eq!(methods(&requests), ["GET"]);
}

#[test]
fn a_post_without_a_preflight_is_not_sent_and_the_report_says_so() {
    let (server, requests) = noting();
    let url = server.url("127.0.0.1", "/");
    let run = doctor(&["POST", &url, "--origin", APP]);
    assert_eq!(run.status, 0);
    assert!(run.stdout.contains("Only --send shows whether the page can read"), "{}", run.stdout);
    assert_eq!(methods(&requests), [""; 0]);
}

#[test]
fn the_preflight_is_the_same_as_in_browsers() {
    let (server, requests) = noting();
    put(
        &server,
        &["-H", "X-Zoo: 1", "-H", "Authorization: Bearer x", "-H", "accept: text/plain", "-H", "cookie: a=b"],
    );
    let requests = requests.lock().unwrap();
    let [preflight] = &requests[..] else { panic!("{requests:?}") };
    assert!(preflight.is_preflight());
    let value = |name| preflight.header(name).map(|value| String::from_utf8(value.to_vec()).unwrap());
    assert_eq!(value("access-control-request-headers").unwrap(), "authorization,content-type,x-zoo");
    assert_eq!(value("access-control-request-method").unwrap(), "PUT");
    assert_eq!(value("origin").unwrap(), APP);
    assert_eq!((value("cookie"), value("authorization")), (None, None));
    let names: Vec<_> = preflight.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"Access-Control-Request-Method"), "the case of HTTP/1.1 in browsers: {names:?}");
}

#[test]
fn an_engine_that_differs_has_its_own_line() {
    // After the redirect, the origin is `null`. Only Firefox sends the page's origin with the preflight.
    const NULL: &[(&str, &str)] =
        &[("Access-Control-Allow-Origin", "null"), ("Access-Control-Allow-Headers", "x-a")];
    let target = server(200, NULL);
    let to = target.url("127.0.0.1", "/there");
    let first = Server::start(move |request| {
        let response = respond(if request.is_preflight() { 204 } else { 307 }, &[]);
        let response = response.header("Access-Control-Allow-Origin", APP);
        let response = response.header("Access-Control-Allow-Headers", "x-a");
        if request.is_preflight() { response } else { response.header("Location", to.clone()) }
    });
    let run = doctor(&["GET", &first.url("127.0.0.1", "/"), "--origin", APP, "-H", "x-a: 1", "--json"]);
    assert_eq!(run.status, 1, "one engine that blocks is enough");
    let verdicts = run.verdicts();
    let [chromium, firefox, webkit] = &verdicts[..] else { panic!("{verdicts:?}") };
    assert_eq!([chromium, webkit], ["readable"; 2]);
    assert!(firefox.starts_with("blocked Preflight"), "{verdicts:?}");
}

#[test]
fn the_report_has_the_cache_time_of_the_preflight_in_each_engine() {
    let (server, _) = noting();
    let report = put(&server, &[]).stdout;
    assert!(report.contains("kept by Chromium 3600 s, Firefox 3600 s, WebKit 600 s."), "{report}");
}

#[test]
fn only_an_insecure_server_on_another_machine_is_mixed_content() {
    let (server, requests) = noting();
    let run = doctor(&["GET", &server.url("127.0.0.1", "/"), "--origin", APP, "--json"]);
    assert_eq!(run.verdicts()[0], "readable");
    requests.lock().unwrap().clear();
    let address = "api.example.com:127.0.0.1";
    let url = server.url("api.example.com", "/");
    let run = doctor(&["GET", &url, "--origin", APP, "--resolve", address, "--json"]);
    assert_eq!((run.status, run.verdicts()), (1, vec!["mixed-content".to_owned(); 3]));
    assert_eq!(methods(&requests), [""; 0]);
}

#[test]
fn a_wrong_argument_is_status_2_with_what_to_write() {
    let url = "https://api.example.com/";
    for (arguments, what) in [
        (&["GET", url][..], "--origin"),
        (&["GET", "/relative", "--origin", APP], "write all of it, such as https://api.example.com/relative"),
        (&["GET", "api.example.com/x", "--origin", APP], "write https://api.example.com/x"),
        (&["GET", "localhost:8080/x", "--origin", APP], "write http://localhost:8080/x"),
        (&["GET", "127.0.0.1:8080", "--origin", APP], "write http://127.0.0.1:8080"),
        (&["GET", "example.com:443/x", "--origin", APP], "write https://example.com:443/x"),
        (&["GET", "ftp://api.example.com/", "--origin", APP], "neither http nor https"),
        (&["TRACE", url, "--origin", APP], "TRACE"),
        (&["G ET", url, "--origin", APP], "G ET"),
        (&["GET", url, "--origin", "https://app.example.com/"], "\"https://app.example.com\""),
        (&["GET", url, "--origin", "https://*.example.com"], "without wildcards"),
        (&["GET", url, "--origin", "app.example.com"], "app.example.com"),
        (&["GET", url, "--origin", APP, "-H", "no-colon"], "NAME:VALUE"),
        (&["GET", url, "--origin", APP, "--resolve", "here"], "HOST:ADDRESS"),
        (&["GET", url, "--origin", APP, "--timeout", "0"], "--timeout"),
        (&["GET", url, "--origin", APP, "--proxy", "::"], "--proxy"),
        (&["PUT", url, "--origin", APP, "--scan", "--send"], "--send"),
    ] {
        let run = doctor(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(
            run.stderr.starts_with("error: ") && run.stderr.contains(what),
            "{arguments:?}: {}",
            run.stderr
        );
    }
}

#[test]
fn text_from_the_server_is_escaped_for_the_terminal() {
    let server = Server::start(|_| {
        Response::new(200)
            .header("Content-Length", "0")
            .header("Access-Control-Allow-Origin", b"https://\xc2\x9b31m\xe2\x80\xae".to_vec())
            .header("X-A", b"\xff\\ \xc2\x9b".to_vec())
    });
    let url = server.url("127.0.0.1", "/");
    for more in [&[][..], &["--json"], &["--scan"]] {
        let run = doctor(&[&["GET", &url, "--origin", APP], more].concat());
        assert_eq!(run.status, 1);
        let is_harmless = |c: char| matches!(c, '\n' | ' '..='~' | '…');
        assert!(run.stdout.chars().all(is_harmless), "{}", run.stdout);
    }
    let json = doctor(&["GET", &url, "--origin", APP, "--json"]).json();
    let headers = json["exchanges"][0]["response"]["headers"].as_array().unwrap();
    assert!(headers.contains(&serde_json::json!(["x-a", "\u{ff}\\ \u{c2}\u{9b}"])), "{headers:?}");
}
