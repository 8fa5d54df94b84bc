//! The complete answers that the server has to give.
//!
//! They are written by hand from the documented behaviour of the policies in [`application`](crate::application). No code of
//! `cors_core` takes part in them.

use crate::application::{EVEN_PAGE, ITEM, ODD_PAGE, PAGE, PART};

/// The expected behaviour of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    Answer(Answer),
    /// The beginning of an answer, before the server closes the connection.
    Cut(Answer),
    /// This answer, after which the server closes the connection. The client may not get it, because the server does not read
    /// the whole request.
    Rejected(Answer),
    /// The server closes the connection.
    Nothing,
}

/// A response without `Date` and `Connection`, which actix-web writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// In alphabetical order.
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

/// A body that repeats a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub part: &'static [u8],
    pub times: usize,
}

impl Body {
    const NONE: Body = Body { part: b"", times: 0 };

    const fn once(part: &'static [u8]) -> Self {
        Body { part, times: 1 }
    }
}

impl Answer {
    /// A response with `Content-Length` and the body.
    pub fn new(status: u16, body: &'static [u8]) -> Self {
        Self { status, headers: Vec::new(), body: Body::once(body) }
            .with("content-length", &body.len().to_string())
    }

    /// A response to a `GET`, `HEAD` or `PUT` by the handler.
    pub fn by_handler(is_head: bool) -> Self {
        let mut answer = Self::new(200, ITEM).with("content-type", "application/json").with("x-count", "1");
        if is_head {
            answer.body = Body::NONE;
        }
        answer
    }

    pub fn stream(times: usize) -> Self {
        let answer = Self { status: 200, headers: Vec::new(), body: Body { part: &PART, times } };
        answer.with("transfer-encoding", "chunked")
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self.headers.sort();
        self
    }

    fn with_all(self, headers: &[(&'static str, &str)]) -> Self {
        headers.iter().fold(self, |answer, (name, value)| answer.with(name, value))
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(header, _)| *header == name)
    }
}

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";
const ALLOW_METHODS: &str = "access-control-allow-methods";
const ALLOW_HEADERS: &str = "access-control-allow-headers";
const MAX_AGE: &str = "access-control-max-age";
const EXPOSE: &str = "access-control-expose-headers";
pub const VARY: &str = "vary";
const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method";

/// The policy that decides about a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Even,
    Odd,
    /// `#[cors(policy = SHARED)]` on a handler for `GET`, while the even or the odd policy is in force.
    NamedEven,
    NamedOdd,
    Enforced,
    /// The module with `#[cors]`, whose handlers serve `GET` and `PUT`.
    Annotated,
    /// The handler with `#[cors]` inside of the fallback, which serves `GET`.
    AnnotatedInFallback,
    Fallback,
}

impl Rule {
    pub const SHARED: [Rule; 2] = [Rule::Even, Rule::Odd];
    pub const NAMED: [Rule; 2] = [Rule::NamedEven, Rule::NamedOdd];

    pub fn grants(self, origin: &str) -> bool {
        match self {
            Rule::Even | Rule::NamedEven => [PAGE, EVEN_PAGE].contains(&origin),
            Rule::Odd | Rule::NamedOdd => [PAGE, ODD_PAGE].contains(&origin),
            Rule::Enforced | Rule::Annotated | Rule::AnnotatedInFallback => origin == PAGE,
            Rule::Fallback => true,
        }
    }

    pub fn enforces(self) -> bool {
        self == Rule::Enforced
    }

