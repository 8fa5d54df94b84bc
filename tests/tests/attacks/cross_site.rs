//! `enforce` beside `CrossOriginProtection` of Go's `net/http`: the same verdicts on cross-site requests, apart from
//! differences that are listed with their reason.
//!
//! The oracle is written from Go's documentation (<https://pkg.go.dev/net/http#CrossOriginProtection>): safe methods pass;
//! then `Sec-Fetch-Site` decides, if there is one; then `Origin` is compared with `Host`; a request with neither header is
//! not from a browser and passes; an origin that was added as trusted passes.

use actix_web::{App, HttpResponse, web};
use cors_actix::{Cors, Policy, policy};
use cors_tests::http::{Request, Server};

use crate::application::{STRANGER, TRUSTED};

static ENFORCED: Policy =
    policy! { origins = ["https://app.example.com"], methods = "*", credentials, enforce };

const HOST: &str = "api.example";
const METHODS: [&str; 8] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW"];
const SITES: [Option<&str>; 7] = [
    None,
    Some("same-origin"),
    Some("none"),
    Some("same-site"),
    Some("cross-site"),
    Some(""),
    Some("elsewhere"),
];
const ORIGINS: [Option<&str>; 12] = [
    None,
    Some("https://api.example"),
    Some("http://api.example"),
    Some("https://api.example:8443"),
    Some("https://other.api.example"),
    Some(STRANGER),
    Some(TRUSTED),
    Some("null"),
    Some(""),
    Some("not an origin"),
    Some("https://"),
    Some("https://api.example.evil.example"),
];

#[derive(Clone, Copy, Debug)]
struct Case {
    method: &'static str,
    site: Option<&'static str>,
    origin: Option<&'static str>,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let sites = |method| SITES.into_iter().map(move |site| (method, site));
        METHODS
            .into_iter()
            .flat_map(sites)
            .flat_map(|(method, site)| ORIGINS.into_iter().map(move |origin| Self { method, site, origin }))
    }

    fn is_safe(self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS")
    }

    /// What Go does, with `https://app.example.com` as a trusted origin.
    fn passes_in_go(self) -> bool {
        // Go reads a missing header and an empty one alike.
        let text = |value: Option<&'static str>| value.unwrap_or_default();
        let is_trusted = text(self.origin) == TRUSTED;
        let host_of_origin = text(self.origin).split_once("://").map(|(_, host)| host);
        self.is_safe()
            || match (text(self.site), text(self.origin)) {
                ("same-origin" | "none", _) => true,
                ("", "") => true,
                ("", _) => host_of_origin == Some(HOST) || is_trusted,
                _ => is_trusted,
            }
    }
}

struct Difference {
    why: &'static str,
    applies: fn(Case) -> bool,
    /// Whether the request passes here.
    passes: bool,
}

const DIFFERENCES: [Difference; 5] = [
    Difference {
        why: "`enforce` is about reading too: a safe method from a refused origin is stopped",
        applies: |case| case.is_safe() && case.origin.is_some(),
        passes: false,
    },
    Difference {
        why: "`Sec-Fetch-Site: none` means that the user started the request, and then there is no `Origin` of another site; \
              the contradiction is refused",
        applies: |case| case.site == Some("none") && case.origin.is_some(),
        passes: false,
    },
    Difference {
        why: "an empty `Origin` is malformed; no browser sends one",
        applies: |case| case.origin == Some(""),
        passes: false,
    },
    Difference {
        why: "an empty `Sec-Fetch-Site` is present, and does not say `same-origin`; no browser sends one",
        applies: |case| case.site == Some(""),
        passes: false,
    },
    Difference {
        why: "a request without `Origin` is not judged: every browser that sends `Sec-Fetch-Site` sends `Origin` with every \
              unsafe method",
        applies: |case| case.origin.is_none(),
        passes: true,
    },
];

#[test]
fn enforce_and_go_agree_apart_from_the_listed_differences() {
    let server =
        Server::start(|| App::new().default_service(web::to(HttpResponse::Ok)).wrap(Cors::new(&ENFORCED)));
    let mut used = [0; DIFFERENCES.len()];
    let mut connection = server.connect();
    for case in Case::all() {
        let request = Request::new(case.method, "/").host(HOST);
        let request = case.site.iter().fold(request, |request, site| request.header("sec-fetch-site", site));
        let request = case.origin.iter().fold(request, |request, origin| request.origin(origin));
        let response = connection.send(&request);
        assert!(matches!(response.status, 200 | 403), "{case:?}: {response:?}");
        let passes = response.status == 200;
        if passes == case.passes_in_go() {
            continue;
        }
        let known = DIFFERENCES.iter().position(|known| known.passes == passes && (known.applies)(case));
        let known = known.unwrap_or_else(|| panic!("passes here: {passes}, in Go: {}: {case:?}", !passes));
        used[known] += 1;
    }
    for (difference, used) in DIFFERENCES.iter().zip(used) {
        assert!(used > 0, "no case shows this difference: {}", difference.why);
    }
}

/// `enforce` protects a form with a session cookie: it stops every unsafe request that a browser sends from another
/// site.
#[test]
fn no_unsafe_request_that_a_browser_sends_from_another_site_passes() {
    let server =
        Server::start(|| App::new().default_service(web::to(HttpResponse::Ok)).wrap(Cors::new(&ENFORCED)));
    let mut connection = server.connect();
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for origin in [STRANGER, "null", "https://other.api.example", "https://api.example:8443"] {
            // Over https browsers send `Sec-Fetch-Site`; over http they do not.
            for site in [None, Some("cross-site"), Some("same-site")] {
                let request =
                    Request::new(method, "/").host(HOST).origin(origin).header("cookie", "session=1");
                let request =
                    site.iter().fold(request, |request, site| request.header("sec-fetch-site", site));
                assert_eq!(connection.send(&request).status, 403, "{request:?}");
            }
        }
    }
}
