//! A fetch, step by step.

use std::time::Duration;

use super::cors_check::cors_check;
use super::headers::{HeaderList, get, is_token, lossy, sort_and_combine, values};
use super::messages::{CredentialsMode, HttpRequest, Request, Response};
use super::methods::{is_forbidden_method, is_safelisted_method, normalize_method};
use super::preflight::{check_preflight, preflight_request};
use super::preflight_cache::{PreflightCache, Resource};
use super::quirks::{Engine, Quirks};
use super::reason::{Blocked, Failure, Reason};
use super::request_headers::{CLIENT_HINTS, is_forbidden_request_header, unsafe_request_header_names};
use super::response_headers::{basic_headers, readable_headers};
use super::url::{Parsed, Url};

/// Starts a fetch in a page, as `fetch(url, { method, headers, credentials })` does, at the time `now`,
/// counted from wherever all calls with this cache count it.
///
/// Each step is answered until one is [`Step::Done`]: the module's page has a loop to copy.
///
/// Section: <https://fetch.spec.whatwg.org/#concept-main-fetch>.
///
/// ```
/// use std::time::Duration;
/// use cors_core::browser::{fetch, PreflightCache, Quirks, Request, Step};
///
/// let mut cache = PreflightCache::new(Quirks::CHROMIUM);
/// let request = Request::new("https://app.example.com", "https://api.example.com/items");
/// let Step::Send(actual) = fetch(request, &mut cache, Duration::ZERO) else { panic!() };
/// assert_eq!(actual.request().method, "GET");
/// ```
pub fn fetch(request: Request, cache: &mut PreflightCache, now: Duration) -> Step {
    match Fetch::new(&request, cache.quirks()) {
        Ok(fetch) => fetch.main_fetch(cache, now),
        Err(Failure { reason, parameter }) => {
            let Request { origin, url, .. } = request;
            Step::Done(Verdict::Blocked(Blocked { reason, parameter, origin, url }))
        }
    }
}

/// What a browser does next.
#[derive(Debug, Clone)]
pub enum Step {
    /// It asks the server for permission, and waits for the answer.
    Preflight(Preflight),
    /// It sends the actual request, and waits for the response.
    Send(Actual),
    /// It tells the page.
    Done(Verdict),
}

/// What becomes of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The page reads the response.
    Readable {
        /// Its status, whichever it is: CORS is not about success.
        status: u16,
        /// The headers that the page can read, in lower case, sorted, each name once.
        headers: HeaderList,
    },
    /// The page's `fetch()` rejects. That does not say that the request was not sent.
    Blocked(Blocked),
}

impl Verdict {
    /// Why the page reads nothing, if so.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Readable { .. } => None,
            Self::Blocked(blocked) => Some(blocked.reason),
        }
    }

    /// A header that the page can read, by its name in any case, as `response.headers.get(name)` gives it.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        match self {
            Self::Readable { headers, .. } => {
                let found = headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.as_slice())
            }
            Self::Blocked(_) => None,
        }
    }
}

/// A fetch that waits for the answer to its CORS-preflight request.
///
/// Section: <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>.
#[derive(Debug, Clone)]
pub struct Preflight {
    request: HttpRequest,
    fetch: Fetch,
}

impl Preflight {
    /// The request to send.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Goes on with the answer, which came at the time `now`.
    pub fn answer(self, response: &Response, cache: &mut PreflightCache, now: Duration) -> Step {
        let fetch = self.fetch;
        // A browser sees the redirect before it looks for the headers of CORS.
        match location(response, &fetch.url, fetch.quirks.engine) {
            Location::None => {}
            Location::Invalid => return fetch.blocked(invalid_location(response), cache),
            Location::Other(_) | Location::Http(_) => {
                return fetch.blocked(Failure::new(Reason::PreflightDisallowedRedirect, ""), cache);
            }
        }
        let granted = check_preflight(
            fetch.serialized_origin(),
            &fetch.method,
            &fetch.headers,
            fetch.credentials,
            response,
            fetch.quirks,
        );
        match granted {
            Ok(granted) => {
                let include = fetch.credentials == CredentialsMode::Include;
                cache.store(fetch.resource(), &granted, include, now);
                fetch.send()
            }
            Err(failure) => fetch.blocked(failure, cache),
        }
    }
}

/// A fetch that waits for the response to its actual request.
///
/// Section: <https://fetch.spec.whatwg.org/#concept-http-fetch>.
#[derive(Debug, Clone)]
pub struct Actual {
    request: HttpRequest,
    fetch: Fetch,
}

