//! Compares this library with actix-cors. With the same settings, both have the same effect on a page, apart from
//! intended differences.

use actix_web::http::Method;
use actix_web::web;
use actix_web::{App, HttpRequest, HttpResponse};
use cors_actix::{Cors, Policy, Rule, policy};
use cors_core::browser::{self, PreflightCache, Quirks, is_safelisted_method};
use cors_tests::browse::fetch;
use cors_tests::http::{Request, Server};
use cors_tests::is_selected;
use cors_tests::wishes::{APP, RESPONSE_HEADERS, STRANGER, Wishes, is_any, readable, requests};

/// The settings for actix-cors.
fn actix_cors(wishes: &Wishes) -> actix_cors::Cors {
    let cors = actix_cors::Cors::default().max_age(600);
    let cors = match wishes.origins {
        ["*"] => cors.allow_any_origin(),
        origins => origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)),
    };
    let cors = match wishes.methods {
        ["*"] => cors.allow_any_method(),
        methods => cors.allowed_methods(methods.to_vec()),
    };
    let cors = match wishes.headers {
        ["*"] => cors.allow_any_header(),
        headers => cors.allowed_headers(headers.to_vec()),
    };
    let cors = match wishes.expose {
        ["*"] => cors.expose_any_header(),
        expose => cors.expose_headers(expose.to_vec()),
    };
    if wishes.credentials { cors.supports_credentials() } else { cors }
}

async fn handler() -> HttpResponse {
    let response = &mut HttpResponse::Ok();
    RESPONSE_HEADERS.into_iter().fold(response, |response, header| response.insert_header(header)).finish()
}

/// A reason why a page can read the response with only one of the two libraries.
struct Difference {
    why: &'static str,
    applies: fn(&Wishes, &browser::Request) -> bool,
    /// Whether the page can read the response with this library.
    ours_grants: bool,
}

const DIFFERENCES: [Difference; 3] = [
    Difference {
        why: "GET, HEAD and POST need no grant, so a list of methods cannot forbid them. If the list does not contain them, \
              actix-cors refuses the preflights that their headers need",
        applies: |wishes, request| {
            is_safelisted_method(&request.method)
                && !is_any(wishes.methods)
                && !wishes.methods.contains(&&*request.method)
        },
        ours_grants: true,
    },
    Difference {
        why: "`*` includes every method, but in actix-cors only nine",
        applies: |wishes, request| is_any(wishes.methods) && request.method == "PURGE",
        ours_grants: true,
    },
    Difference {
        why: "`*` does not include Authorization (https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name), \
              which has to be listed. actix-cors has no wildcard: it echoes the requested headers",
        applies: |wishes, request| {
            is_any(wishes.headers)
                && !wishes.credentials
                && request.headers.iter().any(|(name, _)| name == "authorization")
        },
        ours_grants: false,
    },
];

#[test]
fn a_page_gets_the_same_result_with_both() {
    let (mut cases, mut compared, mut granted, mut seen) = (0, 0, 0, [0; DIFFERENCES.len()]);
    for wishes in Wishes::all() {
        let cors = Cors::new(wishes.policy().unwrap());
        let server = Server::start(move || {
            let ours = web::resource("/ours").route(web::to(handler)).wrap(cors.clone());
            let theirs = web::resource("/theirs").route(web::to(handler)).wrap(actix_cors(&wishes));
            App::new().service(ours).service(theirs)
        });
        for request in requests() {
            cases += 1;
            if !is_selected(cases, 7) {
                continue;
            }
            compared += 1;
            let [ours, theirs] = ["ours", "theirs"].map(|side| {
                let request =
                    browser::Request { url: format!("http://api.example/{side}"), ..request.clone() };
                fetch(&server, request, &mut PreflightCache::new(Quirks::STANDARD))
            });
            let (read_ours, read_theirs) = (readable(&ours), readable(&theirs));
            granted += usize::from(read_ours.is_some() && read_theirs.is_some());
            if read_ours == read_theirs {
                continue;
            }
            let explained = DIFFERENCES.iter().position(|difference| {
                (difference.applies)(&wishes, &request)
                    && read_ours.is_some() == difference.ours_grants
                    && read_theirs.is_none() == difference.ours_grants
            });
            match explained {
                Some(difference) => seen[difference] += 1,
                None => panic!("{wishes:?}\n{request:?}\nours: {ours:?}\ntheirs: {theirs:?}"),
            }
        }
    }
    assert!(granted > compared / 12, "{granted} of {compared} are granted by both");
    for (difference, seen) in DIFFERENCES.iter().zip(seen) {
        assert!(seen > 0, "no longer a difference: {}", difference.why);
    }
}

