//! What a policy decides about a request, and what the response then carries.

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
