//! Tests of whole fetches: the requests on the wire, and what the page reads.

use std::time::Duration;

use super::CredentialsMode::{Include, Omit, SameOrigin};
use super::headers::{get, lossy};
use super::{Blocked, HttpRequest, PreflightCache, Quirks, Reason, Request, Response, Step, Verdict, fetch};

const APP: &str = "https://app.example.com";
const API: &str = "https://api.example.com/items";
const B: &str = "https://b.example/";
const C: &str = "https://c.example/";

/// The requests on the wire, as `METHOD url origin`, and the verdict.
fn run(
    cache: &mut PreflightCache,
    request: Request,
    mut serve: impl FnMut(&HttpRequest) -> Response,
) -> (Vec<String>, Verdict) {
    let mut wire = Vec::new();
    let mut ask = |request: &HttpRequest| {
        let origin = get(&request.headers, "origin").map_or("-".to_owned(), |value| lossy(&value));
        wire.push(format!("{} {} {origin}", request.method, request.url));
        serve(request)
    };
    let mut step = fetch(request, cache, Duration::ZERO);
    loop {
        step = match step {
            Step::Preflight(preflight) => {
                let response = ask(preflight.request());
                preflight.answer(&response, cache, Duration::ZERO)
            }
            Step::Send(actual) => {
                let response = ask(actual.request());
                actual.answer(&response, cache, Duration::ZERO)
            }
            Step::Done(verdict) => return (wire, verdict),
        };
    }
}

fn run_new(request: Request, serve: impl Fn(&HttpRequest) -> Response) -> (Vec<String>, Verdict) {
    run(&mut PreflightCache::new(Quirks::STANDARD), request, serve)
}

/// A server that allows everything that a preflight asks for.
fn open(request: &HttpRequest) -> Response {
    let origin = get(&request.headers, "origin").unwrap_or_default();
    let mut response = Response::new(200)
        .header("access-control-allow-origin", origin)
        .header("access-control-allow-credentials", "true");
    for (asked, allow) in [
        ("access-control-request-method", "access-control-allow-methods"),
        ("access-control-request-headers", "access-control-allow-headers"),
    ] {
        if let Some(value) = get(&request.headers, asked) {
            response = response.header(allow, value);
        }
    }
    response
}

fn redirect(request: &HttpRequest, status: u16, to: &str) -> Response {
    match request.method.as_str() {
        "OPTIONS" => open(request),
        _ => Response { status, ..open(request) }.header("location", to),
    }
}

fn sent(request: Request, quirks: Quirks) -> HttpRequest {
    match fetch(request, &mut PreflightCache::new(quirks), Duration::ZERO) {
        Step::Send(actual) => actual.request().clone(),
        step => panic!("{step:?}"),
    }
}

#[test]
fn sends_a_simple_request_at_once_and_filters_the_response() {
    let (wire, verdict) = run_new(Request::new(APP, API), |request| {
        Response { status: 404, ..open(request) }.header("x-a", "1").header("expires", "2")
    });
    assert_eq!(wire, [format!("GET {API} {APP}")]);
    let headers = vec![("expires".to_owned(), b"2".to_vec())];
    assert_eq!(verdict, Verdict::Readable { status: 404, headers });
    assert_eq!(verdict.header("Expires"), Some(&b"2"[..]));
    assert_eq!(verdict.header("x-a"), None);
}

#[test]
fn sends_a_preflight_before_a_request_that_is_not_simple() {
    let (wire, verdict) = run_new(Request::new(APP, API).method("put"), open);
    assert_eq!(wire, [format!("OPTIONS {API} {APP}"), format!("PUT {API} {APP}")]);
    assert_eq!(verdict.reason(), None);
}

#[test]
fn sends_nothing_after_a_refused_preflight() {
    let (wire, verdict) = run_new(Request::new(APP, API).method("PUT"), |_| Response::new(200));
    assert_eq!(wire.len(), 1);
    let blocked = Blocked {
        reason: Reason::PreflightMissingAllowOriginHeader,
        parameter: String::new(),
        origin: APP.to_owned(),
        url: API.to_owned(),
    };
    assert_eq!(verdict, Verdict::Blocked(blocked));
}

