//! A policy that can be replaced while the server runs.
//!
//! # Synchronisation
//!
//! A request takes the answers of its layer from an `ArcSwap`, whose authors test that a reader gets one complete value. Changes
//! hold one mutex, and so do layers when they are made and when they end. The module has no atomic variable of its own.
//! The module `interleavings` explores the orders of these steps with the model checker shuttle, which replaces the mutex.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, Weak};
#[cfg(not(all(test, shuttle)))]
use std::sync::{Mutex, MutexGuard};

use arc_swap::ArcSwap;
use cors_core::{CompiledPolicy, Policy, PolicyChanges, Violations};
#[cfg(all(test, shuttle))]
use shuttle::sync::{Mutex, MutexGuard};

use crate::layer::answers::LayerAnswers;
use crate::layer::development::warn_about_development_policy;
use crate::layer::settings::LayerSettings;
use crate::trial::TrialAnswers;

/// A policy that can be replaced while the server runs. Requests take no lock.
///
/// Every layer, handler and guard that was created with it, or with a clone of it, then uses the new policy. A request
/// uses the policy that was current when it arrived.
///
/// ```
/// use cors_actix::{Cors, Policy, SharedPolicy};
///
/// let tenants = SharedPolicy::new(&Policy::builder().origins(["https://a.example"]).build()?)?;
/// let cors = Cors::new(&tenants);
///
/// // Later, when a tenant has been added:
/// let changes =
///     tenants.replace(&Policy::builder().origins(["https://a.example", "https://b.example"]).build()?)?;
/// assert_eq!(changes.to_string(), "origins: 1 added (https://b.example)");
/// assert!(tenants.policy().allows_origin("https://b.example"));
/// # Ok::<(), cors_actix::Violations>(())
/// ```
///
/// It can be used in all places where a policy can: `Cors::new(&TENANTS)`, `Cors::fallback(&TENANTS)`,
/// `#[cors(policy = TENANTS)]`, with `static TENANTS: LazyLock<SharedPolicy>`.
///
/// Browsers keep the answers to earlier preflights until the `max_age` of the former policy has passed, so they may send
/// requests that only the former policy granted. [`PolicyChanges::stale_for`] returns for how long. With `enforce`, such
/// requests get 403 if the new policy refuses their origin.
#[derive(Clone)]
#[doc(alias = "reload")]
#[doc(alias = "hot reload")]
pub struct SharedPolicy(Arc<Shared>);

struct Shared(Mutex<State>);

struct State {
    policy: CompiledPolicy,
    /// The policy on trial.
    trial: Option<CompiledPolicy>,
    passes_through: bool,
    /// The existing layers, by their numbers.
    layers: BTreeMap<u64, Weak<SharedAnswers>>,
    last_number: u64,
}

impl State {
    /// The current answers of a layer with these settings.
    fn answers(&self, settings: &Arc<LayerSettings>) -> LayerAnswers {
        let mut settings = Arc::clone(settings);
        // In pass-through, a guard still applies the policy. Otherwise it would accept sockets from every page.
        if self.passes_through && !settings.place.is_guard() {
            return LayerAnswers::pass_through(&settings);
        }
        if let Some(next) = &self.trial
            && settings.listeners.trial.is_none()
        {
            let next = Arc::new(LayerAnswers::new(next, Arc::clone(&settings)));
            let trial = TrialAnswers(move || Arc::clone(&next));
            Arc::make_mut(&mut settings).listeners.trial = Some(Arc::new(trial));
        }
        LayerAnswers::new(&self.policy, settings)
    }
}

/// The answers of one layer. They are created again when the policy is replaced.
#[derive(Debug)]
pub(crate) struct SharedAnswers {
    settings: Arc<LayerSettings>,
    answers: ArcSwap<LayerAnswers>,
    number: u64,
    shared: Weak<Shared>,
}

impl SharedAnswers {
    pub(crate) fn load(&self) -> Arc<LayerAnswers> {
        self.answers.load_full()
    }
}

