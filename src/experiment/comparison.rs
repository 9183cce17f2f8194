//! What a comparison finds: arms against a baseline, paired by replication.
//!
//! All arms of a replication see the same accesses (common random numbers), so that differences within a replication
//! have much less variance than the arms themselves; intervals are those of the paired differences. Percentiles of a
//! run are compared by bootstrap, all else by Student's t.
//!
//! *Net benefit* of an arm, ticks a delivered access: latency of the baseline with its costs − latency of the arm with
//! its costs, where costs are the upkeep and the openings paid after the warm-up. It takes the model's prices for what
//! they are, and leaves out openings paid during the warm-up, which a longer run spreads over ever more accesses.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::break_even::BreakEven;
use super::mean_bound::MeanBound;
use super::measure::{Metric, On, PerAccess, by_metric, dropped_share};
use super::outcome::{Outcome, OutcomeStatus, Runs};
use super::phases::{self, ArmPhase};
use super::statistics::{Interval, bootstrap, mean, student};
use super::verdict::{self, Found, Verdict};
use crate::recorder::summary::Summary;
use crate::scenario::Tick;
use crate::topology::Defaults;

/// `comparison.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Version of this format.
    pub version: u32,
    /// Version of the program.
    pub program_version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// The question that it asks.
    pub intent: String,
    /// Name of the arm that the others are compared with.
    pub baseline: String,
    /// Replications of every arm.
    pub replications: u32,
    /// Their seeds.
    pub seeds: Vec<u64>,
    /// Length of a run.
    pub ticks: Tick,
    /// Ticks at its start that are not measured.
    pub warmup_ticks: Tick,
    /// What said so.
    pub warmup_by: WarmupBy,
    /// Confidence of all intervals.
    pub confidence: f64,
    /// Milliseconds a tick.
    pub tick_ms: f64,
    /// Price of an opening in the scenario, ticks.
    pub opening_cost: f64,
    /// Price of a tick of being open at full strength in the scenario, ticks.
    pub upkeep_per_tick: f64,
    /// What had to be assumed of the network.
    pub network: Defaults,
    /// What of latency gains, savings and verdicts are about.
    pub on: On,
    /// Share of the baseline's latency below which a difference does not matter.
    pub relevant: f64,
    /// The best that anybody could do in the direct-use model; none if nothing carries wormholes.
    pub bound: Option<MeanBound>,
    /// Whether transit depends on a wormhole's kind, and arms differ in whether kinds change: then some are faster by
    /// assumption.
    #[serde(default)]
    pub kinds_differ: bool,
    /// Whether the hashes say that all arms of each replication saw the same accesses.
    pub same_accesses: bool,
    /// Whether all replications saw the same, as where all workloads are traces: intervals then say what the arms' own
    /// draws matter, and nothing about other accesses.
    pub same_in_all_replications: bool,
    /// The arms, in their order.
    pub arms: Vec<ArmResult>,
}

/// What says how long the warm-up is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarmupBy {
    /// The scenario.
    Scenario,
    /// The command line.
    Option,
    /// MSER-5 on pilot runs of all arms: the longest.
    Mser5,
}

/// What a comparison finds of one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmResult {
    /// Its name.
    pub name: String,
    /// What it sets, by path.
    pub set: BTreeMap<String, Value>,
    /// What carries its wormholes and what makes them faster; none without wormholes.
    #[serde(default)]
    pub carrier: Option<String>,
    /// Whether it pays.
    pub verdict: Verdict,
    /// The verdict in a sentence.
    pub reason: String,
    /// Whether queues grow without bound in any of its runs: its means say nothing then, and none are given.
    pub unstable: bool,
    /// Runs in which some queue drops what finds no room.
    #[serde(default)]
    pub overloaded: u32,
    /// How its runs ended.
    pub runs: Runs,
    /// 1 − mean latency / mean latency of the baseline.
    pub gain: Option<Interval>,
    /// Net benefit, ticks a delivered access.
    pub net_per_access: Option<Interval>,
    /// Latency saved, ticks a delivered access.
    pub saved_per_access: Option<Interval>,
    /// Upkeep, ticks a delivered access.
    pub upkeep_per_access: Option<Interval>,
    /// Openings, ticks a delivered access.
    pub opening_per_access: Option<Interval>,
    /// Openings during the warm-up, ticks a delivered access, which are in none of the others.
    pub warmup_opening_per_access: Option<Interval>,
    /// Prices at which the net benefit is nothing.
    pub break_even: BreakEven,
    /// What it costs in the direct-use model at its own prices, ticks; none if nothing carries wormholes.
    pub direct_use_cost: Option<Interval>,
    /// That less the proved lower bound with its rules and prices: at most so much more than the best policy, ticks.
    pub regret: Option<Interval>,
    /// Its own metrics.
    pub metrics: BTreeMap<String, Option<Interval>>,
    /// What they are more than those of the baseline.
    pub differences: BTreeMap<String, Option<Interval>>,
    /// What happened from one scheduled change to the next.
    #[serde(default)]
    pub phases: Vec<ArmPhase>,
}

