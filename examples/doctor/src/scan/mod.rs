//! Mistakes beyond one request: the answers of the server to other origins, and the effect of caches.

use std::time::Duration;

use cors_core::browser::{self, Engine, PreflightCache, Request, Step, is_safelisted_method};
use reqwest::Url;

use crate::client::Unreachable;
use crate::exchanges::{Exchange, Exchanges};

mod caches;
pub mod finding;
mod grants;
mod origins;
mod preflights;
mod strangers;

use finding::{Finding, Level};
use strangers::{Kind, strangers};

/// A request that the scan made, and the number of its exchange.
struct Asked {
    number: usize,
    /// The step in which an engine waits for the answer.
    step: Step,
}

/// The answers to one origin.
struct Probe {
    /// `None` for the origin that should be trusted.
    kind: Option<Kind>,
    origin: String,
    /// A `GET`, or a `HEAD` if the page uses it. `None` at the server's own origin.
    read: Option<Asked>,
    /// A preflight for the page's request, or for a `PUT` if the page's request needs no preflight.
    preflight: Option<Asked>,
}

/// All requests of a scan.
struct Probes<'a> {
    /// The trusted origin comes first.
    probes: Vec<Probe>,
    /// A request from one of the server's own pages, which has no `Origin`.
    own: Option<Asked>,
    /// A preflight of the made-up origin that asks for a method.
    method: Option<Asked>,
    /// A preflight of the made-up origin that asks for a made-up header.
    header: Option<Asked>,
    exchanges: &'a [Exchange],
}

/// Sends requests from several origins, with `GET`, `HEAD` and `OPTIONS` only, and reports mistakes in the answers.
pub fn scan(request: &Request, exchanges: &mut Exchanges<'_>) -> Result<Vec<Finding>, Unreachable> {
    let asks_for_head = browser::normalize_method(&request.method) == "HEAD";
    let read = Request::new("", &request.url).method(if asks_for_head { "HEAD" } else { "GET" });
    let method = browser::normalize_method(&request.method);
    let method = if is_safelisted_method(method) { "PUT" } else { method };
    let mut preflighted = request.clone().method(method);

    let mut origins = vec![(None, request.origin.clone())];
    origins.extend(
        strangers(&request.origin).into_iter().map(|stranger| (Some(stranger.kind), stranger.origin)),
    );
    let mut probes = Vec::new();
    for (kind, origin) in origins {
        let read = ask(&read, &origin, exchanges)?;
        let preflight = ask(&preflighted, &origin, exchanges)?;
        probes.push(Probe { kind, origin, read, preflight });
    }
    preflighted.headers.clear();
    let made_up =
        probes.iter().find(|probe| probe.kind == Some(Kind::MadeUp)).map(|probe| probe.origin.clone());
    let made_up = made_up.unwrap_or_default();
    let method = ask(&preflighted, &made_up, exchanges)?;
    let header = ask(&read.clone().method("GET").header("x-cors-doctor", "1"), &made_up, exchanges)?;
    let own = match Url::parse(&request.url) {
        Ok(url) => ask_as_anyone(&read, &url.origin().ascii_serialization(), exchanges)?,
        Err(_) => None,
    };

    let probes = Probes { probes, own, method, header, exchanges: exchanges.all() };
    let mut findings = origins::findings(&probes);
    findings.extend(caches::findings(&probes));
    findings.extend(preflights::findings(&probes));
    findings.extend(grants::findings(&probes));
    findings.sort_by_key(|finding| finding.level != Level::Hole);
    Ok(findings)
}

/// Sends what an engine sends first for this request of a page at `origin`. `None` if the page is at the server's own
/// origin, because CORS does not apply there.
fn ask(request: &Request, origin: &str, exchanges: &mut Exchanges<'_>) -> Result<Option<Asked>, Unreachable> {
    let is_own = Url::parse(&request.url).is_ok_and(|url| url.origin().ascii_serialization() == origin);
    if is_own { Ok(None) } else { ask_as_anyone(request, origin, exchanges) }
}

fn ask_as_anyone(
    request: &Request,
    origin: &str,
    exchanges: &mut Exchanges<'_>,
) -> Result<Option<Asked>, Unreachable> {
    let request = Request { origin: origin.to_owned(), ..request.clone() };
    let step = browser::fetch(request, &mut PreflightCache::new(Engine::Chromium), Duration::ZERO);
    let message = match &step {
        Step::Preflight(preflight) => preflight.request(),
        Step::Send(actual) if matches!(&*actual.request().method, "GET" | "HEAD") => actual.request(),
        Step::Send(_) | Step::Done(_) => return Ok(None),
    };
    let number = exchanges.ask(message, &[])?;
    Ok(Some(Asked { number, step }))
}

impl<'a> Probes<'a> {
    fn exchange(&self, number: usize) -> &'a Exchange {
        &self.exchanges[number]
    }

    /// The answers to the trusted origin.
    fn trusted(&self) -> &Probe {
        &self.probes[0]
    }

    fn answer(&self, asked: &Asked) -> &'a Exchange {
        self.exchange(asked.number)
    }

    /// What an engine does after the answer.
    fn next(&self, asked: &Asked) -> Step {
        let response = &self.answer(asked).answer.response;
        let mut cache = PreflightCache::new(Engine::Chromium);
        match asked.step.clone() {
            Step::Preflight(preflight) => preflight.answer(response, &mut cache, Duration::ZERO),
            Step::Send(actual) => actual.answer(response, &mut cache, Duration::ZERO),
            done @ Step::Done(_) => done,
        }
    }

    /// The numbers of all exchanges of the scan, each once.
    fn numbers(&self) -> Vec<usize> {
        let probes = self.probes.iter().flat_map(|probe| [&probe.read, &probe.preflight]);
        let asked = probes.chain([&self.own, &self.method, &self.header]).flatten();
        let mut numbers: Vec<usize> = asked.map(|asked| asked.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}
