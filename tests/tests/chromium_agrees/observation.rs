//! What became of a case, in words that the model and Chromium share.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the page saw of each fetch, and what the servers saw of all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Observation {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) wire: Vec<Sent>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The status and the headers.
    Reads(u16, Vec<(String, Vec<u8>)>),
    /// Chromium's name of the CORS error, with what it can be about; or that of the network error; or `throws`.
    ///
    /// Where several headers are missing, Chromium names the first in an order of its own, that of a hash map: any
    /// one that is missing will do.
    Blocked(String, BTreeSet<String>),
}

/// A request on the wire, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    /// In lower case, lines of one name joined.
    pub(crate) headers: BTreeMap<String, Vec<u8>>,
    pub(crate) cookies: bool,
}

impl Observation {
    /// Whether what the model expects is what was seen.
    pub(crate) fn foresees(&self, seen: &Self) -> bool {
        let same_outcome = |(expected, seen): (&Outcome, &Outcome)| match (expected, seen) {
            (Outcome::Blocked(name, any), Outcome::Blocked(other, of)) => name == other && of.is_subset(any),
            (expected, seen) => expected == seen,
        };
        self.wire == seen.wire
            && self.outcomes.len() == seen.outcomes.len()
            && self.outcomes.iter().zip(&seen.outcomes).all(same_outcome)
    }

    pub(crate) fn preflights(&self) -> usize {
        self.wire.iter().filter(|sent| sent.headers.contains_key("access-control-request-method")).count()
    }
}

impl Outcome {
    /// What the histogram counts.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Reads(..) => "reads",
            Self::Blocked(name, _) => name,
        }
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in &self.outcomes {
            match outcome {
                Outcome::Reads(status, headers) => {
                    writeln!(
                        f,
                        "    reads {status} {}",
                        join(headers.iter().map(|(name, value)| (name, value)))
                    )?;
                }
                Outcome::Blocked(name, parameter) => writeln!(f, "    blocked: {name} {parameter:?}")?,
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
