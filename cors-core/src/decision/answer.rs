//! The status and the headers that go with a decision.

use crate::decision::decision::Decision;
use crate::decision::vary::Vary;
use crate::fetch_standard::methods;
use crate::policy::policy::Policy;

/// The status and the headers that go with a [`Decision`]. `V` is the type of a header value.
///
/// [`Answers`](crate::Answers) holds one for each decision and writes it into a response.
///
/// ```
/// use cors_core::{AllowOrigin, CompiledPolicy, Decision, ExposeHeaders, Policy, Vary};
///
/// let policy = Policy::builder().origins(["https://*.example.com"]).expose(["x-total-count"]).build()?;
/// let policy = CompiledPolicy::new(&policy)?;
///
/// let granted = policy.answer(Decision::Granted);
/// assert_eq!((granted.status, granted.vary), (None, Vary::Origin));
/// let grants = granted.grants.expect("the origin is allowed");
/// assert_eq!(grants.allow_origin, AllowOrigin::OfRequest);
/// assert_eq!(grants.expose_headers, Some(ExposeHeaders::Listed("x-total-count".to_owned())));
///
/// let refused = policy.answer(Decision::PreflightRefused);
/// assert_eq!((refused.status, refused.grants), (Some(403), None));
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<V> {
    /// The status, if the handler does not run.
    pub status: Option<u16>,
    /// The headers that grant something. `None` if the decision is a refusal, and if the request has no `Origin` and the
    /// policy does not allow every origin. They are in a box, because most answers grant nothing.
    pub grants: Option<Box<Grants<V>>>,
    /// The request headers that the answer depends on.
    pub vary: Vary,
}

/// The headers of an [`Answer`] that grant something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants<V> {
    /// `Access-Control-Allow-Origin`
    pub allow_origin: AllowOrigin<V>,
    /// Whether there is an `Access-Control-Allow-Credentials: true`.
    pub allow_credentials: bool,
    /// `Access-Control-Allow-Methods`
    pub allow_methods: Option<Granted<V>>,
    /// `Access-Control-Allow-Headers`
    pub allow_headers: Option<Granted<V>>,
    /// `Access-Control-Max-Age`
    pub max_age: Option<V>,
    /// `Access-Control-Expose-Headers`
    pub expose_headers: Option<ExposeHeaders<V>>,
}

/// The value of `Access-Control-Allow-Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowOrigin<V> {
    /// `*`
    Any,
    /// The only origin that the policy allows.
    Only(V),
    /// The request's origin.
    OfRequest,
}

/// The value of `Access-Control-Allow-Methods` or `Access-Control-Allow-Headers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted<V> {
    /// The list of everything that the policy grants.
    Listed(V),
    /// The method or the headers that the preflight asks for, if they are granted and may be repeated.
    Echoed,
}

/// The value of `Access-Control-Expose-Headers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExposeHeaders<V> {
    /// The list of everything that the policy exposes.
    Listed(V),
    /// The names of the headers that the response has.
    OfResponse,
}

/// The properties of a layer or a route that change the answers of its policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Whether the answer to a preflight grants only the requested method, and must not be cached. Otherwise it lists
    /// every method that the policy grants, so that one answer serves all later requests.
    pub(crate) asked_method_only: bool,
    /// Whether a function may grant origins that the policy does not name.
    pub(crate) origin_function: bool,
}

