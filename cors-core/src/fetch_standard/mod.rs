//! The Fetch standard's lists of methods and header names, and its white space.

pub(crate) mod headers;
pub(crate) mod methods;
pub(crate) mod white_space;
