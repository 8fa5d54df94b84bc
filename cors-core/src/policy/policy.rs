//! The policy: plain, immutable data that has passed every rule.

use std::fmt;

use crate::const_text::{equal, is_token};
use crate::fetch_standard::{headers, methods};
use crate::origin::matcher::Matcher;
use crate::origin::origin::Origin;
use crate::origin::pattern::OriginPattern;
use crate::policy::declaration::{Borrowed, Checked, DEFAULT_PREFLIGHT_STATUS, Declaration, ValueRef};
use crate::policy::exception::Allow;
use crate::policy::key::Key;
use crate::policy::max_age;
use crate::rules::violation::{Violation, Violations};

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
    pub(crate) declaration: Declaration<Checked>,
    /// What the macro that made the policy knows of it. It is no part of what the policy says.
    provenance: Option<Provenance>,
}

/// Where a policy of a macro comes from, and what is left to judge.
#[derive(Clone, Copy)]
struct Provenance {
    /// The place in the source, for messages.
    declared_at: &'static str,
    /// The rules that the compiler cannot judge, for a policy with constants that the macro could not read. It is a
    /// function pointer so that only such a policy links the public suffix list.
    judge: Option<fn(&Policy) -> Vec<Violation>>,
}

impl Policy {
    /// The status of a granted preflight where none is declared: 204 No Content.
    pub const PREFLIGHT_STATUS: u16 = DEFAULT_PREFLIGHT_STATUS;

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
        nobody.declaration.enforce = true;
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
    pub const fn from_declaration(
        declaration: Declaration<Borrowed<'static>>,
        declared_at: &'static str,
    ) -> Policy {
        let mut policy = Policy::unchecked(&declaration);
        policy.provenance = Some(Provenance { declared_at, judge: None });
        policy
    }

    /// What the macros generate for a policy whose origins are constants: when the policy is compiled, it is judged by
    /// the rules that no constant can be judged by.
    #[doc(hidden)]
    pub const fn judged_at_start(mut self) -> Policy {
        let declared_at = match self.provenance {
            Some(provenance) => provenance.declared_at,
            None => "",
        };
        let judge = |policy: &Policy| {
            policy.declaration.with_borrowed(|declaration| declaration.public_suffix_violations())
        };
        self.provenance = Some(Provenance { declared_at, judge: Some(judge) });
        self
    }

    const fn unchecked(declaration: &Declaration<Borrowed<'static>>) -> Policy {
        Policy { declaration: Declaration::<Checked>::of(declaration), provenance: None }
    }

    /// The policy that `declaration`, which has been judged, stands for.
    pub(crate) fn of(declaration: Declaration<Checked>) -> Policy {
        Policy { declaration, provenance: None }
    }

    /// The violations of the rules that are left to judge when the policy is compiled.
    pub(crate) fn violations_at_start(&self) -> Option<Violations> {
        let judge = self.provenance?.judge?;
        Violations::of(judge(self))
    }

    /// The origins, prepared so that the cost of a look-up does not grow with their number.
    pub(crate) fn matcher(&self) -> Matcher {
        let Declaration { origins, except, .. } = &self.declaration;
        if !origins.is_any() {
            Matcher::Listed(origins.origin_set())
        } else if except.is_empty() {
            Matcher::Everyone
        } else {
            Matcher::EveryoneBut(except.origin_set())
        }
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
        self.declaration.origins.patterns()
    }

    /// The patterns that are shut out of `*`.
    pub fn except(&self) -> impl ExactSizeIterator<Item = OriginPattern<'_>> + Clone {
        self.declaration.except.patterns()
    }

    /// Whether requests may carry credentials
    /// ([standard](https://fetch.spec.whatwg.org/#http-access-control-allow-credentials)).
    pub const fn credentials(&self) -> bool {
        self.declaration.credentials
    }

    /// The declared methods; none where the policy leaves them to the route, or to `GET`, `HEAD` and `POST`.
    pub fn methods(&self) -> impl ExactSizeIterator<Item = &str> {
        self.declaration.methods.iter()
    }

    /// The request headers that a page may set.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = &str> {
        self.declaration.headers.iter()
    }

    /// The response headers that a page may read.
    pub fn expose(&self) -> impl ExactSizeIterator<Item = &str> {
        self.declaration.expose.iter()
    }

    /// How long, in seconds, a browser may keep a preflight's answer. Without it, browsers take 5 seconds.
    pub const fn max_age(&self) -> Option<u32> {
        self.declaration.max_age
    }

    /// Whether a refused cross-origin request is answered with 403 before the handler runs.
    pub const fn enforce(&self) -> bool {
        self.declaration.enforce
    }

    /// The status of a granted preflight.
    pub const fn preflight_status(&self) -> u16 {
        self.declaration.preflight_status
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
        self.declaration.allow.has(allow)
    }

    /// Where the policy stands in the source (`src/main.rs:12`), if a macro made it.
    pub const fn declared_at(&self) -> Option<&'static str> {
        match self.provenance {
            Some(provenance) => Some(provenance.declared_at),
            None => None,
        }
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
        while i < self.declaration.origins.len() {
            if let Ok(pattern) = OriginPattern::parse(self.declaration.origins.get(i)) {
                let matches = if pattern.is_any() {
                    self.declaration.except.is_empty() || !self.shuts_out(&parsed)
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
        while i < self.declaration.except.len() {
            if let Ok(pattern) = OriginPattern::parse(self.declaration.except.get(i))
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
        while i < self.declaration.methods.len() {
            let granted = self.declaration.methods.get(i).as_bytes();
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
        while i < self.declaration.headers.len() {
            let granted = self.declaration.headers.get(i).as_bytes();
            let by_wildcard = equal(granted, b"*")
                && (self.declaration.credentials || !headers::is_non_wildcard_request(name));
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
        while i < self.declaration.expose.len() {
            let exposed = self.declaration.expose.get(i).as_bytes();
            // Under credentials `*` is no wildcard of the protocol: the answer lists names, and those of the protocol
            // are not among them.
            let by_wildcard = equal(exposed, b"*")
                && (!self.declaration.credentials || !headers::is_protocol_response(name));
            if exposed.eq_ignore_ascii_case(name) || by_wildcard {
                return true;
            }
            i += 1;
        }
        false
    }
}

/// Two policies are equal that say the same in the same order, wherever they come from.
impl PartialEq for Policy {
    fn eq(&self, other: &Policy) -> bool {
        self.declaration == other.declaration
    }
}

impl Eq for Policy {}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for &key in Key::ALL {
            let value = match self.declaration.get(key) {
                ValueRef::List(list) if list.is_empty() => continue,
                ValueRef::List(list) if list.is_any() => format!("{key} = \"*\""),
                ValueRef::List(list) => format!("{key} = {list:?}"),
                ValueRef::Flag(false) => continue,
                ValueRef::Flag(true) => key.name().into(),
                ValueRef::MaxAge(None) => continue,
                ValueRef::MaxAge(Some(seconds)) => format!("{key} = {:?}", max_age::in_words(*seconds)),
                ValueRef::Status(&Policy::PREFLIGHT_STATUS) => continue,
                ValueRef::Status(status) => format!("{key} = {status}"),
                ValueRef::Exceptions(exceptions) if exceptions.is_empty() => continue,
                ValueRef::Exceptions(exceptions) => {
                    let names: Vec<_> = exceptions.iter().map(Allow::name).collect();
                    format!("{key}({})", names.join(", "))
                }
            };
            write!(f, "{separator}{value}")?;
            separator = ", ";
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
