//! CORS for an actix application, scope or resource.

use std::error::Error as StdError;
use std::future::{Ready, ready};
use std::panic::Location;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_service::{Service, Transform};
use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use cors_core::{Difference, Explanation, ForwardedHost, Origin};

use crate::layer::counts::CountedLayer;
use crate::layer::current::Current;
use crate::layer::development::warn_about_development_policy;
use crate::layer::place::Place;
use crate::layer::settings::{LayerSettings, Role};
use crate::middleware::CorsMiddleware;
use crate::origin_source::{AsyncOriginFn, OriginSource};
use crate::request::declared_names;
use crate::source::{PolicySource, Source, compiled};
use crate::trial::TrialAnswers;

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
/// // Created once, outside of the closure of `HttpServer::new`, and cloned into each worker.
/// let cors = Cors::new(&TRUSTED);
/// let app = move || App::new().wrap(cors.clone()).route("/", web::get().to(HttpResponse::Ok));
/// ```
///
/// It is cheap to clone. The clones share one compiled policy, also between threads.
///
/// In actix, the layer that is wrapped last is the outermost one and receives a request first. Put CORS outside of every
/// middleware that may refuse requests, so that pages can read the refusals and preflights need no credentials. See [the guide
/// about authentication](crate::guide::authentication).
#[derive(Clone)]
#[doc(alias = "layer")]
#[doc(alias = "layers")]
#[doc(alias = "middleware")]
#[doc(alias = "CorsLayer")]
pub struct Cors {
    source: Source,
    settings: Arc<LayerSettings>,
    trial: Option<Source>,
    /// Created when the first worker starts, and shared by the clones.
    current: Arc<OnceLock<Current>>,
}

impl Cors {
    /// One policy for everything inside. This layer answers preflights before anything inside runs.
    ///
    /// Do not use it around handlers that have a `#[cors]` of their own, because this layer would answer their preflights. Use
    /// [`Cors::fallback`] there. The first request that meets such a handler reports it in the log.
    ///
    /// # Panics
    /// If the policy was declared with constants and breaks [`credentials-public-suffix`](crate::Rule::CredentialsPublicSuffix),
    /// the one rule that the compiler cannot evaluate for constants. The message is that of the rule.
    #[track_caller]
    #[doc(alias = "default")]
    #[doc(alias = "permissive")]
    #[doc(alias = "wildcard")]
    pub fn new(policy: impl PolicySource) -> Self {
        Self::with(compiled(policy), Role::Whole)
    }

    /// One policy for everything inside that has no policy of its own. A `#[cors]` handler or another [`Cors`] inside keeps its
    /// policy, for preflights and for actual requests, whether that policy grants or refuses. The policy nearest to the handler
    /// decides. This layer decides about a response that a middleware between the two creates itself.
    ///
    /// A browser caches what a preflight grants for the URL, and this layer cannot see which other handlers serve the URL. So
    /// its own answers to preflights list only the requested method and are not cached. See [`Cors::cache_preflights`].
    ///
    /// ```
    /// use actix_web::{App, HttpResponse, Responder, get, web};
    /// use cors_actix::{Cors, Policy, cors, policy};
    ///
    /// static PARTNERS: Policy = policy! { origins = ["https://app.example.com"] };
    ///
    /// #[cors(origins = "*")]
    /// #[get("/public")]
    /// async fn public() -> impl Responder {
    ///     "for everyone, as its own policy says"
    /// }
    ///
    /// let others = Cors::fallback(&PARTNERS);
    /// let app = move || {
    ///     App::new().wrap(others.clone()).service(public).route("/orders", web::get().to(HttpResponse::Ok))
    /// };
    /// ```
    ///
    /// A preflight is passed to the inner services first. Like every `OPTIONS` request, it reaches routes that accept
    /// any method.
    ///
    /// # Panics
    /// As [`Cors::new`], and if the policy has `enforce`: this layer can only see in the response whether a nearer policy
    /// decided, and the handler has run before that. If a `SharedPolicy` is replaced by a policy with `enforce`, refused
    /// requests get 403 before anything inside runs.
    #[track_caller]
    pub fn fallback(policy: impl PolicySource) -> Self {
        let cors = Self::with(compiled(policy), Role::Fallback);
        assert!(
            !cors.source.compiled().policy().enforce(),
            "`enforce` cannot be kept by Cors::fallback: it learns only from the response whether a nearer policy \
             decides, and then the handler has run\nhelp: put `enforce` on the handlers or modules that need it, or use \
             Cors::new where nothing inside has a policy of its own"
        );
        cors
    }

