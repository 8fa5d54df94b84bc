//! The programs that let Cargo build and run an example that is a separate package.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Runs `program` with a substitute for Cargo, which prints its arguments and the variable `CARGO_PKG_NAME`.
fn lines_of_cargo(program: &str, arguments: &[&str]) -> Vec<String> {
    let cargo = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cargo-of-{}", std::process::id()));
    let cargo = cargo.with_extension(Path::new(program).file_name().expect("a name"));
    let script = "#!/bin/sh\nprintf '%s\\n' \"$@\"\nprintf '%s\\n' \"${CARGO_PKG_NAME-unset}\"\nexit 3\n";
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).env("CARGO", &cargo).env("CARGO_PKG_NAME", "cors-examples");
    let output = command.output().unwrap();
    fs::remove_file(cargo).unwrap();
    assert_eq!(output.status.code(), Some(3), "the status is passed on");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn assert_runs(program: &str, package: &str, arguments: &[&str]) {
    let manifest = format!("{}/{package}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    assert!(Path::new(&manifest).exists());
    let expected = ["run", "--manifest-path", &*manifest, "--"].into_iter();
    let expected: Vec<&str> = expected.chain(arguments.iter().copied()).chain(["unset"]).collect();
    // Cargo gets the argument for less output if the package is already built.
    let mut found = lines_of_cargo(program, arguments);
    found.retain(|argument| argument != "--quiet");
    assert_eq!(found, expected);
}

#[test]
fn the_doctor_gets_the_arguments_and_its_status_is_passed_on() {
    let arguments = ["PUT", "https://api.example.com/items/1", "-H", "x-a: 1 2", "--scan"];
    assert_runs(env!("CARGO_BIN_EXE_doctor"), "doctor", &arguments);
}

#[test]
fn tenants_gets_the_arguments_and_its_status_is_passed_on() {
    let arguments = ["--database", "postgres://localhost/tenants"];
    assert_runs(env!("CARGO_BIN_EXE_tenants"), "tenants", &arguments);
}
