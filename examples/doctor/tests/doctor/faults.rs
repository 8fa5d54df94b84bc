//! `--scan` against a server with every fault, each at a path of its own.

use std::sync::{Arc, Mutex};

use cors_core::browser::Response;
use cors_tests::{Received, Server};

use crate::program::{APP, Run, doctor};

/// An answer that allows the requesting origin, which may be missing.
fn allow(origin: &str, credentials: bool) -> Response {
    let response = Response::new(200)
        .header("Content-Length", "0")
        .header("Vary", "Origin")
        .header("Access-Control-Allow-Origin", origin);
    if credentials { response.header("Access-Control-Allow-Credentials", "true") } else { response }
}

fn refuse() -> Response {
    Response::new(200).header("Content-Length", "0").header("Vary", "Origin")
}

/// The path selects the fault.
fn faulty(request: &Received) -> Response {
    let origin = request.header("origin").map(|origin| String::from_utf8(origin.to_vec()).expect("text"));
    let origin = origin.unwrap_or_default();
    let path = request.target().trim_start_matches('/');
    let (path, credentials) = match path.strip_suffix("+credentials") {
        Some(path) => (path, true),
        None => (path, false),
    };
    let allow_if = |is_allowed: bool| if is_allowed { allow(&origin, credentials) } else { refuse() };
    let trusted = origin == APP;
    let preflight = |response: Response| match request.is_preflight() {
        true => response,
        false => allow_if(trusted),
    };
    match path {
        "faultless" if request.is_preflight() => allow_if(trusted)
            .header("Access-Control-Allow-Methods", "PUT")
            .header("Access-Control-Max-Age", "7200"),
        "faultless" => allow_if(trusted),
        "reflected" => allow_if(!origin.is_empty()),
        "null" => allow_if(trusted || origin == "null"),
        "suffix" => allow_if(origin.starts_with(APP)),
        "prefix" => allow_if(origin.starts_with("https://") && origin.ends_with("example.com")),
        "http" => allow_if(trusted || origin == "http://app.example.com"),
        "wildcard" => allow("*", credentials),
        "vary" if trusted => {
            Response::new(200).header("Content-Length", "0").header("Access-Control-Allow-Origin", APP)
        }
        // As with some storage services, the answer to a request without an `Origin` has no `Vary`.
        "vary-without-origin" if origin.is_empty() => Response::new(200).header("Content-Length", "0"),
        "vary-without-origin" => allow_if(trusted),
        "duplicated-origin" => allow_if(trusted).header("Access-Control-Allow-Origin", APP),
        "duplicated-max-age" => preflight(
            allow_if(trusted).header("Access-Control-Max-Age", "60").header("Access-Control-Max-Age", "60"),
        ),
        "redirected" => preflight(Response { status: 307, ..refuse() }.header("Location", "/elsewhere")),
        "authentication" => {
            preflight(Response { status: 401, ..refuse() }.header("WWW-Authenticate", "Basic realm=\"x\""))
        }
        "unauthorized" => preflight(Response { status: 401, ..refuse() }),
        "max-age" => preflight(allow_if(trusted).header("Access-Control-Max-Age", "31536000")),
        "max-age-in-words" => preflight(allow_if(trusted).header("Access-Control-Max-Age", "10m")),
        "methods" => preflight(allow("*", false).header("Access-Control-Allow-Methods", "GET, PUT")),
        "headers" => preflight(allow("*", false).header("Access-Control-Allow-Headers", "*")),
        _ => refuse(),
    }
}

fn scan(url: &str, more: &[&str]) -> Run {
    doctor(&[&["GET", url, "--origin", APP, "--scan"], more].concat())
}

