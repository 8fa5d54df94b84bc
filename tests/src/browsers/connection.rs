//! JSON over a WebSocket: requests with a number, replies with the same number, and events.
//!
//! All three browsers are driven like this. Messages remain JSON values, so that unknown members never matter.

use std::collections::HashMap;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket, client};

/// The time that a browser has to reply, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The reply to a request.
pub(crate) type Reply = Result<Value, String>;

/// What a connection remembers of the messages that it receives.
pub(crate) trait Messages: Send + 'static {
    /// Takes a message. If it is a reply, returns the number of its request and the result.
    fn take(&mut self, message: Value) -> Option<(u64, Reply)>;
}

/// A connection to a browser, for any number of threads.
pub(crate) struct Connection<M> {
    writer: Mutex<WebSocket<TcpStream>>,
    next_id: AtomicU64,
    inbox: Arc<Inbox<M>>,
}

struct Inbox<M> {
    content: Mutex<Content<M>>,
    arrived: Condvar,
}

struct Content<M> {
    closed: bool,
    replies: HashMap<u64, Reply>,
    messages: M,
}

impl<M: Messages> Connection<M> {
    /// Connects to a `ws://` URL.
    pub(crate) fn open(url: &str, messages: M) -> Result<Self, String> {
        let authority = url.strip_prefix("ws://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let stream = TcpStream::connect(authority).map_err(|error| format!("{url}: {error}"))?;
        let _ = stream.set_nodelay(true);
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let copy = stream.try_clone().map_err(|error| error.to_string())?;
        let (reader, _) = client::client_with_config(url, stream, Some(config))
            .map_err(|error| format!("{url}: {error}"))?;
        // The two directions of a WebSocket are independent of each other, except for pings, which no browser sends.
        let writer = WebSocket::from_raw_socket(copy, Role::Client, Some(config));
        let content = Content { closed: false, replies: HashMap::new(), messages };
        let inbox = Arc::new(Inbox { content: Mutex::new(content), arrived: Condvar::new() });
        let filled = Arc::clone(&inbox);
        thread::spawn(move || filled.fill(reader));
        Ok(Self { writer: Mutex::new(writer), next_id: AtomicU64::new(1), inbox })
    }

    /// Sends the message that `build` makes for a number, and waits for the reply with this number.
    pub(crate) fn call(&self, build: impl FnOnce(u64) -> Value) -> Reply {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let message = Message::text(build(id).to_string());
        let sent = self.writer.lock().unwrap_or_else(PoisonError::into_inner).send(message);
        sent.map_err(|error| format!("the connection is closed: {error}"))?;
        let reply = self.inbox.wait(PATIENCE, |content| content.replies.remove(&id));
        reply.unwrap_or_else(|| match self.inbox.lock().closed {
            true => Err("the browser has closed the connection".to_owned()),
            false => Err(format!("the browser has not replied for {PATIENCE:?}")),
        })
    }

    /// Waits until `look` finds something in the messages, or returns `None` when `patience` is over.
    pub(crate) fn wait<T>(&self, patience: Duration, mut look: impl FnMut(&mut M) -> Option<T>) -> Option<T> {
        self.inbox.wait(patience, |content| look(&mut content.messages))
    }

    /// Looks at the messages so far.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut M) -> T) -> T {
        look(&mut self.inbox.lock().messages)
    }
}

impl<M: Messages> Inbox<M> {
    fn lock(&self) -> MutexGuard<'_, Content<M>> {
        // A test that panicked may still close its browser.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, mut reader: WebSocket<TcpStream>) {
        while let Ok(message) = reader.read() {
            let Message::Text(text) = message else { continue };
            let Ok(message) = serde_json::from_str::<Value>(&text) else { continue };
            let mut content = self.lock();
            if let Some((id, reply)) = content.messages.take(message) {
                content.replies.insert(id, reply);
            }
            drop(content);
            self.arrived.notify_all();
        }
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    fn wait<T>(&self, patience: Duration, mut look: impl FnMut(&mut Content<M>) -> Option<T>) -> Option<T> {
        let until = Instant::now() + patience;
        let mut content = self.lock();
        loop {
            if let Some(found) = look(&mut content) {
                return Some(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if content.closed || left.is_zero() {
                return None;
            }
            content = self.arrived.wait_timeout(content, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
