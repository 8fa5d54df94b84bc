//! A real server on the loopback, and a client that sends what a test says, byte for byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;

/// A server that stops when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// Serves an `App` over HTTP/1 on a free port.
macro_rules! serve {
    ($app:expr) => {
        $crate::support::Server::start(move || {
            let server = actix_web::HttpServer::new(move || $app).workers(1).disable_signals();
            let server = server.bind(("127.0.0.1", 0)).unwrap();
            (server.addrs()[0], server.run())
        })
    };
}
pub(crate) use serve;

impl Server {
    pub fn start(run: impl FnOnce() -> (SocketAddr, actix_web::dev::Server) + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let (address, server) = run();
                sender.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = receiver.recv().expect("the server starts");
        Self { address, handle, thread: Some(thread) }
    }

    pub fn connect(&self) -> Connection<TcpStream> {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Connection::new(stream, &self.address.to_string())
    }

    pub fn get(&self, target: &str) -> Request<TcpStream> {
        self.request("GET", target)
    }

    pub fn request(&self, method: &str, target: &str) -> Request<TcpStream> {
        self.connect().request(method, target)
    }

    pub fn preflight(&self, target: &str, origin: &str, method: &str) -> Request<TcpStream> {
        self.connect().preflight(target, origin, method)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The command is sent at once; the future only tells when it is done.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server did not panic");
        }
    }
}

/// A connection that is kept alive.
pub struct Connection<S> {
    stream: BufReader<S>,
    host: String,
}

impl<S: Read + Write> Connection<S> {
    pub fn new(stream: S, host: &str) -> Self {
        Self { stream: BufReader::new(stream), host: host.into() }
    }

    pub fn request(self, method: &str, target: &str) -> Request<S> {
        Request {
            connection: self,
            start: format!("{method} {target} HTTP/1.1\r\n"),
            host: None,
            fields: String::new(),
            body: String::new(),
        }
    }

    pub fn get(self, target: &str) -> Request<S> {
        self.request("GET", target)
    }

    pub fn preflight(self, target: &str, origin: &str, method: &str) -> Request<S> {
        self.request("OPTIONS", target).origin(origin).header("access-control-request-method", method)
    }

    fn read(&mut self, method_is_head: bool) -> Response {
        let line = self.line();
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("not a response: {line:?}"));
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("not a field: {line:?}"));
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response { status, headers, body: String::new() };
        if method_is_head || status < 200 || status == 204 || status == 304 {
            return response;
        }
        let mut body = Vec::new();
        if let Some(length) = response.one("content-length") {
            body.resize(length.parse().unwrap(), 0);
            self.stream.read_exact(&mut body).unwrap();
        } else if response.one("transfer-encoding") == Some("chunked") {
            loop {
                let length = usize::from_str_radix(&self.line(), 16).unwrap();
                let mut chunk = vec![0; length];
                self.stream.read_exact(&mut chunk).unwrap();
                assert_eq!(self.line(), "");
                if length == 0 {
                    break;
                }
                body.extend(chunk);
            }
        }
        response.body = String::from_utf8(body).unwrap();
        response
    }

    /// What comes after a 101.
    pub fn read_bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("the server answers");
        line.trim_end_matches("\r\n").to_owned()
    }
}

/// A request that is being written.
#[must_use]
pub struct Request<S> {
    connection: Connection<S>,
    start: String,
    host: Option<String>,
    fields: String,
    body: String,
}

impl<S: Read + Write> Request<S> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.fields += &format!("{name}: {value}\r\n");
        self
    }

    pub fn origin(self, origin: &str) -> Self {
        self.header("origin", origin)
    }

    /// Another `Host` than the one that the connection was made to.
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.into());
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        self.body = body.into();
        self
    }

    /// The request headers of a browser's handshake.
    pub fn websocket(self) -> Self {
        self.header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    pub fn send(self) -> Response {
        self.send_on().0
    }

    /// Gives the connection back too, for the next request.
    pub fn send_on(self) -> (Response, Connection<S>) {
        let Request { mut connection, start, host, fields, body } = self;
        let host = host.as_deref().unwrap_or(&connection.host);
        let length =
            if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let text = format!("{start}host: {host}\r\n{fields}{length}\r\n{body}");
        connection.stream.get_mut().write_all(text.as_bytes()).unwrap();
        let response = connection.read(start.starts_with("HEAD "));
        (response, connection)
    }
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a header that there is at most once.
    #[track_caller]
    pub fn one(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() <= 1, "{name} is there more than once: {self:#?}");
        all.first().copied()
    }

    #[track_caller]
    pub fn allowed_origin(&self) -> Option<&str> {
        self.one("access-control-allow-origin")
    }

    /// The names of all headers that are about CORS, in the order of the alphabet, to see that none is there twice.
    pub fn cors_headers(&self) -> Vec<&str> {
        let names = self.headers.iter().map(|(name, _)| name.as_str());
        let mut names: Vec<_> = names.filter(|name| name.starts_with("access-control-")).collect();
        names.sort_unstable();
        names
    }
}

/// What was logged so far, in the order of the log.
pub fn logged() -> Vec<String> {
    LOG.lines.lock().unwrap().clone()
}

/// Keeps what is logged from now on.
pub fn keep_log() {
    if log::set_logger(&LOG).is_ok() {
        log::set_max_level(log::LevelFilter::Info);
    }
}

struct Log {
    lines: std::sync::Mutex<Vec<String>>,
}

static LOG: Log = Log { lines: std::sync::Mutex::new(Vec::new()) };

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("cors_actix")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.lines.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
        }
    }

    fn flush(&self) {}
}
