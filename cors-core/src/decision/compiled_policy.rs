//! A policy made ready to decide.

use std::sync::Arc;

use crate::const_text::is_token;
use crate::decision::answer::{Answer, Answers, LONGEST_ECHO, Style, Value};
use crate::decision::decision::Decision;
use crate::decision::refusal::Refusal;
use crate::origin::matcher::Matcher;
use crate::origin::origin::Origin;
use crate::policy::exception::Allow;
use crate::policy::policy::Policy;
use crate::request::request::{Field, Request, preflight_method};
use crate::request::same_origin::is_same_origin;
use crate::rules::violation::Violations;

/// A [`Policy`] made ready to decide about requests: the origins in a form whose cost does not grow with their number,
/// the answers' headers written out.
///
/// Making one costs time and memory by the number of origins; deciding allocates nothing. It is `Send + Sync`: make it
/// once, share it between threads. Cloning is cheap.
///
/// What a framework has to do, in full:
///
/// ```
/// use cors_core::{CompiledPolicy, Decision, Field, Policy, Request, Value};
///
/// /// A request of some framework.
/// struct MyRequest { method: String, headers: Vec<(String, String)> }
///
/// impl MyRequest {
///     fn lines(&self, name: &str) -> impl Iterator<Item = &[u8]> {
///         self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_bytes())
///     }
/// }
///
/// impl Request for MyRequest {
///     fn method(&self) -> &str { &self.method }
///     fn origin(&self) -> Field<'_> { Field::from_lines(self.lines("origin")) }
///     fn access_control_request_method(&self) -> Field<'_> {
///         Field::from_lines(self.lines("access-control-request-method"))
///     }
///     fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
///         self.lines("access-control-request-headers")
///     }
///     fn sec_fetch_site(&self) -> Field<'_> { Field::from_lines(self.lines("sec-fetch-site")) }
///     fn authority(&self) -> Option<&[u8]> { self.lines("host").next() }
///     fn is_secure(&self) -> bool { false }
/// }
///
/// let policy = Policy::builder().origins(["https://app.example.com"]).methods(["PUT"]).build()?;
/// let policy = CompiledPolicy::new(&policy)?;
///
/// let request = MyRequest {
///     method: "OPTIONS".into(),
///     headers: vec![
///         ("Origin".into(), "https://app.example.com".into()),
///         ("Access-Control-Request-Method".into(), "PUT".into()),
///     ],
/// };
/// let decision = policy.decide(&request);
/// assert_eq!(decision, Decision::PreflightGranted);
///
/// // Answer instead of the handler where there is a status, else let the handler run. Then the headers:
/// let answer = policy.answer(decision);
/// assert_eq!(answer.status, Some(204));
/// assert_eq!(answer.headers[0], ("access-control-allow-origin", Value::Text("https://app.example.com".into())));
/// assert_eq!(answer.headers[1], ("access-control-allow-methods", Value::Text("PUT".into())));
/// assert_eq!(answer.vary.as_str(), "Origin, Access-Control-Request-Method");
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[derive(Clone)]
pub struct CompiledPolicy(Arc<Compiled>);

struct Compiled {
    matcher: Arc<Matcher>,
    answers: Answers,
    /// What a preflight grants: empty where the policy leaves it to the protocol.
    methods: Vec<String>,
    policy: Arc<Policy>,
    style: Style,
}

impl CompiledPolicy {
    /// Makes `policy` ready.
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
    /// For a policy from a macro, the rules that no constant could judge (see
    /// [`Rule::CredentialsPublicSuffix`](crate::Rule::CredentialsPublicSuffix)). A policy from the builder or a file has
    /// passed them.
    ///
    /// # Panics
    /// Over 4 GiB of origins.
    pub fn new(policy: &Policy) -> Result<Self, Violations> {
        if let Some(violations) = policy.violations_at_start() {
            return Err(violations);
        }
        let methods = policy.methods().map(String::from).collect();
        Ok(Self::with(Arc::new(policy.matcher()), Arc::new(policy.clone()), methods, Style::default()))
    }

