//! Why a request was not granted.

use std::fmt;

/// Why a request was refused, or why the browser stops a request although its preflight was granted.
///
/// [`CompiledPolicy::refusal`](crate::CompiledPolicy::refusal) and
/// [`missing_grant`](crate::CompiledPolicy::missing_grant) return it. The codes are for metrics and for tests. An
/// [`Explanation`](crate::Explanation) has the text for people, with what was refused and what to write.
///
/// ```
/// use cors_core::Refusal;
///
/// let refusal = Refusal::OriginNotAllowed;
/// assert_eq!(refusal.code(), "origin-not-allowed");
/// assert_eq!(refusal.to_string(), "the policy does not list this origin");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The request has several `Origin` lines, an empty one, or one with bytes that browsers never send.
    MalformedOrigin,
    /// `Origin: null`: a sandboxed frame, a local file, or a cross-origin redirect.
    NullOrigin,
    /// The policy does not list the origin.
    OriginNotAllowed,
    /// The policy lists the origin in `except`.
    OriginExcepted,
    /// The origin function was not called for an origin with plain `http`, because the policy has `credentials`.
    InsecureOrigin,
    /// The origin function failed or took too long.
    OriginLookupFailed,
    /// The origin is granted, but not the method: the browser will stop the request.
    MethodNotAllowed,
    /// The origin is granted, but not one of the request headers: the browser will stop the request.
    HeaderNotAllowed,
    /// The request has cookies, and the policy on trial has no `credentials`, so the page could not read the
    /// response.
    CredentialsNotAllowed,
    /// The request has no `Origin`, although the browser sent one or a guard requires one.
    NoOrigin,
    /// Other code answered the preflight, so it did not reach a policy.
    PreflightNotAnswered,
}

impl Refusal {
    /// Every reason.
    pub const ALL: &[Refusal] = &[
        Refusal::MalformedOrigin,
        Refusal::NullOrigin,
        Refusal::OriginNotAllowed,
        Refusal::OriginExcepted,
        Refusal::InsecureOrigin,
        Refusal::OriginLookupFailed,
        Refusal::MethodNotAllowed,
        Refusal::HeaderNotAllowed,
        Refusal::CredentialsNotAllowed,
        Refusal::NoOrigin,
        Refusal::PreflightNotAnswered,
    ];

    /// A name that does not change between versions: `origin-not-allowed`.
    pub const fn code(self) -> &'static str {
        match self {
            Refusal::MalformedOrigin => "malformed-origin",
            Refusal::NullOrigin => "null-origin",
            Refusal::OriginNotAllowed => "origin-not-allowed",
            Refusal::OriginExcepted => "origin-excepted",
            Refusal::InsecureOrigin => "insecure-origin",
            Refusal::OriginLookupFailed => "origin-lookup-failed",
            Refusal::MethodNotAllowed => "method-not-allowed",
            Refusal::HeaderNotAllowed => "header-not-allowed",
            Refusal::CredentialsNotAllowed => "credentials-not-allowed",
            Refusal::NoOrigin => "no-origin",
            Refusal::PreflightNotAnswered => "preflight-not-answered",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Refusal::MalformedOrigin => "the request's Origin is malformed",
            Refusal::NullOrigin => "the request's Origin is null",
            Refusal::OriginNotAllowed => "the policy does not list this origin",
            Refusal::OriginExcepted => "the policy excepts this origin",
            Refusal::InsecureOrigin => "the origin is not secure, and the policy has `credentials`",
            Refusal::OriginLookupFailed => "the origin function failed or took too long",
            Refusal::MethodNotAllowed => "the policy does not grant the method that the preflight asks for",
            Refusal::HeaderNotAllowed => "the policy does not grant a header that the preflight asks for",
            Refusal::CredentialsNotAllowed => "the request has cookies, and the policy has no `credentials`",
            Refusal::NoOrigin => "the request has no Origin",
            Refusal::PreflightNotAnswered => {
                "other code answered the preflight, so it did not reach a policy"
            }
        })
    }
}
