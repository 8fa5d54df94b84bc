//! Common mistakes of users, and the text that the library shows for each of them.

use std::sync::{Arc, Mutex};

use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, error, get, patch, put, web};
use cors_actix::testing::{Browser, Fetch, Outcome, Reason};
use cors_actix::{Cors, CorsObserver, OriginGuard, Policy, cors, policy, skip_preflight};
use cors_tests::hostile::Hostile;
use cors_tests::http::{Request, Server};

use crate::log::{keep_log, logged};

const APP: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

#[cors(origins = ["https://app.example.com"], headers = ["authorization", "content-type"], credentials)]
#[put("/items/1")]
async fn update() -> impl Responder {
    "updated"
}

/// Authentication as in most applications: a request without a token and a cookie is an error.
async fn authenticated(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let headers = request.headers();
    if headers.contains_key(header::AUTHORIZATION) || headers.contains_key(header::COOKIE) {
        next.call(request).await
    } else {
        Err(error::ErrorUnauthorized("sign in"))
    }
}

/// The texts with which the function of `on_refusal` was called.
type Told = Arc<Mutex<Vec<String>>>;

fn observer(told: &Told) -> CorsObserver {
    let told = Arc::clone(told);
    CorsObserver::new().on_refusal(move |explanation, _| told.lock().unwrap().push(explanation.to_string()))
}

fn take(told: &Told) -> Vec<String> {
    std::mem::take(&mut *told.lock().unwrap())
}

const PREFLIGHT_401: &str = "other code answered the preflight for PUT with 401, so it did not reach a policy: a preflight \
                             has no credentials, and a middleware outside of the policy requires them";

#[test]
fn authentication_outside_of_an_annotated_handler_is_reported_by_an_observer() {
    let told = Told::default();
    let observer = observer(&told);
    let server =
        Server::start(move || App::new().service(update).wrap(from_fn(authenticated)).wrap(observer.clone()));
    assert_eq!(server.send(&Request::preflight(APP, "PUT", "/items/1")).status, 401);
    assert_eq!(
        take(&told),
        [format!(
            "preflight-not-answered: {PREFLIGHT_401}; help: let preflights pass that middleware, in cors-actix with `skip_preflight(…)`, or put the CORS \
             layer outside of it"
        )]
    );
    // With the remedy, the preflight reaches the handler's policy.
    let observer = self::observer(&told);
    let server = Server::start(move || {
        App::new().service(update).wrap(skip_preflight(from_fn(authenticated))).wrap(observer.clone())
    });
    assert_eq!(server.send(&Request::preflight(APP, "PUT", "/items/1")).allowed_origin(), Some(APP));
    assert_eq!(take(&told), [""; 0]);
}

/// A middleware removes the headers that the handler's policy wrote. The policy did answer the preflight.
#[test]
fn a_preflight_that_a_policy_answered_is_not_reported_as_answered_by_other_code() {
    let told = Told::default();
    let observer = observer(&told);
    let server = Server::start(move || {
        let cleared = from_fn(|request, next| Hostile::ClearsHeaders.act(request, next));
        App::new().service(update).wrap(cleared).wrap(observer.clone())
    });
    let response = server.send(&Request::preflight(APP, "PUT", "/items/1"));
    assert_eq!((response.status, response.allowed_origin()), (204, None));
    assert_eq!(take(&told), [""; 0]);
}

#[test]
fn authentication_between_a_fallback_and_an_annotated_handler_is_reported_once_in_the_log() {
    static OTHERS: Policy = policy! { origins = ["https://other.example"] };
    keep_log();
    let cors = Cors::fallback(&OTHERS);
    let place = format!("Cors at {}:{}", file!(), line!() - 1);
    let server =
        Server::start(move || App::new().service(update).wrap(from_fn(authenticated)).wrap(cors.clone()));
    for _ in 0..2 {
        assert_eq!(server.send(&Request::preflight(APP, "PUT", "/items/1")).status, 403);
    }
    let lines: Vec<_> = logged().into_iter().filter(|line| line.contains(&place)).collect();
    assert_eq!(
        lines,
        [format!(
            "WARN {PREFLIGHT_401}; if the handler has a policy of its own, {place} answered in its place; help: let preflights \
             pass that middleware, in cors-actix with `skip_preflight(…)`, or put the CORS layer outside of it"
        )]
    );
}

