//! WebKitGTK's MiniBrowser under a virtual X server, driven by the WebSocket of its inspector.
//!
//! Every page is a process of its own, because MiniBrowser has no other way to separate caches.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cors_core::browser::Engine;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::browser::{Browser, Failure, Options, Page};
use super::connection::{Connection, Messages, Reply};
use super::process::Process;
use super::socks::SocksProxy;

/// A MiniBrowser and the display for its windows.
pub struct WebKit {
    program: PathBuf,
    display: Arc<Display>,
    proxy: SocksProxy,
    options: Options,
}

struct Display {
    name: String,
    _server: Process,
}

impl WebKit {
    pub(super) fn start(program: &Path, xvfb: &Path, options: &Options) -> Self {
        let home = TempDir::with_prefix("cors-xvfb-").expect("a directory");
        // The server writes the number of its display to file descriptor 2.
        let arguments =
            ["-displayfd", "2", "-screen", "0", "1280x860x24", "-nolisten", "tcp"].map(str::to_owned);
        let server = Process::start(xvfb, home, &arguments, &[]);
        let number = server.wait_for(|| {
            server
                .errors()
                .lines()
                .find(|line| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()))
                .map(str::to_owned)
        });
        let display = Arc::new(Display { name: format!(":{number}"), _server: server });
        Self { program: program.to_owned(), display, proxy: SocksProxy::start(), options: options.clone() }
    }
}

impl Browser for WebKit {
    fn engine(&self) -> Engine {
        Engine::WebKit
    }

    fn version(&self) -> String {
        // It prints `WebKitGTK 2.50.6`, and needs a display for it.
        let mut command = std::process::Command::new(&self.program);
        let output = command.arg("--version").env("DISPLAY", &self.display.name).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    }

    fn open(&self, url: &str) -> Box<dyn Page> {
        let home = TempDir::with_prefix("cors-webkit-").expect("a directory for the profile");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let inspector = format!("127.0.0.1:{port}");
        let mut arguments =
            vec!["--enable-developer-extras=true".to_owned(), format!("--proxy={}", self.proxy.url())];
        arguments.extend(self.options.ignore_certificate_errors.then(|| "--ignore-tls-errors".to_owned()));
        arguments.push(url.to_owned());
        let environment = self.options.environment(&[
            ("DISPLAY", self.display.name.as_str()),
            ("WEBKIT_INSPECTOR_HTTP_SERVER", &inspector),
            ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
            ("WEBKIT_DISABLE_COMPOSITING_MODE", "1"),
            ("NO_AT_BRIDGE", "1"),
            ("GTK_USE_PORTAL", "0"),
        ]);
        let process = Process::start(&self.program, home, &arguments, &environment);
        let socket = process.wait_for(|| find_socket(&inspector));
        let connection = Connection::open(&format!("ws://{inspector}{socket}"), Inspector::default())
            .unwrap_or_else(|error| panic!("{error}"));
        let window = Window { connection, _process: process, _display: Arc::clone(&self.display) };
        window.wait_until_loaded();
        Box::new(window)
    }
}

/// The inspector serves a page with a link to the socket of each tab.
fn find_socket(inspector: &str) -> Option<String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(inspector).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {inspector}\r\nConnection: close\r\n\r\n").ok()?;
    let mut page = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let page_text = String::from_utf8_lossy(&page).into_owned();
        if let Some(start) = page_text.find("/socket/") {
            let path: String =
                page_text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
            if page_text.len() > start + path.len() {
                return Some(path);
            }
        }
        match stream.read(&mut buffer) {
            Ok(length) if length > 0 => page.extend_from_slice(&buffer[..length]),
            _ => return None,
        }
    }
}

/// The state of the inspector: the target that is the page, and how its requests ended.
#[derive(Default)]
struct Inspector {
    target: Option<String>,
    /// The first URL of each request.
    urls: HashMap<String, String>,
    failures: Vec<Failure>,
}

