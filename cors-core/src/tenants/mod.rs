//! Origins by tenant: a table that is read by requests and changed while the server runs.

pub(crate) mod pattern_list;
pub(crate) mod replacement;
pub(crate) mod table;
pub(crate) mod tenant_origins;
