//! Helpers that several of the tests share.

pub mod http;
