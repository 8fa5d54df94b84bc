//! The requests of the clients, each with its expected answers.

use crate::answers::{Answer, Echo, Expected, Rule, VARY};
use crate::application::{EVEN_PAGE, LONG_STREAM, ODD_PAGE, PAGE, PART, SHORT_STREAM, STRANGER};

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

    /// The number of requests of this kind in 1000. Slow clients have their own threads.
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

/// A request with its expected answers.
pub struct Case {
    pub kind: Kind,
    pub request: Vec<u8>,
    pub is_head: bool,
    /// The answer while the even policy is in force, and the answer while the odd policy is in force.
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

/// All requests of the mixed traffic.
pub struct Cases {
    cases: Vec<Case>,
    /// Indices of cases. A kind has as many of them as its weight requires, and its cases have equally many.
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
            // If `enforce` refuses, actix-web closes the connection before it has read the body.
            if kind != Kind::Blocked {
                add(Kind::Body, "PUT", &path("/item"), &PART, written());
            }
            add(Kind::NotFound, "GET", &path("/nothing"), b"", Answer::new(404, b""));
            let not_allowed = Answer::new(405, b"").with("allow", "GET, HEAD, PUT");
            add(Kind::MethodNotAllowed, "DELETE", &path("/item"), b"", not_allowed);
            let later = Answer::new(503, b"later").with("content-type", "text/plain; charset=utf-8");
            add(Kind::Error, "GET", &path("/error"), b"", later);
            add(Kind::Stream, "GET", &path("/stream"), b"", Answer::stream(SHORT_STREAM));
            // `enforce` refuses the request before the handler could panic.
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
    // The lines of the request, and the line that an answer may repeat.
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
