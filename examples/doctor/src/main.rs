//! Sends a server the requests that a browser would send, and reports how Chromium, Firefox and WebKit handle the
//! answers.
//!
//! ```text
//! cargo run -p cors-examples --bin doctor -- PUT https://api.example.com/items/1 \
//!     --origin https://app.example.com -H content-type:application/json --credentials
//! ```
//!
//! The model of a browser in `cors-core` decides which requests are sent and judges the answers. This program sends
//! the requests and explains the result.

use std::process::ExitCode;

use clap::Parser;
use cors_core::browser::Engine;

mod arguments;
mod client;
mod diagnosis;
mod exchanges;
mod fault;
mod json;
mod remedy;
mod report;
mod scan;
mod text;

use arguments::Arguments;
use client::{Client, Unreachable};
use exchanges::Exchanges;

/// The results of the program.
pub struct Examination {
    diagnoses: Vec<diagnosis::Diagnosis>,
    /// `None` without `--scan`.
    findings: Option<Vec<scan::finding::Finding>>,
}

/// The request is allowed in every engine.
const ALLOWED: u8 = 0;
/// At least one engine blocks the request.
const BLOCKED: u8 = 1;
/// The server could not be asked, or an argument is wrong. It is also clap's status for wrong arguments.
const NOT_ASKED: u8 = 2;
/// `--scan` found a hole.
const HOLE: u8 = 3;

impl Examination {
    fn exit_status(&self) -> u8 {
        let is_hole = |finding: &scan::finding::Finding| finding.level == scan::finding::Level::Hole;
        if self.findings.iter().flatten().any(is_hole) {
            HOLE
        } else if self.diagnoses.iter().any(|diagnosis| !diagnosis.verdict.is_allowed()) {
            BLOCKED
        } else {
            ALLOWED
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let client = arguments.check().and_then(|()| Client::new(&arguments));
    let client = match client {
        Ok(client) => client,
        Err(why) => {
            eprintln!("error: {}", text::escape(why.as_bytes()));
            return ExitCode::from(NOT_ASKED);
        }
    };
    let mut exchanges = Exchanges::new(&client);
    let examination = examine(&arguments, &mut exchanges);
    let status = examination.as_ref().map_or(NOT_ASKED, Examination::exit_status);
    if arguments.json {
        println!("{}", json::document(&arguments, exchanges.all(), &examination, status));
    } else {
        print!("{}", report::report(&arguments, exchanges.all(), examination.as_ref().ok()));
        if let Err(unreachable) = &examination {
            eprint!("{}", report::unreachable(unreachable));
        }
    }
    ExitCode::from(status)
}

fn examine(arguments: &Arguments, exchanges: &mut Exchanges<'_>) -> Result<Examination, Unreachable> {
    let request = arguments.request();
    let mut diagnoses = Vec::new();
    for engine in Engine::BROWSERS {
        diagnoses.push(diagnosis::diagnose(engine, &request, arguments.send, exchanges)?);
    }
    let findings = if arguments.scan { Some(scan::scan(&request, exchanges)?) } else { None };
    Ok(Examination { diagnoses, findings })
}
