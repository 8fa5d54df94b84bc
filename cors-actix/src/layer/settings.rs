//! The settings of a layer, except for its policy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use cors_core::{CompiledPolicy, Explanation, ForwardedHost};

use crate::layer::counts::{Position, has_handler_layers};
use crate::layer::listeners::Listeners;
use crate::layer::place::Place;
use crate::origin_source::{DEFAULT_TIME_LIMIT, OriginSource};
#[cfg(feature = "tenants")]
use crate::tenant_policy::TenantPolicy;

/// The settings of a layer, except for its policy. They are stored in the layer's answers, so that a request needs one
/// pointer.
#[derive(Clone, Debug)]
pub(crate) struct LayerSettings {
    pub(crate) role: Role,
    pub(crate) place: Place,
    /// The methods of the route that the layer is around.
    pub(crate) route: Option<&'static [&'static str]>,
    /// Whether browsers may cache the layer's answers to preflights.
    pub(crate) caches_preflights: bool,
    /// The origins of tenants, if the policy depends on the tenant.
    #[cfg(feature = "tenants")]
    pub(crate) tenants: Option<TenantPolicy>,
    pub(crate) origin_source: Option<OriginSource>,
    pub(crate) origin_time_limit: Duration,
    /// The request headers that the origin function reads, for `Vary`.
    pub(crate) vary: Vec<HeaderName>,
    pub(crate) listeners: Listeners,
    pub(crate) forwarded_host: Option<ForwardedHost>,
    /// Whether a nearer policy was reported.
    pub(crate) reported: Arc<AtomicBool>,
    /// Whether a middleware that refuses preflights was reported.
    pub(crate) reported_preflight: Arc<AtomicBool>,
}

/// Which requests a layer decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Every request.
    Whole,
    /// The requests that no nearer layer decides about.
    Fallback,
}

impl LayerSettings {
    pub(crate) fn new(role: Role, place: Place) -> Self {
        Self {
            role,
            place,
            route: None,
            caches_preflights: role == Role::Whole,
            #[cfg(feature = "tenants")]
            tenants: None,
            origin_source: None,
            origin_time_limit: DEFAULT_TIME_LIMIT,
            vary: Vec::new(),
            listeners: Listeners::default(),
            forwarded_host: None,
            reported: Arc::default(),
            reported_preflight: Arc::default(),
        }
    }

    pub(crate) fn position(&self) -> Position {
        if self.route.is_some() { Position::Handler } else { Position::Around }
    }

    /// The policy with these settings applied.
    pub(crate) fn apply_to(&self, policy: &CompiledPolicy) -> CompiledPolicy {
        let mut policy = policy.clone();
        if let Some(route) = self.route {
            policy = policy.for_route(route);
        }
        if !self.caches_preflights {
            policy = policy.without_preflight_cache();
        }
        if self.origin_source.is_some() {
            policy = policy.with_origin_function();
        }
        policy
    }

    /// Reports once that a middleware inside a fallback layer refused a preflight that asks for `method`, if there are
    /// handlers with a policy of their own: this layer answers the preflight instead of the handler's policy.
    #[cold]
    pub(crate) fn report_refused_preflight(&self, status: StatusCode, method: Option<HeaderValue>) {
        if !matches!(status.as_u16(), 401 | 403 | 407)
            || !has_handler_layers()
            || self.reported_preflight.swap(true, Ordering::Relaxed)
        {
            return;
        }
        let method = method.as_ref().map_or(b"a request".as_slice(), HeaderValue::as_bytes);
        let explanation = Explanation::preflight_not_answered(status.as_u16(), method);
        log::warn!(
            "{}; if the handler has a policy of its own, {} answered in its place; help: {}",
            explanation.fault(),
            self.place,
            explanation.remedy(),
        );
    }

    /// Reports once that there is a nearer policy inside a layer that answers its preflights.
    #[cold]
    pub(crate) fn report_nearer_policy<B>(&self, response: &mut ServiceResponse<B>) {
        if self.role == Role::Fallback || self.reported.swap(true, Ordering::Relaxed) {
            return;
        }
        let request = response.request();
        let pattern = request.match_pattern();
        let handler = pattern.as_deref().unwrap_or_else(|| request.path());
        let report = format!(
            "the policy of {} {handler} is inside {}, which answers its preflights: use Cors::fallback there, or remove \
             one of the two policies",
            request.method(),
            self.place,
        );
        log::error!("{report}");
        // The report contains a place in the source, so the header is only for responses that explain refusals.
        if self.listeners.explain
            && let Ok(value) = report.parse()
        {
            response.headers_mut().insert(HeaderName::from_static("cors-warning"), value);
        }
    }
}
