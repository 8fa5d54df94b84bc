//! A fetch, step by step.

use std::collections::BTreeSet;
use std::time::Duration;

use super::cors_check::cors_check;
use super::headers::{HeaderList, sort_and_combine, values};
use super::location::{Location, invalid_location, is_refused_before_cors, written_location};
use super::messages::{CredentialsMode, HttpRequest, Request, Response};
use super::preflight::{check_grant, preflight_grants, preflight_request};
use super::preflight_cache::{PreflightCache, Resource};
use super::quirks::{
    PreflightAfterRedirect, Quirks, RequestHeaderLines, RestoredHeaders, TaintedPreflightOrigin,
};
use super::reason::{Blocked, Failure, Reason};
use super::received::received;
use super::request_headers::{CLIENT_HINTS, encode, is_forbidden, unsafe_names};
use super::response_headers::{basic_headers, exposed_headers};
use super::url::{Parsed, Url};
use crate::const_text::{is_one_of, is_token};
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
    /// The header names that it asks for.
    names: BTreeSet<String>,
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
        let response = &received(response, true, &fetch.quirks);
        // Most browsers detect the redirect before they read the headers of CORS.
        let location = Location::of(response, &fetch.url, &fetch.quirks);
        if !matches!(location, Location::None | Location::Attack)
            && fetch.quirks.preflight_redirect_comes_last
            && let Err(failure) = cors_check(fetch.preflight_origin(), fetch.credentials, response)
        {
            return fetch.blocked(Failure { reason: failure.reason.in_preflight(), ..failure }, cache);
        }
        match location {
            Location::None => {}
            Location::Invalid | Location::Attack => return fetch.blocked(invalid_location(response), cache),
            Location::Other(_) | Location::Http(_) => {
                return fetch.blocked(Failure::new(Reason::PreflightDisallowedRedirect, ""), cache);
            }
        }
        let allowed = fetch.check_preflight(&self.names, response, cache, now);
        match allowed {
            Ok(()) => fetch.send(cache),
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
        let response = &received(response, fetch.is_cors, &fetch.quirks);
        let location = Location::of(response, &fetch.url, &fetch.quirks);
        let is_invalid = fetch.quirks.location_comes_before_cors_check && location == Location::Invalid;
        if is_invalid || location == Location::Attack {
            return fetch.blocked(invalid_location(response), cache);
        }
        let mut fetch = fetch;
        if fetch.is_cors {
            if let Err(failure) = cors_check(fetch.serialized_origin(), fetch.credentials, response) {
                return fetch.blocked(failure, cache);
            }
            if fetch.started_at_own_origin
                && fetch.credentials == CredentialsMode::SameOrigin
                && location != Location::None
                && fetch.quirks.redirect_after_own_request_requires_credentials
            {
                let check = cors_check(fetch.serialized_origin(), CredentialsMode::Include, response);
                fetch.refused_target = check.err();
            }
        }
        match location {
            Location::None => {
                let headers = match fetch.is_cors {
                    true => exposed_headers(fetch.credentials, response, &fetch.quirks),
                    false => basic_headers(response, &fetch.quirks),
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
    /// The method before any redirect.
    original_method: String,
    /// Whether the last redirect would have changed the original method to `GET`.
    was_without_body: bool,
    /// Whether a request of this fetch had an `Origin` header.
    had_origin_header: bool,
    /// The CORS-unsafe names before any redirect.
    original_names: BTreeSet<String>,
    /// The headers before any redirect.
    original_headers: HeaderList,
    /// Whether the first request was for the page's own origin.
    started_at_own_origin: bool,
    /// Why a redirect is refused after the preflight for the URL that it leads to.
    refused_target: Option<Failure>,
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
        let headers = request_headers(&request.headers, &quirks)?;
        let method = normalize_method(&request.method).to_owned();
        let original_names = unsafe_names(&headers, &quirks);
        Ok(Self {
            quirks,
            origin: request.origin.clone(),

            original_method: method.clone(),
            original_names,
            original_headers: headers.clone(),
            started_at_own_origin: url.origin() == request.origin,
            refused_target: None,
            url,
            method,
            headers,
            credentials: request.credentials,
            is_cors: false,
            is_origin_tainted: false,
            needed_preflight: false,
            redirects: 0,
            was_without_body: false,
            had_origin_header: false,
        })
    }

    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>
    fn main_fetch(mut self, cache: &mut PreflightCache, now: Duration) -> Step {
        if !self.is_cors && self.url.origin() == self.origin {
            return self.send(cache);
        }
        self.is_cors = true;
        let names = match self.quirks.preflight_after_redirect {
            PreflightAfterRedirect::ForOriginalHeaders => self.original_names.clone(),
            _ => unsafe_names(&self.headers, &self.quirks),
        };
        let is_forced = self.quirks.preflight_after_redirect != PreflightAfterRedirect::IfNeeded
            && (self.needed_preflight || !self.original_names.is_empty());
        if is_safelisted_method(&self.method) && names.is_empty() && !is_forced {
            return self.send(cache);
        }
        self.needed_preflight = true;
        let include = self.credentials == CredentialsMode::Include;
        if cache.covers(&self.resource(), &self.method, names.iter(), include, now) {
            return self.send(cache);
        }
        let request = preflight_request(
            self.preflight_origin(),
            self.url.without_fragment(),
            &self.method,
            &self.headers,
            &names,
            &self.quirks,
        );
        Step::Preflight(Preflight { request, names, fetch: self })
    }

    /// Whether the answer to a preflight allows the request. If so, it is cached.
    fn check_preflight(
        &self,
        names: &BTreeSet<String>,
        response: &Response,
        cache: &mut PreflightCache,
        now: Duration,
    ) -> Result<(), Failure> {
        let origin = self.preflight_origin();
        // A preflight to the page's own origin occurs only with `TaintedPreflightOrigin::Page`.
        let is_own = origin == self.url.origin();
        let asker = (!is_own).then_some(origin);
        let granted = preflight_grants(asker, &self.method, self.credentials, response, &self.quirks)?;
        let allowed = check_grant(&granted, &self.method, names, self.credentials, &self.quirks);
        if allowed.is_ok() || self.quirks.refusals_are_cached {
            let include = self.credentials == CredentialsMode::Include;
            cache.store(self.resource(), &granted, include, self.origin == "null", now);
        }
        allowed
    }

    /// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>
    fn send(mut self, cache: &mut PreflightCache) -> Step {
        if let Some(failure) = self.refused_target.clone() {
            return self.blocked(failure, cache);
        }
        if self.was_without_body && self.quirks.headers_restored_by_redirect == RestoredHeaders::All {
            self.delete_headers(REQUEST_BODY);
        }
        let mut headers = self.headers.clone();
        if self.quirks.last_request_header_line_counts {
            headers = combine_lines(&headers);
        }
        encode(&mut headers, &self.quirks);
        // https://fetch.spec.whatwg.org/#append-a-request-origin-header
        self.had_origin_header = self.is_cors
            || !matches!(self.method.as_str(), "GET" | "HEAD")
            || (self.had_origin_header && self.quirks.own_redirect_keeps_origin_header);
        if self.had_origin_header {
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
            let is_leaving = !self.is_cors && url.origin() != self.origin;
            if is_leaving && self.quirks.leaving_redirect_with_credentials_sends_preflight {
                self.refused_target = Some(Failure::new(Reason::RedirectContainsCredentials, ""));
            } else if self.is_cors || is_leaving {
                return self.blocked(Failure::new(Reason::RedirectContainsCredentials, ""), cache);
            }
            if self.quirks.own_redirect_refuses_credentials {
                return self.blocked(Failure::new(Reason::OwnRedirectContainsCredentials, ""), cache);
            }
        }
        let becomes_get = becomes_get(response.status, &self.method);
        self.was_without_body = self::becomes_get(response.status, &self.original_method);
        let stays_own = !self.is_cors && url.origin() == self.origin;
        let is_restored = match self.quirks.headers_restored_by_redirect {
            RestoredHeaders::None => false,
            RestoredHeaders::AllButAuthorization => !stays_own,
            RestoredHeaders::All => true,
        };
        if is_restored {
            self.headers = self.original_headers.clone();
        }
        if becomes_get {
            self.method = "GET".to_owned();
            self.delete_headers(REQUEST_BODY);
        }
        let restores_content_type = stays_own
            && matches!(response.status, 307 | 308)
            && self.quirks.headers_restored_by_redirect == RestoredHeaders::AllButAuthorization;
        if restores_content_type {
            self.delete_headers(&["content-type"]);
            let lines = self.original_headers.iter();
            let lines = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            self.headers.extend(lines.cloned());
        }
        if stays_own && self.quirks.own_redirect_removes_user_agent {
            self.delete_headers(&["user-agent"]);
        }
        let is_other_origin = url.origin() != self.url.origin();
        if self.quirks.cross_origin_redirect_of_delete_becomes_get
            && is_other_origin
            && self.method == "DELETE"
        {
            self.method = "GET".to_owned();
        }
        if self.quirks.redirect_removes_client_hints && url.origin() != self.origin {
            self.delete_headers(&CLIENT_HINTS);
        }
        if is_other_origin {
            self.delete_headers(&["authorization"]);
            if self.quirks.headers_restored_by_redirect == RestoredHeaders::AllButAuthorization {
                self.original_headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            }

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
        if self.is_cors {
            cache.network_error(&self.resource(), self.needed_preflight);
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

    /// The `Origin` of a preflight for this request.
    fn preflight_origin(&self) -> &str {
        match self.quirks.tainted_preflight_origin {
            TaintedPreflightOrigin::Null => self.serialized_origin(),
            TaintedPreflightOrigin::Page => &self.origin,
        }
    }

    /// The key of this request in the preflight cache.
    fn resource(&self) -> Resource {
        Resource { origin: self.preflight_origin().to_owned(), url: self.url.serialize() }
    }
}

/// Whether a redirect with this status changes the method to `GET` and removes the body.
/// <https://fetch.spec.whatwg.org/#concept-http-redirect-fetch>
fn becomes_get(status: u16, method: &str) -> bool {
    match status {
        301 | 302 => method == "POST",
        303 => !matches!(method, "GET" | "HEAD"),
        _ => false,
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

/// The header lines as Firefox combines them: an empty line removes those before it, and so does every line of a header
/// with a single value.
fn combine_lines(lines: &[(String, Vec<u8>)]) -> HeaderList {
    let single: &[&str] = &[
        "authorization",
        "content-disposition",
        "content-type",
        "from",
        "if-modified-since",
        "if-unmodified-since",
        "max-forwards",
        "user-agent",
    ];
    let mut combined = HeaderList::new();
    for (name, value) in lines {
        match combined.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            None => combined.push((name.clone(), value.clone())),
            Some((_, before))
                if value.is_empty() || before.is_empty() || is_one_of(name.as_bytes(), single) =>
            {
                before.clone_from(value);
            }
            Some((_, before)) => {
                before.extend_from_slice(b", ");
                before.extend_from_slice(value);
            }
        }
    }
    combined
}
