//! A policy that is prepared for decisions.

use std::sync::Arc;

use crate::const_text::is_token;
use crate::decision::answer::{Answer, Usage};
use crate::decision::decision::Decision;
use crate::decision::echo::{LONGEST_ECHO, members};
use crate::decision::refusal::Refusal;
use crate::origin::origin::Origin;
use crate::origin::set::OriginSet;
use crate::policy::exception::Allow;
use crate::policy::policy::Policy;
use crate::request::header::RequestHeader;
use crate::request::lost_origin::{is_unsafe_without_origin, lost_origin};
use crate::request::request::{Field, Request, preflight_method};
use crate::request::same_origin::is_same_origin;
use crate::rules::violation::Violations;

/// A [`Policy`] in a form that is fast to decide with: the cost of a decision does not grow with the number of origins.
///
/// The time and the memory to compile a policy are proportional to the number of origins. A decision does not
/// allocate. The type is `Send + Sync`: compile a policy once and share it between threads. Cloning is cheap.
///
/// ```
/// use cors_core::{AllowOrigin, CompiledPolicy, Decision, Granted, PlainRequest, Policy};
///
/// let policy = Policy::builder().origins(["https://app.example.com"]).methods(["PUT"]).build()?;
/// let policy = CompiledPolicy::new(&policy)?;
///
/// let headers = [("origin", "https://app.example.com"), ("access-control-request-method", "PUT")];
/// let decision = policy.decide(&PlainRequest::new("OPTIONS", &headers));
/// assert_eq!(decision, Decision::PreflightGranted);
///
/// let answer = policy.answer(decision);
/// assert_eq!(answer.status, Some(204));
/// assert_eq!(answer.vary.as_str(), "Origin, Access-Control-Request-Method");
/// let grants = answer.grants.expect("the preflight is granted");
/// assert_eq!(grants.allow_origin, AllowOrigin::Only("https://app.example.com".to_owned()));
/// assert_eq!(grants.allow_methods, Some(Granted::Listed("PUT".to_owned())));
/// # Ok::<(), cors_core::Violations>(())
/// ```
///
/// [`Answers`](crate::Answers) writes the answers into the responses of a framework.
#[derive(Clone)]
pub struct CompiledPolicy(Arc<Compiled>);

struct Compiled {
    origins: Arc<OriginSet>,
    /// The methods that a preflight grants. It is empty if the policy has no `methods`.
    methods: Vec<String>,
    policy: Arc<Policy>,
    usage: Usage,
}

impl CompiledPolicy {
    /// Compiles a policy.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Policy};
    ///
    /// let policy = Policy::builder().origins(["https://app.example.com"]).build()?;
    /// let compiled = CompiledPolicy::new(&policy)?;
    /// assert_eq!(compiled.policy(), &policy);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    ///
    /// # Errors
    /// The rules that cannot be evaluated in a constant, for a policy from a macro (see
    /// [`Rule::CredentialsPublicSuffix`](crate::Rule::CredentialsPublicSuffix)). A policy from the builder or from a
    /// file has already passed them.
    ///
    /// # Panics
    /// If the text of the origins is longer than 4 GiB.
    pub fn new(policy: &Policy) -> Result<Self, Violations> {
        if let Some(violations) = policy.violations_at_start() {
            return Err(violations);
        }
        let methods = policy.methods().map(String::from).collect();
        Ok(Self::with(Arc::new(policy.origin_set()), Arc::new(policy.clone()), methods, Usage::default()))
    }

    fn with(origins: Arc<OriginSet>, policy: Arc<Policy>, methods: Vec<String>, usage: Usage) -> Self {
        Self(Arc::new(Compiled { origins, methods, policy, usage }))
    }

    /// The same policy on a route that serves `methods`. It grants these methods; if the policy lists methods itself, it
    /// grants those of them that the route serves. A method that is in `methods` twice is granted once.
    ///
    /// Use it in a framework in which a route declares its methods. The origins are shared, so it costs little.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Decision, Granted, Policy};
    ///
    /// let policy = Policy::builder().origins("*").methods(["PUT", "DELETE"]).build()?;
    /// let on_the_route = CompiledPolicy::new(&policy)?.for_route(&["GET", "PUT"]);
    /// let grants = on_the_route.answer(Decision::PreflightGranted).grants.unwrap();
    /// assert_eq!(grants.allow_methods, Some(Granted::Listed("PUT".to_owned())));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[must_use]
    pub fn for_route(&self, methods: &[&str]) -> Self {
        let declared = &self.0.policy.declaration.methods;
        let granted =
            |method: &str| declared.is_empty() || declared.is_any() || declared.iter().any(|m| m == method);
        let mut listed: Vec<String> = Vec::with_capacity(methods.len());
        for method in methods {
            if granted(method) && !listed.iter().any(|listed| listed == method) {
                listed.push((*method).to_owned());
            }
        }
        Self::with(self.0.origins.clone(), self.0.policy.clone(), listed, self.0.usage)
    }

