//! Cases from a seed: a request, answers that allow it, and a few changes that break them.

use cors_core::browser::{CredentialsMode, Request, Response, normalize_method};
use fastrand::Rng;

use crate::case::{Case, Endpoint};
use crate::directed::ODD_ORIGINS;
use crate::world::{World, empty};

/// The case with this number, for the page at `origin`.
pub(crate) fn case(rng: &mut Rng, world: &World, origin: &str, number: usize) -> Case {
    let hops = [0, 0, 0, 0, 0, 1, 1, 2][rng.usize(..8)];
    let bases: Vec<&str> =
        (0..=hops).map(|_| pick(rng, &[&world.api, &world.api, &world.cdn, &world.app]).as_str()).collect();
    let url = |hop: usize| format!("{}/case/{number}/{hop}", bases[hop]);

    let mut request = Request::new(origin, url(0)).method(method(rng)).credentials(credentials(rng));
    request.headers = headers(rng);
    let mut endpoints = Vec::new();
    for hop in 0..=hops {
        // The origin of the request at this hop, which is wrong in some cases.
        let seen = match hop {
            _ if rng.u8(..20) == 0 => *pick(rng, &["null", origin, "*"]),
            0 => origin,
            _ if (1..=hop).any(|hop| bases[hop] != bases[hop - 1] && bases[hop - 1] != origin) => "null",
            _ => origin,
        };
        let mut preflight = allow(empty(*pick(rng, &[200, 204])), seen, &request);
        let mut actual = if hop < hops {
            let status = *pick(rng, &[301, 302, 303, 307, 307, 308]);
            allow(empty(status), seen, &request)
                .header("Location", location(rng, bases[hop], bases[hop + 1], url(hop + 1)))
        } else {
            body(rng, allow(Response::new(200), seen, &request))
        };
        for _ in 0..[0, 0, 1, 1, 1, 2, 3][rng.usize(..7)] {
            if rng.bool() && (hop == hops || rng.bool()) {
                spoil(rng, &mut actual, seen, false);
            } else {
                spoil(rng, &mut preflight, seen, true);
            }
        }
        endpoints.push(Endpoint { url: url(hop), preflights: vec![preflight], actuals: vec![actual] });
    }
    let kind = match (hops, origin) {
        (0, "null") => "generated, from a sandboxed page",
        (0, _) => "generated",
        (_, "null") => "generated, from a sandboxed page, redirected",
        _ => "generated, redirected",
    };
    Case { kind, fetches: vec![request], endpoints }
}

pub(crate) fn pick<'a, T>(rng: &mut Rng, list: &'a [T]) -> &'a T {
    &list[rng.usize(..list.len())]
}

fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|character| character as u8).collect()
}

fn method(rng: &mut Rng) -> &'static str {
    pick::<&str>(rng, METHODS)
}

fn credentials(rng: &mut Rng) -> CredentialsMode {
    *pick(
        rng,
        &[
            CredentialsMode::Omit,
            CredentialsMode::SameOrigin,
            CredentialsMode::Include,
            CredentialsMode::Include,
        ],
    )
}

fn headers(rng: &mut Rng) -> Vec<(String, Vec<u8>)> {
    match rng.u8(..16) {
        0..4 => Vec::new(),
        4 => at_the_limit(rng),
        _ => (0..rng.usize(1..4)).map(|_| header(rng)).collect(),
    }
}

/// Methods as a page writes them: safelisted ones, others, and some in the wrong case.
const METHODS: &[&str] = &[
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "HEAD",
    "get",
    "PoSt",
    "PUT",
    "PUT",
    "put",
    "pUt",
    "DELETE",
    "delete",
    "PATCH",
    "patch",
    "Patch",
    "OPTIONS",
    "options",
    "QUERY",
    "query",
    "PROPFIND",
    "*",
    "x-y",
    "!#$%&'*+-.^_`|~",
    "TRACE2",
    "GETX",
    "PUTS",
];

/// Values of a header without a special meaning.
const PLAIN: &[&str] = &["1", "", "a b", "\u{e9}", "\"", "a,b", " padded\t"];

