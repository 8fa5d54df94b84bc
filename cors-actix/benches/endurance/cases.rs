//! The requests, and the complete answers that they must get.
//!
//! The answers are written by hand from the documented behaviour of the policies in [`application`](crate::application). No
//! code of `cors_core` takes part in them.

use crate::application::{EVEN_PAGE, ITEM, LONG_STREAM, ODD_PAGE, PAGE, PART, SHORT_STREAM, STRANGER};

/// A kind of request: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    NoOrigin,
    Allowed,
    Refused,
    /// Allowed by one of the two policies that replace each other, and refused by the other.
    AllowedByOne,
    Blocked,
    Guarded,
    PreflightAllowed,
    PreflightRefused,
    HostilePreflight,
    HostileOrigin,
    Body,
    Head,
    NotFound,
    MethodNotAllowed,
    Error,
    Stream,
    Panic,
    LatePanic,
    SlowReader,
    SlowWriter,
}

impl Kind {
    pub const ALL: [Kind; 20] = [
        Kind::NoOrigin,
        Kind::Allowed,
        Kind::Refused,
        Kind::AllowedByOne,
        Kind::Blocked,
        Kind::Guarded,
        Kind::PreflightAllowed,
        Kind::PreflightRefused,
        Kind::HostilePreflight,
        Kind::HostileOrigin,
        Kind::Body,
        Kind::Head,
        Kind::NotFound,
        Kind::MethodNotAllowed,
        Kind::Error,
        Kind::Stream,
        Kind::Panic,
        Kind::LatePanic,
        Kind::SlowReader,
        Kind::SlowWriter,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::NoOrigin => "no Origin",
            Kind::Allowed => "allowed",
            Kind::Refused => "refused",
            Kind::AllowedByOne => "allowed by one of two policies",
            Kind::Blocked => "refused by `enforce`",
            Kind::Guarded => "OriginGuard",
            Kind::PreflightAllowed => "preflight allowed",
            Kind::PreflightRefused => "preflight refused",
            Kind::HostilePreflight => "hostile preflight",
            Kind::HostileOrigin => "hostile Origin",
            Kind::Body => "PUT with a body",
            Kind::Head => "HEAD",
            Kind::NotFound => "404",
            Kind::MethodNotAllowed => "405",
            Kind::Error => "error of a handler",
            Kind::Stream => "stream",
            Kind::Panic => "handler panics",
            Kind::LatePanic => "stream panics",
            Kind::SlowReader => "slow reader",
            Kind::SlowWriter => "slow writer",
        }
    }

    /// How often the kind is sent, of 1000 requests. Slow clients have threads of their own.
    fn weight(self) -> usize {
        match self {
            Kind::NoOrigin | Kind::Refused => 120,
            Kind::Allowed => 200,
            Kind::AllowedByOne => 110,
            Kind::PreflightAllowed => 120,
            Kind::Blocked | Kind::Guarded | Kind::PreflightRefused => 50,
            Kind::Head | Kind::NotFound => 30,
            Kind::MethodNotAllowed | Kind::Error | Kind::HostilePreflight | Kind::Body => 25,
            Kind::HostileOrigin | Kind::Stream => 5,
            Kind::Panic => 8,
            Kind::LatePanic => 2,
            Kind::SlowReader | Kind::SlowWriter => 0,
        }
    }

    pub fn panics(self) -> bool {
        matches!(self, Kind::Panic | Kind::LatePanic)
    }
}

/// A request, and what it must get.
pub struct Case {
    pub kind: Kind,
    pub request: Vec<u8>,
    pub is_head: bool,
    /// What must come back while the even policy is in force, and while the odd one is.
    pub expected: [Expected; 2],
}

impl Case {
    /// Whether the server may close the connection while the request is sent.
    pub fn may_be_cut_off(&self) -> bool {
        matches!(self.expected[0], Expected::Rejected(_))
    }

    /// A fault, with the beginning of the request.
    pub fn describe(&self, fault: &str) -> String {
        let request = &self.request[..self.request.len().min(200)];
        format!("{}: {:?}: {fault}", self.kind.name(), String::from_utf8_lossy(request))
    }
}

/// What the server must do.
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

