//! A page in Chromium, with everything that the DevTools protocol reports about it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::browser::{Failure, Page};
use super::devtools::{DevTools, Session};
use super::network::{CorsError, Exchange, Issue, Outcome};

const LOADING: Duration = Duration::from_secs(30);

/// A profile within the browser. Its pages share cookies and caches with each other, and with no other page. It exists
/// as long as one of them.
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
    pub fn open(&self, url: &str) -> ChromiumPage {
        let blank = json!({ "url": "about:blank", "browserContextId": self.0.id });
        let devtools = Arc::clone(&self.0.devtools);
        let target = string(&devtools.call("", "Target.createTarget", &blank)["targetId"]);
        let attach = json!({ "targetId": target, "flatten": true });
        let session = string(&devtools.call("", "Target.attachToTarget", &attach)["sessionId"]);
        let page = ChromiumPage { devtools, target, session, _context: self.clone() };
        for domain in ["Audits", "Page", "Network", "Runtime", "Log"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.goto(url);
        page
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // Errors are ignored, because a second panic would abort the process.
        let params = json!({ "browserContextId": self.id });
        let _ = self.devtools.try_call("", "Target.disposeBrowserContext", &params);
    }
}

/// An open page in Chromium.
pub struct ChromiumPage {
    devtools: Arc<DevTools>,
    target: String,
    session: String,
    _context: Context,
}

impl ChromiumPage {
    /// Navigates to a URL and waits until it has loaded.
    pub fn goto(&self, url: &str) {
        self.wait_for_load(url, || {
            let went = self.call("Page.navigate", &json!({ "url": url }));
            assert!(went.get("errorText").is_none(), "{url}: {}", went["errorText"]);
        });
    }

    /// Runs a script that starts a navigation, such as the submission of a form, and waits until the new document has
    /// loaded. The script is not asynchronous, because the end of a document interrupts its promises.
    ///
    /// # Panics
    ///
    /// When the script throws, or when no document loads within 30 seconds.
    pub fn navigate_by(&self, script: &str) {
        self.wait_for_load(script, || {
            let result = self.call("Runtime.evaluate", &json!({ "expression": script }));
            let thrown = result.get("exceptionDetails");
            assert!(thrown.is_none(), "the page throws: {thrown:?}\n{script}");
        });
    }

    fn wait_for_load(&self, cause: &str, act: impl FnOnce()) {
        let loads = self.devtools.with_session(&self.session, |session| session.loads);
        act();
        let loaded =
            self.devtools.wait(&self.session, LOADING, |session| (session.loads > loads).then_some(()));
        assert!(loaded.is_some(), "no document loads: {cause}");
    }

    /// Evaluates an expression, which may contain `await`.
    ///
    /// # Panics
    ///
    /// When it throws, with the error of the page.
    pub fn evaluate(&self, expression: &str) -> Value {
        self.run(&format!("return ({expression});"))
    }

    /// Runs the body of an `async` function, and waits for what it returns.
    ///
    /// # Panics
    ///
    /// When it throws, with the error of the page.
    pub fn run(&self, body: &str) -> Value {
        Page::run(self, body)
    }

