//! The phases of an arm, over its replications: what happened before, during and after scheduled changes.

use serde::{Deserialize, Serialize};

use super::statistics::{Interval, mean, student};
use crate::recorder::phases::PhaseRow;
use crate::recorder::summary::Summary;
use crate::scenario::Tick;

/// A phase of an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmPhase {
    /// Its first tick.
    pub from_tick: Tick,
    /// What it begins with, in words.
    pub why: String,
    /// Mean latency of what is delivered in it, ticks, over runs. None if nothing is in one of them.
    pub latency_mean: Option<Interval>,
    /// Accesses lost in it, mean over runs.
    pub dropped: f64,
    /// Median, over runs that have something to compare with, of the ticks until latency was no longer above what it
    /// had been before; of an even number the greater one of the middle. None if it did not recover in half of them.
    pub recovered_after_ticks: Option<Tick>,
    /// Runs that have something to compare with.
    #[serde(default)]
    pub compared_runs: u32,
    /// Runs in which it recovered.
    pub recovered_runs: u32,
}

/// The phases that all runs of an arm have in common, which are those of its scenario.
pub(super) fn of_arm<'a>(runs: impl Iterator<Item = &'a Summary>) -> Vec<ArmPhase> {
    let all: Vec<&[PhaseRow]> = runs.map(|summary| &summary.phases[..]).collect();
    let common = all.iter().map(|phases| phases.len()).min().unwrap_or(0);
    (0..common).map(|number| phase(&all.iter().map(|phases| &phases[number]).collect::<Vec<_>>())).collect()
}

fn phase(runs: &[&PhaseRow]) -> ArmPhase {
    let latencies: Option<Vec<f64>> = runs.iter().map(|phase| phase.latency_mean).collect();
    let dropped: Vec<f64> = runs.iter().map(|phase| phase.dropped as f64).collect();
    let compared = runs.iter().filter(|phase| phase.before_from_tick.is_some()).count();
    let mut recovered: Vec<Tick> = runs.iter().filter_map(|phase| phase.recovered_after_ticks).collect();
    recovered.sort_unstable();
    ArmPhase {
        from_tick: runs[0].from_tick,
        why: runs[0].why.clone(),
        latency_mean: latencies.and_then(|latencies| student::interval(&latencies)),
        dropped: mean(&dropped),
        // Those that never did come last.
        recovered_after_ticks: recovered.get(compared / 2).copied(),
        compared_runs: compared as u32,
        recovered_runs: recovered.len() as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_counts_runs_that_never_recovered_as_the_longest() {
        let row = |recovered: Option<Tick>, latency: f64, dropped: u64| PhaseRow {
            from_tick: 7,
            until_tick: 90,
            why: "a change".to_owned(),
            injected: 10,
            delivered: 10,
            dropped,
            latency_mean: Some(latency),
            latency_half_width: None,
            before_from_tick: Some(0),
            recovered_after_ticks: recovered,
            resolution_ticks: recovered,
        };
        let rows = [row(None, 4.0, 0), row(Some(30), 4.0, 1), row(Some(10), 4.0, 2)];
        let found = phase(&rows.iter().collect::<Vec<_>>());
        let exact = Some(Interval { mean: 4.0, low: 4.0, high: 4.0 });
        assert_eq!((found.recovered_after_ticks, found.recovered_runs, found.dropped), (Some(30), 2, 1.0));
        assert_eq!((found.latency_mean, found.from_tick, &*found.why), (exact, 7, "a change"));
        // Of two runs of which one recovered, the median is not that one's.
        let found = phase(&[&rows[0], &rows[1]]);
        assert_eq!((found.recovered_after_ticks, found.compared_runs, found.recovered_runs), (None, 2, 1));
        let first = PhaseRow { before_from_tick: None, ..row(None, 4.0, 0) };
        let found = phase(&[&first, &rows[1]]);
        assert_eq!((found.recovered_after_ticks, found.compared_runs, found.recovered_runs), (Some(30), 1, 1));
        let found = phase(&[&rows[0], &rows[0], &rows[1]]);
        assert_eq!((found.recovered_after_ticks, found.recovered_runs), (None, 1));
    }
}