#[test]
fn only_actix_cors_allows_every_origin_with_credentials() {
    // actix-cors echoes every origin, so every site can act as the signed-in user. Its `permissive` does this too.
    let wishes =
        Wishes { origins: &["*"], credentials: true, methods: &["*"], headers: &["*"], expose: &["*"] };
    let violations = wishes.policy().unwrap_err();
    assert_eq!(
        violations.iter().map(|violation| violation.rule()).collect::<Vec<_>>(),
        [Rule::CredentialsAnyOrigin]
    );

    let server = Server::start(move || App::new().wrap(actix_cors(&wishes)).route("/", web::to(handler)));
    let response = server.send(&Request::get("/").origin(STRANGER));
    assert_eq!(response.header("access-control-allow-origin"), Some(STRANGER));
    assert_eq!(response.header("access-control-allow-credentials"), Some("true"));
}

// Differences that do not change the result for a page.

static LISTED: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = ["PUT"],
    headers = ["x-a"],
    expose = ["etag"],
    credentials,
};
static STAR: Policy = policy! { origins = "*", methods = ["PUT"] };

/// Sends the headers that `x-vary` and `x-allow-origin` of the request contain.
async fn says(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for (asked, said) in [("x-vary", "vary"), ("x-allow-origin", "access-control-allow-origin")] {
        for value in request.headers().get_all(asked) {
            response.append_header((said, value));
        }
    }
    response.finish()
}

/// One request and the answers of both: the status, and the lines about CORS.
struct Case {
    why: &'static str,
    path: &'static str,
    request: fn(&str) -> Request,
    ours: (u16, &'static [&'static str]),
    theirs: (u16, &'static [&'static str]),
}

fn get(path: &str) -> Request {
    Request::get(path)
}

const ALLOWED: &str = "access-control-allow-origin: https://app.example.com";
const CREDENTIALS: &str = "access-control-allow-credentials: true";
const ETAG: &str = "access-control-expose-headers: etag";
const VARY: &str = "vary: Origin";
const PREFLIGHT_VARY: &str = "vary: Origin, Access-Control-Request-Method";
const THEIR_VARY: &str = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