#[test]
fn checks_the_actual_response_too() {
    let (wire, verdict) = run_new(Request::new(APP, API).method("PUT"), |request| {
        if request.method == "OPTIONS" { open(request) } else { Response::new(200) }
    });
    assert_eq!(wire.len(), 2);
    assert_eq!(verdict.reason(), Some(Reason::MissingAllowOriginHeader));
}

#[test]
fn sends_no_preflight_to_its_own_origin() {
    let url = "https://app.example.com:443/x#f";
    let serve = |_: &HttpRequest| Response::new(200).header("x-a", "1").header("set-cookie", "a=b");
    let (wire, verdict) = run_new(Request::new(APP, url).method("PUT").header("x-b", "1"), serve);
    assert_eq!(wire, [format!("PUT {APP}/x {APP}")]);
    let headers = vec![("x-a".to_owned(), b"1".to_vec())];
    assert_eq!(verdict, Verdict::Readable { status: 200, headers });
    let (wire, _) = run_new(Request::new(APP, url), serve);
    assert_eq!(wire, [format!("GET {APP}/x -")]);
    let (_, verdict) = run_new(Request::new("null", "https://app.example.com/x"), serve);
    assert_eq!(verdict.reason(), Some(Reason::MissingAllowOriginHeader));
}

#[test]
fn sends_credentials_as_the_mode_says() {
    for (mode, same, cross) in [(Omit, false, false), (SameOrigin, true, false), (Include, true, true)] {
        let to = |url: &str| sent(Request::new(APP, url).credentials(mode), Quirks::STANDARD).credentials;
        assert_eq!((to(APP), to(API)), (same, cross), "{mode:?}");
    }
}

#[test]
fn throws_for_requests_that_no_page_can_make() {
    for (request, reason) in [
        (Request::new(APP, "/relative"), Reason::InvalidUrl),
        (Request::new(APP, "https://u:p@api.example.com"), Reason::UrlContainsCredentials),
        (Request::new(APP, "ftp://api.example.com"), Reason::CorsDisabledScheme),
        (Request::new(APP, API).method("P UT"), Reason::InvalidMethod),
        (Request::new(APP, API).method(""), Reason::InvalidMethod),
        (Request::new(APP, API).method("trace"), Reason::ForbiddenMethod),
        (Request::new(APP, API).header("x a", "1"), Reason::InvalidHeader),
        (Request::new(APP, API).header("x-a", "1\n2"), Reason::InvalidHeader),
    ] {
        let (wire, verdict) = run_new(request, open);
        assert_eq!((wire.len(), verdict.reason()), (0, Some(reason)));
    }
}

#[test]
fn drops_forbidden_headers_and_the_white_space_around_values() {
    let request =
        Request::new(APP, API).header("cookie", "a=b").header("Accept", "\r\n a\tb \n").header("sec-x", "1");
    let lines = [("Accept".to_owned(), b"a\tb".to_vec()), ("Origin".to_owned(), APP.as_bytes().to_vec())];
    assert_eq!(sent(request, Quirks::STANDARD).headers, lines);
}

#[test]
fn accepts_any_type_if_the_page_sets_no_accept_header() {
    let accept = ("Accept".to_owned(), b"*/*".to_vec());
    assert_eq!(sent(Request::new(APP, API), Quirks::STANDARD).headers[0], accept);
}

#[test]
fn joins_repeated_request_headers_in_chromium() {
    let request = Request::new(APP, API).header("accept", "a".repeat(127)).header("Accept", "b");
    assert_eq!(sent(request.clone(), Quirks::STANDARD).headers.len(), 3);
    let step = fetch(request, &mut PreflightCache::new(Quirks::CHROMIUM), Duration::ZERO);
    let Step::Preflight(preflight) = step else { panic!("{step:?}") };
    let asked = get(&preflight.request().headers, "access-control-request-headers");
    assert_eq!(asked.unwrap(), b"accept");
}

