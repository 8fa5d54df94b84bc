//! The rules: what makes a policy invalid, each with its code, its words and its reason.
//!
//! The same rules judge a literal in an attribute, a constant, a call of the [builder](crate::Builder) and a line of a
//! configuration file. They come in three classes ([`Class`]): errors hold everywhere; *lints* reject in the macros
//! only, where they are surely slips; and a few are about attributes and exist in the macros only.
//!
//! All violations of a policy are reported at once, each with its key, its place in the list, its value and, where it can
//! be computed, what to write instead. Every message names the section below by its code, and each names the section of
//! the standard that it follows from. Those without are about slips in a list, and about attributes, of which no standard
//! speaks.
//!
#![doc = include_str!("rules.md")]

pub(crate) mod correction;
pub(crate) mod judge;
pub(crate) mod message;
pub(crate) mod rule;
pub(crate) mod syntax;
pub(crate) mod violation;

pub use rule::{Class, Rule};
