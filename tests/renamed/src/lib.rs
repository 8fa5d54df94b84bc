//! A package that depends on cors-actix under another name, and re-exports it.

pub use cors;
