//! The policy: plain, immutable data that has passed every rule.

use std::fmt;

use crate::const_text::{equal, is_token};
use crate::fetch_standard::{headers, methods};
use crate::origin::origin::Origin;
use crate::origin::pattern::OriginPattern;
use crate::origin::set::OriginSet;
use crate::policy::declaration::{Borrowed, Checked, DEFAULT_PREFLIGHT_STATUS, Declaration, ValueRef};
use crate::policy::exception::Allow;
use crate::policy::key::Key;
use crate::policy::max_age;
use crate::rules::violation::{Violation, Violations};

/// A CORS policy: which origins are granted access, and what they may do. It satisfies every [`Rule`](crate::Rule).
///
/// A policy is created by the macros, which judge it at compile time, so that it can be a `const` or a `static`; by
/// [`Policy::builder`]; or from a file with serde. An invalid policy cannot exist.
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
/// [`Display`](fmt::Display) writes a policy as it is written in a macro.
#[derive(Clone)]
pub struct Policy {
    pub(crate) declaration: Declaration<Checked>,
    /// Additional information about a policy that was not created by the builder or from a file. Comparisons ignore
    /// it.
    provenance: Option<Provenance>,
}

/// How a policy was created, if not by the builder or from a file.
#[derive(Clone, Copy)]
enum Provenance {
    Macro {
        /// The place in the source, for messages.
        declared_at: &'static str,
        /// Evaluates the rules that the compiler cannot evaluate, for a policy with constants that the macro could not
        /// read. It is a function pointer so that only such a policy links the public suffix list.
        judge: Option<fn(&Policy) -> Vec<Violation>>,
    },
    /// [`Policy::deny`].
    Deny,
}

impl Policy {
    /// The default status of a granted preflight: 204 No Content.
    pub const PREFLIGHT_STATUS: u16 = DEFAULT_PREFLIGHT_STATUS;

