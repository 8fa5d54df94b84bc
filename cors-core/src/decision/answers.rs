//! The answers of a policy, with header values that are created once.

use crate::decision::answer::{AllowOrigin, Answer, ExposeHeaders, Granted, Grants};
use crate::decision::compiled_policy::CompiledPolicy;
use crate::decision::decision::Decision;
use crate::decision::echo::{echoes_headers, exposes_name, is_tidy, joined};
use crate::decision::response::{Constant, Response, ResponseHeader};
use crate::decision::vary::Vary;
use crate::request::header::RequestHeader;
use crate::request::request::Request;

/// The answers of a [`CompiledPolicy`]. Their header values have the framework's type `V` and are created once.
///
/// Writing an answer allocates only what the framework's header map needs. The one exception is `expose = "*"` with
/// credentials, because the answer then lists the names of the response's headers.
///
/// ```
/// use cors_core::{Answers, CompiledPolicy, PlainRequest, PlainResponse, Policy};
///
/// let policy = Policy::builder().origins(["https://app.example.com"]).methods(["PUT"]).build()?;
/// let answers = Answers::new(CompiledPolicy::new(&policy)?, str::to_owned);
///
/// let preflight = PlainRequest::new(
///     "OPTIONS",
///     &[("origin", "https://app.example.com"), ("access-control-request-method", "PUT")],
/// );
/// let decision = answers.policy().decide(&preflight);
/// let status = answers.get(decision).status.expect("a preflight does not reach the handler");
/// let mut response = PlainResponse::new(status);
/// let origin = answers.origin_to_repeat(decision, &preflight);
/// answers.write(decision, &preflight, origin.as_ref(), &mut response);
/// assert_eq!(response.status, 204);
/// assert_eq!(response.get("access-control-allow-origin"), Some("https://app.example.com"));
/// assert_eq!(response.get("access-control-allow-methods"), Some("PUT"));
/// assert_eq!(response.get("vary"), Some("Origin, Access-Control-Request-Method"));
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[derive(Debug)]
pub struct Answers<V> {
    policy: CompiledPolicy,
    by_decision: [Answer<V>; Decision::ALL.len()],
    /// Additional request headers that every answer depends on: each name, and a value for `Vary` that lists it.
    also_vary_by: Option<Box<[(String, V)]>>,
}

/// Headers that a response already has, and that limit which headers are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Existing {
    /// The response has an `Access-Control-Allow-Origin`.
    pub allow_origin: bool,
    /// The response has another header that grants something, such as `Access-Control-Allow-Credentials`.
    pub other_grants: bool,
    /// The `Vary` of the response lists `Origin`, or is `*`.
    pub vary_origin: bool,
}

impl Existing {
    /// Inspects a response, in one pass over the names of its headers.
    #[inline]
    pub fn of(response: &impl Response) -> Self {
        let (mut existing, mut has_vary) = (Self::default(), false);
        for name in response.names() {
            match name {
                "access-control-allow-origin" => existing.allow_origin = true,
                "vary" => has_vary = true,
                name => existing.other_grants |= is_other_grant(name),
            }
        }
        existing.vary_origin = has_vary && response.header(ResponseHeader::Vary).any(Vary::has_origin);
        existing
    }
}

/// Whether a header other than `Access-Control-Allow-Origin` grants something.
#[inline]
fn is_other_grant(name: &str) -> bool {
    name.starts_with("access-control-") && ResponseHeader::GRANTS.iter().any(|grant| grant.as_str() == name)
}

impl<V> Answers<V> {
    /// Creates the answers of `policy`. `value` creates a header value from a text, which consists of visible ASCII
    /// characters and spaces.
    pub fn new(policy: CompiledPolicy, value: impl Fn(&str) -> V) -> Self {
        let by_decision = Decision::ALL.map(|decision| policy.answer_with(decision, &value));
        Self { policy, by_decision, also_vary_by: None }
    }

