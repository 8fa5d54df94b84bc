//! A case on which the model and a browser disagree, as a test of the model.

use std::fmt;

use cors_core::browser::{CredentialsMode, Engine, Quirks, Request, Response};

use crate::case::{Case, Endpoint};
use crate::observation::{Observation, Outcome};

pub(crate) struct Disagreement<'a> {
    pub(crate) case: &'a Case,
    pub(crate) engine: Engine,
    pub(crate) quirks: Quirks,
    pub(crate) expected: &'a Observation,
    pub(crate) seen: &'a Observation,
}

/// The output can be pasted into `cors-core/src/browser/tests.rs`.
impl fmt::Display for Disagreement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, engine, quirks, expected, seen } = self;
        writeln!(f, "{}: the model and {engine} disagree\n", case.kind)?;
        writeln!(f, "#[test]\nfn agrees_with_a_browser() {{")?;
        write_script(f, &case.endpoints)?;
        let covers = quirks.wildcard_covers_authorization;
        writeln!(f, "    let quirks = Engine::{engine:?}.quirks();")?;
        writeln!(f, "    let quirks = Quirks {{ wildcard_covers_authorization: {covers}, ..quirks }};")?;
        writeln!(f, "    let mut cache = PreflightCache::new(quirks);")?;
        writeln!(f, "    let mut sent = Vec::new();")?;
        for (request, outcome) in case.fetches.iter().zip(&seen.outcomes) {
            write_request(f, request)?;
            writeln!(f, "    let (wire, verdict) = run(&mut cache, request, &mut serve);")?;
            writeln!(f, "    sent.extend(wire);")?;
            write_outcome(f, outcome)?;
        }
        writeln!(f, "    assert_eq!(\n        sent,\n        [")?;
        for request in &seen.wire {
            let origin =
                request.headers.get("origin").map_or("-".into(), |origin| String::from_utf8_lossy(origin));
            writeln!(f, "            {:?},", format!("{} {} {origin}", request.method, request.url))?;
        }
        writeln!(f, "        ]\n    );\n}}\n")?;
        writeln!(f, "  The model:\n{expected}\n  {engine}:\n{seen}")
    }
}

fn write_script(f: &mut fmt::Formatter<'_>, endpoints: &[Endpoint]) -> fmt::Result {
    writeln!(
        f,
        "    // URL, answers to preflights, answers to others: the last of each is for all that follow."
    )?;
    writeln!(f, "    let mut script: Vec<(&str, Vec<Response>, Vec<Response>)> = vec![")?;
    for Endpoint { url, preflights, actuals } in endpoints {
        writeln!(f, "        (\n            {url:?},")?;
        for answers in [preflights, actuals] {
            writeln!(f, "            vec![")?;
            for Response { status, headers } in answers {
                write!(f, "                Response::new({status})")?;
                write_headers(f, headers)?;
                writeln!(f, ",")?;
            }
            writeln!(f, "            ],")?;
        }
        writeln!(f, "        ),")?;
    }
    writeln!(f, "    ];")?;
    writeln!(f, "    let mut serve = |request: &HttpRequest| {{")?;
    writeln!(f, "        let asks = get(&request.headers, \"access-control-request-method\").is_some();")?;
    writeln!(
        f,
        "        let (_, preflights, actuals) = script.iter_mut().find(|(url, ..)| *url == request.url).unwrap();"
    )?;
    writeln!(f, "        let answers = if asks {{ preflights }} else {{ actuals }};")?;
    writeln!(f, "        if answers.len() > 1 {{ answers.remove(0) }} else {{ answers[0].clone() }}")?;
    writeln!(f, "    }};")
}

fn write_request(f: &mut fmt::Formatter<'_>, request: &Request) -> fmt::Result {
    let Request { origin, url, method, headers, credentials } = request;
    write!(f, "    let request = Request::new({origin:?}, {url:?}).method({method:?})")?;
    write_headers(f, headers)?;
    if *credentials != CredentialsMode::default() {
        write!(f, ".credentials({credentials:?})")?;
    }
    writeln!(f, ";")
}

/// Writes what the browser did as an assertion.
fn write_outcome(f: &mut fmt::Formatter<'_>, outcome: &Outcome) -> fmt::Result {
    match outcome {
        Outcome::Reads(status, headers) => {
            write!(
                f,
                "    assert_eq!(\n        verdict,\n        Verdict::Readable {{ status: {status}, headers: vec!["
            )?;
            for (name, value) in headers {
                write!(f, "({name:?}.to_owned(), b\"{}\".to_vec()), ", value.escape_ascii())?;
            }
            writeln!(f, "] }}\n    );")
        }
        Outcome::Blocked(..) => {
            writeln!(f, "    assert!(verdict.reason().is_some());")?;
            writeln!(f, "    // The browser: {outcome:?}")
        }
    }
}

fn write_headers(f: &mut fmt::Formatter<'_>, headers: &[(String, Vec<u8>)]) -> fmt::Result {
    for (name, value) in headers {
        match std::str::from_utf8(value) {
            Ok(text) => write!(f, ".header({name:?}, {text:?})")?,
            Err(_) => write!(f, ".header({name:?}, b\"{}\".to_vec())", value.escape_ascii())?,
        }
    }
    Ok(())
}
