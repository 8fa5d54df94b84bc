//! A running playground, for the tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running playground. It ends with the test, even if the test fails.
pub struct Playground {
    process: Child,
    /// Its output at the start.
    pub greeting: String,
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Playground {
    pub fn start() -> Self {
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

    fn urls(&self) -> Vec<String> {
        let words = self.greeting.split_whitespace();
        words.filter(|word| word.starts_with("http://")).map(str::to_owned).collect()
    }

    /// The origin of the lab, which the policies of the API trust.
    pub fn page(&self) -> String {
        self.urls()[0].clone()
    }

    /// The table of promises, on the trusted origin and on the stranger's.
    pub fn promises(&self) -> [String; 2] {
        [self.urls()[1].clone(), self.urls()[2].clone()]
    }

    pub fn stranger(&self) -> String {
        self.urls()[2].trim_end_matches("/promises").to_owned()
    }

    pub fn api(&self) -> String {
        let found = self.urls().into_iter().find_map(|url| Some(url.strip_suffix("/trusted")?.to_owned()));
        found.expect("a line to try")
    }

    /// The `n`th line that the greeting suggests to try.
    pub fn curl_line(&self, n: usize) -> &str {
        let mut lines = self.greeting.lines().filter(|line| line.trim().starts_with("curl "));
        lines.nth(n).expect("a curl line")
    }

    /// The token of the lab, which is part of its page.
    pub fn token(&self) -> String {
        let page = send(&self.page(), "GET", "/", &[("Host", &authority(&self.page()))], "");
        let (_, rest) = page.split_once("name=\"lab-token\" content=\"").expect("a token");
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

/// `localhost:8081` of `http://localhost:8081`.
pub fn authority(origin: &str) -> String {
    origin.trim_start_matches("http://").to_owned()
}

/// Sends one request to the listener of `origin`, with these headers and no other, and returns the response.
pub fn send(origin: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
    let port = origin.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the playground listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("text");
    response
}

/// Sends the request of a `curl` command. A shell splits the command into arguments.
pub fn curl(line: &str) -> String {
    let script =
        format!("curl() {{ for argument in \"$@\"; do printf '%s\\0' \"$argument\"; done; }}\n{line}");
    let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
    let arguments = String::from_utf8(output.stdout).expect("text");
    let mut arguments = arguments.split_terminator('\0');
    let (mut method, mut headers, mut body, mut url) = ("GET", Vec::new(), "", "");
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value");
        match argument {
            "-i" => {}
            "--head" => method = "HEAD",
            "-X" => method = value(),
            "-H" => headers.push(value().split_once(": ").expect("a header")),
            "--data-raw" => body = value(),
            argument => url = argument,
        }
    }
    let slash = url[7..].find('/').expect("a path") + 7;
    let host = authority(&url[..slash]);
    headers.insert(0, ("Host", &host));
    send(&url[..slash], method, &url[slash..], &headers, body)
}
