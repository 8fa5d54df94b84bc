//! What listens to the refusals of a layer.

use std::fmt;
use std::sync::Arc;

use actix_web::dev::RequestHead;
use cors_core::Refusal;

pub(crate) type RefusalFn = dyn Fn(Refusal, &RequestHead) + Send + Sync;

/// What is to be told about refusals.
#[derive(Clone, Default)]
pub(crate) struct Listeners {
    pub(crate) on_refusal: Option<Arc<RefusalFn>>,
    /// Whether responses explain refusals.
    pub(crate) explain: bool,
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners")
            .field("on_refusal", &self.on_refusal.is_some())
            .field("explain", &self.explain)
            .finish()
    }
}

impl Listeners {
    /// Whether there is any. If not, the reason for a refusal is not worked out.
    pub(crate) fn any(&self) -> bool {
        self.explain || self.on_refusal.is_some() || traces()
    }
}

#[cfg(feature = "tracing")]
fn traces() -> bool {
    tracing::enabled!(tracing::Level::DEBUG)
}

#[cfg(not(feature = "tracing"))]
const fn traces() -> bool {
    false
}