#[test]
fn refuses_a_redirected_preflight_before_the_cors_check() {
    for (location, reason) in [
        (Some(B), Reason::PreflightDisallowedRedirect),
        (Some("mailto:x"), Reason::PreflightDisallowedRedirect),
        (Some("https://["), Reason::InvalidRedirectLocation),
        (None, Reason::PreflightMissingAllowOriginHeader),
    ] {
        let mut response = Response::new(307);
        response.headers.extend(location.map(|to| ("Location".to_owned(), to.as_bytes().to_vec())));
        let (_, verdict) = run_new(Request::new(APP, API).method("PUT"), |_| response.clone());
        assert_eq!(verdict.reason(), Some(reason));
    }
}

#[test]
fn sends_the_origin_null_after_a_redirect_between_foreign_origins() {
    let serve = |request: &HttpRequest| match request.url.as_str() {
        B => redirect(request, 307, C),
        _ => open(request),
    };
    let (wire, verdict) = run_new(Request::new(APP, B).method("PUT"), serve);
    assert_eq!(
        wire,
        [
            format!("OPTIONS {B} {APP}"),
            format!("PUT {B} {APP}"),
            format!("OPTIONS {C} null"),
            format!("PUT {C} null")
        ]
    );
    assert_eq!(verdict.reason(), None);
    // A redirect back to the page keeps it, because the response is still cross-origin.
    let back = |request: &HttpRequest| match request.url.as_str() {
        B => redirect(request, 302, APP),
        _ => Response::new(200),
    };
    let (wire, verdict) = run_new(Request::new(APP, B), back);
    assert_eq!(wire[1], format!("GET {APP}/ null"));
    assert_eq!(verdict.reason(), Some(Reason::MissingAllowOriginHeader));
    let back = |request: &HttpRequest| {
        if request.url == B { redirect(request, 307, APP) } else { open(request) }
    };
    let (wire, _) = run_new(Request::new(APP, B).method("PUT"), back);
    assert_eq!(wire[2..], [format!("OPTIONS {APP}/ null"), format!("PUT {APP}/ null")]);
}

#[test]
fn keeps_its_origin_through_redirects_of_its_own_origin() {
    let serve = |request: &HttpRequest| match request.url.as_str() {
        "https://app.example.com/x" => redirect(request, 302, B),
        B => redirect(request, 302, "/y"),
        _ => open(request),
    };
    let (wire, _) = run_new(Request::new(APP, "https://app.example.com/x"), serve);
    assert_eq!(wire, [format!("GET {APP}/x -"), format!("GET {B} {APP}"), format!("GET {B}y {APP}")]);
}

#[test]
fn checks_every_redirect() {
    let (wire, verdict) = run_new(Request::new(APP, B), |_| Response::new(302).header("location", C));
    assert_eq!(wire.len(), 1);
    assert_eq!(verdict.reason(), Some(Reason::MissingAllowOriginHeader));
}

#[test]
fn changes_the_method_according_to_the_status_of_a_redirect() {
    for (status, method, next) in [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
    ] {
        let request = Request::new(APP, format!("{APP}/x"))
            .method(method)
            .header("content-type", "a/b")
            .header("authorization", "c");
        let step = fetch(request, &mut PreflightCache::new(Quirks::STANDARD), Duration::ZERO);
        let Step::Send(actual) = step else { panic!("{step:?}") };
        let response = Response::new(status).header("location", "/y");
        let cache = &mut PreflightCache::new(Quirks::STANDARD);
        let Step::Send(actual) = actual.answer(&response, cache, Duration::ZERO) else { panic!() };
        assert_eq!(actual.request().method, next, "{status} {method}");
        let has = |name| get(&actual.request().headers, name).is_some();
        assert_eq!(has("content-type"), method == next, "{status} {method}");
        assert!(has("authorization"), "it stays within an origin");
    }
}

#[test]
fn drops_authorization_when_the_origin_changes() {
    let serve = |request: &HttpRequest| {
        assert_eq!(get(&request.headers, "authorization").is_some(), request.url != B);
        if request.url == B { open(request) } else { redirect(request, 307, B) }
    };
    let request = Request::new(APP, format!("{APP}/x")).header("authorization", "c");
    let (wire, verdict) = run_new(request, serve);
    assert_eq!((wire.len(), verdict.reason()), (2, None));
}