/// The headers that a page sets, with values that need a preflight and values that do not.
const HEADERS: &[(&str, &[&str])] = &[
    ("accept", &["text/html", "*/*", "a\"b", "a\tb", "\u{e9}", "", "a{b}", "a, b"]),
    ("Accept", &["text/html", "(x)"]),
    ("accept-language", &["de", "en-US,en;q=0.5", "en_US", "*", "a\tb", ""]),
    ("content-language", &["de", "de, en", "d/e", "d\u{e9}"]),
    (
        "content-type",
        &[
            "text/plain",
            "TEXT/PLAIN;charset=utf-8",
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain;charset=\"utf-8\"",
            "text/html",
            "",
            "text/plain, text/plain",
            "text /plain",
            " text/plain ; x",
            "text",
            "/",
            "text/plain;\u{e9}",
        ],
    ),
    ("Content-Type", &["text/plain", "application/json"]),
    (
        "range",
        &[
            "bytes=0-",
            "bytes=5-9",
            "bytes=9-5",
            "Bytes=0-",
            "bytes=-5",
            "bytes=0-1,3-4",
            "bytes=1-1",
            "items=0-1",
        ],
    ),
    ("authorization", &["Bearer x", ""]),
    ("Authorization", &["Basic eDp5"]),
    ("x-a", PLAIN),
    ("X-A", PLAIN),
    ("x-b", PLAIN),
    ("X-Custom-Header", PLAIN),
    ("x-c", PLAIN),
    ("!#$%&'*+-.^_`|~", PLAIN),
    ("*", PLAIN),
    ("cache-control", PLAIN),
    ("if-none-match", PLAIN),
    ("x-requested-with", PLAIN),
    ("dpr", &["2", "x", "1.5"]),
    ("save-data", &["on", "off"]),
    ("width", &["9", "-9"]),
    ("viewport-width", &["9", "9.5"]),
    ("device-memory", &["8", ""]),
    ("downlink", &["1", "a"]),
    ("rtt", &["100", "1.5"]),
    ("ect", &["4g", "6g"]),
    ("cookie", &["a=b"]),
    ("origin", &["http://evil.example"]),
    ("sec-x", PLAIN),
    ("proxy-x", PLAIN),
    ("user-agent", PLAIN),
    ("set-cookie", PLAIN),
    ("x-http-method-override", &["PUT", "TRACE", "a,connect"]),
    ("host", PLAIN),
    ("access-control-request-method", PLAIN),
    ("access-control-allow-origin", PLAIN),
    ("content-encoding", PLAIN),
    ("te", PLAIN),
];

fn header(rng: &mut Rng) -> (String, Vec<u8>) {
    let (name, values) = *pick(rng, HEADERS);
    let value = *pick(rng, values);
    let value = match rng.u8(..12) {
        // The length is near the limit of one value.
        0 => value.to_owned() + &"a".repeat(rng.usize(126..131_usize).saturating_sub(value.len())),
        _ => value.to_owned(),
    };
    (name.to_owned(), bytes(&value))
}

/// Safelisted values with about 1024 bytes together.
fn at_the_limit(rng: &mut Rng) -> Vec<(String, Vec<u8>)> {
    let mut list: Vec<(String, Vec<u8>)> = [
        ("accept", "a"),
        ("accept-language", "a"),
        ("content-language", "a"),
        ("dpr", "1"),
        ("rtt", "1"),
        ("width", "1"),
        ("viewport-width", "1"),
        ("downlink", "1"),
        ("device-memory", "1"),
    ]
    .into_iter()
    .map(|(name, unit)| (name.to_owned(), bytes(&unit.repeat(112 + rng.usize(..6)))))
    .collect();
    rng.shuffle(&mut list);
    if rng.bool() {
        list.push(header(rng));
    }
    list
}

/// Allows exactly what the request needs.
fn allow(response: Response, origin: &str, request: &Request) -> Response {
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    response
        .header("Access-Control-Allow-Origin", origin)
        .header("Access-Control-Allow-Credentials", "true")
        .header("Access-Control-Allow-Methods", normalize_method(&request.method))
        .header("Access-Control-Allow-Headers", names.join(", "))
}

/// Adds headers that the page may read.
fn body(rng: &mut Rng, response: Response) -> Response {
    let status = *pick(
        rng,
        &[
            200, 200, 200, 201, 203, 204, 206, 226, 299, 304, 400, 401, 403, 404, 410, 418, 422, 429, 500,
            503, 599,
        ],
    );
    let mut response = Response { status, ..response };
    if !matches!(status, 204 | 304) {
        response = response.header("Content-Length", "2");
    }
    for (name, value) in [
        ("Content-Type", "text/plain"),
        ("X-A", "1"),
        ("x-a", "2"),
        ("x-b", ""),
        ("X-C", " \t3 "),
        ("*", "4"),
        ("set-cookie", "a=b; Path=/elsewhere"),
        ("Content-Language", "de"),
        ("Cache-Control", "no-store"),
        ("Expires", "0"),
        ("Last-Modified", "x"),
        ("Pragma", "x"),
        ("x-bytes", "\u{e9}\u{ff}\u{1}"),
        ("Vary", "Origin"),
        ("authorization", "5"),
    ] {
        if rng.bool() {
            response = response.header(name, bytes(value));
        }
    }
    if rng.bool() {
        let names = [
            "x-a",
            "X-A, x-b",
            "*",
            "*, x-a",
            "x-a,,x-c",
            "x-a;x-b",
            "x-a x-b",
            "set-cookie",
            "x-bytes",
            "",
            "authorization",
            "\"x-a\"",
            "\u{b}x-a",
        ];
        for _ in 0..rng.usize(1..3) {
            response = response.header("Access-Control-Expose-Headers", bytes(pick::<&str>(rng, &names)));
        }
    }
    response
}

