//! Where the browsers are installed.

use std::env;
use std::path::{Path, PathBuf};

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

/// Finds the programs of an engine. If one is missing, prints that the test is skipped.
///
/// # Panics
///
/// If one is missing and `CORS_BROWSER` is `required`.
pub(crate) fn find_or_skip(engine: Engine, test: &str) -> Option<Vec<PathBuf>> {
    let (programs, packages) = match engine {
        Engine::Firefox => FIREFOX,
        Engine::WebKit => WEBKIT,
        _ => CHROMIUM,
    };
    let found: Option<Vec<PathBuf>> = programs.iter().map(|names| find(names)).collect();
    if found.is_none() {
        let why = format!("{engine} is not installed (Debian: apt-get install {packages})");
        assert!(env::var_os("CORS_BROWSER").is_none_or(|value| value != "required"), "{test}: {why}");
        report(&format!("{test}: SKIPPED, {why}"));
    }
    found
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
