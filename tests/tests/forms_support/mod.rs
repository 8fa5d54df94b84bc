//! A real server on a port of its own, and a client that sends what a browser would.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};

/// What every policy of these tests grants, unless it says otherwise.
pub const TRUSTED: &str = "https://app.example.com";
pub const STRANGER: &str = "https://stranger.example";

pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves an application in a thread of its own.
    pub fn start(configure: fn(&mut ServiceConfig)) -> Self {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(configure))
                    .workers(1)
                    .disable_signals()
                    .bind(("127.0.0.1", 0))
                    .expect("a free port");
                let address = server.addrs()[0];
                let running = server.run();
                sender.send((address, running.handle())).expect("the test waits for it");
                running.await.expect("the server stops when it is told to");
            });
        });
        let (address, handle) = receiver.recv().expect("the server starts");
        Self { address, handle, thread: Some(thread) }
    }

    /// Sends one request.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout is not zero");
        let host = ("host", "api.example.com");
        let has_host = headers.iter().any(|(name, _)| *name == host.0);
        let headers = headers.iter().copied().chain((!has_host).then_some(host));
        let lines: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
        let request =
            format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n{}\r\n\r\n", lines.join("\r\n"));
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut response = Vec::new();
        stream.read_to_end(&mut response).expect("the server answers");
        Response::read(&String::from_utf8(response).expect("ASCII"))
    }

    pub fn actual(&self, method: &str, path: &str, origin: &str) -> Response {
        self.send(method, path, &[("origin", origin)])
    }

    pub fn preflight(&self, method: &str, path: &str, origin: &str) -> Response {
        self.send("OPTIONS", path, &[("origin", origin), ("access-control-request-method", method)])
    }

    /// A handler that trusts [`TRUSTED`], answers with its name, and serves `methods`: each with its preflight and its
    /// actual request, for the trusted origin and a stranger's. A preflight lists `granted`.
    pub fn check(&self, path: &str, handler: &str, methods: &[&str], granted: &str) {
        for method in methods {
            let what = format!("{method} {path}");

            let response = self.preflight(method, path, TRUSTED);
            assert_eq!(response.status, 204, "preflight for {what}: {response:?}");
            assert_eq!(response.header("access-control-allow-origin"), Some(TRUSTED), "{what}");
            assert_eq!(response.words("access-control-allow-methods"), words(granted), "{what}");
            assert_eq!(response.header("vary"), Some("Origin, Access-Control-Request-Method"), "{what}");
            assert_eq!(response.body, "", "{what}");

            let response = self.preflight(method, path, STRANGER);
            assert_eq!(response.status, 403, "preflight of a stranger for {what}: {response:?}");
            assert_eq!(response.header("access-control-allow-origin"), None, "{what}");
            assert_eq!(response.header("access-control-allow-methods"), None, "{what}");

            let body = if *method == "HEAD" { "" } else { handler };
            let response = self.actual(method, path, TRUSTED);
            assert_eq!((response.status, &*response.body), (200, body), "{what}: {response:?}");
            assert_eq!(response.header("access-control-allow-origin"), Some(TRUSTED), "{what}");
            assert_eq!(response.header("vary"), Some("Origin"), "{what}");

            let response = self.actual(method, path, STRANGER);
            assert_eq!((response.status, &*response.body), (200, body), "a stranger's {what}: {response:?}");
            assert_eq!(response.header("access-control-allow-origin"), None, "{what}");
            assert_eq!(response.header("vary"), Some("Origin"), "{what}");

            let response = self.send(method, path, &[]);
            assert_eq!(
                (response.status, &*response.body),
                (200, body),
                "{what} without an origin: {response:?}"
            );
        }
        self.check_unserved(path, "UNHEARD-OF");
        // No preflight: nothing of ours takes it.
        assert_eq!(self.send("OPTIONS", path, &[("origin", TRUSTED)]).status, 404, "OPTIONS {path}");
        assert_eq!(self.send("OPTIONS", path, &[]).status, 404, "OPTIONS {path}");
    }

    /// A preflight for a method that nobody serves gets what the request itself would get.
    pub fn check_unserved(&self, path: &str, method: &str) {
        let response = self.preflight(method, path, TRUSTED);
        assert_eq!(response.status, 404, "preflight for {method} {path}: {response:?}");
        assert_eq!(response.header("access-control-allow-origin"), None);
        assert_eq!(self.actual(method, path, TRUSTED).status, 404, "{method} {path}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The command is sent by the call; the future would wait for the end, and joining the thread does that.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok() || std::thread::panicking(), "the server panicked");
        }
    }
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub body: String,
    headers: Vec<(String, String)>,
}

impl Response {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.parse().expect("a number"),
            body: body.to_owned(),
            headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
        }
    }

    /// The header's value; a test that sees it twice has found a mistake.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} is there twice: {self:?}");
        value
    }

    /// The words of a list, in alphabetical order: no order is promised.
    pub fn words(&self, name: &str) -> Vec<String> {
        self.header(name).map(words).unwrap_or_default()
    }
}

fn words(list: &str) -> Vec<String> {
    let mut words: Vec<String> = list.split(", ").map(String::from).collect();
    words.sort_unstable();
    words
}
