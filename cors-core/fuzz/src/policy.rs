//! What a policy answers.

use crate::request::Request;
use crate::{is_token, members, origin};

/// A policy and the way it is used, as lists of strings.
#[derive(Clone, Debug, Default)]
pub struct Policy<'a> {
    pub origins: Vec<&'a str>,
    pub except: Vec<&'a str>,
    pub credentials: bool,
    pub methods: Vec<&'a str>,
    pub headers: Vec<&'a str>,
    pub expose: Vec<&'a str>,
    pub max_age: Option<u32>,
    pub enforce: bool,
    pub preflight_status: u16,
    /// The methods of the route, if the policy is on a route.
    pub route: Option<&'a [&'a str]>,
    /// Answers to preflights name only the method that was asked for, and are not cached.
    pub asked_method_only: bool,
}

/// A status, if the handler does not run, and header lines with names in lower case, in no particular order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: Option<u16>,
    pub lines: Vec<(String, Vec<u8>)>,
}

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";
const ALLOW_METHODS: &str = "access-control-allow-methods";
const ALLOW_HEADERS: &str = "access-control-allow-headers";
const MAX_AGE: &str = "access-control-max-age";
const EXPOSE_HEADERS: &str = "access-control-expose-headers";
const PROTOCOL: [&str; 6] =
    [ALLOW_ORIGIN, ALLOW_CREDENTIALS, ALLOW_METHODS, ALLOW_HEADERS, MAX_AGE, EXPOSE_HEADERS];

/// The most bytes of a value that repeats a part of the request.
const LONGEST_ECHO: usize = 8 * 1024;

impl<'a> Policy<'a> {
    fn is_for_everyone(&self) -> bool {
        self.origins == ["*"] && self.except.is_empty()
    }

    /// Whether the origin of the request is granted access.
    pub fn grants_origin(&self, request: &Request<'_>) -> bool {
        if self.is_for_everyone() {
            return true;
        }
        let Some(value) = request.value("origin") else { return false };
        if self.origins == ["*"] {
            return origin::parse(value)
                .is_some_and(|origin| !self.except.iter().any(|entry| origin::is_excepted(entry, origin)));
        }
        self.origins.iter().any(|pattern| origin::matches(pattern, value))
    }

    /// Whether the request is refused: its origin is not granted access, or is missing where `enforce` needs it.
    pub fn refuses(&self, request: &Request<'_>) -> bool {
        let has_origin = !request.values("origin").is_empty();
        !self.grants_origin(request) && (has_origin || (self.enforce && request.lacks_origin()))
    }

    /// The response to `request`. `own` is what the handler responds with, if it runs.
    pub fn respond(&self, request: &Request<'_>, own: &[(&str, &[u8])]) -> Response {
        if request.asked_method().is_some() {
            return if self.refuses(request) { self.refused_preflight() } else { self.preflight(request) };
        }
        if self.refuses(request) && self.enforce && !request.is_same_origin() {
            let lines = [("cache-control", "no-store"), ("vary", "Origin")];
            return Response {
                status: Some(403),
                lines: lines.map(|(name, value)| (name.to_owned(), value.into())).to_vec(),
            };
        }
        Response { status: None, lines: self.with_handlers_lines(request, own) }
    }

    fn refused_preflight(&self) -> Response {
        Response { status: Some(403), lines: self.vary_of_preflight() }
    }

    fn vary_of_preflight(&self) -> Vec<(String, Vec<u8>)> {
        let mut names = Vec::new();
        if !self.is_for_everyone() {
            names.push("Origin");
        }
        if !self.is_for_everyone() || self.asked_method_only {
            names.push("Access-Control-Request-Method");
        }
        if self.echoes_headers() {
            names.push("Access-Control-Request-Headers");
        }
        if names.is_empty() { Vec::new() } else { vec![("vary".to_owned(), names.join(", ").into_bytes())] }
    }

    /// With credentials, browsers take `*` for the name of a header or of a method, so the answer names what was asked for.
    fn echoes_headers(&self) -> bool {
        self.credentials && self.headers.contains(&"*")
    }

