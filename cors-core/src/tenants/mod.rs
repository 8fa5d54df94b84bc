//! Origins by tenant: a table that requests read and that can be changed while the server runs.

#[cfg(all(test, shuttle))]
mod interleavings;
pub(crate) mod pattern_list;
pub(crate) mod replacement;
pub(crate) mod table;
pub(crate) mod tenant_origins;
