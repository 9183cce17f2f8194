//! `analytics/optimization_logs/log-NNN.jsonl`: every opening, promotion, demotion, dormancy, reopening and archiving,
//! in words and numbers. Every file holds twice as many lines as the one before, so that there are never many.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rows::names;
use crate::fabric::WormholeId;
use crate::scenario::WormholeKind;
use crate::scenario::{KindParameters, Scenario, Tick};
use crate::store::json::to_line;
use crate::store::layout;
use crate::topology::{EachWay, NodeId};
use crate::world::journal::{Change, DormancyReason, Record};

/// Lines of the first file.
const LINES_OF_THE_FIRST: usize = 10_000;

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

/// The number of the file that takes the line after so many.
fn file_of(lines: usize) -> u32 {
    (lines / LINES_OF_THE_FIRST + 1).ilog2()
}

/// Turns records of the journal into lines of the log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct Log {
    /// Ends by wormhole, of those that are held.
    ends: BTreeMap<WormholeId, [NodeId; 2]>,
    lines: usize,
}

impl Log {
    /// The path within a run directory of the file that takes the next line.
    pub(in crate::store) fn path(&self) -> String {
        layout::log(file_of(self.lines))
    }

    /// Whether it can be that of a run that has so many `files` of it and these wormholes.
    pub(in crate::store) fn fits(
        &self,
        files: usize,
        wormholes: impl Iterator<Item = (WormholeId, [NodeId; 2])>,
    ) -> bool {
        file_of(self.lines) as usize <= files && self.ends == wormholes.collect()
    }

    /// The line of a record, if it is about a wormhole.
    pub(in crate::store) fn line(&mut self, record: &Record, scenario: &Scenario) -> Option<String> {
        let decision = self.decision(record, scenario)?;
        if let Change::Archived { wormhole, .. } = record.change {
            self.ends.remove(&wormhole);
        }
        self.lines += 1;
        Some(to_line(&decision))
    }

