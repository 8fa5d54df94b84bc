//! The DevTools protocol of Chromium. <https://chromedevtools.github.io/devtools-protocol/>

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::connection::{Connection, Messages, Reply};
use super::network::NetworkLog;
use super::process::Process;

/// The protocol, with a session for each page.
pub(crate) struct DevTools {
    pub(crate) connection: Connection<Sessions>,
    pub(crate) process: Process,
}

/// What the pages have reported so far, by session.
#[derive(Default)]
pub(crate) struct Sessions(HashMap<String, Session>);

/// What one page has reported so far.
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) loads: usize,
    pub(crate) network: NetworkLog,
    pub(crate) console_errors: Vec<String>,
}

impl DevTools {
    /// Calls a method and waits for its result. The session of the browser itself is empty.
    ///
    /// # Panics
    ///
    /// When the browser reports an error, has ended, or takes too long.
    pub(crate) fn call(&self, session: &str, method: &str, params: &Value) -> Value {
        self.try_call(session, method, params).unwrap_or_else(|error| {
            panic!("{method}: {error}\n{}", self.process.errors());
        })
    }

    pub(crate) fn try_call(&self, session: &str, method: &str, params: &Value) -> Reply {
        self.connection.call(|id| {
            let mut message = json!({ "id": id, "method": method, "params": params });
            if !session.is_empty() {
                message["sessionId"] = json!(session);
            }
            message
        })
    }

    /// Waits until `look` finds something in a session, or returns `None` when `patience` is over.
    pub(crate) fn wait<T>(
        &self,
        session: &str,
        patience: Duration,
        mut look: impl FnMut(&mut Session) -> Option<T>,
    ) -> Option<T> {
        self.connection.wait(patience, |sessions| look(sessions.0.entry(session.to_owned()).or_default()))
    }

    /// Looks at a session without waiting.
    pub(crate) fn with_session<T>(&self, session: &str, look: impl FnOnce(&mut Session) -> T) -> T {
        self.connection.with(|sessions| look(sessions.0.entry(session.to_owned()).or_default()))
    }

    pub(crate) fn forget_session(&self, session: &str) {
        self.connection.with(|sessions| sessions.0.remove(session));
    }
}

impl Messages for Sessions {
    fn take(&mut self, message: Value) -> Option<(u64, Reply)> {
        if let Some(id) = message["id"].as_u64() {
            let reply = match message.get("error") {
                Some(error) => Err(error.to_string()),
                None => Ok(message["result"].clone()),
            };
            return Some((id, reply));
        }
        let session = self.0.entry(message["sessionId"].as_str()?.to_owned()).or_default();
        let params = &message["params"];
        match message["method"].as_str()? {
            "Page.loadEventFired" => session.loads += 1,
            "Runtime.exceptionThrown" => {
                session.console_errors.push(params["exceptionDetails"]["text"].to_string());
            }
            "Runtime.consoleAPICalled" if params["type"] == "error" => {
                session.console_errors.push(params["args"].to_string());
            }
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                let entry = &params["entry"];
                let text = entry["text"].as_str().unwrap_or_default();
                session.console_errors.push(format!("{text} ({})", entry["url"].as_str().unwrap_or("")));
            }
            method => session.network.take(method, params),
        }
        None
    }
}