    /// Declares that the answers also depend on these request headers, which are then listed in `Vary`.
    ///
    /// Use it if the origins depend on the tenant and a request header contains the tenant.
    #[must_use]
    pub fn also_vary_by<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
        value: impl Fn(&str) -> V,
    ) -> Self {
        let names: Box<[_]> = names.into_iter().map(|name| (name.to_owned(), value(name))).collect();
        self.also_vary_by = Some(names).filter(|names| !names.is_empty());
        self
    }

    /// The policy.
    #[inline]
    pub fn policy(&self) -> &CompiledPolicy {
        &self.policy
    }

    /// The answer to a decision.
    #[inline]
    pub fn get(&self, decision: Decision) -> &Answer<V> {
        &self.by_decision[decision as usize]
    }

    /// The request's origin, if the answer repeats it. Store it until the handler has returned its response.
    #[inline]
    pub fn origin_to_repeat<Q>(&self, decision: Decision, request: &Q) -> Option<V>
    where
        Q: Request<Value: Into<V>>,
    {
        match self.get(decision).grants.as_ref()?.allow_origin {
            AllowOrigin::OfRequest => only(request.header(RequestHeader::Origin)).cloned().map(Into::into),
            AllowOrigin::Any | AllowOrigin::Only(_) => None,
        }
    }
}

impl<V: Clone> Answers<V> {
    /// The maximum number of lines that are added to a handler's response: three, and `Vary`.
    const MOST: usize = 4;

    /// Writes the answer into a new response, for a request that does not reach the handler. `origin` is the
    /// [origin to repeat](Self::origin_to_repeat).
    pub fn write<Q, R>(&self, decision: Decision, request: &Q, origin: Option<&V>, response: &mut R)
    where
        Q: Request<Value: Into<V>>,
        R: Response<Value = V>,
    {
        self.write_grants(decision, request, origin, response);
        if decision == Decision::Blocked {
            // The refusal may depend on `Sec-Fetch-Site`, `Host` and headers of proxies. Listing them in `Vary` would
            // divide the cache entries of every response. So only refusals are marked as `no-store`.
            response.append(ResponseHeader::CacheControl, R::constant(Constant::NoStore));
        }
        self.get(decision).vary(response);
        self.vary_by_more(response);
    }

    #[inline(always)]
    fn write_grants<Q, R>(&self, decision: Decision, request: &Q, origin: Option<&V>, response: &mut R)
    where
        Q: Request<Value: Into<V>>,
        R: Response<Value = V>,
    {
        let Some(grants) = &self.get(decision).grants else { return };
        grants.allow(origin, response);
        match &grants.allow_methods {
            Some(Granted::Listed(methods)) => response.append(ResponseHeader::AllowMethods, methods.clone()),
            Some(Granted::Echoed) => {
                if let Some(method) = only(request.header(RequestHeader::AccessControlRequestMethod))
                    && self.policy.echoes_method(method.as_ref())
                {
                    response.append(ResponseHeader::AllowMethods, method.clone().into());
                }
            }
            None => {}
        }
        match &grants.allow_headers {
            Some(Granted::Listed(names)) => response.append(ResponseHeader::AllowHeaders, names.clone()),
            Some(Granted::Echoed) => {
                let lines = || request.header(RequestHeader::AccessControlRequestHeaders);
                if echoes_headers(lines().map(AsRef::as_ref)) {
                    let tidy = only(lines()).filter(|line| is_tidy((*line).as_ref()));
                    let names = match tidy {
                        Some(line) => Some(line.clone().into()),
                        None => joined(lines().map(AsRef::as_ref)).map(|names| R::value(&names)),
                    };
                    if let Some(names) = names {
                        response.append(ResponseHeader::AllowHeaders, names);
                    }
                }
            }
            None => {}
        }
        if let Some(max_age) = &grants.max_age {
            response.append(ResponseHeader::MaxAge, max_age.clone());
        }
    }

