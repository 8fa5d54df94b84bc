//! Compares what the model predicts with what a browser does, and counts.

use std::collections::BTreeMap;

use cors_core::browser::{Engine, Quirk, Quirks};
use cors_tests::report;

use crate::case::Case;
use crate::disagreement::Disagreement;
use crate::laboratory::Visit;
use crate::model;
use crate::observation::Observation;

/// The number of disagreements that are printed.
const SHOWN: usize = 20;

pub(crate) struct Comparison {
    engine: Engine,
    quirks: Quirks,
    /// By kind: the number of cases, and the number of those on which the browser and the model agree.
    kinds: BTreeMap<&'static str, (usize, usize)>,
    /// By outcome: the number of fetches.
    outcomes: BTreeMap<String, usize>,
    preflights: usize,
    /// By quirk: the number of cases that the model gets wrong without it.
    evidence: BTreeMap<&'static str, usize>,
}

impl Comparison {
    pub(crate) fn new(engine: Engine, quirks: Quirks) -> Self {
        Self {
            engine,
            quirks,
            kinds: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            preflights: 0,
            evidence: BTreeMap::new(),
        }
    }

    /// Runs cases in a page, `lanes` of them at the same time.
    pub(crate) fn run(&mut self, visit: &mut Visit<'_>, cases: &[Case], lanes: usize) {
        for (case, seen) in cases.iter().zip(visit.run(cases, lanes)) {
            let expected = model::run(case, self.engine, self.quirks);
            let agrees = expected.predicts(&seen);
            if agrees {
                self.collect_evidence(case, &seen);
            }
            if !agrees && self.disagreements() < SHOWN {
                let (engine, quirks) = (self.engine, self.quirks);
                report(&Disagreement { case, engine, quirks, expected: &expected, seen: &seen }.to_string());
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

    /// Counts the quirks without which the model would not predict what was seen.
    fn collect_evidence(&mut self, case: &Case, seen: &Observation) {
        for quirk in Quirk::ALL {
            let without = quirk.copy(&Quirks::STANDARD, self.quirks);
            if without != self.quirks && !model::run(case, self.engine, without).predicts(seen) {
                *self.evidence.entry(quirk.name).or_default() += 1;
            }
        }
    }

    fn disagreements(&self) -> usize {
        self.kinds.values().map(|(all, agreed)| all - agreed).sum()
    }

    pub(crate) fn print(&self, title: &str) {
        report(&format!("{title}: {} and the model agree on", self.engine));
        for (kind, (all, agreed)) in &self.kinds {
            report(&format!("{agreed:>7} of {all:>5}  {kind}"));
        }
        let all: usize = self.kinds.values().map(|(all, _)| all).sum();
        let (agreed, fetches) = (all - self.disagreements(), self.outcomes.values().sum::<usize>());
        let exceptions = if agreed == all { "; no case is an exception" } else { "" };
        report(&format!("{agreed:>7} of {all:>5} cases{exceptions}"));
        for quirk in Quirk::ALL.iter().filter(|quirk| self.deviates(quirk)) {
            let count = self.evidence.get(quirk.name).copied().unwrap_or_default();
            report(&format!("{count:>7}  show {}: {}", quirk.name, quirk.value(&self.quirks)));
        }
        report(&format!("the results of {fetches} fetches, with {} preflights:", self.preflights));
        for (outcome, count) in &self.outcomes {
            report(&format!("{count:>7}  {outcome}"));
        }
    }

    /// Whether the engine differs from the standard in this.
    fn deviates(&self, quirk: &Quirk) -> bool {
        quirk.copy(&Quirks::STANDARD, self.quirks) != self.quirks
    }

    /// # Panics
    ///
    /// If there is a disagreement. Also if one of the outcomes occurred less than `often`, because then the cases are not
    /// good enough.
    pub(crate) fn assert(&self, outcomes: &[&str], often: usize) {
        assert_eq!(self.disagreements(), 0, "{} and the model disagree", self.engine);
        for outcome in outcomes {
            let count = self.outcomes.get(*outcome).copied().unwrap_or_default();
            assert!(count >= often, "{outcome} occurred {count} times, and less than {often}");
        }
    }

    /// # Panics
    ///
    /// If no case shows a quirk of the engine, except for `others`, which other tests show.
    pub(crate) fn assert_evidence(&self, others: &[&str]) {
        for quirk in Quirk::ALL.iter().filter(|quirk| self.deviates(quirk)) {
            let is_shown = self.evidence.contains_key(quirk.name) || others.contains(&quirk.name);
            assert!(is_shown, "{}: no case shows {}", self.engine, quirk.name);
        }
    }
}
