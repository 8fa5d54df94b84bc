//! The text of every report: why a request was not granted, and what to write.

use std::fmt::{self, Write as _};

use crate::decision::compiled_policy::CompiledPolicy;
use crate::decision::echo::members;
use crate::decision::nearest::{nearest_name, nearest_origin};
use crate::decision::refusal::Refusal;
use crate::fetch_standard::methods;
use crate::origin::origin::Origin;
use crate::origin::pattern::OriginPattern;
use crate::policy::exception::Allow;
use crate::request::header::RequestHeader;
use crate::request::lost_origin::{is_unsafe_without_origin, lost_origin};
use crate::request::request::{Request, preflight_method};

/// The longest text from a request that an explanation repeats, in characters.
const LONGEST: usize = 300;

/// Why a request was not granted, and what to write: the text of log lines, of response headers and of failed tests.
///
/// [`CompiledPolicy::explain`] returns it. It contains what was refused, the most similar entry of the policy, and the remedy
/// in terms of the policy's keys. Its text is one line, and every part that comes from the request is escaped and cut.
///
/// ```
/// use cors_core::{CompiledPolicy, PlainRequest, Policy, Refusal};
///
/// let policy = CompiledPolicy::new(&Policy::builder().origins(["http://localhost:3000"]).build()?)?;
/// let headers = [("origin", "http://localhost:5173")];
/// let explanation = policy.explain(Refusal::OriginNotAllowed, &PlainRequest::new("GET", &headers));
/// assert_eq!(
///     explanation.to_string(),
///     "origin-not-allowed: `origins` does not list http://localhost:5173; the nearest entry is http://localhost:3000, \
///      which has another port; help: add \"http://localhost:5173\" to `origins`"
/// );
/// assert_eq!(explanation.name(), "http://localhost:5173");
/// assert_eq!(explanation.nearest(), Some("http://localhost:3000"));
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    refusal: Refusal,
    name: String,
    fault: String,
    nearest: Option<String>,
    remedy: String,
    policy: Option<String>,
}

impl Explanation {
    fn new(refusal: Refusal, name: String, fault: String, remedy: String) -> Self {
        Self { refusal, name, fault, nearest: None, remedy, policy: None }
    }

    /// Explains a preflight that other code answered with `status`, so that it did not reach a policy.
    ///
    /// Use it in a layer or a test that sees the response. `method` is the requested method.
    ///
    /// ```
    /// use cors_core::Explanation;
    ///
    /// let explanation = Explanation::preflight_not_answered(401, b"PUT");
    /// assert!(explanation.fault().contains("the preflight for PUT with 401"));
    /// assert!(explanation.remedy().contains("skip_preflight"));
    /// ```
    pub fn preflight_not_answered(status: u16, method: &[u8]) -> Self {
        let method = readable(method);
        let (cause, remedy) = match status {
            401 | 403 | 407 => (
                "a preflight has no credentials, and a middleware outside of the policy requires them",
                "let preflights pass that middleware, in cors-actix with `skip_preflight(…)`, or put the CORS layer outside of it".to_owned(),
            ),
            404 | 405 => match method_in_upper_case(&method) {
                Some(upper) => (
                    "methods are case-sensitive, and no route takes this one",
                    format!("write method: \"{upper}\" in fetch"),
                ),
                None => (
                    "no route at this path takes the method",
                    format!("check the path and the method of the request, or add a handler for {method}"),
                ),
            },
            300..=399 => (
                "a preflight must not be redirected",
                "request the URL to which the server redirects".to_owned(),
            ),
            500..=599 => ("the server failed", "see the log of the server".to_owned()),
            _ => (
                "a route or a middleware takes OPTIONS requests",
                "let that code take only the methods that it serves, or put a CORS layer outside of it"
                    .to_owned(),
            ),
        };
        let fault = format!(
            "other code answered the preflight for {method} with {status}, so it did not reach a policy: {cause}"
        );
        Self::new(Refusal::PreflightNotAnswered, method, fault, remedy)
    }

    /// Adds the place of the layer that has the policy, such as `Cors at src/main.rs:7`.
    #[must_use]
    pub fn in_layer(mut self, layer: impl fmt::Display) -> Self {
        self.policy = Some(match self.policy {
            Some(declared_at) => format!("{layer}, {declared_at}"),
            None => layer.to_string(),
        });
        self
    }

    /// The reason.
    pub const fn refusal(&self) -> Refusal {
        self.refusal
    }