#[test]
fn follows_no_redirect_with_credentials_in_its_url() {
    for (from, to, reason) in [
        (B, "https://u:p@c.example/", Some(Reason::RedirectContainsCredentials)),
        (B, "https://u@app.example.com/", Some(Reason::RedirectContainsCredentials)),
        ("https://app.example.com/x", "//:p@b.example/", Some(Reason::RedirectContainsCredentials)),
        ("https://app.example.com/x", "//u:p@app.example.com/y", None),
    ] {
        let serve = |request: &HttpRequest| {
            if request.url == from { redirect(request, 302, to) } else { open(request) }
        };
        let (_, verdict) = run_new(Request::new(APP, from), serve);
        assert_eq!(verdict.reason(), reason, "{from} {to}");
    }
}

#[test]
fn follows_no_redirect_with_credentials_within_an_origin_in_chromium() {
    let serve = |request: &HttpRequest| redirect(request, 302, "//u:p@app.example.com/y");
    let mut cache = PreflightCache::new(Quirks::CHROMIUM);
    let (wire, verdict) = run(&mut cache, Request::new(APP, APP), serve);
    assert_eq!((wire.len(), verdict.reason()), (1, Some(Reason::OwnRedirectContainsCredentials)));
}

#[test]
fn removes_client_hints_in_chromium_unless_a_redirect_leads_to_the_pages_origin() {
    let home = "https://app.example.com/x";
    for (from, to, quirks, kept) in [
        (B, C, Quirks::STANDARD, true),
        (B, C, Quirks::CHROMIUM, false),
        (B, "/same", Quirks::CHROMIUM, false),
        (home, B, Quirks::CHROMIUM, false),
        (home, "/same", Quirks::CHROMIUM, true),
        (B, home, Quirks::CHROMIUM, true),
    ] {
        let has = std::cell::Cell::new([false; 2]);
        let serve = |request: &HttpRequest| {
            has.set(["ect", "save-data"].map(|name| get(&request.headers, name).is_some()));
            if request.url == from { redirect(request, 307, to) } else { open(request) }
        };
        let request = Request::new(APP, from).header("ECT", "4g").header("save-data", "on");
        let mut cache = PreflightCache::new(quirks);
        run(&mut cache, request, serve);
        assert_eq!(has.get(), [kept, true], "{from} {to}");
    }
}

#[test]
fn follows_redirects_to_http_urls_only() {
    for (to, reason) in [
        ("https://[", Reason::InvalidRedirectLocation),
        ("data:,x", Reason::RedirectToUnsupportedScheme),
        ("mailto:x", Reason::RedirectToDisabledScheme),
    ] {
        let (_, verdict) = run_new(Request::new(APP, B), |request| redirect(request, 302, to));
        assert_eq!(verdict.reason(), Some(reason));
    }
}

#[test]
fn refuses_several_locations_in_chromium_before_anything_else() {
    for status in [200, 302, 404] {
        let response = Response::new(status).header("location", "/y").header("location", "/z");
        for method in ["GET", "PUT"] {
            let mut cache = PreflightCache::new(Quirks::CHROMIUM);
            let (_, verdict) = run(&mut cache, Request::new(APP, B).method(method), |_| response.clone());
            assert_eq!(verdict.reason(), Some(Reason::InvalidRedirectLocation), "{status} {method}");
        }
    }
}

#[test]
fn checks_the_location_before_the_cors_check_in_chromium() {
    for (quirks, reason) in [
        (Quirks::STANDARD, Reason::MissingAllowOriginHeader),
        (Quirks::CHROMIUM, Reason::InvalidRedirectLocation),
    ] {
        let mut cache = PreflightCache::new(quirks);
        let response = Response::new(302).header("location", "https://[");
        let (_, verdict) = run(&mut cache, Request::new(APP, B), |_| response.clone());
        assert_eq!(verdict.reason(), Some(reason));
    }
}

