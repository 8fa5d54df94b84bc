//! Explains what happened: why there was a preflight, what the policy decided, and what would have to change.

use cors_core::browser::{
    self, Engine, Reason, is_forbidden_request_header, is_safelisted_method, normalize_method,
    unsafe_request_header_names,
};
use cors_core::{Decision, preflight_method};
use serde::Serialize;

use super::browsers::Prediction;
use super::experiments::{Exchange, Seen};
use crate::Places;

#[derive(Serialize)]
pub struct Explanation {
    preflight: Preflight,
    exchanges: Vec<Shown>,
    /// What to change so that the page can read the response.
    remedy: Option<String>,
    /// What else the answer to the preflight grants until it is no longer cached.
    granted: Option<Granted>,
    /// The headers that the browser removes, because pages cannot set them.
    dropped: Vec<String>,
    predictions: Vec<Prediction>,
}

#[derive(Serialize)]
struct Preflight {
    what: &'static str,
    /// The reasons for the preflight.
    because: Vec<String>,
}

#[derive(Serialize)]
struct Granted {
    methods: String,
    headers: String,
}

/// An exchange for the page.
#[derive(Serialize)]
struct Shown {
    is_preflight: bool,
    method: String,
    target: String,
    headers: Vec<Line>,
    decision: &'static str,
    meaning: &'static str,
    refusal: Option<ShownRefusal>,
    status: u16,
    response_headers: Vec<Line>,
    curl: String,
}

#[derive(Serialize)]
struct ShownRefusal {
    code: &'static str,
    text: String,
    remedy: String,
}

#[derive(Serialize)]
struct Line {
    name: String,
    value: String,
    /// Whether it is part of the CORS protocol.
    cors: bool,
}

/// Everything that the page shows about one click on "Send".
pub fn explain(
    places: &Places,
    seen: &Seen,
    wanted: &browser::Request,
    body: Option<&str>,
    mut predictions: Vec<Prediction>,
    this_engine: Option<Engine>,
) -> Explanation {
    // An unknown browser counts as one that follows the standard, with the console messages of Chromium.
    let engine = this_engine.unwrap_or(Engine::Standard);
    let mut reason = predictions.first().and_then(|prediction| prediction.reason);
    for (other, prediction) in Engine::BROWSERS.into_iter().zip(&mut predictions) {
        if this_engine == Some(other) {
            prediction.is_this = true;
            reason = prediction.reason;
        }
    }
    let (dropped, sent): (Vec<_>, Vec<_>) = wanted
        .headers
        .iter()
        .cloned()
        .partition(|(name, value)| is_forbidden_request_header(name, value, engine));
    let exchanges: Vec<Shown> =
        seen.exchanges.iter().map(|exchange| shown(places, seen, exchange, wanted, body)).collect();
    let remedy = exchanges.iter().find_map(|exchange| Some(exchange.refusal.as_ref()?.remedy.clone()));
    let answered = exchanges.iter().find(|exchange| exchange.is_preflight && exchange.status < 300);
    Explanation {
        preflight: preflight(&exchanges, wanted, &sent, engine),
        remedy: remedy.or_else(|| credentials_remedy(reason?).map(str::to_owned)),
        granted: answered.map(|exchange| Granted {
            methods: value(&exchange.response_headers, "access-control-allow-methods"),
            headers: value(&exchange.response_headers, "access-control-allow-headers"),
        }),
        dropped: dropped.into_iter().map(|(name, _)| name).collect(),
        exchanges,
        predictions,
    }
}

fn preflight(
    exchanges: &[Shown],
    wanted: &browser::Request,
    headers: &[(String, Vec<u8>)],
    engine: Engine,
) -> Preflight {
    let method = normalize_method(&wanted.method);
    let mut because = Vec::new();
    if !is_safelisted_method(method) {
        because.push(format!("the method `{method}`: only `GET`, `HEAD` and `POST` are CORS-safelisted"));
    }
    for name in unsafe_request_header_names(headers, engine) {
        let value = headers.iter().find(|line| line.0.eq_ignore_ascii_case(&name)).map(|line| text(&line.1));
        let value = value.unwrap_or_default();
        let value: String = value.chars().take(80).collect();
        because.push(format!("the header `{name}: {value}`, which is not CORS-safelisted"));
    }
    let what = if exchanges.iter().any(|exchange| exchange.is_preflight) {
        "The browser sent a preflight first. The reasons:"
    } else if exchanges.is_empty() {
        "No request reached the server."
    } else if because.is_empty() {
        "The browser sent no preflight: the method and every header are CORS-safelisted."
    } else {
        "The browser sent no preflight, because it has the answer to an earlier one in its cache. The \
         reasons for a preflight:"
    };
    Preflight { what, because }
}