impl Actual {
    /// The request to send.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Goes on with the response, which came at the time `now`. A redirect may lead to further steps.
    pub fn answer(self, response: &Response, cache: &mut PreflightCache, now: Duration) -> Step {
        let fetch = self.fetch;
        let location = location(response, &fetch.url, fetch.quirks.engine);
        if fetch.quirks.engine == Engine::Chromium && location == Location::Invalid {
            return fetch.blocked(invalid_location(response), cache);
        }
        if fetch.is_cors {
            let check = cors_check(fetch.serialized_origin(), fetch.credentials, response);
            if let Err(failure) = check {
                return fetch.blocked(failure, cache);
            }
        }
        match location {
            Location::None => {
                let headers = match fetch.is_cors {
                    true => readable_headers(fetch.credentials, response),
                    false => basic_headers(response),
                };
                Step::Done(Verdict::Readable { status: response.status, headers })
            }
            location => fetch.redirect(response, location, cache, now),
        }
    }
}

/// A request and what the standard keeps with it.
#[derive(Debug, Clone)]
struct Fetch {
    quirks: Quirks,
    /// The page's.
    origin: String,
    url: Url,
    method: String,
    headers: HeaderList,
    credentials: CredentialsMode,
    /// Whether the response tainting is "cors". It stays so, also back at the page's own origin.
    /// <https://fetch.spec.whatwg.org/#concept-request-response-tainting>
    is_cors: bool,
    /// Whether a redirect made the origin `null`.
    /// <https://fetch.spec.whatwg.org/#concept-request-tainted-origin>
    is_origin_tainted: bool,
    /// Whether any request of this fetch needed a preflight, from the cache or not.
    needed_preflight: bool,
    redirects: u8,
}

impl Fetch {
    /// What `new Request(url, init)` makes of the page's wishes.
    /// <https://fetch.spec.whatwg.org/#dom-request>
    fn new(request: &Request, quirks: Quirks) -> Result<Self, Failure> {
        let url = match Url::parse(request.url.as_bytes(), None) {
            Some(Parsed::Http(url)) => url,
            Some(Parsed::Other(scheme)) => return Err(Failure::new(Reason::CorsDisabledScheme, scheme)),
            None => return Err(Failure::new(Reason::InvalidUrl, "")),
        };
        if url.includes_credentials {
            return Err(Failure::new(Reason::UrlContainsCredentials, ""));
        }
        if !is_token(request.method.as_bytes()) {
            return Err(Failure::new(Reason::InvalidMethod, &request.method));
        }
        if is_forbidden_method(&request.method) {
            return Err(Failure::new(Reason::ForbiddenMethod, &request.method));
        }
        Ok(Self {
            quirks,
            origin: request.origin.clone(),
            url,
            method: normalize_method(&request.method).to_owned(),
            headers: request_headers(&request.headers, quirks.engine)?,
            credentials: request.credentials,
            is_cors: false,
            is_origin_tainted: false,
            needed_preflight: false,
            redirects: 0,
        })
    }

    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>
    fn main_fetch(mut self, cache: &mut PreflightCache, now: Duration) -> Step {
        if !self.is_cors && self.url.origin() == self.origin {
            return self.send();
        }
        self.is_cors = true;
        let names = unsafe_request_header_names(&self.headers, self.quirks.engine);
        if is_safelisted_method(&self.method) && names.is_empty() {
            return self.send();
        }
        self.needed_preflight = true;
        let include = self.credentials == CredentialsMode::Include;
        if cache.covers(&self.resource(), &self.method, names.iter(), include, now) {
            return self.send();
        }
        let request = preflight_request(
            self.serialized_origin(),
            self.url.without_fragment(),
            &self.method,
            &self.headers,
            self.quirks.engine,
        );
        Step::Preflight(Preflight { request, fetch: self })
    }

    /// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>
    fn send(self) -> Step {
        let mut headers = self.headers.clone();
        // https://fetch.spec.whatwg.org/#append-a-request-origin-header
        if self.is_cors || !matches!(self.method.as_str(), "GET" | "HEAD") {
            headers.push(("Origin".to_owned(), self.serialized_origin().as_bytes().to_vec()));
        }
        let credentials = match self.credentials {
            CredentialsMode::Omit => false,
            CredentialsMode::SameOrigin => !self.is_cors,
            CredentialsMode::Include => true,
        };
        let (method, url) = (self.method.clone(), self.url.without_fragment());
        Step::Send(Actual { request: HttpRequest { method, url, headers, credentials }, fetch: self })
    }

