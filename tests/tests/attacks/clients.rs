//! One client for each protocol.

use std::io::{Read, Write};
use std::net::TcpStream;

use cors_tests::http::{Connection, Http2, Request, Response, Server};

/// Open connections to one server, so that an attack is tried over every protocol.
pub struct Clients<T> {
    plain: Connection<TcpStream>,
    tls: Connection<T>,
    http2: Http2,
}

impl Clients<()> {
    pub fn connect(server: &Server) -> Clients<impl Read + Write + use<>> {
        Clients { plain: server.connect(), tls: server.connect_tls(), http2: server.connect_http2() }
    }
}

impl<T: Read + Write> Clients<T> {
    /// The responses to one request over each protocol.
    #[track_caller]
    pub fn send(&mut self, request: &Request) -> [(&'static str, Response); 3] {
        [
            ("HTTP/1.1", self.plain.send(request)),
            ("TLS", self.tls.send(request)),
            ("HTTP/2", self.http2.send(request)),
        ]
    }
}
