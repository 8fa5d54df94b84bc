//! The application under attack: every arrangement of a nearest policy, a hostile middleware and the layers outside.

use std::panic;

use actix_web::http::header::HeaderValue;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, Responder, Scope, route};
use cors_actix::{Cors, Policy, cors, policy, skip_preflight};
use cors_tests::calls::Calls;
use cors_tests::hostile::Hostile;
pub use cors_tests::hostile::TRUSTED;
use cors_tests::http::{Response, Server};

pub const STRANGER: &str = "https://evil.example";

/// The policy that is nearest to the handler, in every arrangement. It grants [`TRUSTED`] alone.
pub static NEAREST: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = ["GET", "PUT"],
    headers = ["x-nearest"],
    expose = ["x-secret"],
    max_age = 600,
    credentials,
};
static EVERYONE: Policy =
    policy! { origins = "*", methods = "*", headers = "*", expose = "*", max_age = "1h" };
static STRANGERS: Policy = policy! {
    origins = ["https://evil.example", "https://app.example.com"],
    methods = "*",
    headers = "*",
    expose = "*",
    credentials,
};
static ALMOST_EVERYONE: Policy =
    policy! { origins = "*", except = ["https://other.example"], expose = ["x-outer"] };

/// How the nearest policy is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearest {
    Annotation,
    AnnotationByName,
    Denied,
    Enforced,
    NewOnResource,
    NewOnScope,
    FallbackOnResource,
    FallbackOnScope,
    /// A `Cors` among the wraps of an annotated handler.
    AnnotationAroundFallback,
}

/// The layers outside of the hostile middleware. All of them would grant [`STRANGER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outer {
    Fallback,
    FallbackOfAList,
    FallbackWithExceptions,
    TwoFallbacks,
    FallbackThatListens,
    FallbackAroundSkipPreflight,
    CachingFallback,
    New,
    NewAroundFallback,
}

impl Nearest {
    pub const ALL: [Self; 9] = [
        Self::Annotation,
        Self::AnnotationByName,
        Self::Denied,
        Self::Enforced,
        Self::NewOnResource,
        Self::NewOnScope,
        Self::FallbackOnResource,
        Self::FallbackOnScope,
        Self::AnnotationAroundFallback,
    ];

    /// Whether it grants [`TRUSTED`].
    pub fn grants(self) -> bool {
        self != Self::Denied
    }

    /// Whether it refuses before the handler runs.
    pub fn enforces(self) -> bool {
        matches!(self, Self::Denied | Self::Enforced)
    }

    fn path(self) -> String {
        format!("/{self:?}")
    }

    fn register(self, config: &mut ServiceConfig) {
        let path = self.path();
        let resource =
            |path: &str| web::resource(path).route(web::get().to(secret)).route(web::put().to(secret));
        match self {
            Self::Annotation => config.service(annotated),
            Self::AnnotationByName => config.service(annotated_by_name),
            Self::Denied => config.service(denied),
            Self::Enforced => config.service(enforced),
            Self::AnnotationAroundFallback => config.service(annotated_around_fallback),
            Self::NewOnResource => config.service(resource(&path).wrap(Cors::new(&NEAREST))),
            Self::FallbackOnResource => config.service(resource(&path).wrap(Cors::fallback(&NEAREST))),
            Self::NewOnScope => {
                config.service(web::scope(&path).service(resource("")).wrap(Cors::new(&NEAREST)))
            }
            Self::FallbackOnScope => {
                config.service(web::scope(&path).service(resource("")).wrap(Cors::fallback(&NEAREST)))
            }
        };
    }
}

impl Outer {
    pub const ALL: [Self; 9] = [
        Self::Fallback,
        Self::FallbackOfAList,
        Self::FallbackWithExceptions,
        Self::TwoFallbacks,
        Self::FallbackThatListens,
        Self::FallbackAroundSkipPreflight,
        Self::CachingFallback,
        Self::New,
        Self::NewAroundFallback,
    ];

    /// Whether preflights reach what is inside. `Cors::new` answers them itself.
    pub fn passes_preflights(self) -> bool {
        !matches!(self, Self::New | Self::NewAroundFallback)
    }

