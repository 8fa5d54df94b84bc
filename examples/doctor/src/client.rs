//! The HTTP client. It sends one request at a time, does not follow redirects and stores no cookies.

use std::error::Error;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cors_core::browser::{HttpRequest, Response};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Proxy, Url};
use tokio::runtime::Runtime;

use crate::arguments::Arguments;
use crate::text::escape;

/// The time without an answer after which the progress line is written.
const PATIENCE: Duration = Duration::from_secs(1);

pub struct Client {
    http: reqwest::Client,
    runtime: Runtime,
    timeout: Duration,
    uses_proxy: bool,
}

/// The answer of the server.
pub struct Answer {
    /// `HTTP/1.1`, `HTTP/2.0`
    pub version: String,
    /// The response, with header names in lower case, as in HTTP/2 and as browsers compare them.
    pub response: Response,
    pub took: Duration,
}

/// The reason why there is no answer.
pub struct Unreachable {
    pub method: String,
    pub url: String,
    pub why: String,
    /// What to do, or the empty string.
    pub help: &'static str,
}

impl Client {
    /// # Errors
    ///
    /// If the settings are invalid.
    pub fn new(arguments: &Arguments) -> Result<Self, String> {
        // Only this function installs a provider, so an error means that it is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("cors-doctor/", env!("CARGO_PKG_VERSION")))
            .http1_title_case_headers()
            .tls_danger_accept_invalid_certs(arguments.insecure)
            .timeout(arguments.timeout());
        for (host, address) in &arguments.resolve {
            builder = builder.resolve(host, SocketAddr::new(*address, 0));
        }
        builder = match &arguments.proxy {
            Some(url) => {
                builder.proxy(Proxy::all(url).map_err(|error| format!("--proxy {url}: {}", chain(&error)))?)
            }
            None => builder.no_proxy(),
        };
        let http = builder.build().map_err(|error| chain(&error))?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| chain(&e))?;
        let uses_proxy = arguments.proxy.is_some();
        Ok(Self { http, runtime, timeout: arguments.timeout(), uses_proxy })
    }

    /// Sends the request and reads the head of the answer.
    pub fn send(&self, request: &HttpRequest) -> Result<Answer, Unreachable> {
        let unreachable = |why: String, help| Unreachable {
            method: request.method.clone(),
            url: request.url.clone(),
            why,
            help,
        };
        let message = message(request).map_err(|why| unreachable(why, ""))?;
        let start = Instant::now();
        let answer = self.runtime.block_on(async {
            let progress = progress(request, self.timeout);
            tokio::select! {
                answer = self.http.execute(message) => answer,
                never = progress => match never {},
            }
        });
        let answer = answer.map_err(|error| {
            let (why, help) = self.explain(&error);
            unreachable(why, help)
        })?;
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        Ok(Answer {
            version: format!("{:?}", answer.version()),
            response: Response { status: answer.status().as_u16(), headers },
            took: start.elapsed(),
        })
    }

    /// Explains why there is no answer, and what to do.
    fn explain(&self, error: &reqwest::Error) -> (String, &'static str) {
        if error.is_timeout() {
            return (format!("no answer within {} s", self.timeout.as_secs()), "wait longer with --timeout");
        }
        let is_certificate = causes(error).any(is_certificate);
        if is_certificate {
            let help = "a browser does not send the request either; --insecure accepts every certificate";
            return (chain(error), help);
        }
        let help = match error.is_connect() {
            true if self.uses_proxy => "check the host name and the port of --proxy, and that the proxy runs",
            true => "check the host name, the port, and that the server runs",
            false => "",
        };
        (chain(error), help)
    }
}

fn message(request: &HttpRequest) -> Result<reqwest::Request, String> {
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| chain(&error))?;
    let url = Url::parse(&request.url).map_err(|error| chain(&error))?;
    let mut message = reqwest::Request::new(method, url);
    for (name, value) in &request.headers {
        let describe =
            |error: &(dyn Error + 'static)| format!("the request header `{name}`: {}", chain(error));
        let line = HeaderName::from_bytes(name.as_bytes()).map_err(|error| describe(&error))?;
        let value = HeaderValue::from_bytes(value).map_err(|error| describe(&error))?;
        message.headers_mut().append(line, value);
    }
    Ok(message)
}

/// Writes to standard error that the program waits, and for how long. On a terminal, the line is updated.
async fn progress(request: &HttpRequest, timeout: Duration) -> std::convert::Infallible {
    /// Removes the line when the answer has arrived.
    struct Line;
    impl Drop for Line {
        fn drop(&mut self) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
    tokio::time::sleep(PATIENCE).await;
    let (method, url, limit) =
        (escape(request.method.as_bytes()), escape(request.url.as_bytes()), timeout.as_secs());
    if !io::stderr().is_terminal() {
        let _ = writeln!(io::stderr(), "waiting for {method} {url} (at most {limit} s)");
        return std::future::pending().await;
    }
    let _line = Line;
    for second in PATIENCE.as_secs().. {
        let _ = write!(io::stderr(), "\r\x1b[Kwaiting for {method} {url} ({second} of {limit} s)");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    std::future::pending().await
}

/// Whether TLS refused the server's certificate. The error is inside of an [`io::Error`], which does not return it as
/// its source.
fn is_certificate(cause: &(dyn Error + 'static)) -> bool {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return matches!(tls, rustls::Error::InvalidCertificate(_));
    }
    let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inner.is_some_and(|inner| is_certificate(inner))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// An error's causes, without repetitions. The error itself is left out if it has a cause, because it only says that a
/// request failed. The same applies to the causes that come from the HTTP client.
fn chain(error: &(dyn Error + 'static)) -> String {
    const NO_NEWS: [&str; 3] =
        ["client error (Connect)", "client error (SendRequest)", "error resolving DNS"];
    let mut text = String::new();
    for cause in causes(error.source().unwrap_or(error)) {
        let cause = cause.to_string();
        if NO_NEWS.contains(&&*cause) {
            continue;
        }
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} could not be asked: {}", self.method, self.url, self.why)
    }
}