impl Drop for SharedAnswers {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.lock().layers.remove(&self.number);
        }
    }
}

impl Shared {
    /// The lock. A poisoned lock is used too: each step replaces a complete value, so a thread that panicked has left
    /// a valid state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SharedPolicy {
    /// Compiles `policy`, which is used until it is replaced.
    ///
    /// # Errors
    /// As [`CompiledPolicy::new`].
    pub fn new(policy: &Policy) -> Result<Self, Violations> {
        let policy = CompiledPolicy::new(policy)?;
        let (trial, layers) = (None, BTreeMap::new());
        let state = State { policy, trial, passes_through: false, layers, last_number: 0 };
        Ok(Self(Arc::new(Shared(Mutex::new(state)))))
    }

    /// Replaces the policy and returns what changed. Requests that have already arrived keep the former policy.
    ///
    /// The new policy is compiled in the caller's thread. The changes are also written to the log, at level info. A
    /// [trial](Self::start_trial) ends.
    ///
    /// # Errors
    /// As [`CompiledPolicy::new`]. The former policy then stays in force.
    pub fn replace(&self, policy: &Policy) -> Result<PolicyChanges, Violations> {
        let policy = CompiledPolicy::new(policy)?;
        warn_about_development_policy("a SharedPolicy was replaced by", policy.policy());
        let former = self.change(|state| {
            state.trial = None;
            std::mem::replace(&mut state.policy, policy.clone())
        });
        let changes = PolicyChanges::between(former.policy(), policy.policy());
        log::info!("a SharedPolicy was replaced: {changes}");
        Ok(changes)
    }

    /// Tries another policy in every layer and handler, without effect. See [`Cors::trial`](crate::Cors::trial).
    ///
    /// The trial ends with [`end_trial`](Self::end_trial) or [`replace`](Self::replace). A layer that has a trial of its own
    /// keeps it, and an [`OriginGuard`](crate::OriginGuard) does not take part.
    ///
    /// ```
    /// use cors_actix::{Cors, Policy, SharedPolicy};
    ///
    /// let policy = |origins: &[&str]| Policy::builder().origins(origins).build();
    /// let shared = SharedPolicy::new(&policy(&["https://app.example.com", "https://old.example.com"])?)?;
    /// let cors = Cors::new(&shared).on_difference(|difference, _request| println!("{difference}"));
    ///
    /// let narrower = policy(&["https://app.example.com"])?;
    /// shared.start_trial(&narrower)?;
    /// // After some days without a report:
    /// shared.replace(&narrower)?;
    /// # Ok::<(), cors_actix::Violations>(())
    /// ```
    ///
    /// # Errors
    /// As [`CompiledPolicy::new`]. Then nothing changes.
    pub fn start_trial(&self, next: &Policy) -> Result<(), Violations> {
        let next = CompiledPolicy::new(next)?;
        self.change(|state| state.trial = Some(next));
        Ok(())
    }

    /// Ends the trial, if there is one.
    pub fn end_trial(&self) {
        self.change(|state| state.trial = None);
    }

