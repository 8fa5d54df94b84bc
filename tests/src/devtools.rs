//! The DevTools protocol over a pipe: JSON, each message ended by a NUL.
//!
//! A pipe needs no port, no handshake and no WebSocket, and it ends the browser when the test's end of it
//! closes, however the test died. Messages stay JSON, so that what a newer browser says is never refused
//! for being unknown. <https://chromedevtools.github.io/devtools-protocol/>

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::network::NetworkLog;

/// Long enough for a busy machine, and short enough for a person who waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a browser, which any thread can use.
pub(crate) struct DevTools {
    writer: Mutex<Box<dyn Write + Send>>,
    next_id: AtomicU64,
    inbox: Arc<Inbox>,
}

#[derive(Default)]
struct Inbox {
    messages: Mutex<Messages>,
    arrived: Condvar,
}

#[derive(Default)]
struct Messages {
    closed: bool,
    replies: HashMap<u64, Value>,
    sessions: HashMap<String, Session>,
}

/// What one page has told so far.
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) loads: usize,
    pub(crate) network: NetworkLog,
    pub(crate) console_errors: Vec<String>,
}

impl DevTools {
    pub(crate) fn connect(reader: impl Read + Send + 'static, writer: impl Write + Send + 'static) -> Self {
        let inbox = Arc::new(Inbox::default());
        let filled = Arc::clone(&inbox);
        // It ends when the browser closes its end of the pipe.
        thread::spawn(move || filled.fill(reader));
        Self { writer: Mutex::new(Box::new(writer)), next_id: AtomicU64::new(1), inbox }
    }

    /// Calls a method and waits for its result. The session is empty for the browser itself.
    ///
    /// # Panics
    ///
    /// When the browser refuses, is gone, or takes too long.
    pub(crate) fn call(&self, session: &str, method: &str, params: &Value) -> Value {
        self.try_call(session, method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    pub(crate) fn try_call(&self, session: &str, method: &str, params: &Value) -> Result<Value, String> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            message["sessionId"] = json!(session);
        }
        let sent = {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            write!(writer, "{message}\0").and_then(|()| writer.flush())
        };
        sent.map_err(|error| format!("the browser is gone: {error}"))?;
        let reply = self
            .inbox
            .wait(PATIENCE, |messages| messages.replies.remove(&id))
            .ok_or("the browser does not answer")?;
        match reply.get("error") {
            Some(error) => Err(error.to_string()),
            None => Ok(reply["result"].clone()),
        }
    }

    /// Waits until `look` finds something in what a session has told. `None` is: it never came.
    pub(crate) fn wait<T>(
        &self,
        session: &str,
        patience: Duration,
        mut look: impl FnMut(&mut Session) -> Option<T>,
    ) -> Option<T> {
        self.inbox.wait(patience, |messages| look(messages.sessions.entry(session.to_owned()).or_default()))
    }

    /// Looks at what a session has told, without waiting.
    pub(crate) fn with_session<T>(&self, session: &str, look: impl FnOnce(&mut Session) -> T) -> T {
        look(self.inbox.lock().sessions.entry(session.to_owned()).or_default())
    }

    pub(crate) fn forget_session(&self, session: &str) {
        self.inbox.lock().sessions.remove(session);
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Messages> {
        // A test that panicked may still want to close its browser.
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, reader: impl Read) {
        let mut reader = BufReader::new(reader);
        let mut bytes = Vec::new();
        while matches!(reader.read_until(0, &mut bytes), Ok(length) if length > 0) {
            if let Ok(message) = serde_json::from_slice::<Value>(bytes.strip_suffix(b"\0").unwrap_or(&bytes))
            {
                self.lock().take(message);
                self.arrived.notify_all();
            }
            bytes.clear();
        }
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    fn wait<T>(&self, patience: Duration, mut look: impl FnMut(&mut Messages) -> Option<T>) -> Option<T> {
        let until = Instant::now() + patience;
        let mut messages = self.lock();
        loop {
            if let Some(found) = look(&mut messages) {
                return Some(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if messages.closed || left.is_zero() {
                return None;
            }
            messages = self.arrived.wait_timeout(messages, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Messages {
    fn take(&mut self, message: Value) {
        if let Some(id) = message["id"].as_u64() {
            self.replies.insert(id, message);
            return;
        }
        let Some(session) = message["sessionId"].as_str() else { return };
        let session = self.sessions.entry(session.to_owned()).or_default();
        let params = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
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
    }
}