#[test]
fn a_preflight_that_no_policy_of_a_handler_could_answer_is_not_reported() {
    static OTHERS: Policy = policy! { origins = ["https://other.example"] };
    keep_log();
    let cors = Cors::fallback(&OTHERS);
    let place = format!("Cors at {}:{}", file!(), line!() - 1);
    let (with_handler, without_handler) = (cors.clone(), cors);
    // There is no such path, and only another path has a handler.
    let not_found = Server::start(move || App::new().service(update).wrap(with_handler.clone()));
    // No handler has a policy.
    let signed_out =
        Server::start(move || App::new().wrap(from_fn(authenticated)).wrap(without_handler.clone()));
    for server in [not_found, signed_out] {
        assert_eq!(server.send(&Request::preflight(APP, "PUT", "/nowhere")).status, 403);
    }
    assert!(!logged().iter().any(|line| line.contains(&place)));
}

/// A proxy that removes `Origin` does not remove the `Sec-Fetch-…` headers.
#[test]
fn a_request_whose_origin_a_proxy_removed_is_reported_once() {
    keep_log();
    let told = Told::default();
    let for_layer = Arc::clone(&told);
    static ITEMS: Policy = policy! { origins = ["https://stripped.example"] };
    let cors = Cors::new(&ITEMS)
        .on_refusal(move |explanation, _| for_layer.lock().unwrap().push(explanation.to_string()));
    let line = line!() - 2;
    let server =
        Server::start(move || App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone()));
    let stripped = Request::get("/").header("sec-fetch-mode", "cors").header("sec-fetch-site", "cross-site");
    for _ in 0..2 {
        assert_eq!(server.send(&stripped).status, 200);
    }
    let text = "no-origin: the request has no Origin, but its Sec-Fetch-Mode is cors and its Sec-Fetch-Site is not \
                same-origin: something between the browser and this server removed the header; help: let every proxy in \
                front of the server pass on the header Origin; policy: Cors at ";
    let told = take(&told);
    assert!(told.len() == 2 && told[0].starts_with(text), "{told:#?}");
    let place = format!("{}:{line}", file!());
    let lines: Vec<_> = logged().into_iter().filter(|logged| logged.contains(&place)).collect();
    assert_eq!(lines, [format!("WARN {}", told[0])]);
    // A page's request for its own origin has no `Origin` either.
    let own = Request::get("/").header("sec-fetch-mode", "cors").header("sec-fetch-site", "same-origin");
    server.send(&own);
    server.send(&Request::get("/"));
}

/// Without a listener, no layer looks for the reason of a refusal.
#[test]
fn a_lost_origin_is_not_reported_without_a_listener() {
    keep_log();
    static ITEMS: Policy = policy! { origins = ["https://stripped.example"] };
    let cors = Cors::new(&ITEMS);
    let place = format!("{}:{}", file!(), line!() - 1);
    let (alone, nested) = (cors.clone(), cors);
    let alone =
        Server::start(move || App::new().default_service(web::to(HttpResponse::Ok)).wrap(alone.clone()));
    let nested = Server::start(move || {
        let inside = web::scope("").default_service(web::to(HttpResponse::Ok)).wrap(nested.clone());
        App::new().service(inside).wrap(Cors::fallback(&ITEMS))
    });
    let stripped = Request::get("/").header("sec-fetch-mode", "cors").header("sec-fetch-site", "cross-site");
    for server in [alone, nested] {
        assert_eq!(server.send(&stripped).status, 200);
    }
    assert!(!logged().iter().any(|line| line.contains(&place)));
}

