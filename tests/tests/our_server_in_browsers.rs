//! A policy, the models of the browsers and the real browsers agree on the answers of a real server: wrapped scopes,
//! annotated handlers, layers, errors, credentials with real cookies, and cached preflights.

use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::error::ErrorInternalServerError;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, Responder, delete, get, put, web};
use cors_actix::{Cors, Policy, cors, policy};
use cors_core::browser::{CredentialsMode, Engine, PreflightCache, Request, Verdict};
use cors_tests::browsers::start;
use cors_tests::http::Server as Http;
use cors_tests::{Browser, Options, Page, Server, browse, report, skip_unless_all_tests};
use serde_json::{Value, json};

static PUBLIC: Policy = policy! { origins = "*", headers = "*", expose = "*", methods = "*" };
static EXCEPT: Policy = policy! { origins = "*", except = ["http://*.evil.example:*"] };
static TRUSTED: Policy = policy! {
    origins = ["http://app.site.example:*", "http://*.partner.example:*"],
    methods = ["PUT", "DELETE"],
    headers = ["content-type", "x-custom"],
    expose = ["x-total-count"],
    credentials,
    max_age = "10m",
    allow(insecure_origins),
};
static ECHOING: Policy = policy! {
    origins = ["http://app.site.example:*"],
    methods = "*",
    headers = "*",
    expose = "*",
    credentials,
    allow(insecure_origins),
};
static ENFORCED: Policy = policy! {
    origins = ["http://app.site.example:*"],
    headers = ["authorization"],
    methods = ["PUT"],
    enforce,
    preflight_status = 200,
};

const SCOPES: [(&str, &Policy); 5] = [
    ("public", &PUBLIC),
    ("except", &EXCEPT),
    ("trusted", &TRUSTED),
    ("echoing", &ECHOING),
    ("enforced", &ENFORCED),
];

async fn anything() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("x-total-count", "7"))
        .insert_header(("x-secret", "s"))
        .insert_header(("cache-control", "no-store"))
        .body("here")
}

async fn fails() -> Result<String, actix_web::Error> {
    Err(ErrorInternalServerError("on fire"))
}

/// Returns the cookie of the request, and sets one.
async fn cookie(request: HttpRequest) -> impl Responder {
    let came =
        request.headers().get("cookie").map_or("none", |cookies| cookies.to_str().unwrap_or("?")).to_owned();
    HttpResponse::Ok()
        .insert_header(("set-cookie", "seen=yes"))
        .insert_header(("cache-control", "no-store"))
        .body(came)
}

#[cors(origins = ["http://app.site.example:*"], headers = ["content-type", "x-custom"], max_age = "10m")]
mod items {
    use super::*;

    #[get("/items")]
    pub async fn read() -> impl Responder {
        anything().await
    }

    #[put("/items")]
    pub async fn update() -> impl Responder {
        anything().await
    }

    #[delete("/items")]
    pub async fn remove() -> impl Responder {
        anything().await
    }
}

#[cors(deny)]
#[get("/denied")]
async fn denied() -> impl Responder {
    "never"
}

fn app() -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let mut app =
        App::new().service(items::read).service(items::update).service(items::remove).service(denied);
    for (name, policy) in SCOPES {
        let scope = web::scope(&format!("/{name}"))
            .wrap(Cors::new(policy))
            .route("/anything", web::to(anything))
            .route("/fails", web::to(fails))
            .route("/cookie", web::to(cookie));
        app = app.service(scope);
    }
    app.wrap(Cors::fallback(&PUBLIC))
}

/// The preflights that [`counted`] received.
static PREFLIGHTS: AtomicUsize = AtomicUsize::new(0);

/// The application, which counts preflights.
fn counted() -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    app().wrap_fn(|request, service| {
        if request.headers().contains_key("access-control-request-method") {
            PREFLIGHTS.fetch_add(1, Ordering::SeqCst);
        }
        actix_web::dev::Service::call(service, request)
    })
}

/// The hosts of the pages.
const ORIGINS: [&str; 3] = ["app.site.example", "a.partner.example", "www.evil.example"];

/// A request: method, headers, and whether it includes credentials.
type Asked = (&'static str, &'static [(&'static str, &'static str)], bool);

