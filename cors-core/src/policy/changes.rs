//! What changes when one policy replaces another.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use crate::fetch_standard::headers::DEFAULT_MAX_AGE;
use crate::policy::declaration::ValueRef;
use crate::policy::key::Key;
use crate::policy::policy::Policy;

/// The number of entries of a list that the text contains.
const MOST_NAMED: usize = 3;

/// What changes when one policy replaces another: the text of a log line.
///
/// ```
/// use cors_core::{Policy, PolicyChanges};
///
/// let former = Policy::builder().origins(["https://a.example", "https://b.example"]).max_age("10m").build()?;
/// let new = Policy::builder().origins(["https://a.example", "https://c.example"]).max_age("10m").build()?;
/// let changes = PolicyChanges::between(&former, &new);
/// assert_eq!(changes.added(cors_core::Key::Origins), ["https://c.example"]);
/// assert_eq!(
///     changes.to_string(),
///     "origins: 1 added (https://c.example), 1 removed (https://b.example); for up to 600 seconds, browsers may act on \
///      answers to preflights that the former policy gave; without `enforce`, the handler runs for such requests"
/// );
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChanges {
    lists: Vec<ListChange>,
    /// The changed keys whose values are not lists, with the former and the new value.
    values: Vec<(Key, String, String)>,
    /// How long browsers may use grants of the former policy that the new policy does not contain.
    stale_for: Option<Duration>,
    enforces: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ListChange {
    key: Key,
    added: Vec<String>,
    removed: Vec<String>,
}

impl PolicyChanges {
    /// Compares two policies. The cost is proportional to their size.
    pub fn between(former: &Policy, new: &Policy) -> Self {
        let (mut lists, mut values) = (Vec::new(), Vec::new());
        for &key in Key::ALL {
            match (Value::of(former, key), Value::of(new, key)) {
                (Value::List(former), Value::List(new)) => {
                    lists.extend(ListChange::between(key, &former, &new))
                }
                (Value::One(former), Value::One(new)) if former != new => values.push((key, former, new)),
                _ => {}
            }
        }
        let takes_away = |change: &ListChange| match change.key {
            Key::Except => !change.added.is_empty(),
            // A policy without `methods` grants all methods of its route if it is on a handler, so any list may be
            // narrower.
            Key::Methods if former.methods().len() == 0 => true,
            Key::Origins | Key::Methods | Key::Headers => !change.removed.is_empty(),
            // These do not change what a preflight grants, or they are not lists.
            Key::Expose
            | Key::Allow
            | Key::Credentials
            | Key::MaxAge
            | Key::Enforce
            | Key::PreflightStatus => false,
        };
        let narrows = (former.credentials() && !new.credentials()) || lists.iter().any(takes_away);
        let stale_for = narrows.then(|| former.max_age().unwrap_or(DEFAULT_MAX_AGE)).filter(|age| *age > 0);
        Self {
            lists,
            values,
            stale_for: stale_for.map(|seconds| Duration::from_secs(seconds.into())),
            enforces: new.enforce(),
        }
    }

    /// Whether nothing changes. The order of a list has no meaning.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.values.is_empty()
    }

    /// The entries of a list that are new, in the order of the new policy.
    pub fn added(&self, key: Key) -> &[String] {
        self.list(key).map_or(&[], |change| &change.added)
    }

    /// The entries of a list that were removed, in the order of the former policy.
    pub fn removed(&self, key: Key) -> &[String] {
        self.list(key).map_or(&[], |change| &change.removed)
    }

    fn list(&self, key: Key) -> Option<&ListChange> {
        self.lists.iter().find(|change| change.key == key)
    }

    /// The longest time for which browsers may use grants of the former policy that the new policy does not contain.
    /// `None` if the new policy contains all of them.
    ///
    /// Browsers keep the answer to a preflight for the `max_age` of the former policy, or for five seconds without it. Until
    /// then they send requests that the former policy granted. `enforce` stops those requests whose *origin* is refused; it
    /// does not stop methods and headers.
    pub fn stale_for(&self) -> Option<Duration> {
        self.stale_for
    }
}

/// The value of a key as text.
enum Value<'p> {
    List(Vec<&'p str>),
    One(String),
}

impl<'p> Value<'p> {
    fn of(policy: &'p Policy, key: Key) -> Self {
        match policy.declaration.get(key) {
            ValueRef::List(list) => Self::List(list.iter().collect()),
            ValueRef::Exceptions(exceptions) => {
                Self::List(exceptions.iter().map(|exception| exception.name()).collect())
            }
            ValueRef::Flag(flag) => Self::One(if *flag { "yes" } else { "no" }.to_owned()),
            ValueRef::MaxAge(None) => Self::One("none".to_owned()),
            ValueRef::MaxAge(Some(seconds)) => Self::One(seconds.to_string()),
            ValueRef::Status(status) => Self::One(status.to_string()),
        }
    }
}

