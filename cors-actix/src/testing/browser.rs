//! A page in a browser, and the fetches that it makes.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use actix_http::Request as HttpRequest;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{COOKIE, HOST, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use cors_core::browser::{self, CredentialsMode, Engine, PreflightCache, Quirks, Response, Step, Verdict};
use cors_core::{Origin, OriginPattern, Policy, is_same_site, split_port};

use super::cookies::Cookies;
use super::observation::Observation;
use super::outcome::{Exchange, Outcome};

/// A page in a browser.
///
/// The application under test has the origin `https://api.example.com`, which [`Browser::server`] changes. The browser
/// keeps answers to preflights and cookies between fetches. Its clock advances only with [`Browser::wait`].
///
/// Cookies have a name, a value, a host and a `SameSite` attribute. Their path and their lifetime are ignored. A page on
/// another site sends a cookie of a response only if the cookie is `SameSite=None; Secure`, as in Chromium.
///
/// ```
/// # actix_web::rt::System::new().block_on(async {
/// use std::time::Duration;
/// use actix_web::{App, Responder, put, test};
/// use cors_actix::cors;
/// use cors_actix::testing::{Browser, Fetch};
///
/// #[cors(origins = ["https://app.example.com"], max_age = "10m")]
/// #[put("/items")]
/// async fn update() -> impl Responder {
///     "updated"
/// }
///
/// let app = test::init_service(App::new().service(update)).await;
/// let page = Browser::at("https://app.example.com");
/// assert_eq!(page.fetch(&app, Fetch::put("/items")).await.preflights(), 1);
/// assert_eq!(page.fetch(&app, Fetch::put("/items")).await.preflights(), 0, "the answer is cached");
/// page.wait(Duration::from_secs(601));
/// assert_eq!(page.fetch(&app, Fetch::put("/items")).await.preflights(), 1);
/// # });
/// ```
#[derive(Debug)]
pub struct Browser {
    origin: String,
    server: String,
    preflights: RefCell<PreflightCache>,
    cookies: RefCell<Cookies>,
    now: Cell<Duration>,
}

/// One call of `fetch()`.
///
/// ```
/// use cors_actix::testing::Fetch;
///
/// let fetch = Fetch::put("/items/1").header("content-type", "application/json").body("{}").credentials();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fetch does nothing until a `Browser` makes it"]
pub struct Fetch {
    method: String,
    url: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Bytes,
    credentials: CredentialsMode,
}

impl Fetch {
    /// A fetch of `url`, which is a path of the application or an absolute URL.
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            credentials: CredentialsMode::SameOrigin,
        }
    }

    /// `GET`
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// `HEAD`
    pub fn head(url: &str) -> Self {
        Self::new("HEAD", url)
    }

    /// `POST`
    pub fn post(url: &str) -> Self {
        Self::new("POST", url)
    }

    /// `PUT`
    pub fn put(url: &str) -> Self {
        Self::new("PUT", url)
    }

    /// `PATCH`
    pub fn patch(url: &str) -> Self {
        Self::new("PATCH", url)
    }

    /// `DELETE`
    pub fn delete(url: &str) -> Self {
        Self::new("DELETE", url)
    }

    /// Adds a request header. The browser ignores those that a page [cannot
    /// set](https://fetch.spec.whatwg.org/#forbidden-request-header).
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body. Unlike a string in a real `fetch()`, it does not set `content-type`.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets `credentials: "include"`: the request includes cookies, and cookies of the response are kept.
    pub fn credentials(self) -> Self {
        self.credentials_mode(CredentialsMode::Include)
    }

    /// Sets the [credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode). The default is
    /// `same-origin`.
    pub fn credentials_mode(mut self, mode: CredentialsMode) -> Self {
        self.credentials = mode;
        self
    }
}

impl Browser {
    /// A page with this origin, written as a browser writes it: `https://app.example.com`, or `null` for a sandboxed frame.
    ///
    /// The browser follows the Fetch standard. [`Browser::engine`] selects a real engine.
    ///
    /// # Panics
    /// If `origin` is not written as a browser writes it: `https://app.example.com/` has a path. The message contains
    /// what to write.
    #[track_caller]
    pub fn at(origin: &str) -> Self {
        Self::with_quirks(origin, Engine::Standard)
    }

