//! The policy: plain, immutable data that has passed every rule.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::const_text::{equal, is_token};
use crate::fetch_standard::{headers, methods};
use crate::origin::matcher::Matcher;
use crate::origin::origin::Origin;
use crate::origin::pattern::OriginPattern;
use crate::policy::declaration::{Allow, Declaration};
use crate::policy::key::Key;
use crate::policy::list::List;
use crate::policy::max_age;

/// Who may do what across origins: the declaration, after it has passed every [`Rule`](crate::Rule).
///
/// There is no invalid one. It comes from the macros (which judge it at compile time, so that it can stand in a `const`
/// or a `static`), from [`Policy::builder`], or from a file through serde.
///
/// ```
/// use cors_core::Policy;
///
/// let policy = Policy::builder()
///     .origins(["https://app.example.com", "https://*.partner.example"])
///     .headers(["content-type"])
///     .credentials(true)
///     .max_age("1h")
///     .build()?;
///
/// assert!(policy.allows_origin("https://eu.partner.example"));
/// assert!(!policy.allows_origin("https://partner.example.evil.example"));
/// # Ok::<(), cors_core::Violations>(())
/// ```
///
/// It prints as a person would write it in a macro.
#[derive(Clone)]
pub struct Policy {
    pub(crate) origins: List,
    pub(crate) except: List,
    pub(crate) credentials: bool,
    pub(crate) methods: List,
    pub(crate) headers: List,
    pub(crate) expose: List,
    pub(crate) max_age: Option<u32>,
    pub(crate) enforce: bool,
    pub(crate) preflight_status: u16,
    pub(crate) allowed: AllowSet,
    /// Where it stands in the source, for messages. No part of what it means.
    pub(crate) declared_at: Option<&'static str>,
    /// The matcher, once it is made: a policy from the builder may name a million origins, and many layers may share it.
    /// Constants have none: they are small, and a cell in a constant would not be shared.
    pub(crate) matcher: Option<Arc<OnceLock<Arc<Matcher>>>>,
    /// Rules that no constant can judge, for a policy whose constants the macro could not see.
    pub(crate) judge_at_start: Option<fn(&Policy) -> Vec<crate::Violation>>,
}

/// A set of [`Allow`], in a constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct AllowSet(u8);

impl AllowSet {
    pub(crate) const fn of(list: &[Allow]) -> AllowSet {
        let (mut set, mut i) = (0, 0);
        while i < list.len() {
            set |= 1 << list[i] as u8;
            i += 1;
        }
        AllowSet(set)
    }

    pub(crate) const fn has(self, allow: Allow) -> bool {
        self.0 & 1 << allow as u8 != 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Allow> {
        Allow::ALL.iter().copied().filter(move |&allow| self.has(allow))
    }
}

impl Policy {
    /// The status of a granted preflight where none is declared: 204 No Content.
    pub const PREFLIGHT_STATUS: u16 = 204;

    /// The policy that `#[cors(deny)]` stands for: no other origin may do anything, and `enforce` sees to it.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// static NOBODY: Policy = Policy::deny();
    /// assert!(NOBODY.enforce() && !NOBODY.allows_origin("https://app.example.com"));
    /// ```
    pub const fn deny() -> Policy {
        let mut nobody = Policy::unchecked(&Declaration::EMPTY);
        nobody.enforce = true;
        nobody
    }

    /// For development: pages on this machine, at any port of `localhost`, `127.0.0.1` and `[::1]`, may do anything, with
    /// credentials. Nobody else may do anything.
    ///
    /// Whoever runs a program on the machine can serve such a page, so it is not for production; `cors-actix` says so in
    /// the log.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// static LOCAL: Policy = Policy::development();
    /// assert!(LOCAL.allows_origin("http://localhost:5173"));
    /// assert!(!LOCAL.allows_origin("http://localhost.evil.example"));
    /// ```
    pub const fn development() -> Policy {
        Policy::unchecked(&Declaration {
            origins: &[
                "http://localhost:*",
                "https://localhost:*",
                "http://127.0.0.1:*",
                "https://127.0.0.1:*",
                "http://[::1]:*",
                "https://[::1]:*",
            ],
            credentials: true,
            methods: &["*"],
            headers: &["*"],
            expose: &["*"],
            ..Declaration::EMPTY
        })
    }