    /// The requests of the page since it was opened, or since they were cleared.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.devtools.with_session(&self.session, |session| session.network.exchanges().cloned().collect())
    }

    /// Waits until `look` finds something among the exchanges, because an event may arrive after the page's promise was
    /// settled. Returns `None` when `patience` is over.
    pub fn wait_for<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&[&Exchange]) -> Option<T>,
    ) -> Option<T> {
        self.devtools
            .wait(&self.session, patience, |session| look(&session.network.exchanges().collect::<Vec<_>>()))
    }

    /// The CORS errors of fetches that sent no request.
    pub fn issues(&self) -> Vec<Issue> {
        self.devtools.with_session(&self.session, |session| session.network.issues().to_vec())
    }

    /// Removes the exchanges and the issues so far.
    pub fn clear_exchanges(&self) {
        self.devtools.with_session(&self.session, |session| session.network.clear());
    }

    /// The errors on the page's console, including those of CORS.
    pub fn console_errors(&self) -> Vec<String> {
        self.devtools.with_session(&self.session, |session| session.console_errors.clone())
    }

    /// Writes a picture of the whole page to a PNG file, or of its first `height` pixels.
    pub fn screenshot(&self, file: &Path, height: Option<u32>) {
        let mut params = json!({ "captureBeyondViewport": true });
        if let Some(height) = height {
            let metrics = self.call("Page.getLayoutMetrics", &json!({}));
            let width = &metrics["cssLayoutViewport"]["clientWidth"];
            params["clip"] = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        }
        let shot = self.call("Page.captureScreenshot", &params);
        let png = BASE64.decode(string(&shot["data"])).expect("base64, by the protocol");
        fs::write(file, png).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Calls any method of the DevTools protocol.
    ///
    /// # Panics
    ///
    /// When the browser reports an error.
    pub fn call(&self, method: &str, params: &Value) -> Value {
        self.devtools.call(&self.session, method, params)
    }
}

impl Drop for ChromiumPage {
    fn drop(&mut self) {
        let _ = self.devtools.try_call("", "Target.closeTarget", &json!({ "targetId": self.target }));
        self.devtools.forget_session(&self.session);
    }
}

impl Page for ChromiumPage {
    fn try_run(&self, body: &str) -> Result<Value, String> {
        let params = json!({
            "expression": format!("(async () => {{ {body} }})()"),
            "awaitPromise": true,
            "returnByValue": true,
        });
        let result = self
            .devtools
            .try_call(&self.session, "Runtime.evaluate", &params)
            .map_err(|error| format!("Runtime.evaluate: {error}\n{}", self.devtools.process.errors()))?;
        match result.get("exceptionDetails") {
            Some(thrown) => Err(format!("the page throws: {}\n{body}", thrown["exception"]["description"])),
            None => Ok(result["result"]["value"].clone()),
        }
    }

    fn failures(&self, expected: usize) -> Vec<Failure> {
        let failed =
            |exchanges: &[&Exchange]| exchanges.iter().filter(|exchange| failure(exchange).is_some()).count();
        let issues = self.issues().len();
        self.wait_for(Duration::from_secs(1), |exchanges| {
            (failed(exchanges) + issues >= expected).then_some(())
        });
        let issues = self.issues();
        let blocked = issues.iter().map(|issue| cors_failure(&issue.url, &issue.error));
        let mut failures: Vec<Failure> = self.exchanges().iter().filter_map(failure).chain(blocked).collect();
        self.clear_exchanges();
        for failure in &mut failures {
            failure.message = self.console_message(&failure.url).unwrap_or_default();
        }
        failures
    }
}

impl ChromiumPage {
    /// The message on the console about a URL. It may arrive later than the other events.
    fn console_message(&self, url: &str) -> Option<String> {
        let quoted = format!("'{url}'");
        let find = |session: &mut Session| {
            session.console_errors.iter().find(|line| line.contains(&quoted)).cloned()
        };
        self.devtools.with_session(&self.session, find)
    }
}

/// Why a fetch failed, if it did. Preflights and the icon of the page are no fetches.
fn failure(exchange: &Exchange) -> Option<Failure> {
    if exchange.kind != "Fetch" || exchange.is_preflight {
        return None;
    }
    let url = &exchange.urls[0];
    match exchange.outcome.as_ref()? {
        Outcome::Finished => None,
        Outcome::Failed { cors: Some(error), .. } => Some(cors_failure(url, error)),
        Outcome::Failed { error, .. } => Some(Failure {
            url: url.clone(),
            reason: error.clone(),
            parameter: Some(String::new()),
            message: String::new(),
        }),
    }
}

fn cors_failure(url: &str, error: &CorsError) -> Failure {
    Failure {
        url: url.to_owned(),
        reason: error.name.clone(),
        parameter: Some(error.parameter.clone()),
        message: String::new(),
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