    fn decision(&mut self, record: &Record, scenario: &Scenario) -> Option<Decision> {
        let (wormhole, action, reason, numbers) = match record.change {
            Change::Opened { wormhole, ends, span_ticks, transit_ticks, cost_ticks, reopened, ref reason, .. } => {
                self.ends.insert(wormhole, ends);
                let action = if reopened { Action::Reopen } else { Action::Open };
                let mut numbers = vec![("cost_ticks", cost_ticks)];
                numbers.extend(each_way(["span_ticks", "span_ticks_back"], span_ticks));
                numbers.extend(each_way(TRANSIT, transit_ticks));
                numbers.extend(reason.numbers.iter().map(|(name, value)| (name.as_str(), *value)));
                let why = match reason.score {
                    None => "the scenario lists it".to_owned(),
                    Some(score) => {
                        numbers.push(("score", score));
                        format!("its score of {score:.4} by {} is among the best within the budget", reason.because)
                    }
                };
                (wormhole, action, why, numbers)
            }
            Change::KindChanged { wormhole, from, to, transit_ticks, strength } => {
                let bound = threshold(from, to, &scenario.physics.wormhole.kinds);
                let mut numbers = vec![("strength", strength), ("threshold", bound)];
                numbers.extend(each_way(TRANSIT, transit_ticks));
                let (action, side) =
                    if from < to { (Action::Promote, "reached") } else { (Action::Demote, "fell below") };
                let reason = format!("its strength of {strength:.4} {side} {bound:.4}: {} to {}", word(from), word(to));
                (wormhole, action, reason, numbers)
            }
            Change::Dormant { wormhole, strength, ref reason } => {
                let (why, mut numbers) = match *reason {
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
                    DormancyReason::PathFailed => ("its way over space failed".to_owned(), Vec::new()),
                    DormancyReason::PathNarrow => {
                        ("a link of its way lost the capacity that it had reserved".to_owned(), Vec::new())
                    }
                    DormancyReason::Policy { ref why } => (format!("the opening policy closed it: {why}"), Vec::new()),
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

/// Names of the transit each way.
const TRANSIT: [&str; 2] = ["transit_ticks", "transit_ticks_back"];

/// One number where both directions are the same, else that of each way.
fn each_way(names: [&str; 2], ticks: EachWay) -> impl Iterator<Item = (&str, f64)> {
    names.into_iter().zip(ticks.0.map(f64::from)).take(if ticks.is_same() { 1 } else { 2 })
}

/// The strength at which a kind changes.
fn threshold(from: WormholeKind, to: WormholeKind, kinds: &KindParameters) -> f64 {
    match (from, to) {
        (WormholeKind::Experimental, _) => kinds.standard_above,
        (WormholeKind::Standard, WormholeKind::FastLane) => kinds.fast_above,
        (WormholeKind::Standard, _) => kinds.standard_below,
        (WormholeKind::FastLane, _) => kinds.fast_below,
    }
}

fn word(kind: WormholeKind) -> &'static str {
    match kind {
        WormholeKind::Experimental => "experimental",
        WormholeKind::Standard => "standard",
        WormholeKind::FastLane => "fast lane",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{idle, ring};
    use super::*;
    use crate::simulation::Simulation;
    use crate::world::journal::OpeningReason;

    fn simulation() -> Simulation {
        let kinds = json!({"standard_above": 0.4, "standard_below": 0.3, "fast_above": 0.8, "fast_below": 0.7});
        let decay = json!({"archive_after_ticks": 90, "reopen_after_ticks": 0});
        let gravity = json!({"min_pull": 6});
        let physics = json!({"wormhole": {"kinds": kinds}, "decay": decay, "gravity": gravity});
        idle(ring(4), json!({"physics": physics}), 0)
    }

    fn opened(reopened: bool, reason: OpeningReason) -> Change {
        let opened = json!({"change": "opened", "wormhole": 7, "ends": [1, 3], "span_ticks": [4, 6], "transit_ticks": 3,
            "kind": "experimental", "strength": 0.3, "ready_tick": 25, "cost_ticks": 100.0, "reopened": reopened,
            "reason": reason});
        serde_json::from_value(opened).unwrap()
    }

    fn decision(log: &mut Log, change: Change, scenario: &Scenario) -> Option<Decision> {
        let line = log.line(&Record { tick: 5, change }, scenario)?;
        assert!(line.ends_with('\n'));
        Some(serde_json::from_str(&line).unwrap())
    }

    #[test]
    fn every_decision_has_its_action_its_ends_its_words_and_its_numbers() {
        let simulation = simulation();
        let mut log = Log::default();
        let mut check = |change, action, reason: &str, numbers: &[(&str, f64)]| {
            let found = decision(&mut log, change, simulation.scenario()).unwrap();
            let expected = Decision {
                tick: 5,
                action,
                wormhole: 7,
                ends: ["1".to_owned(), "3".to_owned()],
                reason: reason.to_owned(),
                numbers: numbers.iter().map(|&(name, value)| (name.to_owned(), value)).collect(),
            };
            assert_eq!(found, expected);
        };
        let costs = [("cost_ticks", 100.0), ("span_ticks", 4.0), ("span_ticks_back", 6.0), ("transit_ticks", 3.0)];
        check(opened(false, OpeningReason::initial()), Action::Open, "the scenario lists it", &costs);
        let decided = [("min_pull", 6.0), ("mass_a", 2.0), ("mass_b", 1.0)];
        let numbers = decided.map(|(name, value)| (name.to_owned(), value)).into();
        let proposed = OpeningReason { because: "gravity".to_owned(), at_start: false, score: Some(8.0), numbers };
        let numbers = [&costs[..], &decided, &[("score", 8.0)]].concat();
        let why = "its score of 8.0000 by gravity is among the best within the budget";
        check(opened(true, proposed), Action::Reopen, why, &numbers);

        let wormhole = WormholeId(7);
        for (from, to, strength, threshold, action, why) in [
            (
                WormholeKind::Experimental,
                WormholeKind::Standard,
                0.5,
                0.4,
                Action::Promote,
                "reached 0.4000: experimental to standard",
            ),
            (
                WormholeKind::Standard,
                WormholeKind::FastLane,
                0.9,
                0.8,
                Action::Promote,
                "reached 0.8000: standard to fast lane",
            ),
            (
                WormholeKind::FastLane,
                WormholeKind::Standard,
                0.5,
                0.7,
                Action::Demote,
                "fell below 0.7000: fast lane to standard",
            ),
            (
                WormholeKind::Standard,
                WormholeKind::Experimental,
                0.2,
                0.3,
                Action::Demote,
                "fell below 0.3000: standard to experimental",
            ),
        ] {
            let numbers = [("strength", strength), ("threshold", threshold), ("transit_ticks", 2.0)];
            let change = Change::KindChanged { wormhole, from, to, transit_ticks: EachWay::same(2), strength };
            check(change, action, &format!("its strength of {strength:.4} {why}"), &numbers);
        }

        let dormant = |reason| Change::Dormant { wormhole, strength: 0.25, reason };
        let reason = DormancyReason::Faded { below: 0.5 };
        let numbers = [("strength", 0.25), ("threshold", 0.5)];
        check(dormant(reason), Action::Retire, "its strength of 0.2500 fell below 0.5000", &numbers);
        let reason = DormancyReason::DoesNotPay { saved_ticks: 2.0, upkeep_ticks: 3.0 };
        let numbers = [("strength", 0.25), ("saved_ticks", 2.0), ("upkeep_ticks", 3.0)];
        let why = "it saved 2.0000 since the last review, less than its upkeep of 3.0000";
        check(dormant(reason), Action::Retire, why, &numbers);
        let reason = DormancyReason::EndFailed { node: NodeId(3) };
        check(dormant(reason), Action::Retire, "its end 3 failed", &[("strength", 0.25)]);
        let numbers = [("dormant_ticks", 91.0), ("archive_after_ticks", 90.0)];
        let why = "it was dormant for 91 ticks, and may be for 90";
        check(Change::Archived { wormhole, dormant_ticks: 91 }, Action::Archive, why, &numbers);
    }

    #[test]
    fn only_decisions_are_lines_and_files_hold_ten_thousand_twenty_thousand_and_so_on() {
        let simulation = simulation();
        let (mut log, scenario) = (Log::default(), simulation.scenario());
        for change in [
            Change::LinkFailed { link: 0 },
            Change::LinkRestored { link: 0 },
            Change::NodeFailed { node: NodeId(0) },
            Change::NodeRestored { node: NodeId(0) },
            Change::CapacitySet { link: 0, from: None, capacity_per_tick: None },
            Change::Recovered {
                wormhole: WormholeId(7),
                ends: [NodeId(1), NodeId(3)],
                span_ticks: EachWay([4, 6]),
                transit_ticks: EachWay::same(3),
                kind: WormholeKind::Standard,
                strength: 0.5,
                ready_tick: 0,
                phase: crate::scenario::Phase::Active,
            },
        ] {
            assert_eq!(decision(&mut log, change, scenario), None);
        }
        for line in 0..70_001 {
            let number = [10_000, 30_000, 70_000].into_iter().filter(|end| line >= *end).count();
            assert_eq!(log.path(), format!("wormholes/analytics/optimization_logs/log-{number:03}.jsonl"));
            assert!(layout::is_log(&log.path()));
            let reason = DormancyReason::Faded { below: 0.5 };
            let dormant = Change::Dormant { wormhole: WormholeId(7), strength: 0.4, reason };
            assert_eq!(decision(&mut log, dormant, scenario).unwrap().ends, ["1", "3"], "recovered ones are known");
        }
        assert!(layout::is_log("wormholes/analytics/optimization_logs/log-1000.jsonl"));
        for name in ["log-1.jsonl", "log-0001.jsonl", "log-+01.jsonl", "log-000", "notes.txt", "log-000.jsonl/x", ""] {
            assert!(!layout::is_log(&format!("{}/{name}", layout::OPTIMIZATION_LOGS)), "{name}");
        }
        assert!(!layout::is_log("wormholes/topology/journal.jsonl"));
    }
}