    /// The [code](Refusal::code) of the reason.
    pub const fn code(&self) -> &'static str {
        self.refusal.code()
    }

    /// What was refused: the origin, the method or the header names.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is wrong, with what was refused and the nearest entry.
    pub fn fault(&self) -> &str {
        &self.fault
    }

    /// The entry of the policy that is most similar to what was refused, if there is a similar one.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }

    /// What to write.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// The layer that has the policy, and where a macro declared the policy.
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    fn with_nearest(mut self, nearest: Option<(&str, &str)>) -> Self {
        if let Some((entry, difference)) = nearest {
            let comma = if difference.is_empty() { "" } else { ", " };
            let _ = write!(self.fault, "; the nearest entry is {entry}{comma}{difference}");
            self.nearest = Some(entry.to_owned());
        }
        self
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; help: {}", self.code(), self.fault, self.remedy)?;
        if let Some(policy) = &self.policy {
            write!(f, "; policy: {policy}")?;
        }
        Ok(())
    }
}

impl CompiledPolicy {
    /// Explains a refusal of `request`. [`reason`](Self::reason) returns the refusal, or other code has found it.
    ///
    /// Use it for logs and tests. It allocates, and it compares only the first entries of the policy.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, PlainRequest, Policy};
    ///
    /// let policy = Policy::builder().origins("*").headers(["x-trace"]).build()?;
    /// let policy = CompiledPolicy::new(&policy)?;
    /// let headers = [
    ///     ("origin", "https://app.example.com"),
    ///     ("access-control-request-method", "POST"),
    ///     ("access-control-request-headers", "content-type"),
    /// ];
    /// let preflight = PlainRequest::new("OPTIONS", &headers);
    /// let refusal = policy.reason(policy.decide(&preflight), &preflight).expect("the header is not granted");
    /// let explanation = policy.explain(refusal, &preflight);
    /// assert_eq!(explanation.fault(), "`headers` does not list content-type");
    /// assert_eq!(explanation.remedy(), "add \"content-type\" to `headers`");
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn explain(&self, refusal: Refusal, request: &impl Request) -> Explanation {
        let origin = readable_origin(request.header(RequestHeader::Origin).map(AsRef::as_ref));
        let mut explanation = match refusal {
            Refusal::OriginNotAllowed => self.explain_origin(origin),
            Refusal::MethodNotAllowed => self.explain_method(request),
            Refusal::HeaderNotAllowed => self.explain_headers(request),
            Refusal::OriginExcepted => {
                let entry = Origin::parse(origin.as_bytes()).and_then(|origin| {
                    self.policy().except().find(|p| p.parts.matches_without_trailing_dot(&origin))
                });
                let entry = entry.map(|entry| entry.as_str().to_owned());
                let listed = entry.clone().unwrap_or_else(|| origin.clone());
                let fault = format!("`except` refuses {origin}");
                let remedy = format!("remove \"{listed}\" from `except`");
                Explanation { nearest: entry, ..Explanation::new(refusal, origin, fault, remedy) }
            }
            Refusal::NullOrigin => Explanation::new(
                refusal,
                origin,
                "the request's Origin is null, as from a file, a `data:` URL, a sandboxed frame, or after a redirect to \
                 another origin"
                    .to_owned(),
                "serve the page over http or https from an origin of its own, and request the final URL; `null` stands for \
                 all such pages, so a policy should not grant it"
                    .to_owned(),
            ),
            Refusal::MalformedOrigin => {
                let fault = match request.header(RequestHeader::Origin).count() {
                    0 | 1 => format!("the request's Origin is not an origin: `{origin}`"),
                    lines => format!("the request has {lines} Origin lines: `{origin}`"),
                };
                let remedy = "send one Origin line as a browser writes it: https://app.example.com".to_owned();
                Explanation::new(refusal, origin, fault, remedy)
            }
            Refusal::InsecureOrigin => {
                let fault = format!(
                    "{origin} is not secure and the policy has `credentials`, so the origin function was not called"
                );
                Explanation::new(refusal, origin, fault, SECURE_ORIGIN.to_owned())
            }
            Refusal::OriginLookupFailed => {
                let fault = format!("the origin function failed or took too long for {origin}");
                Explanation::new(refusal, origin, fault, "see the warning about it in the log".to_owned())
            }
            Refusal::NoOrigin => {
                let (fault, remedy) = if lost_origin(request) {
                    (
                        "the request has no Origin, but its Sec-Fetch-Mode is cors and its Sec-Fetch-Site is not \
                         same-origin: something between the browser and this server removed the header",
                        PASS_ON_ORIGIN,
                    )
                } else if is_unsafe_without_origin(request) {
                    (
                        "the request has no Origin, but its Sec-Fetch-Site is not same-origin and its method may change \
                         something: something between the browser and this server removed the header",
                        PASS_ON_ORIGIN,
                    )
                } else {
                    (
                        "the request has no Origin, and the route requires one",
                        "send an Origin, or let the guard accept requests without one",
                    )
                };
                Explanation::new(refusal, String::new(), fault.to_owned(), remedy.to_owned())
            }
            Refusal::CredentialsNotAllowed => {
                let remedy = "add `credentials` to the policy".to_owned();
                Explanation::new(refusal, origin, refusal.to_string(), remedy)
            }
            Refusal::PreflightNotAnswered => {
                let remedy = "let preflights reach the policy".to_owned();
                Explanation::new(refusal, origin, refusal.to_string(), remedy)
            }
        };
        explanation.policy = self.policy().declared_at().map(|place| format!("declared at {place}"));
        explanation
    }

