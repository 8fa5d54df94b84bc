//! The types that a layer accepts as its policy.

use std::ops::Deref;
use std::sync::LazyLock;

use cors_core::{CompiledPolicy, Policy, Violations};
use once_cell::sync::Lazy;

#[cfg(feature = "reload")]
use crate::shared_policy::SharedPolicy;
#[cfg(feature = "tenants")]
use crate::tenant_policy::TenantPolicy;

/// The source of the policy of a [`Cors`](crate::Cors) or an [`OriginGuard`](crate::OriginGuard).
///
/// The trait is sealed. It is implemented for a [`Policy`] and a reference to one, also in a
/// [`once_cell::sync::Lazy`] or a [`std::sync::LazyLock`]; for a [`CompiledPolicy`], which several layers can share;
/// with the feature `reload`, for `SharedPolicy`; and with the feature `tenants`, for `TenantPolicy`.
///
/// ```
/// use std::sync::LazyLock;
/// use cors_actix::{CompiledPolicy, Cors, OriginGuard, Policy, policy};
///
/// static NAMED: Policy = policy! { origins = ["https://app.example.com"] };
/// static LAZY: LazyLock<Policy> = LazyLock::new(Policy::development);
///
/// let (named, lazy) = (Cors::new(&NAMED), Cors::new(&LAZY));
/// // A long list of origins is compiled once, for a layer and a guard.
/// let compiled = CompiledPolicy::new(&NAMED)?;
/// let (cors, guard) = (Cors::new(&compiled), OriginGuard::new(&compiled));
/// # Ok::<(), cors_actix::Violations>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    label = "expected a `Policy`, a reference to one, or another source of a policy",
    note = "a policy from `Policy::builder()` ends with `.build()`, which returns a `Result`: write `?` or `.expect(…)` after it"
)]
pub trait PolicySource: sealed::Sealed {
    #[doc(hidden)]
    fn into_source(self) -> Result<Source, Violations>;
}

mod sealed {
    pub trait Sealed {}
}

/// A compiled policy: a fixed one, one that can be replaced, or one with tenants.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub enum Source {
    Fixed(CompiledPolicy),
    #[cfg(feature = "reload")]
    Shared(SharedPolicy),
    #[cfg(feature = "tenants")]
    Tenants(TenantPolicy),
}

/// Compiles the policy.
///
/// # Panics
/// If the policy breaks a rule that could not be evaluated at compile time.
#[track_caller]
pub(crate) fn compiled(policy: impl PolicySource) -> Source {
    match policy.into_source() {
        Ok(source) => source,
        Err(violations) => panic!("{violations:?}"),
    }
}

impl Source {
    /// The current policy.
    pub(crate) fn compiled(&self) -> CompiledPolicy {
        match self {
            Source::Fixed(policy) => policy.clone(),
            #[cfg(feature = "reload")]
            Source::Shared(shared) => shared.compiled(),
            #[cfg(feature = "tenants")]
            Source::Tenants(tenants) => tenants.policy().clone(),
        }
    }
}

impl sealed::Sealed for Policy {}
impl PolicySource for Policy {
    fn into_source(self) -> Result<Source, Violations> {
        (&self).into_source()
    }
}

impl sealed::Sealed for &Policy {}
impl PolicySource for &Policy {
    fn into_source(self) -> Result<Source, Violations> {
        CompiledPolicy::new(self).map(Source::Fixed)
    }
}

// `#[cors(policy = PATH)]` produces this type if the constant is a reference.
impl sealed::Sealed for &&Policy {}
impl PolicySource for &&Policy {
    fn into_source(self) -> Result<Source, Violations> {
        (*self).into_source()
    }
}

impl sealed::Sealed for CompiledPolicy {}
impl PolicySource for CompiledPolicy {
    fn into_source(self) -> Result<Source, Violations> {
        Ok(Source::Fixed(self))
    }
}

impl sealed::Sealed for &CompiledPolicy {}
impl PolicySource for &CompiledPolicy {
    fn into_source(self) -> Result<Source, Violations> {
        self.clone().into_source()
    }
}

#[cfg(feature = "reload")]
impl sealed::Sealed for SharedPolicy {}
#[cfg(feature = "reload")]
impl PolicySource for SharedPolicy {
    fn into_source(self) -> Result<Source, Violations> {
        Ok(Source::Shared(self))
    }
}

#[cfg(feature = "reload")]
impl sealed::Sealed for &SharedPolicy {}
#[cfg(feature = "reload")]
impl PolicySource for &SharedPolicy {
    fn into_source(self) -> Result<Source, Violations> {
        self.clone().into_source()
    }
}

#[cfg(feature = "tenants")]
impl sealed::Sealed for TenantPolicy {}
#[cfg(feature = "tenants")]
impl PolicySource for TenantPolicy {
    fn into_source(self) -> Result<Source, Violations> {
        Ok(Source::Tenants(self))
    }
}

#[cfg(feature = "tenants")]
impl sealed::Sealed for &TenantPolicy {}
#[cfg(feature = "tenants")]
impl PolicySource for &TenantPolicy {
    fn into_source(self) -> Result<Source, Violations> {
        self.clone().into_source()
    }
}

impl<'a, P, F: FnOnce() -> P> sealed::Sealed for &'a Lazy<P, F> where &'a P: PolicySource {}
impl<'a, P, F: FnOnce() -> P> PolicySource for &'a Lazy<P, F>
where
    &'a P: PolicySource,
{
    fn into_source(self) -> Result<Source, Violations> {
        self.deref().into_source()
    }
}

impl<'a, P, F: FnOnce() -> P> sealed::Sealed for &'a LazyLock<P, F> where &'a P: PolicySource {}
impl<'a, P, F: FnOnce() -> P> PolicySource for &'a LazyLock<P, F>
where
    &'a P: PolicySource,
{
    fn into_source(self) -> Result<Source, Violations> {
        self.deref().into_source()
    }
}
