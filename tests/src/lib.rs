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
pub mod hostile;
pub mod http;
mod server;
pub mod wishes;

pub use browsers::{Browser, Chromium, Context, Failure, Options, Page};
pub use server::{Received, Server};

use std::io::Write;

/// Whether all cases are to be tested: with `CORS_TESTS=all` or `CORS_BROWSER=required`. Otherwise the tests that have very many
/// cases run a selection of them, so that `cargo test --workspace` is short.
pub fn all_tests() -> bool {
    let has = |name: &str, value: &str| std::env::var_os(name).is_some_and(|found| found == value);
    has("CORS_TESTS", "all") || has("CORS_BROWSER", "required")
}

/// Whether a test that is too long for the selection is skipped. If so, a line says so, and the caller has to return.
pub fn skip_unless_all_tests(test: &str) -> bool {
    if !all_tests() {
        report(&format!("NOT IN THE SELECTION, {test}: CORS_TESTS=all runs it"));
    }
    !all_tests()
}

/// Whether the case with this number is tested: each of them if [all cases](all_tests) are, otherwise one in `one_in`.
pub fn is_selected(number: usize, one_in: usize) -> bool {
    all_tests() || number.is_multiple_of(one_in)
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
