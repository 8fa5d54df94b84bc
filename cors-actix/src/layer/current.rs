//! The current answers of a layer, which can change if its policy can be replaced.

use std::sync::Arc;

use crate::layer::answers::LayerAnswers;
use crate::layer::settings::LayerSettings;
#[cfg(feature = "reload")]
use crate::shared_policy::SharedAnswers;
use crate::source::Source;

/// The current answers of a layer.
#[derive(Clone, Debug)]
pub(crate) enum Current {
    Fixed(Arc<LayerAnswers>),
    #[cfg(feature = "reload")]
    Shared(Arc<SharedAnswers>),
}

impl Current {
    pub(crate) fn new(source: &Source, settings: Arc<LayerSettings>) -> Self {
        match source {
            Source::Fixed(policy) => Current::Fixed(Arc::new(LayerAnswers::new(policy, settings))),
            #[cfg(feature = "tenants")]
            Source::Tenants(tenants) => {
                let settings = LayerSettings { tenants: Some(tenants.clone()), ..(*settings).clone() };
                Current::Fixed(Arc::new(LayerAnswers::new(tenants.policy(), Arc::new(settings))))
            }
            #[cfg(feature = "reload")]
            Source::Shared(shared) => Current::Shared(shared.answers(settings)),
        }
    }

    /// The answers for one request. The request uses them until its end.
    #[inline]
    pub(crate) fn load(&self) -> Arc<LayerAnswers> {
        match self {
            Current::Fixed(answers) => Arc::clone(answers),
            #[cfg(feature = "reload")]
            Current::Shared(shared) => shared.load(),
        }
    }
}
