//! The classes of cases in which a browser and the model are known to disagree, with the reason of each.

use cors_core::browser::Engine;

use crate::case::Case;
use crate::observation::Observation;

pub(crate) struct Exception {
    pub(crate) name: &'static str,
    pub(crate) reason: &'static str,
    engine: Engine,
    /// Whether a disagreement belongs to the class: the case, what the model expects, and what was seen.
    pub(crate) explains: fn(&Case, &Observation, &Observation) -> bool,
}

/// The exceptions of an engine.
pub(crate) fn of(engine: Engine) -> impl Iterator<Item = &'static Exception> {
    EXCEPTIONS.iter().filter(move |exception| exception.engine == engine)
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        name: "new page",
        reason: "a new page forgets the answers to its first two preflights",
        engine: Engine::Firefox,
        explains: |case, expected, seen| case.fetches.len() > 1 && seen.preflights() > expected.preflights(),
    },
    Exception {
        name: "headers about a removed body",
        reason: "after two redirects that could change POST to GET, a preflight asks for headers that are not sent",
        engine: Engine::Firefox,
        explains: |case, _, _| case.fetches[0].method.eq_ignore_ascii_case("POST") && redirects(case) > 1,
    },
    Exception {
        name: "user agent after a redirect",
        reason: "a redirect within the page's own origin replaces the `User-Agent` of the page by that of the browser",
        engine: Engine::WebKit,
        explains: |case, _, _| {
            let headers = &case.fetches[0].headers;
            redirects(case) > 0 && headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent"))
        },
    },
];

fn redirects(case: &Case) -> usize {
    case.endpoints.iter().filter(|endpoint| matches!(endpoint.actuals[0].status, 301..=308)).count()
}