const CASES: &[Case] = &[
    Case {
        why: "a granted preflight has no content: 204. Its answer does not depend on the requested headers",
        path: "/listed",
        request: |path| Request::preflight(APP, "PUT", path).header("Access-Control-Request-Headers", "x-a"),
        ours: (
            204,
            &[
                CREDENTIALS,
                "access-control-allow-headers: x-a",
                "access-control-allow-methods: PUT",
                ALLOWED,
                PREFLIGHT_VARY,
            ],
        ),
        theirs: (
            200,
            &[
                CREDENTIALS,
                "access-control-allow-headers: x-a",
                "access-control-allow-methods: PUT",
                ALLOWED,
                THEIR_VARY,
            ],
        ),
    },
    Case {
        why: "a refused preflight is forbidden: 403. Without Vary, a cache could send it to every origin",
        path: "/listed",
        request: |path| Request::preflight(STRANGER, "PUT", path),
        ours: (403, &[PREFLIGHT_VARY]),
        theirs: (400, &[]),
    },
    Case {
        why: "the answer lists what is granted. The browser compares, and its error message contains the method",
        path: "/listed",
        request: |path| Request::preflight(APP, "DELETE", path),
        ours: (
            204,
            &[
                CREDENTIALS,
                "access-control-allow-headers: x-a",
                "access-control-allow-methods: PUT",
                ALLOWED,
                PREFLIGHT_VARY,
            ],
        ),
        theirs: (400, &[]),
    },
    Case {
        why: "a preflight has an origin. A request without one is for the handler",
        path: "/listed",
        request: |path| Request::new("OPTIONS", path).header("Access-Control-Request-Method", "PUT"),
        ours: (200, &[VARY]),
        theirs: (400, &[]),
    },
    Case {
        why: "the response to an actual request depends only on the origin",
        path: "/listed",
        request: |path| get(path).origin(APP),
        ours: (200, &[CREDENTIALS, ALLOWED, ETAG, VARY]),
        theirs: (200, &[CREDENTIALS, ALLOWED, ETAG, THEIR_VARY]),
    },
    Case {
        why: "a refusal has no Allow-Credentials, in case other code adds an Allow-Origin later",
        path: "/listed",
        request: |path| get(path).origin(STRANGER),
        ours: (200, &[VARY]),
        theirs: (200, &[CREDENTIALS, ETAG, THEIR_VARY]),
    },
    Case {
        why: "browsers never send two origins, and it is not defined which of them counts",
        path: "/listed",
        request: |path| get(path).origin(APP).origin(STRANGER),
        ours: (200, &[VARY]),
        theirs: (200, &[CREDENTIALS, ALLOWED, ETAG, THEIR_VARY]),
    },
    Case {
        why: "the `Vary` lines of the handler are kept. actix-cors keeps only the first line",
        path: "/listed",
        request: |path| get(path).header("x-vary", "accept").header("x-vary", "cookie, origin"),
        ours: (200, &["vary: accept", "vary: cookie, origin"]),
        theirs: (
            200,
            &[
                CREDENTIALS,
                ETAG,
                "vary: accept, Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ],
        ),
    },
    Case {
        why: "the Allow-Origin of a handler is kept",
        path: "/listed",
        request: |path| get(path).origin(APP).header("x-allow-origin", "https://handler.example"),
        ours: (200, &["access-control-allow-origin: https://handler.example", VARY]),
        theirs: (200, &[CREDENTIALS, ALLOWED, ETAG, THEIR_VARY]),
    },
    Case {
        why: "every origin gets the same `*`, so that caches can share the response \
              (https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches). actix-cors has `send_wildcard` for it",
        path: "/star",
        request: |path| get(path).origin(STRANGER),
        ours: (200, &["access-control-allow-origin: *"]),
        theirs: (200, &["access-control-allow-origin: https://evil.example", THEIR_VARY]),
    },
    Case {
        why: "every response has the `*`, even if the request has no Origin",
        path: "/star",
        request: get,
        ours: (200, &["access-control-allow-origin: *"]),
        theirs: (200, &[THEIR_VARY]),
    },
];

#[test]
fn the_differences_in_headers_are_the_intended_ones() {
    let listed = Wishes {
        origins: &[APP],
        credentials: true,
        methods: &["PUT"],
        headers: &["x-a"],
        expose: &["etag"],
    };
    let star = Wishes { origins: &["*"], credentials: false, methods: &["PUT"], headers: &[], expose: &[] };
    let server = Server::start(move || {
        let resource = |path: &str| {
            let options = web::route().method(Method::OPTIONS).to(says);
            web::resource(path).route(web::get().to(says)).route(options)
        };
        App::new()
            .service(resource("/ours/listed").wrap(Cors::new(&LISTED)))
            .service(resource("/ours/star").wrap(Cors::new(&STAR)))
            .service(resource("/theirs/listed").wrap(actix_cors(&listed).max_age(None)))
            .service(resource("/theirs/star").wrap(actix_cors(&star).max_age(None)))
    });
    for case in CASES {
        for (side, (status, lines)) in [("ours", case.ours), ("theirs", case.theirs)] {
            let response = server.send(&(case.request)(&format!("/{side}{}", case.path)));
            assert_eq!(
                (response.status, response.cors()),
                (status, lines.iter().map(|l| l.to_string()).collect()),
                "{side}: {}",
                case.why
            );
        }
        assert_ne!(case.ours, case.theirs, "{}", case.why);
    }
}
