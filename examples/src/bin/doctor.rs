//! Sends a server the requests that a browser would send, and reports how Chromium, Firefox and WebKit handle the
//! answers.
//!
//! ```text
//! cargo run -p cors-examples --bin doctor -- PUT https://api.example.com/items/1 \
//!     --origin https://app.example.com -H content-type:application/json --credentials
//! ```
//!
//! The doctor is the package `cors-doctor`. This program lets Cargo build and run it, because an HTTP client with TLS would
//! make the first build of all examples half as long again.

use std::process::ExitCode;

fn main() -> ExitCode {
    // 2 is the status with which the doctor reports that the server could not be asked.
    ExitCode::from(cors_examples::run_package("doctor").unwrap_or(2))
}
