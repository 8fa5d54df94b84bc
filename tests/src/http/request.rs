//! A request, before it is sent.

/// A request. It is sent exactly as it is written here, but a missing `Host` or `Content-Length` is added.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// A request without headers.
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.into(), target: target.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// A `GET` request.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A CORS-preflight request: `OPTIONS` with `Origin` and `Access-Control-Request-Method`.
    pub fn preflight(origin: impl AsRef<[u8]>, method: &str, target: &str) -> Self {
        Self::new("OPTIONS", target).origin(origin).header("Access-Control-Request-Method", method)
    }

    /// Adds an `Origin` line.
    #[must_use]
    pub fn origin(self, origin: impl AsRef<[u8]>) -> Self {
        self.header("Origin", origin)
    }

    /// Adds a `Host` line, which replaces the address of the server.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        self.header("Host", host)
    }

    /// Adds a header line. Lines of the same name are all sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().into()));
        self
    }

    /// Adds the header lines of a browser's WebSocket handshake.
    #[must_use]
    pub fn websocket(self) -> Self {
        self.header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    /// Whether the request has a body.
    pub fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().into();
        self
    }

    /// Whether the only `Origin` line is this one.
    pub fn is_from(&self, origin: &str) -> bool {
        let origins = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("origin"));
        origins.map(|(_, value)| value.as_slice()).eq([origin.as_bytes()])
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    /// The request in the form of HTTP/1.1.
    pub fn to_bytes(&self, host: &str) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let mut line = |name: &str, value: &[u8]| {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        };
        if !self.has("host") {
            line("Host", host.as_bytes());
        }
        if !self.body.is_empty() && !self.has("content-length") && !self.has("transfer-encoding") {
            line("Content-Length", self.body.len().to_string().as_bytes());
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}
