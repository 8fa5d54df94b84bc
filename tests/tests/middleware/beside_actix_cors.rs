//! Beside actix-cors: the same wishes, told to both, come to the same for a page, apart from what differs on purpose.

use actix_web::http::Method;
use actix_web::web;
use actix_web::{App, HttpRequest, HttpResponse};
use cors_actix::{Cors, Policy, Rule, policy};
use cors_core::browser::{self, PreflightCache, Quirks, is_safelisted_method};
use cors_tests::browse::fetch;
use cors_tests::http::{Request, Server};
use cors_tests::is_selected;
use cors_tests::wishes::{APP, RESPONSE_HEADERS, STRANGER, Wishes, is_any, readable, requests};

/// How actix-cors is told.
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

/// Why a page gets on with one and not with the other.
struct Difference {
    why: &'static str,
    applies: fn(&Wishes, &browser::Request) -> bool,
    /// Whether it is ours that the page gets on with.
    ours_grants: bool,
}

const DIFFERENCES: [Difference; 3] = [
    Difference {
        why: "GET, HEAD and POST need no grant: a server cannot withhold them by a list of methods. actix-cors refuses \
              the preflights that their headers need where the list does not have them",
        applies: |wishes, request| {
            is_safelisted_method(&request.method)
                && !is_any(wishes.methods)
                && !wishes.methods.contains(&&*request.method)
        },
        ours_grants: true,
    },
    Difference {
        why: "every method means every method; to actix-cors it means nine",
        applies: |wishes, request| is_any(wishes.methods) && request.method == "PURGE",
        ours_grants: true,
    },
    Difference {
        why: "`*` does not stand for Authorization (https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name), \
              which is listed beside it where it is meant. actix-cors has no wildcard: it echoes what is asked for",
        applies: |wishes, request| {
            is_any(wishes.headers)
                && !wishes.credentials
                && request.headers.iter().any(|(name, _)| name == "authorization")
        },
        ours_grants: false,
    },
];

#[test]
fn a_page_comes_to_the_same_with_both() {
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
fn every_origin_with_credentials_is_theirs_alone() {
    // actix-cors echoes every origin, so that every site acts as the signed-in user: its `permissive` does just that.
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

// What no verdict shows.

static LISTED: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = ["PUT"],
    headers = ["x-a"],
    expose = ["etag"],
    credentials,
};
static STAR: Policy = policy! { origins = "*", methods = ["PUT"] };

/// Says what the request's `x-vary` and `x-allow-origin` tell it to say.
async fn says(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for (asked, said) in [("x-vary", "vary"), ("x-allow-origin", "access-control-allow-origin")] {
        for value in request.headers().get_all(asked) {
            response.append_header((said, value));
        }
    }
    response.finish()
}

/// One request, and how both answer it: the status, and the lines about CORS.
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
        why: "a granted preflight has no content: 204. Its answer depends on the origin, and not on the headers asked for",
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
        why: "a refused preflight is forbidden: 403. Without Vary a cache could keep it for everyone",
        path: "/listed",
        request: |path| Request::preflight(STRANGER, "PUT", path),
        ours: (403, &[PREFLIGHT_VARY]),
        theirs: (400, &[]),
    },
    Case {
        why: "the answer lists what is granted, whatever was asked: the browser compares, and its error names the method",
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
        why: "a preflight has an origin: what has none goes to the handler",
        path: "/listed",
        request: |path| Request::new("OPTIONS", path).header("Access-Control-Request-Method", "PUT"),
        ours: (200, &[VARY]),
        theirs: (400, &[]),
    },
    Case {
        why: "the response to an actual request depends on the origin alone",
        path: "/listed",
        request: |path| get(path).origin(APP),
        ours: (200, &[CREDENTIALS, ALLOWED, ETAG, VARY]),
        theirs: (200, &[CREDENTIALS, ALLOWED, ETAG, THEIR_VARY]),
    },
    Case {
        why: "a refusal grants nothing, so that whoever adds an Allow-Origin later does not add it to Allow-Credentials",
        path: "/listed",
        request: |path| get(path).origin(STRANGER),
        ours: (200, &[VARY]),
        theirs: (200, &[CREDENTIALS, ETAG, THEIR_VARY]),
    },
    Case {
        why: "no browser sends two origins, and which of them counts is anyone's guess",
        path: "/listed",
        request: |path| get(path).origin(APP).origin(STRANGER),
        ours: (200, &[VARY]),
        theirs: (200, &[CREDENTIALS, ALLOWED, ETAG, THEIR_VARY]),
    },
    Case {
        why: "what the handler varies by stays, line by line; actix-cors keeps the first line",
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
        why: "a handler that answers for itself keeps its answer",
        path: "/listed",
        request: |path| get(path).origin(APP).header("x-allow-origin", "https://handler.example"),
        ours: (200, &["access-control-allow-origin: https://handler.example", VARY]),
        theirs: (200, &[CREDENTIALS, ALLOWED, ETAG, THEIR_VARY]),
    },
    Case {
        why: "everyone is `*`, the same for each, so that caches can share it \
              (https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches). actix-cors has `send_wildcard` for it",
        path: "/star",
        request: |path| get(path).origin(STRANGER),
        ours: (200, &["access-control-allow-origin: *"]),
        theirs: (200, &["access-control-allow-origin: https://evil.example", THEIR_VARY]),
    },
    Case {
        why: "and it is on every response, CORS request or not",
        path: "/star",
        request: get,
        ours: (200, &["access-control-allow-origin: *"]),
        theirs: (200, &[THEIR_VARY]),
    },
];

#[test]
fn what_differs_on_the_wire_differs_on_purpose() {
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
