//! What the model predicts for a case.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cors_core::browser::{
    Engine, HttpRequest, Preflight, PreflightCache, Quirks, Reason, Response, Step, Verdict, fetch,
};

use crate::case::{Case, Script};
use crate::observation::{Observation, Outcome, Sent};
use crate::reasons;

/// Runs a case in the model. No time passes: a real case takes less than the five seconds for which a cache keeps
/// everything.
pub(crate) fn run(case: &Case, engine: Engine, quirks: Quirks) -> Observation {
    let mut script = Script::new(case);
    let mut cache = PreflightCache::new(quirks);
    let mut seen = Observation::default();
    let now = Duration::ZERO;
    let compared = compared_names(case);
    for request in &case.fetches {
        // The cookie is not `SameSite=None`. Only WebKit sends it for a sandboxed page.
        let has_cookies = request.origin != "null" || engine == Engine::WebKit;
        let mut missing = BTreeSet::new();
        let mut in_preflight = false;
        let mut step = fetch(request.clone(), &mut cache, now);
        seen.outcomes.push(loop {
            step = match step {
                Step::Preflight(preflight) => {
                    if script.has(&preflight.request().url) {
                        seen.wire.push(sent(preflight.request(), &compared, has_cookies));
                    }
                    in_preflight = true;
                    let answer = script.answer(&preflight.request().url, true);
                    missing = missing_headers(&preflight, &answer, &cache);
                    preflight.answer(&answer, &mut cache, now)
                }
                Step::Send(actual) => {
                    // The server records requests for the URLs of the case only.
                    if script.has(&actual.request().url) {
                        seen.wire.push(sent(actual.request(), &compared, has_cookies));
                    }
                    in_preflight = false;
                    let answer = script.answer(&actual.request().url, false);
                    actual.answer(&answer, &mut cache, now)
                }
                Step::Done(Verdict::Readable { status, headers }) => break Outcome::Reads(status, headers),
                Step::Done(Verdict::Blocked(blocked)) => {
                    let any = match blocked.reason {
                        Reason::HeaderDisallowedByPreflightResponse => missing,
                        reason => parameter(reason, blocked.parameter),
                    };
                    let words = reasons::expected(engine, blocked.reason, in_preflight);
                    break Outcome::Blocked(Some(words.to_owned()), any);
                }
            };
        });
    }
    seen
}

/// The headers that an answer to a preflight does not allow: those without which it fails even if it allows all others.
fn missing_headers(preflight: &Preflight, answer: &Response, cache: &PreflightCache) -> BTreeSet<String> {
    let asked = preflight.request().headers.iter().find(|(name, _)| name == "Access-Control-Request-Headers");
    let asked = asked.map(|(_, value)| String::from_utf8_lossy(value)).unwrap_or_default();
    let names: Vec<&str> = asked.split(',').filter(|name| !name.is_empty()).collect();
    let allowed =
        answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("access-control-allow-headers"));
    let allowed: Vec<String> =
        allowed.map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase()).collect();
    let is_listed =
        |name: &str| allowed.iter().any(|line| line.split(',').any(|listed| listed.trim() == name));
    let is_missing = |name: &&&str| {
        if is_listed(name) {
            return false;
        }
        // A header with the name `*` can be missing too. If it were allowed, it would be a wildcard.
        let others: Vec<&str> =
            names.iter().copied().filter(|other| other != *name && *other != "*").collect();
        let answer = answer.clone().header("Access-Control-Allow-Headers", others.join(","));
        let step = preflight.clone().answer(&answer, &mut cache.clone(), Duration::ZERO);
        matches!(step, Step::Done(verdict) if verdict.reason() == Some(Reason::HeaderDisallowedByPreflightResponse))
    };
    names.iter().filter(is_missing).map(|name| (*name).to_owned()).collect()
}

/// The headers that CORS adds to a request, and those that the page sets.
pub(crate) fn compared_names(case: &Case) -> BTreeSet<String> {
    let own = ["accept", "origin", "access-control-request-method", "access-control-request-headers"];
    let pages = case.fetches.iter().flat_map(|request| &request.headers);
    own.into_iter().map(str::to_owned).chain(pages.map(|(name, _)| name.to_ascii_lowercase())).collect()
}

/// Header values by name, joined.
pub(crate) fn by_name(lines: &[(String, Vec<u8>)], compared: &BTreeSet<String>) -> BTreeMap<String, Vec<u8>> {
    let mut headers: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, value) in lines {
        let name = name.to_ascii_lowercase();
        if !compared.contains(&name) {
            continue;
        }
        let joined = headers.entry(name).and_modify(|joined| joined.extend(b", ")).or_default();
        joined.extend(value.trim_ascii());
    }
    for (name, value) in &mut headers {
        // The HTTP cache of Chromium rewrites a range. The model has no HTTP cache.
        if name == "range" {
            *value = without_leading_zeros(value).to_ascii_lowercase();
        }
        // On the wire, white space before an empty last element is removed.
        *value = value.trim_ascii_end().to_vec();
    }
    headers
}

fn without_leading_zeros(range: &[u8]) -> Vec<u8> {
    let mut short: Vec<u8> = Vec::new();
    for &byte in range {
        if byte.is_ascii_digit()
            && short.ends_with(b"0")
            && !short.iter().rev().nth(1).is_some_and(u8::is_ascii_digit)
        {
            short.pop();
        }
        short.push(byte);
    }
    short
}

fn sent(request: &HttpRequest, compared: &BTreeSet<String>, has_cookies: bool) -> Sent {
    Sent {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: by_name(&request.headers, compared),
        cookies: request.credentials && has_cookies,
    }
}

/// What an error is about, as Chromium reports it. It reports nothing for some reasons, and for invalid UTF-8.
fn parameter(reason: Reason, parameter: String) -> BTreeSet<String> {
    let is_reported = reason.chromium_name().is_some()
        && reason != Reason::RedirectToDisabledScheme
        && !parameter.is_empty()
        && !parameter.contains(char::REPLACEMENT_CHARACTER);
    is_reported.then_some(parameter).into_iter().collect()
}
