//! Break-even prices of the arms of a comparison, by repeating runs at other prices where behaviour depends on them.

use crate::cli::experiment::{Base, Trials};
use crate::error::Error;
use crate::experiment::break_even::{self, BreakEven, Found, Line, Trial, Tried};
use crate::experiment::comparison::Comparison;
use crate::experiment::measure::{On, PerAccess};
use crate::experiment::outcome::{Outcome, OutcomeStatus};
use crate::experiment::plan::Plan;
use crate::experiment::statistics::Interval;
use crate::experiment::verdict::Verdict;
use crate::opening::policy;
use crate::recorder::summary::Summary;
use crate::scenario::raw::Arm;
use crate::scenario::{Assignment, Scenario};

/// A price of wormholes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Price {
    /// Of being open.
    Upkeep,
    /// Of opening.
    Opening,
}

impl Price {
    pub const ALL: [Self; 2] = [Self::Upkeep, Self::Opening];

    /// The field that sets it.
    pub fn path(self) -> &'static str {
        match self {
            Self::Upkeep => "physics.wormhole.upkeep_per_tick",
            Self::Opening => "physics.wormhole.opening_cost",
        }
    }

    /// That of a scenario.
    pub fn of(self, scenario: &Scenario) -> f64 {
        match self {
            Self::Upkeep => scenario.physics.wormhole.upkeep_per_tick,
            Self::Opening => scenario.physics.wormhole.opening_cost,
        }
    }

    /// Whether what a scenario's policy does may depend on it.
    fn is_read(self, scenario: &Scenario) -> bool {
        let reads = policy::reads(scenario);
        match self {
            Self::Upkeep => reads.upkeep,
            Self::Opening => reads.opening,
        }
    }

    fn paid(self, access: &PerAccess) -> f64 {
        match self {
            Self::Upkeep => access.upkeep,
            Self::Opening => access.opening,
        }
    }

    fn assignment(self, price: f64) -> Assignment {
        Assignment::of(self.path(), price.into(), self.path()).expect("a path of a field")
    }
}

/// An arm beside its baseline.
pub(in crate::cli) struct Beside<'a> {
    pub arm: &'a Arm,
    pub scenario: &'a Scenario,
    /// Of the baseline, by replication; none where it has no result.
    pub baseline: &'a [Option<Summary>],
    pub seeds: &'a [u64],
    pub on: On,
    /// What is set in every run.
    pub more: &'a [Assignment],
}

/// Finds where an arm breaks even; `first` are its runs at its own price, and `see` is told of what is tried. None if
/// the user asked to stop.
pub(in crate::cli) fn break_even(
    price: Price,
    beside: &Beside<'_>,
    first: &[Option<Summary>],
    trials: &Trials<'_>,
    mut see: impl FnMut(&Trial),
) -> Result<Option<Found>, Error> {
    let at = |value: f64, summaries: &[Option<Summary>]| {
        let pairs = summaries.iter().zip(beside.baseline);
        let line = |(arm, baseline): (&Option<Summary>, &Option<Summary>)| {
            let own = PerAccess::of(arm.as_ref()?, beside.on)?;
            let base = PerAccess::of(baseline.as_ref()?, beside.on)?;
            let slope = if value == 0.0 { 0.0 } else { price.paid(&own) / value };
            Some(Line { net: base.total() - own.total(), slope })
        };
        let lines: Option<Vec<Line>> = pairs.map(line).collect();
        lines.filter(|lines| lines.len() > 1).map(|lines| Trial { value, lines })
    };
    let again = |value: f64| {
        let more = [beside.more, &[price.assignment(value)]].concat();
        let found = match trials.run(&[beside.arm], &more, beside.seeds) {
            // Beyond what the field allows, or what a rule takes.
            Err(Error::Scenario(_)) => return Ok(Tried::NoResult),
            found => found?,
        };
        let Some(found) = found else { return Ok(Tried::Stopped) };
        let trial = at(value, &found[0]);
        trial.iter().for_each(&mut see);
        Ok(trial.map_or(Tried::NoResult, Tried::At))
    };
    let Some(first) = at(price.of(beside.scenario), first) else {
        return Ok(Some(Err("a run has no result".to_owned())));
    };
    break_even::price(first, price.is_read(beside.scenario), again)
}

/// Puts break-even prices into a comparison. False if the user asked to stop.
pub(super) fn add(
    comparison: &mut Comparison,
    plan: &Plan,
    outcomes: &[Outcome],
    trials: &Trials<'_>,
) -> Result<bool, Error> {
    let base: &Base<'_> = trials.base;
    let summaries = |arm: &str| -> Vec<Option<Summary>> {
        let mut found = vec![None; comparison.replications as usize];
        for outcome in outcomes.iter().filter(|outcome| outcome.arm == arm) {
            if outcome.status == OutcomeStatus::Complete {
                found[outcome.replication as usize].clone_from(&outcome.summary);
            }
        }
        found
    };
    let baseline = summaries(&comparison.baseline);
    let warmup = plan.warmup_ticks.map(|ticks| Assignment::option("warmup_ticks", ticks));
    let more: Vec<Assignment> = warmup.into_iter().collect();
    let all: Vec<Vec<Option<Summary>>> = plan.arms.iter().map(|arm| summaries(&arm.name)).collect();
    for ((arm, own), result) in plan.arms.iter().zip(&all).zip(&mut comparison.arms) {
        if result.verdict == Verdict::Baseline || result.net_per_access.is_none() || result.unstable {
            continue;
        }
        let loaded = base.load(&[&arm.assignments()?[..], &more].concat())?;
        if !loaded.scenario.wormholes.enabled {
            continue;
        }
        let seeds = &comparison.seeds;
        let on = comparison.on;
        let beside = Beside { arm, scenario: &loaded.scenario, baseline: &baseline, seeds, on, more: &more };
        let mut prices = Vec::new();
        for price in Price::ALL {
            let Some(found) = break_even(price, &beside, own, trials, |_| ())? else { return Ok(false) };
            prices.push(split(found));
        }
        let [(upkeep, upkeep_reason), (opening, opening_reason)] = prices.try_into().expect("one of each price");
        result.break_even = BreakEven { upkeep, upkeep_reason, opening, opening_reason };
    }
    Ok(true)
}

fn split(found: Found) -> (Option<Interval>, Option<String>) {
    match found {
        Ok(interval) => (Some(interval), None),
        Err(reason) => (None, Some(reason)),
    }
}