const REQUESTS: [Asked; 9] = [
    ("GET", &[], false),
    ("GET", &[], true),
    ("POST", &[("content-type", "application/json")], false),
    ("PUT", &[], false),
    ("PUT", &[("x-custom", "1")], true),
    ("DELETE", &[("authorization", "Bearer x")], false),
    ("DELETE", &[("authorization", "Bearer x")], true),
    ("PATCH", &[("x-other", "1")], true),
    ("patch", &[], false),
];

/// Makes a request without `cache: "no-store"`, which would disable the preflight cache too.
fn fetch_in(page: &dyn Page, url: &str, method: &str, headers: &[(&str, &str)], credentials: bool) -> Value {
    let init = json!({
        "method": method,
        "headers": headers,
        "credentials": if credentials { "include" } else { "omit" },
    });
    page.run(&format!(
        "try {{
            const response = await fetch({url}, {init});
            return {{ status: response.status, headers: [...response.headers.keys()], body: await response.text() }};
         }} catch {{ return 'blocked'; }}",
        url = json!(url),
    ))
}

fn pages() -> Server {
    Server::start(|request| {
        let page = cors_core::browser::Response::new(200)
            .header("content-type", "text/html")
            .header("content-length", "0");
        match request.target() {
            "/with-cookie" => page.header("set-cookie", "seen=page; Domain=site.example; Path=/"),
            _ => page,
        }
    })
}

const KNOWN: [&str; 3] = ["cache-control", "x-secret", "x-total-count"];

/// The status, and which of the known headers the page reads.
fn seen(found: &Value) -> Option<(u16, Vec<&'static str>)> {
    let status = u16::try_from(found.get("status")?.as_u64()?).ok()?;
    let names: Vec<&str> = found["headers"].as_array()?.iter().filter_map(Value::as_str).collect();
    Some((status, KNOWN.into_iter().filter(|name| names.contains(name)).collect()))
}

fn by_model(verdict: &Verdict) -> Option<(u16, Vec<&'static str>)> {
    match verdict {
        Verdict::Readable { status, .. } => {
            Some((*status, KNOWN.into_iter().filter(|name| verdict.header(name).is_some()).collect()))
        }
        Verdict::Blocked(_) => None,
    }
}

/// The response that a page can read according to the policy. In all browsers, a `*` without credentials covers
/// `Authorization`.
fn by_policy(
    policy: &Policy,
    origin: &str,
    method: &str,
    headers: &[(&str, &str)],
    credentials: bool,
) -> Option<(u16, Vec<&'static str>)> {
    let has_wildcard = !policy.credentials() && policy.allows_header("x-in-no-list");
    let granted = policy.allows_origin(origin)
        && (!credentials || policy.credentials())
        && policy.allows_method(method)
        && headers.iter().all(|(name, _)| has_wildcard || policy.allows_header(name));
    granted.then(|| (200, KNOWN.into_iter().filter(|name| policy.exposes_header(name)).collect()))
}

/// The selected browsers in their default configuration. Those that are not installed are skipped.
fn browsers(test: &'static str, ignore_certificate_errors: bool) -> impl Iterator<Item = Box<dyn Browser>> {
    let options =
        Options { ignore_certificate_errors, wildcard_covers_authorization: true, ..Options::default() };
    Engine::BROWSERS.into_iter().filter_map(move |engine| start(engine, test, &options))
}

#[test]
fn policy_model_and_browsers_agree_on_our_server() {
    if skip_unless_all_tests("policy_model_and_browsers_agree_on_our_server") {
        return;
    }
    for browser in browsers("our server in browsers", false) {
        policy_model_and_browser_agree(&*browser);
    }
}