/// A response, without `Date` and `Connection`, which are actix-web's own.
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
    fn new(status: u16, body: &'static [u8]) -> Self {
        Self { status, headers: Vec::new(), body: Body::once(body) }
            .with("content-length", &body.len().to_string())
    }

    /// A response to a `GET`, `HEAD` or `PUT` by the handler.
    fn by_handler(is_head: bool) -> Self {
        let mut answer = Self::new(200, ITEM).with("content-type", "application/json").with("x-count", "1");
        if is_head {
            answer.body = Body::NONE;
        }
        answer
    }

    fn stream(times: usize) -> Self {
        let answer = Self { status: 200, headers: Vec::new(), body: Body { part: &PART, times } };
        answer.with("transfer-encoding", "chunked")
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
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
const VARY: &str = "vary";
const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method";

/// The policy that decides about a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
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
    const SHARED: [Rule; 2] = [Rule::Even, Rule::Odd];
    const NAMED: [Rule; 2] = [Rule::NamedEven, Rule::NamedOdd];

    fn grants(self, origin: &str) -> bool {
        match self {
            Rule::Even | Rule::NamedEven => [PAGE, EVEN_PAGE].contains(&origin),
            Rule::Odd | Rule::NamedOdd => [PAGE, ODD_PAGE].contains(&origin),
            Rule::Enforced | Rule::Annotated | Rule::AnnotatedInFallback => origin == PAGE,
            Rule::Fallback => true,
        }
    }

    fn enforces(self) -> bool {
        self == Rule::Enforced
    }

    /// The response of the handler, or the one that takes its place, to a request that is not a preflight.
    fn answer(self, origin: Option<&str>, handler: Answer) -> Answer {
        if self == Rule::Fallback {
            return handler.with_all(&[(ALLOW_ORIGIN, "*"), (EXPOSE, "x-count")]);
        }
        match origin {
            Some(origin) if self.grants(origin) => {
                let answer = match self {
                    Rule::Even | Rule::NamedEven => {
                        handler.with_all(&[(ALLOW_CREDENTIALS, "true"), (EXPOSE, "x-count")])
                    }
                    // `*` with credentials lists what the response has and pages cannot read otherwise.
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

    /// The response to a preflight. `echo` is what the answer of the odd policy repeats.
    fn preflight(self, origin: &str, echo: &Echo) -> Answer {
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

/// What an answer may repeat of a preflight.
struct Echo {
    method: Option<String>,
    headers: Option<String>,
}

impl Echo {
    fn new(method: Option<&str>, headers: Option<&str>) -> Self {
        Self { method: method.map(str::to_owned), headers: headers.map(str::to_owned) }
    }
}

/// All requests of the mixed traffic.
pub struct Cases {
    cases: Vec<Case>,
    /// Indices of cases. Each kind takes as many as its weight, shared by its cases.
    choices: Vec<usize>,
}

impl Cases {
    pub fn new() -> Self {
        let mut cases = Vec::new();
        add_actual_requests(&mut cases);
        add_preflights(&mut cases);
        add_hostile_requests(&mut cases);
        let mut choices = Vec::new();
        for kind in Kind::ALL {
            let of_kind: Vec<_> = (0..cases.len()).filter(|&index| cases[index].kind == kind).collect();
            if !of_kind.is_empty() {
                // Every case takes as many entries as another one of its kind.
                choices.push((kind.weight(), of_kind));
            }
        }
        let rounds = choices.iter().map(|(_, cases)| cases.len()).max().unwrap_or(1);
        let choices = choices.into_iter().flat_map(|(weight, cases)| {
            let count = weight * rounds;
            (0..count).map(move |entry| cases[entry % cases.len()])
        });
        let choices = choices.collect();
        Self { cases, choices }
    }

    pub fn all(&self) -> &[Case] {
        &self.cases
    }

    /// A request, with the frequencies of the kinds.
    pub fn choose(&self, random: &mut fastrand::Rng) -> &Case {
        &self.cases[self.choices[random.usize(..self.choices.len())]]
    }

    /// A request whose response is so long that it does not fit into buffers.
    pub fn long_stream() -> Case {
        let expected = Rule::SHARED.map(|rule| rule.answer(Some(PAGE), Answer::stream(LONG_STREAM)));
        case(Kind::SlowReader, "GET", "/shared/long", &[("Origin", PAGE)], b"", expected)
    }

    /// A request with a body.
    pub fn upload() -> Case {
        let expected = Rule::SHARED.map(|rule| rule.answer(Some(PAGE), written()));
        case(Kind::SlowWriter, "PUT", "/shared/item", &[("Origin", PAGE)], &PART, expected)
    }
}

/// The response of the handler that takes a body of the length of [`PART`].
fn written() -> Answer {
    Answer::new(200, b"16384").with("x-count", "2")
}

fn case(
    kind: Kind,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    expected: [Answer; 2],
) -> Case {
    let expected = expected.map(Expected::Answer);
    Case { kind, request: request(method, path, headers, body), is_head: method == "HEAD", expected }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: api.example\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    text += "\r\n";
    let mut request = text.into_bytes();
    request.extend_from_slice(body);
    request
}

fn add_actual_requests(cases: &mut Vec<Case>) {
    let scopes =
        [("/shared", Rule::SHARED), ("/enforced", [Rule::Enforced; 2]), ("/fallback", [Rule::Fallback; 2])];
    let origins = [None, Some(PAGE), Some(STRANGER), Some(EVEN_PAGE), Some(ODD_PAGE)];
    for (scope, rules) in scopes {
        for origin in origins {
            let headers: Vec<_> = origin.iter().map(|&origin| ("Origin", origin)).collect();
            let kind = kind_of(rules, origin);
            let path = |path: &str| format!("{scope}{path}");
            let mut add = |kind, method: &str, path: &str, body: &[u8], handler: Answer| {
                let expected = rules.map(|rule| rule.answer(origin, handler.clone()));
                cases.push(case(kind, method, path, &headers, body, expected));
            };
            add(kind, "GET", &path("/item"), b"", Answer::by_handler(false));
            add(Kind::Head, "HEAD", &path("/item"), b"", Answer::by_handler(true));
            // Where `enforce` refuses, actix-web closes the connection while the body is still on its way.
            if kind != Kind::Blocked {
                add(Kind::Body, "PUT", &path("/item"), &PART, written());
            }
            add(Kind::NotFound, "GET", &path("/nothing"), b"", Answer::new(404, b""));
            let not_allowed = Answer::new(405, b"").with("allow", "GET, HEAD, PUT");
            add(Kind::MethodNotAllowed, "DELETE", &path("/item"), b"", not_allowed);
            let later = Answer::new(503, b"later").with("content-type", "text/plain; charset=utf-8");
            add(Kind::Error, "GET", &path("/error"), b"", later);
            add(Kind::Stream, "GET", &path("/stream"), b"", Answer::stream(SHORT_STREAM));
            // `enforce` refuses before the handler runs, and panics.
            if kind != Kind::Blocked {
                cases.push(Case {
                    kind: Kind::Panic,
                    request: request("GET", &path("/panic"), &headers, b""),
                    is_head: false,
                    expected: [Expected::Nothing, Expected::Nothing],
                });
                cases.push(Case {
                    kind: Kind::LatePanic,
                    request: request("GET", &path("/late-panic"), &headers, b""),
                    is_head: false,
                    expected: rules.map(|rule| Expected::Cut(rule.answer(origin, Answer::stream(1)))),
                });
            }
        }
    }
    let handlers = [
        ("/named", Rule::NAMED),
        ("/annotated/item", [Rule::Annotated; 2]),
        ("/fallback/annotated", [Rule::AnnotatedInFallback; 2]),
    ];
    for (path, rules) in handlers {
        for origin in origins {
            let headers: Vec<_> = origin.iter().map(|&origin| ("Origin", origin)).collect();
            let expected = rules.map(|rule| rule.answer(origin, Answer::by_handler(false)));
            cases.push(case(kind_of(rules, origin), "GET", path, &headers, b"", expected));
        }
    }
    let expected = [Rule::Annotated; 2].map(|rule| rule.answer(Some(PAGE), written()));
    cases.push(case(Kind::Body, "PUT", "/annotated/item", &[("Origin", PAGE)], &PART, expected));
    cases.push(Case {
        kind: Kind::Panic,
        request: request("GET", "/annotated/panic", &[("Origin", PAGE)], b""),
        is_head: false,
        expected: [Expected::Nothing, Expected::Nothing],
    });
    // Guards follow the policy, and grant nothing.
    for origin in origins {
        let headers: Vec<_> = origin.iter().map(|&origin| ("Origin", origin)).collect();
        let expected = Rule::SHARED.map(|rule| {
            let answer = if origin.is_none_or(|origin| rule.grants(origin)) {
                Answer::by_handler(false)
            } else {
                Answer::new(403, b"").with("cache-control", "no-store")
            };
            answer.with(VARY, "Origin, Sec-Fetch-Site")
        });
        cases.push(case(Kind::Guarded, "GET", "/guarded", &headers, b"", expected));
    }
}

fn kind_of(rules: [Rule; 2], origin: Option<&str>) -> Kind {
    let Some(origin) = origin else { return Kind::NoOrigin };
    match rules.map(|rule| rule.grants(origin)) {
        [true, true] => Kind::Allowed,
        [false, false] if rules[0].enforces() => Kind::Blocked,
        [false, false] => Kind::Refused,
        _ => Kind::AllowedByOne,
    }
}

/// The routes that answer preflights.
const PREFLIGHTS: [(&str, [Rule; 2]); 6] = [
    ("/shared/item", Rule::SHARED),
    ("/enforced/item", [Rule::Enforced; 2]),
    ("/fallback/item", [Rule::Fallback; 2]),
    ("/named", Rule::NAMED),
    ("/annotated/item", [Rule::Annotated; 2]),
    ("/fallback/annotated", [Rule::AnnotatedInFallback; 2]),
];

fn add_preflights(cases: &mut Vec<Case>) {
    for (path, rules) in PREFLIGHTS {
        for origin in [PAGE, STRANGER, EVEN_PAGE, ODD_PAGE] {
            let kind = match kind_of(rules, Some(origin)) {
                Kind::Allowed => Kind::PreflightAllowed,
                Kind::AllowedByOne => Kind::AllowedByOne,
                _ => Kind::PreflightRefused,
            };
            let headers = [
                ("Origin", origin),
                ("Access-Control-Request-Method", "GET"),
                ("Access-Control-Request-Headers", "x-one,x-two"),
            ];
            let echo = Echo::new(Some("GET"), Some("x-one,x-two"));
            let expected = rules.map(|rule| rule.preflight(origin, &echo));
            cases.push(case(kind, "OPTIONS", path, &headers, b"", expected));
        }
    }
}

fn add_hostile_requests(cases: &mut Vec<Case>) {
    let names = |count: usize| {
        let names: Vec<_> = (0..count).map(|number| format!("x-header-{number:06}")).collect();
        names.join(",")
    };
    // What is asked in each line, and the line that an answer may repeat.
    let sixty_four_kib = names(4096);
    let eight_kib = names(512);
    let questions: Vec<(Vec<String>, Option<String>)> = vec![
        (vec![sixty_four_kib], None),
        (vec![eight_kib[..8 * 1024 - 1].to_owned()], None),
        (vec![",".repeat(64 * 1024)], None),
        (vec![" , ".repeat(20 * 1024)], None),
        (vec![",x-a,, ,x-b,".to_owned()], Some("x-a, x-b".to_owned())),
        (vec!["x-a".to_owned(); 80], Some(["x-a"; 80].join(", "))),
        (vec![",".to_owned(); 80], None),
        (vec!["x-ä".to_owned()], None),
        (vec!["x-a,\u{1f4a3}".to_owned(), "x-b".to_owned()], None),
        (vec!["x-a: b".to_owned()], None),
        (vec!["\"x-a\"".to_owned()], None),
        (vec!["x".repeat(64 * 1024)], None),
    ];
    for (path, rules) in PREFLIGHTS {
        for (lines, echo) in &questions {
            let mut headers = vec![("Origin", PAGE), ("Access-Control-Request-Method", "GET")];
            headers.extend(lines.iter().map(|line| ("Access-Control-Request-Headers", line.as_str())));
            let echo = Echo::new(Some("GET"), echo.as_deref());
            let expected = rules.map(|rule| rule.preflight(PAGE, &echo));
            cases.push(case(Kind::HostilePreflight, "OPTIONS", path, &headers, b"", expected));
        }
        // actix-web does not read a request with more than 96 lines.
        let lines = vec![("Access-Control-Request-Headers", "x-a"); 3000];
        let headers = [vec![("Origin", PAGE), ("Access-Control-Request-Method", "GET")], lines].concat();
        cases.push(Case {
            kind: Kind::HostilePreflight,
            request: request("OPTIONS", path, &headers, b""),
            is_head: false,
            expected: [Expected::Rejected(Answer::new(431, b"")), Expected::Rejected(Answer::new(431, b""))],
        });
    }
    // Methods that an answer must not repeat.
    let long = "A".repeat(64 * 1024);
    for method in ["GET,PUT", "GÄT", "", long.as_str()] {
        let headers = [("Origin", PAGE), ("Access-Control-Request-Method", method)];
        let expected = Rule::SHARED.map(|rule| rule.preflight(PAGE, &Echo::new(None, None)));
        cases.push(case(Kind::HostilePreflight, "OPTIONS", "/shared/item", &headers, b"", expected));
    }
    let long = format!("https://{}.example", "a".repeat(64 * 1024));
    let origins = [
        long.as_str(),
        "",
        "null",
        "https://page.example,https://page.example",
        "https://page.example.",
        "https://page.exämple",
        "https://page.example\u{1f4a3}",
        "HTTPS://PAGE.EXAMPLE",
        "https://page.example/",
        "https://page.example:443",
        "https://evil-page.example",
    ];
    for origin in origins {
        for (path, rules) in [("/shared/item", Rule::SHARED), ("/enforced/item", [Rule::Enforced; 2])] {
            let expected = rules.map(|rule| rule.answer(Some(origin), Answer::by_handler(false)));
            cases.push(case(Kind::HostileOrigin, "GET", path, &[("Origin", origin)], b"", expected));
        }
    }
    let twice = [("Origin", PAGE), ("Origin", PAGE)];
    let expected =
        Rule::SHARED.map(|rule| rule.answer(Some("https://page.example, twice"), Answer::by_handler(false)));
    cases.push(case(Kind::HostileOrigin, "GET", "/shared/item", &twice, b"", expected));
}
