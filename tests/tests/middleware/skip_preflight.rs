//! `skip_preflight` lets preflights skip another middleware, and attackers cannot use it.

use std::cell::{Cell, RefCell};
use std::future::{Future, Ready, ready};
use std::rc::Rc;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::cookie::Key;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpRequest, HttpResponse, error, get, test, web};
use actix_web_httpauth::extractors::AuthenticationError;
use actix_web_httpauth::extractors::bearer::{BearerAuth, Config};
use actix_web_httpauth::middleware::HttpAuthentication;
use cors_actix::{Cors, Policy, cors, policy, skip_preflight};
use cors_tests::http::{Request, Server};

use crate::log::{keep_log, logged};

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

static POLICY: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = ["GET", "PUT"],
    headers = ["authorization"],
    credentials,
};

#[cors(origins = ["https://app.example.com"], headers = ["authorization"], credentials)]
#[get("/secret")]
async fn secret() -> &'static str {
    "the secret"
}

async fn bearer(
    request: ServiceRequest,
    credentials: BearerAuth,
) -> Result<ServiceRequest, (Error, ServiceRequest)> {
    if credentials.token() == "letmein" {
        return Ok(request);
    }
    Err((AuthenticationError::from(Config::default()).into(), request))
}

#[actix_web::test]
async fn only_preflights_skip_http_authentication() {
    let server = Server::start(move || {
        App::new().service(secret).wrap(skip_preflight(HttpAuthentication::bearer(bearer)))
    });

    let preflight = Request::preflight(TRUSTED, "GET", "/secret")
        .header("access-control-request-headers", "authorization");
    let preflight = server.send(&preflight);
    assert_eq!((preflight.status, preflight.allowed_origin()), (204, Some(TRUSTED)));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("authorization"));
    let refused = server.send(&Request::preflight(STRANGER, "GET", "/secret"));
    assert_eq!((refused.status, refused.allowed_origin()), (403, None));

    let get = || Request::get("/secret").origin(TRUSTED);
    assert_eq!(server.send(&get()).status, 401);
    assert_eq!(server.send(&get().header("authorization", "Bearer wrong")).status, 401);
    let granted = server.send(&get().header("authorization", "Bearer letmein"));
    assert_eq!((granted.status, granted.body.as_str()), (200, "the secret"));
    assert_eq!(granted.allowed_origin(), Some(TRUSTED));

    // Requests that are similar to preflights do not skip it.
    let options = || Request::new("OPTIONS", "/secret");
    assert_eq!(server.send(&options()).status, 401);
    assert_eq!(server.send(&options().origin(TRUSTED)).status, 401);
    assert_eq!(server.send(&options().header("access-control-request-method", "GET")).status, 401);
    let twice = options().origin(TRUSTED).header("access-control-request-method", "GET");
    assert_eq!(server.send(&twice.header("access-control-request-method", "PUT")).status, 401);
    for method in ["GET", "POST", "HEAD", "options", "OPTIONSX"] {
        let forged = Request::new(method, "/secret").origin(TRUSTED);
        assert_eq!(
            server.send(&forged.header("access-control-request-method", "GET")).status,
            401,
            "{method}"
        );
    }
}

#[actix_web::test]
async fn pages_can_read_the_401() {
    let cors = Cors::fallback(&POLICY);
    let app = move || {
        App::new()
            .service(web::scope("/api").service(secret))
            .wrap(skip_preflight(HttpAuthentication::bearer(bearer)))
            .wrap(cors.clone())
    };
    let server = Server::start(app);
    let response = server.send(&Request::get("/api/secret").origin(TRUSTED));
    assert_eq!((response.status, response.allowed_origin()), (401, Some(TRUSTED)));
    assert!(response.header("www-authenticate").is_some(), "the error keeps its headers");
}

/// What a route that accepts every method received of each request.
static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());

#[derive(Debug, PartialEq)]
struct Seen {
    method: String,
    body: String,
    cookie: bool,
    authorization: bool,
}

async fn takes_everything(request: HttpRequest, body: String) -> HttpResponse {
    let has = |name| request.headers().contains_key(name);
    let (cookie, authorization) = (has("cookie"), has("authorization"));
    SEEN.lock().unwrap().push(Seen { method: request.method().to_string(), body, cookie, authorization });
    HttpResponse::Ok().insert_header(("x-secret", "header")).body("the secret")
}

