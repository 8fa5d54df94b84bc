//! The memory of the server in the course of a run.

use std::time::Duration;

/// The greatest deviation from the memory after the first minute, as a share of it.
const BAR: f64 = 0.02;
/// The greatest number of samples in a median. A single sample includes the buffers of current requests, which differ by more
/// than the bar.
const WINDOW: usize = 60;

/// Samples in KiB, one for each second after the first minute, or after a half of a shorter run.
pub struct Memory {
    kind: &'static str,
    settled: Duration,
    samples: Vec<u64>,
}

impl Memory {
    pub fn new(kind: &'static str, length: Duration) -> Self {
        Self { kind, settled: Duration::from_secs(60).min(length / 2), samples: Vec::new() }
    }

    pub fn add(&mut self, elapsed: Duration, kib: u64) {
        if elapsed >= self.settled {
            self.samples.push(kib);
        }
    }

    fn medians(&self) -> impl Iterator<Item = u64> {
        let window = (self.samples.len() / 2).clamp(1, WINDOW);
        self.samples.chunks_exact(window).map(|samples| {
            let mut samples = samples.to_vec();
            samples.sort_unstable();
            samples[samples.len() / 2]
        })
    }

    /// The greatest deviation from the first median, as a share of it.
    fn deviation(&self) -> f64 {
        let first = self.medians().next().unwrap_or(0);
        let greatest = self.medians().map(|kib| kib.abs_diff(first)).max().unwrap_or(0);
        greatest as f64 / first as f64
    }

    pub fn is_flat(&self) -> bool {
        self.medians().count() > 1 && self.deviation() <= BAR
    }

    pub fn describe(&self) -> String {
        let medians: Vec<_> = self.medians().map(|kib| kib.to_string()).collect();
        format!(
            "{} in KiB, from {:.0} seconds to the end: {}, greatest deviation {:.2} %, bar {:.0} %",
            self.kind,
            self.settled.as_secs_f64(),
            medians.join(" "),
            self.deviation() * 100.0,
            BAR * 100.0
        )
    }
}
