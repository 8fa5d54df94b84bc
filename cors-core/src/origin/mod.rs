//! Origins, origin patterns, and the set that matches them.

pub(crate) mod grammar;
pub(crate) mod host;
pub(crate) mod origin;
pub(crate) mod pattern;
#[cfg(feature = "public-suffix")]
pub(crate) mod public_suffix;
pub(crate) mod punycode;
pub(crate) mod set;
#[cfg(feature = "browser")]
pub(crate) mod site;
pub(crate) mod text_set;
