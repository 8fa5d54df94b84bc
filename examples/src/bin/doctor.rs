//! Asks a server what a browser would ask, and says what Chromium, Firefox and WebKit make of the answers.
//!
//! ```text
//! cargo run -p cors-examples --bin doctor -- PUT https://api.example.com/items/1 \
//!     --origin https://app.example.com -H content-type:application/json --credentials
//! ```
//!
//! The doctor is the package `cors-doctor`, and this program has Cargo build and run it: an HTTP client with TLS, built with
//! the other examples, would make their first build half as long again.

use std::process::ExitCode;

fn main() -> ExitCode {
    // 2 is the doctor's own status where the server was not asked.
    ExitCode::from(cors_examples::run_package("doctor").unwrap_or(2))
}