#[test]
fn an_observer_gets_the_reason_for_which_a_guard_refused_a_socket() {
    static CHAT: Policy = policy! { origins = ["https://app.example.com"] };
    let told = Told::default();
    let observer = observer(&told);
    let server = Server::start(move || {
        let chat =
            web::resource("/chat").guard(OriginGuard::new(&CHAT)).route(web::get().to(HttpResponse::Ok));
        App::new().service(chat).wrap(observer.clone())
    });
    assert_eq!(
        server.send(&Request::get("/chat").websocket().origin("https://app.example.com:8443")).status,
        404
    );
    let told = take(&told);
    assert!(
        told[0].starts_with(
            "origin-not-allowed: `origins` does not list https://app.example.com:8443; the nearest entry is \
             https://app.example.com, which has another port; help: add \"https://app.example.com:8443\" to `origins`; \
             policy: OriginGuard at "
        ),
        "{told:#?}"
    );
}

/// The text that a failed assertion of the test browser prints after the exchange.
fn end_of(outcome: &Outcome) -> String {
    let text = outcome.assert_blocked().to_string();
    let at = text.find("the browser blocks it").expect("it is blocked");
    text[at..].to_owned()
}

macro_rules! end_of {
    ($app:expr, $origin:expr, $fetch:expr) => {{
        let app = actix_web::test::init_service($app).await;
        let outcome = Browser::at($origin).fetch(&app, $fetch).await;
        println!("{outcome}");
        end_of(&outcome)
    }};
}

#[actix_web::test]
async fn the_test_browser_shows_which_code_answered_a_preflight_with_401() {
    let app = actix_web::test::init_service(App::new().service(update).wrap(from_fn(authenticated))).await;
    let outcome =
        Browser::at(APP).fetch(&app, Fetch::put("/items/1").header("authorization", "Bearer x")).await;
    assert!(
        outcome.to_string().contains("response: 401 by other code, and the request did not reach a policy"),
        "{outcome}"
    );
    let end = end_of(&outcome);
    assert!(end.contains(PREFLIGHT_401), "{end}");
    assert!(
        end.contains("help: let preflights pass that middleware, in cors-actix with `skip_preflight(…)`"),
        "{end}"
    );
    assert!(!end.contains("allow https://app.example.com"), "{end}");
}

#[actix_web::test]
async fn the_test_browser_shows_that_no_route_accepts_the_preflight() {
    let end = end_of!(App::new().service(update), APP, Fetch::delete("/items/1"));
    assert!(end.contains("other code answered the preflight for DELETE with 404"), "{end}");
    assert!(
        end.contains("help: check the path and the method of the request, or add a handler for DELETE"),
        "{end}"
    );
    assert!(!end.contains("allow https://app.example.com"), "{end}");
}

#[actix_web::test]
async fn the_test_browser_corrects_the_case_of_a_method() {
    #[cors(origins = ["https://app.example.com"])]
    #[patch("/items/1")]
    async fn change() -> impl Responder {
        "changed"
    }
    let end = end_of!(App::new().service(change), APP, Fetch::new("patch", "/items/1"));
    assert!(end.contains("help: write method: \"PATCH\" in fetch"), "{end}");
}

#[actix_web::test]
async fn the_test_browser_explains_the_null_origin() {
    let end = end_of!(App::new().service(update), "null", Fetch::put("/items/1"));
    for part in [
        "why: null-origin: the request's Origin is null, as from a file, a `data:` URL, a sandboxed frame, or after a redirect",
        "help: serve the page over http or https from an origin of its own",
    ] {
        assert!(end.contains(part), "{end}");
    }
}

#[actix_web::test]
async fn the_test_browser_names_the_header_and_the_key() {
    let end = end_of!(App::new().service(update), APP, Fetch::put("/items/1").header("x-trace", "1"));
    assert!(end.contains("why: header-not-allowed: `headers` does not list x-trace"), "{end}");
    assert!(end.contains("help: add \"x-trace\" to `headers`"), "{end}");
}

#[actix_web::test]
async fn the_test_browser_names_the_layer_and_the_nearest_entry() {
    let app = actix_web::test::init_service(App::new().service(update)).await;
    let outcome = Browser::at("https://app.example.com:8443").fetch(&app, Fetch::put("/items/1")).await;
    let text = outcome.to_string();
    assert!(
        text.contains(&format!("response: 403 by #[cors] on {}::update, declared at ", module_path!())),
        "{text}"
    );
    assert!(text.contains("the nearest entry is https://app.example.com, which has another port"), "{text}");
    let explanation = outcome.explanation().expect("the policy refused it");
    assert_eq!(explanation.nearest(), Some("https://app.example.com"));
}

