//! Where and how a layer stands: all of it but the policy.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderName;
use cors_core::CompiledPolicy;

use crate::explanation::Listeners;
use crate::origin_source::{LIMIT, OriginSource};

/// What a layer knows about itself. Its answers carry it, so that a request needs to keep hold of one thing.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) role: Role,
    pub(crate) place: Place,
    /// The methods of the route that the layer is around.
    pub(crate) route: Option<Vec<String>>,
    /// Whether browsers may keep its answers to preflights.
    pub(crate) caches_preflights: bool,
    pub(crate) origin_source: Option<OriginSource>,
    pub(crate) origin_time_limit: Duration,
    pub(crate) listeners: Listeners,
    pub(crate) trusts_forwarded_host: bool,
    /// Whether a nearer policy was reported.
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

/// Where a layer was made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Code(&'static Location<'static>),
    Handler(&'static str),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Code(location) => write!(f, "Cors at {}:{}", location.file(), location.line()),
            Place::Handler(name) => write!(f, "#[cors] on {name}"),
        }
    }
}

impl Site {
    pub(crate) fn new(role: Role, place: Place) -> Self {
        Self {
            role,
            place,
            route: None,
            caches_preflights: role == Role::Whole,
            origin_source: None,
            origin_time_limit: LIMIT,
            listeners: Listeners::default(),
            trusts_forwarded_host: false,
            reported: Arc::default(),
        }
    }

    /// The policy as it is used here.
    pub(crate) fn fit(&self, policy: &CompiledPolicy) -> CompiledPolicy {
        let mut policy = policy.clone();
        if let Some(route) = &self.route {
            policy = policy.for_route(&route.iter().map(String::as_str).collect::<Vec<_>>());
        }
        if !self.caches_preflights {
            policy = policy.without_preflight_cache();
        }
        if self.origin_source.is_some() {
            policy = policy.with_origin_function();
        }
        policy
    }

    /// Says once that a nearer policy lies under a layer that answers its preflights.
    #[cold]
    pub(crate) fn report_nearer_policy<B>(&self, response: &mut ServiceResponse<B>) {
        if self.role == Role::Fallback || self.reported.swap(true, Ordering::Relaxed) {
            return;
        }
        let request = response.request();
        let pattern = request.match_pattern();
        let handler = pattern.as_deref().unwrap_or_else(|| request.path());
        let report = format!(
            "the policy of {} {handler} lies under {}, which answers its preflights: use Cors::fallback there, or take one \
             of the two away",
            request.method(),
            self.place,
        );
        log::error!("{report}");
        if cfg!(debug_assertions)
            && let Ok(value) = report.parse()
        {
            response.headers_mut().insert(HeaderName::from_static("cors-warning"), value);
        }
    }
}
