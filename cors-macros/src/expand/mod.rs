//! The third step: write the code that what was read and judged stands for.

pub(crate) mod handler;
pub(crate) mod layer;
pub(crate) mod module;
pub(crate) mod policy;
