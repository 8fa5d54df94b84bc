//! The parts that the benches share: the same small application with different implementations of CORS, the requests that
//! it is sent, and the means to count and to serve.
//!
//! Each bench uses some of them.

#![allow(dead_code)]

pub mod answer;
pub mod application;
pub mod callgrind;
pub mod child;
pub mod counting;
pub mod floor;
pub mod handlers;
pub mod policies;
pub mod scenario;
pub mod server;
pub mod variant;
