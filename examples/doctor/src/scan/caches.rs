//! Answers that depend on the origin but do not list it in `Vary`.

use cors_core::Vary;

use super::Probes;
use super::finding::{Finding, Level};
use crate::exchanges::Exchange;
use crate::fault::marked;

/// The header lines of a response about CORS.
fn grants(exchange: &Exchange) -> Vec<(&str, &[u8])> {
    let headers = exchange.answer.response.headers.iter();
    let mut lines: Vec<_> = headers
        .filter(|(name, _)| name.starts_with("access-control-"))
        .map(|(name, value)| (name.as_str(), value.as_slice()))
        .collect();
    lines.sort_unstable();
    lines
}

/// Compares the answers to the same `GET`. Answers to preflights are not stored by shared caches:
/// <https://httpwg.org/specs/rfc9110.html#OPTIONS>.
pub fn findings(probes: &Probes<'_>) -> Option<Finding> {
    let asked = probes.probes.iter().filter_map(|probe| probe.read.as_ref()).chain(&probes.own);
    let answers: Vec<_> = asked.map(|asked| (asked.number, probes.answer(asked))).collect();
    let (_, first) = answers.first()?;
    if answers.iter().all(|(_, exchange)| grants(exchange) == grants(first)) {
        return None;
    }
    let (number, exchange) =
        answers.iter().find(|(_, exchange)| !exchange.lines("vary").any(Vary::has_origin))?;
    let origin = exchange.request.headers.iter().find(|(name, _)| name == "Origin");
    let asked = match origin {
        Some((_, origin)) => format!("to {}", String::from_utf8_lossy(origin)),
        None => "to a request without an `Origin`".to_owned(),
    };
    Some(Finding {
        code: "vary-missing",
        level: Level::Hole,
        message: format!(
            "The answers depend on the origin, and the answer {asked} does not say so in `Vary`: a cache may give the \
             answer for one origin to another one."
        ),
        help: "send `Vary: Origin` with every answer, also without an `Origin` and to origins that are not allowed; \
               this library does so by itself"
            .to_owned(),
        exchange: *number,
        lines: marked(exchange, "vary", |value| 0..value.len())
            .into_iter()
            .chain(marked(exchange, "access-control-allow-origin", |value| 0..value.len()))
            .collect(),
    })
}
