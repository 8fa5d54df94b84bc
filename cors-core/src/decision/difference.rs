//! The difference between the decisions of a policy on trial and of the policy in force.

use std::fmt;

use crate::decision::compiled_policy::CompiledPolicy;
use crate::decision::decision::Decision;
use crate::decision::explanation::Explanation;
use crate::decision::refusal::Refusal;
use crate::request::header::RequestHeader;
use crate::request::request::{Field, Request};
use crate::request::same_origin::is_same_origin;

/// The decision of a policy on trial about a request, if it differs from that of the policy in force.
///
/// Use it to narrow a policy: as long as requests of your own pages are reported, the narrower policy would break them.
///
/// The decisions of two policies about a request differ if one of them grants it and the other one refuses or blocks it.
/// They also differ if only one of them grants the method or a header that a preflight asks for, or the method of an actual
/// request, and if only the policy on trial has no `credentials` and the request has cookies. `max_age`, `expose` and
/// `preflight_status` are not compared.
///
/// ```
/// use cors_core::{CompiledPolicy, Decision, Difference, PlainRequest, Policy};
///
/// let compiled = |origins| CompiledPolicy::new(&Policy::builder().origins(origins).build()?);
/// let (current, next) = (compiled("*")?, compiled("https://app.example.com")?);
/// let headers = [("origin", "https://old.example.com")];
/// let request = PlainRequest::new("GET", &headers);
///
/// let decisions = (current.decide(&request), next.decide(&request));
/// let difference = Difference::between((&current, decisions.0), (&next, decisions.1), &request).expect("they differ");
/// assert_eq!((difference.current(), difference.next()), (Decision::Granted, Decision::Refused));
/// assert_eq!(
///     difference.to_string(),
///     "the request is granted, and the policy on trial would refuse it: origin-not-allowed: `origins` does not list \
///      https://old.example.com; help: add \"https://old.example.com\" to `origins`"
/// );
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    current: Decision,
    next: Decision,
    explanation: Option<Explanation>,
}

/// The effect of a decision on the page.
#[derive(PartialEq, Eq)]
enum Outcome {
    Granted,
    Refused,
    /// The handler does not run.
    Blocked,
    /// The origin is granted, but the browser stops the request for this reason.
    Missing(Refusal),
}

impl Difference {
    /// Compares the decisions of two policies about `request`. `None` if they have the same effect.
    pub fn between(
        (policy, current): (&CompiledPolicy, Decision),
        (other, next): (&CompiledPolicy, Decision),
        request: &impl Request,
    ) -> Option<Self> {
        // No policy refuses a request without `Origin`.
        if request.field(RequestHeader::Origin) == Field::Absent {
            return None;
        }
        let present = outcome(policy, current, request, true);
        let future = outcome(other, next, request, policy.policy().credentials());
        if future == present || (is_same_origin(request) && future != Outcome::Blocked) {
            return None;
        }
        let refusal = match future {
            Outcome::Granted => None,
            Outcome::Missing(refusal) => Some(refusal),
            Outcome::Refused | Outcome::Blocked => other.refusal(request).or(Some(Refusal::OriginNotAllowed)),
        };
        let explanation = refusal.map(|refusal| other.explain(refusal, request));
        Some(Self { current, next, explanation })
    }

    /// Adds the place of the layer that has the policy in force.
    #[must_use]
    pub fn in_layer(mut self, layer: impl fmt::Display) -> Self {
        self.explanation = self.explanation.map(|explanation| explanation.in_layer(layer));
        self
    }

    /// The decision of the policy in force.
    pub const fn current(&self) -> Decision {
        self.current
    }

    /// The decision of the policy on trial.
    pub const fn next(&self) -> Decision {
        self.next
    }

    /// Why the policy on trial would not grant the request. `None` if it grants the request.
    pub const fn explanation(&self) -> Option<&Explanation> {
        self.explanation.as_ref()
    }
}

