//! What Chromium does with a case.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cors_core::browser::{CredentialsMode, Response};
use cors_tests::{Chromium, CorsError, Exchange, Issue, Page, Received, Server};
use serde_json::{Value, json};

use crate::case::{Case, Script};
use crate::model::{by_name, compared_names};
use crate::observation::{Observation, Outcome, Sent};

/// How many cases go to the page at once.
const BATCH: usize = 100;

/// The pages' host. Those of the servers are its siblings, so that cookies are not those of a third party.
pub(crate) const APP: &str = "app.site.example";

/// Runs the fetches of each case one after the other, and `lanes` cases side by side.
const RUN: &str = r"
    const read = async ({ url, init }) => {
        try {
            const response = await fetch(url, init);
            await response.arrayBuffer().catch(() => {});
            return { status: response.status, headers: [...response.headers] };
        } catch (error) {
            return { error: String(error) };
        }
    };
    const results = [];
    const waiting = cases.map((fetches, index) => ({ fetches, index }));
    const lane = async () => {
        for (let next; (next = waiting.shift()); ) {
            const outcomes = results[next.index] = [];
            for (const fetch of next.fetches) outcomes.push(await read(fetch));
        }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return results;
";

/// A page at an origin of its own, a sandboxed one at none, and the server behind all host names.
pub(crate) struct Laboratory {
    pub(crate) server: Server,
    running: Arc<Mutex<Running>>,
}

/// The cases that the page is busy with, by the URLs of their endpoints.
#[derive(Default)]
struct Running {
    by_url: HashMap<String, usize>,
    scripts: Vec<Script>,
    received: Vec<Vec<Received>>,
}

impl Laboratory {
    pub(crate) fn new() -> Self {
        let running: Arc<Mutex<Running>> = Arc::default();
        let shared = Arc::clone(&running);
        let server = Server::start(move |request| match request.target() {
            "/page" => page(),
            "/sandboxed" => page().header("Content-Security-Policy", "sandbox allow-scripts"),
            _ => shared.lock().unwrap_or_else(PoisonError::into_inner).answer(request),
        });
        Self { server, running }
    }

    /// Opens a page, with caches of its own, whose origin is `origin`.
    pub(crate) fn open(&self, chromium: &Chromium, origin: &str) -> Page {
        let path = if origin == "null" { "/sandboxed" } else { "/page" };
        chromium.context().open(&self.server.url(APP, path))
    }

    /// Runs cases, of which all are for this page.
    pub(crate) fn run(&self, page: &Page, cases: &[Case], lanes: usize) -> Vec<Observation> {
        cases.chunks(BATCH).flat_map(|cases| self.run_batch(page, cases, lanes)).collect()
    }

    fn run_batch(&self, page: &Page, cases: &[Case], lanes: usize) -> Vec<Observation> {
        *self.running() = Running::new(cases);
        page.clear_exchanges();
        let fetches: Vec<Value> = cases.iter().map(fetches).collect();
        let results = page.run(&format!("const cases = {}, lanes = {lanes};{RUN}", json!(fetches)));
        let network = Network { exchanges: wait_for_failures(page, cases, &results), issues: page.issues() };
        let received = std::mem::take(&mut self.running().received);
        let all = cases.iter().zip(results.as_array().expect("a list")).zip(received);
        all.map(|((case, results), received)| observe(case, results, &received, &network)).collect()
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn new(cases: &[Case]) -> Self {
        let urls = |(index, case): (usize, &Case)| -> Vec<(String, usize)> {
            case.endpoints.iter().map(|endpoint| (endpoint.url.clone(), index)).collect()
        };
        Self {
            by_url: cases.iter().enumerate().flat_map(urls).collect(),
            scripts: cases.iter().map(Script::new).collect(),
            received: vec![Vec::new(); cases.len()],
        }
    }

    fn answer(&mut self, request: &Received) -> Response {
        let Some(&index) = self.by_url.get(&request.url) else {
            return Response::new(404).header("Content-Length", "0");
        };
        self.received[index].push(request.clone());
        self.scripts[index].answer(&request.url, request.is_preflight())
    }
}

fn page() -> Response {
    Response::new(200)
        .header("Content-Type", "text/html")
        .header("Content-Length", "1")
        .header("Set-Cookie", "seen=1; Domain=site.example; Path=/")
}

fn fetches(case: &Case) -> Value {
    case.fetches
        .iter()
        .map(|request| {
            let headers: Vec<_> = request.headers.iter().map(|(name, value)| (name, latin1(value))).collect();
            let credentials = match request.credentials {
                CredentialsMode::Omit => "omit",
                CredentialsMode::SameOrigin => "same-origin",
                CredentialsMode::Include => "include",
            };
            let init = json!({ "method": request.method, "headers": headers, "credentials": credentials });
            json!({ "url": request.url, "init": init })
        })
        .collect()
}

/// A byte is a character in JavaScript's headers.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// The failures come in their own time.
fn wait_for_failures(page: &Page, cases: &[Case], results: &Value) -> Vec<Exchange> {
    let mut missing: BTreeSet<&str> = BTreeSet::new();
    for (case, results) in cases.iter().zip(results.as_array().expect("a list")) {
        for (request, result) in case.fetches.iter().zip(results.as_array().expect("a list")) {
            if result.get("error").is_some() {
                missing.insert(&request.url);
            }
        }
    }
    page.wait_for(Duration::from_secs(5), |exchanges| {
        let pending = exchanges.iter().any(|exchange| {
            is_fetch(exchange) && exchange.outcome.is_none() && missing.contains(exchange.urls[0].as_str())
        });
        (!pending).then_some(())
    });
    page.exchanges()
}

/// Neither a preflight nor the page's icon.
fn is_fetch(exchange: &Exchange) -> bool {
    exchange.kind == "Fetch" && !exchange.is_preflight
}

/// What the DevTools protocol tells about a batch.
struct Network {
    exchanges: Vec<Exchange>,
    issues: Vec<Issue>,
}

fn observe(case: &Case, results: &Value, received: &[Received], network: &Network) -> Observation {
    let mut outcomes = Vec::new();
    for (index, result) in results.as_array().expect("a list").iter().enumerate() {
        if let Some(status) = result["status"].as_u64() {
            let headers = result["headers"].as_array().expect("a list").iter().map(header).collect();
            outcomes.push(Outcome::Reads(u16::try_from(status).expect("a status"), headers));
            continue;
        }
        // The exchanges of one URL are in the order of its fetches.
        let url = without_fragment(&case.fetches[index].url);
        let earlier =
            case.fetches[..index].iter().filter(|request| without_fragment(&request.url) == url).count();
        let mut same =
            network.exchanges.iter().filter(|exchange| is_fetch(exchange) && exchange.urls[0] == url);
        let (name, parameter) = match same.nth(earlier) {
            Some(exchange) => failure(exchange),
            None => network
                .issues
                .iter()
                .find(|issue| issue.url == url)
                .map_or(("throws".to_owned(), String::new()), |issue| name(&issue.error)),
        };
        outcomes.push(Outcome::Blocked(name, BTreeSet::from([parameter])));
    }
    let compared = compared_names(case);
    Observation { outcomes, wire: received.iter().map(|request| sent(case, request, &compared)).collect() }
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or_default()
}

fn header(pair: &Value) -> (String, Vec<u8>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let value = text(&pair[1]).chars().map(|character| u8::try_from(character).expect("a byte")).collect();
    (text(&pair[0]), value)
}

fn failure(exchange: &Exchange) -> (String, String) {
    match &exchange.outcome {
        Some(cors_tests::Outcome::Failed { cors: Some(cors), .. }) => name(cors),
        // One reason in the model.
        Some(cors_tests::Outcome::Failed { error, .. }) => {
            (error.replace("RESPONSE_HEADERS_MULTIPLE_LOCATION", "INVALID_REDIRECT"), String::new())
        }
        other => (format!("{other:?}"), String::new()),
    }
}

fn name(error: &CorsError) -> (String, String) {
    (error.name.clone(), error.parameter.clone())
}

fn sent(case: &Case, request: &Received, compared: &BTreeSet<String>) -> Sent {
    let mut headers = by_name(&request.headers, compared);
    // What the browser sets itself is not the page's.
    let pages: Vec<_> = case.fetches.iter().map(|fetch| by_name(&fetch.headers, compared)).collect();
    let is_pages = |name: &str, value: &Vec<u8>| pages.iter().any(|headers| headers.get(name) == Some(value));
    headers.retain(|name, value| !OWN.contains(&name.as_str()) || is_pages(name, value));
    let cookies = request.header("cookie").is_some_and(|value| value == b"seen=1");
    Sent { method: request.method.clone(), url: request.url.clone(), headers, cookies }
}

/// What a browser sends of its own, whether or not a page wishes for something else.
const OWN: [&str; 11] = [
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "cookie",
    "host",
    "pragma",
    "referer",
    "sec-fetch-mode",
    "user-agent",
];
