//! The memory of the server in the course of a run.

use std::time::Duration;

/// How far memory may be from what it was after the first minute.
const BAR: f64 = 0.02;

pub struct Memory {
    /// When the server has seen every kind of request often enough: after a minute, or after a half of a short run.
    settled: Duration,
    /// In KiB, one for each second from then on.
    samples: Vec<u64>,
}

impl Memory {
    pub fn new(length: Duration) -> Self {
        Self { settled: Duration::from_secs(60).min(length / 2), samples: Vec::new() }
    }

    pub fn add(&mut self, elapsed: Duration, kib: u64) {
        if std::env::var_os("CORS_TRACE").is_some() {
            eprintln!("{elapsed:?} {kib}");
        }
        if elapsed >= self.settled {
            self.samples.push(kib);
        }
    }

    fn first(&self) -> u64 {
        self.samples.first().copied().unwrap_or(0)
    }

    /// The greatest deviation from the first sample, as a share of it.
    fn deviation(&self) -> f64 {
        let first = self.first();
        let greatest = self.samples.iter().map(|&kib| kib.abs_diff(first)).max().unwrap_or(0);
        greatest as f64 / first as f64
    }

    pub fn is_flat(&self) -> bool {
        self.samples.len() > 1 && self.deviation() <= BAR
    }

    pub fn describe(&self) -> String {
        format!(
            "memory of the server: {} KiB after {:.0} seconds, {} KiB at the end, greatest deviation {:.2} %, bar {:.0} %",
            self.first(),
            self.settled.as_secs_f64(),
            self.samples.last().copied().unwrap_or(0),
            self.deviation() * 100.0,
            BAR * 100.0
        )
    }
}
