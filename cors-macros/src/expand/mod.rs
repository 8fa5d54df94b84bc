//! The third step: generate the code.

pub(crate) mod handler;
pub(crate) mod layer;
pub(crate) mod module;
pub(crate) mod policy;
