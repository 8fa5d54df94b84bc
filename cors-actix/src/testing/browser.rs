//! A page in a browser, and the fetches that it makes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use actix_http::Request as HttpRequest;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{COOKIE, HOST, HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use cors_core::browser::{self, CredentialsMode, Engine, PreflightCache, Quirks, Response, Step, Verdict};

use super::outcome::{Exchange, Outcome};

/// A page in a browser.
///
/// The application under test has the origin `https://api.example.com`, which [`Browser::server`] changes. The browser
/// keeps answers to preflights and cookies between fetches. Its clock advances only with [`Browser::wait`].
///
/// Cookies have a name, a value and a host. Their path, lifetime and `SameSite` attribute are ignored. A real browser sends
/// a cookie to another site only if it is `SameSite=None; Secure`.
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
    cookies: RefCell<BTreeMap<String, BTreeMap<String, String>>>,
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

    /// Sets the body. Unlike a string in a real `fetch()`, it adds no `content-type`.
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
    pub fn at(origin: &str) -> Self {
        Self::with_quirks(origin, Engine::Standard)
    }

    /// A page in a browser with these quirks.
    ///
    /// Use it for a browser that is started with special flags. An [`Engine`] stands for its quirks.
    ///
    /// ```
    /// use cors_actix::testing::{Browser, Quirks};
    ///
    /// let quirks = Quirks { wildcard_covers_authorization: false, ..Quirks::CHROMIUM };
    /// let page = Browser::with_quirks("https://app.example.com", quirks);
    /// ```
    pub fn with_quirks(origin: &str, quirks: impl Into<Quirks>) -> Self {
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

    /// Adds a cookie of the application to the browser.
    pub fn set_cookie(&self, name: &str, value: &str) {
        let host = host_of(&self.server).to_owned();
        self.cookies.borrow_mut().entry(host).or_default().insert(name.into(), value.into());
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
        let request = browser::Request {
            origin: self.origin.clone(),
            url,
            method: fetch.method,
            headers: fetch.headers,
            credentials: fetch.credentials,
        };
        let now = self.now.get();
        let (mut exchanges, mut body) = (Vec::new(), Bytes::new());
        let mut step = browser::fetch(request, &mut self.preflights.borrow_mut(), now);
        let verdict: Verdict = loop {
            step = match step {
                Step::Preflight(preflight) => {
                    let (response, _) = self.send(app, preflight.request(), Bytes::new()).await;
                    exchanges.push(Exchange::new(true, preflight.request(), &response));
                    preflight.answer(&response, &mut self.preflights.borrow_mut(), now)
                }
                Step::Send(actual) => {
                    let response;
                    (response, body) = self.send(app, actual.request(), fetch.body.clone()).await;
                    exchanges.push(Exchange::new(false, actual.request(), &response));
                    actual.answer(&response, &mut self.preflights.borrow_mut(), now)
                }
                Step::Done(verdict) => break verdict,
            };
        };
        Outcome::new(verdict, exchanges, body)
    }

    async fn send<S, B, E>(&self, app: &S, request: &browser::HttpRequest, body: Bytes) -> (Response, Bytes)
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
        // Browsers send this header over secure connections only.
        if request.url.starts_with("https://") {
            let same = request.url.strip_prefix(&*self.origin).is_some_and(|rest| rest.starts_with('/'));
            test_request = test_request
                .append_header(("sec-fetch-site", if same { "same-origin" } else { "cross-site" }));
        }
        let cookies = self.cookies_for(host);
        if request.credentials && !cookies.is_empty() {
            test_request = test_request.append_header((COOKIE, cookies));
        }
        let (status, headers, body) = match app.call(test_request.to_request()).await {
            Ok(response) => {
                let (_, response) = response.into_parts();
                let (status, headers) = (response.status(), response.headers().clone());
                (status, headers, to_bytes(response.into_body()).await.unwrap_or_default())
            }
            // The server of actix converts an error to a response.
            Err(error) => {
                let response = error.into().error_response();
                let (status, headers) = (response.status(), response.headers().clone());
                (status, headers, to_bytes(response.into_body()).await.unwrap_or_default())
            }
        };
        if request.credentials {
            self.keep_cookies(host, &headers);
        }
        let headers =
            headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        (Response { status: status.as_u16(), headers: headers.collect() }, body)
    }

    fn cookies_for(&self, host: &str) -> String {
        let cookies = self.cookies.borrow();
        let pairs = cookies.get(host).into_iter().flatten().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&self, host: &str, headers: &HeaderMap) {
        for line in headers.get_all(actix_web::http::header::SET_COOKIE) {
            let Ok(line) = line.to_str() else { continue };
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let mut cookies = self.cookies.borrow_mut();
            let jar = cookies.entry(host.to_owned()).or_default();
            if parts.any(|attribute| attribute.eq_ignore_ascii_case("max-age=0")) {
                jar.remove(name);
            } else {
                jar.insert(name.into(), value.into());
            }
        }
    }
}

/// The host and the port of a URL.
fn host_of(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    authority.split(['/', '?', '#']).next().unwrap_or(authority)
}
