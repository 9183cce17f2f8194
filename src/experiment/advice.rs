//! Recommendations: changes of a scenario that a diagnosis of a run suggests, each tried before it is given.
//!
//! A change is tried by replications of the scenario with it and without, both of which see the same accesses (common
//! random numbers). Its gain is the share of the mean latency that it saves, of the paired differences. A change helped
//! if it does not drop more and its gain is above 0 by Student's test of the paired gains, two-sided and corrected by
//! Holm for all changes that were tried: the probability that any change is recommended that shortens nothing is 5 % at
//! most. A change without a gain counts as tried.
//!
//! Where the scenario is unstable nothing has a gain, and there is nothing to correct: a change then helped if all of
//! its runs are stable. What capacity costs is not modelled: that a wider link helps does not say that it pays.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::arm::assignment;
use super::batch;
use super::candidates::Candidate;
use super::comparison::{ArmResult, Judged, Judging, arm_result, complete, same_accesses, same_in_all_replications};
use super::diagnosis::Diagnosis;
use super::outcome::{Outcome, Point};
use super::plan::seed;
use super::simulate::simulate;
use super::statistics::{CONFIDENCE, Interval, holm, student};
use super::verdict::Verdict;
use crate::error::Error;
use crate::recorder::summary::Summary;
use crate::scenario::raw::RawTopologySection;
use crate::scenario::tree::VERSION;
use crate::scenario::{Assignment, Loaded, load};
use crate::topology::json::RawTopology;

/// Path within a run directory.
pub const PATH: &str = "report/advice.json";

/// The arm without any change.
const AS_IT_IS: &str = "as it is";

/// `report/advice.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// Version of this format.
    pub version: u32,
    /// Version of the program.
    pub program_version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Where the latency of the run comes from, which suggested what was tried; nothing in older files.
    #[serde(default)]
    pub diagnosis: Diagnosis,
    /// Replications with each change, and without any.
    pub replications: u32,
    /// Whether all of them have the same accesses, as where all workloads are traces: there is no test then.
    #[serde(default)]
    pub same_in_all_replications: bool,
    /// What was tried, the best first.
    pub tried: Vec<Tried>,
}

/// A change that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// What is changed, in words.
    pub change: String,
    /// Values by the paths of the fields that they replace in the resolved scenario.
    pub set: BTreeMap<String, Value>,
    /// 1 − mean latency / mean latency of the scenario as it is; none if either has none.
    pub gain: Option<Interval>,
    /// Two-sided p value of the gain, as if nothing else had been tried; none without a gain, or in older files.
    #[serde(default)]
    pub p_value: Option<f64>,
    /// The same corrected by Holm for all changes that were tried.
    #[serde(default)]
    pub p_adjusted: Option<f64>,
    /// Latency saved less upkeep and openings, ticks a delivered access.
    pub net_per_access: Option<Interval>,
    /// Whether it is to be recommended.
    pub helped: bool,
    /// What the runs say of the net benefit, in a sentence.
    pub reason: String,
}

impl Advice {
    /// What was found out about some changes, each by itself; none if nothing was to be tried. Those that helped remain
    /// so only if they did among all.
    pub fn new(scenario: &str, diagnosis: Diagnosis, replications: u32, mut tried: Vec<Tried>) -> Self {
        let p_values: Vec<Option<f64>> = tried.iter().map(|tried| tried.p_value).collect();
        for (tried, p_adjusted) in tried.iter_mut().zip(holm::adjusted(&p_values)) {
            tried.p_adjusted = p_adjusted;
            tried.helped &= p_adjusted.is_none_or(|p| p < 1.0 - CONFIDENCE);
        }
        // What makes a scenario stable saves more than any number says.
        let size = |tried: &Tried| {
            let without = if tried.helped { f64::INFINITY } else { f64::NEG_INFINITY };
            tried.gain.map_or(without, |gain| gain.mean)
        };
        tried.sort_by(|a, b| b.helped.cmp(&a.helped).then(size(b).total_cmp(&size(a))));
        let (program_version, scenario) = (crate::VERSION.to_owned(), scenario.to_owned());
        let same_in_all_replications = false;
        Self { version: VERSION, program_version, scenario, diagnosis, replications, same_in_all_replications, tried }
    }

