//! The decision of a policy about a request, and the answer that is written into the response.

pub(crate) mod answer;
pub(crate) mod answers;
pub(crate) mod compiled_policy;
pub(crate) mod decision;
pub(crate) mod difference;
pub(crate) mod echo;
pub(crate) mod explanation;
pub(crate) mod nearest;
pub(crate) mod refusal;
pub(crate) mod response;
pub(crate) mod vary;