#[test]
fn follows_twenty_redirects() {
    let (wire, verdict) = run_new(Request::new(APP, B), |request| redirect(request, 302, B));
    assert_eq!((wire.len(), verdict.reason()), (21, Some(Reason::TooManyRedirects)));
}

#[test]
fn sends_no_preflight_if_the_cache_covers_the_request() {
    let put = || Request::new(APP, API).method("PUT").header("x-a", "1");
    let mut cache = PreflightCache::new(Quirks::STANDARD);
    for (request, preflights) in [
        (put(), 1),
        (put(), 0),
        (put().credentials(SameOrigin), 0),
        (put().credentials(Include), 1),
        (put(), 0),
        (Request::new("https://other.example", API).method("PUT"), 1),
    ] {
        let (wire, verdict) = run(&mut cache, request, open);
        assert_eq!((wire.len() - 1, verdict.reason()), (preflights, None));
    }
}

#[test]
fn clears_the_cache_after_a_network_error_in_the_standard_only() {
    for (quirks, preflights) in [(Quirks::STANDARD, 1), (Quirks::CHROMIUM, 0)] {
        let mut cache = PreflightCache::new(quirks);
        let put = || Request::new(APP, API).method("PUT");
        run(&mut cache, put(), |request| match request.method.as_str() {
            "OPTIONS" => open(request),
            _ => Response::new(200),
        });
        assert_eq!(run(&mut cache, put(), open).0.len() - 1, preflights);
    }
}

#[test]
fn caches_for_the_origin_after_a_redirect() {
    for (quirks, preflights) in [(Quirks::STANDARD, [2, 0, 1]), (Quirks::CHROMIUM, [2, 1, 1])] {
        let mut cache = PreflightCache::new(quirks);
        let serve = |request: &HttpRequest| match request.url.as_str() {
            B => redirect(request, 307, C),
            _ => open(request),
        };
        // The second fetch needs the entry of `null` at C only.
        let asked = [B, B, C].map(|url| {
            let (wire, _) = run(&mut cache, Request::new(APP, url).method("PUT"), serve);
            wire.iter().filter(|line| line.starts_with("OPTIONS")).count()
        });
        assert_eq!(asked, preflights);
    }
}

#[test]
fn does_not_panic_for_any_bytes() {
    // A small random number generator: https://en.wikipedia.org/wiki/Xorshift
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    let pieces: [&[u8]; 20] = [
        b"",
        b",",
        b" ",
        b"\t",
        b"*",
        b"null",
        b"\"",
        b"\\",
        b"%",
        b"https://",
        b"[",
        b"]",
        b":",
        b"@",
        b"0x",
        b"PUT",
        b"\xff",
        b"\0",
        b"/..",
        b"#",
    ];
    let names = ["Origin", "Methods", "Headers", "Credentials"];
    for round in 0..20_000 {
        let mut value = || (0..next(6)).flat_map(|_| pieces[next(20) as usize].to_vec()).collect::<Vec<u8>>();
        let (url, header) = (lossy(&value()), value());
        let url = if round % 2 == 0 { API.to_owned() } else { url };
        let mut response = Response::new(200 + 101 * (round % 2)).header("Location", value());
        for name in names {
            response = response.header(format!("access-control-allow-{name}"), value());
        }
        let request = Request::new(APP, url).method("PUT").header("range", header);
        let quirks = [Quirks::STANDARD, Quirks::CHROMIUM][usize::from(round % 3 == 0)];
        let (_, verdict) = run(&mut PreflightCache::new(quirks), request, |_| response.clone());
        if let Verdict::Blocked(blocked) = verdict {
            assert!(!blocked.to_string().is_empty());
        }
    }
}

/// The requests on the wire and the reason, for a `PUT` from the page to B, which redirects to C.
fn put_redirected_to_c(quirks: Quirks) -> (Vec<String>, Option<Reason>) {
    let serve = |request: &HttpRequest| match request.url.as_str() {
        B => redirect(request, 307, C),
        _ => Response::new(200)
            .header("access-control-allow-origin", "null")
            .header("access-control-allow-methods", "PUT"),
    };
    let (wire, verdict) = run(&mut PreflightCache::new(quirks), Request::new(APP, B).method("PUT"), serve);
    (wire[2..].to_vec(), verdict.reason())
}

