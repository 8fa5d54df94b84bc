//! The second step: find what is wrong with what was read.

pub(crate) mod attribute;
pub(crate) mod policy;
mod route_order;
pub(crate) mod routes;
