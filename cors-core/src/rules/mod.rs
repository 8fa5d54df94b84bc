//! The rules that a policy has to satisfy, each with its code, its messages and its reason.
//!
//! The same rules judge literals in attributes, constants, calls of the [builder](crate::Builder) and
//! configuration files. There are three classes ([`Class`]). Errors apply everywhere. *Lints* apply in the macros
//! only, where they are very likely mistakes. The third class is about attributes and keys, and exists in the macros only.
//!
//! All violations of a policy are reported at once, each with its key, its index in the list, its value and, if it can
//! be computed, the corrected value. Every message refers to one of the sections below by its code. A section refers to the
//! part of the standard that the rule follows from. Rules about duplicates and about attributes do not follow from a standard.
//!
#![doc = include_str!("rules.md")]

pub(crate) mod correction;
pub(crate) mod judge;
pub(crate) mod message;
pub(crate) mod rule;
pub(crate) mod syntax;
mod verify;
pub(crate) mod violation;

pub use rule::{Class, Rule};
