//! Tests the pages of this repository: their links are valid, and their contents agree with the code.

use std::fs;
use std::path::{Path, PathBuf};

use cors_core::{CompiledPolicy, Explanation, Key, PlainRequest, Policy, Refusal};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// Every page, apart from build output.
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

/// A page's text outside of its code blocks, and the blocks by their languages.
fn prose_and_blocks(page: &str) -> (String, Vec<(String, String)>) {
    let (mut prose, mut blocks, mut in_code) = (String::new(), Vec::new(), false);
    for line in page.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            in_code = !in_code;
            if in_code {
                blocks.push((language.to_owned(), String::new()));
            }
            continue;
        }
        let text = if in_code { &mut blocks.last_mut().expect("a block").1 } else { &mut prose };
        text.push_str(line);
        text.push('\n');
    }
    (prose, blocks)
}

/// The sources whose documentation tests run pages.
fn sources() -> String {
    let files = ["cors-core/src/rules/mod.rs", "cors-actix/src/guide.rs", "tests/src/lib.rs"];
    files.map(|file| fs::read_to_string(root().join(file)).expect("a source")).concat()
}

#[test]
fn links_within_the_repository_are_valid() {
    let mut checked = 0;
    for page in pages() {
        let (prose, _) = prose_and_blocks(&fs::read_to_string(&page).expect("text"));
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
fn every_code_block_is_run_or_parsed_or_is_marked_as_text() {
    let sources = sources();
    for page in pages() {
        let (_, blocks) = prose_and_blocks(&fs::read_to_string(&page).expect("text"));
        let name = page.file_name().and_then(|name| name.to_str()).expect("a name");
        for (language, text) in blocks {
            let case = format!("{}: {text}", page.display());
            match language.as_str() {
                // These blocks run if the page is included in the documentation.
                "" | "rust" => assert!(sources.contains(&format!("{name}\")")), "{case}"),
                "toml" => {
                    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{case}{error}"));
                    if !table.contains_key("dependencies") {
                        toml::from_str::<Policy>(&text).unwrap_or_else(|error| panic!("{case}{error}"));
                    }
                }
                "text" | "sh" => {}
                other => panic!("a block of {other:?} in {case}"),
            }
        }
    }
}

#[test]
fn the_readme_shows_the_compile_error_that_the_compiler_shows() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    let case = root().join("tests/compile-fail/credentials-any-origin.stderr");
    let shown = fs::read_to_string(case).expect("what the compiler shows");
    let shown = shown.split("\n\n").next().expect("the first error").trim_end();
    let shown = shown.replace("compile-fail/credentials-any-origin.rs", "src/main.rs");
    assert!(readme.contains(&shown), "the README does not show\n{shown}");
}

#[test]
fn the_readme_shows_a_test_that_runs() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    let test = fs::read_to_string(root().join("examples/tests/as_a_browser.rs")).expect("a test");
    let (_, shown) = test.split_once("\n\n").expect("a line about it, and the test");
    assert!(readme.contains(&format!("```rust\n{shown}```")), "the README does not show\n{shown}");
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

/// The explanation of a refusal in the guide's example for its code.
fn example_of(refusal: Refusal) -> Explanation {
    let builder =
        Policy::builder().origins(["http://localhost:3000"]).methods(["PATCH"]).headers(["x-trace"]);
    let (builder, method, headers): (_, &str, &[(&str, &str)]) = match refusal {
        Refusal::MalformedOrigin => (builder, "GET", &[("origin", "https://app.example.com/")]),
        Refusal::NullOrigin => (builder, "GET", &[("origin", "null")]),
        Refusal::OriginExcepted => {
            let but = Policy::builder().origins("*").except(["https://*.evil.example"]);
            (but, "GET", &[("origin", "https://a.evil.example")])
        }
        Refusal::InsecureOrigin => (builder.credentials(true), "GET", &[("origin", "http://tenant.example")]),
        Refusal::OriginLookupFailed => (builder, "GET", &[("origin", "https://tenant.example")]),
        Refusal::MethodNotAllowed => (
            builder,
            "OPTIONS",
            &[("origin", "http://localhost:3000"), ("access-control-request-method", "patch")],
        ),
        Refusal::HeaderNotAllowed => (
            builder,
            "OPTIONS",
            &[
                ("origin", "http://localhost:3000"),
                ("access-control-request-method", "PATCH"),
                ("access-control-request-headers", "content-type,x-trace"),
            ],
        ),
        Refusal::NoOrigin => {
            (builder, "GET", &[("sec-fetch-mode", "cors"), ("sec-fetch-site", "cross-site")])
        }
        Refusal::PreflightNotAnswered => return Explanation::preflight_not_answered(401, b"PUT"),
        _ => (builder, "GET", &[("origin", "http://localhost:5173")]),
    };
    let policy = CompiledPolicy::new(&builder.build().expect("a policy")).expect("a policy");
    policy.explain(refusal, &PlainRequest::new(method, headers))
}

#[test]
fn the_guide_shows_the_explanation_of_every_code() {
    let page =
        fs::read_to_string(root().join("cors-actix/docs/blocked.md")).expect("the page").replace('`', "");
    for refusal in Refusal::ALL {
        let explanation = example_of(*refusal);
        let row = format!("| `{}` | {} | {} |", refusal.code(), explanation.fault(), explanation.remedy());
        // The page shows addresses as code.
        assert!(page.contains(&row.replace('`', "")), "the page does not have the row\n{row}");
    }
}

/// The words with which people search for a page. The search of the documentation finds names, headings of items and
/// aliases.
const SEARCHED: [&str; 20] = [
    "wildcard subdomain",
    "credentials",
    "test",
    "reload",
    "enforce",
    "layers",
    "environment",
    "metrics",
    "localhost",
    "regex",
    "authentication",
    "websocket",
    "proxy",
    "cookies",
    "null origin",
    "preflight 401",
    "max-age",
    "vary",
    "Authorization",
    "error responses",
];

#[test]
fn the_search_of_the_documentation_finds_a_page_for_each_word() {
    let files = ["guide.rs", "lib.rs", "cors.rs", "shared_policy.rs", "origin_guard.rs"];
    let sources =
        files.map(|file| fs::read_to_string(root().join("cors-actix/src").join(file)).expect("a source"));
    let sources = sources.concat();
    for word in SEARCHED {
        let is_alias = sources.contains(&format!("#[doc(alias = \"{word}\")]"));
        assert!(is_alias || sources.contains(&format!("pub mod {word} ")), "{word}");
    }
}