fn policy_model_and_browser_agree(browser: &dyn Browser) {
    let engine = browser.engine();
    let (server, pages) = (Http::start(app), pages());
    let port = server.authority().rsplit(':').next().expect("a port").to_owned();
    let (mut agreed, mut blocked) = (0, 0);
    for host in ORIGINS {
        let origin = pages.origin(host);
        let page = browser.open(&pages.url(host, "/"));
        for (name, policy) in SCOPES {
            for (number, (method, headers, credentials)) in REQUESTS.into_iter().enumerate() {
                // Each request has its own URL, so that no preflight is cached.
                let url = format!("http://api.site.example:{port}/{name}/anything?{number}");
                let found = seen(&fetch_in(&*page, &url, method, headers, credentials));
                let mode = if credentials { CredentialsMode::Include } else { CredentialsMode::Omit };
                let request = Request::new(&origin, &url).method(method).credentials(mode);
                let request =
                    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
                let model = by_model(&browse::fetch(&server, request, &mut PreflightCache::new(engine)));
                let declared = by_policy(policy, &origin, method, headers, credentials);
                let case =
                    format!("{origin} {method} {headers:?} {credentials} under policy! {{ {policy} }}");
                assert_eq!(found, model, "{engine} and the model: {case}");
                assert_eq!(found, declared, "{engine} and the policy: {case}");
                agreed += 1;
                blocked += usize::from(found.is_none());
            }
            // A page can read errors exactly if it could read the response.
            let url = format!("http://api.site.example:{port}/{name}/fails");
            let found = seen(&fetch_in(&*page, &url, "GET", &[], false)).map(|(status, _)| status);
            assert_eq!(found, policy.allows_origin(&origin).then_some(500), "{engine} {origin} {name}");
            agreed += 1;
        }
        let url = format!("http://api.site.example:{port}/denied");
        assert_eq!(fetch_in(&*page, &url, "GET", &[], false), "blocked", "{engine}");
        // A path without a route belongs to the fallback, which allows every origin.
        let url = format!("http://api.site.example:{port}/nowhere");
        let found = seen(&fetch_in(&*page, &url, "GET", &[], false)).map(|(status, _)| status);
        assert_eq!(found, Some(404), "{engine}");
        agreed += 2;
    }
    assert!(agreed >= 150 && blocked >= 40 && blocked <= agreed - 40, "{agreed} {blocked}");
    report(&format!(
        "our server in {}: policy, model and browser agree on {agreed} requests, {blocked} of them blocked",
        browser.version()
    ));
}

#[test]
fn browsers_send_cookies_only_if_credentials_are_granted() {
    if skip_unless_all_tests("browsers_send_cookies_only_if_credentials_are_granted") {
        return;
    }
    for browser in browsers("cookies in browsers", false) {
        let engine = browser.engine();
        let (server, pages) = (Http::start(app), pages());
        let port = server.authority().rsplit(':').next().expect("a port").to_owned();
        let url = |scope: &str| format!("http://api.site.example:{port}/{scope}/cookie");
        let cookie = |page: &dyn Page, scope: &str, credentials: bool| {
            let found = fetch_in(page, &url(scope), "GET", &[], credentials);
            found["body"].as_str().map(str::to_owned)
        };
        let page = browser.open(&pages.url("app.site.example", "/"));
        assert_eq!(cookie(&*page, "trusted", true).as_deref(), Some("none"), "{engine}");
        // WebKitGTK keeps the cookies of pages only, and not those of other responses.
        let kept = if engine == Engine::WebKit { "none" } else { "seen=yes" };
        assert_eq!(cookie(&*page, "trusted", true).as_deref(), Some(kept), "{engine}");
        let page = browser.open(&pages.url("app.site.example", "/with-cookie"));
        assert_eq!(cookie(&*page, "trusted", true).as_deref(), Some("seen=page"), "{engine}");
        assert_eq!(cookie(&*page, "trusted", false).as_deref(), Some("none"), "{engine}");
        // The policy grants requests without credentials only.
        assert_eq!(cookie(&*page, "public", true), None, "{engine}");
        assert_eq!(cookie(&*page, "public", false).as_deref(), Some("none"), "{engine}");
    }
}

/// The methods and the headers of twenty mixed requests.
fn mixed_requests() -> impl Iterator<Item = (&'static str, &'static [(&'static str, &'static str)])> {
    (0..20).map(|turn| {
        let headers: &[(&str, &str)] = match turn % 3 {
            0 => &[("x-custom", "1")],
            1 => &[("content-type", "application/json")],
            _ => &[("content-type", "application/json"), ("x-custom", "1")],
        };
        (["PUT", "DELETE"][turn % 2], headers)
    })
}

/// The number of preflights that twenty mixed requests need: in the browser, and in its model.
fn preflights(browser: &dyn Browser, server: &Http, pages: &Server, path: &str) -> (usize, usize) {
    let authority = server.authority();
    let port = authority.rsplit(':').next().expect("a port");
    let url = format!("http://api.site.example:{port}{path}");
    let page = browser.open(&pages.url("app.site.example", "/"));
    let before = PREFLIGHTS.load(Ordering::SeqCst);
    for (method, headers) in mixed_requests() {
        let found = fetch_in(&*page, &url, method, headers, false);
        assert_eq!(found["status"], 200, "{method} {url}");
    }
    let seen = PREFLIGHTS.load(Ordering::SeqCst) - before;
    let (origin, mut cache) = (pages.origin("app.site.example"), PreflightCache::new(browser.engine()));
    for (method, headers) in mixed_requests() {
        let request = Request::new(&origin, &url).method(method).credentials(CredentialsMode::Omit);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        browse::fetch(server, request, &mut cache);
    }
    (seen, PREFLIGHTS.load(Ordering::SeqCst) - before - seen)
}

