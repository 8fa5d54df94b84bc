//! The pages of this repository: their links lead somewhere, and what they show is what is there.

use std::fs;
use std::path::{Path, PathBuf};

use cors_core::{Key, Policy};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// Every page, apart from what was built.
fn pages() -> Vec<PathBuf> {
    fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                collect(&path, pages);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    let mut pages = Vec::new();
    collect(&root(), &mut pages);
    pages
}

/// A page's text outside of its code blocks, and the languages of the blocks.
fn prose_and_languages(page: &str) -> (String, Vec<String>) {
    let (mut prose, mut languages, mut in_code) = (String::new(), Vec::new(), false);
    for line in page.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            in_code = !in_code;
            if in_code {
                languages.push(language.to_owned());
            }
        } else if !in_code {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    (prose, languages)
}

#[test]
fn links_within_the_repository_lead_somewhere() {
    let mut checked = 0;
    for page in pages() {
        let (prose, _) = prose_and_languages(&fs::read_to_string(&page).expect("text"));
        for link in prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
            let is_elsewhere =
                link.contains("://") || link.starts_with('#') || link.contains("::") || link.is_empty();
            if is_elsewhere {
                continue;
            }
            let file = link.split('#').next().expect("a path");
            let target = page.parent().expect("a folder").join(file);
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            checked += 1;
        }
    }
    assert!(checked >= 8, "{checked} links");
}

#[test]
fn every_code_block_is_run_or_is_plainly_text() {
    for page in pages() {
        let (_, languages) = prose_and_languages(&fs::read_to_string(&page).expect("text"));
        for language in languages {
            // What is empty or `rust` is run: the pages with such blocks are part of a crate's documentation.
            let known = ["", "rust", "text", "sh", "toml", "json", "yaml"];
            assert!(known.contains(&language.as_str()), "{}: a block of {language:?}", page.display());
        }
    }
}

#[test]
fn the_readme_shows_the_compile_error_that_the_compiler_shows() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    let violations = Policy::builder().origins("*").credentials(true).build().expect_err("no policy");
    let report = format!("error: {:#}", violations[0]).replace('\n', "\n       ");
    assert!(readme.contains(&report), "the README does not show\n{report}");
}

#[test]
fn the_readme_has_every_key() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    for key in Key::ALL {
        assert!(readme.contains(&format!("`{key}`")) || readme.contains(&format!("`{key}(")), "{key}");
    }
}

#[test]
fn the_readme_lists_every_example() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    for entry in fs::read_dir(root().join("examples/src/bin")).expect("examples") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}
