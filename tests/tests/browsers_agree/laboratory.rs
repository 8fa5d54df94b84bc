//! What a browser does with a case.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cors_core::browser::{CredentialsMode, Engine, Request, Response};
use cors_tests::{Browser, Failure, Page, Received, Server, report};
use serde_json::{Value, json};

use crate::case::{Case, Script};
use crate::model::{by_name, compared_names};
use crate::observation::{Observation, Outcome, Sent};
use crate::reasons;

/// The number of cases that the page gets at once.
const BATCH: usize = 100;

/// The host of the pages. The hosts of the servers are on the same site, so that no cookie is a third-party cookie.
pub(crate) const APP: &str = "app.site.example";

/// The target of the requests that [`warm_up`] sends.
const WARM_UP: &str = "/warm-up";

/// Sends requests until Firefox uses the answers that it has cached. The module [`ignored_answers`](crate::ignored_answers)
/// tests what Firefox does before that. The answer at `url` has to allow `PUT`.
pub(crate) fn warm_up(page: &dyn Page, url: &str) {
    page.run(&format!(
        "for (let n = 0; n < 4; n++) await fetch({}, {{ method: 'PUT', credentials: 'omit' }});",
        json!(url)
    ));
}

/// The time after which a page has stopped if none of its fetches has ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// The number of times that a page that has stopped is replaced by a new one, in one test.
const MAX_RESTARTS: usize = 3;

/// Starts the fetches of each case one after the other, and `lanes` cases at the same time.
const START: &str = r"
    const read = async ({ url, init }) => {
        try {
            const response = await fetch(url, init);
            await response.arrayBuffer().catch(() => {});
            return { status: response.status, headers: [...response.headers] };
        } catch (error) {
            return { error: String(error) };
        }
    };
    const run = globalThis.run = { results: cases.map(() => []), finished: false };
    const waiting = cases.map((fetches, index) => ({ fetches, index }));
    const lane = async () => {
        for (let next; (next = waiting.shift()); ) {
            for (const fetch of next.fetches) run.results[next.index].push(await read(fetch));
        }
    };
    const lanesEnd = Promise.all(Array.from({ length: lanes }, lane));
    run.end = lanesEnd.then(() => { run.finished = true; });
";

/// Waits for the fetches, but never so long that it looks as if the page did not reply.
const WAIT: &str = r"
    await Promise.race([globalThis.run.end, new Promise((wake) => setTimeout(wake, 2000))]);
    const { results, finished } = globalThis.run;
    return { results, finished };
";

/// The server behind all host names: it serves the pages, and answers as the cases require.
pub(crate) struct Laboratory {
    pub(crate) server: Server,
    running: Arc<Mutex<Running>>,
    restarts: Cell<usize>,
}

/// An open page for cases with its origin.
pub(crate) struct Visit<'a> {
    laboratory: &'a Laboratory,
    browser: &'a dyn Browser,
    origin: &'a str,
    /// `None` only while the page is replaced.
    page: Option<Box<dyn Page>>,
}