#[test]
fn sends_the_origin_of_the_page_with_a_preflight_after_a_tainting_redirect_in_firefox() {
    for quirks in [Quirks::STANDARD, Quirks::CHROMIUM, Quirks::WEBKIT] {
        let wire = [format!("OPTIONS {C} null"), format!("PUT {C} null")];
        assert_eq!(put_redirected_to_c(quirks), (wire.to_vec(), None));
    }
    let (wire, reason) = put_redirected_to_c(Quirks::FIREFOX);
    assert_eq!(wire, [format!("OPTIONS {C} {APP}")]);
    assert_eq!(reason, Some(Reason::PreflightAllowOriginMismatch));
}

#[test]
fn changes_a_redirected_delete_to_get_in_webkit() {
    for (quirks, method) in
        [(Quirks::STANDARD, "DELETE"), (Quirks::FIREFOX, "DELETE"), (Quirks::WEBKIT, "GET")]
    {
        let serve = |request: &HttpRequest| match request.url.as_str() {
            B => redirect(request, 307, C),
            _ => open(request),
        };
        let mut cache = PreflightCache::new(quirks);
        let (wire, _) = run(&mut cache, Request::new(APP, B).method("DELETE"), serve);
        assert_eq!(wire.last().unwrap(), &format!("{method} {C} null"));
    }
}

#[test]
fn asks_again_after_a_redirect_that_makes_the_request_simple_in_firefox_and_webkit() {
    for (quirks, preflights) in
        [(Quirks::STANDARD, 1), (Quirks::CHROMIUM, 1), (Quirks::FIREFOX, 2), (Quirks::WEBKIT, 2)]
    {
        let serve = |request: &HttpRequest| match (request.url.as_str(), request.method.as_str()) {
            (B, "PUT") => redirect(request, 303, "/y"),
            _ => open(request),
        };
        let (wire, verdict) =
            run(&mut PreflightCache::new(quirks), Request::new(APP, B).method("PUT"), serve);
        assert_eq!(wire.iter().filter(|line| line.starts_with("OPTIONS")).count(), preflights);
        assert_eq!(verdict.reason(), None);
    }
}

#[test]
fn checks_the_status_of_a_preflight_first_in_webkit() {
    for (quirks, reason) in [
        (Quirks::STANDARD, Reason::PreflightMissingAllowOriginHeader),
        (Quirks::FIREFOX, Reason::PreflightMissingAllowOriginHeader),
        (Quirks::WEBKIT, Reason::PreflightInvalidStatus),
    ] {
        let mut cache = PreflightCache::new(quirks);
        let (_, verdict) = run(&mut cache, Request::new(APP, API).method("PUT"), |_| Response::new(403));
        assert_eq!(verdict.reason(), Some(reason));
    }
}

#[test]
fn a_cached_answer_covers_head_in_firefox_only_if_it_lists_it() {
    let head = || {
        let request = Request::new(APP, API).method("HEAD").header("x-a", "1");
        request.credentials(Omit)
    };
    for (quirks, methods, preflights) in
        [(Quirks::STANDARD, "", 1), (Quirks::FIREFOX, "", 2), (Quirks::FIREFOX, "HEAD", 1)]
    {
        let mut cache = PreflightCache::new(quirks);
        let mut serve = |_: &HttpRequest| {
            Response::new(200)
                .header("access-control-allow-origin", APP)
                .header("access-control-allow-methods", methods)
                .header("access-control-allow-headers", "x-a")
        };
        let mut sent = Vec::new();
        for _ in 0..2 {
            sent.extend(run(&mut cache, head(), &mut serve).0);
        }
        let asked = sent.iter().filter(|line| line.starts_with("OPTIONS")).count();
        assert_eq!(asked, preflights, "{sent:?}");
    }
}

