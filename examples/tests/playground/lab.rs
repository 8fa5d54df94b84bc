//! Actions of a user in the lab, in Chromium. Tests that do not depend on Chromium run in every engine.

use actix_web::App;
use actix_web::test::init_service;
use cors_actix::testing::{Browser, Fetch};
use cors_actix::{Policy, policy};
use cors_core::browser::Engine;
use cors_tests::browsers::start;
use cors_tests::{Chromium, Options, skip_unless_all_tests};
use serde_json::{Value, json};

use crate::lab_page::LabPage;
use crate::running::{Playground, authority, curl, send};

/// The default configuration: without the flag that makes Chromium follow the standard in one more point.
const AS_IT_SHIPS: Options = Options {
    ignore_certificate_errors: false,
    wildcard_covers_authorization: true,
    environment: Vec::new(),
};

#[test]
fn a_newcomer_breaks_a_policy_sees_why_repairs_it_and_copies_the_attribute() {
    let Some(chromium) = Chromium::start("a newcomer in the lab", &AS_IT_SHIPS) else { return };
    let playground = Playground::start();
    let origin = playground.page();
    let lab = LabPage::open(&chromium.context(), &playground);
    assert!(lab.text("#verdict-of-rules").contains("Valid"));

    // Breaks the policy on the second line.
    lab.write_policy(&format!(
        "credentials = true\norigins = [\"{origin}/\"]\nheaders = [\"content-type\"]\n"
    ));
    assert!(lab.text("#verdict-of-rules").contains("Not valid: 1 thing is wrong"));
    assert_eq!(lab.texts("#findings [type=button]")[0], "Line 2");
    assert!(
        lab.text("#findings").contains(&format!("`{origin}/`").replace('`', "")),
        "{}",
        lab.text("#findings")
    );
    assert!(lab.text("#findings").contains("an origin has none of these"));
    assert!(lab.text("#findings").contains("Help: "));
    assert_eq!(lab.texts("#marks mark"), [format!("\"{origin}/\"")]);
    assert_eq!(lab.texts("#gutter .fault"), ["2"]);
    assert_eq!(lab.run("return byId('policy').getAttribute('aria-invalid');"), "true");
    assert_eq!(lab.run("return byId('forms').hidden;"), true);
    // The button of the finding selects the wrong text.
    lab.click("#findings button");
    assert_eq!(
        lab.run("const { value, selectionStart, selectionEnd } = byId('policy'); return value.slice(selectionStart, selectionEnd);"),
        format!("\"{origin}/\"")
    );
    // Reads the reason.
    let link = lab.run("return document.querySelector('#findings a').href;");
    assert_eq!(link, format!("{origin}/rules#origin-path"));
    let rules = chromium.context().open(link.as_str().expect("a URL"));
    assert_eq!(rules.evaluate("document.querySelector('h2:target').textContent"), "origin-path");
    // The policy is invalid, so a click on "Send" has no effect.
    lab.send();
    assert!(lab.text("#result").contains("nothing was sent"));
    assert_eq!(lab.verdict(), None);

    // Repairs the policy.
    lab.click("#findings .actions button");
    lab.run("await until('valid', () => byId('verdict-of-rules').className === 'good');");
    assert_eq!(
        lab.policy(),
        format!("credentials = true\norigins = [\"{origin}\"]\nheaders = [\"content-type\"]\n")
    );
    lab.set("method", "POST");
    lab.set("credentials", "include");
    lab.send();
    assert_eq!(lab.verdict().as_deref(), Some("read"), "{}", lab.text("#result"));

    // Copies the attribute.
    lab.run("await until('the new method is shown', () => byId('form-attribute').textContent.includes('#[post'));");
    let target = lab.0.call("Target.getTargetInfo", &json!({}));
    let permissions = json!({
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
        "origin": origin,
        "browserContextId": target["targetInfo"]["browserContextId"],
    });
    lab.0.call("Browser.grantPermissions", &permissions);
    lab.0.call("Emulation.setFocusEmulationEnabled", &json!({ "enabled": true }));
    lab.click("#form-attribute button");
    lab.run("await until('copied', () => byId('announcer').textContent.startsWith('Copied'));");
    assert_eq!(
        lab.run("return navigator.clipboard.readText();"),
        format!(
            "#[cors(origins = [\"{origin}\"], credentials, headers = [\"content-type\"])]\n#[post(\"/items\")]"
        )
    );
}

