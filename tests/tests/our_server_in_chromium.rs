//! What a policy says, what the model says and what Chromium does are the same, on a real server: wrapped scopes, annotated
//! handlers, layers, errors, credentials with real cookies, and preflights that are remembered.

use actix_web::error::ErrorInternalServerError;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, Responder, delete, get, put, web};
use cors_actix::{Cors, Policy, cors, policy};
use cors_core::browser::{CredentialsMode, PreflightCache, Quirks, Request, Verdict};
use cors_tests::http::Server as Http;
use cors_tests::{Chromium, Context, Options, Page, Server, browse, report};
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

/// Says which cookie came, and sets one.
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

/// A page that asks.
const ORIGINS: [&str; 3] = ["app.site.example", "a.partner.example", "www.evil.example"];

/// A request: method, headers, whether credentials go along.
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

/// Without `cache: "no-store"`, which would turn off the cache of preflights too.
fn in_chromium(page: &Page, url: &str, method: &str, headers: &[(&str, &str)], credentials: bool) -> Value {
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
    Server::start(|_| {
        cors_core::browser::Response::new(200)
            .header("content-type", "text/html")
            .header("content-length", "0")
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

/// What the policy says by itself.
fn by_policy(
    policy: &Policy,
    origin: &str,
    method: &str,
    headers: &[(&str, &str)],
    credentials: bool,
) -> Option<(u16, Vec<&'static str>)> {
    let granted = policy.allows_origin(origin)
        && (!credentials || policy.credentials())
        && policy.allows_method(method)
        && headers.iter().all(|(name, _)| policy.allows_header(name));
    granted.then(|| (200, KNOWN.into_iter().filter(|name| policy.exposes_header(name)).collect()))
}

#[test]
fn policy_model_and_chromium_say_the_same_about_our_server() {
    let Some(chromium) = Chromium::start("our server in Chromium", &Options::default()) else { return };
    let (server, pages) = (Http::start(app), pages());
    let port = server.authority().rsplit(':').next().expect("a port").to_owned();
    let (mut agreed, mut blocked) = (0, 0);
    for host in ORIGINS {
        let origin = pages.origin(host);
        let page = chromium.context().open(&pages.url(host, "/"));
        for (name, policy) in SCOPES {
            for (number, (method, headers, credentials)) in REQUESTS.into_iter().enumerate() {
                // A URL of its own for each, so that no preflight is remembered.
                let url = format!("http://api.site.example:{port}/{name}/anything?{number}");
                let found = seen(&in_chromium(&page, &url, method, headers, credentials));
                let mode = if credentials { CredentialsMode::Include } else { CredentialsMode::Omit };
                let request = Request::new(&origin, &url).method(method).credentials(mode);
                let request =
                    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
                let quirks = Quirks { wildcard_covers_authorization: false, ..Quirks::CHROMIUM };
                let model = by_model(&browse::fetch(&server, request, &mut PreflightCache::new(quirks)));
                let declared = by_policy(policy, &origin, method, headers, credentials);
                let case =
                    format!("{origin} {method} {headers:?} {credentials} under policy! {{ {policy} }}");
                assert_eq!(found, model, "Chromium and the model: {case}");
                assert_eq!(found, declared, "Chromium and the policy: {case}");
                agreed += 1;
                blocked += usize::from(found.is_none());
            }
            // Errors are readable exactly where the response would have been.
            let url = format!("http://api.site.example:{port}/{name}/fails");
            let found = seen(&in_chromium(&page, &url, "GET", &[], false)).map(|(status, _)| status);
            assert_eq!(found, policy.allows_origin(&origin).then_some(500), "{origin} {name}");
            agreed += 1;
        }
        let url = format!("http://api.site.example:{port}/denied");
        assert_eq!(in_chromium(&page, &url, "GET", &[], false), "blocked");
        // What no route matches is the fallback's, which is for everyone.
        let url = format!("http://api.site.example:{port}/nowhere");
        assert_eq!(seen(&in_chromium(&page, &url, "GET", &[], false)).map(|(status, _)| status), Some(404));
        agreed += 2;
    }
    assert!(agreed >= 150 && blocked >= 40 && blocked <= agreed - 40, "{agreed} {blocked}");
    report(&format!(
        "our server in Chromium: policy, model and browser agreed on {agreed} requests, {blocked} blocked"
    ));
}

#[test]
fn cookies_go_along_where_credentials_are_granted_and_nowhere_else() {
    let Some(chromium) = Chromium::start("cookies in Chromium", &Options::default()) else { return };
    let (server, pages) = (Http::start(app), pages());
    let port = server.authority().rsplit(':').next().expect("a port").to_owned();
    let page = chromium.context().open(&pages.url("app.site.example", "/"));
    let url = |scope: &str| format!("http://api.site.example:{port}/{scope}/cookie");
    let body = |found: Value| found["body"].as_str().map(str::to_owned);
    assert_eq!(body(in_chromium(&page, &url("trusted"), "GET", &[], true)).as_deref(), Some("none"));
    assert_eq!(body(in_chromium(&page, &url("trusted"), "GET", &[], true)).as_deref(), Some("seen=yes"));
    assert_eq!(body(in_chromium(&page, &url("trusted"), "GET", &[], false)).as_deref(), Some("none"));
    // Granted without credentials only: with them the page reads nothing.
    assert_eq!(in_chromium(&page, &url("public"), "GET", &[], true), "blocked");
    assert_eq!(body(in_chromium(&page, &url("public"), "GET", &[], false)).as_deref(), Some("none"));
}

fn preflights(context: &Context, pages: &Server, url: &str, methods: &[&str]) -> usize {
    let page = context.open(&pages.url("app.site.example", "/"));
    page.clear_exchanges();
    for turn in 0..20 {
        let method = methods[turn % methods.len()];
        let headers: &[(&str, &str)] = match turn % 3 {
            0 => &[("x-custom", "1")],
            1 => &[("content-type", "application/json")],
            _ => &[("content-type", "application/json"), ("x-custom", "1")],
        };
        let found = in_chromium(&page, url, method, headers, false);
        assert_eq!(found["status"], 200, "{method} {url}");
    }
    page.exchanges().iter().filter(|exchange| exchange.is_preflight).count()
}

#[test]
fn twenty_requests_with_mixed_methods_and_headers_cost_one_preflight() {
    let Some(chromium) = Chromium::start("preflights in Chromium", &Options::default()) else { return };
    let (server, pages) = (Http::start(app), pages());
    let port = server.authority().rsplit(':').next().expect("a port").to_owned();
    let url = |path: &str| format!("http://api.site.example:{port}{path}");
    let wrapped = preflights(&chromium.context(), &pages, &url("/trusted/anything"), &["PUT", "DELETE"]);
    assert_eq!(wrapped, 1, "a wrapped scope");
    let module = preflights(&chromium.context(), &pages, &url("/items"), &["PUT", "DELETE"]);
    assert_eq!(module, 1, "the handlers of a module");
    // An answer that echoes the question, as other libraries give it, costs one for each change: the same browser, asked
    // under a policy that cannot list what it grants.
    let echoing = preflights(&chromium.context(), &pages, &url("/echoing/anything"), &["PUT", "DELETE"]);
    assert!(echoing > 10, "echoing: {echoing}");
}

static SECURE: Policy = policy! {
    origins = ["https://app.site.example:*", "https://*.partner.example:*"],
    methods = ["PUT"],
    credentials,
};

/// One server under TLS, under every name: an empty page, and an API behind a policy.
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
fn secure_origins_are_told_apart_under_tls() {
    let options = Options { ignore_certificate_errors: true, ..Options::default() };
    let Some(chromium) = Chromium::start("secure origins in Chromium", &options) else { return };
    let (handle, thread, port) = secure_server();
    for host in ORIGINS {
        let origin = format!("https://{host}:{port}");
        let page = chromium.context().open(&format!("{origin}/"));
        for (number, (method, headers, credentials)) in REQUESTS.into_iter().enumerate() {
            let url = format!("https://api.site.example:{port}/api/anything?{number}");
            let found = seen(&in_chromium(&page, &url, method, headers, credentials));
            assert_eq!(
                found,
                by_policy(&SECURE, &origin, method, headers, credentials),
                "{origin} {method} {headers:?}"
            );
        }
    }
    drop(handle.stop(false));
    drop(chromium);
    thread.join().expect("a server that ends");
}
