//! A policy whose origins depend on the tenant: around an application, behind `#[cors]`, and as a guard.
#![cfg(feature = "tenants")]
// The closures have to accept all lifetimes, which `Some` does not.
#![allow(clippy::redundant_closure)]

use std::sync::LazyLock;

use actix_http::{HttpMessage as _, Request};
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderMap,
    HeaderName, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, get, put, web};
use cors_actix::{Cors, OriginGuard, Policy, TenantOrigins, TenantPolicy, cors, policy};

const APP: &str = "https://app.example.com";
const ACME: &str = "https://acme.example";
const GLOBEX: &str = "https://globex.example";

static POLICY: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = ["GET", "PUT"],
    headers = ["content-type"],
    credentials,
};

fn table() -> TenantOrigins {
    let origins = TenantOrigins::new(&POLICY).unwrap();
    origins.set("acme", [ACME, "https://*.acme.dev"]).unwrap();
    origins.set("globex", [GLOBEX]).unwrap();
    origins
}

fn by_path(origins: &TenantOrigins) -> TenantPolicy {
    TenantPolicy::by_path(origins, |path| path.strip_prefix("/t/")?.split('/').next())
}

fn request(method: Method, uri: &str, origin: &str) -> TestRequest {
    TestRequest::with_uri(uri).method(method).insert_header(("origin", origin))
}

fn preflight(uri: &str, origin: &str) -> TestRequest {
    request(Method::OPTIONS, uri, origin).insert_header(("access-control-request-method", "PUT"))
}

fn allowed(headers: &HeaderMap) -> Option<&str> {
    headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).map(|value| value.to_str().unwrap())
}

/// The names that `Vary` lists, in lower case.
fn vary(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(VARY).map(|line| line.to_str().unwrap().to_lowercase());
    lines.flat_map(|line| line.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()).collect()
}

async fn is_allowed<B: MessageBody>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
    request: TestRequest,
) -> bool {
    let request = request.to_request();
    let expected = request.headers().get("origin").map(|value| value.to_str().unwrap().to_owned());
    let response = call_service(app, request).await;
    let allowed = allowed(response.headers()).map(str::to_owned);
    assert!(allowed.is_none() || allowed == expected, "{allowed:?}");
    allowed.is_some()
}

#[actix_web::test]
async fn a_layer_grants_the_origins_of_the_requests_tenant_and_no_others() {
    let layers = [Cors::new(by_path(&table())), Cors::fallback(by_path(&table()))];
    for cors in layers {
        let app = App::new().wrap(cors).default_service(web::to(HttpResponse::Ok));
        let app = init_service(app).await;
        for (uri, origin, expected) in [
            ("/t/acme/orders", ACME, true),
            ("/t/acme/orders", "https://eu.acme.dev", true),
            ("/t/acme/orders", GLOBEX, false),
            ("/t/acme/orders", APP, true),
            ("/t/globex/orders", GLOBEX, true),
            ("/t/globex/orders", ACME, false),
            ("/t/unknown/orders", ACME, false),
            ("/t/unknown/orders", APP, true),
            ("/orders", ACME, false),
            ("/orders?/t/acme/", ACME, false),
            ("/t/acm%65/orders", ACME, false),
            ("/t/ACME/orders", ACME, false),
            ("/t/globex/../acme/orders", ACME, false),
        ] {
            assert_eq!(is_allowed(&app, request(Method::GET, uri, origin)).await, expected, "{origin} {uri}");
            assert_eq!(is_allowed(&app, preflight(uri, origin)).await, expected, "{origin} {uri}");
        }
    }
}