    /// Adds the answer to the response of a handler. `origin` is the [origin to repeat](Self::origin_to_repeat).
    ///
    /// A response that has its own `Access-Control-Allow-Origin` gets only `Vary`, because any other header could
    /// extend what the handler grants. Other headers of the protocol that the handler set without that header are
    /// replaced by those of the policy.
    #[inline]
    pub fn add_to<R: Response<Value = V>>(
        &self,
        decision: Decision,
        origin: Option<&V>,
        existing: Existing,
        response: &mut R,
    ) {
        let answer = self.get(decision);
        if let Some(grants) = &answer.grants
            && !existing.allow_origin
        {
            if existing.other_grants {
                remove_grants(response);
            }
            grants.allow(origin, response);
            let exposed = match &grants.expose_headers {
                Some(ExposeHeaders::Listed(names)) => Some(names.clone()),
                Some(ExposeHeaders::OfResponse) => names_to_expose(response),
                None => None,
            };
            if let Some(names) = exposed {
                response.append(ResponseHeader::ExposeHeaders, names);
            }
        }
        if !existing.vary_origin {
            answer.vary(response);
        }
        self.vary_by_more(response);
    }

    /// Adds the request headers of [`also_vary_by`](Self::also_vary_by) to `Vary` if the response does not list them
    /// yet.
    #[inline(always)]
    fn vary_by_more<R: Response<Value = V>>(&self, response: &mut R) {
        if let Some(names) = &self.also_vary_by {
            list_in_vary(names, response);
        }
    }
}

#[cold]
#[inline(never)]
fn list_in_vary<R: Response<Value: Clone>>(names: &[(String, R::Value)], response: &mut R) {
    for (name, value) in names {
        if !response.header(ResponseHeader::Vary).any(|line| Vary::has(line, name)) {
            response.append(ResponseHeader::Vary, value.clone());
        }
    }
}

impl<V: Clone + AsRef<[u8]>> Answers<V> {
    /// Restores the answer in a response that [`write`](Self::write) filled, after other code changed its headers.
    pub fn write_again<Q, R>(&self, decision: Decision, request: &Q, origin: Option<&V>, response: &mut R)
    where
        Q: Request<Value: Into<V>>,
        R: Response<Value = V>,
    {
        remove_grants(response);
        self.write_grants(decision, request, origin, response);
        self.restore_vary(decision, response);
    }

    /// Restores the answer in a response to which [`add_to`](Self::add_to) added it, after other code changed the
    /// headers. If the decision is a refusal, every header that grants something is removed.
    pub fn add_again<R: Response<Value = V>>(
        &self,
        decision: Decision,
        origin: Option<&V>,
        response: &mut R,
    ) {
        if decision.is_refusal() {
            remove_grants(response);
        } else if let Some(grants) = &self.get(decision).grants
            && !grants.is_allowed_in(origin, response)
        {
            let exposes = response.header(ResponseHeader::ExposeHeaders).next().is_some();
            response.remove(ResponseHeader::AllowOrigin);
            response.remove(ResponseHeader::AllowCredentials);
            if exposes {
                grants.allow(origin, response);
            } else {
                let existing = Existing { vary_origin: true, ..Existing::default() };
                self.add_to(decision, origin, existing, response);
            }
        }
        self.restore_vary(decision, response);
    }

    /// Adds the request headers that the answer depends on to `Vary`, if the response does not list them yet.
    fn restore_vary<R: Response<Value = V>>(&self, decision: Decision, response: &mut R) {
        let names = || self.get(decision).vary.as_str().split(", ").filter(|name| !name.is_empty());
        let listed = |name: &str| response.header(ResponseHeader::Vary).any(|line| Vary::has(line, name));
        let missing: Vec<&str> = names().filter(|name| !listed(name)).collect();
        if missing.len() == names().count() {
            self.get(decision).vary(response);
        } else if !missing.is_empty() {
            let missing = R::value(&missing.join(", "));
            response.append(ResponseHeader::Vary, missing);
        }
        self.vary_by_more(response);
    }
}

