//! The same small application under each way of doing CORS, and what it is asked.
//!
//! Each bench uses a part of this.

#![allow(dead_code, unused_imports)]

mod application;
pub mod counting;
mod floor;
mod origins;
mod scenario;
mod way;

pub use application::Application;
pub use floor::{Floor, Inserting};
pub use origins::{ONE, Origins};
pub use scenario::Scenario;
pub use way::{Way, application};