/// `credentials` is whether the policy allows requests with cookies.
fn outcome(
    policy: &CompiledPolicy,
    decision: Decision,
    request: &impl Request,
    credentials: bool,
) -> Outcome {
    match decision {
        Decision::PreflightRefused | Decision::Refused => Outcome::Refused,
        Decision::Blocked => Outcome::Blocked,
        Decision::PreflightGranted => {
            policy.missing_grant(request).map_or(Outcome::Granted, Outcome::Missing)
        }
        Decision::NotCors | Decision::Granted => {
            if !policy.echoes_method(request.method().as_bytes()) {
                return Outcome::Missing(Refusal::MethodNotAllowed);
            }
            let has_cookies = request.header(RequestHeader::Cookie).next().is_some();
            if has_cookies && credentials && !policy.policy().credentials() {
                return Outcome::Missing(Refusal::CredentialsNotAllowed);
            }
            Outcome::Granted
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = if self.current.is_refusal() { "refused" } else { "granted" };
        match &self.explanation {
            None => write!(f, "the request is {current}, and the policy on trial would grant it"),
            Some(explanation) => {
                let next = if self.next == Decision::Blocked { "block" } else { "refuse" };
                write!(f, "the request is {current}, and the policy on trial would {next} it: {explanation}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::builder::Builder;
    use crate::policy::policy::Policy;
    use crate::request::plain::PlainRequest;

    const APP: (&str, &str) = ("origin", "https://app.example.com");
    const OLD: (&str, &str) = ("origin", "https://old.example.com");

    fn wide() -> Builder {
        Policy::builder()
            .origins([APP.1, OLD.1])
            .credentials(true)
            .methods(["PUT", "DELETE"])
            .headers(["x-a", "x-b"])
    }

    #[track_caller]
    fn differ(current: Builder, next: Builder, method: &str, headers: &[(&str, &str)]) -> Option<String> {
        let compiled = |policy: Builder| CompiledPolicy::new(&policy.build().unwrap()).unwrap();
        let (current, next) = (compiled(current), compiled(next));
        let request = PlainRequest::new(method, headers);
        let decisions = (current.decide(&request), next.decide(&request));
        let difference = Difference::between((&current, decisions.0), (&next, decisions.1), &request)?;
        Some(difference.explanation().map_or("granted", Explanation::code).to_owned())
    }

    #[test]
    fn there_is_no_difference_if_both_decisions_have_the_same_effect() {
        let narrow = || wide().origins([APP.1]).methods(["PUT"]).headers(["x-a"]);
        let put = ("access-control-request-method", "PUT");
        for (method, headers) in [
            ("GET", [APP].as_slice()),
            ("GET", &[]),
            ("PUT", &[APP]),
            ("OPTIONS", &[APP, put, ("access-control-request-headers", "x-a")]),
            ("GET", &[("origin", "https://stranger.example")]),
            ("GET", &[OLD, ("sec-fetch-site", "same-origin")]),
        ] {
            assert_eq!(differ(wide(), narrow(), method, headers), None, "{method} {headers:?}");
        }
    }

    #[test]
    fn a_request_that_only_the_wider_policy_grants_is_a_difference() {
        let put = ("access-control-request-method", "PUT");
        let delete = ("access-control-request-method", "DELETE");
        let narrow = || wide().origins([APP.1]).methods(["PUT"]).headers(["x-a"]);
        for (next, method, headers, expected) in [
            (narrow(), "GET", [OLD].as_slice(), "origin-not-allowed"),
            (narrow(), "OPTIONS", &[OLD, put], "origin-not-allowed"),
            (narrow(), "OPTIONS", &[APP, delete], "method-not-allowed"),
            // The browser sends no preflight if it has a cached grant.
            (narrow(), "DELETE", &[APP], "method-not-allowed"),
            (
                narrow(),
                "OPTIONS",
                &[APP, put, ("access-control-request-headers", "x-b")],
                "header-not-allowed",
            ),
            (wide().credentials(false), "GET", &[APP, ("cookie", "a=b")], "credentials-not-allowed"),
            (wide().origins([APP.1]).enforce(true), "POST", &[OLD], "origin-not-allowed"),
            (wide().enforce(true), "POST", &[("origin", "https://stranger.example")], "origin-not-allowed"),
        ] {
            assert_eq!(
                differ(wide(), next, method, headers).as_deref(),
                Some(expected),
                "{method} {headers:?}"
            );
        }
        assert_eq!(differ(narrow(), wide(), "GET", &[OLD]).as_deref(), Some("granted"));
        assert_eq!(differ(wide(), wide().credentials(false), "GET", &[APP]), None);
    }
}
