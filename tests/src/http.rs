//! Real HTTP for tests: an actix server on a loopback port of its own, and a client that sends the very bytes it is told.
//!
//! ```
//! use actix_web::{App, HttpResponse, web};
//! use cors_actix::{Cors, Policy, policy};
//! use cors_tests::http::{Request, Server};
//!
//! static TRUSTED: Policy = policy! { origins = ["https://app.example.com"] };
//!
//! let server = Server::start(|| {
//!     App::new().wrap(Cors::new(&TRUSTED)).route("/items", web::get().to(HttpResponse::Ok))
//! });
//! let response = server.send(&Request::get("/items").origin("https://app.example.com"));
//! assert_eq!(response.status, 200);
//! assert_eq!(response.cors(), ["access-control-allow-origin: https://app.example.com", "vary: Origin"]);
//! ```

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, mem, sync::mpsc, thread};

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::rt::System;
use actix_web::{App, Error, HttpServer};

/// A server that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves an application with one worker, on a free port of 127.0.0.1.
    pub fn start<F, T, B>(app: F) -> Self
    where
        F: Fn() -> App<T> + Clone + Send + 'static,
        T: ServiceFactory<
                ServiceRequest,
                Config = (),
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        B: MessageBody + 'static,
    {
        // The listener takes connections from here on, so nobody has to wait for the server.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(app).workers(1).disable_signals().listen(listener);
                let server = server.expect("a listener").run();
                sender.send(server.handle()).expect("the test waits for it");
                server.await.expect("a server");
            });
        });
        let handle = receiver.recv().expect("a server that starts");
        Self { address, handle, thread: Some(thread) }
    }

    /// Host and port, as they stand in `Host`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Sends a request and reads the response. `Host` and `Connection: close` are added where they are missing.
    pub fn send(&self, request: &Request) -> Response {
        self.send_bytes(&request.to_bytes(&self.authority()), &request.method)
    }

    /// Sends these bytes and reads one response. `method` tells whether a body follows.
    pub fn send_bytes(&self, bytes: &[u8], method: &str) -> Response {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        // A server may answer and close before it has read everything.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let mut buffer = [0; 16 * 1024];
        // A server that answers early keeps the connection open for what it has not read: its end is not waited for.
        while !is_whole(&answer, method) {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => answer.extend_from_slice(&buffer[..length]),
                Err(error) => panic!("no response to {:?}: {error}", String::from_utf8_lossy(bytes)),
            }
        }
        Response::parse(&answer, method)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The command is sent when `stop` is called; the thread's end is what is awaited.
        mem::drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the server panicked");
        }
    }
}

/// A request, written out as it is.
#[derive(Clone)]
pub struct Request {
    method: String,
    path: String,
    lines: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    /// A request without headers.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), lines: Vec::new(), body: Vec::new() }
    }

    /// `GET`
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// `OPTIONS`, with an `Origin` and an `Access-Control-Request-Method`.
    pub fn preflight(origin: &str, method: &str, path: &str) -> Self {
        Self::new("OPTIONS", path).origin(origin).header("Access-Control-Request-Method", method)
    }

    /// Adds a line of `Origin`.
    #[must_use]
    pub fn origin(self, origin: impl AsRef<[u8]>) -> Self {
        self.header("Origin", origin)
    }

    /// Adds a line, also beside one of the same name.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.lines.push((name.into(), value.as_ref().into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().into();
        self
    }

    fn to_bytes(&self, host: &str) -> Vec<u8> {
        let has = |name: &str| self.lines.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        let mut line = |name: &str, value: &[u8]| {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        };
        if !has("host") {
            line("Host", host.as_bytes());
        }
        if !has("connection") {
            line("Connection", b"close");
        }
        if !self.body.is_empty() {
            line("Content-Length", self.body.len().to_string().as_bytes());
        }
        for (name, value) in &self.lines {
            line(name, value);
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// What a server answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Every line, its name in lower case, in the order of the wire.
    pub headers: Vec<(String, String)>,
    /// The body, without the marks of chunked transfer.
    pub body: Vec<u8>,
}

impl Response {
    fn parse(bytes: &[u8], method: &str) -> Self {
        let whole = || String::from_utf8_lossy(bytes);
        let end = head_end(bytes).unwrap_or_else(|| panic!("not a whole response: {:?}", whole()));
        // Bytes over 0x7f would show as U+FFFD: no test expects them in a response.
        let head = String::from_utf8_lossy(&bytes[..end - 4]);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line:?}"));
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        let mut response = Self {
            status: status.unwrap_or_else(|| panic!("no status: {:?}", whole())),
            headers: headers.collect(),
            body: bytes[end..].to_owned(),
        };
        if response.is_chunked() && method != "HEAD" {
            response.body = unchunked(&response.body);
        }
        response
    }

    fn is_chunked(&self) -> bool {
        self.get("transfer-encoding") == Some("chunked")
    }

    /// The values of the lines of this name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of the one line of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.all(name)[..] {
            [] => None,
            [value] => Some(value),
            _ => panic!("several lines of {name}: {self:?}"),
        }
    }

    /// All that a response says about CORS, to be compared as a whole: the lines of `Access-Control-…` and of `Vary`, as
    /// `name: value`, sorted by name.
    pub fn cors(&self) -> Vec<String> {
        let about_cors = |name: &str| name.starts_with("access-control-") || name == "vary";
        let mut lines: Vec<_> = self.headers.iter().filter(|(name, _)| about_cors(name)).collect();
        // Stable: lines of one name keep their order.
        lines.sort_by_key(|(name, _)| name);
        lines.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a text")
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", String::from_utf8_lossy(&self.body))
    }
}

/// Where the head of a response ends, if it is there.
fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|end| end + 4)
}

/// Whether these bytes are all of a response (<https://www.rfc-editor.org/rfc/rfc9112#section-6.3>). One whose length is not
/// known ends with its connection.
fn is_whole(bytes: &[u8], method: &str) -> bool {
    let Some(end) = head_end(bytes) else { return false };
    let head = Response::parse(&bytes[..end], "HEAD");
    if method == "HEAD" || matches!(head.status, 204 | 304) {
        return true;
    }
    if head.is_chunked() {
        return bytes.ends_with(b"\r\n0\r\n\r\n");
    }
    let length = head.get("content-length").and_then(|length| length.parse().ok());
    length.is_some_and(|length: usize| bytes.len() >= end + length)
}

/// The data of a body in chunks (<https://www.rfc-editor.org/rfc/rfc9112#section-7.1>).
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    loop {
        let end = rest.windows(2).position(|end| end == b"\r\n").expect("the size of a chunk");
        let size = std::str::from_utf8(&rest[..end]).ok();
        let size = size.and_then(|size| usize::from_str_radix(size, 16).ok()).expect("a size in hexadecimal");
        if size == 0 {
            return data;
        }
        data.extend_from_slice(&rest[end + 2..][..size]);
        rest = &rest[end + 2 + size + 2..];
    }
}
