//! A policy that can be replaced while the server runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwap;
use cors_core::{CompiledPolicy, Policy, Violations};

use crate::layer::answers::LayerAnswers;
use crate::layer::development::warn_about_development_policy;
use crate::layer::settings::LayerSettings;

/// A policy that can be replaced while the server runs, without a restart and without a lock on the path of requests.
///
/// Every layer, handler and guard that was made with it, or with a clone of it, uses the new policy. A request is decided
/// by the policy that was in force when it came in.
///
/// ```
/// use cors_actix::{Cors, Policy, SharedPolicy};
///
/// let tenants = SharedPolicy::new(&Policy::builder().origins(["https://a.example"]).build()?)?;
/// let cors = Cors::new(&tenants);
///
/// // Later, when a tenant has been added:
/// tenants.replace(&Policy::builder().origins(["https://a.example", "https://b.example"]).build()?)?;
/// assert!(tenants.policy().allows_origin("https://b.example"));
/// # Ok::<(), cors_actix::Violations>(())
/// ```
///
/// It can be used in all places where a policy can: `Cors::new(&TENANTS)`, `Cors::fallback(&TENANTS)`,
/// `#[cors(policy = TENANTS)]`, with `static TENANTS: LazyLock<SharedPolicy>`.
///
/// Browsers keep the answers to earlier preflights until `max_age` has passed. Use `enforce` if that matters.
#[derive(Clone)]
pub struct SharedPolicy(Arc<Mutex<State>>);

struct State {
    policy: CompiledPolicy,
    layers: Vec<Weak<SharedAnswers>>,
}

/// The answers of one layer. They are made again when the policy is replaced.
#[derive(Debug)]
pub(crate) struct SharedAnswers {
    settings: Arc<LayerSettings>,
    answers: ArcSwap<LayerAnswers>,
}

impl SharedAnswers {
    pub(crate) fn load(&self) -> Arc<LayerAnswers> {
        self.answers.load_full()
    }
}

impl SharedPolicy {
    /// Starts with `policy`.
    ///
    /// # Errors
    /// As [`CompiledPolicy::new`].
    pub fn new(policy: &Policy) -> Result<Self, Violations> {
        let policy = CompiledPolicy::new(policy)?;
        Ok(Self(Arc::new(Mutex::new(State { policy, layers: Vec::new() }))))
    }

    /// Replaces the policy. Requests that are being served keep the old one.
    ///
    /// The new policy is compiled here, by the caller's thread.
    ///
    /// # Errors
    /// As [`CompiledPolicy::new`]; then the old policy stays.
    pub fn replace(&self, policy: &Policy) -> Result<(), Violations> {
        let policy = CompiledPolicy::new(policy)?;
        warn_about_development_policy("a SharedPolicy was replaced by", policy.policy());
        let mut state = self.state();
        state.layers.retain(|layer| match layer.upgrade() {
            Some(layer) => {
                layer.answers.store(Arc::new(LayerAnswers::new(&policy, Arc::clone(&layer.settings))));
                true
            }
            None => false,
        });
        state.policy = policy;
        Ok(())
    }

    pub(crate) fn compiled(&self) -> CompiledPolicy {
        self.state().policy.clone()
    }

    /// The policy that is in force.
    pub fn policy(&self) -> Policy {
        self.state().policy.policy().clone()
    }

    /// The answers of a layer with these settings. They follow the policy.
    pub(crate) fn answers(&self, settings: Arc<LayerSettings>) -> Arc<SharedAnswers> {
        let mut state = self.state();
        let answers = ArcSwap::from_pointee(LayerAnswers::new(&state.policy, Arc::clone(&settings)));
        let layer = Arc::new(SharedAnswers { settings, answers });
        state.layers.push(Arc::downgrade(&layer));
        layer
    }

    /// A thread that panicked while it held the lock left a complete policy, because each step replaces a whole value.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for SharedPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SharedPolicy").field(&self.policy()).finish()
    }
}