#[test]
fn shows_the_exchange_of_the_server_and_what_the_browser_caches() {
    let Some(chromium) = Chromium::start("the exchange in the lab", &AS_IT_SHIPS) else { return };
    let playground = Playground::start();
    let lab = LabPage::open(&chromium.context(), &playground);
    lab.set("headers", "X-Request-Id: 7\ncookie: forged=1");
    lab.write_policy(&lab.policy().replace("\"content-type\"", "\"content-type\", \"x-request-id\""));
    lab.send();
    assert_eq!(lab.verdict().as_deref(), Some("read"));
    assert_eq!(
        lab.exchanges(),
        [
            ["Preflight".to_owned(), "Preflight granted".to_owned()],
            ["Request".to_owned(), "Granted".to_owned()]
        ]
    );
    let result = lab.text("#result");
    for shown in [
        "the method PUT",
        "the header content-type: application/json",
        "the header x-request-id: 7",
        "The browser left out what no page can set: cookie.",
        "access-control-request-headers: content-type,x-request-id",
        "access-control-allow-methods: PUT, DELETE",
        "access-control-max-age: 600",
        &format!("access-control-allow-origin: {}", playground.page()),
        "The handler ran, for PUT.",
        "cached for 600 seconds",
        "GET, HEAD, POST, PUT, DELETE",
        "The model and this browser agree.",
    ] {
        assert!(result.contains(shown), "{shown} is not in\n{result}");
    }
    // The page shows the header that arrived instead of the one in the form.
    assert!(!result.contains("forged=1"), "{result}");
    // The page could not read the header that the policy does not expose.
    let readable = lab.text("#readable-headers");
    assert!(
        readable.contains("cache-control: no-store") && !readable.contains("x-total-count"),
        "{readable}"
    );
    assert_eq!(lab.texts("[data-engine] h4"), ["Chromium this browser", "Firefox", "WebKit"]);
    assert_eq!(lab.run("return texts('[data-engine] .bad');"), json!([]));

    // The commands for a shell have the same result.
    let lines = lab.texts("[data-exchange] .copyable code");
    let preflight = curl(&lines[0]);
    assert!(preflight.starts_with("HTTP/1.1 204"), "{}\n{preflight}", lines[0]);
    assert!(preflight.contains("access-control-allow-headers: content-type, x-request-id"), "{preflight}");
    let request = curl(&lines[1]);
    assert!(lines[1].contains("--data-raw '{\"item\": 1}'"), "{}", lines[1]);
    assert!(
        request.starts_with("HTTP/1.1 200") && request.ends_with("The handler ran, for PUT.\n"),
        "{request}"
    );

    // The answer to the preflight is kept until the policy gets a new URL.
    lab.send();
    assert_eq!(lab.exchanges(), [["Request".to_owned(), "Granted".to_owned()]]);
    assert!(lab.text("#preflight").contains("it has the answer to an earlier one in its cache"));
    assert!(lab.text("[data-engine=Chromium]").contains("It sends no preflight."));
    lab.click("#forget");
    lab.send();
    assert_eq!(lab.exchanges().len(), 2);
}

/// The selected browsers that are installed.
fn browsers(test: &'static str) -> impl Iterator<Item = Box<dyn cors_tests::Browser>> {
    Engine::BROWSERS.into_iter().filter_map(move |engine| start(engine, test, &AS_IT_SHIPS))
}

#[test]
fn the_model_agrees_with_every_engine_on_every_ready_made_request() {
    if skip_unless_all_tests("the_model_agrees_with_every_engine_on_every_ready_made_request") {
        return;
    }
    for browser in browsers("ready-made policies in the lab") {
        the_model_agrees_on_every_ready_made_request(&*browser);
    }
}

