//! A headless Firefox, driven by WebDriver BiDi over its own WebSocket. <https://w3c.github.io/webdriver-bidi/>

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cors_core::browser::Engine;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::browser::{Browser, Failure, Options, Page};
use super::connection::{Connection, Messages, Reply};
use super::process::Process;

/// All host names are this machine, and the browser connects to no other.
const PREFERENCES: &str = r#"
    user_pref("network.dns.forceResolve", "127.0.0.1");
    user_pref("network.proxy.type", 0);
    user_pref("network.captive-portal-service.enabled", false);
    user_pref("network.connectivity-service.enabled", false);
    user_pref("dom.security.https_first", false);
    user_pref("browser.shell.checkDefaultBrowser", false);
    user_pref("browser.startup.page", 0);
    user_pref("datareporting.policy.dataSubmissionEnabled", false);
    user_pref("toolkit.telemetry.enabled", false);
    user_pref("app.update.enabled", false);
    user_pref("app.normandy.enabled", false);
    user_pref("extensions.update.enabled", false);
    user_pref("browser.safebrowsing.malware.enabled", false);
    user_pref("browser.safebrowsing.phishing.enabled", false);
"#;

/// The reasons of blocked fetches have a category only in the console of the privileged scope.
const LISTEN: &str = "
    globalThis.corsErrors = [];
    Services.console.registerListener({ observe(message) {
        if (message instanceof Ci.nsIScriptError && message.category.startsWith('CORS') && !message.category.endsWith('Deprecation')) {
            globalThis.corsErrors.push([message.category, message.errorMessage]);
        }
    } });
";

/// A running Firefox with a profile of its own.
pub struct Firefox {
    remote: Arc<Remote>,
}

struct Remote {
    // Before the process, so that the connection closes first.
    connection: Connection<Replies>,
    /// The privileged scope.
    chrome: String,
    version: String,
    _process: Process,
}

/// Firefox needs no events: pages are polled for their errors.
struct Replies;

impl Messages for Replies {
    fn take(&mut self, message: Value) -> Option<(u64, Reply)> {
        let reply = match message["type"].as_str() {
            Some("error") => Err(format!("{}: {}", message["error"], message["message"])),
            _ => Ok(message["result"].clone()),
        };
        Some((message["id"].as_u64()?, reply))
    }
}

impl Firefox {
    pub(super) fn start(program: &Path, options: &Options) -> Self {
        let home = TempDir::with_prefix("cors-firefox-").expect("a directory for the profile");
        let profile = home.path().join("profile");
        fs::create_dir(&profile).expect("a directory for the profile");
        fs::write(profile.join("user.js"), PREFERENCES).expect("a file for the preferences");
        let arguments = [
            "--headless",
            "--no-remote",
            "--remote-debugging-port=0",
            "--remote-allow-system-access",
            "--profile",
            &profile.display().to_string(),
        ]
        .map(str::to_owned);
        let environment = options.environment(&[("MOZ_CRASHREPORTER_DISABLE", "1")]);
        let process = Process::start(program, home, &arguments, &environment);
        let url = format!("{}/session", process.wait_for_address("WebDriver BiDi listening on "));
        let connection = Connection::open(&url, Replies).unwrap_or_else(|error| panic!("{error}"));
        let mut remote =
            Remote { connection, chrome: String::new(), version: String::new(), _process: process };
        let insecure = options.ignore_certificate_errors;
        let wanted = json!({ "capabilities": { "alwaysMatch": { "acceptInsecureCerts": insecure } } });
        let session = remote.call("session.new", wanted);
        remote.version = text(&session["capabilities"]["browserVersion"]);
        let tree = remote.call("browsingContext.getTree", json!({ "moz:scope": "chrome", "maxDepth": 0 }));
        remote.chrome = text(&tree["contexts"][0]["context"]);
        remote.evaluate(&remote.chrome, LISTEN).unwrap_or_else(|error| panic!("{error}"));
        Self { remote: Arc::new(remote) }
    }
}