    /// A page in a browser with these quirks.
    ///
    /// Use it for a browser that is started with special flags. An [`Engine`] is accepted too.
    ///
    /// ```
    /// use cors_actix::testing::{Browser, Quirks};
    ///
    /// let quirks = Quirks { wildcard_covers_authorization: false, ..Quirks::CHROMIUM };
    /// let page = Browser::with_quirks("https://app.example.com", quirks);
    /// ```
    ///
    /// # Panics
    /// As [`Browser::at`].
    #[track_caller]
    pub fn with_quirks(origin: &str, quirks: impl Into<Quirks>) -> Self {
        if let Err(message) = check_origin(origin) {
            panic!("a page cannot have the origin {origin:?}: {message}");
        }
        Self {
            origin: origin.into(),
            server: "https://api.example.com".into(),
            preflights: RefCell::new(PreflightCache::new(quirks)),
            cookies: RefCell::default(),
            now: Cell::default(),
        }
    }

    /// Selects the engine of the browser, and empties its preflight cache. [`Browsers`](super::Browsers) has all engines at
    /// once.
    ///
    /// ```
    /// use cors_actix::testing::{Browser, Engine};
    ///
    /// let page = Browser::at("https://app.example.com").engine(Engine::Firefox);
    /// ```
    #[must_use]
    pub fn engine(self, engine: Engine) -> Self {
        self.preflights.replace(PreflightCache::new(engine));
        self
    }

    /// Sets the origin of the application, for pages with the same origin and for policies that depend on its host.
    #[must_use]
    pub fn server(mut self, origin: &str) -> Self {
        self.server = origin.trim_end_matches('/').into();
        self
    }

