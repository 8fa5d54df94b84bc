//! Runs the program.

use std::process::Command;

use serde_json::Value;

/// The origin of the page, unless a test needs another one.
pub const APP: &str = "https://app.example.com";

/// The output and the status of the program.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the program with these arguments, and without the proxies of the environment.
pub fn doctor(arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_cors-doctor")).args(arguments).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Run {
        status: output.status.code().expect("a status"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

impl Run {
    /// The output with `--json`.
    pub fn json(&self) -> Value {
        let document: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!(document["exit_status"], self.status, "{self:?}");
        document
    }

    /// The verdict and the reason of each engine, as `blocked MissingAllowOriginHeader`.
    pub fn verdicts(&self) -> Vec<String> {
        let document = self.json();
        let engines = document["engines"].as_array().expect("engines").iter();
        let verdict = |engine: &Value| match engine["reason"].as_str() {
            Some(reason) => format!("{} {reason}", engine["verdict"].as_str().expect("a verdict")),
            None => engine["verdict"].as_str().expect("a verdict").to_owned(),
        };
        engines.map(verdict).collect()
    }

    /// The codes of the findings, with their levels, as `hole origin-null`.
    pub fn findings(&self) -> Vec<String> {
        let document = self.json();
        let findings = document["findings"].as_array().expect("findings").iter();
        let text = |finding: &Value, key: &str| finding[key].as_str().expect("text").to_owned();
        findings.map(|finding| format!("{} {}", text(finding, "level"), text(finding, "code"))).collect()
    }
}
