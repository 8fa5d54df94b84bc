//! The listeners of a layer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::dev::RequestHead;
use cors_core::{CompiledPolicy, Decision, Difference, Explanation};

use crate::request::RequestView;

/// A policy on trial.
pub(crate) trait Trial: Send + Sync {
    /// The difference between the policy on trial and the policy in force with its decision.
    fn compare(
        &self,
        current: (&CompiledPolicy, Decision),
        request: &RequestView<'_>,
        head: &RequestHead,
    ) -> Option<Difference>;
}

pub(crate) type DifferenceFn = dyn Fn(&Difference, &RequestHead) + Send + Sync;
pub(crate) type RefusalFn = dyn Fn(&Explanation, &RequestHead) + Send + Sync;

/// The listeners that a layer has.
#[derive(Clone, Default)]
pub(crate) struct Listeners {
    pub(crate) on_refusal: Option<Arc<RefusalFn>>,
    pub(crate) on_difference: Option<Arc<DifferenceFn>>,
    pub(crate) trial: Option<Arc<dyn Trial>>,
    /// Whether responses explain refusals.
    pub(crate) explain: bool,
    /// Whether a request without the `Origin` that the browser sent was reported in the log.
    pub(crate) reported_lost_origin: Arc<AtomicBool>,
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners")
            .field("on_refusal", &self.on_refusal.is_some())
            .field("on_difference", &self.on_difference.is_some())
            .field("trial", &self.trial.is_some())
            .field("explain", &self.explain)
            .finish()
    }
}

impl Listeners {
    /// Whether there is a listener. If not, refusals are not explained.
    pub(crate) fn any(&self) -> bool {
        self.are_declared() || traces()
    }

    /// Whether a listener was declared.
    pub(crate) fn are_declared(&self) -> bool {
        self.explain || self.on_refusal.is_some() || self.on_difference.is_some() || self.trial.is_some()
    }
}

/// Whether every layer counts decisions and refusals. A counter needs the kind of a refusal, but not its explanation.
pub(crate) const COUNTS: bool = cfg!(feature = "metrics");

/// Whether something listens to every layer: the subscriber of `tracing` events, or the test browser.
pub(crate) fn traces() -> bool {
    #[cfg(feature = "tracing")]
    if tracing::enabled!(tracing::Level::DEBUG) {
        return true;
    }
    #[cfg(feature = "testing")]
    if crate::testing::active::is_active() {
        return true;
    }
    false
}
