//! The Fetch standard's lists of methods and header names.

pub(crate) mod headers;
pub(crate) mod methods;