    /// Adds a cookie of the application to the browser. Pages of every site send it, as if it were `SameSite=None; Secure`.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().set(host_of(&self.server), name, value);
    }

    /// Advances the clock, so that cached answers to preflights expire.
    pub fn wait(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    /// Makes the fetch, including its preflights and redirects.
    ///
    /// # Panics
    /// If a header name or the URL cannot be sent.
    pub async fn fetch<S, B, E>(&self, app: &S, fetch: Fetch) -> Outcome
    where
        S: Service<HttpRequest, Response = ServiceResponse<B>, Error = E>,
        B: MessageBody,
        E: Into<actix_web::Error>,
    {
        let url =
            if fetch.url.starts_with('/') { format!("{}{}", self.server, fetch.url) } else { fetch.url };
        let credentials = fetch.credentials;
        let request = browser::Request {
            origin: self.origin.clone(),
            url,
            method: fetch.method,
            headers: fetch.headers,
            credentials,
        };
        let now = self.now.get();
        let (mut exchanges, mut body) = (Vec::new(), Bytes::new());
        let mut step = browser::fetch(request, &mut self.preflights.borrow_mut(), now);
        let verdict: Verdict = loop {
            step = match step {
                Step::Preflight(preflight) => {
                    let Sent { response, observation, .. } =
                        self.send(app, preflight.request(), Bytes::new()).await;
                    exchanges.push(Exchange::new(true, preflight.request(), &response, &observation));
                    preflight.answer(&response, &mut self.preflights.borrow_mut(), now)
                }
                Step::Send(actual) => {
                    let sent = self.send(app, actual.request(), fetch.body.clone()).await;
                    let response = sent.response;
                    body = sent.body;
                    exchanges.push(Exchange::new(false, actual.request(), &response, &sent.observation));
                    actual.answer(&response, &mut self.preflights.borrow_mut(), now)
                }
                Step::Done(verdict) => break verdict,
            };
        };
        let notes = exchanges.last().into_iter().filter_map(|last| self.note(last, credentials)).collect();
        Outcome::new(verdict, exchanges, body, notes)
    }

    /// A note about cookies that were not sent with a request that was answered with 401 or 403.
    fn note(&self, exchange: &Exchange, mode: CredentialsMode) -> Option<String> {
        if exchange.is_preflight() || !matches!(exchange.status(), 401 | 403) {
            return None;
        }
        let host = host_of(exchange.url());
        let cookies = self.cookies.borrow();
        if mode != CredentialsMode::Include && !self.is_own(exchange.url()) && cookies.has_any(host) {
            return Some(
                "the request had no cookies, because fetch() sends none to another origin without credentials: \"include\"; \
                 help: write .credentials(), in a page credentials: \"include\", and `credentials` in the policy"
                    .to_owned(),
            );
        }
        let withheld = cookies.withheld(host);
        if mode == CredentialsMode::Include && !self.is_same_site(exchange.url()) && !withheld.is_empty() {
            return Some(format!(
                "the cookie {} was not sent, because the page is on another site; help: set it with SameSite=None; Secure",
                withheld.join(", ")
            ));
        }
        None
    }

    /// Whether the URL has the origin of the page.
    fn is_own(&self, url: &str) -> bool {
        url.strip_prefix(&*self.origin).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether the URL is on the [site](https://html.spec.whatwg.org/multipage/browsers.html#same-site) of the page.
    fn is_same_site(&self, url: &str) -> bool {
        let scheme = |url: &str| url.split_once("://").map(|(scheme, _)| scheme.to_owned());
        scheme(&self.origin).is_some_and(|page| Some(page) == scheme(url))
            && is_same_site(host_name(&self.origin), host_name(url))
    }

    async fn send<S, B, E>(&self, app: &S, request: &browser::HttpRequest, body: Bytes) -> Sent
    where
        S: Service<HttpRequest, Response = ServiceResponse<B>, Error = E>,
        B: MessageBody,
        E: Into<actix_web::Error>,
    {
        let host = host_of(&request.url);
        let path = request.url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
        let mut test_request = TestRequest::default()
            .uri(path.unwrap_or("/").split('#').next().unwrap_or("/"))
            .method(request.method.parse().expect("a method"))
            .insert_header((HOST, host))
            .set_payload(body);
        for (name, value) in &request.headers {
            let name: HeaderName = name.parse().expect("a header name");
            let value = HeaderValue::from_bytes(value).expect("a header value");
            test_request = test_request.append_header((name, value));
        }
        // Browsers send this header only over secure connections.
        if request.url.starts_with("https://") {
            let site = match (self.is_own(&request.url), self.is_same_site(&request.url)) {
                (true, _) => "same-origin",
                (false, true) => "same-site",
                (false, false) => "cross-site",
            };
            test_request = test_request.append_header(("sec-fetch-site", site));
        }
        let cookies = self.cookies.borrow().to_send(host, self.is_same_site(&request.url));
        if request.credentials && !cookies.is_empty() {
            test_request = test_request.append_header((COOKIE, cookies));
        }
        let mut test_request = test_request.to_request();
        let observation = Observation::start(&mut test_request);
        let (status, headers, body) = match app.call(test_request).await {
            Ok(response) => {
                let (_, response) = response.into_parts();
                let (status, headers) = (response.status(), response.headers().clone());
                (status, headers, to_bytes(response.into_body()).await.unwrap_or_default())
            }
            // As the server of actix does, this converts an error to a response.
            Err(error) => {
                let response = error.into().error_response();
                let (status, headers) = (response.status(), response.headers().clone());
                (status, headers, to_bytes(response.into_body()).await.unwrap_or_default())
            }
        };
        if request.credentials {
            self.cookies.borrow_mut().keep(host, &headers);
        }
        let headers =
            headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        let response = Response { status: status.as_u16(), headers: headers.collect() };
        Sent { response, body, observation }
    }
}

/// A response, and the decision of the layers about its request.
struct Sent {
    response: Response,
    body: Bytes,
    observation: Observation,
}

/// Checks that a page can have this origin. The error contains what to write.
fn check_origin(origin: &str) -> Result<(), String> {
    if origin == "null" || Origin::parse(origin.as_bytes()).is_some() {
        return Ok(());
    }
    // A pattern with a wildcard is valid in a policy.
    if OriginPattern::parse(origin).is_ok() {
        return Err("it is a pattern; help: write one origin that the pattern matches".to_owned());
    }
    match Policy::builder().origins([origin]).build() {
        Err(violations) => Err(violations.to_string()),
        Ok(_) => Err("it is not an origin; help: write https://app.example.com".to_owned()),
    }
}

/// The host of a URL, without its port.
fn host_name(url: &str) -> &str {
    let host = host_of(url);
    let (name, _port) = split_port(host.as_bytes());
    &host[..name.len()]
}

/// The host and the port of a URL.
fn host_of(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    authority.split(['/', '?', '#']).next().unwrap_or(authority)
}