/// What carries wormholes, each with the arms that have it so.
pub fn carriers(arms: &[ArmResult]) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for arm in arms {
        let Some(carrier) = arm.carrier.as_deref() else { continue };
        match found.iter_mut().find(|(words, _)| *words == carrier) {
            Some((_, names)) => names.push(&arm.name),
            None => found.push((carrier, vec![&arm.name])),
        }
    }
    found
}

/// The runs of an arm, by replication.
pub(super) type Replications<'a> = BTreeMap<u32, &'a Summary>;

/// What can be compared of an arm's runs.
pub(super) fn complete<'a>(outcomes: &[&'a Outcome]) -> Replications<'a> {
    let complete = outcomes.iter().filter(|outcome| outcome.status == OutcomeStatus::Complete);
    complete.filter_map(|outcome| Some((outcome.replication, outcome.summary.as_ref()?))).collect()
}

/// Interval of a metric over replications. None if it is missing in one, or if there are fewer than two.
pub(super) fn interval_of(metric: &Metric, runs: &Replications<'_>, seed: u64) -> Option<Interval> {
    let values: Option<Vec<f64>> = runs.values().map(|summary| (metric.of)(summary)).collect();
    interval(metric, &values?, seed)
}

fn interval(metric: &Metric, values: &[f64], seed: u64) -> Option<Interval> {
    if metric.is_percentile { bootstrap::interval(values, seed, metric.name) } else { student::interval(values) }
}

/// An arm beside the baseline: replications that both completed.
#[derive(Debug)]
pub(super) struct Pairs<'a> {
    pairs: Vec<(&'a Summary, &'a Summary)>,
    on: On,
    seed: u64,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(arm: &Replications<'a>, baseline: &Replications<'a>, on: On, seed: u64) -> Self {
        let pairs = arm.iter().filter_map(|(replication, arm)| Some((*arm, *baseline.get(replication)?)));
        Self { pairs: pairs.collect(), on, seed }
    }

    /// Interval of the share of the baseline's latency that the arm saves.
    pub(super) fn gain(&self) -> Option<Interval> {
        let value =
            |(arm, baseline): &(&Summary, &Summary)| Some(1.0 - self.on.latency(arm)? / self.on.latency(baseline)?);
        self.of_values("gain", &self.pairs.iter().map(value).collect::<Option<Vec<f64>>>()?)
    }

    /// Interval of a number of the arm's accesses more than of the baseline's.
    pub(super) fn per_access(&self, name: &str, of: impl Fn(&PerAccess) -> f64) -> Option<Interval> {
        let value = |(arm, baseline): &(&Summary, &Summary)| {
            Some(of(&PerAccess::of(arm, self.on)?) - of(&PerAccess::of(baseline, self.on)?))
        };
        self.of_values(name, &self.pairs.iter().map(value).collect::<Option<Vec<f64>>>()?)
    }

    /// By Student's t, or by bootstrap where percentiles are compared.
    fn of_values(&self, name: &str, values: &[f64]) -> Option<Interval> {
        match self.on {
            On::Mean => student::interval(values),
            On::P95 | On::P99 => bootstrap::interval(values, self.seed, name),
        }
    }

    fn difference(&self, metric: &Metric) -> Option<Interval> {
        let value = |(arm, baseline): &(&Summary, &Summary)| Some((metric.of)(arm)? - (metric.of)(baseline)?);
        let values: Option<Vec<f64>> = self.pairs.iter().map(value).collect();
        interval(metric, &values?, self.seed)
    }
}

/// Whether all runs of each replication have the same hash of accesses; those that stopped early are left out.
pub fn same_accesses(outcomes: &[Outcome]) -> bool {
    let mut hashes = BTreeMap::new();
    let is_whole = |outcome: &&Outcome| match outcome.status {
        OutcomeStatus::Complete => true,
        OutcomeStatus::Unstable => outcome.summary.as_ref().is_some_and(|s| s.ticks == s.ticks_planned),
        OutcomeStatus::Failed => false,
    };
    let whole = outcomes.iter().filter(is_whole);
    whole
        .map(|outcome| (outcome.replication, outcome.accesses_blake3.as_ref()))
        .all(|(replication, hash)| *hashes.entry(replication).or_insert(hash) == hash)
}

/// Whether all replications have the same hash of accesses.
pub fn same_in_all_replications(outcomes: &[Outcome]) -> bool {
    let known: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.accesses_blake3.as_ref()).collect();
    let replications: BTreeSet<u32> = outcomes.iter().map(|outcome| outcome.replication).collect();
    replications.len() > 1 && known.len() > 1 && known.windows(2).all(|pair| pair[0] == pair[1])
}

