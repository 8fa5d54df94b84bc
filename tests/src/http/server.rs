//! An actix server on the loopback.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, mem, thread};

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::rt::System;
use actix_web::{App, Error, HttpServer};
use futures_util::future;

use super::connection::Connection;
use super::http2::Http2;
use super::request::Request;
use super::response::Response;
use super::tls;

/// A server that runs until it is dropped. It has two ports, each with one worker: one for HTTP/1.1 and HTTP/2 without TLS,
/// which a client chooses by its first bytes, and one for TLS.
pub struct Server {
    address: SocketAddr,
    tls_address: SocketAddr,
    handles: [ServerHandle; 2],
    thread: Option<JoinHandle<()>>,
    /// The connection of the last request, for the next one.
    kept: Mutex<Option<Connection<TcpStream>>>,
}

impl Server {
    /// Serves an application on free ports of 127.0.0.1.
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
        // The listeners queue connections from now on, so no client has to wait for the server.
        let listen = || TcpListener::bind("127.0.0.1:0").expect("a free port");
        let [plain, over_tls] = [listen(), listen()];
        let [address, tls_address] = [&plain, &over_tls].map(|l| l.local_addr().expect("an address"));
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                // A layer works differently if its thread has other layers. With one server for both listeners, a thread
                // would have two applications.
                let server = || HttpServer::new(app.clone()).workers(1).disable_signals();
                let plain = server().listen_auto_h2c(plain).expect("a listener").run();
                let over_tls = server().listen_rustls_0_23(over_tls, tls::server_config());
                let over_tls = over_tls.expect("a listener").run();
                sender.send([plain.handle(), over_tls.handle()]).expect("the test waits for it");
                let (plain, over_tls) = future::join(plain, over_tls).await;
                plain.and(over_tls).expect("a server");
            });
        });
        let handles = receiver.recv().expect("a server that starts");
        Self { address, tls_address, handles, thread: Some(thread), kept: Mutex::default() }
    }

    /// The address without TLS.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Host and port without TLS, as they are written in `Host`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// The origin of the server's own pages.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens a connection for HTTP/1.1.
    pub fn connect(&self) -> Connection<TcpStream> {
        Connection::new(stream(self.address), &self.authority())
    }

    /// Opens a connection for HTTP/1.1 over TLS. The server's name is [`TLS_HOST`](super::TLS_HOST).
    pub fn connect_tls(&self) -> Connection<impl io::Read + io::Write + use<>> {
        Connection::new(tls::client(stream(self.tls_address)), tls::HOST)
    }

    /// Opens a connection for HTTP/2 without TLS.
    pub fn connect_http2(&self) -> Http2 {
        Http2::connect(self.address)
    }

    /// Sends a request over HTTP/1.1. Connections are reused.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Response {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut connection) = kept {
            // A server may close an idle connection at any time.
            if let Ok(response) = connection.try_send(request) {
                self.keep(connection, &response);
                return response;
            }
        }
        let mut connection = self.connect();
        let response = connection.send(request);
        self.keep(connection, &response);
        response
    }

    fn keep(&self, connection: Connection<TcpStream>, response: &Response) {
        let closes = response.all("connection").iter().any(|value| value.eq_ignore_ascii_case("close"));
        // After an early answer the server still has to read the rest of the request, or it closes the connection.
        if !closes && response.status != 101 && response.status < 400 {
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
    }

    /// Sends these bytes on a new connection, and reads one response. Whether a body follows depends on `method`.
    #[track_caller]
    pub fn send_bytes(&self, bytes: &[u8], method: &str) -> Response {
        let mut connection = self.connect();
        connection.write(bytes);
        match connection.read(method) {
            Ok(response) => response,
            Err(error) => panic!("no response to {:?}: {error}", String::from_utf8_lossy(bytes)),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // `stop` sends the command even if its future is dropped. Joining the thread waits for the end.
        for handle in &self.handles {
            mem::drop(handle.stop(false));
        }
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the server panicked");
        }
    }
}

fn stream(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream.set_nodelay(true).expect("no delay");
    stream
}
