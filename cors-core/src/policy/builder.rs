//! Building a policy from parts that are known only at run time.

use crate::policy::declaration::{Declaration, Owned};
use crate::policy::exception::{Allow, AllowSet};
use crate::policy::max_age::MaxAge;
use crate::policy::policy::Policy;
use crate::rules::rule::Rule;
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
/// Each method takes the place of what was said before with the same one.
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    pub(crate) declaration: Declaration<Owned>,
    /// Whether a function is asked about origins, so that `origins` may be left out.
    has_origin_function: bool,
}

/// One text or several, for the builder's lists: `"*"`, `["a", "b"]`, a `Vec<String>`, …
pub trait IntoTexts {
    #[doc(hidden)]
    fn into_texts(self) -> Vec<String>;
}

impl IntoTexts for &str {
    fn into_texts(self) -> Vec<String> {
        vec![self.into()]
    }
}

impl IntoTexts for String {
    fn into_texts(self) -> Vec<String> {
        vec![self]
    }
}

impl<T: Into<String>, const N: usize> IntoTexts for [T; N] {
    fn into_texts(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<String>> IntoTexts for Vec<T> {
    fn into_texts(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: AsRef<str>> IntoTexts for &[T] {
    fn into_texts(self) -> Vec<String> {
        self.iter().map(|text| text.as_ref().into()).collect()
    }
}

impl<T: AsRef<str>> IntoTexts for &Vec<T> {
    fn into_texts(self) -> Vec<String> {
        self.as_slice().into_texts()
    }
}

impl Policy {
    /// Starts a policy whose parts are known only at run time. With parts that are known at compile time,
    /// `cors_actix::policy!` does the same and cannot fail.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Who may: `"*"` for everyone, or patterns as [`OriginPattern`](crate::OriginPattern) describes them.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins(["https://app.example.com", "http://localhost:*"]).build()?;
    /// assert!(policy.allows_origin("http://localhost:5173"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn origins(mut self, origins: impl IntoTexts) -> Self {
        self.declaration.origins = origins.into_texts();
        self
    }

    /// Who may, from one line of text: patterns with commas between them, as an environment variable holds them. White
    /// space around a pattern and empty entries are passed over.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// // .origins_from_str(&std::env::var("ALLOWED_ORIGINS")?)
    /// let policy = Policy::builder().origins_from_str("https://a.example, https://b.example,").build()?;
    /// assert_eq!(policy.origins().len(), 2);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn origins_from_str(self, origins: &str) -> Self {
        let entries = origins.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        self.origins(entries.collect::<Vec<_>>())
    }

    /// Who may not, where `origins` is `"*"`. It keeps honest pages out and is no security boundary: whoever wants in can
    /// serve the same page from another origin.
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

    /// Whether requests may carry cookies, HTTP authentication and client certificates
    /// ([credentials](https://fetch.spec.whatwg.org/#credentials)), so that a page acts as the user who is signed in. It
    /// takes a list of `https` origins: `"*"`, `null` and plain `http` break rules. Without it they may not.
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
    pub fn methods(mut self, methods: impl IntoTexts) -> Self {
        self.declaration.methods = methods.into_texts();
        self
    }

    /// The request headers that a preflight grants: `"*"`, or names in any case. `"*"` without credentials leaves out
    /// `authorization`; `["*", "authorization"]` does not
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
    pub fn headers(mut self, headers: impl IntoTexts) -> Self {
        self.declaration.headers = headers.into_texts();
        self
    }

    /// The response headers that a page may read, besides those that
    /// [every page reads](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name): `"*"`, or names in any case
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
    pub fn expose(mut self, expose: impl IntoTexts) -> Self {
        self.declaration.expose = expose.into_texts();
        self
    }

    /// How long a browser may keep the answer to a preflight: seconds, a [`Duration`](std::time::Duration) (parts of a
    /// second are dropped), or `"10m"`. A day at most. 0 is not to keep it; without `max_age`, browsers keep it for 5
    /// seconds ([`Access-Control-Max-Age`](https://fetch.spec.whatwg.org/#http-access-control-max-age)).
    ///
    /// ```
    /// use std::time::Duration;
    /// use cors_core::Policy;
    ///
    /// let everyone = || Policy::builder().origins("*");
    /// assert_eq!(everyone().max_age("10m").build()?.max_age(), Some(600));
    /// assert_eq!(everyone().max_age(600).build()?.max_age(), Some(600));
    /// assert_eq!(everyone().max_age(Duration::from_secs(600)).build()?.max_age(), Some(600));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn max_age<'a>(mut self, max_age: impl Into<MaxAge<'a>>) -> Self {
        self.declaration.max_age = Some(max_age.into().into());
        self
    }

    /// Whether a refused cross-origin request is answered with 403 before the handler runs. Without it the handler runs
    /// and the browser keeps the response from the page.
    ///
    /// Say it where a request does harm though nobody reads the response: a form can send a `POST` without a preflight.
    ///
    /// ```
    /// use cors_core::Policy;
    ///
    /// let policy = Policy::builder().origins(["https://app.example.com"]).enforce(true).build()?;
    /// assert!(policy.enforce());
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn enforce(mut self, enforce: bool) -> Self {
        self.declaration.enforce = enforce;
        self
    }

    /// The status of a granted preflight, where 204 does not do: 200 to 299, which the standard calls an
    /// [ok status](https://fetch.spec.whatwg.org/#ok-status).
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

    /// For a policy whose origins a function knows: `origins` may be left out.
    #[doc(hidden)]
    pub fn dynamic(mut self) -> Self {
        self.has_origin_function = true;
        self
    }

    /// Judges what was said.
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
        violations.retain(|found| !(self.has_origin_function && found.rule() == Rule::OriginMissing));
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
    fn everyone_said_twice_is_everyone() {
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
