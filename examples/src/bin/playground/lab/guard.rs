//! Protects the lab, so that only its own page in the browser of the user who started it can use it.
//!
//! Every page that the user opens can send requests to a server on the loopback interface. These checks refuse other
//! pages. Each of them prevents an attack that the others do not prevent:
//!
//! * `Host`, on every path: with DNS rebinding, an attacker's name points to this machine, and the browser treats the
//!   attacker's page as a page of the lab. It sends the attacker's name as `Host`.
//! * The exact `Origin`: a page of another origin can send a `POST` in `no-cors` mode with the right `Host`.
//! * `Sec-Fetch-Site: same-origin`: `same-site` includes every other port of `localhost`.
//! * `Content-Type: application/json`: no form and no `no-cors` request can send it.
//! * A token that is created at each start and is part of the page: a page from an earlier start, and every program
//!   that cannot read this page, do not have it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};

use super::Lab;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const LAB_TOKEN: HeaderName = HeaderName::from_static("lab-token");

/// The values in a request from the lab's own page.
pub struct Guard {
    /// `localhost:8081`
    authority: String,
    /// `http://localhost:8081`
    origin: String,
    token: String,
}

impl Guard {
    /// Creates the token.
    pub fn new(origin: &str) -> Result<Self, String> {
        let authority = origin.trim_start_matches("http://").to_owned();
        Ok(Self { authority, origin: origin.to_owned(), token: random_text()? })
    }

    /// The token, for the page.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The reason why a request does not come from the lab's own page, if it does not.
    fn refuses(&self, request: &HttpRequest) -> Option<&'static str> {
        // Several lines are refused like a wrong line.
        let is = |name: HeaderName, expected: &str| {
            let mut lines = request.headers().get_all(name);
            lines.next().is_some_and(|line| line.as_bytes() == expected.as_bytes()) && lines.next().is_none()
        };
        if !is(ORIGIN, &self.origin) {
            Some("the Origin header is not the lab's origin")
        } else if !is(SEC_FETCH_SITE, "same-origin") {
            Some("the Sec-Fetch-Site header is not same-origin")
        } else if !is(CONTENT_TYPE, "application/json") {
            Some("the Content-Type header is not application/json")
        } else if !is(LAB_TOKEN, &self.token) {
            Some("the token is missing or from an earlier start: reload the page")
        } else {
            None
        }
    }
}

/// 128 random bits in hexadecimal digits, which cannot be guessed.
pub fn random_text() -> Result<String, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn lab(request: &ServiceRequest) -> Data<Lab> {
    request.app_data::<Data<Lab>>().expect("every application of this listener has it").clone()
}

/// Middleware for the whole listener: refuses every request for another host.
pub async fn own_host_only<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    let guard = lab(&request).guard.clone();
    let mut lines = request.headers().get_all(HOST);
    let is_own = lines.next().is_some_and(|line| line.as_bytes() == guard.authority.as_bytes());
    if is_own && lines.next().is_none() {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let text = format!("This server is {} and has no other name. Open that address.\n", guard.origin);
    let response = HttpResponse::MisdirectedRequest().content_type("text/plain; charset=utf-8").body(text);
    Ok(request.into_response(response))
}

/// Middleware for the endpoints with an effect: refuses every request that does not come from the lab's own page.
pub async fn own_page_only<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    match lab(&request).guard.refuses(request.request()) {
        None => Ok(next.call(request).await?.map_into_boxed_body()),
        Some(why) => {
            let text = format!("The lab accepts requests from its own page only: {why}.\n");
            let response = HttpResponse::Forbidden().content_type("text/plain; charset=utf-8").body(text);
            Ok(request.into_response(response))
        }
    }
}