/// Removes every header that grants something.
pub fn remove_grants(response: &mut impl Response) {
    ResponseHeader::GRANTS.into_iter().for_each(|name| response.remove(name));
}

impl<V: Clone + AsRef<[u8]>> Grants<V> {
    /// Whether the response has these `Access-Control-Allow-Origin` and `Access-Control-Allow-Credentials`, each
    /// in one line.
    fn is_allowed_in<R: Response<Value = V>>(&self, origin: Option<&V>, response: &R) -> bool {
        let expected: Option<&[u8]> = match &self.allow_origin {
            AllowOrigin::Any => Some(b"*"),
            AllowOrigin::Only(only) => Some(only.as_ref()),
            AllowOrigin::OfRequest => origin.map(AsRef::as_ref),
        };
        let credentials = response.header(ResponseHeader::AllowCredentials);
        response.header(ResponseHeader::AllowOrigin).eq(expected)
            && credentials.eq(self.allow_credentials.then_some(b"true".as_slice()))
    }
}

impl<V: Clone> Grants<V> {
    /// Adds the headers about the origin whose pages may read the response, and about credentials.
    #[inline]
    fn allow<R: Response<Value = V>>(&self, origin: Option<&V>, response: &mut R) {
        response.reserve(Answers::<V>::MOST);
        let value = match &self.allow_origin {
            AllowOrigin::Any => Some(R::constant(Constant::AnyOrigin)),
            AllowOrigin::Only(only) => Some(only.clone()),
            AllowOrigin::OfRequest => origin.cloned(),
        };
        // Without this header, no other header grants anything.
        let Some(value) = value else { return };
        response.append(ResponseHeader::AllowOrigin, value);
        if self.allow_credentials {
            response.append(ResponseHeader::AllowCredentials, R::constant(Constant::True));
        }
    }
}

impl<V> Answer<V> {
    #[inline]
    fn vary<R: Response<Value = V>>(&self, response: &mut R) {
        if self.vary != Vary::Nothing {
            response.append(ResponseHeader::Vary, R::constant(Constant::Vary(self.vary)));
        }
    }
}

/// The header names that are listed for `expose = "*"` with credentials, because a browser then reads `*` as a name.
fn names_to_expose<R: Response>(response: &R) -> Option<R::Value> {
    let mut names: Vec<&str> = response.names().filter(|name| exposes_name(name)).collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| R::value(&names.join(", ")))
}

