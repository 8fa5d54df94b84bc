//! Building a policy from parts that are known only at run time.

use crate::policy::declaration::{Declaration, Owned};
use crate::policy::exception::{Allow, AllowSet};
use crate::policy::policy::Policy;
use crate::policy::values::{IntoMaxAge, IntoTexts, split_at_commas};
use crate::rules::rule::Rule;
use crate::rules::syntax::Syntax;
use crate::rules::violation::Violations;

/// Collects the parts of a [`Policy`] and judges them all at once.
///
/// ```
/// use cors_core::Policy;
///
/// let policy = Policy::builder()
///     .origins(["https://app.example.com"])
///     .methods(["PUT", "DELETE"])
///     .headers(["content-type"])
///     .max_age("10m")
///     .build()?;
/// # Ok::<(), cors_core::Violations>(())
/// ```
///
/// A second call of a method replaces the value of the first call. `add_origins` and the other `add_…` methods extend a
/// list. For values from environment variables, there are methods that accept text:
/// [`origins_from_str`](Self::origins_from_str), [`methods_from_str`](Self::methods_from_str) and
/// [`headers_from_str`](Self::headers_from_str) split it at commas, and [`max_age`](Self::max_age) reads `"600"` as well
/// as `"10m"`:
///
/// ```
/// use cors_core::Policy;
///
/// let origins = std::env::var("ALLOWED_ORIGINS").unwrap_or("https://a.example, https://b.example".into());
/// let policy = Policy::builder()
///     .origins_from_str(&origins)
///     .headers_from_str("content-type, authorization")
///     .max_age(std::env::var("CORS_MAX_AGE").ok())
///     .build()?;
/// assert_eq!(policy.origins().len(), 2);
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias = "CorsBuilder")]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    pub(crate) declaration: Declaration<Owned>,
    /// Whether a missing `origins` is valid.
    without_origins: bool,
    /// The language of the help in violations.
    pub(crate) syntax: Syntax,
}

impl Policy {
    /// Starts a policy whose parts are known only at run time. If they are known at compile time, use
    /// `cors_actix::policy!`, which cannot fail at run time.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// The origins that are granted access: `"*"` for every origin, or patterns as [`OriginPattern`](crate::OriginPattern)
    /// describes them.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins(["https://app.example.com", "http://localhost:*"]).build()?;
    /// assert!(policy.allows_origin("http://localhost:5173"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[doc(alias = "allowed_origin")]
    #[doc(alias = "allow_origin")]
    #[doc(alias = "wildcard")]
    #[doc(alias = "subdomain")]
    #[doc(alias = "regex")]
    #[doc(alias = "localhost")]
    pub fn origins(mut self, origins: impl IntoTexts) -> Self {
        self.declaration.origins = origins.into_texts();
        self
    }

    /// The origins that are granted access, from one line of text: patterns that are separated by commas, as in an
    /// environment variable. White space around a pattern and empty entries are ignored.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// // .origins_from_str(&std::env::var("ALLOWED_ORIGINS")?)
    /// let policy = Policy::builder().origins_from_str("https://a.example, https://b.example,").build()?;
    /// assert_eq!(policy.origins().len(), 2);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[doc(alias = "environment")]
    #[doc(alias = "env")]
    pub fn origins_from_str(self, origins: &str) -> Self {
        self.origins(split_at_commas(origins).collect::<Vec<_>>())
    }

