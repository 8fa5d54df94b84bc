//! The report for machines.

use cors_core::browser::{self, HeaderList};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::client::Unreachable;
use crate::diagnosis::{Diagnosis, Verdict};
use crate::exchanges::Exchange;
use crate::scan::finding::Finding;
use crate::text::Marked;
use crate::{Examination, fault, remedy};

/// The report as one JSON document, in ASCII. Bytes from the server outside ASCII become the characters U+0080 to U+00FF.
pub fn document(
    arguments: &Arguments,
    exchanges: &[Exchange],
    examination: &Result<Examination, Unreachable>,
    status: u8,
) -> String {
    let request = arguments.request();
    let mut document = json!({
        "request": {
            "method": request.method,
            "url": request.url,
            "origin": request.origin,
            "headers": headers(&request.headers),
            "credentials": request.credentials == browser::CredentialsMode::Include,
            "dropped_headers": arguments.dropped(),
        },
        "exchanges": exchanges.iter().map(exchange).collect::<Vec<_>>(),
        "exit_status": status,
    });
    match examination {
        Ok(Examination { diagnoses, findings }) => {
            document["engines"] = diagnoses.iter().map(|diagnosis| engine(diagnosis, exchanges)).collect();
            document["policy"] = match remedy::policy(&request) {
                Ok(policy) => json!(policy.to_string()),
                Err(_) => Value::Null,
            };
            if let Some(findings) = findings {
                document["findings"] = findings.iter().map(finding).collect();
            }
        }
        Err(unreachable) => {
            document["error"] = json!({ "message": unreachable.to_string(), "help": unreachable.help });
        }
    }
    ascii(&format!("{document:#}"))
}

fn headers(list: &HeaderList) -> Value {
    list.iter().map(|(name, value)| json!([name, isomorphic(value)])).collect()
}

fn exchange(exchange: &Exchange) -> Value {
    let Exchange { request, answer } = exchange;
    json!({
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": headers(&request.headers),
            "credentials": request.credentials,
        },
        "response": {
            "version": answer.version,
            "status": answer.response.status,
            "headers": headers(&answer.response.headers),
        },
        "milliseconds": u64::try_from(answer.took.as_millis()).unwrap_or(u64::MAX),
    })
}

fn engine(diagnosis: &Diagnosis, exchanges: &[Exchange]) -> Value {
    let kept = diagnosis.granted.map(|number| {
        browser::max_age(&exchanges[number].answer.response.headers, diagnosis.engine).as_secs()
    });
    let mut engine = json!({
        "engine": diagnosis.engine.to_string(),
        "allowed": diagnosis.verdict.is_allowed(),
        "exchanges": diagnosis.exchanges,
        "preflight_kept_seconds": kept,
    });
    match &diagnosis.verdict {
        Verdict::Readable { status, headers } => {
            engine["verdict"] = "readable".into();
            engine["status"] = json!(status);
            engine["readable_headers"] = json!(headers);
        }
        Verdict::Granted => engine["verdict"] = "granted".into(),
        Verdict::SentUnasked => engine["verdict"] = "sent-without-preflight".into(),
        Verdict::MixedContent(url) => {
            engine["verdict"] = "mixed-content".into();
            engine["url"] = json!(url);
        }
        Verdict::Blocked(blocked) => {
            engine["verdict"] = "blocked".into();
            engine["reason"] = format!("{:?}", blocked.reason).into();
            engine["message"] = json!(blocked.to_string());
            let last = diagnosis.exchanges.last().map(|&number| &exchanges[number]);
            engine["help"] = json!(remedy::key(blocked, last));
            if let Some(exchange) = last {
                let fault = fault::find(blocked, exchange);
                engine["lines"] = fault.lines.iter().map(line).collect();
                engine["expected"] = json!(fault.expected);
            }
        }
    }
    engine
}

fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "level": finding.level.name(),
        "message": finding.message,
        "help": finding.help,
        "exchange": finding.exchange,
        "lines": finding.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// Line and marked part with everything but printable ASCII characters as `\xNN`.
fn line(line: &Marked) -> Value {
    json!({ "line": line.text(), "marked": line.marked() })
}

/// <https://infra.spec.whatwg.org/#isomorphic-decode>
fn isomorphic(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// The same JSON without characters that a terminal could interpret. They occur only within strings.
fn ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '\n' | ' '..='~') {
            escaped.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                escaped += &format!("\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_ascii_and_means_the_same() {
        let value = json!({ "a\u{7f}\u{9b}": "é\u{202e}\u{1f600}\u{1b}" });
        let text = ascii(&value.to_string());
        assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
