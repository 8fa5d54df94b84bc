//! Compile-fail cases: every mistake, and the output of the compiler.
//!
//! Each file in `compile-fail/` is one mistake, and its name is the code of the rule. The `.stderr` file beside it is the exact
//! output that a user reads. Part of that output comes from the compiler: the files were written by Rust 1.95, and another
//! version may use other words. `TRYBUILD=overwrite cargo test -p cors-tests --test compile_fail` writes the files again; read
//! the differences.

mod compile_fail_support;

use std::path::{Path, PathBuf};

use cors_actix::Rule;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compile-fail")
}

#[test]
fn mistakes_are_reported_as_the_files_show() {
    compile_fail_support::run("mistakes_are_reported_as_the_files_show", "compile-fail/*.rs");
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