    /// What the macros generate: a policy in a constant. They have judged every literal, and let the compiler judge every
    /// constant in it at its own place ([`Declaration::verify`]); doing it here once more takes 50 ms a policy.
    #[doc(hidden)]
    pub const fn from_declaration(declaration: Declaration<'static>, declared_at: &'static str) -> Policy {
        let mut policy = Policy::unchecked(&declaration);
        policy.declared_at = Some(declared_at);
        policy
    }

    /// As the macros need it for a policy with constants: judged again when it is first used, by the rules that no
    /// constant can be judged by.
    #[doc(hidden)]
    pub const fn judged_at_start(mut self) -> Policy {
        self.judge_at_start =
            Some(|policy| policy.with_declaration(|declaration| declaration.violations(false)));
        self
    }

    const fn unchecked(declaration: &Declaration<'static>) -> Policy {
        Policy {
            origins: List::Static(declaration.origins),
            except: List::Static(declaration.except),
            credentials: declaration.credentials,
            methods: List::Static(declaration.methods),
            headers: List::Static(declaration.headers),
            expose: List::Static(declaration.expose),
            max_age: match declaration.max_age {
                Some(max_age) => match max_age.seconds() {
                    Ok(seconds) => Some(seconds),
                    Err(_) => None,
                },
                None => None,
            },
            enforce: declaration.enforce,
            preflight_status: match declaration.preflight_status {
                Some(status) => status as u16,
                None => Policy::PREFLIGHT_STATUS,
            },
            allowed: AllowSet::of(declaration.allow),
            declared_at: None,
            matcher: None,
            judge_at_start: None,
        }
    }

    pub(crate) fn matcher(&self) -> Arc<Matcher> {
        match &self.matcher {
            Some(made) => {
                Arc::clone(made.get_or_init(|| Arc::new(Matcher::new(self.origins(), self.except()))))
            }
            None => Arc::new(Matcher::new(self.origins(), self.except())),
        }
    }

    pub(crate) fn with_declaration<R>(&self, read: impl FnOnce(&Declaration<'_>) -> R) -> R {
        fn texts(list: &List) -> Vec<&str> {
            list.iter().collect()
        }
        let allow: Vec<Allow> = self.allowed.iter().collect();
        read(&Declaration {
            origins: &texts(&self.origins),
            except: &texts(&self.except),
            credentials: self.credentials,
            methods: &texts(&self.methods),
            headers: &texts(&self.headers),
            expose: &texts(&self.expose),
            max_age: self.max_age.map(|seconds| crate::MaxAge::Seconds(seconds.into())),
            enforce: self.enforce,
            preflight_status: Some(self.preflight_status.into()),
            allow: &allow,
            dynamic: true,
        })
    }

    /// The declared origin patterns.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins(["https://a.example", "https://*.b.example"]).build()?;
    /// let origins: Vec<&str> = policy.origins().map(|pattern| pattern.as_str()).collect();
    /// assert_eq!(origins, ["https://a.example", "https://*.b.example"]);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn origins(&self) -> impl ExactSizeIterator<Item = OriginPattern<'_>> + Clone {
        patterns(&self.origins)
    }

    /// The patterns that are shut out of `*`.
    pub fn except(&self) -> impl ExactSizeIterator<Item = OriginPattern<'_>> + Clone {
        patterns(&self.except)
    }

    /// Whether requests may carry credentials
    /// ([standard](https://fetch.spec.whatwg.org/#http-access-control-allow-credentials)).
    pub const fn credentials(&self) -> bool {
        self.credentials
    }

    /// The declared methods; none where the policy leaves them to the route, or to `GET`, `HEAD` and `POST`.
    pub fn methods(&self) -> impl ExactSizeIterator<Item = &str> {
        self.methods.iter()
    }

