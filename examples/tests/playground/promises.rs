//! The table: sixteen requests, as a page that the policies trust and as a stranger's.

use std::path::Path;

use cors_tests::{Chromium, Options};
use serde_json::json;

use crate::look::first_screen;
use crate::running::Playground;

/// Every row of both pages, in Chromium. The screenshots are left beside the test's other files.
#[test]
fn every_row_agrees_in_chromium_for_the_trusted_page_and_for_the_stranger() {
    let Some(chromium) = Chromium::start("the playground in Chromium", &Options::default()) else { return };
    let playground = Playground::start();
    for (name, url) in ["trusted", "stranger"].into_iter().zip(playground.promises()) {
        let context = chromium.context();
        let page = context.open("about:blank");
        page.call(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": 1180, "height": 800, "deviceScaleFactor": 1, "mobile": false }),
        );
        page.goto(&url);
        let rows = page.run(
            "while (!document.body.dataset.done) await new Promise((resolve) => setTimeout(resolve, 20));
             return [...document.querySelectorAll('tr[data-row]')].map((row) => ({ ...row.dataset }));",
        );
        first_screen(&page, 800);
        page.screenshot(
            &Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("playground-promises-{name}.png")),
        );
        let rows = rows.as_array().expect("rows");
        assert_eq!(rows.len(), 16);
        for row in rows {
            assert_eq!(row["agrees"], "true", "{name}: {row}");
            if row["row"] == "report" && name == "trusted" {
                let headers: Vec<&str> = row["headers"].as_str().expect("text").split(' ').collect();
                assert!(headers.contains(&"x-total-count") && !headers.contains(&"x-hidden"), "{row}");
            }
        }
        let blocked = rows.iter().filter(|row| row["expected"] == "blocked").count();
        assert_eq!(blocked, if name == "trusted" { 4 } else { 14 });
        for error in page.console_errors() {
            let expected = error.contains("CORS policy") || error.contains("Failed to load resource");
            assert!(expected, "{name}: {error}");
        }
    }
}
