//! A client for HTTP/1.1.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

use super::request::Request;
use super::response::Response;

/// A connection that stays open between requests.
pub struct Connection<S> {
    stream: BufReader<S>,
    host: String,
}

impl<S: Read + Write> Connection<S> {
    /// A connection over a stream. `host` is the value of `Host`, unless a request has its own.
    pub fn new(stream: S, host: &str) -> Self {
        Self { stream: BufReader::new(stream), host: host.into() }
    }

    /// Sends a request and reads its response.
    ///
    /// # Panics
    ///
    /// If the server does not answer.
    #[track_caller]
    pub fn send(&mut self, request: &Request) -> Response {
        match self.try_send(request) {
            Ok(response) => response,
            Err(error) => panic!("no response to {} {}: {error}", request.method, request.target),
        }
    }

    pub(super) fn try_send(&mut self, request: &Request) -> io::Result<Response> {
        self.write(&request.to_bytes(&self.host));
        self.read(&request.method)
    }

    /// Sends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        // A server may answer and close before it has read everything.
        let _ = self.stream.get_mut().write_all(bytes).and_then(|()| self.stream.get_mut().flush());
    }

    /// Reads a response to a request with this method
    /// (<https://www.rfc-editor.org/rfc/rfc9112#section-6.3>).
    ///
    /// # Errors
    ///
    /// If the connection fails or ends before a whole response arrived.
    pub fn read(&mut self, method: &str) -> io::Result<Response> {
        let start = self.line()?;
        let version = start.strip_prefix("HTTP/1.1 ").or_else(|| start.strip_prefix("HTTP/1.0 "));
        let status = version.and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, format!("{start:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("not a header: {line:?}"));
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response { status, headers, body: String::new() };
        if method != "HEAD" && !matches!(status, 100..200 | 204 | 304) {
            response.body = String::from_utf8_lossy(&self.body(&response)?).into_owned();
        }
        Ok(response)
    }

    fn body(&mut self, response: &Response) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if response.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = self.line()?;
                let size = usize::from_str_radix(&size, 16).expect("the size of a chunk in hexadecimal");
                let start = body.len();
                body.resize(start + size, 0);
                self.stream.read_exact(&mut body[start..])?;
                assert_eq!(self.line()?, "", "the end of a chunk");
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = response.header("content-length") {
            body.resize(length.parse().expect("a length"), 0);
            self.stream.read_exact(&mut body)?;
        } else {
            self.stream.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    /// Reads bytes that are not HTTP, such as those after a 101.
    pub fn read_bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).expect("the server sends this much");
        bytes
    }

    /// One line without its end. Bytes that are not UTF-8 become U+FFFD, because no test expects them in a response.
    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line)?;
        let line = line.strip_suffix(b"\r\n").ok_or(ErrorKind::UnexpectedEof)?;
        Ok(String::from_utf8_lossy(line).into_owned())
    }
}