#[test]
fn each_fault_is_found_and_nothing_else() {
    let server = Server::start(faulty);
    for (path, status, findings) in [
        ("faultless", 0, &[][..]),
        ("faultless+credentials", 0, &[]),
        ("reflected", 0, &["warning origin-reflected"]),
        ("reflected+credentials", 3, &["hole origin-reflected"]),
        ("null", 3, &["hole origin-null"]),
        ("suffix", 3, &["hole origin-suffix"]),
        ("prefix", 3, &["hole origin-prefix"]),
        ("http", 0, &["warning origin-http"]),
        ("http+credentials", 3, &["hole origin-http"]),
        ("wildcard", 0, &[]),
        ("wildcard+credentials", 3, &["hole credentials-any-origin"]),
        ("vary", 3, &["hole vary-missing"]),
        ("vary-without-origin", 3, &["hole vary-missing"]),
        ("duplicated-origin", 1, &["warning header-duplicated"]),
        ("duplicated-max-age", 0, &["warning header-duplicated", "warning max-age-ignored"]),
        ("redirected", 0, &["warning preflight-redirected"]),
        ("authentication", 0, &["warning preflight-authentication"]),
        ("unauthorized", 0, &["warning preflight-authentication"]),
        ("max-age", 0, &["warning max-age-ignored"]),
        ("max-age-in-words", 0, &["warning max-age-ignored"]),
        ("methods", 0, &["warning methods-for-everyone"]),
        ("headers", 0, &["warning headers-for-everyone"]),
    ] {
        let run = scan(&server.url("127.0.0.1", &format!("/{path}")), &["--json"]);
        let found = run.findings();
        assert_eq!(found, findings, "{path}: {run:?}");
        assert_eq!(run.status, status, "{path}: {run:?}");
    }
}

#[test]
fn a_finding_shows_the_line_and_what_to_write_instead() {
    let server = Server::start(faulty);
    let run = scan(&server.url("127.0.0.1", "/suffix+credentials"), &[]);
    for line in [
        "hole: The server allows https://app.example.com.cors-doctor.example, which only starts like \
         https://app.example.com: the owner of such a name may act as the signed-in user. [origin-suffix]",
        "    access-control-allow-origin: https://app.example.com.cors-doctor.example",
        "                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "  help: compare whole origins: origins = [\"https://app.example.com\"]",
    ] {
        assert!(run.stdout.lines().any(|other| other == line), "{line}\n{}", run.stdout);
    }
}

#[test]
fn a_hole_comes_before_a_refusal_in_the_exit_status() {
    let server = Server::start(faulty);
    let url = server.url("127.0.0.1", "/null");
    let run = doctor(&["GET", &url, "--origin", APP, "--scan", "-H", "x-a: 1", "--json"]);
    assert!(run.verdicts()[0].starts_with("blocked "), "{run:?}");
    assert_eq!(run.status, 3);
}

#[test]
fn a_scan_sends_nothing_that_may_change_something() {
    let methods: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&methods);
    let server = Server::start(move |request| {
        notes.lock().unwrap().push(request.method.clone());
        let method = request.header("access-control-request-method").unwrap_or(b"GET").to_vec();
        let origin = request.header("origin").unwrap_or(b"*").to_vec();
        Response::new(200)
            .header("Content-Length", "0")
            .header("Access-Control-Allow-Origin", origin)
            .header("Access-Control-Allow-Methods", method)
    });
    let url = server.url("127.0.0.1", "/");
    for (method, allowed) in [
        ("GET", &["GET", "OPTIONS"][..]),
        ("HEAD", &["HEAD", "OPTIONS"]),
        ("POST", &["GET", "OPTIONS"]),
        ("DELETE", &["GET", "OPTIONS"]),
    ] {
        // The request is also sent from a page of the server itself, which needs no preflight.
        for origin in [APP, &server.origin("127.0.0.1")] {
            doctor(&[method, &url, "--origin", origin, "--scan"]);
            let sent = std::mem::take(&mut *methods.lock().unwrap());
            assert!(
                sent.len() >= 5 && sent.iter().all(|sent| allowed.contains(&&**sent)),
                "{method}: {sent:?}"
            );
        }
    }
}
