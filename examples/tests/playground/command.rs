//! The command: its output and its flags.

use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};

use crate::running::{Playground, curl};

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
    let trusted = playground.page();
    assert_eq!(
        about_cors(&curl(playground.curl_line(0))),
        [
            "HTTP/1.1 200 OK".to_owned(),
            format!("access-control-allow-origin: {trusted}"),
            "vary: Origin".to_owned()
        ]
    );
    assert_eq!(about_cors(&curl(playground.curl_line(1))), ["HTTP/1.1 200 OK", "vary: Origin"]);
    assert_eq!(
        about_cors(&curl(playground.curl_line(2))),
        [
            "HTTP/1.1 204 No Content".to_owned(),
            "access-control-allow-headers: content-type".to_owned(),
            "access-control-allow-methods: PUT".to_owned(),
            format!("access-control-allow-origin: {trusted}"),
            "access-control-max-age: 600".to_owned(),
            "vary: Origin, Access-Control-Request-Method".to_owned(),
        ]
    );
    // The README shows the same lines with the default ports.
    let readme = include_str!("../../../README.md");
    for n in 0..3 {
        for line in about_cors(&curl(playground.curl_line(n))) {
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

/// `127.0.0.2` also belongs to this machine. A listener on all addresses would accept the connection.
#[test]
fn only_127_0_0_1_is_listened_on() {
    let playground = Playground::start();
    for origin in [playground.api(), playground.page(), playground.stranger()] {
        let port: u16 = origin.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok(), "{origin}");
        assert!(TcpStream::connect(("127.0.0.2", port)).is_err(), "{origin}");
    }
}

#[test]
fn help_names_every_flag() {
    let help = String::from_utf8(run(&["--help"]).stdout).expect("text");
    for flag in ["--api-port", "--page-port", "--stranger-port", "--help"] {
        assert!(help.contains(flag), "{flag}");
    }
}
