//! The keys, the declaration, the builder, and the policy itself.

pub(crate) mod builder;
pub(crate) mod changes;
pub(crate) mod declaration;
pub(crate) mod exception;
pub(crate) mod key;
pub(crate) mod list;
pub(crate) mod max_age;
pub(crate) mod origin_pattern_buf;
pub(crate) mod policy;
#[cfg(feature = "schemars")]
pub(crate) mod schema;
#[cfg(feature = "serde")]
pub(crate) mod serde;
pub(crate) mod values;
