//! The CORS-preflight cache.

use std::collections::HashMap;
use std::time::Duration;

use super::methods::is_safelisted_method;
use super::preflight::Granted;
use super::quirks::{Engine, Quirks};

/// A browser's CORS-preflight cache, which also says which browser it is. Keep it for as long as the
/// browser runs, over all of its fetches.
///
/// It belongs to one page: browsers keep one for each top-level site.
///
/// Section: <https://fetch.spec.whatwg.org/#cors-preflight-cache>.
///
/// ```
/// use cors_core::browser::{PreflightCache, Quirks};
/// let cache = PreflightCache::new(Quirks::CHROMIUM);
/// assert_eq!(cache.quirks(), Quirks::CHROMIUM);
/// ```
#[derive(Debug, Clone)]
pub struct PreflightCache {
    quirks: Quirks,
    entries: HashMap<Resource, HashMap<Entry, Lifetime>>,
}

/// Whose requests to what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Resource {
    pub(super) origin: String,
    pub(super) url: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Entry {
    credentials: bool,
    name: Name,
}

/// A header name is in lower case. Either can be `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name {
    Method(String),
    Header(String),
}

#[derive(Debug, Clone, Copy)]
struct Lifetime {
    stored: Duration,
    max_age: Duration,
}

impl Lifetime {
    fn is_over(self, now: Duration) -> bool {
        self.stored.saturating_add(self.max_age) <= now
    }
}

impl PreflightCache {
    /// An empty cache, of a browser with these quirks.
    pub fn new(quirks: Quirks) -> Self {
        Self { quirks, entries: HashMap::new() }
    }

    /// Which browser it is.
    pub fn quirks(&self) -> Quirks {
        self.quirks
    }

    /// Forgets everything, as a user does who clears the browsing data.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Whether earlier answers let a request go out without a preflight.
    /// <https://fetch.spec.whatwg.org/#concept-http-fetch>
    pub(super) fn covers<'a>(
        &mut self,
        resource: &Resource,
        method: &str,
        mut unsafe_names: impl Iterator<Item = &'a String>,
        credentials: bool,
        now: Duration,
    ) -> bool {
        let Some(entries) = self.entries.get_mut(resource) else { return false };
        entries.retain(|_, lifetime| !lifetime.is_over(now));
        let has = |name| matching(&name, credentials).any(|entry| entries.contains_key(&entry));
        let covered = (is_safelisted_method(method) || has(Name::Method(method.to_owned())))
            && unsafe_names.all(|name| has(Name::Header(name.clone())));
        // A request that its entry does not cover removes it in Chromium, whatever the preflight then says.
        if entries.is_empty() || (!covered && self.quirks.engine == Engine::Chromium) {
            self.entries.remove(resource);
        }
        covered
    }

    /// Keeps what an answer grants.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
    pub(super) fn store(
        &mut self,
        resource: Resource,
        granted: &Granted<'_>,
        credentials: bool,
        now: Duration,
    ) {
        let chromium = self.quirks.engine == Engine::Chromium;
        if chromium && (resource.url.len() >= 1024 || resource.origin == "null") {
            return;
        }
        let entries = self.entries.entry(resource).or_default();
        entries.retain(|_, lifetime| !chromium && !lifetime.is_over(now));
        let methods = granted.methods.iter().map(|name| Name::Method((*name).to_owned()));
        let headers = granted.headers.iter().map(|name| Name::Header(name.to_ascii_lowercase()));
        for name in methods.chain(headers) {
            let mut known = false;
            // The standard changes how long an entry lives, and not since when.
            for entry in matching(&name, credentials) {
                if let Some(lifetime) = entries.get_mut(&entry) {
                    lifetime.max_age = granted.max_age;
                    known = true;
                }
            }
            if !known {
                let lifetime = Lifetime { stored: now, max_age: granted.max_age };
                entries.insert(Entry { credentials, name }, lifetime);
            }
        }
    }

    /// What a network error does to the entries of its request.
    /// <https://fetch.spec.whatwg.org/#concept-cache-clear>
    pub(super) fn network_error(&mut self, resource: &Resource) {
        if self.quirks.engine == Engine::Standard {
            self.entries.remove(resource);
        }
    }
}

