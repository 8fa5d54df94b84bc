//! The same small application under each way of doing CORS, and the requests that it is asked.

use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    self, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderName,
    HeaderValue, VARY,
};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, get, web};
use cors_actix::{Cors, Policy, cors, policy};

pub mod floor;

/// The ways of doing CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// None at all.
    Bare,
    /// A hand-written middleware that inserts the very same headers and decides nothing: what any middleware must cost.
    Floor,
    /// `Cors::new`.
    Cors,
    /// `Cors::fallback`.
    Fallback,
    /// `Cors::new` with an origin function that knows no one.
    OriginFn,
    /// `Cors::new` with a policy that can be replaced.
    #[cfg(feature = "reload")]
    Reload,
    /// No CORS, the handler behind a path of its own.
    BareHandler,
    /// `#[cors]` on that handler.
    Handler,
    /// actix-cors.
    ActixCors,
}

impl Way {
    pub const ALL: &[Way] = &[
        Way::Bare,
        Way::Floor,
        Way::Cors,
        Way::Fallback,
        Way::OriginFn,
        #[cfg(feature = "reload")]
        Way::Reload,
        Way::BareHandler,
        Way::Handler,
        Way::ActixCors,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Way::Bare => "bare",
            Way::Floor => "floor",
            Way::Cors => "Cors::new",
            Way::Fallback => "Cors::fallback",
            Way::OriginFn => "origin_fn",
            #[cfg(feature = "reload")]
            Way::Reload => "reload",
            Way::BareHandler => "bare handler",
            Way::Handler => "#[cors]",
            Way::ActixCors => "actix-cors",
        }
    }

    /// The application without CORS that this way is compared with.
    pub fn without(self) -> Way {
        match self {
            Way::Handler | Way::BareHandler => Way::BareHandler,
            _ => Way::Bare,
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    NoOrigin,
    Allowed,
    Refused,
    PreflightAllowed,
    PreflightRefused,
}

impl Scenario {
    pub const ALL: &[Scenario] = &[
        Scenario::NoOrigin,
        Scenario::Allowed,
        Scenario::Refused,
        Scenario::PreflightAllowed,
        Scenario::PreflightRefused,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Scenario::NoOrigin => "no Origin",
            Scenario::Allowed => "allowed",
            Scenario::Refused => "refused",
            Scenario::PreflightAllowed => "preflight allowed",
            Scenario::PreflightRefused => "preflight refused",
        }
    }

    pub fn request(self) -> TestRequest {
        let request = TestRequest::get().uri("/").insert_header((header::HOST, "api.example.com"));
        let (origin, preflight) = match self {
            Scenario::NoOrigin => return request,
            Scenario::Allowed => (TRUSTED, false),
            Scenario::Refused => (STRANGER, false),
            Scenario::PreflightAllowed => (TRUSTED, true),
            Scenario::PreflightRefused => (STRANGER, true),
        };
        let request = request.insert_header((header::ORIGIN, origin));
        if !preflight {
            return request;
        }
        request
            .method(Method::OPTIONS)
            .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "GET"))
            .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type"))
    }
}

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://evil.example.net";

static POLICY: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = ["GET", "PUT", "DELETE"],
    headers = ["content-type", "authorization"],
    expose = ["x-total-count"],
    credentials,
    max_age = "1h",
};

#[cors(
    origins = ["https://app.example.com"],
    headers = ["content-type", "authorization"],
    expose = ["x-total-count"],
    credentials,
    max_age = "1h"
)]
#[get("/")]
async fn annotated() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[get("/")]
async fn plain() -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn ok() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn actix_cors() -> actix_cors::Cors {
    actix_cors::Cors::default()
        .allowed_origin(TRUSTED)
        .allowed_methods(["GET", "PUT", "DELETE"])
        .allowed_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
        .expose_headers(["x-total-count"])
        .supports_credentials()
        .max_age(3600)
}

/// The headers of each answer, as a hand-written middleware would know them.
fn known_headers(scenario: Scenario) -> Vec<(HeaderName, HeaderValue)> {
    let vary = (VARY, HeaderValue::from_static("Origin"));
    let preflight_vary = (VARY, HeaderValue::from_static("Origin, Access-Control-Request-Method"));
    let allow_origin = (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static(TRUSTED));
    let credentials = (ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    match scenario {
        Scenario::NoOrigin | Scenario::Refused => vec![vary],
        Scenario::Allowed => {
            let expose = (ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("x-total-count"));
            vec![allow_origin, credentials, expose, vary]
        }
        Scenario::PreflightRefused => vec![preflight_vary],
        Scenario::PreflightAllowed => vec![
            allow_origin,
            credentials,
            (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, PUT, DELETE")),
            (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, authorization")),
            (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600")),
            preflight_vary,
        ],
    }
}

/// What is done with a service, whatever its type.
pub trait Run {
    type Output;
    async fn run<S, B>(self, service: S) -> Self::Output
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody;
}

/// Builds the application of `way` and hands its service on.
pub async fn with_service<R: Run>(way: Way, scenario: Scenario, run: R) -> R::Output {
    let app = || App::new().default_service(web::to(ok));
    match way {
        Way::Bare => run.run(init_service(app()).await).await,
        Way::Floor => {
            let floor = floor::Floor { headers: Rc::new(known_headers(scenario)) };
            run.run(init_service(app().wrap(floor)).await).await
        }
        Way::Cors => run.run(init_service(app().wrap(Cors::new(&POLICY))).await).await,
        Way::Fallback => run.run(init_service(app().wrap(Cors::fallback(&POLICY))).await).await,
        Way::OriginFn => {
            let cors = Cors::new(&POLICY).origin_fn(|_, _| false);
            run.run(init_service(app().wrap(cors)).await).await
        }
        #[cfg(feature = "reload")]
        Way::Reload => {
            let shared = cors_actix::SharedPolicy::new(&POLICY).expect("a valid policy");
            run.run(init_service(app().wrap(Cors::new(&shared))).await).await
        }
        Way::BareHandler => run.run(init_service(App::new().service(plain)).await).await,
        Way::Handler => run.run(init_service(App::new().service(annotated)).await).await,
        Way::ActixCors => run.run(init_service(app().wrap(actix_cors())).await).await,
    }
}
