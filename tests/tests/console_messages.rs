//! The guide's page about blocked requests quotes the consoles of the browsers. The quotations are compared with what the
//! browsers print.

use std::fs;
use std::path::Path;

use cors_core::browser::{Engine, Response};
use cors_tests::browsers::start;
use cors_tests::{Browser, Options, Received, Server, report, skip_unless_all_tests};
use serde_json::json;

/// A row of the table, by the start of its first cell, with the path and the options of a fetch that causes this message.
const SITUATIONS: [(&str, &str, &str); 12] = [
    ("No 'Access-Control-Allow-Origin'", "/missing", "{}"),
    ("The 'Access-Control-Allow-Origin' header has a value", "/other", "{}"),
    ("The 'Access-Control-Allow-Origin' header contains multiple", "/several", "{}"),
    ("must not be the wildcard", "/wildcard", "{ credentials: 'include' }"),
    ("The value of the 'Access-Control-Allow-Credentials'", "/credentials", "{ credentials: 'include' }"),
    (
        "Response to preflight request doesn't pass access control check: It does not have",
        "/status",
        "{ method: 'PUT' }",
    ),
    (
        "Response to preflight request doesn't pass access control check: No 'Access",
        "/unauthorized",
        "{ method: 'PUT' }",
    ),
    ("Redirect is not allowed for a preflight", "/redirect", "{ method: 'PUT' }"),
    ("Method … is not allowed", "/method", "{ method: 'PUT' }"),
    ("Request header field …", "/header", "{ headers: { 'x-a': '1' } }"),
    ("The 'Access-Control-Allow-Origin' header contains the invalid", "/invalid", "{}"),
    ("Cannot parse Access-Control-Allow-", "/list", "{ method: 'PUT' }"),
];

fn respond(request: &Received) -> Response {
    let response = |status: u16| Response::new(status).header("content-length", "0");
    let origin = request.header("origin").unwrap_or_default().to_vec();
    let open = |status| response(status).header("access-control-allow-origin", origin.clone());
    match request.target() {
        "/page" => response(200).header("content-type", "text/html"),
        "/other" => response(200).header("access-control-allow-origin", "https://other.example"),
        "/several" => open(200).header("access-control-allow-origin", origin.clone()),
        "/wildcard" => response(200).header("access-control-allow-origin", "*"),
        "/credentials" | "/method" | "/header" => open(200),
        "/status" => open(404),
        "/unauthorized" => response(401),
        "/redirect" => open(307).header("location", "/elsewhere"),
        "/invalid" => response(200).header("access-control-allow-origin", "app.example"),
        "/list" => open(200).header("access-control-allow-methods", "PUT DELETE"),
        _ => response(200),
    }
}

/// The cells of the table, for Chromium, Firefox and Safari.
fn rows() -> Vec<Vec<String>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cors-actix/docs/blocked.md");
    let page = fs::read_to_string(file).expect("the page");
    let lines = page.lines().filter(|line| line.starts_with("| "));
    lines
        .map(|line| line.split(" | ").map(|cell| cell.trim_matches(['|', ' ']).to_owned()).collect())
        .collect()
}

/// Whether a message has all parts of a quotation, which are separated by `…`.
fn has_parts(message: &str, quotation: &str) -> bool {
    let message = message.replace(['‘', '’'], "'");
    quotation.split('…').all(|part| message.contains(part.trim_matches([' ', '\''])))
}

fn check(browser: &dyn Browser) {
    let engine = browser.engine();
    let column = Engine::BROWSERS.iter().position(|other| *other == engine).expect("a browser");
    let server = Server::start(respond);
    let page = browser.open(&server.url("app.example", "/page"));
    let rows = rows();
    for (start, path, init) in SITUATIONS {
        let row =
            rows.iter().find(|row| row[0].starts_with(start)).unwrap_or_else(|| panic!("no row `{start}`"));
        let url = json!(server.url("api.example", path));
        // The message may arrive in the console of Chromium after the page has continued.
        let wait = "await new Promise((done) => setTimeout(done, 200));";
        page.run(&format!("await fetch({url}, {init}).catch(() => {{}}); {wait}"));
        let messages: Vec<String> = page.failures(1).into_iter().map(|failure| failure.message).collect();
        let quotation = &row[column];
        assert!(
            messages.iter().any(|message| has_parts(message, quotation)),
            "{engine}, {path}: the page quotes `{quotation}`, and the console has {messages:#?}"
        );
    }
    report(&format!("console messages: {} prints what the guide quotes", browser.version()));
}

#[test]
fn the_guide_quotes_the_consoles_of_the_browsers() {
    if skip_unless_all_tests("the_guide_quotes_the_consoles_of_the_browsers") {
        return;
    }
    let name = "console messages";
    for engine in Engine::BROWSERS {
        if let Some(browser) = start(engine, name, &Options::default()) {
            check(&*browser);
        }
    }
}
