//! The appearance of the pages: at every width, in both colour schemes, with a keyboard and for a screen reader.

use std::path::{Path, PathBuf};

use cors_tests::browsers::ChromiumPage;
use cors_tests::{Chromium, Options, skip_unless_all_tests};
use serde_json::{Value, json};

use crate::lab_page::LabPage;
use crate::running::Playground;

/// An accessibility checker: <https://github.com/dequelabs/axe-core>.
const AXE: &str = include_str!("axe-core/axe.min.js");

fn resize(page: &ChromiumPage, width: u32, height: u32) {
    page.call(
        "Emulation.setDeviceMetricsOverride",
        &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
    );
}

fn colour_scheme(page: &ChromiumPage, scheme: &str) {
    let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
    page.call("Emulation.setEmulatedMedia", &json!({ "features": features }));
}

/// Writes a picture next to the test's other files.
fn picture(page: &ChromiumPage, name: &str) {
    page.screenshot(&picture_file(name), None);
}

fn picture_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("playground-{name}.png"))
}

/// Writes a picture for the README: the first screen, with the default ports.
pub fn picture_for_readme(page: &ChromiumPage, playground: &Playground, name: &str, height: u32) {
    resize(page, 1180, height);
    page.call("Emulation.setScrollbarsHidden", &json!({ "hidden": true }));
    let shown = [
        (playground.api(), "http://localhost:8080"),
        (playground.page(), "http://localhost:8081"),
        (playground.stranger(), "http://127.0.0.1:8082"),
    ];
    page.run(&format!(
        "const shown = (text) => {}.reduce((text, [from, to]) => text.replaceAll(from, to), text);
         const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
         while (texts.nextNode()) texts.currentNode.data = shown(texts.currentNode.data);
         for (const area of document.querySelectorAll('textarea')) area.value = shown(area.value);",
        json!(shown)
    ));
    page.screenshot(&picture_file(name), Some(height));
}

/// Checks that the page does not scroll sideways at any width, and writes a picture of each width.
fn fits(page: &ChromiumPage, name: &str) {
    for (width, height) in [(320, 700), (768, 1024), (1024, 768), (1920, 1080)] {
        resize(page, width, height);
        let found = page.run(
            "const wide = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('#marks, .for-screen-readers, thead'));
             return [document.documentElement.scrollWidth, wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 200))];",
        );
        assert!(found[0].as_u64().expect("pixels") <= u64::from(width), "{name} at {width}: {found}");
        assert_eq!(found[1], json!([]), "{name} at {width}");
        if width == 1920 || width == 768 || width == 320 {
            picture(page, &format!("{name}-{width}"));
        }
    }
    resize(page, 1280, 860);
}

/// axe-core finds nothing, in either colour scheme.
fn is_accessible(page: &ChromiumPage, name: &str) {
    for scheme in ["light", "dark"] {
        colour_scheme(page, scheme);
        page.call("Runtime.evaluate", &json!({ "expression": AXE }));
        let violations = page.run(
            "const { violations, passes } = await axe.run(document, { resultTypes: ['violations', 'passes'] });
             if (passes.length < 10) throw new Error('nothing was checked');
             return violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html.slice(0, 200), failureSummary])]);",
        );
        assert_eq!(violations, json!([]), "{name}, {scheme}: {violations:#}");
        if scheme == "dark" {
            picture(page, &format!("{name}-dark"));
        }
    }
    colour_scheme(page, "light");
}

fn check(page: &ChromiumPage, name: &str) {
    resize(page, 1280, 860);
    is_accessible(page, name);
    fits(page, name);
}

#[test]
fn the_lab_fits_every_screen_and_is_accessible_in_every_state() {
    if skip_unless_all_tests("the_lab_fits_every_screen_and_is_accessible_in_every_state") {
        return;
    }
    let options = Options { wildcard_covers_authorization: true, ..Options::default() };
    let Some(chromium) = Chromium::start("the look of the lab", &options) else { return };
    let playground = Playground::start();
    let lab = LabPage::open(&chromium.context(), &playground);
    check(&lab.0, "lab-start");

    lab.write_policy(&format!(
        "origins = [\n  \"*\",\n  \"{}/\",\n  \"https://a-very-long-name-of-a-host.that-has-many-labels.app.example.com/and/a/path\",\n]\n\
         credentials = true\nmethods = [\"put\"]\nheaders = [\"cookie\"]\nmax_age = \"soon\"\n",
        playground.page()
    ));
    assert!(lab.texts("#findings li").len() > 4);
    check(&lab.0, "lab-invalid");

    lab.choose(0);
    lab.set("headers", &format!("x-a-very-long-header-name-{}: {}", "x".repeat(60), "value".repeat(40)));
    lab.send();
    assert_eq!(lab.verdict().as_deref(), Some("blocked"));
    check(&lab.0, "lab-blocked");

    lab.click("#restart");
    lab.send();
    assert_eq!(lab.verdict().as_deref(), Some("read"));
    lab.run("document.querySelectorAll('details').forEach((one) => (one.open = true));");
    check(&lab.0, "lab-allowed");
}

