//! What a policy decides about a request, and what the response then carries.

pub(crate) mod answer;
pub(crate) mod compiled_policy;
pub(crate) mod decision;
pub(crate) mod refusal;