    /// The request headers that a page may set.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = &str> {
        self.headers.iter()
    }

    /// The response headers that a page may read.
    pub fn expose(&self) -> impl ExactSizeIterator<Item = &str> {
        self.expose.iter()
    }

    /// How long, in seconds, a browser may keep a preflight's answer. Without it, browsers take 5 seconds.
    pub const fn max_age(&self) -> Option<u32> {
        self.max_age
    }

    /// Whether a refused cross-origin request is answered with 403 before the handler runs.
    pub const fn enforce(&self) -> bool {
        self.enforce
    }

    /// The status of a granted preflight.
    pub const fn preflight_status(&self) -> u16 {
        self.preflight_status
    }

    /// Whether an exception was declared.
    ///
    /// ```
    /// use cors_core::{Allow, Policy};
    ///
    /// let policy = Policy::builder().origins(["null"]).allow([Allow::NullOrigin]).build()?;
    /// assert!(policy.allows(Allow::NullOrigin) && !policy.allows(Allow::InsecureOrigins));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub const fn allows(&self, allow: Allow) -> bool {
        self.allowed.has(allow)
    }

    /// Where the policy stands in the source (`src/main.rs:12`), if a macro made it.
    pub const fn declared_at(&self) -> Option<&'static str> {
        self.declared_at
    }

    /// Whether a page of this origin is granted access. It can be asked in a `const`, so the compiler can run a test of a
    /// policy:
    ///
    /// ```
    /// # use cors_core::{Declaration, Policy};
    /// # static PARTNERS: Policy = Policy::from_declaration(
    /// #     Declaration { origins: &["https://*.partner.example"], ..Declaration::EMPTY }, "");
    /// // static PARTNERS: Policy = policy! { origins = ["https://*.partner.example"] };
    /// const _: () = assert!(PARTNERS.allows_origin("https://a.partner.example"));
    /// const _: () = assert!(!PARTNERS.allows_origin("https://partner.example"));
    /// ```
    ///
    /// The cost grows with the number of patterns; what serves requests is [`CompiledPolicy`](crate::CompiledPolicy).
    pub const fn allows_origin(&self, origin: &str) -> bool {
        let text = origin.as_bytes();
        let parsed = Origin::parse(text);
        let mut i = 0;
        while i < self.origins.len() {
            if let Ok(pattern) = OriginPattern::parse(self.origins.get(i)) {
                let matches = if pattern.is_any() {
                    self.except.is_empty() || !self.shuts_out(&parsed)
                } else if pattern.is_null() {
                    equal(text, b"null")
                } else {
                    match &parsed {
                        Some(origin) => pattern.matches(origin),
                        None => false,
                    }
                };
                if matches {
                    return true;
                }
            }
            i += 1;
        }
        false
    }

    /// Under `except`, what is no origin is shut out too.
    const fn shuts_out(&self, origin: &Option<Origin<'_>>) -> bool {
        let Some(origin) = origin else { return true };
        let mut i = 0;
        while i < self.except.len() {
            if let Ok(pattern) = OriginPattern::parse(self.except.get(i))
                && pattern.parts.matches_without_trailing_dot(origin)
            {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Whether a page of a granted origin can send `method` across origins. Can be asked in a `const`.
    ///
    /// `GET`, `HEAD` and `POST` need no grant: the protocol gives a server no way to withhold them
    /// ([CORS-safelisted methods](https://fetch.spec.whatwg.org/#cors-safelisted-method)).
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").methods(["PUT"]).build()?;
    /// assert!(policy.allows_method("PUT") && policy.allows_method("GET"));
    /// assert!(!policy.allows_method("DELETE"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub const fn allows_method(&self, method: &str) -> bool {
        let method = method.as_bytes();
        if !is_token(method) || methods::is_forbidden(method) {
            return false;
        }
        let mut i = 0;
        while i < methods::SAFELISTED.len() {
            if equal(method, methods::SAFELISTED[i].as_bytes()) {
                return true;
            }
            i += 1;
        }
        let mut i = 0;
        while i < self.methods.len() {
            let granted = self.methods.get(i).as_bytes();
            if equal(granted, method) || equal(granted, b"*") {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Whether a page of a granted origin can set the request header `name`, whatever its value. Can be asked in a
    /// `const`.
    ///
    /// `*` does not stand for `authorization`
    /// ([non-wildcard names](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name)), unless credentials
    /// are on: there it is no wildcard of the protocol, but this library answers with the very names that were asked.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").headers(["content-type"]).build()?;
    /// assert!(policy.allows_header("Content-Type"));
    /// // No page can set `host`, whatever a policy says.
    /// assert!(!policy.allows_header("authorization") && !policy.allows_header("host"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub const fn allows_header(&self, name: &str) -> bool {
        let name = name.as_bytes();
        if !is_token(name) || headers::is_forbidden_request(name) {
            return false;
        }
        let mut i = 0;
        while i < self.headers.len() {
            let granted = self.headers.get(i).as_bytes();
            let by_wildcard =
                equal(granted, b"*") && (self.credentials || !headers::is_non_wildcard_request(name));
            if granted.eq_ignore_ascii_case(name) || by_wildcard {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Whether a page of a granted origin can read the response header `name`: one that is exposed, or that
    /// [every page reads](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name). Can be asked in a `const`.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").expose("*").build()?;
    /// assert!(policy.exposes_header("x-total-count") && policy.exposes_header("content-type"));
    /// assert!(!policy.exposes_header("set-cookie"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub const fn exposes_header(&self, name: &str) -> bool {
        let name = name.as_bytes();
        if headers::is_forbidden_response(name) || !is_token(name) {
            return false;
        }
        if headers::is_safelisted_response(name) {
            return true;
        }
        let mut i = 0;
        while i < self.expose.len() {
            let exposed = self.expose.get(i).as_bytes();
            // Under credentials `*` is no wildcard of the protocol: the answer lists names, and those of the protocol
            // are not among them.
            let by_wildcard =
                equal(exposed, b"*") && (!self.credentials || !headers::is_protocol_response(name));
            if exposed.eq_ignore_ascii_case(name) || by_wildcard {
                return true;
            }
            i += 1;
        }
        false
    }
}

fn patterns(list: &List) -> impl ExactSizeIterator<Item = OriginPattern<'_>> + Clone {
    list.iter().map(|text| match OriginPattern::parse(text) {
        Ok(pattern) => pattern,
        Err(rule) => unreachable!("{text} was judged when the policy was made: {rule}"),
    })
}

/// Two policies are equal that say the same in the same order, wherever they come from.
impl PartialEq for Policy {
    fn eq(&self, other: &Policy) -> bool {
        self.origins == other.origins
            && self.except == other.except
            && self.credentials == other.credentials
            && self.methods == other.methods
            && self.headers == other.headers
            && self.expose == other.expose
            && self.max_age == other.max_age
            && self.enforce == other.enforce
            && self.preflight_status == other.preflight_status
            && self.allowed == other.allowed
    }
}

impl Eq for Policy {}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Keys<'a, 'f>(&'a mut fmt::Formatter<'f>, bool);
        impl Keys<'_, '_> {
            fn write(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
                if std::mem::replace(&mut self.1, true) {
                    self.0.write_str(", ")?;
                }
                self.0.write_fmt(text)
            }

            fn list(&mut self, key: Key, list: &List) -> fmt::Result {
                if list.is_any() {
                    self.write(format_args!("{key} = \"*\""))
                } else if !list.is_empty() {
                    self.write(format_args!("{key} = {list:?}"))
                } else {
                    Ok(())
                }
            }
        }

        let mut keys = Keys(f, false);
        keys.list(Key::Origins, &self.origins)?;
        keys.list(Key::Except, &self.except)?;
        if self.credentials {
            keys.write(format_args!("credentials"))?;
        }
        keys.list(Key::Methods, &self.methods)?;
        keys.list(Key::Headers, &self.headers)?;
        keys.list(Key::Expose, &self.expose)?;
        if let Some(seconds) = self.max_age {
            keys.write(format_args!("max_age = {:?}", max_age::in_words(seconds)))?;
        }
        if self.enforce {
            keys.write(format_args!("enforce"))?;
        }
        if self.preflight_status != Policy::PREFLIGHT_STATUS {
            keys.write(format_args!("preflight_status = {}", self.preflight_status))?;
        }
        let allowed: Vec<_> = self.allowed.iter().map(Allow::name).collect();
        if !allowed.is_empty() {
            keys.write(format_args!("allow({})", allowed.join(", ")))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "policy! {{ {self} }}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_exposes_what_the_answer_will_name() {
        let origins = Policy::builder().origins("https://a.example").expose("*");
        let with = origins.clone().credentials(true).build().unwrap();
        let without = origins.build().unwrap();
        for name in ["x-a", "vary", "access-control-allow-origin", "Access-Control-Max-Age", "etag", "x-b"] {
            assert_eq!(with.exposes_header(name), crate::exposes_name(name), "{name}");
            assert!(without.exposes_header(name), "{name}");
        }
        for policy in [with, without] {
            assert!(policy.exposes_header("Content-Type") && !policy.exposes_header("set-cookie"));
        }
    }
}