fn the_model_agrees_on_every_ready_made_request(browser: &dyn cors_tests::Browser) {
    let (engine, playground) = (browser.engine(), Playground::start());
    let lab = LabPage::open_in(browser, &playground);
    let names: Vec<String> =
        lab.texts("#ready-made option").into_iter().filter(|name| name != "A policy of your own").collect();
    let mut outcomes = Vec::new();
    for index in 0..names.len() {
        lab.choose(index);
        lab.send();
        let name = lab.run("return byId('ready-made').selectedOptions[0].textContent;");
        let outcome = match lab.verdict() {
            None => {
                assert!(!lab.texts("#findings li").is_empty(), "{name}");
                "not valid".to_owned()
            }
            Some(verdict) => {
                let of_this = lab.run(
                    "const { engine, agrees } = document.querySelector('[data-agrees]').dataset; return [engine, agrees];",
                );
                assert_eq!(of_this, json!([engine.to_string(), "true"]), "{name}: {}", lab.text("#result"));
                match verdict.as_str() {
                    "read" => verdict,
                    _ => lab.text("#remedy"),
                }
            }
        };
        outcomes.push((name.as_str().expect("text").to_owned(), outcome));
    }
    let stranger = playground.stranger();
    let page = playground.page();
    let expected = [
        ("A page and its JSON API", "read".to_owned()),
        ("A public read for everyone", "read".to_owned()),
        ("Requests with cookies", "read".to_owned()),
        ("Every port of localhost", "read".to_owned()),
        ("Everyone except one", format!("To allow this request: remove \"{stranger}\" from except.")),
        ("Refusals that stop the handler", format!("To allow this request: add \"{stranger}\" to origins.")),
        ("A sandboxed frame", "read".to_owned()),
        ("* with credentials", "not valid".to_owned()),
        ("A slash at the end of an origin", "not valid".to_owned()),
        ("http with credentials", "not valid".to_owned()),
        ("https for a page on http", format!("To allow this request: add \"{page}\" to origins.")),
        (
            "A header that the policy does not grant",
            "To allow this request: add \"content-type\" to headers.".to_owned(),
        ),
        (
            "A method that the policy does not grant",
            "To allow this request: add \"DELETE\" to methods.".to_owned(),
        ),
        (
            "Cookies that the policy does not grant",
            "To allow this request: add credentials = true, or send the request without credentials."
                .to_owned(),
        ),
        ("Methods in lower case", "not valid".to_owned()),
        ("A key of another library", "not valid".to_owned()),
    ];
    let expected: Vec<(String, String)> =
        expected.into_iter().map(|(name, outcome)| (name.to_owned(), outcome)).collect();
    assert_eq!(outcomes, expected, "{engine}");
    assert_eq!(names.len(), expected.len());
}

#[test]
fn the_three_pages_have_three_origins_and_the_handler_runs_according_to_the_decision() {
    if skip_unless_all_tests(
        "the_three_pages_have_three_origins_and_the_handler_runs_according_to_the_decision",
    ) {
        return;
    }
    for browser in browsers("who asks in the lab") {
        the_three_who_ask_have_three_origins(&*browser);
    }
}

fn the_three_who_ask_have_three_origins(browser: &dyn cors_tests::Browser) {
    let (engine, playground) = (browser.engine(), Playground::start());
    let lab = LabPage::open_in(browser, &playground);
    lab.write_policy(&format!("origins = [\"{}\"]\n", playground.page()));
    lab.set("method", "GET");
    for (who, origin, decision) in [
        ("page", playground.page(), "Granted"),
        ("stranger", playground.stranger(), "Refused"),
        ("sandbox", "null".to_owned(), "Refused"),
    ] {
        lab.set("who", who);
        lab.send();
        assert_eq!(lab.exchanges(), [["Request".to_owned(), decision.to_owned()]], "{engine}, {who}");
        let headers = lab.text("[data-exchange] .headers");
        assert!(headers.contains(&format!("origin: {origin}\n")), "{engine}, {who}: {headers}");
    }
    // The frames are removed.
    assert_eq!(lab.run("return document.querySelectorAll('iframe').length;"), 0);

    // A request that `fetch()` refuses is not sent.
    lab.set("who", "page");
    lab.set("method", "TRACE");
    lab.send();
    assert!(lab.exchanges().is_empty(), "{engine}");
    assert_eq!(lab.text("#preflight"), "No request reached the server.");
    assert!(lab.text("[data-engine=Firefox]").contains("ForbiddenMethod"));
}