    fn explain_origin(&self, text: String) -> Explanation {
        let (refusal, policy) = (Refusal::OriginNotAllowed, self.policy());
        let origin = Origin::parse(text.as_bytes());
        let function = if self.has_origin_function() {
            ", and the function or the table of origins does not grant it"
        } else {
            ""
        };
        let fault = match policy.origins().len() {
            0 if policy.is_deny() => format!("the policy is `deny`, so it does not grant {text}"),
            0 if !function.is_empty() => {
                format!("the function or the table of origins does not grant {text}")
            }
            _ => format!("`origins` does not list {text}{function}"),
        };
        let insecure = origin.is_some_and(|origin| origin.is_insecure());
        let remedy = if policy.is_deny() {
            format!("declare `origins = [\"{text}\"]` in place of `deny`")
        } else if origin.is_some_and(|origin| origin.has_trailing_dot()) {
            "open the page without the dot at the end of the host".to_owned()
        } else if OriginPattern::parse(&text).is_err() {
            "serve the page from an http or https origin".to_owned()
        } else if policy.credentials() && insecure && !policy.allows(Allow::InsecureOrigins) {
            SECURE_ORIGIN.to_owned()
        } else if self.has_origin_function() {
            format!("add \"{text}\" to `origins`, or grant it in the function or the table")
        } else {
            format!("add \"{text}\" to `origins`")
        };
        let nearest = origin.and_then(|origin| nearest_origin(&origin, policy.origins()));
        Explanation::new(refusal, text.clone(), fault, remedy).with_nearest(nearest)
    }

    fn explain_method(&self, request: &impl Request) -> Explanation {
        // An actual request has this reason if the browser may have sent it because of a cached grant.
        let method = preflight_method(request).unwrap_or(request.method().as_bytes());
        let method = readable(method);
        let granted = || self.granted_methods().chain(methods::SAFELISTED.iter().copied());
        let in_another_case = granted().find(|listed| listed.eq_ignore_ascii_case(&method));
        let fault = match self.granted_methods().next() {
            None => format!("the policy has no `methods`, so it grants GET, HEAD and POST and not {method}"),
            Some(_) => format!("`methods` does not grant {method}"),
        };
        let remedy = if let Some(listed) = in_another_case {
            format!("write method: \"{listed}\" in fetch, because methods are case-sensitive")
        } else if let Some(upper) = method_in_upper_case(&method) {
            format!(
                "write method: \"{upper}\" in fetch, because methods are case-sensitive, and add \"{upper}\" to `methods`"
            )
        } else if methods::is_forbidden(method.as_bytes()) {
            "use another method, because no page can send this one".to_owned()
        } else {
            format!("add \"{method}\" to `methods`")
        };
        let nearest = in_another_case.map(|listed| (listed, "which has another case"));
        Explanation::new(Refusal::MethodNotAllowed, method, fault, remedy).with_nearest(nearest)
    }