#[actix_web::test]
async fn the_test_browser_suggests_keys_if_the_policy_has_no_explanation() {
    #[cors(origins = ["https://app.example.com"])]
    #[get("/items")]
    async fn items() -> impl Responder {
        "items"
    }
    #[cors(origins = "*")]
    #[get("/public")]
    async fn public() -> impl Responder {
        "public"
    }
    async fn plain() -> impl Responder {
        "plain"
    }
    let app = || App::new().service(items).service(public).route("/plain", web::get().to(plain));
    let end = end_of!(app(), APP, Fetch::get("/items").credentials());
    assert!(
        end.contains("help: add `credentials` to the policy, or make the fetch without credentials"),
        "{end}"
    );
    let end = end_of!(app(), APP, Fetch::get("/public").credentials());
    assert!(end.contains("help: write `origins` = [\"https://app.example.com\"] and `credentials`"), "{end}");
    let end = end_of!(app(), APP, Fetch::get("/plain"));
    assert!(
        end.contains("help: write #[cors(origins = [\"https://app.example.com\"])] above the route"),
        "{end}"
    );
    let end = end_of!(app(), APP, Fetch::get("/missing"));
    assert!(end.contains("help: check the path and the method, because no route takes the request"), "{end}");
}

#[actix_web::test]
async fn the_test_browser_explains_why_a_request_has_no_cookies() {
    async fn sign_in(_: HttpRequest) -> impl Responder {
        let cookie = Cookie::build("lax", "1").secure(true).same_site(SameSite::Lax).finish();
        HttpResponse::Ok().cookie(cookie).finish()
    }
    async fn account(request: HttpRequest) -> HttpResponse {
        match request.cookie("session").or_else(|| request.cookie("lax")) {
            Some(_) => HttpResponse::Ok().finish(),
            None => HttpResponse::Unauthorized().finish(),
        }
    }
    static PAGES: Policy =
        policy! { origins = ["https://app.example.com", "https://partner.example"], credentials };
    let app = App::new().route("/sign-in", web::post().to(sign_in)).route("/account", web::get().to(account));
    let app = actix_web::test::init_service(app.wrap(Cors::new(&PAGES))).await;

    let page = Browser::at(APP);
    page.set_cookie("session", "1");
    let outcome = page.fetch(&app, Fetch::get("/account")).await;
    assert_eq!(outcome.status(), Some(401));
    let text = outcome.to_string();
    assert!(
        text.contains("note: the request had no cookies, because fetch() sends none to another origin without credentials"),
        "{text}"
    );
    assert_eq!(page.fetch(&app, Fetch::get("/account").credentials()).await.status(), Some(200));

    // Only pages of the same site send a cookie without `SameSite=None`.
    for (origin, status) in [(APP, 200), ("https://partner.example", 401)] {
        let page = Browser::at(origin);
        page.fetch(&app, Fetch::post("/sign-in").credentials()).await.assert_allowed();
        let outcome = page.fetch(&app, Fetch::get("/account").credentials()).await;
        assert_eq!(outcome.status(), Some(status), "{origin}");
        let text = outcome.to_string();
        assert_eq!(
            text.contains("note: the cookie lax was not sent, because the page is on another site; help: set it with SameSite=None; Secure"),
            status == 401,
            "{text}"
        );
    }
}

