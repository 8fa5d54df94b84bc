//! Asks a server what a browser would ask, and says what Chromium, Firefox and WebKit make of the answers.
//!
//! ```text
//! cargo run -p cors-examples --bin doctor -- PUT https://api.example.com/items/1 \
//!     --origin https://app.example.com -H content-type:application/json --credentials
//! ```
//!
//! The doctor is the package `cors-doctor`, and this program has Cargo build and run it: an HTTP client with TLS, built with
//! the other examples, would make their first build half as long again.

use std::env;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/doctor/Cargo.toml");
    let mut command = Command::new(cargo);
    command.arg("run");
    // The first build takes about a minute, and Cargo shows its progress.
    let is_built = env::current_exe()
        .is_ok_and(|this| this.with_file_name(format!("cors-doctor{}", env::consts::EXE_SUFFIX)).exists());
    if is_built {
        command.arg("--quiet");
    }
    command.args(["--manifest-path", manifest, "--"]).args(env::args_os().skip(1));
    // Cargo sets these for this program, and build scripts that look at them would run again.
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    let code = match command.status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()),
        Err(error) => {
            eprintln!("error: Cargo, which builds the doctor, does not start: {error}");
            None
        }
    };
    // 2 is the doctor's own status where the server was not asked.
    ExitCode::from(code.unwrap_or(2))
}