#[actix_web::test]
async fn a_forged_preflight_cannot_be_used_to_skip_authentication() {
    keep_log();
    let server = Server::start(move || {
        App::new()
            .route("/forged", web::to(takes_everything))
            .default_service(web::to(takes_everything))
            .wrap(skip_preflight(HttpAuthentication::bearer(bearer)))
    });
    for target in ["/forged", "/elsewhere"] {
        for origins in [&[STRANGER][..], &["null"], &[""], &["not an origin"], &[TRUSTED, STRANGER]] {
            for asked in ["GET", "", "OPTIONS", "\u{fe}"] {
                let forged = Request::new("OPTIONS", target).header("access-control-request-method", asked);
                let forged = origins.iter().fold(forged, |request, origin| request.origin(origin));
                let forged = forged
                    .header("cookie", "session=stolen")
                    .header("authorization", "Bearer letmein")
                    .header("content-type", "application/json")
                    .body("delete everything");
                let response = server.send(&forged);
                assert_eq!((response.status, response.body.as_str()), (403, ""), "{origins:?} {asked}");
                assert_eq!(response.header("x-secret"), None);
                assert_eq!(response.cors_headers(), [""; 0]);
            }
        }
    }
    // The handler ran, as documented, but without credentials and a body.
    let seen = std::mem::take(&mut *SEEN.lock().unwrap());
    assert!(!seen.is_empty());
    let nothing = Seen { method: "OPTIONS".into(), body: "".into(), cookie: false, authorization: false };
    assert!(seen.iter().all(|seen| *seen == nothing), "{seen:?}");
    assert!(logged().iter().any(|line| line.contains("\"/forged\" skipped a middleware")));

    // A body that was not read is not parsed as the next request.
    let smuggled = "GET /forged HTTP/1.1\r\nhost: x\r\nauthorization: Bearer letmein\r\n\r\n";
    assert_eq!(server.send(&Request::preflight(STRANGER, "GET", "/forged").body(smuggled)).status, 403);
    let next = server.send(&Request::get("/forged").header("authorization", "Bearer letmein"));
    assert_eq!((next.status, next.body.as_str()), (200, "the secret"));
    let methods: Vec<_> = SEEN.lock().unwrap().iter().map(|seen| seen.method.clone()).collect();
    assert_eq!(methods, ["OPTIONS", "GET"]);
}

/// With an inner policy, the response of a route that accepts every method is replaced by the answer of the policy.
#[actix_web::test]
async fn a_forged_preflight_inside_a_fallback_gets_the_answer_of_the_policy() {
    async fn with_headers_of_its_own() -> HttpResponse {
        HttpResponse::Ok().insert_header(("access-control-allow-origin", "*")).body("the secret")
    }
    let cors = Cors::fallback(&POLICY);
    let server = Server::start(move || {
        App::new()
            .route("/plain", web::to(|| async { "the secret" }))
            .route("/own", web::to(with_headers_of_its_own))
            .wrap(cors.clone())
            .wrap(skip_preflight(HttpAuthentication::bearer(bearer)))
    });
    let granted = server.send(&Request::preflight(TRUSTED, "PUT", "/plain"));
    assert_eq!((granted.status, granted.body.as_str()), (204, ""));
    assert_eq!(granted.header("access-control-allow-methods"), Some("PUT"));
    for (path, origin) in [("/plain", STRANGER), ("/own", STRANGER), ("/own", TRUSTED)] {
        let refused = server.send(&Request::preflight(origin, "PUT", path));
        assert_eq!((refused.status, refused.body.as_str()), (403, ""), "{path} {origin}");
    }
}

/// If code inside of a policy fails, the response is the answer of the policy instead of a 403.
#[actix_web::test]
async fn the_answer_of_an_inner_policy_to_an_error_is_kept() {
    async fn fails(_: ServiceRequest, _: Next<impl MessageBody>) -> Result<ServiceResponse, Error> {
        Err(error::ErrorServiceUnavailable("down for a moment"))
    }
    let cors = Cors::fallback(&POLICY);
    let app = move |with_cors: bool| {
        App::new()
            .service(secret)
            .wrap(from_fn(fails))
            .wrap(actix_web::middleware::Condition::new(with_cors, cors.clone()))
            .wrap(skip_preflight(HttpAuthentication::bearer(bearer)))
    };
    let with = app.clone();
    let server = Server::start(move || with(true));
    let granted = server.send(&Request::preflight(TRUSTED, "PUT", "/secret"));
    assert_eq!((granted.status, granted.allowed_origin()), (204, Some(TRUSTED)));
    let server = Server::start(move || app(false));
    let refused = server.send(&Request::preflight(TRUSTED, "PUT", "/secret"));
    assert_eq!((refused.status, refused.body.as_str()), (403, ""));
}

#[actix_web::test]
async fn preflights_do_not_start_a_session() {
    async fn count(session: Session) -> String {
        let visits = session.get::<u32>("visits").unwrap().unwrap_or(0) + 1;
        session.insert("visits", visits).unwrap();
        visits.to_string()
    }
    let cors = Cors::new(&POLICY);
    let key = Key::from(&[7; 64]);
    let server = Server::start(move || {
        App::new()
            .service(web::resource("/visits").route(web::get().to(count)).wrap(cors.clone()))
            .wrap(skip_preflight(SessionMiddleware::new(CookieSessionStore::default(), key.clone())))
    });
    let preflight = server.send(&Request::preflight(TRUSTED, "GET", "/visits").header("cookie", "id=x"));
    assert_eq!((preflight.status, preflight.header("set-cookie")), (204, None));
    let first = server.send(&Request::get("/visits").origin(TRUSTED));
    let cookie = first.header("set-cookie").expect("a session").split(';').next().unwrap().to_owned();
    let second = server.send(&Request::get("/visits").origin(TRUSTED).header("cookie", &cookie));
    assert_eq!((first.body.as_str(), second.body.as_str()), ("1", "2"));
    assert_eq!(second.allowed_origin(), Some(TRUSTED));
}