    /// The changes to recommend, the best first.
    pub fn helped(&self) -> impl Iterator<Item = &Tried> {
        self.tried.iter().filter(|tried| tried.helped)
    }
}

/// How much is tried, and on how many threads.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Replications of the scenario with each change, and as it is; their seeds are made from that of the
    /// scenario.
    pub replications: u32,
    /// Runs at a time.
    pub threads: usize,
}

/// Runs that [`advise`] takes for so many candidates.
pub fn runs(candidates: &[Candidate], effort: Effort) -> usize {
    if candidates.is_empty() { 0 } else { (candidates.len() + 1) * effort.replications as usize }
}

/// Tries all changes of a resolved scenario that a diagnosis suggested, from its first tick on. Every run is told to
/// `done` when it ends. None if `stop` said so.
///
/// # Errors
/// Those of loading and running that do not come from a change, and [`Error::UncommonAccesses`].
pub fn advise(
    loaded: &Loaded,
    diagnosis: Diagnosis,
    candidates: &[Candidate],
    effort: Effort,
    stop: impl Fn() -> bool + Sync,
    mut done: impl FnMut(&Outcome) + Send,
) -> Result<Option<Advice>, Error> {
    let Effort { replications, threads } = effort;
    let scenario = &loaded.scenario.name;
    if candidates.is_empty() {
        return Ok(Some(Advice::new(scenario, diagnosis, replications, Vec::new())));
    }
    let network = network(loaded)?;
    let none = BTreeMap::new();
    let arms: Vec<(&str, &BTreeMap<String, Value>)> = std::iter::once((AS_IT_IS, &none))
        .chain(candidates.iter().map(|candidate| (&*candidate.change, &candidate.set)))
        .collect();
    // Those of a replication together, so that what is known early is of all arms.
    let tasks: Vec<(u32, usize)> =
        (0..replications).flat_map(|replication| (0..arms.len()).map(move |arm| (replication, arm))).collect();
    let work = |&(replication, arm): &(u32, usize)| {
        let (name, set) = arms[arm];
        let seed = seed(loaded.scenario.seed, replication);
        let simulated = changed(loaded, &network, set, seed).and_then(|loaded| simulate(loaded.scenario, &stop));
        Outcome::of_run((name, &Point::new()), replication, seed, simulated).transpose()
    };
    let mut outcomes = Vec::with_capacity(tasks.len());
    batch::run(
        &tasks,
        threads,
        |task| if stop() { None } else { work(task) },
        |outcome: Result<Outcome, Error>| {
            let outcome = outcome?;
            done(&outcome);
            outcomes.push(outcome);
            Ok(())
        },
    )?;
    if outcomes.len() < tasks.len() {
        return Ok(None);
    }
    if !same_accesses(&outcomes) {
        return Err(Error::UncommonAccesses { path: loaded.inputs[0].path.clone() });
    }
    let of = |name: &str| outcomes.iter().filter(|outcome| outcome.arm == name).collect::<Vec<_>>();
    let as_it_is = of(AS_IT_IS);
    let result = |arm: &(&str, &BTreeMap<String, Value>)| {
        let judging = Judging { seed: loaded.scenario.seed, ..Judging::default() };
        let own = of(arm.0);
        let judged = Judged { name: arm.0, set: arm.1, runs: &own, same_rules: false };
        tried(arm_result(&judged, Some(&as_it_is), &judging), &gains(&own, &as_it_is))
    };
    let tried = arms[1..].iter().map(result).collect();
    let same_in_all_replications = same_in_all_replications(&outcomes);
    let advice = Advice::new(scenario, diagnosis, replications, tried);
    Ok(Some(Advice { same_in_all_replications, ..advice }))
}

/// What each replication gained, of those that completed with the change and without.
fn gains(own: &[&Outcome], as_it_is: &[&Outcome]) -> Vec<f64> {
    let (own, as_it_is) = (complete(own), complete(as_it_is));
    let gain = |(replication, own): (&u32, &&Summary)| {
        Some(1.0 - own.latency_ticks.mean? / as_it_is.get(replication)?.latency_ticks.mean?)
    };
    own.iter().filter_map(gain).collect()
}

