//! Cross-site requests: `enforce`, and a guard that lets safe methods pass, beside `CrossOriginProtection` of Go's `net/http`.
//! The verdicts are the same, apart from differences that are listed with their reason.
//!
//! The rules of Go are written from its documentation (<https://pkg.go.dev/net/http#CrossOriginProtection>): safe methods pass;
//! then `Sec-Fetch-Site` decides, if there is one; then `Origin` is compared with `Host`; a request with neither header is
//! not from a browser and passes; an origin that was added as trusted passes. The tables follow the cases of Go's own tests
//! (`src/net/http/csrf_test.go`).

use actix_web::http::StatusCode;
use actix_web::middleware::{ErrorHandlerResponse, ErrorHandlers};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpResponse, web};
use cors_actix::{Cors, OriginGuard, Policy, SharedPolicy, policy};
use cors_tests::http::{Request, Server};

use crate::application::{STRANGER, TRUSTED};

static ENFORCED: Policy =
    policy! { origins = ["https://app.example.com"], methods = "*", credentials, enforce };
static GUARDED: Policy = policy! { origins = ["https://app.example.com"], credentials };

const HOST: &str = "api.example";
const OWN: Option<&str> = Some("https://api.example");

/// A way to protect an application with this library.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Protection {
    /// A layer whose policy has `enforce`.
    Enforce,
    /// A guard that judges only requests with unsafe methods, as Go does.
    Guard,
}

use Protection::{Enforce, Guard};

