//! Responses of errors have the headers of the layer that is nearest to the code that failed, once, and are otherwise
//! unchanged.

use std::fmt;

use actix_web::body::MessageBody;
use actix_web::dev::{HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, ResponseError, web};
use cors_actix::{Cors, Policy, cors, policy};
use cors_tests::http::{Request, Response, Server};

const TRUSTED: &str = "https://app.example.com";
const PARTNER: &str = "https://partner.example";

static OUTER: Policy = policy! { origins = "*", expose = ["x-outer"] };
static MIDDLE: Policy = policy! { origins = ["https://partner.example"], expose = ["x-middle"] };
static INNER: Policy = policy! { origins = ["https://app.example.com"], expose = ["x-inner"], credentials };

/// An error with its own status, body and headers.
#[derive(Debug)]
struct Teapot;

impl fmt::Display for Teapot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("short and stout")
    }
}

impl ResponseError for Teapot {
    fn status_code(&self) -> StatusCode {
        StatusCode::IM_A_TEAPOT
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .insert_header(("x-inner", "spout"))
            .insert_header(("vary", "Accept"))
            .body("{\"error\":\"teapot\"}")
    }
}

async fn fails() -> Result<HttpResponse, Teapot> {
    Err(Teapot)
}

async fn failing_middleware(
    _request: ServiceRequest,
    _next: Next<impl MessageBody>,
) -> Result<ServiceResponse, Error> {
    Err(Teapot.into())
}

/// Creates the response of an error to inspect it, as a logger does.
async fn looks_at_errors(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let result = next.call(request).await;
    if let Err(error) = &result {
        let seen = [error.error_response(), error.error_response()];
        for response in seen {
            assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
            assert!(response.headers().get_all("access-control-allow-origin").count() <= 1);
            assert_eq!(response.headers().get_all("vary").count(), 2);
        }
    }
    result
}

#[track_caller]
fn is_the_teapot(response: &Response) {
    assert_eq!(response.status, 418);
    assert_eq!(response.body, "{\"error\":\"teapot\"}");
    assert_eq!(response.header("x-inner"), Some("spout"));
}

#[track_caller]
fn is_granted_by_the_inner_policy_once(response: &Response) {
    assert_eq!(
        response.cors_headers(),
        ["access-control-allow-credentials", "access-control-allow-origin", "access-control-expose-headers"]
    );
    assert_eq!(response.allowed_origin(), Some(TRUSTED));
    assert_eq!(response.header("access-control-expose-headers"), Some("x-inner"));
}

/// Three nested layers, with a logger between each two of them.
fn three_layers(resource: impl HttpServiceFactory + 'static) -> impl HttpServiceFactory {
    let (outer, middle, inner) = (Cors::fallback(&OUTER), Cors::fallback(&MIDDLE), Cors::new(&INNER));
    let inside = web::scope("").service(resource).wrap(inner).wrap(from_fn(looks_at_errors));
    web::scope("")
        .service(web::scope("").service(inside).wrap(middle).wrap(from_fn(looks_at_errors)))
        .wrap(outer)
}

#[test]
fn an_error_inside_one_layer_or_three_gets_the_headers_of_the_nearest_layer_once() {
    let middleware_fails =
        || web::resource("").route(web::get().to(HttpResponse::Ok)).wrap(from_fn(failing_middleware));
    let three = Server::start(move || {
        let fails_itself = web::resource("/handler").route(web::get().to(fails));
        App::new()
            .service(web::scope("/middleware").service(three_layers(middleware_fails())))
            .service(three_layers(fails_itself))
    });
    // If a worker has no other layer, requests have no record.
    let one = Server::start(move || {
        App::new().service(web::scope("/middleware").service(middleware_fails())).wrap(Cors::new(&INNER))
    });
    for (server, path) in [(&three, "/handler"), (&three, "/middleware"), (&one, "/middleware")] {
        let response = server.send(&Request::get(path).origin(TRUSTED));
        is_the_teapot(&response);
        is_granted_by_the_inner_policy_once(&response);
        assert_eq!(response.all("vary"), ["Accept", "Origin"]);
        // The `*` of an outer layer does not override the refusal of the inner policy.
        let response = server.send(&Request::get(path).origin(PARTNER));
        is_the_teapot(&response);
        assert_eq!(response.cors_headers(), [""; 0]);
        assert_eq!(response.all("vary"), ["Accept", "Origin"]);
    }
}

#[test]
fn an_error_of_an_extractor_gets_the_headers() {
    #[cors(policy = INNER)]
    #[actix_web::post("/items/{id}")]
    async fn handler(id: web::Path<u32>, _body: web::Json<u32>) -> String {
        id.to_string()
    }
    let cors = Cors::fallback(&OUTER);
    let server = Server::start(move || App::new().service(handler).wrap(cors.clone()));
    let not_a_number = server.send(&Request::new("POST", "/items/x").origin(TRUSTED));
    assert_eq!(not_a_number.status, 404);
    is_granted_by_the_inner_policy_once(&not_a_number);
    let not_json = server.send(&Request::new("POST", "/items/1").origin(TRUSTED).body("{"));
    assert_eq!(not_json.status, 400);
    is_granted_by_the_inner_policy_once(&not_json);
}

/// The failing middleware is inside of both layers, so the inner layer answers.
#[test]
fn the_nearer_of_two_fallbacks_answers_a_preflight_that_failed() {
    let (outer, inner) = (Cors::fallback(&OUTER), Cors::fallback(&INNER));
    let server = Server::start(move || {
        App::new()
            .service(web::resource("/").route(web::to(HttpResponse::Ok)).wrap(from_fn(failing_middleware)))
            .wrap(inner.clone())
            .wrap(outer.clone())
    });
    let refused = server.send(&Request::preflight(PARTNER, "GET", "/"));
    assert_eq!(refused.status, 403);
    assert_eq!(refused.cors_headers(), [""; 0], "an outer `*` does not override an inner refusal");
    let granted = server.send(&Request::preflight(TRUSTED, "GET", "/"));
    assert_eq!((granted.status, granted.body.as_str()), (204, ""));
    assert_eq!(granted.allowed_origin(), Some(TRUSTED));
    assert_eq!(granted.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(granted.header("x-inner"), None, "the response has no header of the error");
}
