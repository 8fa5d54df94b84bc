//! The second step: find mistakes in what was read.

pub(crate) mod attribute;
pub(crate) mod policy;
mod route_order;
pub(crate) mod routes;