/// A typical rate limiter: a service that is sometimes not ready, and answers with its own body.
#[derive(Clone, Default)]
struct Limiter {
    calls: Rc<Cell<u32>>,
    busy: Rc<Cell<bool>>,
}

struct Limited<S> {
    limiter: Limiter,
    service: Rc<S>,
}

impl<S, B> Transform<S, ServiceRequest> for Limiter
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, &'static str>>;
    type Error = Error;
    type InitError = ();
    type Transform = Limited<S>;
    type Future = Ready<Result<Limited<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Limited { limiter: self.clone(), service: Rc::new(service) }))
    }
}

impl<S, B> Service<ServiceRequest> for Limited<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, &'static str>>;
    type Error = Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.limiter.busy.get() { Poll::Pending } else { self.service.poll_ready(context) }
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        self.limiter.calls.set(self.limiter.calls.get() + 1);
        if self.limiter.calls.get() > 2 {
            let response =
                HttpResponse::with_body(StatusCode::TOO_MANY_REQUESTS, EitherBody::right("slow down"));
            return Box::pin(ready(Ok(request.into_response(response))));
        }
        let service = Rc::clone(&self.service);
        Box::pin(async move { Ok(service.call(request).await?.map_into_left_body()) })
    }
}

#[actix_web::test]
async fn preflights_do_not_count_towards_a_limit() {
    let server = Server::start(move || App::new().service(secret).wrap(skip_preflight(Limiter::default())));
    let (mut connection, mut statuses) = (server.connect(), Vec::new());
    for _ in 0..4 {
        let preflight = connection.send(&Request::preflight(TRUSTED, "GET", "/secret"));
        let response = connection.send(&Request::get("/secret").origin(TRUSTED));
        statuses.push((preflight.status, response.status, response.body));
    }
    let ok = (204, 200, "the secret".to_owned());
    let limited = (204, 429, "slow down".to_owned());
    assert_eq!(statuses, [ok.clone(), ok, limited.clone(), limited]);
}

/// The innermost service of the test below.
struct Inside {
    log: Rc<RefCell<Vec<&'static str>>>,
    ready: Rc<Cell<bool>>,
}

impl Service<ServiceRequest> for Inside {
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Ready<Result<ServiceResponse, Error>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.log.borrow_mut().push("asked");
        if self.ready.get() { Poll::Ready(Err(error::ErrorBadGateway("gone"))) } else { Poll::Pending }
    }

    fn call(&self, _: ServiceRequest) -> Self::Future {
        unreachable!("it is never ready")
    }
}

#[actix_web::test]
async fn it_is_ready_if_both_services_are_ready() {
    let (limiter, log, is_ready) = (Limiter::default(), Rc::default(), Rc::new(Cell::new(false)));
    let inside = Inside { log: Rc::clone(&log), ready: Rc::clone(&is_ready) };
    let both = skip_preflight(limiter.clone()).new_transform(inside).await.unwrap();
    let mut context = Context::from_waker(Waker::noop());

    limiter.busy.set(true);
    assert!(both.poll_ready(&mut context).is_pending());
    assert!(log.borrow().is_empty(), "the other middleware is polled first, and is not ready");
    limiter.busy.set(false);
    assert!(both.poll_ready(&mut context).is_pending());
    assert!(!log.borrow().is_empty());
    is_ready.set(true);
    let Poll::Ready(Err(failed)) = both.poll_ready(&mut context) else { panic!("the error passes through") };
    assert_eq!(failed.error_response().status(), StatusCode::BAD_GATEWAY);
}

/// A middleware of `from_fn` has bodies of another type, and may change the request.
#[actix_web::test]
async fn all_other_requests_pass_through_a_function() {
    async fn tags(
        mut request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        request.headers_mut().insert("x-tag".parse().unwrap(), "tagged".parse().unwrap());
        Ok(next.call(request).await?.map_body(|_, body| body.boxed()))
    }
    async fn tag(request: HttpRequest) -> String {
        format!("{:?}", request.headers().get("x-tag"))
    }
    let resource = web::resource("/").route(web::get().to(tag)).wrap(Cors::new(&POLICY));
    let app = test::init_service(App::new().service(resource).wrap(skip_preflight(from_fn(tags)))).await;
    let request = test::TestRequest::get().insert_header(("origin", TRUSTED)).to_request();
    let response = test::call_service(&app, request).await;
    assert_eq!(response.headers().get("access-control-allow-origin").unwrap(), TRUSTED);
    assert_eq!(test::read_body(response).await, "Some(\"tagged\")");
}
