//! The decision of a policy about one request.

use crate::request::lost_origin::is_unsafe_without_origin;
use crate::request::request::Request;
use crate::request::same_origin::is_same_origin;

/// What to do with a request. [`CompiledPolicy::answer`](crate::CompiledPolicy::answer) has the status and the
/// headers for a decision.
///
/// A decision does not contain the reason for a refusal. [`CompiledPolicy::refusal`](crate::CompiledPolicy::refusal)
/// computes it when it is needed.
///
/// ```
/// use cors_core::Decision;
///
/// assert!(Decision::Refused.is_refusal() && Decision::Refused.reaches_handler());
/// assert!(Decision::Blocked.is_refusal() && !Decision::Blocked.reaches_handler());
/// // A function grants the origin, although the policy does not list it.
/// assert_eq!(Decision::PreflightRefused.granted(), Decision::PreflightGranted);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// A request without `Origin`, which is not a CORS request. The handler runs.
    NotCors,
    /// A preflight from a granted origin. The handler does not run.
    PreflightGranted,
    /// A preflight from a refused origin. The handler does not run.
    PreflightRefused,
    /// A request from a granted origin. The handler runs. If the policy is `origins = "*"` without exceptions, this is also the
    /// decision for a request without `Origin`: the answer is the same for every request, so that caches can store it.
    Granted,
    /// A request from a refused origin. The handler runs, but the browser does not let the page read the response.
    Refused,
    /// A cross-origin request that is refused by a policy with `enforce`. The handler does not run.
    Blocked,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Decision; 6] = [
        Decision::NotCors,
        Decision::PreflightGranted,
        Decision::PreflightRefused,
        Decision::Granted,
        Decision::Refused,
        Decision::Blocked,
    ];

    /// A name for logs and metrics that does not change between versions: `preflight-granted`.
    pub const fn code(self) -> &'static str {
        match self {
            Decision::NotCors => "not-cors",
            Decision::PreflightGranted => "preflight-granted",
            Decision::PreflightRefused => "preflight-refused",
            Decision::Granted => "granted",
            Decision::Refused => "refused",
            Decision::Blocked => "blocked",
        }
    }

    /// Whether the handler runs.
    pub const fn reaches_handler(self) -> bool {
        matches!(self, Decision::NotCors | Decision::Granted | Decision::Refused)
    }

    /// Whether the origin was refused.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Decision::PreflightRefused | Decision::Refused | Decision::Blocked)
    }

    /// Whether a guard lets `request` pass, which has this decision: whether the origin is granted, or the request does not
    /// come from another origin. The result does not depend on the policy's `enforce`.
    ///
    /// ```
    /// use cors_core::{CompiledPolicy, PlainRequest, Policy};
    ///
    /// let policy = CompiledPolicy::new(&Policy::builder().origins(["https://app.example.com"]).build()?)?;
    /// let passes = |headers: &[(&str, &str)]| {
    ///     let request = PlainRequest::new("GET", headers);
    ///     policy.decide(&request).passes_guard(&request)
    /// };
    /// assert!(passes(&[("origin", "https://app.example.com")]));
    /// assert!(!passes(&[("origin", "https://evil.example")]));
    /// assert!(passes(&[("origin", "https://api.example.com"), ("sec-fetch-site", "same-origin")]));
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    pub fn passes_guard(self, request: &impl Request) -> bool {
        match self {
            Decision::NotCors => !is_unsafe_without_origin(request),
            Decision::Granted | Decision::PreflightGranted => true,
            Decision::Refused | Decision::Blocked | Decision::PreflightRefused => is_same_origin(request),
        }
    }

    /// The decision for the same request if its origin is granted.
    #[must_use]
    pub const fn granted(self) -> Decision {
        match self {
            Decision::PreflightRefused => Decision::PreflightGranted,
            Decision::Refused | Decision::Blocked => Decision::Granted,
            decision => decision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_decision_has_a_code_and_reaches_the_handler_or_not() {
        let table = Decision::ALL.map(|decision| (decision.code(), decision.reaches_handler()));
        let expected = [
            ("not-cors", true),
            ("preflight-granted", false),
            ("preflight-refused", false),
            ("granted", true),
            ("refused", true),
            ("blocked", false),
        ];
        assert_eq!(table, expected);
    }

    #[test]
    fn the_decision_for_a_granted_origin_is_not_a_refusal() {
        use Decision::*;
        for (decision, granted) in [
            (NotCors, NotCors),
            (PreflightGranted, PreflightGranted),
            (PreflightRefused, PreflightGranted),
            (Granted, Granted),
            (Refused, Granted),
            (Blocked, Granted),
        ] {
            assert_eq!(decision.granted(), granted);
            assert!(!granted.is_refusal());
            assert_eq!(decision.is_refusal(), decision != granted);
        }
    }

    #[test]
    fn a_guard_lets_granted_origins_and_the_own_pages_pass_whatever_enforce_is() {
        use crate::decision::compiled_policy::CompiledPolicy;
        use crate::policy::policy::Policy;
        use crate::request::plain::PlainRequest;

        const PREFLIGHT: (&str, &str) = ("access-control-request-method", "PUT");
        let app = ("origin", "https://app.example.com");
        let own = ("origin", "https://api.example.com");
        let evil = ("origin", "https://evil.example");
        let host = ("host", "api.example.com");
        let site = |site| ("sec-fetch-site", site);
        for (method, headers, expected) in [
            ("GET", &[app] as &[_], true),
            ("GET", &[evil], false),
            ("GET", &[evil, host], false),
            ("POST", &[own, host], true),
            ("POST", &[own, site("same-origin")], true),
            ("POST", &[own, host, site("same-site")], false),
            ("GET", &[], true),
            ("GET", &[site("cross-site")], true),
            ("POST", &[], true),
            ("POST", &[site("same-origin")], true),
            ("POST", &[site("cross-site")], false),
            ("OPTIONS", &[app, PREFLIGHT], true),
            ("OPTIONS", &[evil, PREFLIGHT], false),
        ] {
            for enforce in [false, true] {
                let policy =
                    Policy::builder().origins(["https://app.example.com"]).enforce(enforce).build().unwrap();
                let request = PlainRequest::new(method, headers);
                let decision = CompiledPolicy::new(&policy).unwrap().decide(&request);
                assert_eq!(
                    decision.passes_guard(&request),
                    expected,
                    "{method} {headers:?}, enforce: {enforce}"
                );
            }
        }
    }
}
