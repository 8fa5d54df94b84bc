//! Protects the admin API, so that only programs on this machine can use it. The admin API has no pages, so no page
//! may use it.
//!
//! The listener is on the loopback interface, so other machines cannot reach it. But every web page that is opened on this
//! machine can send requests to it. These checks refuse them. Each of them prevents an attack that the others do not
//! prevent:
//!
//! * `Host`, on every path: with DNS rebinding, a foreign name points to this machine, and the browser treats the
//!   foreign page as a page of this server.
//! * `Sec-Fetch-Site`, if the browser sends it: a page can cause a `GET` without `Origin`, for example with an image.
//! * [`nobody`], a policy without origins and with `enforce`: a request with another `Origin` gets 403, and so does each
//!   preflight.
//! * `Content-Type: application/json` on requests with a body, which the handlers require: a form cannot send it.
//!
//! There is no password. Before you make this listener reachable from other machines, add authentication.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderName};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use cors_actix::Policy;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The hosts under which the listener may be addressed.
pub struct Hosts(Vec<String>);

impl Hosts {
    /// The names of the loopback interface.
    pub fn new(port: u16) -> Self {
        Self(["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}:{port}")).into())
    }
}

/// A policy that trusts no origin but the server's own.
pub fn nobody() -> Policy {
    let policy = Policy::builder().without_origins().enforce(true).build();
    policy.expect("a policy without origins is valid")
}

/// Middleware: refuses requests for another host, and requests that a foreign page caused.
pub async fn own_host_only<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    match refusal(&request) {
        None => Ok(next.call(request).await?.map_into_boxed_body()),
        Some(mut response) => {
            let error = "this server accepts requests from programs on this machine only";
            Ok(request.into_response(response.json(serde_json::json!({ "error": error }))))
        }
    }
}

fn refusal(request: &ServiceRequest) -> Option<actix_web::HttpResponseBuilder> {
    let hosts = request.app_data::<Data<Hosts>>()?;
    // Several lines are refused like a wrong line. Without a line, there is no host.
    let mut lines = request.headers().get_all(HOST);
    let is_own = lines.next().is_some_and(|line| hosts.0.iter().any(|host| line == host.as_str()));
    if !is_own || lines.next().is_some() || request.uri().authority().is_some() {
        return Some(HttpResponse::MisdirectedRequest());
    }
    // `none`: the user typed the URL.
    let is_foreign = request.headers().get_all(SEC_FETCH_SITE).any(|site| {
        site != "same-origin" && !(site == "none" && matches!(*request.method(), Method::GET | Method::HEAD))
    });
    is_foreign.then(HttpResponse::Forbidden)
}