/// The headers of the last request after these redirects, each of which has the status 302.
fn last_headers(quirks: Quirks, request: Request, urls: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    let (_, verdict) = run(&mut PreflightCache::new(quirks), request, |request| {
        names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let at = urls.iter().position(|url| *url == request.url).unwrap();
        let response = open(request);
        match urls.get(at + 1) {
            Some(next) if request.method != "OPTIONS" => {
                Response { status: 302, ..response }.header("location", *next)
            }
            _ => response,
        }
    });
    assert_eq!(verdict.reason(), None);
    names
}

#[test]
fn a_second_redirect_restores_headers_about_a_removed_body_in_webkit_only() {
    let post = || Request::new(APP, API).method("POST").header("content-type", "a/b").credentials(Omit);
    let urls = [API, "https://api.example.com/1", "https://api.example.com/2"];
    for (quirks, is_sent) in [(Quirks::CHROMIUM, false), (Quirks::FIREFOX, false), (Quirks::WEBKIT, true)] {
        let names = last_headers(quirks, post(), &urls);
        assert_eq!(names.contains(&"content-type".to_owned()), is_sent, "{names:?}");
    }
}

#[test]
fn a_redirect_within_the_own_origin_restores_nothing_and_removes_the_user_agent_in_webkit() {
    let urls = ["https://app.example.com/0", "https://app.example.com/1", "https://app.example.com/2"];
    let request = || {
        let request = Request::new(APP, urls[0]).method("POST").header("content-type", "a/b");
        request.header("user-agent", "1")
    };
    for (quirks, is_sent) in [(Quirks::FIREFOX, true), (Quirks::WEBKIT, false)] {
        let names = last_headers(quirks, request(), &urls);
        assert_eq!(names.contains(&"user-agent".to_owned()), is_sent, "{names:?}");
        assert!(!names.contains(&"content-type".to_owned()), "{names:?}");
    }
}

#[test]
fn a_second_redirect_restores_headers_about_the_body_in_firefox_unless_it_would_change_the_method() {
    let urls = [API, "https://api.example.com/1", "https://api.example.com/2"];
    for (method, is_sent) in [("POST", false), ("PUT", true)] {
        // The first redirect changes the method, and the second one has the status 302.
        let mut names = Vec::new();
        let request = Request::new(APP, API).method(method).header("content-type", "a/b").credentials(Omit);
        run(&mut PreflightCache::new(Quirks::FIREFOX), request, |request| {
            names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
            let at = urls.iter().position(|url| *url == request.url).unwrap();
            match urls.get(at + 1) {
                Some(next) if request.method != "OPTIONS" => {
                    Response { status: [303, 302][at], ..open(request) }.header("location", *next)
                }
                _ => open(request),
            }
        });
        assert_eq!(names.contains(&"content-type".to_owned()), is_sent, "{method}: {names:?}");
    }
}

#[test]
fn the_method_comes_before_the_list_of_headers_in_firefox() {
    for (quirks, reason) in [
        (Quirks::STANDARD, Reason::InvalidAllowHeadersPreflightResponse),
        (Quirks::FIREFOX, Reason::MethodDisallowedByPreflightResponse),
    ] {
        let answer = Response::new(204)
            .header("access-control-allow-origin", "*")
            .header("access-control-allow-headers", "x y");
        let request = Request::new(APP, API).method("PUT").credentials(Omit);
        let (_, verdict) = run(&mut PreflightCache::new(quirks), request, |_| answer.clone());
        assert_eq!(verdict.reason(), Some(reason));
    }
}

#[test]
fn an_answer_that_is_not_kept_leaves_older_answers_in_firefox() {
    for (quirks, preflights) in [(Quirks::STANDARD, 3), (Quirks::FIREFOX, 2)] {
        let mut cache = PreflightCache::new(quirks);
        let mut asked = 0;
        for method in ["PUT", "DELETE", "PUT"] {
            run(&mut cache, Request::new(APP, API).method(method).credentials(Omit), |request| {
                asked += usize::from(request.method == "OPTIONS");
                Response::new(200)
                    .header("access-control-allow-origin", "*")
                    .header("access-control-allow-methods", if asked > 1 { "PUT, DELETE" } else { "PUT" })
                    .header("access-control-max-age", if asked > 1 { "0" } else { "600" })
            });
        }
        assert_eq!(asked, preflights);
    }
}