    /// <https://fetch.spec.whatwg.org/#concept-http-redirect-fetch>
    fn redirect(
        mut self,
        response: &Response,
        location: Location,
        cache: &mut PreflightCache,
        now: Duration,
    ) -> Step {
        let url = match location {
            Location::Http(url) => url,
            Location::Other(scheme) => {
                let reason = if is_kept_from_redirects(&scheme) {
                    Reason::RedirectToUnsupportedScheme
                } else {
                    Reason::RedirectToDisabledScheme
                };
                return self.blocked(Failure::new(reason, written_location(response)), cache);
            }
            _ => return self.blocked(invalid_location(response), cache),
        };
        if self.redirects == 20 {
            return self.blocked(Failure::new(Reason::TooManyRedirects, ""), cache);
        }
        self.redirects += 1;
        if url.includes_credentials {
            if self.is_cors || url.origin() != self.origin {
                return self.blocked(Failure::new(Reason::RedirectContainsCredentials, ""), cache);
            }
            if self.quirks.engine == Engine::Chromium {
                return self.blocked(Failure::new(Reason::OwnRedirectContainsCredentials, ""), cache);
            }
        }
        let becomes_get = match response.status {
            301 | 302 => self.method == "POST",
            303 => !matches!(self.method.as_str(), "GET" | "HEAD"),
            _ => false,
        };
        if becomes_get {
            self.method = "GET".to_owned();
            // https://fetch.spec.whatwg.org/#request-body-header-name
            self.delete_headers(&[
                "content-encoding",
                "content-language",
                "content-location",
                "content-type",
            ]);
        }
        if self.quirks.engine == Engine::Chromium && url.origin() != self.origin {
            self.delete_headers(&CLIENT_HINTS);
        }
        if url.origin() != self.url.origin() {
            self.delete_headers(&["authorization"]);
            self.is_origin_tainted |= self.url.origin() != self.origin;
        }
        self.url = url;
        self.main_fetch(cache, now)
    }

    fn delete_headers(&mut self, names: &[&str]) {
        self.headers.retain(|(name, _)| !names.iter().any(|other| other.eq_ignore_ascii_case(name)));
    }

    /// A network error.
    fn blocked(self, failure: Failure, cache: &mut PreflightCache) -> Step {
        if self.needed_preflight {
            cache.network_error(&self.resource());
        }
        Step::Done(Verdict::Blocked(Blocked {
            reason: failure.reason,
            parameter: failure.parameter,
            origin: self.serialized_origin().to_owned(),
            url: self.url.without_fragment(),
        }))
    }

    /// <https://fetch.spec.whatwg.org/#serializing-a-request-origin>
    fn serialized_origin(&self) -> &str {
        if self.is_origin_tainted { "null" } else { &self.origin }
    }

    /// What the entries of the preflight cache belong to.
    fn resource(&self) -> Resource {
        Resource { origin: self.serialized_origin().to_owned(), url: self.url.serialize() }
    }
}

/// The page's headers as they are sent.
/// <https://fetch.spec.whatwg.org/#concept-headers-append>
fn request_headers(page: &[(String, Vec<u8>)], engine: Engine) -> Result<HeaderList, Failure> {
    let mut headers = HeaderList::new();
    for (name, value) in page {
        // Unlike elsewhere, line breaks around a value are white space that goes.
        let mut value = value.as_slice();
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] | [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] =
            value
        {
            value = rest;
        }
        if !is_token(name.as_bytes()) || value.iter().any(|byte| b"\0\r\n".contains(byte)) {
            return Err(Failure::new(Reason::InvalidHeader, name));
        }
        if !is_forbidden_request_header(name, value, engine) {
            headers.push((name.clone(), value.to_vec()));
        }
    }
    if engine == Engine::Chromium {
        headers = sort_and_combine(&headers);
    }
    // Every fetch has one before its headers are looked at: https://fetch.spec.whatwg.org/#concept-fetch
    if values(&headers, "accept").next().is_none() {
        headers.push(("Accept".to_owned(), b"*/*".to_vec()));
    }
    Ok(headers)
}

#[derive(Debug, PartialEq, Eq)]
enum Location {
    /// The response is no redirect.
    None,
    Invalid,
    /// A URL of this scheme, which is neither `http` nor `https`.
    Other(String),
    Http(Url),
}

/// Chromium takes several different `Location`s for an attack, whatever the status, and reads no further.
fn has_several_locations(response: &Response, engine: Engine) -> bool {
    let mut lines = values(&response.headers, "location");
    let first = lines.next();
    engine == Engine::Chromium && lines.any(|line| Some(line) != first)
}

fn written_location(response: &Response) -> String {
    lossy(&get(&response.headers, "location").unwrap_or_default())
}

