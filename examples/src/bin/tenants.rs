//! An API for many tenants, whose origins are in a database and can be changed at any time.
//!
//! ```text
//! cargo run -p cors-examples --bin tenants
//! cargo run -p cors-examples --bin tenants -- --database postgres://localhost/tenants
//! ```
//!
//! The example is the package `cors-tenants`. This program lets Cargo build and run it, because the drivers for databases
//! would double the time of the first build of all examples.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(cors_examples::run_package("tenants").unwrap_or(1))
}
