//! The program that has Cargo build and run the doctor.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

#[test]
fn the_doctor_gets_the_arguments_and_its_status_is_passed_on() {
    let cargo = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-that-tells-how-it-is-called");
    let script = "#!/bin/sh\nprintf '%s\\n' \"$@\"\nprintf '%s\\n' \"${CARGO_PKG_NAME-unset}\"\nexit 3\n";
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o700)).unwrap();
    let arguments = ["PUT", "https://api.example.com/items/1", "-H", "x-a: 1 2", "--scan"];
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_doctor"));
    let output =
        doctor.args(arguments).env("CARGO", &cargo).env("CARGO_PKG_NAME", "cors-examples").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/doctor/Cargo.toml");
    assert!(Path::new(manifest).exists());
    let expected: Vec<&str> =
        ["run", "--manifest-path", manifest, "--"].into_iter().chain(arguments).chain(["unset"]).collect();
    // Cargo is quiet if there is nothing to build.
    let found = String::from_utf8(output.stdout).unwrap();
    let found: Vec<&str> = found.lines().filter(|argument| *argument != "--quiet").collect();
    assert_eq!(found, expected);
}