    /// The same policy, but its answers to preflights list only the requested method, and browsers must not cache them.
    /// Use it for a layer that cannot see which other handlers serve the URL: a browser caches what a preflight grants for
    /// the URL. It would then send the other granted methods without a preflight, even to a handler that has a stricter
    /// policy.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Decision, Granted, Policy};
    ///
    /// let policy = Policy::builder().origins("*").methods(["PUT", "DELETE"]).max_age("1h").build()?;
    /// let policy = CompiledPolicy::new(&policy)?.without_preflight_cache();
    /// let grants = policy.answer(Decision::PreflightGranted).grants.unwrap();
    /// assert_eq!(grants.allow_methods, Some(Granted::Echoed));
    /// assert_eq!(grants.max_age.as_deref(), Some("0"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[must_use]
    pub fn without_preflight_cache(&self) -> Self {
        self.with_usage(Usage { asked_method_only: true, ..self.0.usage })
    }

    /// The same policy in combination with a function that may grant origins that the policy does not list. The answers
    /// always repeat the request's origin, because the function may grant other origins.
    ///
    /// If the decision [is a refusal](Decision::is_refusal), call the function with what
    /// [`origin_for_function`](Self::origin_for_function) returns. If the function grants the origin, use the answer to
    /// [`decision.granted()`](Decision::granted).
    ///
    /// ```
    /// use cors_core::{AllowOrigin, CompiledPolicy, Decision, Policy};
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins(["https://app.example.com"]).build()?)?;
    /// let [alone, beside] = [policy.clone(), policy.with_origin_function()];
    /// let origin = |policy: &CompiledPolicy| policy.answer(Decision::Granted).grants.unwrap().allow_origin;
    /// assert_eq!(origin(&alone), AllowOrigin::Only("https://app.example.com".to_owned()));
    /// assert_eq!(origin(&beside), AllowOrigin::OfRequest);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[must_use]
    pub fn with_origin_function(&self) -> Self {
        self.with_usage(Usage { origin_function: true, ..self.0.usage })
    }

    fn with_usage(&self, usage: Usage) -> Self {
        let this = &self.0;
        Self::with(this.origins.clone(), this.policy.clone(), this.methods.clone(), usage)
    }

    /// Whether the policy has `except`.
    #[cfg(feature = "tenants")]
    pub(crate) fn has_exceptions(&self) -> bool {
        matches!(*self.0.origins, OriginSet::EveryoneBut(_))
    }

    /// Whether a function or a table may grant origins that the policy does not list.
    pub(crate) fn has_origin_function(&self) -> bool {
        self.0.usage.origin_function
    }

    /// The methods that a preflight grants, apart from those that need no grant. It is empty if the policy lists none.
    pub(crate) fn granted_methods(&self) -> impl Iterator<Item = &str> {
        self.0.methods.iter().map(String::as_str)
    }

    /// The policy that was compiled.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// Decides about `request`: by its method, its `Origin`, and whether it is a
    /// [preflight](https://fetch.spec.whatwg.org/#cors-preflight-request). The function does not allocate, and does not
    /// read a value that is longer than any origin.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Decision, PlainRequest, Policy};
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins(["https://app.example.com"]).enforce(true).build()?)?;
    /// let get = |headers| policy.decide(&PlainRequest::new("GET", headers));
    /// assert_eq!(get(&[]), Decision::NotCors);
    /// assert_eq!(get(&[("origin", "https://app.example.com")]), Decision::Granted);
    /// assert_eq!(get(&[("origin", "https://evil.example")]), Decision::Blocked);
    /// // The server's own pages are not blocked.
    /// assert_eq!(get(&[("origin", "https://api.example.com"), ("host", "api.example.com")]), Decision::Refused);
    /// // `Origin` is missing, but the browser says that a page of another site sent the request.
    /// let post = PlainRequest::new("POST", &[("sec-fetch-site", "cross-site")]);
    /// assert_eq!(policy.decide(&post), Decision::Blocked);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[inline]
    pub fn decide(&self, request: &impl Request) -> Decision {
        let this = &*self.0;
        let everyone = matches!(*this.origins, OriginSet::Everyone);
        if everyone && !request.is_options() {
            return Decision::Granted;
        }
        let origin = request.field(RequestHeader::Origin);
        if matches!(origin, Field::Absent) {
            let is_blocked = this.policy.enforce() && is_unsafe_without_origin(request);
            return if is_blocked { Decision::Blocked } else { Decision::NotCors };
        }
        let preflight = request.is_options()
            && matches!(request.field(RequestHeader::AccessControlRequestMethod), Field::One(_));
        let allowed = everyone || matches!(origin, Field::One(origin) if this.origins.allows(origin));
        match (preflight, allowed) {
            (true, true) => Decision::PreflightGranted,
            (true, false) => Decision::PreflightRefused,
            (false, true) => Decision::Granted,
            (false, false) if this.policy.enforce() && !is_same_origin(request) => Decision::Blocked,
            (false, false) => Decision::Refused,
        }
    }

    /// The status and headers for a decision, as text. To write them into responses, create
    /// [`Answers`](crate::Answers) once.
    pub fn answer(&self, decision: Decision) -> Answer<String> {
        self.answer_with(decision, &str::to_owned)
    }

    pub(crate) fn answer_with<V>(&self, decision: Decision, value: &impl Fn(&str) -> V) -> Answer<V> {
        Answer::new(&self.0.policy, &self.0.methods, self.0.usage, decision, value)
    }

    /// Whether the answer to a preflight may echo `method`. This matters for `methods = "*"` with credentials, and for
    /// answers that list only the requested method. A method that pages cannot send is never echoed. With `"*"`, a method
    /// of more than 8 KiB is not echoed either.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Policy};
    ///
    /// let policy = Policy::builder().origins(["https://app.example.com"]).credentials(true).methods("*").build()?;
    /// let policy = CompiledPolicy::new(&policy)?;
    /// assert!(policy.echoes_method(b"DELETE"));
    /// assert!(!policy.echoes_method(b"TRACE"));
    /// assert!(!policy.echoes_method(b"PUT\r\nset-cookie: a=b"));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn echoes_method(&self, method: &[u8]) -> bool {
        is_token(method) && self.grants_method(method)
    }

    fn grants_method(&self, method: &[u8]) -> bool {
        let methods = &self.0.methods;
        crate::fetch_standard::methods::SAFELISTED.iter().any(|safelisted| safelisted.as_bytes() == method)
            || methods.iter().any(|granted| match &**granted {
                "*" => method.len() <= LONGEST_ECHO && !crate::fetch_standard::methods::is_forbidden(method),
                granted => granted.as_bytes() == method,
            })
    }

    /// The parsed `Origin` of the request, for a function that may grant origins that the policy does not list. The
    /// function must not be called for `null`, for malformed origins, for origins in `except` and for origins with a
    /// trailing dot. With credentials, it must not be called for insecure origins either.
    ///
    /// Call it if the decision [is a refusal](Decision::is_refusal): it does not compare the origin with the patterns
    /// again.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Field, Policy, Refusal};
    ///
    /// let policy = Policy::builder().origins(["https://app.example.com"]).credentials(true).build()?;
    /// let policy = CompiledPolicy::new(&policy)?.with_origin_function();
    /// let tenant = policy.origin_for_function(Field::One(b"https://tenant.example")).unwrap();
    /// assert_eq!(tenant.host(), "tenant.example");
    /// assert_eq!(policy.origin_for_function(Field::One(b"http://tenant.example")), Err(Refusal::InsecureOrigin));
    /// assert_eq!(policy.origin_for_function(Field::One(b"null")), Err(Refusal::NullOrigin));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    ///
    /// # Errors
    /// Why the function must not be called: [`Refusal::MalformedOrigin`], [`NullOrigin`](Refusal::NullOrigin),
    /// [`OriginExcepted`](Refusal::OriginExcepted), [`OriginNotAllowed`](Refusal::OriginNotAllowed),
    /// [`InsecureOrigin`](Refusal::InsecureOrigin) or [`NoOrigin`](Refusal::NoOrigin).
    pub fn origin_for_function<'r>(&self, origin: Field<'r>) -> Result<Origin<'r>, Refusal> {
        let text = match origin {
            Field::One(text) => text,
            Field::Several => return Err(Refusal::MalformedOrigin),
            Field::Absent => return Err(Refusal::NoOrigin),
        };
        if text == b"null" {
            return Err(Refusal::NullOrigin);
        }
        let Some(origin) = Origin::parse(text) else { return Err(Refusal::MalformedOrigin) };
        if matches!(*self.0.origins, OriginSet::EveryoneBut(_)) {
            return Err(Refusal::OriginExcepted);
        }
        // Patterns do not match such an origin, and a function that checks `Origin::host` would not see the dot.
        if origin.has_trailing_dot() {
            return Err(Refusal::OriginNotAllowed);
        }
        let policy = &self.0.policy;
        if policy.credentials() && origin.is_insecure() && !policy.allows(Allow::InsecureOrigins) {
            return Err(Refusal::InsecureOrigin);
        }
        Ok(origin)
    }

    /// Why `request` was refused. `None` if it was granted, or if it comes from the server's own pages. Such a request
    /// is not a cross-origin request, so the policy does not apply to it.
    ///
    /// Use it for logs and tests. It repeats the decision, and an answer does not need it.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, PlainRequest, Policy, Refusal};
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins(["https://app.example.com"]).build()?)?;
    /// let why = |headers| policy.refusal(&PlainRequest::new("GET", headers));
    /// assert_eq!(why(&[("origin", "https://app.example.com")]), None);
    /// assert_eq!(why(&[("origin", "https://evil.example")]), Some(Refusal::OriginNotAllowed));
    /// assert_eq!(why(&[("origin", "null")]), Some(Refusal::NullOrigin));
    /// assert_eq!(why(&[("origin", "https://app.example.com/")]), Some(Refusal::MalformedOrigin));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn refusal(&self, request: &impl Request) -> Option<Refusal> {
        if !self.decide(request).is_refusal() || is_same_origin(request) {
            return None;
        }
        Some(match self.origin_for_function(request.field(RequestHeader::Origin)) {
            Err(Refusal::InsecureOrigin) | Ok(_) => Refusal::OriginNotAllowed,
            Err(refusal) => refusal,
        })
    }

    /// Why the browser will not send the request after this preflight, although the origin is granted: the policy does not
    /// grant the method or a header. `None` if the policy grants both, or if `request` is not a preflight.
    ///
    /// The answer does not depend on this result, because the browser compares the requested method and headers with
    /// the granted ones ([CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch)). Use it for
    /// logs.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, PlainRequest, Policy, Refusal};
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins("*").methods(["PUT"]).build()?)?;
    /// let preflight = |headers| policy.missing_grant(&PlainRequest::new("OPTIONS", headers));
    /// const ORIGIN: (&str, &str) = ("origin", "https://app.example.com");
    /// assert_eq!(preflight(&[ORIGIN, ("access-control-request-method", "PUT")]), None);
    /// assert_eq!(preflight(&[ORIGIN, ("access-control-request-method", "DELETE")]), Some(Refusal::MethodNotAllowed));
    /// assert_eq!(
    ///     preflight(&[
    ///         ORIGIN,
    ///         ("access-control-request-method", "PUT"),
    ///         ("access-control-request-headers", "x-trace"),
    ///     ]),
    ///     Some(Refusal::HeaderNotAllowed),
    /// );
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn missing_grant(&self, request: &impl Request) -> Option<Refusal> {
        let method = preflight_method(request)?;
        // Text that is not a method is never echoed, even under `*`.
        if !self.echoes_method(method) {
            return Some(Refusal::MethodNotAllowed);
        }
        let mut names = request
            .header(RequestHeader::AccessControlRequestHeaders)
            .flat_map(|line| members(line.as_ref()));
        let granted =
            |name: &[u8]| std::str::from_utf8(name).is_ok_and(|name| self.0.policy.allows_header(name));
        names.any(|name| !granted(name)).then_some(Refusal::HeaderNotAllowed)
    }

    /// Why the page cannot send the request or read the response: the [refusal](Self::refusal); for a granted preflight, the
    /// [missing grant](Self::missing_grant); and [`Refusal::NoOrigin`] for a request whose other headers show that it had an
    /// `Origin`. [`explain`](Self::explain) turns it into text.
    pub fn reason(&self, decision: Decision, request: &impl Request) -> Option<Refusal> {
        match decision {
            Decision::PreflightGranted => self.missing_grant(request),
            Decision::PreflightRefused | Decision::Refused | Decision::Blocked => self.refusal(request),
            Decision::NotCors => lost_origin(request).then_some(Refusal::NoOrigin),
            Decision::Granted => None,
        }
    }
}