/// The cases that the page is running, by the URLs of their endpoints.
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
            WARM_UP => Response::new(200)
                .header("Content-Length", "0")
                .header("Access-Control-Allow-Origin", "*")
                .header("Access-Control-Allow-Methods", "PUT")
                .header("Access-Control-Max-Age", "600"),
            "/sandboxed" => page().header("Content-Security-Policy", "sandbox allow-scripts"),
            _ => shared.lock().unwrap_or_else(PoisonError::into_inner).answer(request),
        });
        Self { server, running, restarts: Cell::new(0) }
    }

    /// Opens a page with the origin `origin` and empty caches.
    pub(crate) fn open<'a>(&'a self, browser: &'a dyn Browser, origin: &'a str) -> Visit<'a> {
        Visit { laboratory: self, browser, origin, page: Some(self.open_page(browser, origin)) }
    }

    fn open_page(&self, browser: &dyn Browser, origin: &str) -> Box<dyn Page> {
        let path = if origin == "null" { "/sandboxed" } else { "/page" };
        let page = browser.open(&self.server.url(APP, path));
        if browser.engine() == Engine::Firefox {
            warm_up(&*page, &self.server.url("api.site.example", WARM_UP));
        }
        page
    }

    /// The number of pages that were replaced because they had stopped.
    pub(crate) fn restarts(&self) -> usize {
        self.restarts.get()
    }

    /// The failures of each case, in order.
    fn assign(&self, cases: &[Case], failures: Vec<Failure>) -> Vec<Vec<Failure>> {
        let running = self.running();
        let mut by_case = vec![Vec::new(); cases.len()];
        for failure in failures {
            let url = without_fragment(&failure.url);
            let fetched =
                |case: &Case| case.fetches.iter().any(|request| without_fragment(&request.url) == url);
            let index = running.by_url.get(url).copied().or_else(|| cases.iter().position(fetched));
            if let Some(index) = index {
                by_case[index].push(failure);
            }
        }
        by_case
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit<'_> {
    pub(crate) fn engine(&self) -> Engine {
        self.browser.engine()
    }

    /// Runs cases whose origin is that of the page.
    ///
    /// If the page stops, a new page runs the whole batch again. This cannot hide a disagreement: only complete results are
    /// compared, and a page that stops again and again fails the test.
    ///
    /// # Panics
    ///
    /// If pages stop more often than [`MAX_RESTARTS`].
    pub(crate) fn run(&mut self, cases: &[Case], lanes: usize) -> Vec<Observation> {
        cases.chunks(BATCH).flat_map(|cases| self.run_batch(cases, lanes)).collect()
    }

    fn run_batch(&mut self, cases: &[Case], lanes: usize) -> Vec<Observation> {
        loop {
            match self.try_batch(cases, lanes) {
                Ok(observations) => return observations,
                Err(error) => self.restart(&error),
            }
        }
    }

    fn restart(&mut self, error: &str) {
        let engine = self.engine();
        let restarts = self.laboratory.restarts.get() + 1;
        assert!(restarts <= MAX_RESTARTS, "pages in {engine} stop again and again: {error}");
        self.laboratory.restarts.set(restarts);
        report(&format!(
            "a page in {engine} stopped, and a new page repeats its cases ({restarts} of at most {MAX_RESTARTS}): {error}"
        ));
        // The old page closes first, so that none of its requests reaches the new run.
        self.page = None;
        self.page = Some(self.laboratory.open_page(self.browser, self.origin));
    }

    fn try_batch(&self, cases: &[Case], lanes: usize) -> Result<Vec<Observation>, String> {
        let (laboratory, engine) = (self.laboratory, self.engine());
        let page = self.page.as_deref().expect("an open page");
        *laboratory.running() = Running::new(cases);
        let results = fetch_all(page, cases, lanes)?;
        let blocked = results.iter().flatten().filter(|result| is_network_error(result));
        let failures = page.failures(blocked.count());
        let by_case = laboratory.assign(cases, failures);
        let received = std::mem::take(&mut laboratory.running().received);
        let all = cases.iter().zip(&results).zip(received).zip(by_case);
        Ok(all
            .map(|(((case, results), received), failures)| {
                observe(engine, case, results, &received, &failures)
            })
            .collect())
    }
}

