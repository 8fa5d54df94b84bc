//! A small HTTP server that sends exactly the given response, even if it is malformed. Header lines keep their order,
//! their case and their white space.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use cors_core::browser::Response;

/// A request as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The method.
    pub method: String,
    /// `http://`, the `Host` and the target.
    pub url: String,
    /// The header lines.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Received {
    /// The path and the query.
    pub fn target(&self) -> &str {
        let authority = &self.url["http://".len()..];
        &authority[authority.find('/').unwrap_or(authority.len())..]
    }

    /// The first header line of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_slice())
    }

    /// Whether it is a CORS-preflight request.
    pub fn is_preflight(&self) -> bool {
        self.method == "OPTIONS" && self.header("access-control-request-method").is_some()
    }
}

type Respond = dyn Fn(&Received) -> Response + Send + Sync;

/// A server on this machine. It closes its connections when it is dropped.
pub struct Server {
    address: SocketAddr,
    closing: Arc<AtomicBool>,
    connections: Arc<Connections>,
}

/// The open connections, by the order in which they were accepted.
type Connections = Mutex<HashMap<usize, TcpStream>>;

impl Server {
    /// Starts it on any free port. It adds no headers to a response, not even `Content-Length`. The body consists of
    /// spaces, and `Content-Length` is their number. Without this header, there is no body, and the connection
    /// closes.
    pub fn start(respond: impl Fn(&Received) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = Self {
            address: listener.local_addr().expect("it is bound"),
            closing: Arc::default(),
            connections: Arc::default(),
        };
        let (closing, connections) = (Arc::clone(&server.closing), Arc::clone(&server.connections));
        let respond: Arc<Respond> = Arc::new(respond);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                if closing.load(Ordering::SeqCst) {
                    break;
                }
                // Without it, small answers wait for acknowledgements.
                let _ = stream.set_nodelay(true);
                let copy = stream.try_clone().map(|copy| (number, copy));
                lock(&connections).extend(copy);
                let (respond, connections) = (Arc::clone(&respond), Arc::clone(&connections));
                thread::spawn(move || {
                    serve(&stream, &*respond);
                    // The connection closes when the last copy of the stream is dropped.
                    lock(&connections).remove(&number);
                });
            }
        });
        server
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its origin with any host name, for a browser that resolves all names to this machine.
    pub fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.port())
    }

    /// The URL of a path with any host name.
    pub fn url(&self, host: &str, path: &str) -> String {
        format!("{}{path}", self.origin(host))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        // A connection makes the server check the flag.
        let _ = TcpStream::connect(self.address);
        for stream in lock(&self.connections).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn lock(connections: &Connections) -> MutexGuard<'_, HashMap<usize, TcpStream>> {
    connections.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves a connection until the client closes it.
fn serve(stream: &TcpStream, respond: &Respond) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let response = respond(&request);
        let mut writer = stream;
        if writer.write_all(&to_bytes(&request, &response)).is_err() || ends_with_connection(&response) {
            break;
        }
    }
}

/// A body without a length ends when the connection closes.
fn ends_with_connection(response: &Response) -> bool {
    let has_length = response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    !has_length && !matches!(response.status, 204 | 304)
}

fn read(reader: &mut impl BufRead) -> Option<Received> {
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok().filter(|&length| length > 0)?;
        let line = line.trim_ascii_end();
        if line.is_empty() {
            break;
        }
        lines.push(line.to_vec());
    }
    let first = String::from_utf8(lines.first()?.clone()).ok()?;
    let mut parts = first.split(' ');
    let (method, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let headers = lines[1..].iter().map(|line| split_header(line)).collect::<Option<Vec<_>>>()?;
    let mut request = Received { method, url: target, headers };
    let host = String::from_utf8_lossy(request.header("host").unwrap_or_default()).into_owned();
    request.url.insert_str(0, &format!("http://{host}"));
    let length = request.header("content-length").and_then(|value| std::str::from_utf8(value).ok());
    let length = length.and_then(|value| value.parse().ok()).unwrap_or(0_u64);
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    Some(request)
}

fn split_header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = String::from_utf8(line[..colon].to_vec()).ok()?;
    Some((name, line[colon + 1..].trim_ascii().to_vec()))
}

fn to_bytes(request: &Received, response: &Response) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {} X\r\n", response.status).into_bytes();
    let mut length = 0;
    for (name, value) in &response.headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
        if name.eq_ignore_ascii_case("content-length") {
            length = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok()).unwrap_or(0);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    if request.method != "HEAD" && !matches!(response.status, 204 | 304) {
        bytes.resize(bytes.len() + length, b' ');
    }
    bytes
}