#[test]
fn the_fragment_fills_the_form_and_sends_nothing_and_one_click_restores_the_start() {
    if skip_unless_all_tests("the_fragment_fills_the_form_and_sends_nothing_and_one_click_restores_the_start")
    {
        return;
    }
    let Some(chromium) = Chromium::start("the fragment of the lab", &AS_IT_SHIPS) else { return };
    let playground = Playground::start();
    let lab = LabPage::open(&chromium.context(), &playground);
    let start = (lab.policy(), lab.field("method"), lab.field("who"));
    let policy = "# all of it: & = # % + ä\norigins = \"*\"\n";
    lab.write_policy(policy);
    for (field, value) in [
        ("who", "sandbox"),
        ("method", "PATCH"),
        ("credentials", "omit"),
        ("body", "text"),
        ("headers", "x-a: 1\nx-b: 2"),
    ] {
        lab.set(field, value);
    }
    let url = lab.run("return location.href;");

    // A colleague opens it.
    let colleague = LabPage::open_url(&chromium.context(), url.as_str().expect("a URL"));
    assert_eq!(colleague.policy(), policy);
    for (field, value) in [
        ("who", "sandbox"),
        ("method", "PATCH"),
        ("credentials", "omit"),
        ("body", "text"),
        ("headers", "x-a: 1\nx-b: 2"),
    ] {
        assert_eq!(colleague.field(field), value);
    }
    let asked: Vec<String> = colleague.0.exchanges().into_iter().flat_map(|exchange| exchange.urls).collect();
    assert!(
        asked.iter().all(|url| url.starts_with(&playground.page()) || url.starts_with("data:")),
        "{asked:?}"
    );
    assert!(asked.iter().all(|url| !url.contains("prepare")), "{asked:?}");
    assert!(colleague.text("#result").contains("Nothing has been sent yet"));

    // A click sends the request.
    colleague.send();
    assert_eq!(colleague.exchanges().len(), 1, "the preflight: {}", colleague.text("#result"));

    colleague.click("#restart");
    colleague.wait_for_policy(&start.0);
    assert_eq!((colleague.policy(), colleague.field("method"), colleague.field("who")), start);
    assert_eq!(colleague.run("return location.hash;"), "");
    assert!(colleague.text("#result").contains("Nothing has been sent yet"));

    // The "back" button replaces a ready-made policy by the text that was typed before.
    lab.choose(1);
    assert_ne!(lab.policy(), policy);
    lab.run("history.back();");
    lab.wait_for_policy(policy);
}

/// This file contains these declarations, so the compiler accepts what the lab writes.
static POLICY: Policy = policy! { origins = ["https://app.example.com", "https://*.partner.example"], credentials, methods = ["PUT", "DELETE"], headers = ["content-type"], expose = ["x-total-count"], max_age = "10m", enforce };

#[rustfmt::skip]
mod annotated {
    use actix_web::{Responder, put};
    use cors_actix::cors;

#[cors(origins = ["https://app.example.com", "https://*.partner.example"], credentials, headers = ["content-type"], expose = ["x-total-count"], max_age = "10m", enforce)]
#[put("/items")]
    pub async fn items() -> impl Responder { "updated" }
}

#[actix_web::test]
async fn the_compiler_accepts_the_forms_and_they_mean_the_same() {
    let playground = Playground::start();
    let toml = "origins = ['https://app.example.com', 'https://*.partner.example']\ncredentials = true\n\
                methods = ['PUT', 'DELETE']\nheaders = 'content-type'\nexpose = 'x-total-count'\nmax_age = '10m'\n\
                enforce = true";
    let page = playground.page();
    let (host, token) = (authority(&page), playground.token());
    let headers = [
        ("Host", &*host),
        ("Origin", &page),
        ("Sec-Fetch-Site", "same-origin"),
        ("Content-Type", "application/json"),
        ("Lab-Token", &token),
    ];
    let body = json!({ "policy": toml, "method": "PUT" }).to_string();
    let response = send(&page, "POST", "/lab/judge", &headers, &body);
    let (_, judgement) = response.split_once("\r\n\r\n").expect("a body");
    let judgement: Value = serde_json::from_str(judgement).expect("JSON");
    let form = |name: &str| judgement["forms"][name].as_str().expect("a form").to_owned();

    let source = include_str!("lab.rs");
    assert!(source.contains(&format!("\n{}\n", form("policy"))), "{}", form("policy"));
    assert!(source.contains(&format!("\n{}\n", form("attribute"))), "{}", form("attribute"));
    assert!(form("toml").contains("max_age = 600"));
    assert!(POLICY.allows_origin("https://eu.partner.example") && POLICY.allows_method("DELETE"));
    let app = init_service(App::new().service(annotated::items)).await;
    let put = Fetch::put("/items").header("content-type", "application/json").credentials();
    Browser::at("https://app.example.com").fetch(&app, put).await.assert_allowed();
}