impl Protection {
    fn serve(self) -> Server {
        let app = || App::new().default_service(web::to(HttpResponse::Ok));
        match self {
            Enforce => Server::start(move || app().wrap(Cors::new(&ENFORCED))),
            Guard => Server::start(move || app().wrap(OriginGuard::new(&GUARDED).allow_safe_methods())),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Case {
    method: &'static str,
    site: Option<&'static str>,
    origin: Option<&'static str>,
}

impl Case {
    fn request(self, path: &str) -> Request {
        let request = Request::new(self.method, path).host(HOST);
        let request = self.site.iter().fold(request, |request, site| request.header("sec-fetch-site", site));
        self.origin.iter().fold(request, |request, origin| request.origin(origin))
    }

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

/// The cases of Go's tests for one handler: method, `Sec-Fetch-Site`, `Origin`, and whether the request passes.
#[rustfmt::skip]
const PUBLISHED: [(&str, Option<&str>, Option<&str>, bool); 20] = [
    // `Sec-Fetch-Site` without `Origin`.
    ("POST", Some("same-origin"), None, true),
    ("POST", Some("none"), None, true),
    ("POST", Some("cross-site"), None, false),
    ("POST", Some("same-site"), None, false),
    ("PUT", Some("cross-site"), None, false),
    // `Origin` without `Sec-Fetch-Site`.
    ("POST", None, None, true),
    ("POST", None, OWN, true),
    ("POST", None, Some(STRANGER), false),
    ("POST", None, Some("null"), false),
    // Safe methods.
    ("GET", Some("cross-site"), None, true),
    ("HEAD", Some("cross-site"), None, true),
    ("OPTIONS", Some("cross-site"), None, true),
    // An origin that was added as trusted.
    ("POST", None, Some(TRUSTED), true),
    ("POST", Some("cross-site"), Some(TRUSTED), true),
    ("POST", Some("cross-site"), Some(STRANGER), false),
    // The same over a real server, and what a browser sends with both headers.
    ("POST", Some("same-origin"), OWN, true),
    ("POST", Some("same-site"), Some("https://other.api.example"), false),
    ("POST", Some("cross-site"), Some("null"), false),
    ("DELETE", Some("cross-site"), Some(STRANGER), false),
    ("GET", None, None, true),
];

#[test]
fn the_published_cases_of_go_have_the_same_verdicts() {
    for protection in [Enforce, Guard] {
        let server = protection.serve();
        let mut connection = server.connect();
        for (method, site, origin, passes) in PUBLISHED {
            let case = Case { method, site, origin };
            assert_eq!(case.passes_in_go(), passes, "the rules of Go, as they are written here: {case:?}");
            let response = connection.send(&case.request("/"));
            assert_eq!(response.status, if passes { 200 } else { 403 }, "{protection:?} {case:?}");
        }
    }
}

/// Go's patterns of paths that are not protected: `/bypass/` and `/only/{name}`. Here such handlers are outside of the guard.
/// The path, whether Go lets the request pass, and why the verdict differs here.
const PATHS: [(&str, bool, Option<&str>); 8] = [
    ("/bypass/", true, None),
    ("/bypass", true, None),
    ("/api/", false, None),
    ("/api", false, None),
    ("/only/123", true, None),
    ("/only/123/more", false, None),
    ("/other/../api/x", false, None),
    (
        "/other/../bypass/x",
        true,
        Some(
            "Go redirects to the path without `..`. actix does not interpret `..`, so this path is not below /bypass",
        ),
    ),
];

#[test]
fn handlers_outside_of_the_protection_take_every_request() {
    fn routes(config: &mut ServiceConfig) {
        config
            .service(web::scope("/bypass").default_service(web::to(HttpResponse::Ok)))
            .service(web::resource("/only/{name}").to(HttpResponse::Ok));
    }
    let inside = || web::scope("").default_service(web::to(HttpResponse::Ok));
    let enforced =
        Server::start(move || App::new().configure(routes).service(inside().wrap(Cors::new(&ENFORCED))));
    let guarded = Server::start(move || {
        let guard = OriginGuard::new(&GUARDED).allow_safe_methods();
        App::new().configure(routes).service(inside().wrap(guard))
    });
    for server in [enforced, guarded] {
        for site in [None, Some("cross-site")] {
            for (path, passes_in_go, differs) in PATHS {
                let case = Case { method: "POST", site, origin: Some(STRANGER) };
                let passes = passes_in_go != differs.is_some();
                let status = server.send(&case.request(path)).status;
                assert_eq!(status, if passes { 200 } else { 403 }, "{path} {case:?}");
            }
        }
    }
}

/// Go's `SetDenyHandler`.
#[test]
fn an_application_can_replace_the_refusal() {
    let server = Server::start(|| {
        let replace = ErrorHandlers::new().handler(StatusCode::FORBIDDEN, |response| {
            let (request, _) = response.into_parts();
            let replaced = HttpResponse::ImATeapot().body("refused by the application");
            let response = actix_web::dev::ServiceResponse::new(request, replaced);
            Ok(ErrorHandlerResponse::Response(response.map_into_right_body()))
        });
        App::new()
            .default_service(web::to(HttpResponse::Ok))
            .wrap(OriginGuard::new(&GUARDED).allow_safe_methods())
            .wrap(replace)
    });
    let cross_site = |method| Case { method, site: Some("cross-site"), origin: None }.request("/");
    let refused = server.send(&cross_site("POST"));
    assert_eq!((refused.status, refused.body.as_str()), (418, "refused by the application"));
    assert_eq!(server.send(&cross_site("GET")).status, 200);
}

/// Go's `AddTrustedOrigin`: the texts that are origins, and those that are not.
#[test]
fn what_go_does_not_take_as_a_trusted_origin_is_no_entry_of_a_policy() {
    for (text, is_origin) in [
        ("https://example.com", true),
        ("https://example.com:8080", true),
        ("http://example.com", true),
        ("example.com", false),
        ("https://", false),
        ("https://example.com/", false),
        ("https://example.com/path", false),
        ("https://example.com?query=value", false),
        ("https://example.com#fragment", false),
        ("https://ex ample.com", false),
        ("", false),
        ("null", false),
    ] {
        assert_eq!(Policy::builder().origins([text]).build().is_ok(), is_origin, "{text:?}");
    }
}

/// Go's test of origins that are added while requests are under way.
#[test]
fn an_origin_can_be_added_while_requests_are_under_way() {
    let policy = |origins: &[&str]| Policy::builder().origins(origins).build().expect("a policy");
    let shared = SharedPolicy::new(&policy(&["https://app.example.com"])).expect("a valid policy");
    let for_server = shared.clone();
    let server = Server::start(move || {
        App::new()
            .default_service(web::to(HttpResponse::Ok))
            .wrap(OriginGuard::new(for_server.clone()).allow_safe_methods())
    });
    let request = Case { method: "POST", site: Some("cross-site"), origin: Some(STRANGER) }.request("/");
    assert_eq!(server.send(&request).status, 403);
    std::thread::scope(|scope| {
        let under_way = scope.spawn(|| {
            let mut connection = server.connect();
            let statuses: Vec<u16> = (0..200).map(|_| connection.send(&request).status).collect();
            assert!(statuses.is_sorted_by_key(|status| *status == 200), "it never passes back: {statuses:?}");
            assert!(statuses.iter().all(|status| [200, 403].contains(status)), "{statuses:?}");
        });
        shared.replace(&policy(&["https://app.example.com", STRANGER])).expect("a valid policy");
        under_way.join().expect("every request was answered");
    });
    assert_eq!(server.send(&request).status, 200);
}

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
    OWN,
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

/// A class of requests that Go lets pass and that are refused here.
struct Difference {
    why: &'static str,
    protections: &'static [Protection],
    applies: fn(Case) -> bool,
}

const DIFFERENCES: [Difference; 4] = [
    Difference {
        why: "`enforce` also protects what the response contains, so a safe method from a refused origin is stopped",
        protections: &[Enforce],
        applies: |case| case.is_safe() && case.origin.is_some(),
    },
    Difference {
        why: "`Sec-Fetch-Site: none` means that the user started the request. Then there is no `Origin` of another site, so \
              the two headers contradict each other",
        protections: &[Enforce, Guard],
        applies: |case| case.site == Some("none") && case.origin.is_some(),
    },
    Difference {
        why: "an empty `Origin` is malformed, and no browser sends it",
        protections: &[Enforce, Guard],
        applies: |case| case.origin == Some(""),
    },
    Difference {
        why: "an empty `Sec-Fetch-Site` is not `same-origin`, and no browser sends it",
        protections: &[Enforce, Guard],
        applies: |case| case.site == Some(""),
    },
];

#[test]
fn the_verdicts_of_go_are_equal_apart_from_the_listed_differences() {
    for protection in [Enforce, Guard] {
        let differences = || DIFFERENCES.iter().filter(|known| known.protections.contains(&protection));
        let server = protection.serve();
        let mut used = vec![0; differences().count()];
        let mut connection = server.connect();
        for case in Case::all() {
            let response = connection.send(&case.request("/"));
            assert!(matches!(response.status, 200 | 403), "{case:?}: {response:?}");
            let passes = response.status == 200;
            if passes == case.passes_in_go() {
                continue;
            }
            assert!(!passes, "{protection:?} lets a request pass that Go refuses: {case:?}");
            let known = differences().position(|known| (known.applies)(case));
            used[known.unwrap_or_else(|| panic!("{protection:?} refuses what passes in Go: {case:?}"))] += 1;
        }
        for (difference, used) in differences().zip(used) {
            assert!(used > 0, "no case shows this difference: {}", difference.why);
        }
    }
}

/// A form with a session cookie is protected: no unsafe request from another site passes, even if `Origin` was removed on the way.
#[test]
fn no_unsafe_request_that_a_browser_sends_from_another_site_passes() {
    for protection in [Enforce, Guard] {
        let server = protection.serve();
        let mut connection = server.connect();
        let origins = [STRANGER, "null", "https://other.api.example", "https://api.example:8443"];
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            // Over https browsers send `Sec-Fetch-Site`; over http they do not.
            for site in [None, Some("cross-site"), Some("same-site")] {
                let without_origin = site.is_some().then_some(None);
                for origin in origins.into_iter().map(Some).chain(without_origin) {
                    let request = Case { method, site, origin }.request("/").header("cookie", "session=1");
                    assert_eq!(connection.send(&request).status, 403, "{protection:?} {request:?}");
                }
            }
        }
    }
}

#[test]
fn a_response_that_the_method_lets_pass_does_not_depend_on_the_origin() {
    let server = Guard.serve();
    for (method, expected) in [("GET", None), ("POST", Some("Origin, Sec-Fetch-Site"))] {
        let response = server.send(&Case { method, site: None, origin: OWN }.request("/"));
        assert_eq!((response.status, response.header("vary")), (200, expected), "{method}");
    }
    let refused = server.send(&Case { method: "POST", site: None, origin: Some(STRANGER) }.request("/"));
    assert_eq!(refused.header("vary"), Some("Origin, Sec-Fetch-Site"));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
}