    fn explain_headers(&self, request: &impl Request) -> Explanation {
        /// The number of names that an explanation lists. It only counts the others.
        const MOST_NAMES: usize = 3;
        let policy = self.policy();
        let asked = request.header(RequestHeader::AccessControlRequestHeaders);
        let names = asked.flat_map(|line| members(line.as_ref()));
        let mut missing: Vec<&[u8]> = Vec::new();
        let mut others = 0;
        for name in names {
            let granted = std::str::from_utf8(name).is_ok_and(|name| policy.allows_header(name));
            if granted || missing.iter().any(|listed| listed.eq_ignore_ascii_case(name)) {
                continue;
            }
            if missing.len() < MOST_NAMES { missing.push(name) } else { others += 1 }
        }
        let missing: Vec<String> = missing.into_iter().map(readable).collect();
        let mut listed = missing.join(", ");
        if others > 0 {
            let _ = write!(listed, " and {others} more");
        }
        let quoted: Vec<_> =
            missing.iter().map(|name| format!("\"{}\"", name.to_ascii_lowercase())).collect();
        let by_name = policy.headers().any(|name| name == "*")
            && missing.iter().any(|name| name.eq_ignore_ascii_case("authorization"));
        let remedy = if by_name {
            "write headers = [\"*\", \"authorization\"], because `*` does not cover that header".to_owned()
        } else {
            format!("add {} to `headers`", quoted.join(", "))
        };
        let fault = format!("`headers` does not list {listed}");
        let nearest = missing.first().and_then(|name| nearest_name(name, policy.headers()));
        let nearest = nearest.map(|entry| (entry, ""));
        Explanation::new(Refusal::HeaderNotAllowed, listed, fault, remedy).with_nearest(nearest)
    }
}

const PASS_ON_ORIGIN: &str = "let every proxy in front of the server pass on the header Origin";

const SECURE_ORIGIN: &str = "serve the page over https; to grant it over http in spite of `credentials`, declare allow(insecure_origins)";

/// The registered method that was written in another case. `fetch` changes the case of some methods only
/// (<https://fetch.spec.whatwg.org/#concept-method-normalize>).
fn method_in_upper_case(method: &str) -> Option<String> {
    methods::is_in_wrong_case(method.as_bytes()).then(|| method.to_ascii_uppercase())
}

/// Escapes text from a request, and cuts it to a part of [`LONGEST`].
fn readable(text: &[u8]) -> String {
    text[..text.len().min(LONGEST / 3)].escape_ascii().to_string()
}