    /// The response to a request that is not a preflight: that of the handler with the headers of CORS, or a refusal.
    pub fn answer(self, origin: Option<&str>, handler: Answer) -> Answer {
        if self == Rule::Fallback {
            return handler.with_all(&[(ALLOW_ORIGIN, "*"), (EXPOSE, "x-count")]);
        }
        match origin {
            Some(origin) if self.grants(origin) => {
                let answer = match self {
                    Rule::Even | Rule::NamedEven => {
                        handler.with_all(&[(ALLOW_CREDENTIALS, "true"), (EXPOSE, "x-count")])
                    }
                    // With credentials, `*` lists the headers of the response that pages cannot read otherwise.
                    Rule::Odd | Rule::NamedOdd => {
                        let exposed = ["allow", "x-count"].into_iter().find(|name| handler.has(name));
                        let answer = handler.with(ALLOW_CREDENTIALS, "true");
                        match exposed {
                            Some(name) => answer.with(EXPOSE, name),
                            None => answer,
                        }
                    }
                    _ => handler.with(EXPOSE, "x-count"),
                };
                answer.with_all(&[(ALLOW_ORIGIN, origin), (VARY, "Origin")])
            }
            Some(_) if self.enforces() => {
                Answer::new(403, b"").with_all(&[("cache-control", "no-store"), (VARY, "Origin")])
            }
            _ => handler.with(VARY, "Origin"),
        }
    }

    /// The response to a preflight. `echo` has the parts of the request that the odd policy repeats.
    pub fn preflight(self, origin: &str, echo: &Echo) -> Answer {
        let vary = match self {
            Rule::Odd | Rule::NamedOdd => {
                "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
            }
            Rule::Fallback => "Access-Control-Request-Method",
            _ => PREFLIGHT_VARY,
        };
        if !self.grants(origin) {
            return Answer::new(403, b"").with(VARY, vary);
        }
        let no_content = Answer { status: 204, headers: Vec::new(), body: Body::NONE };
        let echoed = |answer: Answer, name, value: &Option<String>| match value {
            Some(value) => answer.with(name, value),
            None => answer,
        };
        let answer = match self {
            Rule::Even => no_content.with_all(&[
                (ALLOW_METHODS, "GET, PUT"),
                (ALLOW_HEADERS, "x-even"),
                (MAX_AGE, "60"),
            ]),
            Rule::NamedEven => {
                no_content.with_all(&[(ALLOW_METHODS, "GET"), (ALLOW_HEADERS, "x-even"), (MAX_AGE, "60")])
            }
            Rule::Odd => {
                let answer = echoed(Answer::new(200, b""), ALLOW_METHODS, &echo.method);
                echoed(answer, ALLOW_HEADERS, &echo.headers).with(MAX_AGE, "120")
            }
            Rule::NamedOdd => echoed(Answer::new(200, b""), ALLOW_HEADERS, &echo.headers)
                .with_all(&[(ALLOW_METHODS, "GET"), (MAX_AGE, "120")]),
            Rule::Enforced => {
                no_content.with_all(&[(ALLOW_METHODS, "GET"), (ALLOW_HEADERS, "x-enforced"), (MAX_AGE, "90")])
            }
            Rule::Annotated => no_content.with_all(&[
                (ALLOW_METHODS, "GET, PUT"),
                (ALLOW_HEADERS, "x-annotated"),
                (MAX_AGE, "45"),
            ]),
            Rule::AnnotatedInFallback => no_content.with_all(&[
                (ALLOW_METHODS, "GET"),
                (ALLOW_HEADERS, "x-annotated"),
                (MAX_AGE, "45"),
            ]),
            Rule::Fallback => {
                let answer = echoed(no_content, ALLOW_METHODS, &echo.method);
                answer.with_all(&[(ALLOW_HEADERS, "x-any"), (MAX_AGE, "0")])
            }
        };
        let answer = match self {
            Rule::Even | Rule::Odd | Rule::NamedEven | Rule::NamedOdd => {
                answer.with(ALLOW_CREDENTIALS, "true")
            }
            _ => answer,
        };
        answer.with_all(&[(ALLOW_ORIGIN, if self == Rule::Fallback { "*" } else { origin }), (VARY, vary)])
    }
}

/// The parts of a preflight that an answer may repeat.
pub struct Echo {
    method: Option<String>,
    headers: Option<String>,
}

impl Echo {
    pub fn new(method: Option<&str>, headers: Option<&str>) -> Self {
        Self { method: method.map(str::to_owned), headers: headers.map(str::to_owned) }
    }
}
