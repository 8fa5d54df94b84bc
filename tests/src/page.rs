//! A page in the browser: open it, run scripts in it, and see what its network did.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::devtools::DevTools;
use crate::network::{Exchange, Issue};

const LOADING: Duration = Duration::from_secs(30);

/// A profile within the browser, with its own cookies and caches, which its pages share. It lives for as long as
/// one of them.
#[derive(Clone)]
pub struct Context(Arc<Profile>);

struct Profile {
    devtools: Arc<DevTools>,
    id: String,
}

impl Context {
    pub(crate) fn new(devtools: Arc<DevTools>) -> Self {
        let created = devtools.call("", "Target.createBrowserContext", &json!({}));
        let id = string(&created["browserContextId"]);
        Self(Arc::new(Profile { devtools, id }))
    }

    /// Opens a page and waits until it has loaded.
    pub fn open(&self, url: &str) -> Page {
        let blank = json!({ "url": "about:blank", "browserContextId": self.0.id });
        let devtools = Arc::clone(&self.0.devtools);
        let target = string(&devtools.call("", "Target.createTarget", &blank)["targetId"]);
        let attach = json!({ "targetId": target, "flatten": true });
        let session = string(&devtools.call("", "Target.attachToTarget", &attach)["sessionId"]);
        let page = Page { devtools, target, session, _context: self.clone() };
        for domain in ["Audits", "Page", "Network", "Runtime", "Log"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.goto(url);
        page
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // Also while a test panics, where a second panic would end the process.
        let params = json!({ "browserContextId": self.id });
        let _ = self.devtools.try_call("", "Target.disposeBrowserContext", &params);
    }
}

/// An open page.
pub struct Page {
    devtools: Arc<DevTools>,
    target: String,
    session: String,
    _context: Context,
}

impl Page {
    /// Goes to a URL and waits until it has loaded.
    pub fn goto(&self, url: &str) {
        let loads = self.devtools.with_session(&self.session, |session| session.loads);
        let went = self.call("Page.navigate", &json!({ "url": url }));
        assert!(went.get("errorText").is_none(), "{url}: {}", went["errorText"]);
        let loaded =
            self.devtools.wait(&self.session, LOADING, |session| (session.loads > loads).then_some(()));
        assert!(loaded.is_some(), "{url} does not load");
    }

    /// Runs the body of an `async` function of which `expression` is the result, and waits for it.
    ///
    /// # Panics
    ///
    /// With the page's own words, when it throws.
    pub fn evaluate(&self, expression: &str) -> Value {
        self.run(&format!("return ({expression});"))
    }

    /// Runs the body of an `async` function, and waits for what it returns.
    ///
    /// # Panics
    ///
    /// With the page's own words, when it throws.
    pub fn run(&self, body: &str) -> Value {
        let params = json!({
            "expression": format!("(async () => {{ {body} }})()"),
            "awaitPromise": true,
            "returnByValue": true,
        });
        let result = self.call("Runtime.evaluate", &params);
        if let Some(thrown) = result.get("exceptionDetails") {
            panic!("the page throws: {}\n{body}", thrown["exception"]["description"]);
        }
        result["result"]["value"].clone()
    }

    /// What the page asked for since it was opened, or since this was cleared.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.devtools.with_session(&self.session, |session| session.network.exchanges().cloned().collect())
    }

    /// Waits for `look` to find something among the exchanges: an event may come after the page's own promise
    /// was settled. `None` is: it never came.
    pub fn wait_for<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&[&Exchange]) -> Option<T>,
    ) -> Option<T> {
        self.devtools
            .wait(&self.session, patience, |session| look(&session.network.exchanges().collect::<Vec<_>>()))
    }

    /// What CORS has against those `fetch()`es that never came to be an exchange.
    pub fn issues(&self) -> Vec<Issue> {
        self.devtools.with_session(&self.session, |session| session.network.issues().to_vec())
    }

    /// Forgets the exchanges and the issues so far.
    pub fn clear_exchanges(&self) {
        self.devtools.with_session(&self.session, |session| session.network.clear());
    }

    /// The errors on the page's console, what CORS blocked among them.
    pub fn console_errors(&self) -> Vec<String> {
        self.devtools.with_session(&self.session, |session| session.console_errors.clone())
    }

    /// Writes a picture of the page, a PNG, to a file.
    pub fn screenshot(&self, file: &Path) {
        let shot = self.call("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }));
        let png = BASE64.decode(string(&shot["data"])).expect("base64, by the protocol");
        fs::write(file, png).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Calls any method of the DevTools protocol.
    ///
    /// # Panics
    ///
    /// When the browser refuses.
    pub fn call(&self, method: &str, params: &Value) -> Value {
        self.devtools.call(&self.session, method, params)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.devtools.try_call("", "Target.closeTarget", &json!({ "targetId": self.target }));
        self.devtools.forget_session(&self.session);
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