    /// Adds to the origins that are granted access.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let mut builder = Policy::builder().origins(["https://app.example.com"]);
    /// if cfg!(debug_assertions) {
    ///     builder = builder.add_origins(["http://localhost:*"]);
    /// }
    /// # let policy = builder.add_origins(["https://b.example"]).build()?;
    /// # assert!(policy.allows_origin("https://app.example.com") && policy.allows_origin("https://b.example"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn add_origins(mut self, origins: impl IntoTexts) -> Self {
        self.declaration.origins.extend(origins.into_texts());
        self
    }

    /// Allows a policy without origins. Without this call, such a policy is an error ([`Rule::OriginMissing`]),
    /// because it is probably a mistake.
    ///
    /// The policy grants access to no origin by itself. Use it together with a function that decides about origins, such
    /// as that of `cors_actix::Cors::origin_fn`. Requests of other origins are answered without any CORS headers and are
    /// not blocked, unless [`enforce`](Self::enforce) is on. [`Policy::empty`] is such a policy with no other value.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().without_origins().credentials(true).headers(["content-type"]).build()?;
    /// assert!(!policy.allows_origin("https://app.example.com") && !policy.enforce());
    /// assert!(Policy::builder().credentials(true).build().is_err());
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn without_origins(mut self) -> Self {
        self.without_origins = true;
        self
    }

    /// The origins that are refused although `origins` is `"*"`. This is not a security boundary: a page that is refused
    /// can be served from another origin.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").except(["https://*.scraper.example"]).build()?;
    /// assert!(policy.allows_origin("https://app.example.com"));
    /// assert!(!policy.allows_origin("https://eu.scraper.example"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn except(mut self, origins: impl IntoTexts) -> Self {
        self.declaration.except = origins.into_texts();
        self
    }

    /// Adds to the origins that are refused although `origins` is `"*"`.
    pub fn add_except(mut self, origins: impl IntoTexts) -> Self {
        self.declaration.except.extend(origins.into_texts());
        self
    }

    /// Whether requests may carry cookies, HTTP authentication and client certificates
    /// ([credentials](https://fetch.spec.whatwg.org/#credentials)), so that a page acts as the signed-in user. A policy
    /// with credentials has to list `https` origins: `"*"`, `null` and plain `http` break rules. The default is `false`.
    ///
    /// ```
    /// use cors_core::{Policy, Rule};
    ///
    /// let listed = Policy::builder().origins(["https://app.example.com"]).credentials(true).build()?;
    /// assert!(listed.credentials());
    ///
    /// let everyone = Policy::builder().origins("*").credentials(true).build();
    /// assert_eq!(everyone.unwrap_err()[0].rule(), Rule::CredentialsAnyOrigin);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[doc(alias = "supports_credentials")]
    #[doc(alias = "allow_credentials")]
    #[doc(alias = "cookies")]
    pub fn credentials(mut self, credentials: bool) -> Self {
        self.declaration.credentials = credentials;
        self
    }

    /// The methods that a preflight grants: `"*"`, or names in the case that is sent. `GET`, `HEAD` and `POST` need no
    /// grant ([`Access-Control-Allow-Methods`](https://fetch.spec.whatwg.org/#http-access-control-allow-methods)).
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").methods(["PUT", "DELETE"]).build()?;
    /// assert!(policy.allows_method("PUT") && policy.allows_method("POST"));
    /// assert!(!policy.allows_method("PATCH") && !policy.allows_method("put"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[doc(alias = "allowed_methods")]
    #[doc(alias = "allow_methods")]
    pub fn methods(mut self, methods: impl IntoTexts) -> Self {
        self.declaration.methods = methods.into_texts();
        self
    }

    /// The methods that a preflight grants, from one line of text, as in an environment variable: names that are separated
    /// by commas. White space around a name and empty entries are ignored.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").methods_from_str("PUT, DELETE").build()?;
    /// assert!(policy.allows_method("DELETE"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn methods_from_str(self, methods: &str) -> Self {
        self.methods(split_at_commas(methods).collect::<Vec<_>>())
    }

    /// Adds to the methods that a preflight grants.
    pub fn add_methods(mut self, methods: impl IntoTexts) -> Self {
        self.declaration.methods.extend(methods.into_texts());
        self
    }

    /// The request headers that a preflight grants: `"*"`, or names in any case. Without credentials, `"*"` does not
    /// include `authorization`, but `["*", "authorization"]` does
    /// ([`Access-Control-Allow-Headers`](https://fetch.spec.whatwg.org/#http-access-control-allow-headers)).
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").headers(["content-type", "X-Request-Id"]).build()?;
    /// assert!(policy.allows_header("Content-Type") && policy.allows_header("x-request-id"));
    ///
    /// let policy = Policy::builder().origins("*").headers("*").build()?;
    /// assert!(policy.allows_header("x-anything") && !policy.allows_header("authorization"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[doc(alias = "allowed_headers")]
    #[doc(alias = "allow_headers")]
    pub fn headers(mut self, headers: impl IntoTexts) -> Self {
        self.declaration.headers = headers.into_texts();
        self
    }

    /// The request headers that a preflight grants, from one line of text, as in an environment variable: names that are
    /// separated by commas. White space around a name and empty entries are ignored.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").headers_from_str("content-type, authorization").build()?;
    /// assert!(policy.allows_header("authorization"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn headers_from_str(self, headers: &str) -> Self {
        self.headers(split_at_commas(headers).collect::<Vec<_>>())
    }

    /// Adds to the request headers that a preflight grants.
    pub fn add_headers(mut self, headers: impl IntoTexts) -> Self {
        self.declaration.headers.extend(headers.into_texts());
        self
    }

    /// The response headers that a page may read, in addition to those that [every page can
    /// read](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name): `"*"`, or names in any case
    /// ([`Access-Control-Expose-Headers`](https://fetch.spec.whatwg.org/#http-access-control-expose-headers)).
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").expose(["x-total-count"]).build()?;
    /// assert!(policy.exposes_header("X-Total-Count") && policy.exposes_header("content-type"));
    /// assert!(!policy.exposes_header("x-request-id"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[doc(alias = "expose_headers")]
    #[doc(alias = "exposed_headers")]
    pub fn expose(mut self, expose: impl IntoTexts) -> Self {
        self.declaration.expose = expose.into_texts();
        self
    }

    /// Adds to the response headers that a page may read.
    pub fn add_expose(mut self, expose: impl IntoTexts) -> Self {
        self.declaration.expose.extend(expose.into_texts());
        self
    }

    /// How long a browser may keep the answer to a preflight: seconds, a [`Duration`](std::time::Duration) (fractions of a
    /// second are dropped), text such as `"10m"` or `"600"`, or an `Option` of these, where `None` declares nothing. The
    /// maximum is a day. With `0`, browsers do not keep the answer; without `max_age`, they keep it for 5 seconds
    /// ([`Access-Control-Max-Age`](https://fetch.spec.whatwg.org/#http-access-control-max-age)).
    ///
    /// ```
    /// use std::time::Duration;
    /// use cors_core::Policy;
    ///
    /// let everyone = || Policy::builder().origins("*");
    /// assert_eq!(everyone().max_age("10m").build()?.max_age(), Some(600));
    /// assert_eq!(everyone().max_age(600).build()?.max_age(), Some(600));
    /// assert_eq!(everyone().max_age(Duration::from_secs(600)).build()?.max_age(), Some(600));
    /// assert_eq!(everyone().max_age(std::env::var("CORS_MAX_AGE").ok()).build()?.max_age(), None);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn max_age(mut self, max_age: impl IntoMaxAge) -> Self {
        self.declaration.max_age = max_age.into_max_age();
        self
    }

    /// Whether a refused cross-origin request is answered with 403 before the handler runs. Without it, the handler
    /// runs, but the browser does not let the page read the response.
    ///
    /// Use it if a request can do harm even if no page reads the response: a form can send a `POST` without a preflight.
    /// A request without `Origin` counts as cross-origin if it is
    /// [unsafe and of another site](crate::is_unsafe_without_origin).
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins(["https://app.example.com"]).enforce(true).build()?;
    /// assert!(policy.enforce());
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[doc(alias = "block_on_origin_mismatch")]
    pub fn enforce(mut self, enforce: bool) -> Self {
        self.declaration.enforce = enforce;
        self
    }

    /// The status of a granted preflight, for clients that need another one than 204: 200 to 299, which the standard
    /// calls an [ok status](https://fetch.spec.whatwg.org/#ok-status).
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins("*").preflight_status(200).build()?;
    /// assert_eq!(policy.preflight_status(), 200);
    /// assert!(Policy::builder().origins("*").preflight_status(302).build().is_err());
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn preflight_status(mut self, status: u16) -> Self {
        self.declaration.preflight_status = Some(status.into());
        self
    }

    /// Exceptions from rules. [`Allow`] has an example.
    pub fn allow(mut self, allow: impl IntoIterator<Item = Allow>) -> Self {
        self.declaration.allow = AllowSet::EMPTY;
        for allow in allow {
            self.declaration.allow.insert(allow);
        }
        self
    }

    /// Judges the declared values.
    ///
    /// ```
    /// use cors_core::{Policy, Rule};
    ///
    /// let violations = Policy::builder().origins(["https://app.example.com/"]).methods(["put"]).build().unwrap_err();
    /// let rules: Vec<Rule> = violations.iter().map(|violation| violation.rule()).collect();
    /// assert_eq!(rules, [Rule::OriginPath, Rule::MethodCase]);
    /// ```
    ///
    /// # Errors
    /// Every [`Violation`](crate::Violation), not just the first.
    pub fn build(mut self) -> Result<Policy, Violations> {
        let Declaration { origins, methods, headers, expose, .. } = &mut self.declaration;
        for list in [origins, methods, headers, expose] {
            // `["*", "*"]` has the meaning of `"*"`, which is recognized as the only entry of its list.
            if list.iter().all(|entry| entry == "*") {
                list.truncate(1);
            }
        }
        let mut violations = self.declaration.with_borrowed(|declaration| declaration.violations(false));
        violations.retain(|found| !(self.without_origins && found.rule() == Rule::OriginMissing));
        for violation in &mut violations {
            violation.set_syntax(self.syntax);
        }
        match Violations::of(violations) {
            Some(violations) => Err(violations),
            None => Ok(Policy::of(self.declaration.checked())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CompiledPolicy, Decision};

    #[test]
    fn a_repeated_wildcard_is_a_wildcard() {
        let twice =
            Policy::builder().origins(["*", "*"]).methods(["*", "*"]).headers(["*", "*"]).expose(["*", "*"]);
        let once = Policy::builder().origins("*").methods("*").headers("*").expose("*").build().unwrap();
        let policy = twice.clone().build().unwrap();
        assert_eq!(policy, once);
        let [compiled, expected] = [policy, once].map(|policy| CompiledPolicy::new(&policy).unwrap());
        for decision in Decision::ALL {
            assert_eq!(compiled.answer(decision), expected.answer(decision));
        }
        assert!(twice.clone().except("https://a.example").build().is_ok());
        assert_eq!(twice.credentials(true).build().unwrap_err().len(), 1);
    }
}