impl Messages for Inspector {
    fn take(&mut self, message: Value) -> Option<(u64, Reply)> {
        match message["method"].as_str() {
            Some("Target.dispatchMessageFromTarget") => {
                let inner = message["params"]["message"].as_str()?;
                self.take_inner(&serde_json::from_str(inner).ok()?)
            }
            Some("Target.targetCreated") if message["params"]["targetInfo"]["type"] == "page" => {
                self.target = Some(text(&message["params"]["targetInfo"]["targetId"]));
                None
            }
            Some("Target.didCommitProvisionalTarget") => {
                self.target = Some(text(&message["params"]["newTargetId"]));
                None
            }
            _ => {
                // The reply to the envelope matters only if it is an error: the inner message has a reply of its own.
                let error = message.get("error")?;
                Some((message["id"].as_u64()?, Err(error.to_string())))
            }
        }
    }
}

impl Inspector {
    fn take_inner(&mut self, message: &Value) -> Option<(u64, Reply)> {
        if let Some(id) = message["id"].as_u64() {
            let reply = match message.get("error") {
                Some(error) => Err(error.to_string()),
                None => Ok(message["result"].clone()),
            };
            return Some((id, reply));
        }
        let params = &message["params"];
        let request = || text(&params["requestId"]);
        match message["method"].as_str()? {
            "Network.requestWillBeSent" => {
                self.urls.entry(request()).or_insert_with(|| text(&params["request"]["url"]));
            }
            "Network.loadingFailed" => {
                let url = self.urls.get(&request()).cloned().unwrap_or_default();
                let message = text(&params["errorText"]);
                self.failures.push(Failure { url, reason: message.clone(), parameter: None, message });
            }
            _ => {}
        }
        None
    }
}

struct Window {
    connection: Connection<Inspector>,
    _process: Process,
    _display: Arc<Display>,
}

impl Window {
    /// Waits until the page has loaded. The navigation to it may replace the target, so errors are tried again.
    fn wait_until_loaded(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let params =
                json!({ "expression": "document.readyState + location.protocol", "returnByValue": true });
            let state = self.try_call("Runtime.evaluate", &params);
            let is_loaded = state.as_ref().is_ok_and(|state| {
                let state = state["result"]["value"].as_str().unwrap_or_default();
                state.starts_with("complete") && !state.ends_with("about:")
            });
            if is_loaded && self.try_call("Network.enable", &json!({})).is_ok() {
                return;
            }
            assert!(Instant::now() < until, "the page does not load: {state:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn try_call(&self, method: &str, params: &Value) -> Reply {
        let target = self.connection.wait(Duration::from_secs(60), |inspector| inspector.target.clone());
        let target = target.ok_or("MiniBrowser has no page")?;
        self.connection.call(|id| {
            let inner = json!({ "id": id, "method": method, "params": params }).to_string();
            let params = json!({ "targetId": target, "message": inner });
            json!({ "id": id, "method": "Target.sendMessageToTarget", "params": params })
        })
    }
}

impl Page for Window {
    fn try_run(&self, body: &str) -> Result<Value, String> {
        let call = |method: &str, params: &Value| {
            self.try_call(method, params).map_err(|error| format!("{method}: {error}"))
        };
        let expression = format!("(async () => {{ {body} }})()");
        let promise = call("Runtime.evaluate", &json!({ "expression": expression }))?;
        let params = json!({ "promiseObjectId": promise["result"]["objectId"], "returnByValue": true });
        let result = call("Runtime.awaitPromise", &params)?;
        if result["wasThrown"] == true {
            return Err(format!("the page throws: {}\n{body}", result["result"]["description"]));
        }
        Ok(result["result"]["value"].clone())
    }

    fn failures(&self, expected: usize) -> Vec<Failure> {
        let patience = Duration::from_millis(500);
        self.connection.wait(patience, |inspector| (inspector.failures.len() >= expected).then_some(()));
        self.connection.with(|inspector| std::mem::take(&mut inspector.failures))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
