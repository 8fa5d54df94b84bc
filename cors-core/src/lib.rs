//! A CORS policy, judged by one set of rules at compile time and at run time.

#[cfg(feature = "browser")]
pub mod browser;
