//! What a policy says about one request.

/// What to do with one request. It is the key to [`CompiledPolicy::answer`](crate::CompiledPolicy::answer), which has
/// the status and the headers.
///
/// Why it was refused is worked out only when someone asks: [`CompiledPolicy::refusal`](crate::CompiledPolicy::refusal).
///
/// ```
/// use cors_core::Decision;
///
/// assert!(Decision::Refused.is_refusal() && Decision::Refused.reaches_handler());
/// assert!(Decision::Blocked.is_refusal() && !Decision::Blocked.reaches_handler());
/// // A function knows the origin, though the policy does not.
/// assert_eq!(Decision::PreflightRefused.granted(), Decision::PreflightGranted);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// A request without `Origin`, which is not a CORS request. The handler runs.
    NotCors,
    /// A preflight of an origin that is granted. The handler does not run.
    PreflightGranted,
    /// A preflight of an origin that is refused. The handler does not run.
    PreflightRefused,
    /// A request of an origin that is granted. The handler runs.
    Granted,
    /// A request of an origin that is refused. The handler runs, and the browser keeps the response from the page.
    Refused,
    /// A cross-origin request that is refused by a policy that says `enforce`. The handler does not run.
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

    /// Whether the request goes on to the handler.
    pub const fn reaches_handler(self) -> bool {
        matches!(self, Decision::NotCors | Decision::Granted | Decision::Refused)
    }

    /// Whether the origin was refused.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Decision::PreflightRefused | Decision::Refused | Decision::Blocked)
    }

    /// The decision for the same request, now that its origin is granted after all.
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
    fn what_is_granted_after_all_is_no_refusal() {
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
}
