//! The table of sixteen requests, on the trusted page and on the stranger's page.

use cors_core::browser::Engine;
use cors_tests::browsers::start;
use cors_tests::{Chromium, Options, skip_unless_all_tests};
use serde_json::Value;

use crate::look::picture_for_readme;
use crate::running::Playground;

/// Waits until every row of the table has its result.
const ROWS: &str = "
    while (!document.body.dataset.done) await new Promise((resolve) => setTimeout(resolve, 20));
    return [...document.querySelectorAll('tr[data-row]')].map((row) => ({ ...row.dataset }));
";

/// Checks that every row has the expected result on this page.
fn check(name: &str, rows: &Value) {
    let rows = rows.as_array().expect("rows");
    assert_eq!(rows.len(), 16);
    for row in rows {
        assert_eq!(row["agrees"], "true", "{name}: {row}");
        if row["row"] == "report" && name.starts_with("trusted") {
            let headers: Vec<&str> = row["headers"].as_str().expect("text").split(' ').collect();
            assert!(headers.contains(&"x-total-count") && !headers.contains(&"x-hidden"), "{row}");
        }
    }
    let blocked = rows.iter().filter(|row| row["expected"] == "blocked").count();
    assert_eq!(blocked, if name.starts_with("trusted") { 4 } else { 14 });
}

/// Every row of both pages, in Chromium. The screenshots are written next to the test's other files.
#[test]
fn every_row_agrees_in_chromium_for_the_trusted_page_and_for_the_stranger() {
    if skip_unless_all_tests("every_row_agrees_in_chromium_for_the_trusted_page_and_for_the_stranger") {
        return;
    }
    let Some(chromium) = Chromium::start("the playground in Chromium", &Options::default()) else { return };
    let playground = Playground::start();
    for (name, url) in ["trusted", "stranger"].into_iter().zip(playground.promises()) {
        let context = chromium.context();
        let page = context.open(&url);
        check(name, &page.run(ROWS));
        picture_for_readme(&page, &playground, &format!("promises-{name}"), 800);
        for error in page.console_errors() {
            let expected = error.contains("CORS policy") || error.contains("Failed to load resource");
            assert!(expected, "{name}: {error}");
        }
    }
}

#[test]
fn every_row_agrees_in_firefox_and_webkit() {
    if skip_unless_all_tests("every_row_agrees_in_firefox_and_webkit") {
        return;
    }
    let playground = Playground::start();
    let name = "the playground's table";
    for engine in Engine::BROWSERS.into_iter().filter(|engine| *engine != Engine::Chromium) {
        let Some(browser) = start(engine, name, &Options::default()) else { continue };
        for (name, url) in ["trusted", "stranger"].into_iter().zip(playground.promises()) {
            check(&format!("{name}, {engine}"), &browser.open(&url).run(ROWS));
        }
    }
}
