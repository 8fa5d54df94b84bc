//! A fetch, step by step.

use std::time::Duration;

use super::cors_check::cors_check;
use super::headers::{HeaderList, sort_and_combine, values};
use super::location::{Location, invalid_location, is_refused_before_cors, written_location};
use super::messages::{CredentialsMode, HttpRequest, Request, Response};
use super::preflight::{check_preflight, preflight_request};
use super::preflight_cache::{PreflightCache, Resource};
use super::quirks::{Quirks, RequestHeaderLines};
use super::reason::{Blocked, Failure, Reason};
use super::request_headers::{CLIENT_HINTS, is_forbidden, unsafe_names};
use super::response_headers::{basic_headers, readable_headers};
use super::url::{Parsed, Url};
use crate::const_text::is_token;
use crate::fetch_standard::headers::REQUEST_BODY;
use crate::fetch_standard::methods::{is_forbidden_method, is_safelisted_method, normalize_method};

/// Starts a fetch in a page, as `fetch(url, { method, headers, credentials })` does.
///
/// `now` is the time since any fixed point. All calls with this cache have to count from the same point.
///
/// The caller answers each step until one is [`Step::Done`]. The documentation of the module has a loop to copy.
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
    /// The browser sends a CORS-preflight request and waits for the answer.
    Preflight(Preflight),
    /// The browser sends the actual request and waits for the response.
    Send(Actual),
    /// The fetch is over.
    Done(Verdict),
}

/// The result of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The page reads the response.
    Readable {
        /// The status of the response. It can be any: CORS does not depend on success.
        status: u16,
        /// The headers that the page can read. Names are in lower case, sorted, and occur once.
        headers: HeaderList,
    },
    /// The page's `fetch()` rejects. The request may have been sent all the same.
    Blocked(Blocked),
}

impl Verdict {
    /// Why the page cannot read the response, or `None` if it can.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Readable { .. } => None,
            Self::Blocked(blocked) => Some(blocked.reason),
        }
    }

    /// A header that the page can read, as `response.headers.get(name)` returns it. The case of the name does not
    /// matter.
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

    /// Continues with the answer, which arrived at the time `now`.
    pub fn answer(self, response: &Response, cache: &mut PreflightCache, now: Duration) -> Step {
        let fetch = self.fetch;
        // A browser detects the redirect before it reads the headers of CORS.
        match Location::of(response, &fetch.url, &fetch.quirks) {
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
            &fetch.quirks,
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

    /// Continues with the response, which arrived at the time `now`. A redirect may lead to further steps.
    pub fn answer(self, response: &Response, cache: &mut PreflightCache, now: Duration) -> Step {
        let fetch = self.fetch;
        let location = Location::of(response, &fetch.url, &fetch.quirks);
        if fetch.quirks.location_comes_before_cors_check && location == Location::Invalid {
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

/// A request, with the state that the standard keeps for it.
#[derive(Debug, Clone)]
struct Fetch {
    quirks: Quirks,
    /// The origin of the page.
    origin: String,
    url: Url,
    method: String,
    headers: HeaderList,
    credentials: CredentialsMode,
    /// Whether the response tainting is "cors". It remains so after a redirect back to the page's own origin.
    /// <https://fetch.spec.whatwg.org/#concept-request-response-tainting>
    is_cors: bool,
    /// Whether a redirect changed the request's origin to `null`.
    /// <https://fetch.spec.whatwg.org/#concept-request-tainted-origin>
    is_origin_tainted: bool,
    /// Whether any request of this fetch needed a preflight, cached or not.
    needed_preflight: bool,
    redirects: u8,
}

impl Fetch {
    /// What the constructor `new Request(url, init)` does.
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
            headers: request_headers(&request.headers, &quirks)?,
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
        let names = unsafe_names(&self.headers, &self.quirks);
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
            &self.quirks,
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
                let reason = if is_refused_before_cors(&scheme) {
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
            if self.quirks.own_redirect_refuses_credentials {
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
            self.delete_headers(REQUEST_BODY);
        }
        if self.quirks.redirect_removes_client_hints && url.origin() != self.origin {
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

    /// Ends the fetch with a network error.
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

    /// The key of this request in the preflight cache.
    fn resource(&self) -> Resource {
        Resource { origin: self.serialized_origin().to_owned(), url: self.url.serialize() }
    }
}

/// The headers of the page, as the browser sends them.
/// <https://fetch.spec.whatwg.org/#concept-headers-append>
fn request_headers(page: &[(String, Vec<u8>)], quirks: &Quirks) -> Result<HeaderList, Failure> {
    let mut headers = HeaderList::new();
    for (name, value) in page {
        // Here line breaks around a value are removed with the white space, unlike in responses.
        let mut value = value.as_slice();
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] | [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] =
            value
        {
            value = rest;
        }
        if !is_token(name.as_bytes()) || value.iter().any(|byte| b"\0\r\n".contains(byte)) {
            return Err(Failure::new(Reason::InvalidHeader, name));
        }
        if !is_forbidden(name, value, quirks) {
            headers.push((name.clone(), value.to_vec()));
        }
    }
    if quirks.request_header_lines == RequestHeaderLines::Joined {
        headers = sort_and_combine(&headers);
    }
    // The browser adds it before the headers are checked: https://fetch.spec.whatwg.org/#concept-fetch
    if values(&headers, "accept").next().is_none() {
        headers.push(("Accept".to_owned(), b"*/*".to_vec()));
    }
    Ok(headers)
}