    #[track_caller]
    fn with(source: Source, role: Role) -> Self {
        let place = Place::Code(Location::caller());
        warn_about_development_policy(format_args!("{place} has"), source.compiled().policy());
        let settings = Arc::new(LayerSettings::new(role, place));
        Self { source, settings, trial: None, current: Arc::default() }
    }

    /// The layer around a handler whose route serves `methods`.
    pub(crate) fn for_handler(mut self, handler: &'static str, methods: &'static [&'static str]) -> Self {
        self.change(|settings| {
            settings.place = Place::Handler(handler);
            settings.route = Some(methods);
        });
        self
    }

    fn change(&mut self, change: impl FnOnce(&mut LayerSettings)) {
        change(Arc::make_mut(&mut self.settings));
        self.current = Arc::default();
    }

    #[track_caller]
    fn assert_not_denied(&self) {
        assert!(
            !self.source.compiled().policy().is_deny(),
            "Policy::deny() refuses every origin, so an origin function would have no effect\nhelp: use \
             Policy::empty(), which leaves all origins to the function"
        );
    }

    fn current(&self) -> &Current {
        self.current.get_or_init(|| {
            let mut settings = Arc::clone(&self.settings);
            if let Some(next) = &self.trial {
                let next = Current::new(next, Arc::clone(&settings));
                let trial = TrialAnswers(move || next.load());
                Arc::make_mut(&mut settings).listeners.trial = Some(Arc::new(trial));
            }
            Current::new(&self.source, settings)
        })
    }

    /// Calls `function` for origins that the declared patterns do not match.
    ///
    /// The function gets a valid origin and the head of the request. It cannot override the rules: it is never called for
    /// `null`, malformed origins, the server's own pages, or origins in `except`. With credentials, it is not called for
    /// plain `http` unless the policy has `allow(insecure_origins)`. On a handler, write `#[cors(origin_fn = path)]`.
    ///
    /// ```
    /// use actix_web::dev::RequestHead;
    /// use cors_actix::{Cors, Origin, Policy};
    ///
    /// fn is_preview(origin: &Origin<'_>, _head: &RequestHead) -> bool {
    ///     origin.scheme() == "https" && origin.host().starts_with("preview-") && origin.host().ends_with(".example.com")
    /// }
    ///
    /// let cors = Cors::new(Policy::builder().origins("https://app.example.com").build()?).origin_fn(is_preview);
    /// # Ok::<(), cors_actix::Violations>(())
    /// ```
    ///
    /// # Panics
    /// If the policy is [`Policy::deny`](crate::Policy::deny), which refuses every origin, so that the function would have no
    /// effect. Use [`Policy::empty`](crate::Policy::empty) if only the function decides.
    #[must_use]
    #[track_caller]
    #[doc(alias = "allowed_origin_fn")]
    #[doc(alias = "regex")]
    pub fn origin_fn(
        mut self,
        function: impl Fn(&Origin<'_>, &RequestHead) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.assert_not_denied();
        self.change(|settings| settings.origin_source = Some(OriginSource::Sync(Arc::new(function))));
        self
    }

    /// Calls an `async` function for origins that the declared patterns do not match, for example to query a database.
    ///
    /// The function is called in the same cases as that of [`Cors::origin_fn`]. The origin is refused with
    /// [`Refusal::OriginLookupFailed`](crate::Refusal::OriginLookupFailed) if the function returns an `Err` or takes longer
    /// than [`Cors::origin_time_limit`]. Results are not cached, so a slow function needs its own cache. On a handler, write
    /// `#[cors(origin_async = path)]`.
    ///
    /// ```
    /// use actix_web::dev::RequestHead;
    /// use cors_actix::{Cors, Origin, Policy};
    ///
    /// async fn is_tenant(origin: &Origin<'_>, _head: &RequestHead) -> Result<bool, std::io::Error> {
    ///     // … ask the database …
    ///     Ok(origin.host().ends_with(".tenants.example"))
    /// }
    ///
    /// let cors = Cors::new(Policy::builder().origins("https://app.example.com").build()?).origin_async(is_tenant);
    /// # Ok::<(), cors_actix::Violations>(())
    /// ```
    ///
    /// # Panics
    /// As [`Cors::origin_fn`].
    #[must_use]
    #[track_caller]
    pub fn origin_async<E>(
        mut self,
        function: impl AsyncFn(&Origin<'_>, &RequestHead) -> Result<bool, E> + Send + Sync + 'static,
    ) -> Self
    where
        E: Into<Box<dyn StdError>> + 'static,
    {
        self.assert_not_denied();
        let function = Arc::new(AsyncOriginFn::new(function));
        self.change(|settings| settings.origin_source = Some(OriginSource::Async(function)));
        self
    }

    /// Lists the request headers that the function of [`Cors::origin_fn`] or [`Cors::origin_async`] reads, apart from
    /// `Origin`. Every response lists them in `Vary`, so that a cache does not send the response for one tenant to a page
    /// of another tenant. On a handler, write `#[cors(origin_fn = …, vary = ["x-tenant"])]`.
    ///
    /// A preflight does not have the headers that the page sets on its request. The function sees such a header on a preflight
    /// only if a proxy adds it.
    ///
    /// ```
    /// use cors_actix::{Cors, Policy};
    ///
    /// let cors = Cors::new(Policy::builder().origins("https://app.example.com").build()?)
    ///     .origin_fn(|origin, head| head.headers().get("x-tenant").is_some_and(|tenant| tenant == origin.host()))
    ///     .vary(["x-tenant"]);
    /// # Ok::<(), cors_actix::Violations>(())
    /// ```
    ///
    /// # Panics
    /// If a name is not the name of a header.
    #[must_use]
    #[track_caller]
    pub fn vary<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = declared_names(names);
        self.change(|settings| settings.vary.extend(names));
        self
    }

    /// How long the function of [`Cors::origin_async`] may take. The default is 5 seconds. After that time, the origin is refused
    /// with [`Refusal::OriginLookupFailed`](crate::Refusal::OriginLookupFailed).
    ///
    /// ```
    /// use std::time::Duration;
    /// # use cors_actix::{Cors, Policy, policy};
    /// # static POLICY: Policy = policy! { origins = ["https://app.example.com"], credentials };
    /// let cors = Cors::new(&POLICY)
    ///     .origin_async(async |origin, _head| Ok::<_, std::io::Error>(origin.host().ends_with(".tenants.example")))
    ///     .origin_time_limit(Duration::from_millis(300));
    /// ```
    #[must_use]
    pub fn origin_time_limit(mut self, time: Duration) -> Self {
        self.change(|settings| settings.origin_time_limit = time);
        self
    }

    /// Calls `function` for every refusal of this layer and of everything inside. Use it for an alarm or a separate
    /// log. The
    /// [`Explanation`] has the reason, what was refused, the nearest entry of the policy and what to write.
    ///
    /// It is also called for a preflight that is granted although the browser will stop the request: for
    /// [`Refusal::MethodNotAllowed`](crate::Refusal::MethodNotAllowed) and
    /// [`Refusal::HeaderNotAllowed`](crate::Refusal::HeaderNotAllowed). It is not called for a WebSocket that was opened,
    /// because browsers do not apply CORS to it.
    ///
    /// ```
    /// use cors_actix::{Cors, Policy, policy};
    ///
    /// static TRUSTED: Policy = policy! { origins = ["https://app.example.com"] };
    ///
    /// let cors = Cors::new(&TRUSTED).on_refusal(|explanation, request| {
    ///     println!("{} {}: {explanation}", request.method, request.uri.path());
    /// });
    /// ```
    ///
    /// With the feature `tracing`, each refusal is an event at debug level, even without this method.
    #[must_use]
    #[doc(alias = "alarm")]
    pub fn on_refusal(
        mut self,
        function: impl Fn(&Explanation, &RequestHead) + Send + Sync + 'static,
    ) -> Self {
        self.change(|settings| settings.listeners.on_refusal = Some(Arc::new(function)));
        self
    }

    /// Tries another policy without effect: the policy of this layer decides about requests, and a request about which
    /// `next` would decide otherwise is reported.
    ///
    /// Use it before a policy is narrowed. The reports go to [`Cors::on_difference`], and to the log at level info: as
    /// `tracing` events with the feature `tracing`, otherwise through the crate `log`. The responses do not change. A layer
    /// without a trial has no cost. On a handler, write `#[cors(policy = CURRENT, trial = NEXT)]`.
    ///
    /// [`Difference`] describes what is compared. The function of [`Cors::origin_fn`] applies to both policies. The
    /// function of
    /// [`Cors::origin_async`] is not called for the trial: an origin that only the policy in force lists is reported, although
    /// that function may grant it.
    ///
    /// ```
    /// use cors_actix::{Cors, Policy, policy};
    ///
    /// static CURRENT: Policy = policy! { origins = ["https://*.example.com"], methods = ["GET", "PUT", "DELETE"] };
    /// static NEXT: Policy = policy! { origins = ["https://app.example.com"], methods = ["GET", "PUT"] };
    ///
    /// let cors = Cors::new(&CURRENT).trial(&NEXT).on_difference(|difference, request| {
    ///     println!("{} {}: {difference}", request.method, request.uri.path());
    /// });
    /// ```
    ///
    /// # Panics
    /// As [`Cors::new`].
    #[must_use]
    #[track_caller]
    #[doc(alias = "report_only")]
    #[doc(alias = "dry_run")]
    pub fn trial(mut self, next: impl PolicySource) -> Self {
        self.trial = Some(compiled(next));
        self.current = Arc::default();
        self
    }

    /// Calls `function` for every request about which a policy on trial would decide otherwise, of this layer and of
    /// everything inside. See [`Cors::trial`].
    #[must_use]
    pub fn on_difference(
        mut self,
        function: impl Fn(&Difference, &RequestHead) + Send + Sync + 'static,
    ) -> Self {
        self.change(|settings| settings.listeners.on_difference = Some(Arc::new(function)));
        self
    }

    /// For development: adds the reason for a refusal to the response, in the header `cors-refusal` and in the body of
    /// a response that this layer creates itself. The browser's network panel shows both.
    ///
    /// Do not use it in production, because it shows entries of the policy and the place of its declaration to
    /// strangers.
    ///
    /// ```
    /// # use cors_actix::{Cors, Policy, policy};
    /// # static POLICY: Policy = policy! { origins = ["https://app.example.com"], credentials };
    /// let cors = Cors::new(&POLICY);
    /// let cors = if cfg!(debug_assertions) { cors.explain() } else { cors };
    /// ```
    #[must_use]
    pub fn explain(mut self) -> Self {
        self.change(|settings| settings.listeners.explain = true);
        self
    }

    /// For [`Cors::fallback`]: lets browsers cache this layer's answers to preflights, which then list every method that the
    /// policy grants.
    ///
    /// Use it only if no handler with a policy of its own shares a URL with a handler that has none. Otherwise, a browser sends
    /// requests that this layer granted to the handler with the stricter policy, without a preflight.
    ///
    /// ```
    /// # use cors_actix::{Cors, Policy, policy};
    /// # static POLICY: Policy = policy! { origins = ["https://app.example.com"], credentials };
    /// let cors = Cors::fallback(&POLICY).cache_preflights();
    /// ```
    #[must_use]
    pub fn cache_preflights(mut self) -> Self {
        self.change(|settings| settings.caches_preflights = true);
        self
    }

    /// Takes the server's own host from the header that the proxy in front of the server sets, so that `enforce` recognizes the
    /// server's own pages. The other header is not read. The host of a request without the header, or with a `Forwarded`
    /// without a host, is that in `Host`.
    ///
    /// Use it only behind a proxy that replaces the header. A client that can set the header can pretend to be a page of the
    /// server. See [the guide](crate::guide::proxies).
    ///
    /// ```
    /// # use cors_actix::{Cors, ForwardedHost, Policy, policy};
    /// static POLICY: Policy = policy! { origins = ["https://app.example.com"], credentials, enforce };
    /// let cors = Cors::new(&POLICY).trust_forwarded_host(ForwardedHost::XForwardedHost);
    /// ```
    #[must_use]
    pub fn trust_forwarded_host(mut self, header: ForwardedHost) -> Self {
        self.change(|settings| settings.forwarded_host = Some(header));
        self
    }
}

impl std::fmt::Debug for Cors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cors")
            .field("policy", self.source.compiled().policy())
            .field("role", &self.settings.role)
            .field("place", &format_args!("{}", self.settings.place))
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
        let counted = CountedLayer::new(self.settings.position());
        ready(Ok(CorsMiddleware {
            service: Rc::new(service),
            current: self.current().clone(),
            _counted: counted,
        }))
    }
}
