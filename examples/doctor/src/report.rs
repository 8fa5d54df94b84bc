//! The report for people.

use std::fmt::{self, Write};

use cors_core::browser::{self, Blocked};

use crate::arguments::Arguments;
use crate::client::Unreachable;
use crate::diagnosis::{Diagnosis, Verdict};
use crate::exchanges::Exchange;
use crate::scan::finding::Finding;
use crate::text::{Marked, escape};
use crate::{Examination, fault, remedy};

/// The exchanges of the request, how each engine handles them, and the findings of a scan. Without an examination,
/// only the exchanges before the one that failed.
pub fn report(arguments: &Arguments, exchanges: &[Exchange], examination: Option<&Examination>) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut out, arguments, exchanges, examination);
    out
}

/// The reason why there is no examination.
pub fn unreachable(unreachable: &Unreachable) -> String {
    let help =
        if unreachable.help.is_empty() { String::new() } else { format!("  help: {}\n", unreachable.help) };
    format!("error: {}\n{help}", escape(unreachable.to_string().as_bytes()))
}

fn write(
    out: &mut String,
    arguments: &Arguments,
    exchanges: &[Exchange],
    examination: Option<&Examination>,
) -> fmt::Result {
    for (number, exchange) in exchanges.iter().enumerate() {
        // The exchanges of a scan are shown with the findings about them.
        let is_shown = |examination: &Examination| {
            examination.diagnoses.iter().any(|diagnosis| diagnosis.exchanges.contains(&number))
        };
        if examination.is_none_or(is_shown) {
            write_exchange(out, number, exchange)?;
        }
    }
    let Some(Examination { diagnoses, findings }) = examination else { return Ok(()) };
    let dropped = arguments.dropped().join(", ");
    if !dropped.is_empty() {
        writeln!(out, "Browsers leave out what no page can set: {}.\n", escape(dropped.as_bytes()))?;
    }
    write_diagnoses(out, exchanges, diagnoses)?;
    write_policy(out, arguments)?;
    if let Some(findings) = findings {
        write_findings(out, exchanges, findings)?;
    }
    Ok(())
}

/// The request with `>` and the answer with `<`, as curl shows them.
fn write_exchange(out: &mut String, number: usize, exchange: &Exchange) -> fmt::Result {
    let Exchange { request, answer } = exchange;
    let took = answer.took.as_millis();
    writeln!(
        out,
        "{}. {} {} ({took} ms)",
        number + 1,
        escape(request.method.as_bytes()),
        escape(request.url.as_bytes())
    )?;
    for (name, value) in &request.headers {
        writeln!(out, "   > {}: {}", escape(name.as_bytes()), escape(value))?;
    }
    if request.credentials {
        writeln!(out, "   > (and here the browser would send its cookies)")?;
    }
    writeln!(out, "   < {}", fault::status_line(exchange).text())?;
    for (name, value) in &answer.response.headers {
        writeln!(out, "   < {}: {}", escape(name.as_bytes()), escape(value))?;
    }
    writeln!(out)
}

/// The verdicts of the engines. Engines with the same verdict share a paragraph.
fn write_diagnoses(out: &mut String, exchanges: &[Exchange], diagnoses: &[Diagnosis]) -> fmt::Result {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for diagnosis in diagnoses {
        let mut text = String::new();
        write_verdict(&mut text, exchanges, diagnosis)?;
        match groups.iter_mut().find(|(other, _)| *other == text) {
            Some((_, names)) => names.push(diagnosis.engine.to_string()),
            None => groups.push((text, vec![diagnosis.engine.to_string()])),
        }
    }
    for (text, names) in groups {
        writeln!(out, "{}: {text}", names.join(", "))?;
    }
    let kept = diagnoses.iter().filter_map(|diagnosis| {
        let headers = &exchanges[diagnosis.granted?].answer.response.headers;
        let seconds = browser::max_age(headers, diagnosis.engine).as_secs();
        Some(format!("{} {seconds} s", diagnosis.engine))
    });
    let kept = kept.collect::<Vec<_>>().join(", ");
    if !kept.is_empty() {
        writeln!(out, "The answer to the preflight is kept by {kept}.\n")?;
    }
    Ok(())
}

