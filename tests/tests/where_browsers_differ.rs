//! The table of the guide's page about browsers has the values of the model, which is compared with real browsers.
//!
//! `CORS_WRITE_GUIDE=1` writes the table.

use std::fs;
use std::path::Path;

use cors_core::browser::{Engine, Quirk, Quirks};

const START: &str = "<!-- generated: tests/tests/where_browsers_differ.rs -->\n";
const END: &str = "<!-- end -->";

/// The differences as a Markdown table.
fn table() -> String {
    let versions = Engine::BROWSERS.map(|engine| engine.version().expect("a browser has a version"));
    let mut table =
        format!("\n| | Fetch standard | {} |\n| --- | --- | --- | --- | --- |\n", versions.join(" | "));
    for quirk in Quirk::ALL {
        let words: Vec<&str> = quirk.description.split_whitespace().collect();
        let standard = quirk.value(&Quirks::STANDARD);
        let cells = Engine::BROWSERS.map(|engine| match quirk.value(&engine.quirks()) {
            value if value == standard => value,
            value => format!("**{value}**"),
        });
        let row = format!("| `{}`: {} | {standard} | {} |\n", quirk.name, words.join(" "), cells.join(" | "));
        table.push_str(&row);
    }
    table.push('\n');
    table
}

#[test]
fn the_guide_lists_every_difference_with_the_values_of_the_model() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cors-actix/docs/where-browsers-differ.md");
    let page = fs::read_to_string(&file).expect("a page");
    let (before, rest) = page.split_once(START).expect("the start of the table");
    let (found, after) = rest.split_once(END).expect("the end of the table");
    if std::env::var_os("CORS_WRITE_GUIDE").is_some() {
        fs::write(&file, format!("{before}{START}{}{END}{after}", table()))
            .expect("a page that can be written");
    } else {
        assert_eq!(found, table(), "the table is out of date: set CORS_WRITE_GUIDE=1 to write it");
    }
}

#[test]
fn every_quirk_differs_in_at_least_one_browser() {
    for quirk in Quirk::ALL {
        let standard = quirk.value(&Quirks::STANDARD);
        let differs = Engine::BROWSERS.iter().any(|engine| quirk.value(&engine.quirks()) != standard);
        assert!(differs, "no browser differs in {}", quirk.name);
    }
}
