//! The playground as a person uses it: started, opened in a browser on both origins, asked with the lines that it prints.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use cors_tests::{Chromium, Options};
use serde_json::json;

/// A running playground; it ends with the test, whatever happens.
struct Playground {
    process: Child,
    /// What it prints when it starts.
    greeting: String,
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Playground {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_playground"))
            .args(["--api-port", "0", "--page-port", "0", "--stranger-port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the playground starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut greeting = String::new();
        for line in lines.by_ref() {
            let line = line.expect("text");
            greeting += &line;
            greeting.push('\n');
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        Self { process, greeting }
    }

    /// The URLs of the trusted page and of the stranger's.
    fn pages(&self) -> [String; 2] {
        let mut urls = self.greeting.lines().filter_map(|line| line.split_whitespace().next());
        let mut next = || urls.find(|word| word.starts_with("http://")).expect("a URL").to_owned();
        [next(), next()]
    }

    /// Does what the `n`th `curl` line says.
    fn curl(&self, n: usize) -> String {
        let line = self
            .greeting
            .lines()
            .filter(|line| line.trim().starts_with("curl "))
            .nth(n)
            .expect("a curl line");
        let quoted: Vec<&str> = line.split('\'').skip(1).step_by(2).collect();
        let url = line.split_whitespace().last().expect("a URL").trim_start_matches("http://");
        let (authority, path) = url.split_once('/').expect("a path");
        let method = if line.contains("-X OPTIONS") { "OPTIONS" } else { "GET" };
        let port = authority.split_once(':').expect("a port").1.parse().expect("a number");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the API listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
        let headers: String = quoted.iter().map(|header| format!("{header}\r\n")).collect();
        write!(
            stream,
            "{method} /{path} HTTP/1.1\r\nHost: {authority}\r\n{headers}Connection: close\r\n\r\n"
        )
        .expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("text");
        response
    }
}

/// The lines of a response that are about CORS, and the first one.
fn about_cors(response: &str) -> Vec<String> {
    let head = response.split("\r\n\r\n").next().unwrap_or_default();
    let mut lines = head.lines();
    let status = lines.next().expect("a status line").to_owned();
    let mut headers: Vec<String> = lines
        .filter(|line| line.starts_with("access-control") || line.starts_with("vary"))
        .map(String::from)
        .collect();
    headers.sort();
    std::iter::once(status).chain(headers).collect()
}

#[test]
fn the_lines_to_try_do_what_the_readme_says() {
    let playground = Playground::start();
    let [trusted, _] = playground.pages();
    assert_eq!(
        about_cors(&playground.curl(0)),
        [
            "HTTP/1.1 200 OK".to_owned(),
            format!("access-control-allow-origin: {trusted}"),
            "vary: Origin".to_owned()
        ]
    );
    assert_eq!(about_cors(&playground.curl(1)), ["HTTP/1.1 200 OK", "vary: Origin"]);
    assert_eq!(
        about_cors(&playground.curl(2)),
        [
            "HTTP/1.1 204 No Content".to_owned(),
            "access-control-allow-headers: content-type".to_owned(),
            "access-control-allow-methods: PUT".to_owned(),
            format!("access-control-allow-origin: {trusted}"),
            "access-control-max-age: 600".to_owned(),
            "vary: Origin, Access-Control-Request-Method".to_owned(),
        ]
    );
    // The README shows the same lines, with the ports that are there when no flag is given.
    let readme = include_str!("../../README.md");
    for n in 0..3 {
        for line in about_cors(&playground.curl(n)) {
            let line = line.replace(&trusted, "http://localhost:8081");
            assert!(readme.contains(&line), "the README does not show {line:?}");
        }
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_playground")).args(arguments).output().expect("the playground starts")
}

#[test]
fn a_taken_port_is_one_line_that_names_the_port_and_the_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    for flag in ["--api-port", "--page-port", "--stranger-port"] {
        let others =
            ["--api-port", "--page-port", "--stranger-port"].into_iter().filter(|other| *other != flag);
        let arguments: Vec<&str> = others.flat_map(|other| [other, "0"]).chain([flag, &port]).collect();
        let output = run(&arguments);
        let error = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            error,
            format!("playground: port {port} is taken: choose another with {flag}, or 0 for any\n")
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_names_every_flag() {
    let help = String::from_utf8(run(&["--help"]).stdout).expect("text");
    for flag in ["--api-port", "--page-port", "--stranger-port", "--help"] {
        assert!(help.contains(flag), "{flag}");
    }
}

/// Every row of both pages, in Chromium. The screenshots are left beside the test's other files.
#[test]
fn every_row_agrees_in_chromium_for_the_trusted_page_and_for_the_stranger() {
    let Some(chromium) = Chromium::start("the playground in Chromium", &Options::default()) else { return };
    let playground = Playground::start();
    for (name, url) in ["trusted", "stranger"].into_iter().zip(playground.pages()) {
        let context = chromium.context();
        let page = context.open("about:blank");
        page.call(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": 1280, "height": 860, "deviceScaleFactor": 1, "mobile": false }),
        );
        page.goto(&url);
        let rows = page.run(
            "while (!document.body.dataset.done) await new Promise((resolve) => setTimeout(resolve, 20));
             return [...document.querySelectorAll('tr[data-row]')].map((row) => ({ ...row.dataset }));",
        );
        page.screenshot(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("playground-{name}.png")));
        let rows = rows.as_array().expect("rows");
        assert_eq!(rows.len(), 16);
        for row in rows {
            assert_eq!(row["agrees"], "true", "{name}: {row}");
            if row["row"] == "report" && name == "trusted" {
                let headers: Vec<&str> = row["headers"].as_str().expect("text").split(' ').collect();
                assert!(headers.contains(&"x-total-count") && !headers.contains(&"x-hidden"), "{row}");
            }
        }
        let blocked = rows.iter().filter(|row| row["expected"] == "blocked").count();
        assert_eq!(blocked, if name == "trusted" { 4 } else { 14 });
        for error in page.console_errors() {
            let expected = error.contains("CORS policy") || error.contains("Failed to load resource");
            assert!(expected, "{name}: {error}");
        }
    }
}
