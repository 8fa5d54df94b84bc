//! What CORS reads of a request.

pub(crate) mod request;
pub(crate) mod same_origin;