impl ListChange {
    fn between(key: Key, former: &[&str], new: &[&str]) -> Option<Self> {
        let only_in = |list: &[&str], other: &[&str]| -> Vec<String> {
            let other: HashSet<&str> = other.iter().copied().collect();
            list.iter().filter(|text| !other.contains(*text)).map(|text| (*text).to_owned()).collect()
        };
        let (added, removed) = (only_in(new, former), only_in(former, new));
        (!added.is_empty() || !removed.is_empty()).then_some(Self { key, added, removed })
    }
}

impl fmt::Display for PolicyChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing changed");
        }
        let mut separator = "";
        for ListChange { key, added, removed } in &self.lists {
            write!(f, "{separator}{key}: ")?;
            let mut comma = "";
            for (entries, what) in [(added, "added"), (removed, "removed")] {
                if entries.is_empty() {
                    continue;
                }
                let named =
                    entries.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
                let more = if entries.len() > MOST_NAMED { ", …" } else { "" };
                write!(f, "{comma}{} {what} ({named}{more})", entries.len())?;
                comma = ", ";
            }
            separator = "; ";
        }
        for (key, former, new) in &self.values {
            write!(f, "{separator}{key}: {former} → {new}")?;
            separator = "; ";
        }
        if let Some(time) = self.stale_for {
            write!(
                f,
                "; for up to {} seconds, browsers may act on answers to preflights that the former policy gave; ",
                time.as_secs()
            )?;
            f.write_str(if self.enforces {
                "`enforce` stops such requests if their origin is refused, but not for their method or headers"
            } else {
                "without `enforce`, the handler runs for such requests"
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::builder::Builder;

    #[track_caller]
    fn changes(former: Builder, new: Builder) -> PolicyChanges {
        PolicyChanges::between(&former.build().unwrap(), &new.build().unwrap())
    }

    fn app() -> Builder {
        Policy::builder().origins(["https://app.example.com"])
    }

    #[test]
    fn only_a_narrower_policy_leaves_browsers_with_stale_grants() {
        let stale = |former, new| changes(former, new).stale_for().map(|time| time.as_secs());
        assert_eq!(stale(app(), app().origins(["https://app.example.com", "https://b.example"])), None);
        assert_eq!(stale(app().methods(["PUT"]), app().methods(["PUT", "DELETE"])), None);
        assert_eq!(stale(app(), Policy::builder().origins(["https://b.example"])), Some(5));
        assert_eq!(stale(app().max_age("1h").methods(["PUT"]), app().max_age("1m")), Some(3600));
        assert_eq!(stale(app().max_age("1h").headers(["x-a"]), app().max_age("1h")), Some(3600));
        assert_eq!(stale(app().credentials(true), app()), Some(5));
        assert_eq!(stale(app().max_age(0).credentials(true), app()), None);
        let everyone = || Policy::builder().origins("*");
        assert_eq!(stale(everyone(), everyone().except(["https://b.example"])), Some(5));
    }

    #[test]
    fn the_text_names_the_first_entries_and_counts_all() {
        let many: Vec<_> = (0..1000).map(|i| format!("https://t{i}.example")).collect();
        let text = changes(app(), app().origins(many).credentials(true).enforce(true)).to_string();
        assert_eq!(
            text,
            "origins: 1000 added (https://t0.example, https://t1.example, https://t2.example, …), 1 removed \
             (https://app.example.com); credentials: no → yes; enforce: no → yes; for up to 5 seconds, browsers may act on \
             answers to preflights that the former policy gave; `enforce` stops such requests if their origin is refused, but \
             not for their method or headers"
        );
        assert_eq!(changes(app(), app()).to_string(), "nothing changed");
        assert_eq!(changes(app().max_age("1h"), app()).to_string(), "max_age: 3600 → none");
        let lenient = changes(app(), app().allow([crate::Allow::InsecureOrigins]));
        assert_eq!(lenient.to_string(), "allow: 1 added (insecure_origins)");
    }

    #[test]
    fn a_change_of_any_key_is_reported() {
        let base = || Policy::builder().origins("*");
        for (key, changed) in [
            (Key::Origins, app()),
            (Key::Except, base().except(["https://b.example"])),
            (Key::Credentials, app().credentials(true)),
            (Key::Methods, base().methods(["PUT"])),
            (Key::Headers, base().headers(["x-a"])),
            (Key::Expose, base().expose(["x-a"])),
            (Key::MaxAge, base().max_age(5)),
            (Key::Enforce, app().enforce(true)),
            (Key::PreflightStatus, base().preflight_status(200)),
            (Key::Allow, base().allow([crate::Allow::InsecureOrigins])),
        ] {
            let changes = changes(base(), changed);
            assert!(changes.to_string().contains(&format!("{key}: ")), "{key}: {changes}");
        }
    }
}