impl std::fmt::Debug for CompiledPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CompiledPolicy").field(&self.0.policy).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::answer::AllowOrigin;
    use crate::request::plain::PlainRequest;

    fn compiled(builder: crate::Builder) -> CompiledPolicy {
        CompiledPolicy::new(&builder.build().unwrap()).unwrap()
    }

    #[test]
    fn the_function_is_not_called_for_origins_that_must_not_be_granted() {
        let listed = || Policy::builder().origins("https://a.example");
        let open = compiled(listed());
        let strict = compiled(listed().credentials(true));
        let lenient = compiled(listed().credentials(true).allow([Allow::InsecureOrigins]));
        let nobody = compiled(Policy::builder().without_origins().credentials(true));
        let but = compiled(Policy::builder().origins("*").except("https://a.example"));
        let others = [Allow::NullOrigin, Allow::PublicSuffixes];
        let others = compiled(listed().credentials(true).allow(others));

        for policy in [&open, &strict, &lenient, &nobody, &others] {
            for origin in
                ["https://b.example", "http://localhost:3000", "http://127.0.0.1", "capacitor://localhost"]
            {
                let asked = policy.origin_for_function(Field::One(origin.as_bytes()));
                assert_eq!(asked.map(|origin| origin.as_str()), Ok(origin), "{policy:?}");
            }
        }
        let plain = Field::One(b"http://b.example");
        for (policy, expected) in [
            (&open, Ok("http://b.example")),
            (&lenient, Ok("http://b.example")),
            (&strict, Err(Refusal::InsecureOrigin)),
            (&nobody, Err(Refusal::InsecureOrigin)),
            (&others, Err(Refusal::InsecureOrigin)),
            (&but, Err(Refusal::OriginExcepted)),
        ] {
            assert_eq!(
                policy.origin_for_function(plain).map(|origin| origin.as_str()),
                expected,
                "{policy:?}"
            );
        }
        for policy in [&open, &strict, &lenient, &nobody, &others, &but] {
            assert_eq!(policy.origin_for_function(Field::One(b"null")), Err(Refusal::NullOrigin));
            assert_eq!(policy.origin_for_function(Field::Absent), Err(Refusal::NoOrigin));
            for field in [Field::Several, Field::One(b""), Field::One(b"https://b.example/")] {
                assert_eq!(
                    policy.origin_for_function(field),
                    Err(Refusal::MalformedOrigin),
                    "{field:?} {policy:?}"
                );
            }
        }
    }

    #[test]
    fn an_insecure_origin_is_refused_as_not_allowed_if_there_is_no_function() {
        for credentials in [false, true] {
            let policy = compiled(Policy::builder().origins("https://a.example").credentials(credentials));
            for origin in ["http://a.example", "http://b.example"] {
                let headers = [("origin", origin)];
                assert_eq!(
                    policy.refusal(&PlainRequest::new("GET", &headers)),
                    Some(Refusal::OriginNotAllowed),
                    "{origin}"
                );
            }
        }
    }

    #[test]
    fn a_granted_method_is_echoed_unless_it_is_longer_than_8_kib() {
        let listed = Policy::builder().origins("https://a.example").credentials(true);
        let everything = compiled(listed.clone().methods("*"));
        let long = "A".repeat(8 * 1024);
        for method in ["PUT", "GET", "m-search", &long] {
            assert!(everything.echoes_method(method.as_bytes()), "{}", method.len());
        }
        for method in ["", "p t", "PUT\r\n", "TRACE", "connect", &format!("{long}A")] {
            assert!(!everything.echoes_method(method.as_bytes()), "{}", method.len());
        }
        let one = compiled(listed.methods("PUT"));
        for (method, echoed) in
            [("PUT", true), ("HEAD", true), ("put", false), ("DELETE", false), ("*", false)]
        {
            assert_eq!(one.echoes_method(method.as_bytes()), echoed, "{method}");
        }
    }

    #[test]
    fn with_an_origin_function_the_answer_repeats_the_origin() {
        let policy = compiled(Policy::builder().origins("https://a.example"));
        let origin = |policy: &CompiledPolicy| policy.answer(Decision::Granted).grants.unwrap().allow_origin;
        assert_eq!(origin(&policy), AllowOrigin::Only("https://a.example".to_owned()));
        assert_eq!(origin(&policy.with_origin_function()), AllowOrigin::OfRequest);
        // The order of the calls does not matter.
        let policy = policy.with_origin_function().without_preflight_cache().for_route(&["GET"]);
        assert_eq!(origin(&policy), AllowOrigin::OfRequest);
    }

    #[test]
    fn a_route_that_serves_a_method_twice_grants_it_once() {
        let policy =
            compiled(Policy::builder().origins("https://a.example")).for_route(&["GET", "PUT", "GET"]);
        let grants = policy.answer(Decision::PreflightGranted).grants.unwrap();
        assert_eq!(grants.allow_methods, Some(crate::Granted::Listed("GET, PUT".to_owned())));
    }

    #[test]
    fn a_route_grants_the_methods_that_it_serves_and_the_policy_lists() {
        use crate::decision::answer::Granted;
        let listed = || Policy::builder().origins("https://a.example");
        for (policy, granted) in [
            (listed(), "GET, PUT"),
            (listed().methods("*"), "GET, PUT"),
            (listed().methods(["PUT", "DELETE"]), "PUT"),
        ] {
            let on_the_route = compiled(policy).for_route(&["GET", "PUT"]);
            let grants = on_the_route.answer(Decision::PreflightGranted).grants.unwrap();
            assert_eq!(grants.allow_methods, Some(Granted::Listed(granted.to_owned())));
        }
    }

    #[test]
    fn without_the_preflight_cache_only_the_requested_method_is_granted_and_not_stored() {
        use crate::decision::answer::Granted;
        let policy =
            compiled(Policy::builder().origins("https://a.example").methods(["PUT", "DELETE"]).max_age("1h"));
        let grants = |policy: &CompiledPolicy| policy.answer(Decision::PreflightGranted).grants.unwrap();
        assert_eq!(grants(&policy).max_age.as_deref(), Some("3600"));
        let grants = grants(&policy.without_preflight_cache());
        assert_eq!((grants.allow_methods, grants.max_age.as_deref()), (Some(Granted::Echoed), Some("0")));
    }

    #[test]
    fn only_options_with_a_requested_method_is_a_preflight() {
        let policy = compiled(Policy::builder().origins("https://a.example"));
        for (origin, granted, preflight) in [
            ("https://a.example", Decision::Granted, Decision::PreflightGranted),
            ("https://b.example", Decision::Refused, Decision::PreflightRefused),
        ] {
            let asked = [("origin", origin), ("access-control-request-method", "PUT")];
            let decide = |method, headers| policy.decide(&PlainRequest::new(method, headers));
            assert_eq!(decide("OPTIONS", &asked), preflight);
            assert_eq!(decide("OPTIONS", &asked[..1]), granted);
            assert_eq!(decide("PUT", &asked), granted);
        }
    }

    #[test]
    fn a_granted_request_and_one_of_the_own_pages_have_no_refusal() {
        let policy = compiled(Policy::builder().origins("https://a.example"));
        let refusal = |headers| policy.refusal(&PlainRequest::new("GET", headers));
        assert_eq!(refusal(&[("origin", "https://a.example")]), None);
        assert_eq!(refusal(&[("origin", "https://b.example"), ("host", "b.example")]), None);
        assert_eq!(refusal(&[("origin", "https://b.example")]), Some(Refusal::OriginNotAllowed));
    }

    #[cfg(feature = "tenants")]
    #[test]
    fn a_policy_has_exceptions_if_it_has_except() {
        assert!(compiled(Policy::builder().origins("*").except("https://a.example")).has_exceptions());
        assert!(!compiled(Policy::builder().origins("*")).has_exceptions());
        assert!(!compiled(Policy::builder().origins("https://a.example")).has_exceptions());
    }

    #[test]
    fn white_space_other_than_spaces_and_tabs_belongs_to_the_name_of_a_requested_header() {
        let policy = compiled(Policy::builder().origins(["https://app.example.com"]).headers(["x-a"]));
        for (names, expected) in [
            (" x-a\t, ,x-a", None),
            ("x-a, \u{c}x-a", Some(Refusal::HeaderNotAllowed)),
            ("x-a\u{b}", Some(Refusal::HeaderNotAllowed)),
        ] {
            let headers = [
                ("origin", "https://app.example.com"),
                ("access-control-request-method", "GET"),
                ("access-control-request-headers", names),
            ];
            assert_eq!(policy.missing_grant(&PlainRequest::new("OPTIONS", &headers)), expected, "{names:?}");
        }
    }
}