#[test]
fn the_promises_and_the_rules_fit_every_screen_and_are_accessible() {
    let name = "the look of the promises";
    if skip_unless_all_tests(name) {
        return;
    }
    let Some(chromium) = Chromium::start(name, &Options::default()) else { return };
    let playground = Playground::start();
    let context = chromium.context();
    for (name, url) in ["promises", "promises-of-a-stranger"].into_iter().zip(playground.promises()) {
        let page = context.open(&url);
        page.run(
            "while (!document.body.dataset.done) await new Promise((resolve) => setTimeout(resolve, 20));",
        );
        check(&page, name);
    }
    check(&context.open(&format!("{}/rules", playground.page())), "rules");
}

/// The picture of the lab in the README: a request of a stranger, and what happened.
#[test]
fn writes_the_picture_of_the_lab() {
    if skip_unless_all_tests("writes_the_picture_of_the_lab") {
        return;
    }
    let options = Options { wildcard_covers_authorization: true, ..Options::default() };
    let Some(chromium) = Chromium::start("a picture of the lab", &options) else { return };
    let playground = Playground::start();
    let lab = LabPage::open(&chromium.context(), &playground);
    lab.set("who", "stranger");
    lab.send();
    assert_eq!(lab.verdict().as_deref(), Some("blocked"));
    picture_for_readme(&lab.0, &playground, "lab", 1180);
}

/// Presses a key.
fn press(page: &ChromiumPage, key: &str) {
    let text = match key {
        "Enter" => "\r",
        " " => " ",
        _ => "",
    };
    let code = match key {
        "Tab" => 9,
        "Enter" => 13,
        " " => 32,
        "ArrowDown" => 40,
        _ => 0,
    };
    for kind in ["keyDown", "keyUp"] {
        let mut event = json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code });
        if kind == "keyDown" && !text.is_empty() {
            event["text"] = json!(text);
        }
        page.call("Input.dispatchKeyEvent", &event);
    }
}

#[test]
fn everything_in_the_lab_can_be_done_with_a_keyboard() {
    if skip_unless_all_tests("everything_in_the_lab_can_be_done_with_a_keyboard") {
        return;
    }
    let Some(chromium) = Chromium::start("the lab with a keyboard", &Options::default()) else { return };
    let playground = Playground::start();
    let lab = LabPage::open(&chromium.context(), &playground);
    let page = &lab.0;
    page.call("Page.bringToFront", &json!({}));
    // The elements that Tab reaches, in order. Each of them has to show its focus.
    let mut stops: Vec<String> = Vec::new();
    for _ in 0..16 {
        press(page, "Tab");
        let stop = lab.run(
            "const one = document.activeElement;
             const outlined = [one, one.closest('.editor')].some((it) => it && getComputedStyle(it).outlineStyle !== 'none');
             return [one.id || one.name || one.getAttribute('aria-label') || one.textContent, outlined];",
        );
        assert_eq!(stop[1], true, "no focus is seen on {stop}");
        stops.push(stop[0].as_str().expect("a name").to_owned());
    }
    assert_eq!(
        stops[..14],
        [
            "The lab",
            "The sixteen promises",
            "The rules",
            "ready-made",
            "policy",
            "who",
            "method",
            "body",
            "credentials",
            "headers",
            "forget",
            "Send",
            "restart",
            "Copy the policy: on a handler",
        ]
    );
    // Types into the editor, and sends with Enter from a field of the form.
    lab.run("byId('policy').focus(); byId('policy').setSelectionRange(0, 0);");
    page.call("Input.insertText", &json!({ "text": "colour = 1\n" }));
    lab.run("await until('judged', () => byId('findings').children.length === 1);");
    press(page, "Tab");
    press(page, "Enter");
    assert_eq!(
        lab.run("const { value, selectionStart, selectionEnd } = byId('policy'); return value.slice(selectionStart, selectionEnd);"),
        "colour"
    );
    page.call("Input.insertText", &json!({ "text": "# colour" }));
    lab.run(
        "await until('judged', () => byId('verdict-of-rules').className === 'good'); byId('method').focus();",
    );
    press(page, "Enter");
    lab.run("await until('sent', () => document.querySelector('[data-verdict]'));");
    let said: Value = lab.run("return byId('announcer').textContent;");
    assert_eq!(said, "The page could read the response: 200.");
}
