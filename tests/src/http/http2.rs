//! A client for HTTP/2 without TLS ("prior knowledge").

use std::io::Cursor;
use std::net::SocketAddr;

use h2::client::{Builder, SendRequest};
use tokio::runtime::Runtime;

use super::request::Request;
use super::response::Response;

/// A connection that all requests share.
pub struct Http2 {
    runtime: Runtime,
    client: SendRequest<Cursor<Vec<u8>>>,
    authority: String,
}

impl Http2 {
    pub(super) fn connect(address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
            let (client, connection) = Builder::new().handshake(stream).await.expect("HTTP/2");
            tokio::spawn(connection);
            client
        });
        Self { runtime, client, authority: address.to_string() }
    }

    /// Sends a request and reads its response. The `:authority` is the one of an absolute target
    /// (`http://site.example/`), or else the server's address. `Host` is a header line like any other.
    ///
    /// # Panics
    ///
    /// If the server does not answer, or if HTTP/2 cannot carry the request.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Response {
        let uri = match request.target.strip_prefix('/') {
            Some(path) => format!("http://{}/{path}", self.authority),
            None => request.target.clone(),
        };
        self.send_to(&uri, request)
    }

    /// Sends a request without `:authority`, as some gateways do.
    #[track_caller]
    pub fn send_without_authority(&self, request: &Request) -> Response {
        self.send_to(&request.target, request)
    }

    #[track_caller]
    fn send_to(&self, uri: &str, request: &Request) -> Response {
        let mut head = http_02::Request::builder().method(request.method.as_str()).uri(uri);
        for (name, value) in &request.headers {
            head = head.header(name.to_ascii_lowercase(), value.as_slice());
        }
        let head = head.body(()).expect("a request that HTTP/2 can carry");
        let body = request.body.clone();
        let client = self.client.clone();
        self.runtime.block_on(async move {
            let mut client = client.ready().await.expect("an open connection");
            let (response, mut stream) = client.send_request(head, body.is_empty()).expect("it is sent");
            if !body.is_empty() {
                stream.send_data(Cursor::new(body), true).expect("it is sent");
            }
            let (head, mut stream) = response.await.expect("a response").into_parts();
            let mut body = Vec::new();
            while let Some(chunk) = stream.data().await {
                let chunk = chunk.expect("a body");
                stream.flow_control().release_capacity(chunk.len()).expect("a window");
                body.extend_from_slice(&chunk);
            }
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Response {
                status: head.status.as_u16(),
                headers: head.headers.iter().map(|(n, v)| (n.to_string(), text(v.as_bytes()))).collect(),
                body: text(&body),
            }
        })
    }
}