    /// The policy of `#[cors(deny)]`: no other origin is granted access, and cross-origin requests are answered with 403
    /// before the handler runs (`enforce`). [`Policy::empty`] grants nothing either, but blocks nothing.
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
        nobody.provenance = Some(Provenance::Deny);
        nobody
    }

    /// The policy that grants nothing: no other origin gets access. It also blocks nothing: the handler runs, but the
    /// browser does not let the page read the response, as on a server without CORS.
    ///
    /// Use it for a layer whose origins are decided only by a function, such as
    /// `Cors::new(Policy::empty()).origin_fn(f)` of `cors-actix`. [`Policy::deny`] also answers cross-origin requests
    /// with 403.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// static EMPTY: Policy = Policy::empty();
    /// assert!(!EMPTY.allows_origin("https://app.example.com") && !EMPTY.enforce());
    /// ```
    pub const fn empty() -> Policy {
        Policy::unchecked(&Declaration::EMPTY)
    }

    /// For development: pages on this machine, at any port of `localhost`, `127.0.0.1` and `[::1]`, are granted everything,
    /// with credentials. No other origin is granted access.
    ///
    /// Every program on the machine can serve such a page, so the policy is not for production. `cors-actix` writes a
    /// warning into the log.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// static LOCAL: Policy = Policy::development();
    /// assert!(LOCAL.allows_origin("http://localhost:5173"));
    /// assert!(!LOCAL.allows_origin("http://localhost.evil.example"));
    /// ```
    #[doc(alias = "permissive")]
    #[doc(alias = "very_permissive")]
    #[doc(alias = "localhost")]
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

    /// Creates the policy in the code that the macros generate. It does not judge the declaration, because that would
    /// take another 50 ms of compile time. The macros have judged every literal, and they generate a constant for every
    /// other value, in which the compiler judges it ([`Declaration::verify`]).
    #[doc(hidden)]
    pub const fn from_declaration(
        declaration: Declaration<Borrowed<'static>>,
        declared_at: &'static str,
    ) -> Policy {
        let mut policy = Policy::unchecked(&declaration);
        policy.provenance = Some(Provenance::Macro { declared_at, judge: None });
        policy
    }

    /// The macros generate this call for a policy whose origins are constants. The rules that cannot be evaluated in a
    /// constant are then evaluated by [`CompiledPolicy::new`](crate::CompiledPolicy::new).
    #[doc(hidden)]
    pub const fn judged_at_start(mut self) -> Policy {
        if let Some(Provenance::Macro { judge, .. }) = &mut self.provenance {
            *judge = Some(|policy| {
                policy.declaration.with_borrowed(|declaration| declaration.public_suffix_violations())
            });
        }
        self
    }

    const fn unchecked(declaration: &Declaration<Borrowed<'static>>) -> Policy {
        Policy { declaration: Declaration::<Checked>::of(declaration), provenance: None }
    }

    /// The policy with the values of `declaration`, which has to be judged already.
    pub(crate) fn of(declaration: Declaration<Checked>) -> Policy {
        Policy { declaration, provenance: None }
    }

    /// The violations of the rules that were not evaluated when the policy was created.
    pub(crate) fn violations_at_start(&self) -> Option<Violations> {
        let Some(Provenance::Macro { judge: Some(judge), .. }) = self.provenance else { return None };
        Violations::of(judge(self))
    }

    /// The origins as a set. The cost of a look-up in it does not grow with their number.
    pub(crate) fn origin_set(&self) -> OriginSet {
        let Declaration { origins, except, .. } = &self.declaration;
        if !origins.is_any() {
            OriginSet::Listed(origins.origin_set())
        } else if except.is_empty() {
            OriginSet::Everyone
        } else {
            OriginSet::EveryoneBut(except.origin_set())
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

    /// The patterns that are refused although `origins` is `*`.
    pub fn except(&self) -> impl ExactSizeIterator<Item = OriginPattern<'_>> + Clone {
        self.declaration.except.patterns()
    }

    /// Whether requests may carry credentials
    /// ([standard](https://fetch.spec.whatwg.org/#http-access-control-allow-credentials)).
    pub const fn credentials(&self) -> bool {
        self.declaration.credentials
    }

    /// The declared methods. If the list is empty, a handler grants the methods of its route, and a layer grants `GET`, `HEAD`
    /// and `POST`.
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

    /// How long a browser may keep the answer to a preflight, in seconds. Without it, browsers keep it for 5 seconds.
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

    /// Where the policy is declared in the source (`src/main.rs:12`), if it was created by a macro.
    pub const fn declared_at(&self) -> Option<&'static str> {
        match self.provenance {
            Some(Provenance::Macro { declared_at, .. }) => Some(declared_at),
            Some(Provenance::Deny) | None => None,
        }
    }

    /// Whether this is [`Policy::deny`], which must not be combined with an origin function.
    #[doc(hidden)]
    pub const fn is_deny(&self) -> bool {
        matches!(self.provenance, Some(Provenance::Deny))
    }

    /// Whether a page of this origin is granted access. The function can be called in a `const`, so a policy can be tested
    /// at compile time:
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
    /// The cost is proportional to the number of patterns. Use [`CompiledPolicy`](crate::CompiledPolicy) for
    /// requests.
    pub const fn allows_origin(&self, origin: &str) -> bool {
        let text = origin.as_bytes();
        let parsed = Origin::parse(text);
        let mut i = 0;
        while i < self.declaration.origins.len() {
            if let Ok(pattern) = OriginPattern::parse(self.declaration.origins.get(i)) {
                let matches = if pattern.is_any() {
                    self.declaration.except.is_empty() || !self.excepts(&parsed)
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

    /// Whether `except` refuses the origin. It also refuses text that is not an origin.
    const fn excepts(&self, origin: &Option<Origin<'_>>) -> bool {
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

    /// Whether a page of a granted origin can send `method` in cross-origin requests. The function can be called in a
    /// `const`.
    ///
    /// `GET`, `HEAD` and `POST` need no grant, because a server cannot forbid them with CORS ([CORS-safelisted
    /// methods](https://fetch.spec.whatwg.org/#cors-safelisted-method)).
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

    /// Whether a page of a granted origin can set the request header `name` to any value. The function can be called
    /// in a `const`.
    ///
    /// Without credentials, `*` does not include `authorization`
    /// ([non-wildcard names](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name)). With credentials,
    /// browsers do not treat `*` as a wildcard, so this library answers with the names that the preflight asks for.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").headers(["content-type"]).build()?;
    /// assert!(policy.allows_header("Content-Type"));
    /// // No policy can allow a page to set `host`.
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

    /// Whether a page of a granted origin can read the response header `name`: one that is exposed, or that [every page can
    /// read](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name). The function can be called in a `const`.
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
            // With credentials, browsers do not treat `*` as a wildcard. The answer then lists the names of the response's
            // headers, except for those of the protocol.
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

/// Two policies are equal if they have the same values in the same order. How they were created does not matter.
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
    fn a_wildcard_exposes_the_headers_that_the_answer_lists() {
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
