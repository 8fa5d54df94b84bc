//! What happened in a case, in terms that the model and the browsers share.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The outcome of each fetch for the page, and the requests that the servers received.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Observation {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) wire: Vec<Sent>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The status and the headers.
    Reads(u16, Vec<(String, Vec<u8>)>),
    /// The reason as the browser names it, if it does, and the values that it is about.
    ///
    /// If several headers are missing, Chromium names one of them in the order of a hash map. The model names all of
    /// them.
    Blocked(Option<String>, BTreeSet<String>),
}

/// A request on the wire, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    /// Names in lower case, with the lines of one name joined.
    pub(crate) headers: BTreeMap<String, Vec<u8>>,
    pub(crate) cookies: bool,
}

impl Observation {
    /// Whether the model predicts what was seen.
    pub(crate) fn predicts(&self, seen: &Self) -> bool {
        self.wire == seen.wire
            && self.outcomes.len() == seen.outcomes.len()
            && self.outcomes.iter().zip(&seen.outcomes).all(|(expected, seen)| expected.predicts(seen))
    }

    pub(crate) fn preflights(&self) -> usize {
        self.wire.iter().filter(|sent| sent.headers.contains_key("access-control-request-method")).count()
    }
}

impl Outcome {
    fn predicts(&self, seen: &Self) -> bool {
        match (self, seen) {
            // The browser gives no reason.
            (Self::Blocked(..), Self::Blocked(None, _)) => true,
            // Only Chromium reports what an error is about.
            (Self::Blocked(name, any), Self::Blocked(other, of)) => name == other && of.is_subset(any),
            (expected, seen) => expected == seen,
        }
    }

    /// The name under which the outcome is counted.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Reads(..) => "reads",
            Self::Blocked(Some(name), _) => name,
            Self::Blocked(None, _) => "blocked without a reason",
        }
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in &self.outcomes {
            match outcome {
                Outcome::Reads(status, headers) => {
                    let headers = headers.iter().map(|(name, value)| (name, value));
                    writeln!(f, "    reads {status} {}", join(headers))?;
                }
                Outcome::Blocked(_, parameters) => {
                    writeln!(f, "    blocked: {} {parameters:?}", outcome.name())?;
                }
            }
        }
        for Sent { method, url, headers, cookies } in &self.wire {
            writeln!(f, "    sent {method} {url} cookies: {cookies} {}", join(headers.iter()))?;
        }
        Ok(())
    }
}

fn join<'a>(headers: impl Iterator<Item = (&'a String, &'a Vec<u8>)>) -> String {
    headers.map(|(name, value)| format!("{name}: {}", value.escape_ascii())).collect::<Vec<_>>().join("; ")
}