    /// Changes the state, and then the answers of every layer. The layers are dropped after the lock is released, because the
    /// last reference to a layer takes the lock.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.lock();
        let result = change(&mut state);
        let layers: Vec<_> = state.layers.values().filter_map(Weak::upgrade).collect();
        for layer in &layers {
            layer.answers.store(Arc::new(state.answers(&layer.settings)));
        }
        drop(state);
        drop(layers);
        result
    }

    /// Switches pass-through on or off. In pass-through, the layers of this policy have no effect: they write no header, answer
    /// no preflight and stop no request. An [`OriginGuard`](crate::OriginGuard) still refuses what the policy does not grant,
    /// because nothing else protects a socket.
    ///
    /// Use it to find out whether CORS is the cause of a fault. Browsers then treat the server as one without CORS. The switch
    /// also disables `enforce`, so do not leave it on. It is reported in the log as a warning.
    ///
    /// ```
    /// # use cors_actix::{Policy, SharedPolicy};
    /// let shared = SharedPolicy::new(&Policy::builder().origins(["https://a.example"]).build()?)?;
    /// shared.set_pass_through(true);
    /// assert!(shared.passes_through());
    /// shared.set_pass_through(false);
    /// # Ok::<(), cors_actix::Violations>(())
    /// ```
    pub fn set_pass_through(&self, pass_through: bool) {
        let before = self.change(|state| std::mem::replace(&mut state.passes_through, pass_through));
        if before == pass_through {
            return;
        }
        if pass_through {
            log::warn!(
                "a SharedPolicy was switched to pass-through: its layers grant nothing and stop nothing, even if the policy \
                 has `enforce`; its guards stay in force"
            );
        } else {
            log::warn!("a SharedPolicy was switched back from pass-through: its policy is in force");
        }
    }

    /// Whether the layers let every request pass. See [`set_pass_through`](Self::set_pass_through).
    pub fn passes_through(&self) -> bool {
        self.0.lock().passes_through
    }

    pub(crate) fn compiled(&self) -> CompiledPolicy {
        self.0.lock().policy.clone()
    }

    /// The policy that is in force.
    pub fn policy(&self) -> Policy {
        self.0.lock().policy.policy().clone()
    }

    /// The answers of a layer with these settings. They are updated when the policy is replaced.
    pub(crate) fn answers(&self, settings: Arc<LayerSettings>) -> Arc<SharedAnswers> {
        let mut state = self.0.lock();
        state.last_number += 1;
        let number = state.last_number;
        let answers = ArcSwap::from_pointee(state.answers(&settings));
        let layer = Arc::new(SharedAnswers { settings, answers, number, shared: Arc::downgrade(&self.0) });
        state.layers.insert(number, Arc::downgrade(&layer));
        layer
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SharedPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SharedPolicy").field(&self.policy()).finish()
    }
}

/// Explores the orders of changes and of new layers with the model checker shuttle. `CONTRIBUTING.md` has the command.
#[cfg(all(test, shuttle))]
mod interleavings {
    use std::panic::Location;

    use shuttle::thread;

    use super::*;
    use crate::layer::place::Place;
    use crate::layer::settings::Role;

    fn policy(origin: &str) -> Policy {
        Policy::builder().origins([origin]).build().expect("a policy")
    }

    fn layer(shared: &SharedPolicy) -> Arc<SharedAnswers> {
        let settings = LayerSettings::new(Role::Whole, Place::Code(Location::caller()));
        shared.answers(settings.into())
    }

    /// The layer has the policy that is in force, even if it was created during a change.
    fn assert_current(shared: &SharedPolicy, layer: &SharedAnswers) {
        let (state, answers) = (shared.0.lock(), layer.load());
        assert_eq!(answers.passes_through, state.passes_through);
        if !state.passes_through {
            assert_eq!(answers.policy().policy(), state.policy.policy());
        }
    }

    fn scenario() {
        let shared = SharedPolicy::new(&policy("https://a.example")).expect("a valid policy");
        let early = layer(&shared);
        let steps: [fn(&SharedPolicy) -> Option<Arc<SharedAnswers>>; 4] = [
            |shared| {
                shared.replace(&policy("https://b.example")).expect("a valid policy");
                None
            },
            |shared| {
                shared.set_pass_through(true);
                None
            },
            // A layer that is dropped during a change.
            |shared| {
                drop(layer(shared));
                None
            },
            |shared| Some(layer(shared)),
        ];
        let threads = steps.map(|step| {
            let shared = shared.clone();
            thread::spawn(move || step(&shared))
        });
        let late = threads.into_iter().filter_map(|thread| thread.join().expect("no step panics"));
        for layer in [early].into_iter().chain(late) {
            assert_current(&shared, &layer);
        }
        assert!(shared.0.lock().layers.is_empty(), "every layer was dropped");
    }

    #[test]
    fn every_layer_has_the_policy_in_force_and_nothing_deadlocks() {
        shuttle::check_random(scenario, 20_000);
        shuttle::check_pct(scenario, 20_000, 3);
    }
}