#[actix_web::test]
async fn an_answer_has_all_headers_of_the_policy() {
    let app = App::new().wrap(Cors::new(by_path(&table()))).default_service(web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    let granted = call_service(&app, preflight("/t/acme/orders", ACME).to_request()).await;
    assert_eq!(granted.status(), StatusCode::NO_CONTENT);
    assert_eq!(allowed(granted.headers()), Some(ACME));
    assert_eq!(granted.headers().get(ACCESS_CONTROL_ALLOW_CREDENTIALS).unwrap(), "true");
    assert_eq!(granted.headers().get(ACCESS_CONTROL_ALLOW_METHODS).unwrap(), "GET, PUT");
    let refused = call_service(&app, preflight("/t/globex/orders", ACME).to_request()).await;
    assert_eq!((refused.status(), allowed(refused.headers())), (StatusCode::FORBIDDEN, None));
    // The policy lists one origin, and the tenant another one.
    let own = call_service(&app, request(Method::GET, "/t/acme/orders", APP).to_request()).await;
    assert_eq!(allowed(own.headers()), Some(APP));
}

#[actix_web::test]
async fn a_change_applies_to_the_next_request_on_every_clone_of_a_layer() {
    let origins = table();
    let cors = Cors::new(by_path(&origins));
    let app = || App::new().wrap(cors.clone()).default_service(web::to(HttpResponse::Ok));
    let (one, two) = (init_service(app()).await, init_service(app()).await);
    let get = || request(Method::GET, "/t/initech/orders", "https://initech.example");
    assert!(!is_allowed(&one, get()).await && !is_allowed(&two, get()).await);
    origins.set("initech", ["https://initech.example"]).unwrap();
    assert!(is_allowed(&one, get()).await && is_allowed(&two, get()).await);
    origins.remove("initech");
    assert!(!is_allowed(&one, get()).await && !is_allowed(&two, get()).await);
}

#[actix_web::test]
async fn enforce_stops_requests_from_pages_of_other_tenants() {
    let policy = Policy::builder().origins([APP]).credentials(true).enforce(true).build().unwrap();
    let origins = TenantOrigins::new(&policy).unwrap();
    origins.set("acme", [ACME]).unwrap();
    let app = App::new().wrap(Cors::new(by_path(&origins))).default_service(web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    let status = async |uri: &str, origin: &str| {
        call_service(&app, request(Method::POST, uri, origin).to_request()).await.status()
    };
    assert_eq!(status("/t/acme/orders", ACME).await, StatusCode::OK);
    assert_eq!(status("/t/globex/orders", ACME).await, StatusCode::FORBIDDEN);
    origins.remove("acme");
    assert_eq!(status("/t/acme/orders", ACME).await, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn vary_lists_the_header_with_the_tenant_and_nothing_for_a_tenant_in_the_url() {
    async fn handler() -> HttpResponse {
        HttpResponse::Ok().insert_header((VARY, "Accept-Encoding, X-Region")).finish()
    }
    let headers = ["x-tenant", "x-region"].map(HeaderName::from_static);
    let name = headers[0].clone();
    let origins = table();
    for (tenants, expected) in [
        (by_path(&origins), [].as_slice()),
        (TenantPolicy::by_host(&origins, |host| Some(host)), &[]),
        (TenantPolicy::by_header(&origins, name.clone(), |tenant| Some(tenant)), &["x-tenant"]),
        (
            TenantPolicy::by_request(&origins, headers.clone(), move |head| {
                Some(head.headers.get(&name)?.to_str().ok()?.to_lowercase().into())
            }),
            &["x-tenant", "x-region"],
        ),
    ] {
        let app = App::new().wrap(Cors::new(&tenants)).route("/own", web::get().to(handler));
        let app = init_service(app.default_service(web::to(HttpResponse::Ok))).await;
        for origin in [ACME, "https://evil.example"] {
            for request in [request(Method::GET, "/", origin), preflight("/", origin)] {
                let response =
                    call_service(&app, request.insert_header(("x-tenant", "acme")).to_request()).await;
                let mut listed = vary(response.headers());
                listed.retain(|name| name != "origin" && name != "access-control-request-method");
                assert_eq!(listed, expected, "{tenants:?}");
            }
        }
        // The response to a request without `Origin` depends on the tenant too. `Vary` does not repeat a name.
        let get = TestRequest::with_uri("/own").to_request();
        let listed = vary(call_service(&app, get).await.headers());
        let mut sorted = listed.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), listed.len(), "{listed:?}");
        assert!(expected.iter().all(|name| listed.iter().any(|listed| listed == name)), "{listed:?}");
        assert!(["origin", "accept-encoding"].iter().all(|name| listed.iter().any(|listed| listed == name)));
    }
}

#[actix_web::test]
async fn a_tenant_is_found_by_host_or_by_header() {
    let origins = table();
    let by_host = TenantPolicy::by_host(&origins, |host| host.strip_suffix(".api.example"));
    let app = App::new().wrap(Cors::new(by_host)).default_service(web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    for (host, expected) in [
        ("acme.api.example", true),
        ("acme.api.example:8443", true),
        ("globex.api.example", false),
        ("acme.evil.example", false),
        ("api.example", false),
        ("acme.api.example.", false),
        ("ACME.api.example", false),
    ] {
        let get = request(Method::GET, "/", ACME).insert_header(("host", host));
        // A page can set this header, but the policy does not read it.
        let get = get.insert_header(("x-forwarded-host", "acme.api.example"));
        assert_eq!(is_allowed(&app, get).await, expected, "{host}");
    }

    let name = HeaderName::from_static("x-tenant");
    let by_header = TenantPolicy::by_header(&origins, name, |tenant| Some(tenant));
    let app = App::new().wrap(Cors::new(by_header)).default_service(web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    for (lines, expected) in [
        (&[b"acme".as_slice()] as &[&[u8]], true),
        (&[], false),
        (&[b"globex"], false),
        (&[b"acme", b"acme"], false),
        (&[b"globex", b"acme"], false),
        (&[b"acme\xff"], false),
    ] {
        let mut get = request(Method::GET, "/", ACME);
        for line in lines {
            get = get.append_header(("x-tenant", *line));
        }
        assert_eq!(is_allowed(&app, get).await, expected, "{lines:?}");
    }
}

static TENANTS: LazyLock<TenantPolicy> = LazyLock::new(|| by_path(&table()));

#[cors(policy = TENANTS)]
#[put("/t/{tenant}/orders")]
async fn update(request: HttpRequest) -> HttpResponse {
    let tenant = TENANTS.tenant(request.head()).expect("the path has a tenant");
    HttpResponse::Ok().insert_header(("served", &*tenant)).finish()
}

#[cors(deny)]
#[get("/t/{tenant}/admin")]
async fn admin() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[actix_web::test]
async fn an_annotated_handler_accepts_a_tenant_policy_and_grants_its_own_method() {
    let app = init_service(App::new().service(update)).await;
    let granted = call_service(&app, preflight("/t/acme/orders", ACME).to_request()).await;
    assert_eq!(allowed(granted.headers()), Some(ACME));
    assert_eq!(granted.headers().get(ACCESS_CONTROL_ALLOW_METHODS).unwrap(), "PUT");
    let response = call_service(&app, request(Method::PUT, "/t/acme/orders", ACME).to_request()).await;
    assert_eq!(allowed(response.headers()), Some(ACME));
    assert_eq!(response.headers().get("served").unwrap(), "acme");
    assert!(!is_allowed(&app, request(Method::PUT, "/t/globex/orders", ACME)).await);
    assert!(!is_allowed(&app, preflight("/t/globex/orders", ACME)).await);
}

#[actix_web::test]
async fn a_nearer_policy_wins_over_a_fallback_by_tenant() {
    let app = App::new().wrap(Cors::fallback(&TENANTS)).service(admin);
    let app = init_service(app.default_service(web::to(HttpResponse::Ok))).await;
    assert!(!is_allowed(&app, request(Method::GET, "/t/acme/admin", ACME)).await);
    assert!(is_allowed(&app, request(Method::GET, "/t/acme/orders", ACME)).await);
}

#[actix_web::test]
async fn a_guard_accepts_a_tenant_policy() {
    let guarded = web::resource("/t/{tenant}/chat").guard(OriginGuard::new(&TENANTS));
    let app = init_service(App::new().service(guarded.to(HttpResponse::Ok))).await;
    let status = async |uri: &str, origin: &str| {
        call_service(&app, request(Method::GET, uri, origin).to_request()).await.status()
    };
    assert_eq!(status("/t/acme/chat", ACME).await, StatusCode::OK);
    assert_eq!(status("/t/globex/chat", ACME).await, StatusCode::NOT_FOUND);
    assert_eq!(status("/t/globex/chat", APP).await, StatusCode::OK);
}

#[actix_web::test]
async fn the_origin_function_is_called_for_origins_that_neither_the_policy_nor_the_tenant_lists() {
    let cors = Cors::new(&TENANTS).origin_fn(|origin, _| origin.host() == "preview.example");
    let app = App::new().wrap(cors).default_service(web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    for (origin, expected) in [(ACME, true), ("https://preview.example", true), (GLOBEX, false)] {
        assert_eq!(
            is_allowed(&app, request(Method::GET, "/t/acme/orders", origin)).await,
            expected,
            "{origin}"
        );
    }
}

// With `metrics`, every request is recorded and counted.
#[cfg(not(feature = "metrics"))]
#[actix_web::test]
async fn a_request_with_a_tenant_allocates_as_much_as_with_a_fixed_policy() {
    let fixed = Policy::builder().origins([APP, ACME]).credentials(true).build().unwrap();
    let name = HeaderName::from_static("x-tenant");
    let by_header = TenantPolicy::by_header(&table(), name, |tenant| Some(tenant));
    let app = |cors| App::new().wrap(cors).default_service(web::to(HttpResponse::Ok));
    let fixed = init_service(app(Cors::new(&fixed))).await;
    let tenants = init_service(app(Cors::new(by_path(&table())))).await;
    let by_header = init_service(app(Cors::new(by_header))).await;
    for method in [Method::GET, Method::OPTIONS] {
        for origin in [ACME, "https://evil.example"] {
            let asked = || preflight("/t/acme/orders", origin).method(method.clone());
            let asked = || asked().insert_header(("x-tenant", "acme")).to_request();
            assert_eq!(allocations(&tenants, asked).await, allocations(&fixed, asked).await, "{origin}");
            assert_eq!(allocations(&by_header, asked).await, allocations(&fixed, asked).await, "{origin}");
        }
    }
}

#[cfg(not(feature = "metrics"))]
/// The allocations of a request, after a few requests to warm up.
async fn allocations<B>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
    request: impl Fn() -> Request,
) -> u64 {
    use futures_util::FutureExt;
    for _ in 0..4 {
        drop(app.call(request()).await);
    }
    let request = request();
    let serve = || drop(app.call(request).now_or_never().expect("nothing waits"));
    allocation_counter::measure(serve).count_total
}
