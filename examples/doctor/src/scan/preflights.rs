//! Answers to preflights that browsers cannot use, or do not use as intended.

use cors_core::Key;
use cors_core::browser::{self, Engine, Reason, Step, Verdict};

use super::finding::{Finding, Level};
use super::{Asked, Probes};
use crate::exchanges::Exchange;
use crate::fault::{marked, status_line};

const MAX_AGE: &str = "access-control-max-age";

pub fn findings(probes: &Probes<'_>) -> Vec<Finding> {
    let mut findings = duplicated(probes);
    if let Some(asked) = &probes.trusted().preflight {
        let exchange = probes.answer(asked);
        findings.extend(redirected(asked, probes));
        findings.extend(authentication(asked.number, exchange));
        findings.extend(max_age(asked.number, exchange));
    }
    findings
}

/// Headers that must have one value but have several lines.
fn duplicated(probes: &Probes<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in ["access-control-allow-origin", "access-control-allow-credentials", MAX_AGE] {
        let is_repeated = |number: &usize| probes.exchange(*number).lines(name).count() > 1;
        let Some(number) = probes.numbers().into_iter().find(is_repeated) else { continue };
        findings.push(Finding {
            code: "header-duplicated",
            level: Level::Warning,
            message: format!(
                "The server sends `{name}` more than once, and a browser reads the lines as one wrong value. Often the \
                 application and a proxy both add it."
            ),
            help: "set the headers of CORS in one place only".to_owned(),
            exchange: number,
            lines: marked(probes.exchange(number), name, |value| 0..value.len()),
        });
    }
    findings
}

fn redirected(asked: &Asked, probes: &Probes<'_>) -> Option<Finding> {
    let Step::Done(Verdict::Blocked(blocked)) = probes.next(asked) else { return None };
    if blocked.reason != Reason::PreflightDisallowedRedirect {
        return None;
    }
    let exchange = probes.answer(asked);
    let mut lines = vec![status_line(exchange)];
    lines.extend(marked(exchange, "location", |value| 0..value.len()));
    Some(Finding {
        code: "preflight-redirected",
        level: Level::Warning,
        message: "The server redirects the preflight, and no browser follows it: every request that needs a preflight is \
                  blocked."
            .to_owned(),
        help: "ask for the URL to which it redirects, or answer preflights before redirecting".to_owned(),
        exchange: asked.number,
        lines,
    })
}

fn authentication(number: usize, exchange: &Exchange) -> Option<Finding> {
    let asks = exchange.lines("www-authenticate").next().is_some();
    if !asks && !matches!(exchange.answer.response.status, 401 | 407) {
        return None;
    }
    let mut lines = vec![status_line(exchange)];
    lines.extend(marked(exchange, "www-authenticate", |value| 0..value.len()));
    Some(Finding {
        code: "preflight-authentication",
        level: Level::Warning,
        message: "The server asks the preflight for authentication. A preflight never has credentials, so every request \
                  that needs a preflight is blocked."
            .to_owned(),
        help: "let CORS answer before the authentication; this library has `skip_preflight(…)` for it".to_owned(),
        exchange: number,
        lines,
    })
}

fn max_age(number: usize, exchange: &Exchange) -> Option<Finding> {
    let headers = &exchange.answer.response.headers;
    let value = String::from_utf8_lossy(exchange.lines(MAX_AGE).next()?).into_owned();
    let kept = Engine::BROWSERS.map(|engine| browser::max_age(headers, engine).as_secs());
    // A negative number means that the answer is not cached.
    let asked = value.trim().parse::<i128>().ok().map(|seconds| seconds.max(0));
    if kept.iter().any(|&kept| Some(i128::from(kept)) == asked) {
        return None;
    }
    let kept = Engine::BROWSERS.iter().zip(kept).map(|(engine, kept)| format!("{engine} {kept} s"));
    Some(Finding {
        code: "max-age-ignored",
        level: Level::Warning,
        message: format!(
            "No engine keeps the answer to the preflight for as long as it says: {}.",
            kept.collect::<Vec<_>>().join(", ")
        ),
        help: format!("write a number of seconds, at most 86400: {} = \"2h\"", Key::MaxAge),
        exchange: number,
        lines: marked(exchange, MAX_AGE, |value| 0..value.len()),
    })
}