    fn wrap(self, scope: Scope, config: &mut ServiceConfig) {
        match self {
            Self::Fallback => config.service(scope.wrap(Cors::fallback(&EVERYONE))),
            Self::FallbackOfAList => config.service(scope.wrap(Cors::fallback(&STRANGERS))),
            Self::FallbackWithExceptions => config.service(scope.wrap(Cors::fallback(&ALMOST_EVERYONE))),
            Self::TwoFallbacks => {
                config.service(scope.wrap(Cors::fallback(&ALMOST_EVERYONE)).wrap(Cors::fallback(&EVERYONE)))
            }
            Self::FallbackThatListens => {
                config.service(scope.wrap(Cors::fallback(&EVERYONE).explain().on_refusal(|_, _| {})))
            }
            Self::FallbackAroundSkipPreflight => {
                let passes = from_fn(|request, next| Hostile::Boxes.act(request, next));
                config.service(scope.wrap(skip_preflight(passes)).wrap(Cors::fallback(&EVERYONE)))
            }
            Self::CachingFallback => config.service(scope.wrap(Cors::fallback(&EVERYONE).cache_preflights())),
            Self::New => config.service(scope.wrap(Cors::new(&EVERYONE))),
            Self::NewAroundFallback => {
                config.service(scope.wrap(Cors::fallback(&STRANGERS)).wrap(Cors::new(&EVERYONE)))
            }
        };
    }
}

/// The path of the handler in an arrangement.
pub fn path(outer: Outer, hostile: Hostile, nearest: Nearest) -> String {
    format!("/{outer:?}/{hostile:?}{}", nearest.path())
}

/// Serves every arrangement with these middlewares. Each has its own path.
pub fn serve(hostile: &'static [Hostile]) -> (Server, Calls) {
    let calls = Calls::default();
    let data = web::Data::new(calls.clone());
    let server = Server::start(move || {
        App::new().app_data(data.clone()).configure(|config| {
            for outer in Outer::ALL {
                let scope = hostile.iter().fold(web::scope(&format!("/{outer:?}")), |scope, &hostile| {
                    let nearest =
                        |config: &mut ServiceConfig| Nearest::ALL.iter().for_each(|n| n.register(config));
                    let inside = web::scope(&format!("/{hostile:?}")).configure(nearest);
                    scope.service(inside.wrap(from_fn(move |request, next| hostile.act(request, next))))
                });
                outer.wrap(scope, config);
            }
        })
    });
    (server, calls)
}

/// Whether a page from an origin could read a response, apart from its credentials.
pub fn can_read(response: &Response, origin: &str) -> bool {
    response.all("access-control-allow-origin").iter().any(|allowed| *allowed == "*" || *allowed == origin)
}

pub async fn secret(request: HttpRequest, calls: web::Data<Calls>) -> HttpResponse {
    calls.add();
    match request.headers().get("x-handler").map(HeaderValue::as_bytes) {
        Some(b"panics") => panic::resume_unwind(Box::new("the handler panics, as the test asked")),
        Some(b"waits") => std::future::pending().await,
        _ => {}
    }
    HttpResponse::Ok().insert_header(("x-secret", "1")).body("the secret")
}

#[cors(
    origins = ["https://app.example.com"],
    headers = ["x-nearest"],
    expose = ["x-secret"],
    max_age = 600,
    credentials
)]
#[route("/Annotation", method = "GET", method = "PUT")]
async fn annotated(request: HttpRequest, calls: web::Data<Calls>) -> impl Responder {
    secret(request, calls).await
}

#[cors(policy = NEAREST)]
#[route("/AnnotationByName", method = "GET", method = "PUT")]
async fn annotated_by_name(request: HttpRequest, calls: web::Data<Calls>) -> impl Responder {
    secret(request, calls).await
}

#[cors(deny)]
#[route("/Denied", method = "GET", method = "PUT")]
async fn denied(request: HttpRequest, calls: web::Data<Calls>) -> impl Responder {
    secret(request, calls).await
}

#[cors(
    origins = ["https://app.example.com"],
    headers = ["x-nearest"],
    expose = ["x-secret"],
    max_age = 600,
    credentials,
    enforce
)]
#[route("/Enforced", method = "GET", method = "PUT")]
async fn enforced(request: HttpRequest, calls: web::Data<Calls>) -> impl Responder {
    secret(request, calls).await
}

#[cors(policy = NEAREST)]
#[route("/AnnotationAroundFallback", method = "GET", method = "PUT", wrap = "Cors::fallback(&NEAREST)")]
async fn annotated_around_fallback(request: HttpRequest, calls: web::Data<Calls>) -> impl Responder {
    secret(request, calls).await
}
