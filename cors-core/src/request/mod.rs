//! The parts of a request that CORS reads.

pub(crate) mod authority;
pub(crate) mod forwarded_host;
pub(crate) mod header;
pub(crate) mod lost_origin;
pub(crate) mod plain;
pub(crate) mod preflight;
pub(crate) mod request;
pub(crate) mod same_origin;