fn location(rng: &mut Rng, from: &str, to: &str, url: String) -> String {
    match rng.u8(..24) {
        0 => "https://[".to_owned(),
        1 => url.replace("http://", "http://u:p@"),
        2 => url.replace("http://", "http://u@"),
        3 => (*pick(rng, &["mailto:x", "data:,x", "ftp://x/", "javascript:1", "about:blank", "ws://x"]))
            .to_owned(),
        4 => url + "#fragment",
        5 => url.replace("http://", "HTTP:\\\\"),
        6..12 if from == to => url[to.len()..].to_owned(),
        12 => url[5..].to_owned(),
        _ => url,
    }
}

/// Breaks one part of a response.
fn spoil(rng: &mut Rng, response: &mut Response, origin: &str, is_preflight: bool) {
    let name = *pick(
        rng,
        match is_preflight {
            true => &[
                "Origin",
                "Origin",
                "Credentials",
                "Methods",
                "Methods",
                "Headers",
                "Headers",
                "status",
                "other",
            ][..],
            false => &["Origin", "Origin", "Credentials", "other"][..],
        },
    );
    match name {
        "status" => {
            response.status =
                *pick(rng, &[201, 206, 299, 300, 301, 302, 304, 307, 400, 401, 403, 404, 405, 500, 503])
        }
        "other" => other(rng, response),
        _ => spoil_header(rng, response, name, origin),
    }
}

fn spoil_header(rng: &mut Rng, response: &mut Response, name: &str, origin: &str) {
    let name = format!("Access-Control-Allow-{name}");
    let value = response
        .headers
        .iter()
        .find(|(other, _)| *other == name)
        .map_or(Vec::new(), |(_, value)| value.clone());
    let text = String::from_utf8_lossy(&value).into_owned();
    let mut set = |lines: Vec<Vec<u8>>| {
        response.headers.retain(|(other, _)| *other != name);
        response.headers.extend(lines.into_iter().map(|line| (name.clone(), line)));
    };
    match rng.u8(..14) {
        0 | 1 => set(vec![]),
        2 => set(vec![value.clone(), value]),
        3 => set(vec![bytes(&format!("{text}, {text}"))]),
        4 => set(vec![bytes(&text.to_ascii_uppercase())]),
        5 => set(vec![bytes(&text.to_ascii_lowercase())]),
        6 => set(vec![bytes(&format!(" \t{text}\t "))]),
        7 => set(vec![bytes(&format!("\u{b}{text}\u{c}"))]),
        8 | 9 => set(vec![b"*".to_vec()]),
        10 => set(vec![b"null".to_vec()]),
        11 => {
            // One element less, or one more.
            let (less, more) =
                (text.rsplit_once(", ").map_or("", |(rest, _)| rest), format!(",{text},, x-more"));
            set(vec![bytes(if rng.bool() { less } else { &more })]);
        }
        12 if name.ends_with("Origin") => {
            let odd = [
                format!("{origin}/"),
                format!("{origin}0"),
                origin.replace("http", "https"),
                format!("{origin} "),
                origin.to_uppercase(),
            ];
            let odd = if rng.bool() { pick(rng, ODD_ORIGINS) } else { pick(rng, &odd).as_str() };
            set(vec![bytes(odd)]);
        }
        _ => {
            let odd = [
                "",
                ",",
                "True",
                "TRUE",
                "1",
                "true, true",
                "*, x",
                "x y",
                "PUT;q=1",
                "\"PUT\"",
                "\u{e9}",
                "x/y",
                "authorization",
                "*, authorization",
                "(",
                "GET",
            ];
            set(vec![bytes(pick::<&str>(rng, &odd))]);
        }
    }
}

fn other(rng: &mut Rng, response: &mut Response) {
    let (name, value) = *pick(
        rng,
        &[
            ("access-control-allow-origin", "*"),
            ("ACCESS-CONTROL-ALLOW-ORIGIN", "null"),
            ("Access-Control-Allow-Origin2", "*"),
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-methods", "*"),
            ("access-control-allow-headers", "*"),
            ("access-control-allow-headers", "authorization"),
            ("Access-Control-Max-Age", "600"),
            ("Access-Control-Max-Age", "x"),
            ("Location", "/elsewhere"),
            ("Location", ""),
            ("Location", "https://["),
            ("Vary", "*"),
            ("Allow", "GET"),
        ],
    );
    response.headers.push((name.to_owned(), bytes(value)));
}
