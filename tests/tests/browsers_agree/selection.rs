//! A selection of the cases, for a run that takes seconds.

use std::collections::BTreeSet;
use std::fmt;

use cors_core::browser::{Engine, Quirk, Quirks};

use crate::case::Case;
use crate::model;

/// One of so many cases is selected in any case.
const EVERY: usize = 25;

/// Selects cases: some from everywhere, one for each outcome, and one for each deviation from the standard.
///
/// The model tells which case shows what, so that no browser is needed for the selection.
pub(crate) struct Selection {
    engine: Engine,
    quirks: Quirks,
    /// The deviations that no selected case shows.
    quirks_left: Vec<&'static Quirk>,
    /// The outcomes that no selected case has.
    outcomes_left: BTreeSet<String>,
    all: usize,
    selected: usize,
}

impl Selection {
    /// `others` are the names of deviations that no case shows.
    pub(crate) fn new(engine: Engine, quirks: Quirks, outcomes: &[&str], others: &[&str]) -> Self {
        let deviates = |quirk: &&Quirk| quirk.copy(&Quirks::STANDARD, quirks) != quirks;
        let is_shown = |quirk: &&Quirk| !others.contains(&quirk.name);
        Self {
            engine,
            quirks,
            quirks_left: Quirk::ALL.iter().filter(deviates).filter(is_shown).collect(),
            outcomes_left: outcomes.iter().map(|outcome| (*outcome).to_owned()).collect(),
            all: 0,
            selected: 0,
        }
    }

    pub(crate) fn of(&mut self, cases: Vec<Case>) -> Vec<Case> {
        cases.into_iter().filter(|case| self.selects(case)).collect()
    }

    fn selects(&mut self, case: &Case) -> bool {
        let is_due = self.all.is_multiple_of(EVERY);
        self.all += 1;
        let (quirks, outcomes) = (self.quirks_left.len(), self.outcomes_left.len());
        if quirks + outcomes > 0 {
            let expected = model::run(case, self.engine, self.quirks);
            for outcome in &expected.outcomes {
                self.outcomes_left.remove(outcome.name());
            }
            self.quirks_left.retain(|quirk| {
                let without = quirk.copy(&Quirks::STANDARD, self.quirks);
                model::run(case, self.engine, without).predicts(&expected)
            });
        }
        let is_new = self.quirks_left.len() < quirks || self.outcomes_left.len() < outcomes;
        self.selected += usize::from(is_due || is_new);
        is_due || is_new
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { selected, all, .. } = self;
        write!(f, "{selected} of {all} cases were run: some of every kind, and one for each deviation")
    }
}