    fn with(matcher: Arc<Matcher>, policy: Arc<Policy>, methods: Vec<String>, style: Style) -> Self {
        let listed: Vec<&str> = methods.iter().map(String::as_str).collect();
        let answers = Answers::new(&policy, &listed, style);
        Self(Arc::new(Compiled { matcher, answers, methods, policy, style }))
    }

    /// The same policy on a route that serves `methods`: it grants those, and where the policy lists methods itself, those
    /// of them that the route serves.
    ///
    /// For a framework that knows which methods a route takes. The matcher is shared, so it costs little.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Decision, Policy, Value};
    ///
    /// let policy = Policy::builder().origins("*").methods(["PUT", "DELETE"]).build()?;
    /// let on_the_route = CompiledPolicy::new(&policy)?.for_route(&["GET", "PUT"]);
    /// let answer = on_the_route.answer(Decision::PreflightGranted);
    /// assert_eq!(answer.headers[1], ("access-control-allow-methods", Value::Text("PUT".into())));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[must_use]
    pub fn for_route(&self, methods: &[&str]) -> Self {
        let declared = &self.0.policy.declaration.methods;
        let granted =
            |method: &&str| declared.is_empty() || declared.is_any() || declared.iter().any(|m| m == *method);
        let methods = methods.iter().copied().filter(granted).map(String::from).collect();
        Self::with(self.0.matcher.clone(), self.0.policy.clone(), methods, self.0.style)
    }

    /// The same policy, whose answers to preflights name only the method that was asked for and are not to be kept: for a
    /// layer that cannot see who else serves the URL. What a preflight grants, a browser remembers for the URL, and it
    /// then sends the other granted methods without asking the handlers that have a stricter policy.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Decision, Policy, Value};
    ///
    /// let policy = Policy::builder().origins("*").methods(["PUT", "DELETE"]).max_age("1h").build()?;
    /// let policy = CompiledPolicy::new(&policy)?.without_preflight_cache();
    /// let answer = policy.answer(Decision::PreflightGranted);
    /// assert_eq!(answer.headers[1], ("access-control-allow-methods", Value::RequestMethod));
    /// assert_eq!(answer.headers[2], ("access-control-max-age", Value::Text("0".into())));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[must_use]
    pub fn without_preflight_cache(&self) -> Self {
        self.with_style(Style { asked_method_only: true, ..self.0.style })
    }