/// What keeps the network what it is in replications with other seeds, from which a generator would make others.
fn network(loaded: &Loaded) -> Result<Option<Assignment>, Error> {
    if !matches!(loaded.resolved.topology, RawTopologySection::Generated(_)) {
        return Ok(None);
    }
    let RawTopology { name, source, nodes, links, .. } = RawTopology::from(&loaded.scenario.topology);
    let inline = serde_json::json!({
        "name": name, "source": source, "nodes": nodes, "links": links, "parts": "all"
    });
    assignment("topology", &inline, "the network of the run", "topology").map(Some)
}

/// The scenario of a run.
fn changed(
    loaded: &Loaded,
    network: &Option<Assignment>,
    set: &BTreeMap<String, Value>,
    seed: u64,
) -> Result<Loaded, Error> {
    let mut assignments: Vec<Assignment> = network.iter().cloned().collect();
    for (path, value) in set {
        assignments.push(assignment(path, value, &format!("the change of {path}"), "advise")?);
    }
    assignments.push(Assignment::option("seed", seed));
    Ok(load(&loaded.inputs[0].path, &assignments, &loaded.kinds)?)
}

/// What the runs with a change say by themselves; `gains` are those of which it has the interval, if it has one.
fn tried(result: ArmResult, gains: &[f64]) -> Tried {
    let ArmResult { name, set, verdict, reason, unstable, gain, net_per_access, differences, .. } = result;
    // Where nothing varies there is nothing to test.
    let varies = gains.windows(2).any(|pair| pair[0] != pair[1]);
    let p_value = gain.filter(|_| varies).and_then(|_| student::p_value(gains));
    let drops_more = differences["dropped_share"].is_some_and(|share| share.low > 0.0);
    let helped = match gain {
        Some(gain) => !unstable && gain.low > 0.0 && !drops_more,
        // Stable where the scenario is not.
        None => verdict == Verdict::Better,
    };
    Tried { change: name, set, gain, p_value, p_adjusted: None, net_per_access, helped, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(change: &str, gain: Option<f64>, p_value: Option<f64>) -> Tried {
        Tried {
            change: change.to_owned(),
            set: BTreeMap::new(),
            gain: gain.map(|mean| Interval { mean, low: mean / 2.0, high: mean * 1.5 }),
            p_value,
            p_adjusted: None,
            net_per_access: None,
            helped: gain.is_none_or(|gain| gain > 0.0),
            reason: String::new(),
        }
    }

    fn helped(tried: Vec<Tried>) -> Vec<String> {
        Advice::new("x", Diagnosis::default(), 5, tried).helped().map(|tried| tried.change.clone()).collect()
    }

    /// Three times 0.016 is less than 0.05, and two times 0.026 is more.
    #[test]
    fn what_helped_by_itself_must_help_among_all() {
        let of = |changes: &[(&str, f64, f64)]| {
            helped(changes.iter().map(|&(change, gain, p)| found(change, Some(gain), Some(p))).collect())
        };
        assert_eq!(of(&[("small", 0.1, 0.026), ("large", 0.2, 0.016), ("worse", -0.3, 0.3)]), ["large"]);
        assert_eq!(of(&[("small", 0.1, 0.026)]), ["small"]);
        assert_eq!(of(&[("small", 0.1, 0.024), ("large", 0.2, 0.016), ("worse", -0.3, 0.001)]), ["large", "small"]);
    }

    #[test]
    fn what_has_no_gain_counts_as_tried() {
        let without = || Tried { helped: false, ..found("unstable", None, None) };
        assert_eq!(helped(vec![found("a", Some(0.1), Some(0.026)), without()]), <[&str; 0]>::default());
        assert_eq!(helped(vec![found("a", Some(0.1), Some(0.024)), without()]), ["a"]);
        assert_eq!(helped(vec![found("stable", None, None), without()]), ["stable"]);
    }
}
