//! Compile-fail cases: every mistake, and what the compiler says about it.
//!
//! Each file in `compile-fail/` is one mistake, and its name is the code of the rule. The `.stderr` file beside it is the exact
//! output that a user reads. Part of that output comes from the compiler: the files were written by Rust 1.95, and another
//! version may use other words. `TRYBUILD=overwrite cargo test -p cors-tests --test compile_fail` writes the files again; read
//! the differences.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

use cors_actix::Rule;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compile-fail")
}

#[test]
fn mistakes_are_reported_as_the_files_show() {
    // trybuild prints colour codes also where its output is not read in a terminal, unless this variable is set. A variable
    // cannot be set safely in a process with several threads, so the test runs once more, in a process of its own.
    if std::env::var_os("NO_COLOR").is_none() && !std::io::stderr().is_terminal() {
        let test = std::env::current_exe().expect("the path of this test");
        let status = Command::new(test)
            .args(["--exact", "mistakes_are_reported_as_the_files_show", "--nocapture"])
            .env("NO_COLOR", "1")
            .status();
        assert!(status.expect("this test runs again").success(), "see the output above");
        return;
    }
    trybuild::TestCases::new().compile_fail("compile-fail/*.rs");
}

#[test]
fn every_rule_has_a_case_that_shows_its_code() {
    let missing: Vec<String> = Rule::ALL
        .iter()
        .filter_map(|rule| {
            let code = rule.code();
            let (source, output) =
                (folder().join(code).with_extension("rs"), folder().join(code).with_extension("stderr"));
            let output = std::fs::read_to_string(output).unwrap_or_default();
            (!source.exists() || !output.contains(&format!("[{code}]"))).then(|| code.to_owned())
        })
        .collect();
    assert!(missing.is_empty(), "there is no compile-fail case that shows the code: {missing:?}");
}