fn invalid_location(response: &Response) -> Failure {
    Failure::new(Reason::InvalidRedirectLocation, written_location(response))
}

/// Schemes to which Chromium does not redirect, before CORS comes to be asked.
fn is_kept_from_redirects(scheme: &str) -> bool {
    matches!(scheme, "about" | "blob" | "chrome" | "chrome-extension" | "data" | "devtools" | "file")
}

/// Where a response redirects to.
/// <https://fetch.spec.whatwg.org/#concept-response-location-url>
fn location(response: &Response, url: &Url, engine: Engine) -> Location {
    if has_several_locations(response, engine) {
        return Location::Invalid;
    }
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return Location::None;
    }
    let lines: Vec<&[u8]> = values(&response.headers, "location").collect();
    let chromium = engine == Engine::Chromium;
    let line = match lines[..] {
        [] => return Location::None,
        [b"", ..] if chromium => return Location::None,
        [line] => line,
        [line, ..] if chromium => line,
        _ => return Location::Invalid,
    };
    match Url::parse(line, Some(url)) {
        None => Location::Invalid,
        Some(Parsed::Other(scheme)) => Location::Other(scheme),
        Some(Parsed::Http(mut location)) => {
            location.fragment = location.fragment.or_else(|| url.fragment.clone());
            Location::Http(location)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CredentialsMode::{Include, Omit, SameOrigin};

    const APP: &str = "https://app.example.com";
    const API: &str = "https://api.example.com/items";
    const B: &str = "https://b.example/";
    const C: &str = "https://c.example/";

    /// What went over the wire, as `METHOD url origin`, and what the page got.
    fn run(
        cache: &mut PreflightCache,
        request: Request,
        mut serve: impl FnMut(&HttpRequest) -> Response,
    ) -> (Vec<String>, Verdict) {
        let mut wire = Vec::new();
        let mut ask = |request: &HttpRequest| {
            let origin = get(&request.headers, "origin").map_or("-".to_owned(), |value| lossy(&value));
            wire.push(format!("{} {} {origin}", request.method, request.url));
            serve(request)
        };
        let mut step = fetch(request, cache, Duration::ZERO);
        loop {
            step = match step {
                Step::Preflight(preflight) => {
                    let response = ask(preflight.request());
                    preflight.answer(&response, cache, Duration::ZERO)
                }
                Step::Send(actual) => {
                    let response = ask(actual.request());
                    actual.answer(&response, cache, Duration::ZERO)
                }
                Step::Done(verdict) => return (wire, verdict),
            };
        }
    }

    fn run_new(request: Request, serve: impl Fn(&HttpRequest) -> Response) -> (Vec<String>, Verdict) {
        run(&mut PreflightCache::new(Quirks::STANDARD), request, serve)
    }

    /// A server that allows whatever it is asked for.
    fn open(request: &HttpRequest) -> Response {
        let origin = get(&request.headers, "origin").unwrap_or_default();
        let mut response = Response::new(200)
            .header("access-control-allow-origin", origin)
            .header("access-control-allow-credentials", "true");
        for (asked, allow) in [
            ("access-control-request-method", "access-control-allow-methods"),
            ("access-control-request-headers", "access-control-allow-headers"),
        ] {
            if let Some(value) = get(&request.headers, asked) {
                response = response.header(allow, value);
            }
        }
        response
    }

    fn redirect(request: &HttpRequest, status: u16, to: &str) -> Response {
        match request.method.as_str() {
            "OPTIONS" => open(request),
            _ => Response { status, ..open(request) }.header("location", to),
        }
    }

    fn sent(request: Request, quirks: Quirks) -> HttpRequest {
        match fetch(request, &mut PreflightCache::new(quirks), Duration::ZERO) {
            Step::Send(actual) => actual.request,
            step => panic!("{step:?}"),
        }
    }

    #[test]
    fn sends_a_simple_request_at_once_and_filters_the_response() {
        let (wire, verdict) = run_new(Request::new(APP, API), |request| {
            Response { status: 404, ..open(request) }.header("x-a", "1").header("expires", "2")
        });
        assert_eq!(wire, [format!("GET {API} {APP}")]);
        let headers = vec![("expires".to_owned(), b"2".to_vec())];
        assert_eq!(verdict, Verdict::Readable { status: 404, headers });
        assert_eq!(verdict.header("Expires"), Some(&b"2"[..]));
        assert_eq!(verdict.header("x-a"), None);
    }

    #[test]
    fn asks_first_where_the_request_is_not_simple() {
        let (wire, verdict) = run_new(Request::new(APP, API).method("put"), open);
        assert_eq!(wire, [format!("OPTIONS {API} {APP}"), format!("PUT {API} {APP}")]);
        assert_eq!(verdict.reason(), None);
    }

    #[test]
    fn sends_nothing_after_a_refused_preflight() {
        let (wire, verdict) = run_new(Request::new(APP, API).method("PUT"), |_| Response::new(200));
        assert_eq!(wire.len(), 1);
        let blocked = Blocked {
            reason: Reason::PreflightMissingAllowOriginHeader,
            parameter: String::new(),
            origin: APP.to_owned(),
            url: API.to_owned(),
        };
        assert_eq!(verdict, Verdict::Blocked(blocked));
    }

    #[test]
    fn checks_the_actual_response_too() {
        let (wire, verdict) = run_new(Request::new(APP, API).method("PUT"), |request| {
            if request.method == "OPTIONS" { open(request) } else { Response::new(200) }
        });
        assert_eq!(wire.len(), 2);
        assert_eq!(verdict.reason(), Some(Reason::MissingAllowOriginHeader));
    }

    #[test]
    fn needs_no_permission_at_its_own_origin() {
        let url = "https://app.example.com:443/x#f";
        let serve = |_: &HttpRequest| Response::new(200).header("x-a", "1").header("set-cookie", "a=b");
        let (wire, verdict) = run_new(Request::new(APP, url).method("PUT").header("x-b", "1"), serve);
        assert_eq!(wire, [format!("PUT {APP}/x {APP}")]);
        let headers = vec![("x-a".to_owned(), b"1".to_vec())];
        assert_eq!(verdict, Verdict::Readable { status: 200, headers });
        let (wire, _) = run_new(Request::new(APP, url), serve);
        assert_eq!(wire, [format!("GET {APP}/x -")]);
        let (_, verdict) = run_new(Request::new("null", "https://app.example.com/x"), serve);
        assert_eq!(verdict.reason(), Some(Reason::MissingAllowOriginHeader));
    }

    #[test]
    fn sends_credentials_as_the_mode_says() {
        for (mode, same, cross) in [(Omit, false, false), (SameOrigin, true, false), (Include, true, true)] {
            let to = |url: &str| sent(Request::new(APP, url).credentials(mode), Quirks::STANDARD).credentials;
            assert_eq!((to(APP), to(API)), (same, cross), "{mode:?}");
        }
    }

    #[test]
    fn throws_at_what_no_page_can_ask_for() {
        for (request, reason) in [
            (Request::new(APP, "/relative"), Reason::InvalidUrl),
            (Request::new(APP, "https://u:p@api.example.com"), Reason::UrlContainsCredentials),
            (Request::new(APP, "ftp://api.example.com"), Reason::CorsDisabledScheme),
            (Request::new(APP, API).method("P UT"), Reason::InvalidMethod),
            (Request::new(APP, API).method(""), Reason::InvalidMethod),
            (Request::new(APP, API).method("trace"), Reason::ForbiddenMethod),
            (Request::new(APP, API).header("x a", "1"), Reason::InvalidHeader),
            (Request::new(APP, API).header("x-a", "1\n2"), Reason::InvalidHeader),
        ] {
            let (wire, verdict) = run_new(request, open);
            assert_eq!((wire.len(), verdict.reason()), (0, Some(reason)));
        }
    }

    #[test]
    fn drops_forbidden_headers_and_the_white_space_around_values() {
        let request = Request::new(APP, API)
            .header("cookie", "a=b")
            .header("Accept", "\r\n a\tb \n")
            .header("sec-x", "1");
        let lines = [("Accept".to_owned(), b"a\tb".to_vec()), ("Origin".to_owned(), APP.as_bytes().to_vec())];
        assert_eq!(sent(request, Quirks::STANDARD).headers, lines);
    }

    #[test]
    fn accepts_anything_where_the_page_says_nothing() {
        let accept = ("Accept".to_owned(), b"*/*".to_vec());
        assert_eq!(sent(Request::new(APP, API), Quirks::STANDARD).headers[0], accept);
    }

    #[test]
    fn joins_repeated_request_headers_in_chromium() {
        let request = Request::new(APP, API).header("accept", "a".repeat(127)).header("Accept", "b");
        assert_eq!(sent(request.clone(), Quirks::STANDARD).headers.len(), 3);
        let step = fetch(request, &mut PreflightCache::new(Quirks::CHROMIUM), Duration::ZERO);
        let Step::Preflight(preflight) = step else { panic!("{step:?}") };
        let asked = get(&preflight.request().headers, "access-control-request-headers");
        assert_eq!(asked.unwrap(), b"accept");
    }

    #[test]
    fn refuses_a_redirected_preflight_before_the_cors_check() {
        for (location, reason) in [
            (Some(B), Reason::PreflightDisallowedRedirect),
            (Some("mailto:x"), Reason::PreflightDisallowedRedirect),
            (Some("https://["), Reason::InvalidRedirectLocation),
            (None, Reason::PreflightMissingAllowOriginHeader),
        ] {
            let mut response = Response::new(307);
            response.headers.extend(location.map(|to| ("Location".to_owned(), to.as_bytes().to_vec())));
            let (_, verdict) = run_new(Request::new(APP, API).method("PUT"), |_| response.clone());
            assert_eq!(verdict.reason(), Some(reason));
        }
    }

    #[test]
    fn becomes_null_after_a_redirect_from_one_foreign_origin_to_another() {
        let serve = |request: &HttpRequest| match request.url.as_str() {
            B => redirect(request, 307, C),
            _ => open(request),
        };
        let (wire, verdict) = run_new(Request::new(APP, B).method("PUT"), serve);
        assert_eq!(
            wire,
            [
                format!("OPTIONS {B} {APP}"),
                format!("PUT {B} {APP}"),
                format!("OPTIONS {C} null"),
                format!("PUT {C} null")
            ]
        );
        assert_eq!(verdict.reason(), None);
        // Also on the way back, where the response is still cross-origin.
        let back = |request: &HttpRequest| match request.url.as_str() {
            B => redirect(request, 302, APP),
            _ => Response::new(200),
        };
        let (wire, verdict) = run_new(Request::new(APP, B), back);
        assert_eq!(wire[1], format!("GET {APP}/ null"));
        assert_eq!(verdict.reason(), Some(Reason::MissingAllowOriginHeader));
        let back = |request: &HttpRequest| {
            if request.url == B { redirect(request, 307, APP) } else { open(request) }
        };
        let (wire, _) = run_new(Request::new(APP, B).method("PUT"), back);
        assert_eq!(wire[2..], [format!("OPTIONS {APP}/ null"), format!("PUT {APP}/ null")]);
    }

    #[test]
    fn keeps_its_origin_through_redirects_of_its_own_origin() {
        let serve = |request: &HttpRequest| match request.url.as_str() {
            "https://app.example.com/x" => redirect(request, 302, B),
            B => redirect(request, 302, "/y"),
            _ => open(request),
        };
        let (wire, _) = run_new(Request::new(APP, "https://app.example.com/x"), serve);
        assert_eq!(wire, [format!("GET {APP}/x -"), format!("GET {B} {APP}"), format!("GET {B}y {APP}")]);
    }

    #[test]
    fn checks_every_redirect() {
        let (wire, verdict) = run_new(Request::new(APP, B), |_| Response::new(302).header("location", C));
        assert_eq!(wire.len(), 1);
        assert_eq!(verdict.reason(), Some(Reason::MissingAllowOriginHeader));
    }

    #[test]
    fn changes_the_method_as_the_status_of_the_redirect_says() {
        for (status, method, next) in [
            (301, "POST", "GET"),
            (302, "POST", "GET"),
            (302, "PUT", "PUT"),
            (303, "PUT", "GET"),
            (303, "HEAD", "HEAD"),
            (307, "POST", "POST"),
            (308, "POST", "POST"),
        ] {
            let request = Request::new(APP, format!("{APP}/x"))
                .method(method)
                .header("content-type", "a/b")
                .header("authorization", "c");
            let step = fetch(request, &mut PreflightCache::new(Quirks::STANDARD), Duration::ZERO);
            let Step::Send(actual) = step else { panic!("{step:?}") };
            let response = Response::new(status).header("location", "/y");
            let cache = &mut PreflightCache::new(Quirks::STANDARD);
            let Step::Send(actual) = actual.answer(&response, cache, Duration::ZERO) else { panic!() };
            assert_eq!(actual.request().method, next, "{status} {method}");
            let has = |name| get(&actual.request().headers, name).is_some();
            assert_eq!(has("content-type"), method == next, "{status} {method}");
            assert!(has("authorization"), "it stays within an origin");
        }
    }

    #[test]
    fn drops_authorization_when_the_origin_changes() {
        let serve = |request: &HttpRequest| {
            assert_eq!(get(&request.headers, "authorization").is_some(), request.url != B);
            if request.url == B { open(request) } else { redirect(request, 307, B) }
        };
        let request = Request::new(APP, format!("{APP}/x")).header("authorization", "c");
        let (wire, verdict) = run_new(request, serve);
        assert_eq!((wire.len(), verdict.reason()), (2, None));
    }

    #[test]
    fn follows_no_redirect_with_credentials_in_its_url() {
        for (from, to, reason) in [
            (B, "https://u:p@c.example/", Some(Reason::RedirectContainsCredentials)),
            (B, "https://u@app.example.com/", Some(Reason::RedirectContainsCredentials)),
            ("https://app.example.com/x", "//:p@b.example/", Some(Reason::RedirectContainsCredentials)),
            ("https://app.example.com/x", "//u:p@app.example.com/y", None),
        ] {
            let serve = |request: &HttpRequest| {
                if request.url == from { redirect(request, 302, to) } else { open(request) }
            };
            let (_, verdict) = run_new(Request::new(APP, from), serve);
            assert_eq!(verdict.reason(), reason, "{from} {to}");
        }
    }

    #[test]
    fn follows_no_redirect_with_credentials_within_an_origin_in_chromium() {
        let serve = |request: &HttpRequest| redirect(request, 302, "//u:p@app.example.com/y");
        let mut cache = PreflightCache::new(Quirks::CHROMIUM);
        let (wire, verdict) = run(&mut cache, Request::new(APP, APP), serve);
        assert_eq!((wire.len(), verdict.reason()), (1, Some(Reason::OwnRedirectContainsCredentials)));
    }

    #[test]
    fn takes_client_hints_away_in_chromium_unless_the_redirect_leads_home() {
        let home = "https://app.example.com/x";
        for (from, to, quirks, kept) in [
            (B, C, Quirks::STANDARD, true),
            (B, C, Quirks::CHROMIUM, false),
            (B, "/same", Quirks::CHROMIUM, false),
            (home, B, Quirks::CHROMIUM, false),
            (home, "/same", Quirks::CHROMIUM, true),
            (B, home, Quirks::CHROMIUM, true),
        ] {
            let has = std::cell::Cell::new([false; 2]);
            let serve = |request: &HttpRequest| {
                has.set(["ect", "save-data"].map(|name| get(&request.headers, name).is_some()));
                if request.url == from { redirect(request, 307, to) } else { open(request) }
            };
            let request = Request::new(APP, from).header("ECT", "4g").header("save-data", "on");
            let mut cache = PreflightCache::new(quirks);
            run(&mut cache, request, serve);
            assert_eq!(has.get(), [kept, true], "{from} {to}");
        }
    }

    #[test]
    fn follows_no_redirect_to_what_is_no_http_url() {
        for (to, reason) in [
            ("https://[", Reason::InvalidRedirectLocation),
            ("data:,x", Reason::RedirectToUnsupportedScheme),
            ("mailto:x", Reason::RedirectToDisabledScheme),
        ] {
            let (_, verdict) = run_new(Request::new(APP, B), |request| redirect(request, 302, to));
            assert_eq!(verdict.reason(), Some(reason));
        }
    }

    #[test]
    fn reads_location_as_each_engine_does() {
        let url = || match Url::parse(b"https://b.example/x#f", None) {
            Some(Parsed::Http(url)) => url,
            _ => panic!(),
        };
        let read = |lines: &[&str], engine| {
            let response =
                lines.iter().fold(Response::new(302), |response, line| response.header("Location", *line));
            match location(&response, &url(), engine) {
                Location::Http(url) => url.serialize(),
                other => format!("{other:?}"),
            }
        };
        for (lines, standard, chromium) in [
            (&[][..], "None", "None"),
            (&["/y"], "https://b.example/y#f", "https://b.example/y#f"),
            (&["/y#g"], "https://b.example/y#g", "https://b.example/y#g"),
            (&[""], "https://b.example/x#f", "None"),
            (&["/y", "/y"], "Invalid", "https://b.example/y#f"),
            (&["/y", "/z"], "Invalid", "Invalid"),
            (&["", "/y"], "Invalid", "Invalid"),
        ] {
            assert_eq!(read(lines, Engine::Standard), standard, "{lines:?}");
            assert_eq!(read(lines, Engine::Chromium), chromium, "{lines:?}");
        }
        let not_modified = Response::new(304).header("location", "/y");
        assert_eq!(location(&not_modified, &url(), Engine::Standard), Location::None);
    }

    #[test]
    fn refuses_several_locations_in_chromium_before_anything_else() {
        for status in [200, 302, 404] {
            let response = Response::new(status).header("location", "/y").header("location", "/z");
            for method in ["GET", "PUT"] {
                let mut cache = PreflightCache::new(Quirks::CHROMIUM);
                let (_, verdict) = run(&mut cache, Request::new(APP, B).method(method), |_| response.clone());
                assert_eq!(verdict.reason(), Some(Reason::InvalidRedirectLocation), "{status} {method}");
            }
        }
    }

    #[test]
    fn judges_an_invalid_location_before_the_cors_check_in_chromium() {
        for (quirks, reason) in [
            (Quirks::STANDARD, Reason::MissingAllowOriginHeader),
            (Quirks::CHROMIUM, Reason::InvalidRedirectLocation),
        ] {
            let mut cache = PreflightCache::new(quirks);
            let response = Response::new(302).header("location", "https://[");
            let (_, verdict) = run(&mut cache, Request::new(APP, B), |_| response.clone());
            assert_eq!(verdict.reason(), Some(reason));
        }
    }

    #[test]
    fn follows_twenty_redirects() {
        let (wire, verdict) = run_new(Request::new(APP, B), |request| redirect(request, 302, B));
        assert_eq!((wire.len(), verdict.reason()), (21, Some(Reason::TooManyRedirects)));
    }

    #[test]
    fn asks_once_for_what_the_cache_keeps() {
        let put = || Request::new(APP, API).method("PUT").header("x-a", "1");
        let mut cache = PreflightCache::new(Quirks::STANDARD);
        for (request, preflights) in [
            (put(), 1),
            (put(), 0),
            (put().credentials(SameOrigin), 0),
            (put().credentials(Include), 1),
            (put(), 0),
            (Request::new("https://other.example", API).method("PUT"), 1),
        ] {
            let (wire, verdict) = run(&mut cache, request, open);
            assert_eq!((wire.len() - 1, verdict.reason()), (preflights, None));
        }
    }

    #[test]
    fn forgets_after_a_refused_request_in_the_standard_only() {
        for (quirks, preflights) in [(Quirks::STANDARD, 1), (Quirks::CHROMIUM, 0)] {
            let mut cache = PreflightCache::new(quirks);
            let put = || Request::new(APP, API).method("PUT");
            run(&mut cache, put(), |request| match request.method.as_str() {
                "OPTIONS" => open(request),
                _ => Response::new(200),
            });
            assert_eq!(run(&mut cache, put(), open).0.len() - 1, preflights);
        }
    }

    #[test]
    fn caches_for_the_origin_that_a_redirect_made() {
        for (quirks, preflights) in [(Quirks::STANDARD, [2, 0, 1]), (Quirks::CHROMIUM, [2, 1, 1])] {
            let mut cache = PreflightCache::new(quirks);
            let serve = |request: &HttpRequest| match request.url.as_str() {
                B => redirect(request, 307, C),
                _ => open(request),
            };
            // The second time, only the entry of `null` at C is in question.
            let asked = [B, B, C].map(|url| {
                let (wire, _) = run(&mut cache, Request::new(APP, url).method("PUT"), serve);
                wire.iter().filter(|line| line.starts_with("OPTIONS")).count()
            });
            assert_eq!(asked, preflights);
        }
    }

    #[test]
    fn survives_any_bytes() {
        // A small generator, as there is no other here: https://en.wikipedia.org/wiki/Xorshift
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = move |bound: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % bound
        };
        let pieces: [&[u8]; 20] = [
            b"",
            b",",
            b" ",
            b"\t",
            b"*",
            b"null",
            b"\"",
            b"\\",
            b"%",
            b"https://",
            b"[",
            b"]",
            b":",
            b"@",
            b"0x",
            b"PUT",
            b"\xff",
            b"\0",
            b"/..",
            b"#",
        ];
        let names = ["Origin", "Methods", "Headers", "Credentials"];
        for round in 0..20_000 {
            let mut value =
                || (0..next(6)).flat_map(|_| pieces[next(20) as usize].to_vec()).collect::<Vec<u8>>();
            let (url, header) = (lossy(&value()), value());
            let url = if round % 2 == 0 { API.to_owned() } else { url };
            let mut response = Response::new(200 + 101 * (round % 2)).header("Location", value());
            for name in names {
                response = response.header(format!("access-control-allow-{name}"), value());
            }
            let request = Request::new(APP, url).method("PUT").header("range", header);
            let quirks = [Quirks::STANDARD, Quirks::CHROMIUM][usize::from(round % 3 == 0)];
            let (_, verdict) = run(&mut PreflightCache::new(quirks), request, |_| response.clone());
            if let Verdict::Blocked(blocked) = verdict {
                assert!(!blocked.to_string().is_empty());
            }
        }
    }
}