    /// The methods that preflights grant, apart from those that need no grant.
    fn granted_methods(&self) -> Vec<&'a str> {
        let Some(route) = self.route else { return self.methods.clone() };
        let mut granted = Vec::new();
        for &method in route {
            let declared = self.methods.is_empty() || self.methods == ["*"] || self.methods.contains(&method);
            if declared && !granted.contains(&method) {
                granted.push(method);
            }
        }
        granted
    }

    /// Whether a page of a granted origin can send this method.
    pub fn grants_method(&self, method: &[u8]) -> bool {
        let is_forbidden =
            ["CONNECT", "TRACE", "TRACK"].iter().any(|name| name.as_bytes().eq_ignore_ascii_case(method));
        let granted = self.granted_methods();
        is_token(method)
            && (["GET", "HEAD", "POST"].iter().any(|name| name.as_bytes() == method)
                || granted.iter().any(|name| name.as_bytes() == method)
                || (granted == ["*"] && !is_forbidden && method.len() <= LONGEST_ECHO))
    }

    /// Whether a page of a granted origin can set this request header.
    pub fn grants_header(&self, name: &[u8]) -> bool {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        is_token(name.as_bytes())
            && !is_forbidden_request_header(&name)
            && self.headers.iter().any(|granted| {
                granted.eq_ignore_ascii_case(&name)
                    || (*granted == "*" && (self.credentials || name != "authorization"))
            })
    }

    fn preflight(&self, request: &Request<'_>) -> Response {
        let mut lines = self.allow(request);
        let mut add = |name: &str, value: Vec<u8>| lines.push((name.to_owned(), value));
        let methods = self.granted_methods();
        if self.asked_method_only || (self.credentials && methods == ["*"]) {
            let asked = request.asked_method().expect("this is a preflight");
            if self.grants_method(asked) {
                add(ALLOW_METHODS, asked.to_vec());
            }
        } else if methods.is_empty() {
            add(ALLOW_METHODS, b"GET, HEAD, POST".to_vec());
        } else {
            add(ALLOW_METHODS, methods.join(", ").into_bytes());
        }
        if self.echoes_headers() {
            if let Some(names) = repeated(&request.values("access-control-request-headers")) {
                add(ALLOW_HEADERS, names);
            }
        } else if !self.headers.is_empty() {
            add(ALLOW_HEADERS, self.headers.join(", ").into_bytes());
        }
        let max_age = if self.asked_method_only { Some(0) } else { self.max_age };
        if let Some(seconds) = max_age {
            add(MAX_AGE, seconds.to_string().into_bytes());
        }
        lines.extend(self.vary_of_preflight());
        Response { status: Some(self.preflight_status), lines }
    }

    /// The headers of a granted response that say whose page may read it.
    fn allow(&self, request: &Request<'_>) -> Vec<(String, Vec<u8>)> {
        let origin = if self.is_for_everyone() { Some(b"*".as_slice()) } else { request.value("origin") };
        let origin = origin.expect("the origin is granted").to_vec();
        let credentials = self.credentials.then(|| (ALLOW_CREDENTIALS.to_owned(), b"true".to_vec()));
        [(ALLOW_ORIGIN.to_owned(), origin)].into_iter().chain(credentials).collect()
    }

    /// The handler's response with the headers of the policy.
    fn with_handlers_lines(&self, request: &Request<'_>, own: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
        let mut lines: Vec<_> =
            own.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
        let is_granted =
            self.is_for_everyone() || (!request.values("origin").is_empty() && self.grants_origin(request));
        // A handler that names an origin itself decides alone.
        if is_granted && !own.iter().any(|line| line.0 == ALLOW_ORIGIN) {
            lines.retain(|line| !PROTOCOL.contains(&&*line.0));
            let mut names: Vec<String> = lines.iter().map(|line| line.0.clone()).collect();
            lines.extend(self.allow(request));
            let exposed = if self.credentials && self.expose == ["*"] {
                names.retain(|name| !is_of_no_use_to_expose(name));
                names.sort();
                names.dedup();
                names.join(", ")
            } else {
                self.expose.join(", ")
            };
            if !exposed.is_empty() {
                lines.push((EXPOSE_HEADERS.to_owned(), exposed.into_bytes()));
            }
        }
        let lists_origin = |line: &(&str, &[u8])| {
            line.0 == "vary"
                && members(line.1).any(|name| name == b"*" || name.eq_ignore_ascii_case(b"origin"))
        };
        if !self.is_for_everyone() && !own.iter().any(lists_origin) {
            lines.push(("vary".to_owned(), b"Origin".to_vec()));
        }
        lines
    }
}

/// The names in the lines of `Access-Control-Request-Headers` as one line, if they are names and have at most 8 KiB.
fn repeated(lines: &[&[u8]]) -> Option<Vec<u8>> {
    let all: Vec<&[u8]> = lines.iter().flat_map(|line| members(line)).collect();
    let names: Vec<&[u8]> = all.iter().copied().filter(|name| !name.is_empty()).collect();
    let joined = names.join(b", ".as_slice());
    // What is too long as it came is not read.
    let is_short = joined.len() <= LONGEST_ECHO && lines.iter().all(|line| line.len() <= LONGEST_ECHO);
    if names.is_empty() || !is_short || !names.iter().all(|name| is_token(name)) {
        return None;
    }
    match lines {
        // One line without empty members goes back as it came.
        [line] if names.len() == all.len() => Some(line.to_vec()),
        _ => Some(joined),
    }
}

/// [Forbidden request-headers](https://fetch.spec.whatwg.org/#forbidden-request-header), apart from those that depend on the
/// value.
fn is_forbidden_request_header(name: &str) -> bool {
    const FORBIDDEN: &str = "accept-charset accept-encoding access-control-request-headers \
        access-control-request-method connection content-length cookie cookie2 date dnt expect host keep-alive origin \
        referer set-cookie te trailer transfer-encoding upgrade via";
    name.starts_with("proxy-")
        || name.starts_with("sec-")
        || FORBIDDEN.split_whitespace().any(|forbidden| forbidden == name)
}

/// Response headers that no page may read, that every page reads, and those of the protocol.
fn is_of_no_use_to_expose(name: &str) -> bool {
    const READABLE: &str =
        "cache-control content-language content-length content-type expires last-modified pragma";
    ["set-cookie", "set-cookie2"].contains(&name)
        || PROTOCOL.contains(&name)
        || READABLE.split_whitespace().any(|readable| readable == name)
}
