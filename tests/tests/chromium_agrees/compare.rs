//! Holds what the model says against what Chromium does, and keeps count.

use std::collections::BTreeMap;

use cors_core::browser::Quirks;
use cors_tests::{Page, report};

use crate::browser::Laboratory;
use crate::case::Case;
use crate::disagreement::Disagreement;
use crate::model;

/// More would help nobody.
const SHOWN: usize = 20;

pub(crate) struct Comparison {
    quirks: Quirks,
    /// By kind: how many cases, and on how many of them Chromium and the model agree.
    kinds: BTreeMap<&'static str, (usize, usize)>,
    /// By kind of outcome: how many fetches.
    outcomes: BTreeMap<String, usize>,
    preflights: usize,
}

impl Comparison {
    pub(crate) fn new(quirks: Quirks) -> Self {
        Self { quirks, kinds: BTreeMap::new(), outcomes: BTreeMap::new(), preflights: 0 }
    }

    /// Runs cases that are all for this page, `lanes` of them side by side.
    pub(crate) fn run(&mut self, laboratory: &Laboratory, page: &Page, cases: &[Case], lanes: usize) {
        for (case, seen) in cases.iter().zip(laboratory.run(page, cases, lanes)) {
            let expected = model::run(case, self.quirks);
            let agrees = expected.foresees(&seen);
            if !agrees && self.disagreements() < SHOWN {
                let quirks = self.quirks;
                report(&Disagreement { case, quirks, expected: &expected, seen: &seen }.to_string());
            }
            let (all, agreed) = self.kinds.entry(case.kind).or_default();
            *all += 1;
            *agreed += usize::from(agrees);
            self.preflights += seen.preflights();
            for outcome in &seen.outcomes {
                *self.outcomes.entry(outcome.name().to_owned()).or_default() += 1;
            }
        }
    }

    fn disagreements(&self) -> usize {
        self.kinds.values().map(|(all, agreed)| all - agreed).sum()
    }

    pub(crate) fn print(&self, title: &str) {
        report(&format!("{title}: Chromium and the model agree on"));
        for (kind, (all, agreed)) in &self.kinds {
            report(&format!("{agreed:>7} of {all:>5}  {kind}"));
        }
        let all: usize = self.kinds.values().map(|(all, _)| all).sum();
        let (agreed, fetches) = (all - self.disagreements(), self.outcomes.values().sum::<usize>());
        report(&format!(
            "{agreed:>7} of {all:>5} cases. Of {fetches} fetches, with {} preflights, were",
            self.preflights
        ));
        for (outcome, count) in &self.outcomes {
            report(&format!("{count:>7}  {outcome}"));
        }
    }

    /// # Panics
    ///
    /// Where they disagreed, and where one of the outcomes was seen less than `often`: then the cases are at fault.
    pub(crate) fn assert(&self, outcomes: &[&str], often: usize) {
        assert_eq!(self.disagreements(), 0, "Chromium and the model disagree");
        for outcome in outcomes {
            let count = self.outcomes.get(*outcome).copied().unwrap_or_default();
            assert!(count >= often, "{outcome} was seen {count} times, and less than {often}");
        }
    }
}
