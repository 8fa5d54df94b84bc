//! A policy that can be replaced while the server runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwap;
use cors_core::{CompiledPolicy, Policy, Violations};

use crate::answers::Answers;
use crate::cors::DEVELOPMENT;
use crate::site::Site;

/// A policy that can be replaced while the server runs, without a restart and without a lock on the path of requests.
///
/// Every layer, handler and guard that was made with it, or with a clone of it, follows. A request is decided by the one
/// policy that was there when it came in, from its first header to its last.
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
/// What browsers were told before, they remember until `max_age` has passed; see `enforce` where that matters.
#[derive(Clone)]
pub struct SharedPolicy(Arc<Mutex<State>>);

struct State {
    policy: CompiledPolicy,
    views: Vec<Weak<View>>,
}

/// The answers of one layer, made anew when the policy is replaced.
#[derive(Debug)]
pub(crate) struct View {
    site: Arc<Site>,
    answers: ArcSwap<Answers>,
}

impl View {
    pub(crate) fn load(&self) -> Arc<Answers> {
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
        Ok(Self(Arc::new(Mutex::new(State { policy, views: Vec::new() }))))
    }

    /// Puts `policy` in the place of the old one. Requests that are under way keep the old one.
    ///
    /// The work of making the policy ready is done here, by the caller's thread.
    ///
    /// # Errors
    /// As [`CompiledPolicy::new`]; then the old policy stays.
    pub fn replace(&self, policy: &Policy) -> Result<(), Violations> {
        let policy = CompiledPolicy::new(policy)?;
        if *policy.policy() == Policy::development() {
            log::warn!("a SharedPolicy was replaced by {DEVELOPMENT}");
        }
        let mut state = self.state();
        state.views.retain(|view| match view.upgrade() {
            Some(view) => {
                view.answers.store(Arc::new(Answers::new(&policy, Arc::clone(&view.site))));
                true
            }
            None => false,
        });
        state.policy = policy;
        Ok(())
    }

    /// The policy that is in force.
    pub fn policy(&self) -> Policy {
        self.state().policy.policy().clone()
    }

    pub(crate) fn view(&self, site: Arc<Site>) -> Arc<View> {
        let mut state = self.state();
        let answers = ArcSwap::from_pointee(Answers::new(&state.policy, Arc::clone(&site)));
        let view = Arc::new(View { site, answers });
        state.views.push(Arc::downgrade(&view));
        view
    }

    /// A thread that panicked here left a whole policy behind: each step puts one in place of another.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for SharedPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SharedPolicy").field(&self.policy()).finish()
    }
}