/// The entries that can match a method or a header name, if they are there.
/// <https://fetch.spec.whatwg.org/#concept-cache-match-method>,
/// <https://fetch.spec.whatwg.org/#concept-cache-match-header>
///
/// By the letter, a `*` that was stored with credentials would match every name later on, although it was
/// one name when it was granted. What the section on the syntax says is followed here: it is a wildcard
/// only without credentials. <https://fetch.spec.whatwg.org/#http-new-header-syntax>
fn matching(name: &Name, credentials: bool) -> impl Iterator<Item = Entry> {
    let wildcard = match name {
        Name::Method(_) => Some(Name::Method("*".to_owned())),
        // Not even where the check of an answer lets a wildcard cover it: Chromium asks each time.
        Name::Header(header) if header == "authorization" => None,
        Name::Header(_) => Some(Name::Header("*".to_owned())),
    };
    let with_credentials = Entry { credentials: true, name: name.clone() };
    let without = [Some(name.clone()), wildcard.filter(|wildcard| wildcard != name)];
    let without = without.into_iter().flatten().map(|name| Entry { credentials: false, name });
    std::iter::once(with_credentials).chain(without.filter(move |_| !credentials))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn resource() -> Resource {
        Resource { origin: "https://a.example".to_owned(), url: "https://b.example/".to_owned() }
    }

    fn store(cache: &mut PreflightCache, methods: &[&str], headers: &[&str], max_age: u64, at: u64) {
        let max_age = Duration::from_secs(max_age);
        let granted = Granted { methods: methods.to_vec(), headers: headers.to_vec(), max_age };
        cache.store(resource(), &granted, false, SECOND * u32::try_from(at).unwrap());
    }

    fn covers(cache: &mut PreflightCache, method: &str, names: &[&str], at: u64) -> bool {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        cache.covers(&resource(), method, names.iter(), false, SECOND * u32::try_from(at).unwrap())
    }

    #[test]
    fn covers_what_was_granted_until_it_expires() {
        for quirks in [Quirks::STANDARD, Quirks::CHROMIUM] {
            let mut cache = PreflightCache::new(quirks);
            assert!(!covers(&mut cache, "PUT", &[], 0));
            store(&mut cache, &["PUT"], &["X-A"], 10, 1);
            assert!(covers(&mut cache, "PUT", &["x-a"], 1));
            assert!(covers(&mut cache, "GET", &["x-a"], 10), "a safelisted method needs no entry");
            assert!(!covers(&mut cache, "PUT", &["x-a"], 11));
            store(&mut cache, &["PUT"], &["X-A"], 10, 11);
            assert!(!covers(&mut cache, "put", &[], 11), "methods have their case");
        }
    }

    #[test]
    fn keeps_nothing_for_a_max_age_of_zero() {
        for quirks in [Quirks::STANDARD, Quirks::CHROMIUM] {
            let mut cache = PreflightCache::new(quirks);
            store(&mut cache, &["PUT"], &[], 0, 0);
            assert!(!covers(&mut cache, "PUT", &[], 0));
        }
    }

    #[test]
    fn adds_answers_up_in_the_standard_and_replaces_them_in_chromium() {
        for (quirks, adds_up) in [(Quirks::STANDARD, true), (Quirks::CHROMIUM, false)] {
            let mut cache = PreflightCache::new(quirks);
            store(&mut cache, &["PUT"], &["x-a"], 10, 0);
            store(&mut cache, &["DELETE"], &["x-b"], 10, 0);
            assert!(covers(&mut cache, "DELETE", &["x-b"], 0));
            assert_eq!(covers(&mut cache, "PUT", &["x-a", "x-b"], 0), adds_up);
        }
    }

    #[test]
    fn forgets_in_chromium_what_does_not_suffice() {
        for (quirks, kept) in [(Quirks::STANDARD, true), (Quirks::CHROMIUM, false)] {
            let mut cache = PreflightCache::new(quirks);
            store(&mut cache, &["PUT"], &[], 10, 0);
            assert!(!covers(&mut cache, "DELETE", &[], 0));
            assert_eq!(covers(&mut cache, "PUT", &[], 0), kept);
        }
    }

    #[test]
    fn clears_on_a_network_error_in_the_standard_only() {
        for (quirks, kept) in [(Quirks::STANDARD, false), (Quirks::CHROMIUM, true)] {
            let mut cache = PreflightCache::new(quirks);
            store(&mut cache, &["PUT"], &[], 10, 0);
            cache.network_error(&resource());
            assert_eq!(covers(&mut cache, "PUT", &[], 0), kept);
        }
    }

    #[test]
    fn changes_how_long_an_entry_lives_but_not_since_when() {
        let mut cache = PreflightCache::new(Quirks::STANDARD);
        store(&mut cache, &["PUT"], &[], 10, 0);
        store(&mut cache, &["PUT", "DELETE"], &[], 20, 9);
        assert!(covers(&mut cache, "PUT", &[], 19));
        assert!(!covers(&mut cache, "PUT", &[], 20));
        assert!(covers(&mut cache, "DELETE", &[], 28));
    }

    #[test]
    fn matches_requests_with_credentials_to_such_answers_only() {
        for quirks in [Quirks::STANDARD, Quirks::CHROMIUM] {
            let granted = Granted { methods: vec!["PUT", "*"], headers: vec![], max_age: SECOND };
            for (stored, asked, covered) in
                [(false, false, true), (false, true, false), (true, false, true), (true, true, true)]
            {
                let mut cache = PreflightCache::new(quirks);
                cache.store(resource(), &granted, stored, Duration::ZERO);
                let mut covers = |method| cache.covers(&resource(), method, [].iter(), asked, Duration::ZERO);
                assert_eq!(covers("PUT"), covered);
                // A wildcard is one only without credentials.
                assert_eq!(covers("DELETE"), !stored && !asked);
            }
        }
    }

    #[test]
    fn covers_all_headers_but_authorization_by_a_wildcard() {
        let mut cache = PreflightCache::new(Quirks::CHROMIUM);
        store(&mut cache, &[], &["*"], 10, 0);
        assert!(covers(&mut cache, "GET", &["x-a", "x-b"], 0));
        assert!(!covers(&mut cache, "GET", &["authorization"], 0));
    }

    #[test]
    fn keeps_urls_and_origins_apart() {
        let mut cache = PreflightCache::new(Quirks::STANDARD);
        store(&mut cache, &["PUT"], &[], 10, 0);
        let other_url = Resource { url: "https://b.example/x".to_owned(), ..resource() };
        let other_origin = Resource { origin: "null".to_owned(), ..resource() };
        for resource in [other_url, other_origin] {
            assert!(!cache.covers(&resource, "PUT", [].iter(), false, Duration::ZERO));
        }
        cache.clear();
        assert!(!covers(&mut cache, "PUT", &[], 0));
    }

    #[test]
    fn keeps_nothing_for_pages_without_an_origin_in_chromium() {
        for (quirks, kept) in [(Quirks::STANDARD, true), (Quirks::CHROMIUM, false)] {
            let mut cache = PreflightCache::new(quirks);
            let sandboxed = Resource { origin: "null".to_owned(), ..resource() };
            let granted = Granted { methods: vec!["PUT"], headers: vec![], max_age: SECOND };
            cache.store(sandboxed.clone(), &granted, false, Duration::ZERO);
            assert_eq!(cache.covers(&sandboxed, "PUT", [].iter(), false, Duration::ZERO), kept);
        }
    }

    #[test]
    fn keeps_no_long_urls_in_chromium() {
        for (quirks, kept) in [(Quirks::STANDARD, true), (Quirks::CHROMIUM, false)] {
            let mut cache = PreflightCache::new(quirks);
            let long = Resource { url: "a".repeat(1024), ..resource() };
            let granted = Granted { methods: vec!["PUT"], headers: vec![], max_age: SECOND };
            cache.store(long.clone(), &granted, false, Duration::ZERO);
            assert_eq!(cache.covers(&long, "PUT", [].iter(), false, Duration::ZERO), kept);
        }
    }
}
