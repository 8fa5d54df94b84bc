//! Real HTTP for tests: an actix server on the loopback, and clients that send exactly the bytes of a test.
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

mod connection;
mod http2;
mod request;
mod response;
mod server;
mod tls;

pub use connection::Connection;
pub use http2::Http2;
pub use request::Request;
pub use response::Response;
pub use server::Server;
pub use tls::HOST as TLS_HOST;
