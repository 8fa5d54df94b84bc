//! The public API of the libraries, as listed in the file `public-api.txt` of each package. A change of the API shows in the diff
//! of that file.
//!
//! The list is made from rustdoc's JSON, with every feature. Its format belongs to one version of the compiler, which is the one of
//! the compile-fail tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use cors_tests::{report, skip_unless_all_tests};

/// The compiler whose JSON the crate `public-api` reads in the version of this package.
const COMPILER: &str = "rustc 1.95.";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The public items of a package with all features, a line each.
fn listing(package: &str) -> String {
    let target = workspace().join("target");
    let output = Command::new(env!("CARGO"))
        .args([
            "rustdoc",
            "--locked",
            "--quiet",
            "--lib",
            "--all-features",
            "--package",
            package,
            "--target-dir",
        ])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .current_dir(workspace())
        .env("RUSTDOC", workspace().join("tests/tests/public_api/rustdoc.sh"))
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json = target.join("doc").join(package.replace('-', "_")).with_extension("json");
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_auto_derived_impls(true)
        .omit_auto_trait_impls(true)
        .omit_blanket_impls(true)
        .build()
        .unwrap_or_else(|error| panic!("{package}: {error}"));
    api.to_string()
}

#[test]
fn the_public_api_is_what_the_packages_list() {
    let name = "the_public_api_is_what_the_packages_list";
    if skip_unless_all_tests(name) {
        return;
    }
    let version = Command::new("rustc").arg("--version").output().expect("rustc").stdout;
    if !version.starts_with(COMPILER.as_bytes()) {
        report(&format!("NOT TESTED, {name}: {}is not {COMPILER}", String::from_utf8_lossy(&version)));
        return;
    }
    for package in ["cors-core", "cors-actix", "cors-macros"] {
        let now = listing(package);
        let path = workspace().join(package).join("public-api.txt");
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&path, &now).expect("the list can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let added = now.lines().filter(|line| !kept.lines().any(|other| other == *line));
        let removed = kept.lines().filter(|line| !now.lines().any(|other| other == *line));
        let changes: Vec<String> =
            (removed.map(|line| format!("- {line}"))).chain(added.map(|line| format!("+ {line}"))).collect();
        assert!(
            changes.is_empty(),
            "the public API of {package} is not {}; with UPDATE_SNAPSHOTS=1, this test writes the file\n{}",
            path.display(),
            changes.join("\n")
        );
    }
}
