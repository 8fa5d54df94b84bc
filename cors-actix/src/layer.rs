//! CORS for an actix application, scope or resource.

use std::future::{Ready, ready};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_service::{Service, Transform};
use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use cors_core::CompiledPolicy;

use crate::answers::Answers;
use crate::middleware::CorsMiddleware;
use crate::source::PolicySource;

/// CORS for everything inside an `App`, a `Scope` or a `Resource`: a middleware for `.wrap(…)`.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use cors_actix::{Cors, Policy, policy};
///
/// static TRUSTED: Policy = policy! {
///     origins = ["https://app.example.com"],
///     methods = ["GET", "PUT"],
///     headers = ["content-type"],
///     credentials,
/// };
///
/// // Made once, outside the closure of `HttpServer::new`, and cloned into each worker.
/// let cors = Cors::new(&TRUSTED);
/// let app = move || App::new().wrap(cors.clone()).route("/", web::get().to(HttpResponse::Ok));
/// ```
///
/// It is cheap to clone, and shared between workers: a policy is made ready once.
#[derive(Clone)]
pub struct Cors {
    layer: Arc<Layer>,
}

/// What a layer is made of.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) answers: Arc<Answers>,
    pub(crate) role: Role,
    pub(crate) trusts_forwarded_host: bool,
    /// Where the layer was made, or the handler that it belongs to.
    pub(crate) place: Place,
    pub(crate) reported: Arc<AtomicBool>,
}

/// Which requests a layer decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// All that it wraps.
    Whole,
    /// Those that no nearer layer decides about.
    Fallback,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Code(&'static Location<'static>),
    Handler(&'static str),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Code(location) => write!(f, "{}:{}", location.file(), location.line()),
            Place::Handler(name) => write!(f, "#[cors] on {name}"),
        }
    }
}

impl Cors {
    /// One policy for everything inside. Preflights are answered here, before anything inside runs.
    ///
    /// Handlers with a `#[cors]` of their own do not belong inside: this layer would answer their preflights. Use
    /// [`Cors::fallback`] there.
    ///
    /// # Panics
    /// If the policy was declared with constants and breaks a rule that no constant can be judged by
    /// (`credentials-public-suffix`), with the words of the rule.
    #[track_caller]
    pub fn new(policy: impl PolicySource) -> Self {
        Self::with(Answers::new(compiled(policy)), Role::Whole)
    }

    /// One policy for what has none of its own: a `#[cors]` handler or another [`Cors`] inside keeps its policy, for
    /// preflights and for actual requests, whether that policy grants or refuses. The policy nearest to the handler wins.
    ///
    /// A browser remembers what a preflight grants for the URL, and this layer cannot see who else serves it. So its
    /// answers to preflights name only the method that was asked for, and are not to be kept.
    ///
    /// # Panics
    /// As [`Cors::new`], and if the policy says `enforce`: this layer learns only from the response whether a nearer policy
    /// decides, and then the handler has run.
    #[track_caller]
    pub fn fallback(policy: impl PolicySource) -> Self {
        let policy = compiled(policy);
        assert!(
            !policy.policy().enforce(),
            "`enforce` cannot be kept by Cors::fallback: it learns only from the response whether a nearer policy \
             decides, and then the handler has run\nhelp: put `enforce` on the handlers or modules that need it, or use \
             Cors::new where nothing inside has a policy of its own"
        );
        Self::with(Answers::new(policy.without_preflight_cache()), Role::Fallback)
    }

    #[track_caller]
    fn with(answers: Answers, role: Role) -> Self {
        Self {
            layer: Arc::new(Layer {
                answers: Arc::new(answers),
                role,
                trusts_forwarded_host: false,
                place: Place::Code(Location::caller()),
                reported: Arc::new(AtomicBool::new(false)),
            }),
        }
    }

    /// The layer around a handler whose route serves `methods`.
    pub(crate) fn for_handler(mut self, handler: &'static str, methods: &[&str]) -> Self {
        self.change(|layer| {
            layer.answers = Arc::new(Answers::new(layer.answers.policy.for_route(methods)));
            layer.place = Place::Handler(handler);
        });
        self
    }

    fn change(&mut self, change: impl FnOnce(&mut Layer)) {
        change(Arc::make_mut(&mut self.layer));
    }
}

#[track_caller]
fn compiled(policy: impl PolicySource) -> CompiledPolicy {
    match policy.compile() {
        Ok(policy) => policy,
        Err(violations) => panic!("{violations:?}"),
    }
}

impl Layer {
    /// Says once that a nearer policy lies under a layer that answers its preflights.
    pub(crate) fn report_nearer_policy(&self, response: &ServiceResponse<impl MessageBody>) {
        if self.role == Role::Fallback || self.reported.swap(true, Ordering::Relaxed) {
            return;
        }
        let request = response.request();
        log::error!(
            "the policy of the handler for {} {} lies under Cors::new at {}, which answers its preflights: use \
             Cors::fallback there, or take the nearer policy away",
            request.method(),
            request.match_pattern().as_deref().unwrap_or_else(|| request.path()),
            self.place,
        );
    }
}

impl std::fmt::Debug for Cors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cors")
            .field("policy", self.layer.answers.policy.policy())
            .field("role", &self.layer.role)
            .field("place", &format_args!("{}", self.layer.place))
            .finish()
    }
}

impl<S, B> Transform<S, ServiceRequest> for Cors
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = CorsMiddleware<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(CorsMiddleware { service: Rc::new(service), layer: Arc::clone(&self.layer) }))
    }
}