fn write_verdict(out: &mut String, exchanges: &[Exchange], diagnosis: &Diagnosis) -> fmt::Result {
    match &diagnosis.verdict {
        Verdict::Readable { status, headers } => {
            writeln!(out, "allowed")?;
            let headers = if headers.is_empty() { "no header".to_owned() } else { headers.join(", ") };
            writeln!(out, "  The page can read the status {status} and {}.", escape(headers.as_bytes()))
        }
        Verdict::Granted => {
            writeln!(out, "allowed by the preflight")?;
            writeln!(
                out,
                "  The request itself was not sent, because it may change something: --send sends it."
            )
        }
        Verdict::SentUnasked => {
            writeln!(out, "allowed without a preflight")?;
            writeln!(
                out,
                "  The request was not sent, because it may change something. Only --send shows whether the page can read \
                 the response."
            )
        }
        Verdict::MixedContent(url) => {
            writeln!(out, "blocked (mixed content)")?;
            writeln!(
                out,
                "  A page over https cannot ask for {}: serve it over https.",
                escape(url.as_bytes())
            )
        }
        Verdict::Blocked(blocked) => write_blocked(out, exchanges, diagnosis, blocked),
    }
}

fn write_blocked(
    out: &mut String,
    exchanges: &[Exchange],
    diagnosis: &Diagnosis,
    blocked: &Blocked,
) -> fmt::Result {
    writeln!(out, "blocked ({:?})", blocked.reason)?;
    writeln!(out, "  {}", escape(blocked.to_string().as_bytes()))?;
    if let Some(&number) = diagnosis.exchanges.last() {
        let fault = fault::find(blocked, &exchanges[number]);
        if fault.lines.is_empty() {
            writeln!(out, "  A line is missing in answer {}.", number + 1)?;
        } else {
            writeln!(out, "  In answer {}:", number + 1)?;
            write_lines(out, &fault.lines)?;
        }
        if !fault.expected.is_empty() {
            writeln!(out, "  It should be:")?;
            for line in &fault.expected {
                writeln!(out, "    {}", escape(line.as_bytes()))?;
            }
        }
    }
    let last = diagnosis.exchanges.last().map(|&number| &exchanges[number]);
    writeln!(out, "  In this library: {}", escape_own(&remedy::key(blocked, last)))
}

fn write_lines(out: &mut String, lines: &[Marked]) -> fmt::Result {
    for line in lines {
        writeln!(out, "    {}\n    {}", line.text(), line.carets())?;
    }
    Ok(())
}

fn write_policy(out: &mut String, arguments: &Arguments) -> fmt::Result {
    match remedy::policy(&arguments.request()) {
        Ok(policy) => {
            writeln!(out, "A policy of this library that allows the request:")?;
            writeln!(out, "  policy! {{ {policy} }}")
        }
        Err(violations) => {
            writeln!(out, "No policy of this library allows the request without an exception from a rule:")?;
            for violation in &violations {
                writeln!(out, "  {}", escape(violation.to_string().as_bytes()))?;
            }
            Ok(())
        }
    }
}

fn write_findings(out: &mut String, exchanges: &[Exchange], findings: &[Finding]) -> fmt::Result {
    let requests = exchanges.len();
    writeln!(
        out,
        "\nThe scan sent {requests} requests in all and found {}.",
        match findings.len() {
            0 => "no mistakes".to_owned(),
            1 => "one mistake".to_owned(),
            count => format!("{count} mistakes"),
        }
    )?;
    for finding in findings {
        let Finding { code, level, message, help, exchange, lines } = finding;
        writeln!(out, "\n{}: {} [{code}]", level.name(), escape(message.as_bytes()))?;
        let request = &exchanges[*exchange].request;
        let origin = request.headers.iter().find(|(name, _)| name == "Origin");
        let origin =
            origin.map_or("without an Origin".to_owned(), |(_, origin)| format!("from {}", escape(origin)));
        writeln!(out, "  {} {} {origin}", escape(request.method.as_bytes()), escape(request.url.as_bytes()))?;
        write_lines(out, lines)?;
        writeln!(out, "  help: {}", escape_own(help))?;
    }
    Ok(())
}

/// Escapes text of this program, which may be more than ASCII, with values that come from outside.
fn escape_own(text: &str) -> String {
    text.chars().map(|c| if c == '…' { c.to_string() } else { escape_char(c) }).collect()
}

fn escape_char(c: char) -> String {
    match c {
        ' '..='~' => c.to_string(),
        _ => escape(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}
