//! Where the browsers are installed.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Once;

use cors_core::browser::Engine;

use crate::report;

/// The programs that an engine needs, each with the names under which it is found, and the Debian packages.
type Programs = (&'static [&'static [&'static str]], &'static str);

const CHROMIUM: Programs =
    (&[&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]], "chromium");
const FIREFOX: Programs = (&[&["firefox-esr", "firefox"]], "firefox-esr");
const WEBKIT: Programs = (&[&["MiniBrowser"], &["Xvfb"]], "webkit2gtk-driver xvfb");

/// Where Debian has MiniBrowser, which is in no directory of `PATH`.
const MINI_BROWSER: [&str; 2] = ["/usr/lib/*/webkit2gtk-4.1", "/usr/lib/*/webkit2gtk-4.0"];

/// Finds the programs of an engine. If one is missing, the test is skipped. The first test that is skipped prints a line
/// that names all missing browsers.
///
/// # Panics
///
/// If one is missing and `CORS_BROWSER` is `required`.
pub(crate) fn find_or_skip(engine: Engine, test: &str) -> Option<Vec<PathBuf>> {
    static REPORTED: Once = Once::new();
    let found = find_all(engine);
    if found.is_none() {
        let missing = Engine::BROWSERS.into_iter().filter(|engine| find_all(*engine).is_none());
        let why = why_skipped(&missing.collect::<Vec<_>>());
        assert!(env::var_os("CORS_BROWSER").is_none_or(|value| value != "required"), "{test}: {why}");
        REPORTED.call_once(|| report(&format!("SKIPPED, {test} and others: {why}")));
    }
    found
}

fn why_skipped(missing: &[Engine]) -> String {
    let names: Vec<String> = missing.iter().map(Engine::to_string).collect();
    let packages: Vec<&str> = missing.iter().map(|engine| programs(*engine).1).collect();
    format!("not installed: {} (Debian: apt-get install {})", names.join(", "), packages.join(" "))
}

fn programs(engine: Engine) -> Programs {
    match engine {
        Engine::Firefox => FIREFOX,
        Engine::WebKit => WEBKIT,
        _ => CHROMIUM,
    }
}

fn find_all(engine: Engine) -> Option<Vec<PathBuf>> {
    programs(engine).0.iter().map(|names| find(names)).collect()
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut directories: Vec<PathBuf> = env::split_paths(&path).collect();
    for pattern in MINI_BROWSER {
        let (parent, child) = pattern.split_once("/*/").unwrap_or((pattern, ""));
        let entries = Path::new(parent).read_dir().into_iter().flatten().flatten();
        directories.extend(entries.map(|entry| entry.path().join(child)));
    }
    names
        .iter()
        .flat_map(|name| directories.iter().map(move |directory| directory.join(name)))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_names_all_missing_browsers_and_their_packages() {
        assert_eq!(
            why_skipped(&[Engine::Firefox, Engine::WebKit]),
            "not installed: Firefox, WebKit (Debian: apt-get install firefox-esr webkit2gtk-driver xvfb)"
        );
    }
}
