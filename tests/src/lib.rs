//! Helpers that several tests share: real browsers, and servers for them.
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
pub mod browsers;
pub mod calls;
pub mod http;
mod server;
pub mod wishes;

pub use browsers::{Browser, Chromium, Context, Failure, Options, Page};
pub use server::{Received, Server};

use std::io::Write;

/// Whether tests run all of their cases. Without `CORS_TESTS=all`, long tests run a selection.
pub fn all_tests() -> bool {
    std::env::var_os("CORS_TESTS").is_some_and(|tests| tests == "all")
}

/// Whether a test that is too long for the selection is skipped. If so, a line says so, and the caller has to return.
pub fn skip_unless_all_tests(test: &str) -> bool {
    if !all_tests() {
        report(&format!("NOT IN THE SELECTION, {test}: CORS_TESTS=all runs it"));
    }
    !all_tests()
}

/// Prints a line even if the test passes. The test runner hides the output of `println!`.
pub fn report(line: &str) {
    // A closed pipe must not fail the test.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Runs the examples of the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The guide's page about configuration, whose examples need crates that read settings.
#[cfg(doctest)]
#[doc = include_str!("../../cors-actix/docs/configuration.md")]
pub struct Configuration;
