//! The command line.

use std::net::IpAddr;
use std::time::Duration;

use clap::Parser;
use cors_core::browser::{
    self, CredentialsMode, Engine, PreflightCache, Request, Step, Verdict, is_forbidden_request_header,
};
use cors_core::{Origin, Policy};

/// Sends a server the requests that a browser would send, and reports how Chromium, Firefox and WebKit handle the
/// answers.
///
/// The exit status is 0 if every engine allows the request, 1 if an engine blocks it, 2 if the server could not be asked or
/// an argument is wrong, and 3 if --scan found a hole. Requests other than GET and HEAD may change something on the server:
/// without --send only their preflight is sent, and 0 means that the preflight allows the request.
#[derive(Parser)]
#[command(
    name = "doctor",
    bin_name = "cargo run -p cors-examples --bin doctor --",
    version,
    max_term_width = 100
)]
pub struct Arguments {
    /// The method, as the page would write it in fetch()
    method: String,
    /// The URL that the page requests
    url: String,
    /// The origin of the page: `https://app.example.com`, or `null`
    #[arg(long)]
    pub origin: String,
    /// A request header that the page sets; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The page uses `credentials: "include"`; the doctor has no cookies to send
    #[arg(long)]
    credentials: bool,
    /// Send the actual request even if it is not GET or HEAD; its body is empty
    #[arg(long, conflicts_with = "scan")]
    pub send: bool,
    /// Look for mistakes beyond this request, with GET, HEAD and OPTIONS requests from several origins
    #[arg(long)]
    pub scan: bool,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Accept any TLS certificate, as no browser would
    #[arg(long)]
    pub insecure: bool,
    /// Use this address for a host name; may be repeated
    #[arg(long, value_name = "HOST:ADDRESS", value_parser = resolve)]
    pub resolve: Vec<(String, IpAddr)>,
    /// Send everything through this HTTP proxy; the proxies of the environment are not used
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// How many seconds to wait for each answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is NAME:VALUE")?;
    Ok((name.to_owned(), value.trim().to_owned()))
}

fn resolve(text: &str) -> Result<(String, IpAddr), String> {
    let form = "write HOST:ADDRESS, such as api.example.com:127.0.0.1";
    let (host, address) = text.split_once(':').ok_or(form)?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    Ok((host.to_owned(), address.parse().map_err(|_| form)?))
}

impl Arguments {
    /// The request of the page.
    pub fn request(&self) -> Request {
        let credentials =
            if self.credentials { CredentialsMode::Include } else { CredentialsMode::default() };
        let request = Request::new(&self.origin, &self.url).method(&self.method).credentials(credentials);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value.as_bytes()))
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }

    /// # Errors
    ///
    /// The reason why a browser could not use an argument.
    pub fn check(&self) -> Result<(), String> {
        if let Some(help) = self.missing_scheme() {
            return Err(format!("the URL `{}` has no scheme: {help}", self.url));
        }
        if self.origin != "null" && Origin::parse(self.origin.as_bytes()).is_none() {
            let help = match Policy::builder().origins([&*self.origin]).build() {
                Err(violations) => format!("{}: {}", violations[0].message(), violations[0].help()),
                Ok(_) => "a page has one origin, without wildcards".to_owned(),
            };
            return Err(format!("--origin `{}` is not an origin that a browser sends: {help}", self.origin));
        }
        for engine in Engine::BROWSERS {
            let mut cache = PreflightCache::new(engine);
            let step = browser::fetch(self.request(), &mut cache, Duration::ZERO);
            if let Step::Done(Verdict::Blocked(blocked)) = step {
                return Err(blocked.to_string());
            }
        }
        Ok(())
    }

    /// What to write instead of a URL without a scheme, as it is copied from a terminal or from source code.
    fn missing_scheme(&self) -> Option<String> {
        let authority = self.url.split(['/', '?', '#']).next()?;
        if self.url.starts_with('/') {
            return Some(format!("write all of it, such as https://api.example.com{}", self.url));
        }
        // `localhost:8080` would be a URL with the scheme `localhost`.
        let port = authority.rsplit_once(':').map(|(_, port)| port);
        let has_port = port.is_some_and(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
        let has_host = has_port || (!authority.contains(':') && authority.contains('.'));
        let is_local = authority.starts_with("localhost") || authority.starts_with("127.");
        let scheme = if is_local { "http" } else { "https" };
        has_host.then(|| format!("write {scheme}://{}", self.url))
    }

    /// The headers of the page that every engine removes, because pages cannot set them.
    pub fn dropped(&self) -> Vec<&str> {
        let is_dropped = |name: &str, value: &[u8]| {
            Engine::BROWSERS.iter().all(|&engine| is_forbidden_request_header(name, value, engine))
        };
        let dropped = self.headers.iter().filter(|(name, value)| is_dropped(name, value.as_bytes()));
        dropped.map(|(name, _)| name.as_str()).collect()
    }
}
