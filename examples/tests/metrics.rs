//! The example program, read as by Prometheus.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(address: &str, path: &str, origin: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\norigin: {origin}\r\nconnection: close\r\n\r\n")
        .expect("it is sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    response
}

#[test]
fn the_endpoint_has_a_counter_for_each_reason() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metrics"));
    let child =
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().expect("the program");
    let mut program = Program(child);
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let address = line.trim_end().strip_prefix("listening on http://").expect("the address").to_owned();

    get(&address, "/items", "https://app.example.com");
    for i in 0..3 {
        get(&address, "/items", &format!("https://stranger-{i}.example"));
    }
    let text = get(&address, "/metrics", "https://stranger.example");
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("cors_")).collect();
    let has =
        |start: &str, end: &str| lines.iter().any(|line| line.starts_with(start) && line.ends_with(end));
    assert!(has("cors_decisions_total{decision=\"granted\",layer=\"Cors at ", " 1"), "{text}");
    assert!(has("cors_decisions_total{decision=\"refused\",layer=\"Cors at ", " 3"), "{text}");
    assert!(has("cors_refusals_total{reason=\"origin-not-allowed\",layer=\"Cors at ", " 3"), "{text}");
    assert!(!text.contains("stranger"), "{text}");
}
