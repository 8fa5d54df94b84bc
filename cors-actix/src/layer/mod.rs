//! The parts of a layer: its settings, its listeners, the place where it was created, and its current answers.

pub(crate) mod answers;
pub(crate) mod counts;
pub(crate) mod current;
pub(crate) mod development;
pub(crate) mod listeners;
pub(crate) mod place;
pub(crate) mod settings;