fn shown(
    places: &Places,
    seen: &Seen,
    exchange: &Exchange,
    wanted: &browser::Request,
    body: Option<&str>,
) -> Shown {
    let decision = seen.policy.decide(exchange);
    let refusal = match decision {
        Decision::PreflightGranted => seen.policy.missing_grant(exchange),
        _ => seen.policy.refusal(exchange),
    };
    let is_preflight = preflight_method(exchange).is_some();
    Shown {
        is_preflight,
        method: exchange.method.clone(),
        target: exchange.target.clone(),
        headers: shown_lines(&exchange.headers),
        decision: name(decision),
        meaning: meaning(decision),
        refusal: refusal.map(|refusal| seen.policy.explain(refusal, exchange)).map(|explanation| {
            ShownRefusal {
                code: explanation.code(),
                text: explanation.fault().to_owned(),
                remedy: explanation.remedy().to_owned(),
            }
        }),
        status: exchange.status,
        response_headers: shown_lines(&exchange.response_headers),
        curl: curl(&places.api, exchange, wanted, body.filter(|_| !is_preflight)),
    }
}

const fn name(decision: Decision) -> &'static str {
    match decision {
        Decision::NotCors => "Not CORS",
        Decision::PreflightGranted => "Preflight granted",
        Decision::PreflightRefused => "Preflight refused",
        Decision::Granted => "Granted",
        Decision::Refused => "Refused",
        Decision::Blocked => "Blocked",
    }
}

const fn meaning(decision: Decision) -> &'static str {
    match decision {
        Decision::NotCors => "The request has no Origin header. The handler ran.",
        Decision::PreflightGranted => {
            "The policy grants the origin. The response lists what the policy grants, and the browser compares."
        }
        Decision::PreflightRefused => "The policy does not grant this origin. The handler did not run.",
        Decision::Granted => {
            "The policy grants the origin. The handler ran, and the page may read the response."
        }
        Decision::Refused => {
            "The policy does not grant this origin. The handler ran, but the browser does not let the page read the response."
        }
        Decision::Blocked => {
            "The policy does not grant this origin and has `enforce`. The handler did not run."
        }
    }
}

/// The remedy if the policy grants the request but the browser blocks it because of the credentials.
const fn credentials_remedy(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::InvalidAllowCredentials | Reason::PreflightInvalidAllowCredentials => {
            Some("add `credentials = true`, or send the request without credentials")
        }
        Reason::WildcardOriginNotAllowed | Reason::PreflightWildcardOriginNotAllowed => Some(
            "list the origin in `origins` in place of `\"*\"` and add `credentials = true`, or send the request without \
             credentials",
        ),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn shown_lines(lines: &[(String, Vec<u8>)]) -> Vec<Line> {
    let is_cors =
        |name: &str| matches!(name, "origin" | "vary" | "cookie") || name.starts_with("access-control-");
    let line = |(name, value): &(String, Vec<u8>)| Line {
        name: name.clone(),
        value: text(value),
        cors: is_cors(name),
    };
    lines.iter().map(line).collect()
}

fn value(lines: &[Line], name: &str) -> String {
    let values: Vec<&str> = lines.iter().filter(|line| line.name == name).map(|line| &*line.value).collect();
    values.join(", ")
}

/// A command that sends the same request, without the headers that a browser adds by itself.
fn curl(api: &str, exchange: &Exchange, wanted: &browser::Request, body: Option<&str>) -> String {
    let is_shown = |name: &str| {
        matches!(name, "origin" | "cookie")
            || name.starts_with("access-control-request-")
            || wanted.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    };
    let mut command = "curl -i".to_owned();
    match &*exchange.method {
        "GET" => {}
        "HEAD" => command += " --head",
        method => command = format!("{command} -X {}", quoted(method)),
    }
    for (name, value) in exchange.headers.iter().filter(|(name, _)| is_shown(name)) {
        command = format!("{command} -H {}", quoted(&format!("{name}: {}", text(value))));
    }
    if let Some(body) = body {
        command = format!("{command} --data-raw {}", quoted(body));
    }
    format!("{command} {}", quoted(&format!("{api}{}", exchange.target)))
}

/// Quotes text for a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_text_unchanged() {
        for text in ["PUT", "it's", "a b", "", "$(id)", "`id`", "\"", "a\\", "a\nb", "'", "''", "!x", "*"] {
            let output = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {}", quoted(text))])
                .output()
                .expect("a shell");
            assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