/// How arms are judged.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Judging {
    /// On what.
    pub on: On,
    /// Share of the baseline's latency below which a difference does not matter.
    pub relevant: f64,
    /// Seed of what is drawn again.
    pub seed: u64,
}

/// An arm and its runs.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it sets.
    pub set: &'a BTreeMap<String, Value>,
    /// Its runs.
    pub runs: &'a [&'a Outcome],
    /// Whether its wormholes are under the rules of the baseline.
    pub same_rules: bool,
}

/// What is known of one arm beside the runs of the baseline, break-even prices and regret not counted.
pub fn arm_result(arm: &Judged<'_>, baseline: Option<&[&Outcome]>, judging: &Judging) -> ArmResult {
    let (own, seed) = (arm.runs, judging.seed);
    let runs = Runs::of(own.iter().copied());
    let unstable = runs.unstable > 0;
    let drops = |outcome: &&&Outcome| outcome.summary.as_ref().is_some_and(|s| s.stability.overloaded_queues > 0);
    let overloaded = own.iter().filter(drops).count() as u32;
    let stable = if unstable { Replications::new() } else { complete(own) };
    let base_is_unstable = baseline.is_some_and(|outcomes| Runs::of(outcomes.iter().copied()).unstable > 0);
    let base = match baseline {
        Some(_) if base_is_unstable => Replications::new(),
        Some(outcomes) => complete(outcomes),
        None => stable.clone(),
    };
    let pairs = Pairs::new(&stable, &base, judging.on, seed);
    let gain = pairs.gain();
    let net_per_access = pairs.per_access("net", |access| -access.total());
    let saved_per_access = pairs.per_access("saved", |access| -access.latency);
    let upkeep_per_access = pairs.per_access("upkeep", |access| access.upkeep);
    let opening_per_access = pairs.per_access("opening", |access| access.opening);
    let warmup_opening_per_access = pairs.per_access("warmup_opening", |access| access.warmup_opening);
    let metrics = by_metric(|metric| interval_of(metric, &stable, seed));
    let differences = by_metric(|metric| pairs.difference(metric));
    let (verdict, reason) = match baseline {
        None => (Verdict::Baseline, verdict::of_baseline(runs)),
        Some(outcomes) => {
            let opens = |outcome: &&Outcome| outcome.summary.as_ref().is_some_and(opens_some);
            let latency = base.values().filter_map(|summary| judging.on.latency(summary)).collect::<Vec<f64>>();
            let found = Found {
                net: net_per_access,
                warmup: warmup_opening_per_access,
                differences: &differences,
                changes_wormholes: !arm.same_rules && own.iter().chain(outcomes).any(opens),
                dropped: [mean_dropped(own), mean_dropped(outcomes)],
                relevant: if latency.is_empty() { 0.0 } else { judging.relevant * mean(&latency) },
            };
            verdict::of(runs, base_is_unstable, &found)
        }
    };
    let reason = match overloaded {
        0 => reason,
        drops => {
            format!("{reason}; overloaded, with queues that drop what finds no room, in {drops} of {} runs", own.len())
        }
    };
    ArmResult {
        name: arm.name.to_owned(),
        set: arm.set.clone(),
        carrier: own.iter().find_map(|outcome| outcome.summary.as_ref()?.carrier.clone()),
        verdict,
        reason,
        unstable,
        overloaded,
        runs,
        gain,
        net_per_access,
        saved_per_access,
        upkeep_per_access,
        opening_per_access,
        warmup_opening_per_access,
        break_even: BreakEven::default(),
        direct_use_cost: direct_use_costs(&stable, own).and_then(|costs| student::interval(&costs)),
        regret: None,
        metrics,
        differences,
        phases: phases::of_arm(stable.values().copied()),
    }
}

/// Mean share of accesses dropped, over all runs that have a summary.
fn mean_dropped(outcomes: &[&Outcome]) -> f64 {
    let shares = outcomes.iter().filter_map(|outcome| dropped_share(outcome.summary.as_ref()?));
    let shares: Vec<f64> = shares.collect();
    if shares.is_empty() { 0.0 } else { mean(&shares) }
}

/// Whether a run had wormholes.
fn opens_some(summary: &Summary) -> bool {
    let wormholes = &summary.wormholes;
    wormholes.active + wormholes.dormant + wormholes.archived > 0
}

/// What runs cost in the direct-use model, by replication; none if one has no such cost.
fn direct_use_costs(stable: &Replications<'_>, own: &[&Outcome]) -> Option<Vec<f64>> {
    let mut complete: Vec<&&Outcome> = own.iter().filter(|outcome| stable.contains_key(&outcome.replication)).collect();
    complete.sort_by_key(|outcome| outcome.replication);
    complete.iter().map(|outcome| outcome.direct_use.map(|direct_use| direct_use.cost)).collect()
}
