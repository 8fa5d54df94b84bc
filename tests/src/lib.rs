//! Helpers that several of the tests share: a real Chromium, and a server that answers with whatever a
//! test asks for.
//!
//! ```no_run
//! use cors_core::browser::Response;
//! use cors_tests::{Chromium, Options, Server};
//!
//! let server = Server::start(|_| Response::new(200).header("access-control-allow-origin", "*"));
//! let Some(chromium) = Chromium::start("my_test", &Options::default()) else { return };
//! let page = chromium.context().open(&server.url("app.example", "/"));
//! let status = page.evaluate(&format!("(await fetch('{}')).status", server.url("api.example", "/")));
//! assert_eq!(status, 200);
//! ```

pub mod browse;
pub mod calls;
mod chromium;
mod devtools;
pub mod http;
mod network;
mod page;
mod server;
pub mod wishes;

pub use chromium::{Chromium, Options};
pub use network::{CorsError, Exchange, Issue, Outcome};
pub use page::{Context, Page};
pub use server::{Received, Server};

use std::io::Write;

/// Prints a line that is seen even where the test passes: the test runner hides what `println!` says.
pub fn report(line: &str) {
    // A reader who closed the pipe misses a line, and the test is still right or wrong.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The README's examples run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The guide's page about configuration, whose examples need crates that read settings.
#[cfg(doctest)]
#[doc = include_str!("../../cors-actix/docs/configuration.md")]
pub struct Configuration;
