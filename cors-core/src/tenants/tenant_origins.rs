//! Origins by tenant.

use std::sync::Arc;

use crate::decision::compiled_policy::CompiledPolicy;
use crate::decision::decision::Decision;
use crate::policy::policy::Policy;
use crate::policy::values::IntoTexts;
use crate::request::header::RequestHeader;
use crate::request::request::{Field, Request};
use crate::rules::violation::Violations;
use crate::tenants::pattern_list::PatternList;
use crate::tenants::replacement::Replacement;
use crate::tenants::table::{Change, Table};

/// Origins by tenant: each customer of a service has its own origins, which may use only the data of that customer.
///
/// The policy declares everything else (credentials, methods, headers, …), and its own origins are allowed for every
/// tenant. For an unknown tenant, or without a tenant, only the policy decides.
///
/// Tenants can be changed while the server runs. A change applies to the next request, on every thread. Requests take no
/// lock and allocate nothing, and the cost of a decision does not depend on the number of tenants. Cloning is cheap, and
/// the clones share the table.
///
/// ```
/// use cors_core::{Decision, PlainRequest, Policy, TenantOrigins};
///
/// let policy = Policy::builder().origins(["https://app.example.com"]).credentials(true).build()?;
/// let tenants = TenantOrigins::new(&policy)?;
/// tenants.set("acme", ["https://acme.example", "https://*.acme.dev"])?;
///
/// let acme = PlainRequest::new("GET", &[("origin", "https://acme.example")]);
/// assert_eq!(tenants.decide(&acme, Some("acme")), Decision::Granted);
/// assert_eq!(tenants.decide(&acme, Some("globex")), Decision::Refused);
/// assert_eq!(tenants.decide(&acme, None), Decision::Refused);
///
/// let app = PlainRequest::new("GET", &[("origin", "https://app.example.com")]);
/// assert_eq!(tenants.decide(&app, Some("globex")), Decision::Granted);
/// # Ok::<(), cors_core::Violations>(())
/// ```
///
/// The handler has to use the data of the tenant that the decision was about. If the two can differ, a page of one tenant
/// can use the data of another one.
#[derive(Clone)]
pub struct TenantOrigins(Arc<Table>);

impl TenantOrigins {
    /// Creates a table without tenants.
    ///
    /// # Errors
    /// As [`CompiledPolicy::new`].
    pub fn new(policy: &Policy) -> Result<Self, Violations> {
        // Tenants add origins, so an answer repeats the request's origin, even if the policy lists only one.
        let policy = CompiledPolicy::new(policy)?.with_origin_function();
        Ok(Self(Arc::new(Table::new(policy))))
    }

    /// The policy, without the origins of tenants.
    #[inline]
    pub fn policy(&self) -> &CompiledPolicy {
        &self.0.policy
    }

    /// Sets the origins of a tenant. They replace its previous origins. Returns whether the origins have changed.
    ///
    /// An empty list removes the tenant.
    ///
    /// ```
    /// use cors_core::{Policy, Rule, TenantOrigins};
    ///
    /// let policy = Policy::builder().origins(["https://app.example.com"]).credentials(true).build()?;
    /// let tenants = TenantOrigins::new(&policy)?;
    /// tenants.set("acme", ["https://acme.example"])?;
    ///
    /// let violations = tenants.set("acme", ["https://acme.example/", "http://acme.example"]).unwrap_err();
    /// let rules: Vec<Rule> = violations.iter().map(|violation| violation.rule()).collect();
    /// assert_eq!(rules, [Rule::OriginPath, Rule::CredentialsInsecureOrigin]);
    /// assert_eq!(tenants.origins("acme"), ["https://acme.example"]);
    /// # Ok::<(), cors_core::Violations>(())
    /// ```
    ///
    /// # Errors
    /// Every violation of the [rules](crate::rules) for the policy's own origins. The tenant then keeps its previous
    /// origins.
    pub fn set(&self, tenant: &str, origins: impl IntoTexts) -> Result<bool, Violations> {
        let origins = self.0.judge(&origins.into_texts())?;
        Ok(self.0.write(tenant, origins) != Change::Nothing)
    }

    /// Judges origins as [`set`](Self::set) does, without changing anything. Use it in a program that writes them into
    /// a database.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn check(&self, origins: impl IntoTexts) -> Result<(), Violations> {
        self.0.judge(&origins.into_texts()).map(drop)
    }

    /// Removes a tenant. Returns whether it had origins.
    ///
    /// Browsers keep the answers to earlier preflights until `max_age` has passed. Use `enforce` if that matters.
    pub fn remove(&self, tenant: &str) -> bool {
        self.0.write(tenant, PatternList::new(&[])) != Change::Nothing
    }

    /// Starts a replacement of all tenants, before they are read from a database. See [`Replacement`].
    pub fn start_replacement(&self) -> Replacement {
        Replacement::start(&self.0)
    }

    /// The origins of a tenant, without those of the policy, in alphabetical order apart from wildcards, which come last.
    /// Empty for an unknown tenant.
    pub fn origins(&self, tenant: &str) -> Vec<String> {
        self.0.texts(tenant)
    }

    /// Whether the tenant has origins.
    #[inline]
    pub fn contains(&self, tenant: &str) -> bool {
        self.0.contains(tenant)
    }

    /// The number of tenants that have origins.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no tenant has origins.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `origin`, the value of the header, is one of the tenant's own origins.
    #[inline]
    pub fn allows(&self, tenant: &str, origin: &[u8]) -> bool {
        self.0.allows(tenant, origin)
    }

    /// Decides about a request for the data of `tenant`, or of no tenant.
    #[inline]
    pub fn decide(&self, request: &impl Request, tenant: Option<&str>) -> Decision {
        let decision = self.0.policy.decide(request);
        if decision.is_refusal() {
            self.reconsider(decision, request.field(RequestHeader::Origin), tenant)
        } else {
            decision
        }
    }

    /// Grants a request that the policy refused, if `origin` is one of the tenant's own. This is the second step of
    /// [`decide`](Self::decide), for an adapter that looks up the tenant only if the policy refuses the request.
    ///
    /// An origin in the policy's `except` stays refused.
    #[inline]
    pub fn reconsider(&self, decision: Decision, origin: Field<'_>, tenant: Option<&str>) -> Decision {
        let (Field::One(origin), Some(tenant)) = (origin, tenant) else { return decision };
        if decision.is_refusal() && !self.0.policy.has_exceptions() && self.allows(tenant, origin) {
            decision.granted()
        } else {
            decision
        }
    }
}

impl std::fmt::Debug for TenantOrigins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let policy = self.0.policy.policy();
        f.debug_struct("TenantOrigins").field("policy", policy).field("tenants", &self.len()).finish()
    }
}