/// The results of the fetches of each case. It waits as long as fetches end.
///
/// # Errors
///
/// If no fetch ends for the time [`PATIENCE`], or if the page has ended.
fn fetch_all(page: &dyn Page, cases: &[Case], lanes: usize) -> Result<Vec<Vec<Value>>, String> {
    let fetches: Vec<Value> = cases.iter().map(fetches).collect();
    let mut run =
        page.try_run(&format!("const cases = {}, lanes = {lanes};{START}{WAIT}", json!(fetches)))?;
    let (mut ended, mut since) = (0, Instant::now());
    loop {
        let results: Vec<Vec<Value>> =
            serde_json::from_value(run["results"].take()).map_err(|error| error.to_string())?;
        if run["finished"] == true {
            return Ok(results);
        }
        let now_ended: usize = results.iter().map(Vec::len).sum();
        if now_ended > ended {
            (ended, since) = (now_ended, Instant::now());
        } else if since.elapsed() > PATIENCE {
            let pending = cases.iter().zip(&results).filter_map(|(case, results)| {
                let request = case.fetches.get(results.len())?;
                Some(format!("{} {} ({})", request.method, request.url, case.kind))
            });
            let pending: Vec<String> = pending.take(lanes).collect();
            return Err(format!("no fetch has ended for {PATIENCE:?}, pending: {}", pending.join(", ")));
        }
        run = page.try_run(WAIT)?;
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

/// In JavaScript, each byte of a header is a character.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Whether a fetch ended with a network error. Other errors are thrown because of the arguments.
fn is_network_error(result: &Value) -> bool {
    let messages = ["Failed to fetch", "NetworkError when attempting to fetch resource.", "Load failed"];
    result["error"].as_str().is_some_and(|error| messages.iter().any(|message| error.contains(message)))
}

fn observe(
    engine: Engine,
    case: &Case,
    results: &[Value],
    received: &[Received],
    failures: &[Failure],
) -> Observation {
    let blocked = results.iter().filter(|result| is_network_error(result)).count();
    let mut outcomes = Vec::new();
    for (index, result) in results.iter().enumerate() {
        if let Some(status) = result["status"].as_u64() {
            let headers = result["headers"].as_array().expect("a list").iter().map(header).collect();
            outcomes.push(Outcome::Reads(u16::try_from(status).expect("a status"), headers));
            continue;
        }
        let before = results[..index].iter().filter(|result| is_network_error(result));
        let failure = match engine {
            _ if !is_network_error(result) => None,
            // The failures of one URL are in the order of its fetches.
            Engine::Chromium => {
                let url = without_fragment(&case.fetches[index].url);
                let is_same = |(before, _): &(&Request, &Value)| without_fragment(&before.url) == url;
                let earlier = case.fetches.iter().zip(&results[..index]).filter(is_same);
                let earlier = earlier.filter(|(_, result)| is_network_error(result)).count();
                failures.iter().filter(|failure| without_fragment(&failure.url) == url).nth(earlier)
            }
            // Firefox names the URL after redirects, so failures are assigned by their order if none is missing.
            // It may report several reasons for one fetch, of which the first is meant.
            _ if blocked == 1 => failures.first(),
            _ => failures.get(before.count()).filter(|_| failures.len() == blocked),
        };
        outcomes.push(match failure {
            _ if !is_network_error(result) => Outcome::Blocked(Some("throws".to_owned()), BTreeSet::new()),
            Some(failure) => Outcome::Blocked(
                reasons::seen(engine, &failure.reason),
                failure.parameter.iter().filter(|parameter| !parameter.is_empty()).cloned().collect(),
            ),
            None => Outcome::Blocked(None, BTreeSet::new()),
        });
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

fn sent(case: &Case, request: &Received, compared: &BTreeSet<String>) -> Sent {
    let mut headers = by_name(&request.headers, compared);
    // Headers that the browser adds do not belong to the page.
    let joined = case.fetches.iter().map(|fetch| by_name(&fetch.headers, compared));
    let lines = case.fetches.iter().flat_map(|fetch| &fetch.headers);
    let lines = lines.map(|line| by_name(std::slice::from_ref(line), compared));
    let pages: Vec<_> = joined.chain(lines).collect();
    // WebKit sends UTF-8.
    let utf8 = |value: &Vec<u8>| latin1(value).into_bytes();
    let is_pages = |name: &str, value: &Vec<u8>| {
        pages.iter().filter_map(|headers| headers.get(name)).any(|set| set == value || utf8(set) == *value)
    };
    headers.retain(|name, value| !OWN.contains(&name.as_str()) || is_pages(name, value));
    let cookies = request.header("cookie").is_some_and(|value| value == b"seen=1");
    Sent { method: request.method.clone(), url: request.url.clone(), headers, cookies }
}

/// Headers that browsers add, which are compared only if the page set them to the same value.
const OWN: [&str; 12] = [
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "cookie",
    "host",
    "pragma",
    "priority",
    "referer",
    "sec-fetch-mode",
    "user-agent",
];
