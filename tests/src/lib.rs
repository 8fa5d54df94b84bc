//! Helpers that several of the tests share.

pub mod browse;
pub mod calls;
pub mod http;
pub mod wishes;
