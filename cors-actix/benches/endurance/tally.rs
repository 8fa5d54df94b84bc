//! The results of the clients.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::cases::Kind;

/// The number of wrong answers that are printed.
const KEPT: usize = 10;

/// The requests of some clients, by kind.
pub struct Tally {
    kinds: Vec<OfKind>,
    pub connections: u64,
    failed_connections: u64,
    pub vanished_mid_request: u64,
    pub vanished_mid_response: u64,
    /// Requests during which the policy was replaced, so that either policy may have decided.
    pub during_replacements: u64,
    /// Descriptions of the first wrong answers.
    pub wrong: Vec<String>,
}

struct OfKind {
    requests: u64,
    wrong: u64,
    /// In microseconds.
    latency: Histogram<u64>,
}

impl Tally {
    pub fn new() -> Self {
        // From a microsecond to a minute, with three digits. It takes the same memory for any number of values.
        let latency = || Histogram::new_with_bounds(1, 60_000_000, 3).expect("valid bounds");
        let kinds = Kind::ALL.map(|_| OfKind { requests: 0, wrong: 0, latency: latency() });
        Self {
            kinds: kinds.into(),
            connections: 0,
            failed_connections: 0,
            vanished_mid_request: 0,
            vanished_mid_response: 0,
            during_replacements: 0,
            wrong: Vec::new(),
        }
    }

    /// Adds a request that was answered. Its fault is described if the answer is wrong.
    pub fn add(&mut self, kind: Kind, latency: Duration, fault: Option<String>) {
        let of_kind = &mut self.kinds[kind as usize];
        of_kind.requests += 1;
        of_kind.latency.saturating_record(latency.as_micros() as u64);
        if let Some(fault) = fault {
            of_kind.wrong += 1;
            self.keep(fault);
        }
    }

    /// Adds a connection that failed outside of a request.
    pub fn fail(&mut self, fault: String) {
        self.failed_connections += 1;
        self.keep(fault);
    }

    pub fn merge(&mut self, other: Tally) {
        for (kind, other) in self.kinds.iter_mut().zip(other.kinds) {
            kind.requests += other.requests;
            kind.wrong += other.wrong;
            kind.latency.add(other.latency).expect("the bounds are the same");
        }
        self.connections += other.connections;
        self.failed_connections += other.failed_connections;
        self.vanished_mid_request += other.vanished_mid_request;
        self.vanished_mid_response += other.vanished_mid_response;
        self.during_replacements += other.during_replacements;
        other.wrong.into_iter().for_each(|fault| self.keep(fault));
    }

    fn keep(&mut self, fault: String) {
        if self.wrong.len() < KEPT {
            self.wrong.push(fault);
        }
    }

    pub fn requests(&self) -> u64 {
        self.kinds.iter().map(|kind| kind.requests).sum()
    }

    /// Wrong answers, and connections that failed.
    pub fn wrong_answers(&self) -> u64 {
        self.failed_connections + self.kinds.iter().map(|kind| kind.wrong).sum::<u64>()
    }

    /// The requests that made a handler panic.
    pub fn panics(&self) -> u64 {
        Kind::ALL.iter().filter(|kind| kind.panics()).map(|&kind| self.kinds[kind as usize].requests).sum()
    }

    /// The kinds that were never sent.
    pub fn missing(&self) -> Vec<&'static str> {
        let missing = Kind::ALL.into_iter().filter(|&kind| self.kinds[kind as usize].requests == 0);
        missing.map(Kind::name).collect()
    }

    pub fn print(&self) {
        println!("{:<32}{:>12}{:>8}{:>50}", "", "requests", "wrong", "latency in ms");
        println!(
            "{:<32}{:>12}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "", "", "", "p50", "p90", "p99", "p99.9", "max"
        );
        for kind in Kind::ALL {
            let OfKind { requests, wrong, latency } = &self.kinds[kind as usize];
            print!("{:<32}{requests:>12}{wrong:>8}", kind.name());
            let quantiles = [0.5, 0.9, 0.99, 0.999].map(|quantile| latency.value_at_quantile(quantile));
            for microseconds in quantiles.into_iter().chain([latency.max()]) {
                print!("{:>10.2}", microseconds as f64 / 1e3);
            }
            println!();
        }
        println!("{:<32}{:>12}{:>8}", "all", self.requests(), self.wrong_answers());
    }
}