#[test]
fn twenty_mixed_requests_need_as_many_preflights_as_the_model_says() {
    if skip_unless_all_tests("twenty_mixed_requests_need_as_many_preflights_as_the_model_says") {
        return;
    }
    // One answer lists everything, so it covers all requests. An answer that echoes the request, as with `headers = "*"` and
    // credentials, covers the next request only if it is the same. Firefox adds the answers up.
    let expected = |engine: Engine| match engine {
        Engine::Firefox => [1, 1, 2, 20],
        Engine::WebKit => [1, 1, 20, 1],
        _ => [1, 1, 20, 1],
    };
    for browser in browsers("preflights in browsers", false) {
        let (server, pages) = (Http::start(counted), pages());
        let paths = ["/trusted/anything", "/items", "/echoing/anything", "/public/anything"];
        let counts = paths.map(|path| preflights(&*browser, &server, &pages, path));
        let engine = browser.engine();
        // Firefox ignores cached answers twice for each site: see `browsers_agree/ignored_answers.rs`.
        let ignored = if engine == Engine::Firefox { 2 } else { 0 };
        assert_eq!(counts.map(|(_, model)| model), expected(engine), "the model of {engine}");
        let seen = expected(engine).map(|count| 20.min(count + ignored));
        assert_eq!(counts.map(|(seen, _)| seen), seen, "{engine}");
        report(&format!(
            "preflights of twenty mixed requests in {}: {} with a list, {} for a module, {} with an echo, {} with `*`",
            browser.version(),
            counts[0].0,
            counts[1].0,
            counts[2].0,
            counts[3].0
        ));
    }
}

static SECURE: Policy = policy! {
    origins = ["https://app.site.example:*", "https://*.partner.example:*"],
    methods = ["PUT"],
    credentials,
};

/// A server with TLS for every host name. It has an empty page, and an API with a policy.
fn secure_server() -> (actix_web::dev::ServerHandle, std::thread::JoinHandle<()>, u16) {
    let names = ["site.example", "*.site.example", "*.partner.example", "*.evil.example"].map(str::to_owned);
    let key = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let certificate = key.cert.der().clone();
    let private = key.signing_key.serialize_der().try_into().expect("a key");
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], private)
        .expect("a certificate that fits its key");
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let page = || async { HttpResponse::Ok().content_type("text/html").finish() };
            let app = move || {
                let api = web::scope("/api").wrap(Cors::new(&SECURE)).route("/anything", web::to(anything));
                App::new().service(api).route("/", web::get().to(page))
            };
            let server = HttpServer::new(app).workers(1).disable_signals();
            let server = server.bind_rustls_0_23(("127.0.0.1", 0), config).expect("a port");
            let port = server.addrs()[0].port();
            let server = server.run();
            sender.send((server.handle(), port)).expect("the test waits");
            server.await.expect("a server");
        });
    });
    let (handle, port) = receiver.recv().expect("a server that starts");
    (handle, thread, port)
}

#[test]
fn browsers_distinguish_secure_origins_under_tls() {
    if skip_unless_all_tests("browsers_distinguish_secure_origins_under_tls") {
        return;
    }
    for browser in browsers("secure origins in browsers", true) {
        let engine = browser.engine();
        let (handle, thread, port) = secure_server();
        for host in ORIGINS {
            let origin = format!("https://{host}:{port}");
            let page = browser.open(&format!("{origin}/"));
            for (number, (method, headers, credentials)) in REQUESTS.into_iter().enumerate() {
                let url = format!("https://api.site.example:{port}/api/anything?{number}");
                let found = seen(&fetch_in(&*page, &url, method, headers, credentials));
                let declared = by_policy(&SECURE, &origin, method, headers, credentials);
                assert_eq!(found, declared, "{engine}: {origin} {method} {headers:?}");
            }
        }
        drop(handle.stop(false));
        drop(browser);
        thread.join().expect("a server that ends");
    }
}
