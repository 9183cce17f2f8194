//! Runs of an arm at other values than those of its experiment, kept nowhere: what break-even values are found by.

use super::{Base, RunsProgress};
use crate::cli::interrupt::Interrupt;
use crate::error::Error;
use crate::experiment::batch;
use crate::experiment::outcome::{Outcome, OutcomeStatus, Point};
use crate::experiment::simulate::simulate;
use crate::recorder::summary::Summary;
use crate::scenario::Assignment;
use crate::scenario::raw::Arm;

/// Where and how trials are run.
pub(in crate::cli) struct Trials<'a> {
    pub base: &'a Base<'a>,
    pub threads: usize,
    pub interrupt: &'a Interrupt,
    pub quiet: bool,
}

/// Summaries by replication; none for a run that is unstable or failed.
pub(in crate::cli) type Summaries = Vec<Option<Summary>>;

impl Trials<'_> {
    /// Runs arms with more values replaced, a seed a replication. None if the user asked to stop.
    pub fn run(&self, arms: &[&Arm], more: &[Assignment], seeds: &[u64]) -> Result<Option<Vec<Summaries>>, Error> {
        let tasks: Vec<(usize, usize)> =
            (0..seeds.len()).flat_map(|replication| (0..arms.len()).map(move |arm| (arm, replication))).collect();
        let mut found: Vec<Summaries> = vec![vec![None; seeds.len()]; arms.len()];
        let mut progress = RunsProgress::new(tasks.len(), self.quiet);
        let stop = || self.interrupt.asked();
        let done = batch::run(
            &tasks,
            self.threads,
            |&(arm, replication)| {
                if stop() { None } else { self.outcome(arms[arm], more, (replication, seeds[replication])).transpose() }
                    .map(|outcome| (arm, replication, outcome))
            },
            |(arm, replication, outcome)| {
                let outcome = outcome?;
                progress.done(&outcome);
                let is_complete = outcome.status == OutcomeStatus::Complete;
                found[arm][replication] = outcome.summary.filter(|_| is_complete);
                Ok(())
            },
        );
        progress.finish();
        done.map(|()| (!stop()).then_some(found))
    }

    fn outcome(
        &self,
        arm: &Arm,
        more: &[Assignment],
        (replication, seed): (usize, u64),
    ) -> Result<Option<Outcome>, Error> {
        let mut assignments = arm.assignments()?;
        assignments.extend_from_slice(more);
        assignments.push(Assignment::option("seed", seed));
        let loaded = self.base.load(&assignments)?;
        let simulated = simulate(loaded.scenario, || self.interrupt.asked());
        Outcome::of_run((&arm.name, &Point::new()), replication as u32, seed, simulated)
    }
}