/// The lines of a request's `Origin` as text for a log or a page. They may contain any bytes, so they are escaped, and
/// they are cut to 300 characters.
pub fn readable_origin<'a>(lines: impl Iterator<Item = &'a [u8]>) -> String {
    let lines: Vec<_> = lines.take(3).map(|line| line.escape_ascii().to_string()).collect();
    lines.join(", ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::builder::Builder;
    use crate::policy::policy::Policy;
    use crate::request::plain::PlainRequest;

    #[test]
    fn an_origin_is_escaped_and_cut() {
        let readable = |lines: &[&[u8]]| readable_origin(lines.iter().copied());
        assert_eq!(readable(&[]), "");
        assert_eq!(
            readable(&[b"https://a.example", b"b\r\nset-cookie: a=b\xff"]),
            "https://a.example, b\\r\\nset-cookie: a=b\\xff"
        );
        assert_eq!(readable(&[&[b'a'; 1000]]).len(), 300);
        assert_eq!(readable(&[b"a", b"b", b"c", b"d"]), "a, b, c");
    }

    const APP: (&str, &str) = ("origin", "https://app.example.com");

    fn compiled(policy: Builder) -> CompiledPolicy {
        CompiledPolicy::new(&policy.build().unwrap()).unwrap()
    }

    fn listed() -> Builder {
        Policy::builder().origins(["https://app.example.com"])
    }

    #[track_caller]
    fn explained(policy: &CompiledPolicy, method: &str, headers: &[(&str, &str)]) -> String {
        let request = PlainRequest::new(method, headers);
        let refusal = policy.reason(policy.decide(&request), &request).expect("there is a reason");
        policy.explain(refusal, &request).to_string()
    }

    fn of_origin(policy: &CompiledPolicy, origin: &str) -> String {
        explained(policy, "GET", &[("origin", origin)])
    }

    fn of_preflight(policy: &CompiledPolicy, method: &str, headers: &str) -> String {
        let lines =
            [APP, ("access-control-request-method", method), ("access-control-request-headers", headers)];
        explained(policy, "OPTIONS", &lines)
    }

    #[test]
    fn an_origin_is_explained_with_the_key_that_grants_it() {
        let policy = compiled(listed());
        for (origin, expected) in [
            (
                "http://app.example.com",
                "origin-not-allowed: `origins` does not list http://app.example.com; the nearest entry is \
                 https://app.example.com, which has another scheme; help: add \"http://app.example.com\" to `origins`",
            ),
            (
                "https://evil.test",
                "origin-not-allowed: `origins` does not list https://evil.test; help: add \"https://evil.test\" to `origins`",
            ),
            (
                "https://app.example.com.",
                "origin-not-allowed: `origins` does not list https://app.example.com.; the nearest entry is \
                 https://app.example.com, which has no dot at the end of the host; help: open the page without the dot at \
                 the end of the host",
            ),
            (
                "x\r\ny",
                "malformed-origin: the request's Origin is not an origin: `x\\r\\ny`; help: send one Origin line as a \
                 browser writes it: https://app.example.com",
            ),
        ] {
            assert_eq!(of_origin(&policy, origin), expected);
        }
        assert!(of_origin(&policy, "null").contains("a sandboxed frame"));
        let with_credentials = compiled(listed().credentials(true));
        assert!(of_origin(&with_credentials, "http://app.example.com").contains("serve the page over https"));
        let beside_function = listed().build().unwrap();
        let beside_function = CompiledPolicy::new(&beside_function).unwrap().with_origin_function();
        assert!(of_origin(&beside_function, "https://b.example").contains("grant it in the function"));
        let denied = CompiledPolicy::new(&Policy::deny()).unwrap();
        assert!(of_origin(&denied, "https://b.example").contains("in place of `deny`"));
        let everyone_but = compiled(Policy::builder().origins("*").except(["https://*.evil.example"]));
        assert_eq!(
            of_origin(&everyone_but, "https://a.evil.example"),
            "origin-excepted: `except` refuses https://a.evil.example; help: remove \"https://*.evil.example\" from `except`"
        );
    }

    #[test]
    fn a_method_in_another_case_is_corrected_in_fetch() {
        let policy = compiled(listed().methods(["PATCH"]));
        assert_eq!(
            of_preflight(&policy, "patch", ""),
            "method-not-allowed: `methods` does not grant patch; the nearest entry is PATCH, which has another case; help: \
             write method: \"PATCH\" in fetch, because methods are case-sensitive"
        );
        assert_eq!(
            of_preflight(&policy, "DELETE", ""),
            "method-not-allowed: `methods` does not grant DELETE; help: add \"DELETE\" to `methods`"
        );
        let without_methods = compiled(listed());
        assert_eq!(
            of_preflight(&without_methods, "patch", ""),
            "method-not-allowed: the policy has no `methods`, so it grants GET, HEAD and POST and not patch; help: write \
             method: \"PATCH\" in fetch, because methods are case-sensitive, and add \"PATCH\" to `methods`"
        );
        assert!(of_preflight(&policy, "TRACE", "").contains("no page can send this one"));
    }

    #[test]
    fn headers_are_explained_by_their_names() {
        let policy = compiled(listed().headers(["x-request-id", "x-b"]));
        for (asked, expected) in [
            (
                "X-B,content-type",
                "`headers` does not list content-type; help: add \"content-type\" to `headers`",
            ),
            (
                "x-requestid",
                "`headers` does not list x-requestid; the nearest entry is x-request-id; help: add \"x-requestid\" to `headers`",
            ),
            (
                "a1,b2,c3,C3,d4,e5",
                "`headers` does not list a1, b2, c3 and 2 more; help: add \"a1\", \"b2\", \"c3\" to `headers`",
            ),
        ] {
            assert_eq!(of_preflight(&policy, "POST", asked), format!("header-not-allowed: {expected}"));
        }
        let wildcard = compiled(Policy::builder().origins("*").headers("*"));
        assert!(of_preflight(&wildcard, "POST", "authorization").contains("[\"*\", \"authorization\"]"));
    }

    #[test]
    fn an_explanation_is_one_short_line_whatever_the_request_contains() {
        let policy = compiled(listed());
        let long = format!("{}\n", "x\r".repeat(50_000));
        for text in [
            of_origin(&policy, &long),
            of_preflight(&policy, &long, ""),
            of_preflight(&policy, "GET", &format!("{long},{long}a,{long}b,{long}c")),
        ] {
            assert!(text.len() < 5000 && !text.contains(['\r', '\n']), "{text}");
        }
    }

    #[test]
    fn a_preflight_that_other_code_answered_is_explained_by_its_status() {
        let explained =
            |status, method: &str| Explanation::preflight_not_answered(status, method.as_bytes()).to_string();
        assert!(
            explained(401, "PUT").contains("for PUT with 401")
                && explained(401, "PUT").contains("skip_preflight")
        );
        assert!(explained(404, "PUT").contains("add a handler for PUT"));
        assert!(explained(404, "patch").contains("write method: \"PATCH\" in fetch"));
        assert!(explained(301, "PUT").contains("request the URL to which the server redirects"));
    }
}
