//! The first step: read what the user wrote into types of this crate. Nothing is judged here.

pub(crate) mod arguments;
pub(crate) mod key;
pub(crate) mod module;
pub(crate) mod routes;
pub(crate) mod value;
