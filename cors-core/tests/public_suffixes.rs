//! The names above public suffixes are those of the public suffix list that is linked.
#![cfg(all(feature = "public-suffix", not(miri)))]

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::process::Command;

/// The rules of the `psl` crate, as its sources list them.
fn rules() -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version=1", "--locked"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let psl = packages.iter().find(|package| package["name"] == "psl").expect("psl is a dependency");
    let manifest = Path::new(psl["manifest_path"].as_str().expect("a path"));
    std::fs::read_to_string(manifest.with_file_name("data").join("rules.txt")).expect("the rules of psl")
}

/// A label as browsers send it.
fn in_ascii(name: &str) -> String {
    let url = url::Url::parse(&format!("https://{name}")).expect("a host");
    url.host_str().expect("a host").to_owned()
}

#[test]
fn names_above_public_suffixes_are_those_of_the_list() {
    let rules: Vec<String> = rules().lines().map(str::to_owned).collect();
    let exact: HashSet<&str> =
        rules.iter().map(String::as_str).filter(|rule| !rule.starts_with(['*', '!'])).collect();
    let below: HashSet<&str> = rules.iter().filter_map(|rule| rule.strip_prefix("*.")).collect();
    let not: HashSet<&str> = rules.iter().filter_map(|rule| rule.strip_prefix('!')).collect();
    let is_suffix = |name: &str| {
        let parent = name.split_once('.').map_or("", |(_, parent)| parent);
        !not.contains(name) && (exact.contains(name) || below.contains(parent))
    };
    let mut above = BTreeSet::new();
    for &suffix in exact.iter().chain(&below) {
        let mut name = suffix;
        while let Some((_, parent)) = name.split_once('.') {
            if !is_suffix(parent) && !below.contains(parent) {
                above.insert(in_ascii(parent));
            }
            name = parent;
        }
    }
    let expected: String = above.iter().map(|name| format!("{name}\n")).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/origin/above_public_suffixes.txt");
    if std::env::var_os("UPDATE_SUFFIXES").is_some() {
        std::fs::write(&path, &expected).expect("the file can be written");
    }
    let listed = std::fs::read_to_string(&path).expect("the list");
    assert!(
        listed == expected,
        "the public suffix list has changed; UPDATE_SUFFIXES=1 cargo test -p cors-core --test public_suffixes writes {}",
        path.display(),
    );
    assert!(above.contains("amazonaws.com") && above.len() > 300);
}
