//! `analytics/optimization_logs/log-NNN.jsonl`: every opening, promotion, demotion, dormancy, reopening and archiving, in
//! words and numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::names;
use crate::scenario::{KindParameters, Scenario, Tick};
use crate::store::json::to_line;
use crate::topology::NodeId;
use crate::world::components::{Kind, WormholeId};
use crate::world::journal::{Change, DormancyReason, OpeningReason, Record};

/// Lines of a file.
const LINES_PER_FILE: usize = 10_000;

/// One decision about a wormhole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// When.
    pub tick: Tick,
    /// What was done.
    pub action: Action,
    /// To which wormhole.
    pub wormhole: u32,
    /// Names of its ends.
    pub ends: [String; 2],
    /// Why, in words.
    pub reason: String,
    /// The numbers that decided, by name; costs, pulls and savings in ticks of latency.
    pub numbers: BTreeMap<String, f64>,
}

/// What was done to a wormhole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Opened for the first time.
    Open,
    /// Opened from the pool.
    Reopen,
    /// Became a stronger kind.
    Promote,
    /// Became a weaker kind.
    Demote,
    /// Closed, and put into the pool.
    Retire,
    /// Taken out of the pool for good.
    Archive,
}

/// Turns records of the journal into lines of the log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct Log {
    /// Ends by wormhole, those opened or recovered so far.
    ends: BTreeMap<WormholeId, [NodeId; 2]>,
    lines: usize,
}

impl Log {
    /// The path within `wormholes/` of the file that takes the next line.
    pub(in crate::store) fn path(&self) -> String {
        format!("analytics/optimization_logs/log-{:03}.jsonl", self.lines / LINES_PER_FILE)
    }

    /// Whether a path within a run directory is that of a file of the log.
    pub(in crate::store) fn is_file(path: &str) -> bool {
        path.starts_with("wormholes/analytics/optimization_logs/")
    }

    /// The line of a record, if it is about a wormhole.
    pub(in crate::store) fn line(&mut self, record: &Record, scenario: &Scenario) -> Option<String> {
        let decision = self.decision(record, scenario)?;
        self.lines += 1;
        Some(to_line(&decision))
    }

    fn decision(&mut self, record: &Record, scenario: &Scenario) -> Option<Decision> {
        let (wormhole, action, reason, numbers) = match record.change {
            Change::Opened { wormhole, ends, span_ticks, transit_ticks, cost_ticks, reopened, ref reason, .. } => {
                self.ends.insert(wormhole, ends);
                let action = if reopened { Action::Reopen } else { Action::Open };
                let mut numbers = vec![
                    ("cost_ticks", cost_ticks),
                    ("span_ticks", f64::from(span_ticks)),
                    ("transit_ticks", f64::from(transit_ticks)),
                ];
                let why = match *reason {
                    OpeningReason::Initial => "the scenario lists it".to_owned(),
                    OpeningReason::Pull { pull, masses: [a, b] } => {
                        let least = scenario.physics.gravity.min_pull;
                        numbers.extend([("pull", pull), ("min_pull", least), ("mass_a", a), ("mass_b", b)]);
                        format!("its pull of {pull:.4} is at least {least:.4} and among the largest within the budget")
                    }
                };
                (wormhole, action, why, numbers)
            }
            Change::KindChanged { wormhole, from, to, transit_ticks, strength } => {
                let bound = threshold(from, to, &scenario.physics.wormhole.kinds);
                let numbers =
                    vec![("strength", strength), ("threshold", bound), ("transit_ticks", f64::from(transit_ticks))];
                let (action, side) =
                    if from < to { (Action::Promote, "reached") } else { (Action::Demote, "fell below") };
                let reason = format!("its strength of {strength:.4} {side} {bound:.4}: {} to {}", word(from), word(to));
                (wormhole, action, reason, numbers)
            }
            Change::Dormant { wormhole, strength, reason } => {
                let (why, mut numbers) = match reason {
                    DormancyReason::Faded { below } => {
                        (format!("its strength of {strength:.4} fell below {below:.4}"), vec![("threshold", below)])
                    }
                    DormancyReason::DoesNotPay { saved_ticks, upkeep_ticks } => (
                        format!(
                            "it saved {saved_ticks:.4} since the last review, less than its upkeep of {upkeep_ticks:.4}"
                        ),
                        vec![("saved_ticks", saved_ticks), ("upkeep_ticks", upkeep_ticks)],
                    ),
                    DormancyReason::EndFailed { node } => {
                        (format!("its end {} failed", scenario.topology.node(node).name), Vec::new())
                    }
                };
                numbers.push(("strength", strength));
                (wormhole, Action::Retire, why, numbers)
            }
            Change::Archived { wormhole, dormant_ticks } => {
                let most = scenario.physics.decay.archive_after_ticks;
                let reason = format!("it was dormant for {dormant_ticks} ticks, and may be for {most}");
                let numbers =
                    vec![("dormant_ticks", f64::from(dormant_ticks)), ("archive_after_ticks", f64::from(most))];
                (wormhole, Action::Archive, reason, numbers)
            }
            Change::Recovered { wormhole, ends, .. } => {
                self.ends.insert(wormhole, ends);
                return None;
            }
            Change::LinkFailed { .. }
            | Change::LinkRestored { .. }
            | Change::NodeFailed { .. }
            | Change::NodeRestored { .. }
            | Change::CapacitySet { .. } => return None,
        };
        Some(Decision {
            tick: record.tick,
            action,
            wormhole: wormhole.0,
            ends: self.ends_of(wormhole, scenario),
            reason,
            numbers: numbers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        })
    }

    fn ends_of(&self, wormhole: WormholeId, scenario: &Scenario) -> [String; 2] {
        names(&scenario.topology, self.ends[&wormhole])
    }
}

/// The strength at which a kind changes.
fn threshold(from: Kind, to: Kind, kinds: &KindParameters) -> f64 {
    match (from, to) {
        (Kind::Experimental, _) => kinds.standard_above,
        (Kind::Standard, Kind::FastLane) => kinds.fast_above,
        (Kind::Standard, _) => kinds.standard_below,
        (Kind::FastLane, _) => kinds.fast_below,
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Experimental => "experimental",
        Kind::Standard => "standard",
        Kind::FastLane => "fast lane",
    }
}