#[test]
fn the_test_browser_rejects_text_that_is_not_the_origin_of_a_page() {
    for (origin, words) in [
        ("https://app.example.com/", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("app.example.com", "https://app.example.com"),
        ("https://*.example.com", "write one origin that the pattern matches"),
        ("*", "write one origin that the pattern matches"),
        ("", "origin"),
    ] {
        let panic = std::panic::catch_unwind(|| Browser::at(origin)).expect_err(origin);
        let message = panic.downcast_ref::<String>().expect("a message");
        assert!(message.contains(&format!("a page cannot have the origin {origin:?}")), "{message}");
        assert!(message.contains(words), "{message}");
    }
    for origin in ["https://app.example.com", "null", "http://localhost:3000", "chrome-extension://abc"] {
        let _ = Browser::at(origin);
    }
}

#[actix_web::test]
async fn the_refusal_of_a_guard_is_explained_without_a_layer() {
    static OWN: Policy = policy! { origins = ["https://app.example.com"] };
    let items = web::resource("/items").route(web::get().to(HttpResponse::Ok)).wrap(OriginGuard::new(&OWN));
    let end = end_of!(App::new().service(items), STRANGER, Fetch::get("/items"));
    assert!(end.contains("why: origin-not-allowed"), "{end}");
}

#[actix_web::test]
async fn a_middleware_that_removes_the_headers_is_distinguished_from_a_refusal() {
    let app = actix_web::test::init_service(
        App::new().service(update).wrap(from_fn(|request, next| Hostile::ClearsHeaders.act(request, next))),
    )
    .await;
    let outcome = Browser::at(APP).fetch(&app, Fetch::put("/items/1")).await;
    outcome.assert_blocked_by(Reason::PreflightMissingAllowOriginHeader);
    let end = end_of(&outcome);
    assert!(
        end.contains("help: find the middleware that removes the headers, because the policy granted"),
        "{end}"
    );
    let stranger = Browser::at(STRANGER).fetch(&app, Fetch::put("/items/1")).await;
    assert!(end_of(&stranger).contains("why: origin-not-allowed"), "{stranger}");
}

#[actix_web::test]
async fn another_name_of_this_machine_is_the_nearest_entry() {
    #[cors(origins = ["http://localhost:3000"])]
    #[get("/items")]
    async fn items() -> impl Responder {
        "items"
    }
    let end = end_of!(App::new().service(items), "http://127.0.0.1:3000", Fetch::get("/items"));
    assert!(
        end.contains("the nearest entry is http://localhost:3000, which is another name of this machine"),
        "{end}"
    );
    assert!(end.contains("help: add \"http://127.0.0.1:3000\" to `origins`"), "{end}");
}

#[actix_web::test]
async fn other_code_that_also_writes_the_header_is_reported_as_the_cause() {
    async fn twice() -> HttpResponse {
        let allow_origin = header::ACCESS_CONTROL_ALLOW_ORIGIN;
        let mut response = HttpResponse::Ok();
        response.append_header((allow_origin.clone(), APP)).append_header((allow_origin, APP)).finish()
    }
    let end = end_of!(App::new().route("/twice", web::get().to(twice)), APP, Fetch::get("/twice"));
    assert!(end.contains("has several origins in Access-Control-Allow-Origin"), "{end}");
    assert!(end.contains("help: remove the other code that writes Access-Control-Allow-Origin"), "{end}");
}

#[actix_web::test]
async fn the_help_for_a_redirected_preflight_is_to_request_the_other_url() {
    async fn moved() -> HttpResponse {
        HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/items/")).finish()
    }
    let app = App::new().route("/items", web::route().to(moved));
    let end = end_of!(app, APP, Fetch::put("/items"));
    assert!(end.contains("other code answered the preflight for PUT with 308"), "{end}");
    assert!(end.contains("help: request the URL to which the server redirects"), "{end}");
}

#[actix_web::test]
async fn a_response_header_that_is_not_exposed_is_reported_with_its_key() {
    #[cors(origins = ["https://app.example.com"])]
    #[get("/items")]
    async fn items() -> impl Responder {
        HttpResponse::Ok().insert_header(("x-total-count", "7")).finish()
    }
    let app = actix_web::test::init_service(App::new().service(items)).await;
    let outcome = Browser::at(APP).fetch(&app, Fetch::get("/items")).await;
    let assertion =
        std::panic::AssertUnwindSafe(|| drop(outcome.assert_header("X-Total-Count", "7").clone()));
    let panic = std::panic::catch_unwind(assertion).expect_err("the header is hidden");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("the response has it; help: add \"x-total-count\" to `expose`"), "{message}");
}
