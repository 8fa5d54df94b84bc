//! The table of tenants.
//!
//! # Synchronisation
//!
//! A request reads the table without a lock: it looks up one entry, once. An entry is a whole [`PatternList`] that is never
//! changed in place, so a request sees the old list or the new one. `papaya` guarantees that a request sees complete lists,
//! and that the memory of an old list is freed only when no request reads it. Its authors test this. The table adds no
//! atomic variable of its own.
//!
//! Writers (`set`, `remove` and replacements) hold one mutex for each entry that they change. Their shared state, such as
//! the tenants that were changed during a replacement, is inside that mutex, and requests never read it. A replacement takes
//! the mutex many times, so other writers can run between its steps. The module `interleavings` explores their orders with
//! the model checker shuttle, which replaces the mutex.

use std::collections::HashMap;
use std::sync::PoisonError;
#[cfg(not(all(test, shuttle)))]
use std::sync::{Mutex, MutexGuard};

#[cfg(all(test, shuttle))]
use shuttle::sync::{Mutex, MutexGuard};

use crate::decision::compiled_policy::CompiledPolicy;
use crate::policy::declaration::{Borrowed, Declaration};
use crate::rules::violation::Violations;
use crate::tenants::pattern_list::PatternList;

/// The tenants and their origins.
pub(crate) struct Table {
    /// The policy, apart from the origins of tenants.
    pub(crate) policy: CompiledPolicy,
    /// The hashes are keyed, so that an attacker cannot choose names that collide.
    tenants: papaya::HashMap<Box<str>, PatternList>,
    writers: Mutex<Writers>,
}

/// The shared state of writers.
#[derive(Default)]
struct Writers {
    /// The number of the newest replacement. Replacements are numbered from 1, in the order in which they started.
    started: u64,
    /// The newest replacement that has begun to write.
    writing: u64,
    /// The replacements that have started and not ended.
    open: Vec<u64>,
    /// The tenants that were set or removed while a replacement was open, with the newest replacement at that time.
    changed: HashMap<Box<str>, u64>,
}

/// The effect of writing an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    Added,
    Changed,
    Removed,
}

/// The reason why a replacement must not write an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outdated {
    /// The tenant was set or removed after the replacement had started.
    Tenant,
    /// A replacement that started later has begun to write.
    Replacement,
}

impl Table {
    pub(crate) fn new(policy: CompiledPolicy) -> Self {
        Self { policy, tenants: papaya::HashMap::new(), writers: Mutex::default() }
    }

    /// Whether `tenant` has a pattern that matches `origin`, the bytes of the header.
    #[inline]
    pub(crate) fn allows(&self, tenant: &str, origin: &[u8]) -> bool {
        self.tenants.pin().get(tenant).is_some_and(|list| list.allows(origin))
    }

    pub(crate) fn contains(&self, tenant: &str) -> bool {
        self.tenants.pin().contains_key(tenant)
    }

    pub(crate) fn len(&self) -> usize {
        self.tenants.len()
    }

    /// The patterns of a tenant.
    pub(crate) fn texts(&self, tenant: &str) -> Vec<String> {
        self.tenants.pin().get(tenant).map(|list| list.texts().collect()).unwrap_or_default()
    }

    /// The names of the tenants for which `is_wanted` returns `true`.
    pub(crate) fn names_where(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let tenants = self.tenants.pin();
        tenants.keys().filter(|name| is_wanted(name)).map(|name| name.to_string()).collect()
    }

    /// Judges the origins of a tenant by the rules for the policy's own origins. An empty list is valid.
    pub(crate) fn judge(&self, origins: &[String]) -> Result<PatternList, Violations> {
        let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
        let policy = &self.policy.policy().declaration;
        let declaration: Declaration<Borrowed<'_>> = Declaration {
            origins: &origins,
            credentials: policy.credentials,
            allow: policy.allow,
            ..Declaration::EMPTY
        };
        if let Some(patterns) = declaration.valid_origins() {
            return Ok(PatternList::new(&patterns));
        }
        let violations = Violations::of(declaration.violations(false));
        Err(violations.expect("origins that are not valid break a rule"))
    }

    /// Sets the origins of a tenant. An empty list removes the tenant.
    pub(crate) fn write(&self, tenant: &str, origins: PatternList) -> Change {
        let mut writers = self.writers();
        if !writers.open.is_empty() {
            let newest = writers.started;
            writers.changed.insert(tenant.into(), newest);
        }
        self.put(tenant, origins)
    }

    /// Starts a replacement and returns its number.
    pub(crate) fn start_replacement(&self) -> u64 {
        let mut writers = self.writers();
        writers.started += 1;
        let started = writers.started;
        writers.open.push(started);
        started
    }

    /// Lets a replacement write `count` tenants. Replacements that started earlier can no longer write.
    pub(crate) fn begin_to_write(&self, replacement: u64, count: usize) {
        let mut writers = self.writers();
        writers.writing = writers.writing.max(replacement);
        drop(writers);
        // The table grows once instead of several times.
        self.tenants.pin().reserve(count.saturating_sub(self.len()));
    }

    /// Sets the origins of a tenant for a replacement, unless a newer change has been written.
    pub(crate) fn write_for(
        &self,
        replacement: u64,
        tenant: &str,
        origins: PatternList,
    ) -> Result<Change, Outdated> {
        let writers = self.writers();
        if writers.writing > replacement {
            return Err(Outdated::Replacement);
        }
        if writers.changed.get(tenant).is_some_and(|&changed| changed >= replacement) {
            return Err(Outdated::Tenant);
        }
        Ok(self.put(tenant, origins))
    }

    /// Ends a replacement, whether it wrote or not.
    pub(crate) fn end_replacement(&self, replacement: u64) {
        let mut writers = self.writers();
        writers.open.retain(|&open| open != replacement);
        if writers.open.is_empty() {
            writers.changed = HashMap::new();
        }
    }

    /// The caller has to hold the lock for writers.
    fn put(&self, tenant: &str, origins: PatternList) -> Change {
        let tenants = self.tenants.pin();
        match tenants.get(tenant) {
            None if origins.is_empty() => Change::Nothing,
            None => {
                tenants.insert(tenant.into(), origins);
                Change::Added
            }
            Some(_) if origins.is_empty() => {
                tenants.remove(tenant);
                Change::Removed
            }
            Some(old) if *old == origins => Change::Nothing,
            Some(_) => {
                tenants.insert(tenant.into(), origins);
                Change::Changed
            }
        }
    }

    /// The lock for writers. A poisoned lock is used too, because a thread that panicked has left each entry
    /// complete.
    fn writers(&self) -> MutexGuard<'_, Writers> {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
