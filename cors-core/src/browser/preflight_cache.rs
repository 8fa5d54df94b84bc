//! The CORS-preflight cache.

use std::collections::HashMap;
use std::time::Duration;

use super::preflight::Granted;
use super::quirks::{CachedNullOrigin, CachedWildcard, ClearedByNetworkError, Quirks};
use crate::fetch_standard::headers::is_non_wildcard_request;
use crate::fetch_standard::methods::is_safelisted_method;

/// The CORS-preflight cache of a browser. It also holds the [`Quirks`] of the browser. Use one cache for all fetches of
/// a page.
///
/// Browsers keep a cache for each top-level site, and limit its size: Firefox to 100 URLs, Chromium to 1024. This cache has no limit.
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

/// The key of the cache: the origin and the URL of a request.
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

/// A header name is in lower case. A method and a header name can be `*`.
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
    /// An empty cache of a browser with these quirks. An [`Engine`](crate::browser::Engine) is accepted too.
    pub fn new(quirks: impl Into<Quirks>) -> Self {
        Self { quirks: quirks.into(), entries: HashMap::new() }
    }

    /// The quirks of the browser.
    pub fn quirks(&self) -> Quirks {
        self.quirks
    }

    /// Removes everything, as clearing the browsing data does.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Whether cached answers allow a request, so that it needs no preflight.
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
        let quirks = self.quirks;
        let has = |name| matching(&name, credentials, &quirks).any(|entry| entries.contains_key(&entry));
        let needs_no_entry =
            is_safelisted_method(method) && (method != "HEAD" || quirks.cached_answer_covers_head);
        let covered = (needs_no_entry || has(Name::Method(method.to_owned())))
            && unsafe_names.all(|name| has(Name::Header(name.clone())));
        if entries.is_empty() || (!covered && self.quirks.uncovered_request_clears_preflight_cache) {
            self.entries.remove(resource);
        }
        covered
    }

    /// Stores what an answer grants.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
    pub(super) fn store(
        &mut self,
        resource: Resource,
        granted: &Granted<'_>,
        credentials: bool,
        is_sandboxed: bool,
        now: Duration,
    ) {
        if granted.max_age.is_zero() && self.quirks.zero_max_age_keeps_older_answers {
            return;
        }
        let is_cached = resource.url.len() <= self.quirks.cached_url_limit
            && (resource.origin != "null"
                || match self.quirks.cached_null_origin {
                    CachedNullOrigin::Always => true,
                    CachedNullOrigin::OfSandboxedPages => is_sandboxed,
                    CachedNullOrigin::Never => false,
                });
        if !is_cached {
            return;
        }
        let entries = self.entries.entry(resource).or_default();
        entries.retain(|_, lifetime| !lifetime.is_over(now));
        let methods = granted.methods.iter().map(|name| Name::Method((*name).to_owned()));
        let headers = granted.headers.iter().map(|name| Name::Header(name.to_ascii_lowercase()));
        for name in methods.chain(headers) {
            let mut known = false;
            // The standard changes the maximum age of an entry, but not its start time.
            for entry in matching(&name, credentials, &self.quirks) {
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

    /// Removes the entries of a request that ended with a network error.
    /// <https://fetch.spec.whatwg.org/#concept-cache-clear>
    pub(super) fn network_error(&mut self, resource: &Resource, needed_preflight: bool) {
        let is_cleared = match self.quirks.network_error_clears_preflight_cache {
            ClearedByNetworkError::IfPreflightNeeded => needed_preflight,
            ClearedByNetworkError::Always => true,
            ClearedByNetworkError::Never => false,
        };
        if is_cleared {
            self.entries.remove(resource);
        }
    }
}

/// The keys of the entries that match a method or a header name.
/// <https://fetch.spec.whatwg.org/#concept-cache-match-method>,
/// <https://fetch.spec.whatwg.org/#concept-cache-match-header>
///
/// Taken literally, these sections would let a `*` that was stored with credentials match every name later on, although
/// it was the name `*` when it was granted. This follows the section on the syntax instead: `*` is a wildcard only
/// without credentials. <https://fetch.spec.whatwg.org/#http-new-header-syntax>
fn matching(name: &Name, credentials: bool, quirks: &Quirks) -> impl Iterator<Item = Entry> {
    let cached = quirks.cached_wildcard;
    let wildcard = match (name, cached) {
        (_, CachedWildcard::Nothing) => None,
        (Name::Method(_), _) => Some(Name::Method("*".to_owned())),
        // This includes Chromium. There, `*` in the answer itself covers `Authorization`, so Chromium sends a
        // preflight for each such request.
        (Name::Header(header), CachedWildcard::AllButAuthorization)
            if is_non_wildcard_request(header.as_bytes()) =>
        {
            None
        }
        (Name::Header(_), _) => Some(Name::Header("*".to_owned())),
    };
    let with_credentials = Entry { credentials: true, name: name.clone() };
    // Elsewhere, a `*` that was stored with credentials is a name.
    let stored = wildcard.clone().filter(|_| !credentials && cached == CachedWildcard::Everything);
    let stored = stored.map(|name| Entry { credentials: true, name });
    let without = [Some(name.clone()), wildcard.filter(|wildcard| wildcard != name)];
    let without = without.into_iter().flatten().map(|name| Entry { credentials: false, name });
    let divided = quirks.preflight_cache_is_divided_by_credentials;
    let with_credentials = Some(with_credentials).filter(|_| credentials || !divided);
    with_credentials.into_iter().chain(stored).chain(without.filter(move |_| !credentials))
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
        cache.store(resource(), &granted, false, false, SECOND * u32::try_from(at).unwrap());
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
            assert!(!covers(&mut cache, "DELETE", &["x-b"], 0), "it needs a preflight");
            store(&mut cache, &["DELETE"], &["x-b"], 10, 0);
            assert!(covers(&mut cache, "DELETE", &["x-b"], 0));
            assert_eq!(covers(&mut cache, "PUT", &["x-a", "x-b"], 0), adds_up);
        }
    }

    #[test]
    fn removes_entries_that_do_not_cover_a_request_in_chromium() {
        for (quirks, kept) in [(Quirks::STANDARD, true), (Quirks::CHROMIUM, false)] {
            let mut cache = PreflightCache::new(quirks);
            store(&mut cache, &["PUT"], &[], 10, 0);
            assert!(!covers(&mut cache, "DELETE", &[], 0));
            assert_eq!(covers(&mut cache, "PUT", &[], 0), kept);
        }
    }

    #[test]
    fn clears_on_a_network_error_as_each_engine_does() {
        for (quirks, kept_after_preflight, kept_without) in [
            (Quirks::STANDARD, false, true),
            (Quirks::CHROMIUM, true, true),
            (Quirks::FIREFOX, false, false),
            (Quirks::WEBKIT, true, true),
        ] {
            for (needed_preflight, kept) in [(true, kept_after_preflight), (false, kept_without)] {
                let mut cache = PreflightCache::new(quirks);
                store(&mut cache, &["PUT"], &[], 10, 0);
                cache.network_error(&resource(), needed_preflight);
                assert_eq!(covers(&mut cache, "PUT", &[], 0), kept);
            }
        }
    }

    #[test]
    fn changes_the_maximum_age_of_an_entry_but_not_its_start() {
        let mut cache = PreflightCache::new(Quirks::STANDARD);
        store(&mut cache, &["PUT"], &[], 10, 0);
        store(&mut cache, &["PUT", "DELETE"], &[], 20, 9);
        assert!(covers(&mut cache, "PUT", &[], 19));
        assert!(!covers(&mut cache, "PUT", &[], 20));
        assert!(covers(&mut cache, "DELETE", &[], 28));
    }

    #[test]
    fn covers_requests_with_credentials_by_answers_to_such_requests_only() {
        for quirks in [Quirks::STANDARD, Quirks::CHROMIUM] {
            let granted = Granted { methods: vec!["PUT", "*"], headers: vec![], max_age: SECOND };
            for (stored, asked, covered) in
                [(false, false, true), (false, true, false), (true, false, true), (true, true, true)]
            {
                let mut cache = PreflightCache::new(quirks);
                cache.store(resource(), &granted, stored, false, Duration::ZERO);
                let mut covers = |method| cache.covers(&resource(), method, [].iter(), asked, Duration::ZERO);
                assert_eq!(covers("PUT"), covered);
                // `*` is a wildcard only without credentials.
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
    fn uses_a_cached_wildcard_as_each_engine_does() {
        for (quirks, other_method, other_header, authorization) in [
            (Quirks::STANDARD, true, true, false),
            (Quirks::CHROMIUM, true, true, false),
            (Quirks::FIREFOX, false, false, false),
            (Quirks::WEBKIT, true, true, true),
        ] {
            let asked = |method: &str, names: &[&str]| {
                let mut cache = PreflightCache::new(quirks);
                store(&mut cache, &["*"], &["*"], 10, 0);
                covers(&mut cache, method, names, 0)
            };
            assert_eq!(asked("DELETE", &[]), other_method);
            assert_eq!(asked("GET", &["x-a"]), other_header);
            assert_eq!(asked("GET", &["authorization"]), authorization);
        }
    }

    #[test]
    fn divides_the_cache_by_credentials_in_firefox() {
        for (quirks, covered) in [(Quirks::STANDARD, true), (Quirks::FIREFOX, false)] {
            let mut cache = PreflightCache::new(quirks);
            let granted = Granted { methods: vec!["PUT"], headers: vec![], max_age: SECOND };
            cache.store(resource(), &granted, true, false, Duration::ZERO);
            assert_eq!(covers(&mut cache, "PUT", &[], 0), covered);
        }
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
    fn keeps_nothing_for_the_origin_null_in_chromium() {
        for (quirks, kept) in [(Quirks::STANDARD, true), (Quirks::CHROMIUM, false)] {
            let mut cache = PreflightCache::new(quirks);
            let sandboxed = Resource { origin: "null".to_owned(), ..resource() };
            let granted = Granted { methods: vec!["PUT"], headers: vec![], max_age: SECOND };
            cache.store(sandboxed.clone(), &granted, false, false, Duration::ZERO);
            assert_eq!(cache.covers(&sandboxed, "PUT", [].iter(), false, Duration::ZERO), kept);
        }
    }

    #[test]
    fn keeps_no_long_urls_in_chromium() {
        for (quirks, kept) in [(Quirks::STANDARD, true), (Quirks::CHROMIUM, false)] {
            let mut cache = PreflightCache::new(quirks);
            let long = Resource { url: "a".repeat(1024), ..resource() };
            let granted = Granted { methods: vec!["PUT"], headers: vec![], max_age: SECOND };
            cache.store(long.clone(), &granted, false, false, Duration::ZERO);
            assert_eq!(cache.covers(&long, "PUT", [].iter(), false, Duration::ZERO), kept);
        }
    }
}