impl Browser for Firefox {
    fn engine(&self) -> Engine {
        Engine::Firefox
    }

    fn version(&self) -> String {
        format!("Firefox {}", self.remote.version)
    }

    fn open(&self, url: &str) -> Box<dyn Page> {
        let created = self.remote.call("browser.createUserContext", json!({}));
        let user_context = text(&created["userContext"]);
        let wanted = json!({ "type": "tab", "userContext": user_context });
        let context = text(&self.remote.call("browsingContext.create", wanted)["context"]);
        let page = Tab { remote: Arc::clone(&self.remote), context };
        // The tab closes again if the page does not load.
        let params = json!({ "context": page.context, "url": url, "wait": "complete" });
        self.remote.call("browsingContext.navigate", params);
        Box::new(page)
    }
}

impl Remote {
    fn call(&self, method: &str, params: Value) -> Value {
        self.try_call(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_call(&self, method: &str, params: Value) -> Reply {
        self.connection.call(|id| json!({ "id": id, "method": method, "params": params }))
    }

    /// Evaluates an expression that results in a string, or in a promise of one.
    fn evaluate(&self, context: &str, expression: &str) -> Reply {
        let params =
            json!({ "expression": expression, "target": { "context": context }, "awaitPromise": true });
        let result =
            self.try_call("script.evaluate", params).map_err(|error| format!("script.evaluate: {error}"))?;
        if result["type"] != "success" {
            return Err(format!("the page throws: {}\n{expression}", result["exceptionDetails"]));
        }
        Ok(result["result"]["value"].clone())
    }

    /// Evaluates an expression that results in a string with JSON.
    fn json(&self, context: &str, expression: &str) -> Reply {
        let value = self.evaluate(context, expression)?;
        Ok(value.as_str().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default())
    }
}

/// A tab in a user context of its own: it shares no cookie and no cache with others.
struct Tab {
    remote: Arc<Remote>,
    context: String,
}

impl Page for Tab {
    fn try_run(&self, body: &str) -> Result<Value, String> {
        let expression =
            format!("(async () => JSON.stringify((await (async () => {{ {body} }})()) ?? null))()");
        self.remote.json(&self.context, &expression)
    }

    fn failures(&self, expected: usize) -> Vec<Failure> {
        let mut failures: Vec<Failure> = Vec::new();
        // The URLs of failures that a second message may repeat.
        let mut refused: Vec<String> = Vec::new();
        let until = Instant::now() + Duration::from_millis(500);
        loop {
            let lines = self
                .remote
                .json(&self.remote.chrome, "JSON.stringify(globalThis.corsErrors.splice(0))")
                .unwrap_or_else(|error| panic!("{error}"));
            for line in lines.as_array().into_iter().flatten() {
                let failure = failure(&text(&line[0]), text(&line[1]));
                // A refused preflight is reported once with its reason, and once as a request that failed.
                match refused.iter().position(|url| *url == failure.url) {
                    Some(index) if failure.reason == "CORSDidNotSucceed2" => {
                        refused.remove(index);
                    }
                    _ => {
                        refused.push(failure.url.clone());
                        failures.push(failure);
                    }
                }
            }
            if failures.len() >= expected || Instant::now() > until {
                return failures;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The message of the console contains the URL.
fn failure(category: &str, message: String) -> Failure {
    let url = message.split_once("resource at ").and_then(|(_, rest)| rest.split_once(". (Reason"));
    // Some messages have quotation marks around it.
    let url = url.map(|(url, _)| url.trim_matches(['‘', '’']).to_owned()).unwrap_or_default();
    Failure { url, reason: category.to_owned(), parameter: None, message }
}

impl Drop for Tab {
    fn drop(&mut self) {
        // The user context is not removed, because that clears the preflight cache of other pages some time later. Errors
        // are ignored, because a second panic would abort the process.
        let _ = self.remote.try_call("browsingContext.close", json!({ "context": self.context }));
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
