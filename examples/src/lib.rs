//! Functions that the examples share: listening on an address, error messages with the flag to change it, and
//! starting an example that is a separate package.

use std::env;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::{Command, ExitStatus};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// The address to listen on; port 0 selects a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
}

/// Listens on the address given with `--listen`, by default `127.0.0.1:8080`, and prints the URL.
///
/// If the address cannot be used, the function prints what to write instead and ends the program.
pub fn listener() -> TcpListener {
    let listener = listen(&Arguments::parse().listen).unwrap_or_else(|message| {
        eprintln!("{message}");
        std::process::exit(1);
    });
    if let Ok(address) = listener.local_addr() {
        println!("listening on http://{address}");
    }
    listener
}

/// Listens on `address`, which is the value of the flag `--listen`.
///
/// # Errors
/// A message with the address and what to write instead.
pub fn listen(address: &str) -> Result<TcpListener, String> {
    if !address.contains(':') {
        let help = match address.parse::<u16>() {
            Ok(port) => format!("--listen 127.0.0.1:{port}"),
            Err(_) => format!("--listen {address}:8080"),
        };
        return Err(format!("{address}: the address needs a host and a port; help: write {help}"));
    }
    TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "{address}: another program uses this port; help: stop that program, or write --listen 127.0.0.1:0 for a \
             free port"
        ),
        _ => format!("{address}: {error}; help: write an address of this machine: --listen 127.0.0.1:8080"),
    })
}

/// The time of day in UTC, for lines on the terminal: `18:02:31Z`.
pub fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    format!("{:02}:{:02}:{:02}Z", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// Lets Cargo build and run an example that is a separate package, in the folder `package` beside this package's `src`,
/// with the arguments of this program. Returns the status with which the example ended, or `None` if it did not run or was
/// ended by a signal.
///
/// The dependencies of such an example would make the first build of all other examples much longer.
pub fn run_package(package: &str) -> Option<u8> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = format!("{}/{package}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(cargo);
    command.arg("run");
    // The first build takes about a minute, and Cargo shows its progress.
    let built = format!("cors-{package}{}", env::consts::EXE_SUFFIX);
    if env::current_exe().is_ok_and(|this| this.with_file_name(built).exists()) {
        command.arg("--quiet");
    }
    command.args(["--manifest-path", &manifest, "--"]).args(env::args_os().skip(1));
    // Cargo sets these variables for this program. Build scripts that depend on them would run again.
    for (name, _) in env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    let error = match replace_with(command) {
        Ok(status) => return status.code().and_then(|code| u8::try_from(code).ok()),
        Err(error) => error,
    };
    eprintln!("error: Cargo, which builds the example {package}, does not start: {error}");
    None
}

/// Replaces this program by `command`, so that a signal that ends this program ends the example too.
#[cfg(unix)]
fn replace_with(mut command: Command) -> std::io::Result<ExitStatus> {
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

#[cfg(not(unix))]
fn replace_with(mut command: Command) -> std::io::Result<ExitStatus> {
    command.status()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_hours_minutes_and_seconds() {
        let now = now();
        let digits = now.bytes().filter(u8::is_ascii_digit).count();
        assert!(digits == 6 && now.ends_with('Z') && now.len() == 9, "{now}");
    }

    #[test]
    fn a_port_alone_is_answered_with_the_complete_address() {
        assert!(listen("8080").unwrap_err().ends_with("--listen 127.0.0.1:8080"));
        assert!(listen("localhost").unwrap_err().ends_with("--listen localhost:8080"));
    }

    #[test]
    fn a_port_in_use_is_named_with_the_flag() {
        let first = listen("127.0.0.1:0").expect("a free port");
        let address = first.local_addr().expect("an address").to_string();
        let message = listen(&address).unwrap_err();
        assert!(message.contains(&address) && message.contains("--listen 127.0.0.1:0"), "{message}");
    }
}
