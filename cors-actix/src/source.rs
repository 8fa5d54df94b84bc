//! What a layer can take its policy from.

use std::sync::LazyLock;

use cors_core::{CompiledPolicy, Policy, Violations};
use once_cell::sync::Lazy;

/// Where a [`Cors`](crate::Cors) gets its policy: a [`Policy`] or a reference to one, in a `static`, a
/// [`once_cell::sync::Lazy`] or a [`std::sync::LazyLock`], or a [`CompiledPolicy`] that several layers share.
pub trait PolicySource: private::Sealed {
    #[doc(hidden)]
    fn compile(self) -> Result<CompiledPolicy, Violations>;
}

mod private {
    pub trait Sealed {}
}

macro_rules! sources {
    ($($(#[$meta:meta])* <$($generic:ident)?> $source:ty, |$this:ident| $compile:expr;)*) => {$(
        $(#[$meta])*
        impl$(<$generic: FnOnce() -> Policy>)? private::Sealed for $source {}

        $(#[$meta])*
        impl$(<$generic: FnOnce() -> Policy>)? PolicySource for $source {
            fn compile(self) -> Result<CompiledPolicy, Violations> {
                let $this = self;
                $compile
            }
        }
    )*};
}

sources! {
    <> Policy, |policy| CompiledPolicy::new(&policy);
    <> &Policy, |policy| CompiledPolicy::new(policy);
    <F> &Lazy<Policy, F>, |policy| CompiledPolicy::new(policy);
    <F> &LazyLock<Policy, F>, |policy| CompiledPolicy::new(policy);
    <> CompiledPolicy, |policy| Ok(policy);
    <> &CompiledPolicy, |policy| Ok(policy.clone());
}