/// The value of a header that has exactly one line.
#[inline]
fn only<T>(mut lines: impl Iterator<Item = T>) -> Option<T> {
    let first = lines.next()?;
    lines.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::response::PlainResponse;
    use crate::policy::builder::Builder;
    use crate::policy::policy::Policy;
    use crate::request::plain::PlainRequest;

    const APP: &str = "https://app.example.com";
    const OTHER: &str = "https://b.example.com";

    fn answers(builder: Builder) -> Answers<String> {
        let policy = builder.build().unwrap_or_else(|violations| panic!("{violations}"));
        Answers::new(CompiledPolicy::new(&policy).expect("a valid policy"), str::to_owned)
    }

    fn one_origin() -> Builder {
        Policy::builder().origins([APP])
    }

    fn two_origins() -> Builder {
        Policy::builder().origins([APP, OTHER])
    }

    fn any_origin() -> Builder {
        Policy::builder().origins("*")
    }

    fn response(status: u16, headers: &[(&str, &str)]) -> PlainResponse {
        headers
            .iter()
            .fold(PlainResponse::new(status), |response, (name, value)| response.with_header(name, value))
    }

    fn text(response: &PlainResponse) -> String {
        let lines = response.headers.iter().map(|(name, value)| {
            let name = name.strip_prefix("access-control-").unwrap_or(name);
            format!("{name}: {value}")
        });
        lines.collect::<Vec<_>>().join("; ")
    }

    /// A preflight of `APP`: the method that it asks for, and the lines of headers.
    fn preflight(method: &'static str, lines: &[&'static str]) -> Vec<(&'static str, &'static str)> {
        let lines = lines.iter().map(|line| ("access-control-request-headers", *line));
        [("origin", APP), ("access-control-request-method", method)].into_iter().chain(lines).collect()
    }

    /// The response to a preflight, and the same after other code replaced all of its headers by `changed`.
    fn answer_preflight(
        answers: &Answers<String>,
        headers: &[(&str, &str)],
        changed: Option<&[(&str, &str)]>,
    ) -> String {
        let request = PlainRequest::new("OPTIONS", headers);
        let decision = answers.policy().decide(&request);
        let origin = answers.origin_to_repeat(decision, &request);
        let mut response = PlainResponse::new(answers.get(decision).status.expect("a preflight"));
        answers.write(decision, &request, origin.as_ref(), &mut response);
        if let Some(changed) = changed {
            response = self::response(response.status, changed);
            answers.write_again(decision, &request, origin.as_ref(), &mut response);
        }
        format!("{} {}", response.status, text(&response))
    }

    #[test]
    fn an_answer_to_a_preflight_has_exactly_these_headers() {
        for (builder, request, expected) in [
            (
                one_origin(),
                preflight("GET", &[]),
                "204 allow-origin: https://app.example.com; allow-methods: GET, HEAD, POST; \
                 vary: Origin, Access-Control-Request-Method",
            ),
            (
                one_origin().credentials(true).methods(["PUT", "DELETE"]).headers(["x-a", "x-b"]).max_age(60),
                preflight("PUT", &["x-a"]),
                "204 allow-origin: https://app.example.com; allow-credentials: true; allow-methods: PUT, DELETE; \
                 allow-headers: x-a, x-b; max-age: 60; vary: Origin, Access-Control-Request-Method",
            ),
            (
                two_origins().methods("*").headers("*").expose(["x-a"]),
                preflight("PUT", &["x-a"]),
                "204 allow-origin: https://app.example.com; allow-methods: *; allow-headers: *; \
                 vary: Origin, Access-Control-Request-Method",
            ),
            (
                two_origins().methods("*").headers("*").credentials(true),
                preflight("PUT", &["x-a"]),
                "204 allow-origin: https://app.example.com; allow-credentials: true; allow-methods: PUT; \
                 allow-headers: x-a; \
                 vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (
                two_origins().headers("*").credentials(true).preflight_status(200),
                preflight("GET", &["x-a", "x-b"]),
                "200 allow-origin: https://app.example.com; allow-credentials: true; \
                 allow-methods: GET, HEAD, POST; allow-headers: x-a, x-b; \
                 vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ),
            (any_origin(), preflight("GET", &[]), "204 allow-origin: *; allow-methods: GET, HEAD, POST"),
            // The answer lists what is granted, so the browser refuses `PUT`.
            (
                one_origin(),
                preflight("PUT", &[]),
                "204 allow-origin: https://app.example.com; allow-methods: GET, HEAD, POST; \
                 vary: Origin, Access-Control-Request-Method",
            ),
            (
                Policy::builder().origins([OTHER]),
                preflight("GET", &[]),
                "403 vary: Origin, Access-Control-Request-Method",
            ),
        ] {
            let answers = answers(builder);
            assert_eq!(answer_preflight(&answers, &request, None), expected);
            // What other code wrote, or removed, makes no difference.
            let granted = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "*")];
            assert_eq!(answer_preflight(&answers, &request, Some(&[])), expected);
            assert_eq!(answer_preflight(&answers, &request, Some(&granted)), expected);
        }
    }

    #[test]
    fn an_answer_that_is_written_again_completes_vary() {
        let answers = answers(two_origins().headers("*").credentials(true));
        let grants =
            "allow-origin: https://app.example.com; allow-credentials: true; allow-methods: GET, HEAD, POST";
        for (vary, added) in [
            ("accept", "; vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
            ("ORIGIN", "; vary: Access-Control-Request-Method, Access-Control-Request-Headers"),
            ("access-control-request-method, origin", "; vary: Access-Control-Request-Headers"),
            ("*", ""),
        ] {
            let written = answer_preflight(&answers, &preflight("GET", &[]), Some(&[("vary", vary)]));
            assert_eq!(written, format!("204 vary: {vary}; {grants}{added}"));
        }
    }

    /// The response of a handler that set `headers`, for a page of `origin`, after `add` was called.
    fn added(
        answers: &Answers<String>,
        origin: Option<&str>,
        headers: &[(&str, &str)],
        add: impl FnOnce(Decision, Option<&String>, &mut PlainResponse),
    ) -> String {
        let own: Vec<_> = origin.iter().map(|origin| ("origin", *origin)).collect();
        let request = PlainRequest::new("GET", &own);
        let decision = answers.policy().decide(&request);
        let origin = answers.origin_to_repeat(decision, &request);
        let mut response = response(200, headers);
        add(decision, origin.as_ref(), &mut response);
        text(&response)
    }

    fn answer(answers: &Answers<String>, origin: Option<&str>, headers: &[(&str, &str)]) -> String {
        added(answers, origin, headers, |decision, origin, response| {
            answers.add_to(decision, origin, Existing::of(response), response);
        })
    }

    #[test]
    fn a_response_has_exactly_these_headers() {
        for (builder, origin, headers, expected) in [
            (one_origin(), Some(APP), &[] as &[_], "allow-origin: https://app.example.com; vary: Origin"),
            (one_origin(), Some(OTHER), &[], "vary: Origin"),
            (one_origin(), None, &[], "vary: Origin"),
            (two_origins(), Some(OTHER), &[], "allow-origin: https://b.example.com; vary: Origin"),
            (any_origin(), Some(APP), &[], "allow-origin: *"),
            (any_origin(), None, &[], "allow-origin: *"),
            (
                any_origin().except([OTHER]),
                Some(APP),
                &[],
                "allow-origin: https://app.example.com; vary: Origin",
            ),
            (
                one_origin().credentials(true).expose(["x-a", "x-b"]).headers(["x-c"]).max_age(5),
                Some(APP),
                &[],
                "allow-origin: https://app.example.com; allow-credentials: true; expose-headers: x-a, x-b; vary: Origin",
            ),
            (
                any_origin().expose("*"),
                Some(APP),
                &[("x-a", "1")],
                "x-a: 1; allow-origin: *; expose-headers: *",
            ),
            (
                one_origin().expose("*").credentials(true),
                Some(APP),
                &[("x-b", "1"), ("x-a", "2"), ("x-b", "3"), ("content-type", "a/b")],
                "x-b: 1; x-a: 2; x-b: 3; content-type: a/b; allow-origin: https://app.example.com; \
                 allow-credentials: true; expose-headers: x-a, x-b; vary: Origin",
            ),
            (
                one_origin().expose("*").credentials(true),
                Some(APP),
                &[],
                "allow-origin: https://app.example.com; allow-credentials: true; vary: Origin",
            ),
            // A handler that sets this header decides alone.
            (
                one_origin().credentials(true),
                Some(APP),
                &[("Access-Control-Allow-Origin", "*")],
                "allow-origin: *; vary: Origin",
            ),
            // A header that has no effect without the other is replaced.
            (
                one_origin(),
                Some(APP),
                &[("Access-Control-Allow-Credentials", "true"), ("Access-Control-Expose-Headers", "x-a")],
                "allow-origin: https://app.example.com; vary: Origin",
            ),
            (one_origin(), Some(OTHER), &[("Vary", "accept, origin")], "vary: accept, origin"),
            (one_origin(), Some(OTHER), &[("Vary", "accept")], "vary: accept; vary: Origin"),
        ] {
            assert_eq!(answer(&answers(builder), origin, headers), expected);
        }
    }

    #[test]
    fn existing_headers_are_found() {
        let all = Existing { allow_origin: true, other_grants: true, vary_origin: true };
        for (headers, expected) in [
            (&[] as &[_], Existing::default()),
            (&[("access-control-allow-origin", "*")], Existing { allow_origin: true, ..Existing::default() }),
            (&[("access-control-max-age", "1")], Existing { other_grants: true, ..Existing::default() }),
            (
                &[("access-control-allow-methods", "PUT"), ("x-a", "1")],
                Existing { other_grants: true, ..Existing::default() },
            ),
            (&[("access-control-request-method", "PUT"), ("x-access", "1")], Existing::default()),
            (
                &[("vary", "accept"), ("vary", "origin")],
                Existing { vary_origin: true, ..Existing::default() },
            ),
            (&[("vary", "accept"), ("x-vary", "origin")], Existing::default()),
            (
                &[
                    ("access-control-expose-headers", "x"),
                    ("vary", "*"),
                    ("access-control-allow-origin", "null"),
                ],
                all,
            ),
        ] {
            assert_eq!(Existing::of(&response(200, headers)), expected, "{headers:?}");
        }
    }

    #[test]
    fn the_headers_of_also_vary_by_are_listed_once() {
        let answers = answers(one_origin()).also_vary_by(["x-tenant", "x-region"], str::to_owned);
        for (headers, expected) in [
            (&[] as &[_], "vary: Origin; vary: x-tenant; vary: x-region"),
            (&[("vary", "X-Tenant")], "vary: X-Tenant; vary: Origin; vary: x-region"),
            (&[("vary", "*")], "vary: *"),
        ] {
            assert_eq!(answer(&answers, Some(OTHER), headers), expected);
        }
        let refused = [("origin", OTHER), ("access-control-request-method", "PUT")];
        assert_eq!(
            answer_preflight(&answers, &refused, None),
            "403 vary: Origin, Access-Control-Request-Method; vary: x-tenant; vary: x-region"
        );
    }

    #[test]
    fn an_answer_that_is_added_again_is_what_it_was() {
        let answers = answers(two_origins().credentials(true).expose(["x-a"]));
        let again = |origin: &str, headers: &[(&str, &str)]| {
            added(&answers, Some(origin), headers, |decision, origin, response| {
                answers.add_again(decision, origin, response);
            })
        };
        let origin = ("access-control-allow-origin", APP);
        let credentials = ("access-control-allow-credentials", "true");
        let expose = ("access-control-expose-headers", "x-a");
        let vary = ("vary", "Origin");
        let granted = "allow-origin: https://app.example.com; allow-credentials: true";
        for (headers, expected) in [
            (
                &[origin, credentials, expose, vary] as &[_],
                format!("{granted}; expose-headers: x-a; vary: Origin"),
            ),
            // Nothing is left.
            (&[], format!("{granted}; expose-headers: x-a; vary: Origin")),
            // Other code removed the credentials, or doubled a header, or granted more.
            (&[origin, vary], format!("vary: Origin; {granted}; expose-headers: x-a")),
            (
                &[origin, credentials, credentials, vary],
                format!("vary: Origin; {granted}; expose-headers: x-a"),
            ),
            (
                &[("access-control-allow-origin", "*"), vary],
                format!("vary: Origin; {granted}; expose-headers: x-a"),
            ),
            (&[origin, origin, expose, vary], format!("expose-headers: x-a; vary: Origin; {granted}")),
            // Without `Vary`, a cache could send the response to a page of another origin.
            (&[origin, credentials], format!("{granted}; vary: Origin")),
        ] {
            assert_eq!(again(APP, headers), expected, "{headers:?}");
        }
        let removed = again("https://evil.example", &[origin, credentials, expose, ("x-a", "1")]);
        assert_eq!(removed, "x-a: 1; vary: Origin");
    }
}
