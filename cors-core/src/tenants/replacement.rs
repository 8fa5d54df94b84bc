//! The replacement of all tenants.

use std::collections::HashMap;
use std::sync::Arc;

use crate::policy::values::IntoTexts;
use crate::rules::violation::Violations;
use crate::tenants::pattern_list::PatternList;
use crate::tenants::table::{Change, Outdated, Table};

/// The replacement of all tenants with the content of a database. It is started before the database is read, and finished
/// with the rows.
///
/// Reading takes time, and a tenant may be [set](crate::TenantOrigins::set) or [removed](crate::TenantOrigins::remove)
/// meanwhile. Such a change is newer than the rows, so the replacement does not change that tenant. A replacement that
/// is dropped changes nothing.
///
/// ```
/// use cors_core::{Policy, TenantOrigins};
///
/// let tenants = TenantOrigins::new(&Policy::builder().origins(["https://app.example.com"]).build()?)?;
/// tenants.set("acme", ["https://acme.example"])?;
///
/// let replacement = tenants.start_replacement();
/// let rows = [("acme", vec!["https://acme.example"]), ("globex", vec!["https://globex.example"])];
/// tenants.remove("acme"); // after the rows were read
/// let changes = replacement.finish(rows);
/// assert_eq!(changes.added, ["globex"]);
/// assert_eq!(changes.outdated, ["acme"]);
/// assert!(!tenants.allows("acme", b"https://acme.example"));
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[must_use = "a replacement changes nothing until it is finished"]
pub struct Replacement {
    table: Arc<Table>,
    number: u64,
}

/// What a [`Replacement`] changed. The names of tenants are in no particular order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// The tenants that had no origins before.
    pub added: Vec<String>,
    /// The tenants that have other origins now.
    pub changed: Vec<String>,
    /// The tenants that are not in the rows, or that have no origins there.
    pub removed: Vec<String>,
    /// The tenants whose rows break rules, with all violations. They keep the origins that they had.
    pub invalid: Vec<(String, Violations)>,
    /// The tenants that were set or removed after the replacement had started. They were not changed.
    pub outdated: Vec<String>,
    /// Whether a replacement that started later has written its rows, so that this one stopped.
    pub is_outdated: bool,
}

impl Replacement {
    pub(crate) fn start(table: &Arc<Table>) -> Self {
        Self { table: Arc::clone(table), number: table.start_replacement() }
    }

    /// Replaces all tenants with `rows`: the name of a tenant and its origins. If a name occurs more than once, its last
    /// row counts.
    ///
    /// Every row is judged before anything is changed. Each tenant then changes at once, one tenant after the other.
    /// Requests, `set` and `remove` do not wait for the end.
    pub fn finish<N, O>(self, rows: impl IntoIterator<Item = (N, O)>) -> Changes
    where
        N: Into<Box<str>>,
        O: IntoTexts,
    {
        let rows = rows.into_iter();
        let mut judged: HashMap<Box<str>, Result<PatternList, Violations>> =
            HashMap::with_capacity(rows.size_hint().0);
        for (tenant, origins) in rows {
            judged.insert(tenant.into(), self.table.judge(&origins.into_texts()));
        }
        // After this line, no earlier replacement adds a tenant, so the names are complete.
        self.table.begin_to_write(self.number, judged.len());
        let removed = self.table.names_where(|name| !judged.contains_key(name));

        let mut changes = Changes::default();
        // Removals come first, because they revoke access.
        for tenant in removed {
            if !self.write(&tenant, PatternList::new(&[]), &mut changes) {
                return changes;
            }
        }
        for (tenant, origins) in judged {
            match origins {
                Ok(origins) => {
                    if !self.write(&tenant, origins, &mut changes) {
                        return changes;
                    }
                }
                Err(violations) => changes.invalid.push((tenant.into(), violations)),
            }
        }
        changes
    }

    /// Writes one tenant. Returns `false` if the replacement has to stop.
    fn write(&self, tenant: &str, origins: PatternList, changes: &mut Changes) -> bool {
        match self.table.write_for(self.number, tenant, origins) {
            Ok(Change::Nothing) => {}
            Ok(Change::Added) => changes.added.push(tenant.into()),
            Ok(Change::Changed) => changes.changed.push(tenant.into()),
            Ok(Change::Removed) => changes.removed.push(tenant.into()),
            Err(Outdated::Tenant) => changes.outdated.push(tenant.into()),
            Err(Outdated::Replacement) => {
                changes.is_outdated = true;
                return false;
            }
        }
        true
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        self.table.end_replacement(self.number);
    }
}

impl std::fmt::Debug for Replacement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replacement").field("number", &self.number).finish_non_exhaustive()
    }
}
