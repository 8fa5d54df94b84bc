//! What a layer consists of: its settings, what listens to it, where it was made, and the answers in force.

pub(crate) mod alive;
pub(crate) mod answers;
pub(crate) mod current;
pub(crate) mod development;
pub(crate) mod listeners;
pub(crate) mod place;
pub(crate) mod settings;
