//! The lab in a browser, with the actions of a user and the visible results.

use cors_tests::browsers::ChromiumPage;
use cors_tests::{Browser, Context, Page};
use serde_json::{Value, json};

use crate::running::Playground;

/// The lab's page.
pub struct LabPage<P = ChromiumPage>(pub P);

/// Functions for the scripts of these tests.
const HELPERS: &str = "
    const byId = (id) => document.getElementById(id);
    const until = async (what, condition) => {
        for (let waited = 0; !condition(); waited += 20) {
            if (waited > 20000) throw new Error(`never: ${what}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    };
    const texts = (selector) => [...document.querySelectorAll(selector)].map((found) => found.textContent);
";

impl LabPage {
    pub fn open(context: &Context, playground: &Playground) -> Self {
        Self::open_url(context, &playground.page())
    }

    pub fn open_url(context: &Context, url: &str) -> Self {
        Self::new(context.open(url))
    }
}

impl LabPage<Box<dyn Page>> {
    /// Opens the lab in any browser.
    pub fn open_in(browser: &dyn Browser, playground: &Playground) -> Self {
        Self::new(browser.open(&playground.page()))
    }
}

impl<P: Page> LabPage<P> {
    fn new(page: P) -> Self {
        let lab = Self(page);
        lab.wait_until_judged();
        lab
    }

    /// Runs the body of an `async` function.
    pub fn run(&self, body: &str) -> Value {
        self.0.run(&format!("{HELPERS}{body}"))
    }

    /// The text of every element that `selector` finds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let texts = self.run(&format!("return texts({});", json!(selector)));
        texts.as_array().expect("texts").iter().map(|text| text.as_str().unwrap_or_default().into()).collect()
    }

    pub fn text(&self, selector: &str) -> String {
        self.texts(selector).join("\n")
    }

    fn wait_until_judged(&self) {
        self.run(
            "await until('judged', () => document.body.dataset.ready && document.body.dataset.judged === byId('policy').value);",
        );
    }

    /// Waits until the editor has this policy and it is judged.
    pub fn wait_for_policy(&self, policy: &str) {
        self.run(&format!("await until('the policy', () => byId('policy').value === {});", json!(policy)));
        self.wait_until_judged();
    }

    pub fn policy(&self) -> String {
        self.run("return byId('policy').value;").as_str().expect("text").to_owned()
    }

    /// Types a policy, and waits until it is judged.
    pub fn write_policy(&self, policy: &str) {
        self.run(&format!(
            "byId('policy').value = {}; byId('policy').dispatchEvent(new Event('input', {{ bubbles: true }}));",
            json!(policy)
        ));
        self.wait_until_judged();
    }

    /// Fills one field of the request's form.
    pub fn set(&self, field: &str, value: &str) {
        self.run(&format!(
            "const field = byId('request').elements[{}];
             field.value = {};
             (field.length && !field.tagName ? field[0] : field).dispatchEvent(new Event('input', {{ bubbles: true }}));",
            json!(field),
            json!(value)
        ));
    }

    pub fn field(&self, field: &str) -> String {
        let value = self.run(&format!("return byId('request').elements[{}].value;", json!(field)));
        value.as_str().expect("text").to_owned()
    }

    /// Chooses from the menu of ready-made policies, by position.
    pub fn choose(&self, index: usize) {
        self.run(&format!(
            "byId('ready-made').value = '{index}'; byId('ready-made').dispatchEvent(new Event('change'));"
        ));
        self.wait_until_judged();
    }

    pub fn click(&self, selector: &str) {
        self.run(&format!("document.querySelector({}).click();", json!(selector)));
    }

    /// Clicks on "Send", and waits for the result.
    pub fn send(&self) {
        self.run(
            "const before = byId('result').dataset.sent;
             document.querySelector('button.primary').click();
             await until('sent', () => byId('result').dataset.sent !== before);",
        );
    }

    /// `read` or `blocked`, if a request was sent.
    pub fn verdict(&self) -> Option<String> {
        self.run("return document.querySelector('[data-verdict]')?.dataset.verdict;")
            .as_str()
            .map(str::to_owned)
    }

    /// The kind and the decision of each exchange on the server.
    pub fn exchanges(&self) -> Vec<[String; 2]> {
        let found = self.run(
            "return [...document.querySelectorAll('[data-exchange]')].map(({ dataset }) => [dataset.exchange, dataset.decision]);",
        );
        serde_json::from_value(found).expect("pairs")
    }
}