impl<V> Answer<V> {
    /// `methods` contains the methods that preflights grant. It is empty if the policy has no `methods`.
    pub(crate) fn new(
        policy: &Policy,
        methods: &[String],
        usage: Usage,
        decision: Decision,
        value: &impl Fn(&str) -> V,
    ) -> Self {
        let any_origin = policy.declaration.origins.is_any() && policy.declaration.except.is_empty();
        let is_preflight = matches!(decision, Decision::PreflightGranted | Decision::PreflightRefused);
        let granted = match decision {
            Decision::PreflightGranted | Decision::Granted => true,
            // A cache may send a stored response to another client, so a policy that grants every origin adds its
            // headers to every response (https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches).
            Decision::NotCors => any_origin,
            Decision::PreflightRefused | Decision::Refused | Decision::Blocked => false,
        };
        let max_age = if usage.asked_method_only { Some(0) } else { policy.declaration.max_age };
        let grants = || Grants {
            allow_origin: if any_origin { AllowOrigin::Any } else { allow_origin(policy, usage, value) },
            allow_credentials: policy.declaration.credentials,
            allow_methods: is_preflight.then(|| allow_methods(policy, methods, usage, value)),
            allow_headers: if is_preflight { allow_headers(policy, value) } else { None },
            max_age: max_age.filter(|_| is_preflight).map(|seconds| value(&seconds.to_string())),
            expose_headers: if is_preflight { None } else { expose_headers(policy, value) },
        };
        Self {
            status: match decision {
                Decision::PreflightGranted => Some(policy.declaration.preflight_status),
                Decision::PreflightRefused | Decision::Blocked => Some(403),
                Decision::NotCors | Decision::Granted | Decision::Refused => None,
            },
            grants: granted.then(|| Box::new(grants())),
            vary: match (any_origin, is_preflight) {
                (true, true) if usage.asked_method_only => Vary::Method,
                (true, _) => Vary::Nothing,
                (false, false) => Vary::Origin,
                (false, true) if echoes_all_headers(policy) => Vary::OriginMethodAndHeaders,
                (false, true) => Vary::OriginAndMethod,
            },
        }
    }
}

/// If a policy lists one origin and no wildcard pattern, every granted request has this origin.
fn allow_origin<V>(policy: &Policy, usage: Usage, value: &impl Fn(&str) -> V) -> AllowOrigin<V> {
    let mut origins = policy.origins();
    match (origins.next(), origins.next()) {
        (Some(only), None) if only.is_exact() && !usage.origin_function => {
            AllowOrigin::Only(value(only.as_str()))
        }
        _ => AllowOrigin::OfRequest,
    }
}

/// The answer to a preflight depends only on the origin, and lists everything that is granted. The browser's cache can
/// then use it for every later request to the URL, and the requested method and headers need not be read.
fn allow_methods<V>(
    policy: &Policy,
    methods: &[String],
    usage: Usage,
    value: &impl Fn(&str) -> V,
) -> Granted<V> {
    // With credentials, a browser reads `*` as the name of a method
    // (https://fetch.spec.whatwg.org/#cors-preflight-fetch).
    let star_with_credentials = policy.declaration.credentials && matches!(methods, [only] if only == "*");
    if usage.asked_method_only || star_with_credentials {
        return Granted::Echoed;
    }
    let listed = if methods.is_empty() { methods::SAFELISTED.join(", ") } else { methods.join(", ") };
    Granted::Listed(value(&listed))
}

fn allow_headers<V>(policy: &Policy, value: &impl Fn(&str) -> V) -> Option<Granted<V>> {
    if echoes_all_headers(policy) {
        return Some(Granted::Echoed);
    }
    (!policy.declaration.headers.is_empty())
        .then(|| Granted::Listed(value(&joined(policy.declaration.headers.iter()))))
}

fn expose_headers<V>(policy: &Policy, value: &impl Fn(&str) -> V) -> Option<ExposeHeaders<V>> {
    if policy.declaration.expose.is_any() && policy.declaration.credentials {
        // With credentials, a browser reads `*` as the name of a header.
        return Some(ExposeHeaders::OfResponse);
    }
    (!policy.declaration.expose.is_empty())
        .then(|| ExposeHeaders::Listed(value(&joined(policy.declaration.expose.iter()))))
}

fn echoes_all_headers(policy: &Policy) -> bool {
    policy.declaration.credentials && policy.declaration.headers.iter().any(|name| name == "*")
}

fn joined<'a>(list: impl Iterator<Item = &'a str>) -> String {
    list.collect::<Vec<_>>().join(", ")
}