    /// The same policy, beside a function that may grant origins that it does not name: no answer takes the one origin that
    /// the policy names for the only one there is.
    ///
    /// Where the decision [is a refusal](Decision::is_refusal), ask the function about what
    /// [`asks_about`](Self::asks_about) returns. If it grants the origin, the answer is that to
    /// [`decision.granted()`](Decision::granted).
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Decision, Policy, Value};
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins(["https://app.example.com"]).build()?)?;
    /// let [alone, beside] = [policy.clone(), policy.with_origin_function()];
    /// let origin = |policy: &CompiledPolicy| policy.answer(Decision::Granted).headers[0].1.clone();
    /// assert_eq!(origin(&alone), Value::Text("https://app.example.com".into()));
    /// assert_eq!(origin(&beside), Value::RequestOrigin);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[must_use]
    pub fn with_origin_function(&self) -> Self {
        self.with_style(Style { dynamic: true, ..self.0.style })
    }

    fn with_style(&self, style: Style) -> Self {
        let this = &self.0;
        Self::with(this.matcher.clone(), this.policy.clone(), this.methods.clone(), style)
    }

    /// The policy that this was made of.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// Decides about `request`: by its method, its `Origin`, and whether it is a
    /// [preflight](https://fetch.spec.whatwg.org/#cors-preflight-request). What is longer than any origin is not read, and
    /// nothing is allocated.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Decision, Policy};
    /// # use cors_core::{Field, Request};
    /// # struct Sent { method: &'static str, headers: &'static [(&'static str, &'static str)] }
    /// # impl Sent {
    /// #     fn lines(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
    /// #         self.headers.iter().filter(move |line| line.0 == name).map(|line| line.1.as_bytes())
    /// #     }
    /// # }
    /// # impl Request for Sent {
    /// #     fn method(&self) -> &str { self.method }
    /// #     fn origin(&self) -> Field<'_> { Field::from_lines(self.lines("origin")) }
    /// #     fn access_control_request_method(&self) -> Field<'_> {
    /// #         Field::from_lines(self.lines("access-control-request-method"))
    /// #     }
    /// #     fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
    /// #         self.lines("access-control-request-headers")
    /// #     }
    /// #     fn sec_fetch_site(&self) -> Field<'_> { Field::from_lines(self.lines("sec-fetch-site")) }
    /// #     fn authority(&self) -> Option<&[u8]> { self.lines("host").next() }
    /// #     fn is_secure(&self) -> bool { true }
    /// # }
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins(["https://app.example.com"]).enforce(true).build()?)?;
    /// let get = |headers| policy.decide(&Sent { method: "GET", headers });
    /// assert_eq!(get(&[]), Decision::NotCors);
    /// assert_eq!(get(&[("origin", "https://app.example.com")]), Decision::Granted);
    /// assert_eq!(get(&[("origin", "https://evil.example")]), Decision::Blocked);
    /// // The server's own pages are not blocked.
    /// assert_eq!(get(&[("origin", "https://api.example.com"), ("host", "api.example.com")]), Decision::Refused);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    #[inline]
    pub fn decide(&self, request: &impl Request) -> Decision {
        let this = &*self.0;
        let everyone = matches!(*this.matcher, Matcher::Everyone);
        if everyone && !request.is_options() {
            return Decision::Granted;
        }
        let origin = request.origin();
        if matches!(origin, Field::Absent) {
            return Decision::NotCors;
        }
        let preflight =
            request.is_options() && matches!(request.access_control_request_method(), Field::One(_));
        let allowed = everyone || matches!(origin, Field::One(origin) if this.matcher.allows(origin));
        match (preflight, allowed) {
            (true, true) => Decision::PreflightGranted,
            (true, false) => Decision::PreflightRefused,
            (false, true) => Decision::Granted,
            (false, false) if this.policy.enforce() && !is_same_origin(request) => Decision::Blocked,
            (false, false) => Decision::Refused,
        }
    }

    /// The status and headers that go with a decision. They were written out when the policy was compiled. See
    /// [`Answer`].
    pub fn answer(&self, decision: Decision) -> &Answer {
        self.0.answers.get(decision)
    }

    /// Whether a preflight that asks for `method` gets it echoed: where the policy says `methods = "*"` with credentials,
    /// and where the answer names only the method that was asked for. No method that no page can send, and under `"*"` none
    /// over 8 KiB.
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

    /// What a function is given that knows more origins than the policy names: the request's `Origin`, parsed, unless it is
    /// ruled out. `null`, malformed origins, and those in `except` are; with credentials, insecure ones too.
    ///
    /// Ask where the decision [is a refusal](Decision::is_refusal): this does not look at the patterns again.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Field, Policy, Refusal};
    ///
    /// let policy = Policy::builder().origins(["https://app.example.com"]).credentials(true).build()?;
    /// let policy = CompiledPolicy::new(&policy)?.with_origin_function();
    /// let tenant = policy.asks_about(Field::One(b"https://tenant.example")).unwrap();
    /// assert_eq!(tenant.host(), "tenant.example");
    /// assert_eq!(policy.asks_about(Field::One(b"http://tenant.example")), Err(Refusal::InsecureOrigin));
    /// assert_eq!(policy.asks_about(Field::One(b"null")), Err(Refusal::NullOrigin));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    ///
    /// # Errors
    /// Why no function may be asked: [`Refusal::MalformedOrigin`], [`NullOrigin`](Refusal::NullOrigin),
    /// [`OriginExcepted`](Refusal::OriginExcepted) or [`InsecureOrigin`](Refusal::InsecureOrigin).
    pub fn asks_about<'r>(&self, origin: Field<'r>) -> Result<Origin<'r>, Refusal> {
        let Field::One(text) = origin else { return Err(Refusal::MalformedOrigin) };
        if text == b"null" {
            return Err(Refusal::NullOrigin);
        }
        let Some(origin) = Origin::parse(text) else { return Err(Refusal::MalformedOrigin) };
        if matches!(*self.0.matcher, Matcher::EveryoneBut(_)) {
            return Err(Refusal::OriginExcepted);
        }
        let policy = &self.0.policy;
        if policy.credentials() && origin.is_insecure() && !policy.allows(Allow::InsecureOrigins) {
            return Err(Refusal::InsecureOrigin);
        }
        Ok(origin)
    }

    /// Why `request` was refused. `None` where it was granted, and where it comes from the server's own pages: those are
    /// no cross-origin requests, whatever the policy says.
    ///
    /// For logs and tests: it decides again, and is not needed to answer.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Policy, Refusal};
    /// # use cors_core::{Field, Request};
    /// # struct Sent { method: &'static str, headers: &'static [(&'static str, &'static str)] }
    /// # impl Sent {
    /// #     fn lines(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
    /// #         self.headers.iter().filter(move |line| line.0 == name).map(|line| line.1.as_bytes())
    /// #     }
    /// # }
    /// # impl Request for Sent {
    /// #     fn method(&self) -> &str { self.method }
    /// #     fn origin(&self) -> Field<'_> { Field::from_lines(self.lines("origin")) }
    /// #     fn access_control_request_method(&self) -> Field<'_> {
    /// #         Field::from_lines(self.lines("access-control-request-method"))
    /// #     }
    /// #     fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
    /// #         self.lines("access-control-request-headers")
    /// #     }
    /// #     fn sec_fetch_site(&self) -> Field<'_> { Field::from_lines(self.lines("sec-fetch-site")) }
    /// #     fn authority(&self) -> Option<&[u8]> { self.lines("host").next() }
    /// #     fn is_secure(&self) -> bool { true }
    /// # }
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins(["https://app.example.com"]).build()?)?;
    /// let why = |headers| policy.refusal(&Sent { method: "GET", headers });
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
        Some(match self.asks_about(request.origin()) {
            Err(Refusal::InsecureOrigin) | Ok(_) => Refusal::OriginNotAllowed,
            Err(refusal) => refusal,
        })
    }

    /// Why the browser will stop the request that a granted preflight asks about, if it will. `None` also where `request`
    /// is no preflight.
    ///
    /// The answer does not depend on it: the browser compares what it asked for with what is granted
    /// ([CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch)). This is for logs.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, Policy, Refusal};
    /// # use cors_core::{Field, Request};
    /// # struct Sent { method: &'static str, headers: &'static [(&'static str, &'static str)] }
    /// # impl Sent {
    /// #     fn lines(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
    /// #         self.headers.iter().filter(move |line| line.0 == name).map(|line| line.1.as_bytes())
    /// #     }
    /// # }
    /// # impl Request for Sent {
    /// #     fn method(&self) -> &str { self.method }
    /// #     fn origin(&self) -> Field<'_> { Field::from_lines(self.lines("origin")) }
    /// #     fn access_control_request_method(&self) -> Field<'_> {
    /// #         Field::from_lines(self.lines("access-control-request-method"))
    /// #     }
    /// #     fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
    /// #         self.lines("access-control-request-headers")
    /// #     }
    /// #     fn sec_fetch_site(&self) -> Field<'_> { Field::from_lines(self.lines("sec-fetch-site")) }
    /// #     fn authority(&self) -> Option<&[u8]> { self.lines("host").next() }
    /// #     fn is_secure(&self) -> bool { true }
    /// # }
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins("*").methods(["PUT"]).build()?)?;
    /// let preflight = |headers| policy.shortfall(&Sent { method: "OPTIONS", headers });
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
    pub fn shortfall(&self, request: &impl Request) -> Option<Refusal> {
        let method = preflight_method(request)?;
        // What is no method is not echoed, whatever is granted.
        if !self.echoes_method(method) {
            return Some(Refusal::MethodNotAllowed);
        }
        let mut names = request
            .access_control_request_headers()
            .flat_map(|line| line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii))
            .filter(|name| !name.is_empty());
        let granted =
            |name: &[u8]| std::str::from_utf8(name).is_ok_and(|name| self.0.policy.allows_header(name));
        names.any(|name| !granted(name)).then_some(Refusal::HeaderNotAllowed)
    }

    /// Whether the names of a response's headers have to be collected for `expose = "*"` with credentials: whether
    /// [`Value::ResponseHeaderNames`] is in the answer to [`Decision::Granted`].
    pub fn lists_response_headers(&self) -> bool {
        self.answer(Decision::Granted).headers.iter().any(|(_, value)| *value == Value::ResponseHeaderNames)
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
    use crate::request::request::Sent;

    fn compiled(builder: crate::Builder) -> CompiledPolicy {
        CompiledPolicy::new(&builder.build().unwrap()).unwrap()
    }

    #[test]
    fn a_function_is_asked_about_no_origin_that_the_rules_forbid() {
        let listed = || Policy::builder().origins("https://a.example");
        let open = compiled(listed());
        let strict = compiled(listed().credentials(true));
        let lenient = compiled(listed().credentials(true).allow([Allow::InsecureOrigins]));
        let nobody = compiled(Policy::builder().dynamic().credentials(true));
        let but = compiled(Policy::builder().origins("*").except("https://a.example"));
        let others = [Allow::NullOrigin, Allow::PublicSuffixes];
        let others = compiled(listed().credentials(true).allow(others));

        for policy in [&open, &strict, &lenient, &nobody, &others] {
            for origin in
                ["https://b.example", "http://localhost:3000", "http://127.0.0.1", "capacitor://localhost"]
            {
                let asked = policy.asks_about(Field::One(origin.as_bytes()));
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
            assert_eq!(policy.asks_about(plain).map(|origin| origin.as_str()), expected, "{policy:?}");
        }
        for policy in [&open, &strict, &lenient, &nobody, &others, &but] {
            assert_eq!(policy.asks_about(Field::One(b"null")), Err(Refusal::NullOrigin));
            for field in [Field::Absent, Field::Several, Field::One(b""), Field::One(b"https://b.example/")] {
                assert_eq!(policy.asks_about(field), Err(Refusal::MalformedOrigin), "{field:?} {policy:?}");
            }
        }
    }

    fn from(origin: &str) -> Sent<'_> {
        Sent { origin: Field::One(origin.as_bytes()), ..Sent::GET }
    }

    #[test]
    fn an_insecure_origin_that_no_function_is_asked_about_is_refused_as_any_other() {
        for credentials in [false, true] {
            let policy = compiled(Policy::builder().origins("https://a.example").credentials(credentials));
            for origin in ["http://a.example", "http://b.example"] {
                assert_eq!(policy.refusal(&from(origin)), Some(Refusal::OriginNotAllowed), "{origin}");
            }
        }
    }

    #[test]
    fn a_method_is_echoed_that_is_granted_and_no_longer_than_headers_may_be() {
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
    fn beside_a_function_the_answer_names_whoever_asks() {
        let policy = compiled(Policy::builder().origins("https://a.example"));
        let origin = |policy: &CompiledPolicy| policy.answer(Decision::Granted).headers[0].1.clone();
        assert_eq!(origin(&policy), Value::Text("https://a.example".into()));
        assert_eq!(origin(&policy.with_origin_function()), Value::RequestOrigin);
        // Whatever else is done to it.
        let policy = policy.with_origin_function().without_preflight_cache().for_route(&["GET"]);
        assert_eq!(origin(&policy), Value::RequestOrigin);
    }
}
