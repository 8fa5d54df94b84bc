//! Every mistake, and what the compiler says about it.
//!
//! Each file in `compile-fail/` is one mistake, called after the code of its rule; the `.stderr` beside it is what a
//! person reads, to the letter. Part of that is the compiler's own words: the files were written by Rust 1.95, and another
//! version may say the same in other words. `TRYBUILD=overwrite cargo test -p cors-tests --test compile_fail` writes them
//! anew, and the diff is there to be read.

use std::path::{Path, PathBuf};

use cors_actix::Rule;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compile-fail")
}

#[test]
fn mistakes_are_told_as_they_should_be() {
    trybuild::TestCases::new().compile_fail("compile-fail/*.rs");
}

#[test]
fn every_rule_has_a_case_that_names_it() {
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
    assert!(missing.is_empty(), "no compile-fail case, or one that does not show the code: {missing:?}");
}
