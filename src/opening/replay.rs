//! Replay: what a schedule says, whatever happens.
//!
//! What is open in tick t is decided at the end of tick t − 1, and before the first tick for tick 0.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions, Pair};
use super::foreseen::Foreseen;
use super::policy::{Network, OpeningPolicy, PolicyParameters, Prices};
use super::rival::{Rival, RivalPolicy};
use crate::direct_use::{Action, bounds};
use crate::error::Error;
use crate::scenario::{self, Refused, Scenario, Surroundings, Tick};
use crate::topology::{NameIndex, NodeId, Topology};

/// What a schedule says: a given one, or the best that was found knowing all accesses beforehand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// A JSON file with the schedule: an array of steps as `bound --schedule` writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Steps in the order of time. `null`: the feasible schedule of `wormsim bound`, for the accesses of the run.
    pub schedule: Option<Vec<Step>>,
}

/// A pair that opens or closes before the accesses of a tick: one of `open` and `close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When; less than `ticks`.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub tick: Tick,
    /// The nodes between which a wormhole opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<[String; 2]>,
    /// The nodes between which it closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<[String; 2]>,
}

impl Step {
    /// A step between two nodes of a topology.
    pub fn new(tick: Tick, pair: [NodeId; 2], action: Action, topology: &Topology) -> Self {
        let names = Some(pair.map(|node| topology.node(node).name.to_string()));
        match action {
            Action::Open => Self { tick, open: names, close: None },
            Action::Close => Self { tick, open: None, close: names },
        }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "replay";

    const FILE: Option<[&'static str; 2]> = Some(["file", "schedule"]);

    fn check_in(&self, surroundings: &Surroundings) -> Result<(), Refused> {
        let names = NameIndex::new(surroundings.topology);
        let (mut open, mut used, mut now) = (BTreeSet::new(), BTreeMap::<NodeId, u32>::new(), 0);
        for (number, step) in self.schedule.iter().flatten().enumerate() {
            let refuse = |value: String, expected: &str| {
                Err(Refused { field: format!("schedule.{number}"), value, expected: expected.to_owned() })
            };
            if step.tick < now || step.tick >= surroundings.ticks {
                let expected = format!("ticks in order, less than ticks ({})", surroundings.ticks);
                return refuse(format!("tick {}", step.tick), &expected);
            }
            now = step.tick;
            let (ends, opens) = match (&step.open, &step.close) {
                (Some(ends), None) => (ends, true),
                (None, Some(ends)) => (ends, false),
                _ => return refuse("a step".to_owned(), "one of open and close"),
            };
            let [Some(a), Some(b)] = ends.each_ref().map(|name| names.find(name)) else {
                return refuse(format!("{} to {}", ends[0], ends[1]), "two nodes of the topology");
            };
            let value = format!("{} to {} in tick {now}", ends[0], ends[1]);
            let pair = [a.min(b), a.max(b)];
            if a == b {
                return refuse(value, "two different nodes");
            }
            let changes = if opens { open.insert(pair) } else { open.remove(&pair) };
            if !changes {
                return refuse(value, if opens { "a pair that is not open" } else { "a pair that is open" });
            }
            for end in pair {
                let used = used.entry(end).or_default();
                *used = if opens { *used + 1 } else { *used - 1 };
                if *used > surroundings.ports_per_node {
                    let expected = format!("at most ports_per_node ({}) open at a node", surroundings.ports_per_node);
                    return refuse(value, &expected);
                }
            }
        }
        Ok(())
    }
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        let steps = match &self.schedule {
            _ if !scenario.wormholes.enabled => Vec::new(),
            Some(steps) => given(steps, scenario),
            None => foreseen(scenario)?,
        };
        let mut changes = BTreeMap::<Tick, Vec<(Pair, Action)>>::new();
        for (tick, pair, action) in steps {
            changes.entry(tick).or_default().push((pair, action));
        }
        Ok(RivalPolicy::boxed(Replay { changes }))
    }

    fn keeps(&self) -> bool {
        true
    }

    fn reads(&self) -> Prices {
        Prices { opening: self.schedule.is_none(), upkeep: self.schedule.is_none() }
    }

    fn reads_length(&self) -> bool {
        self.schedule.is_none()
    }
}

fn given(steps: &[Step], scenario: &Scenario) -> Vec<(Tick, Pair, Action)> {
    let names = NameIndex::new(&scenario.topology);
    let change = |step: &Step| {
        let (ends, action) = match (&step.open, &step.close) {
            (Some(ends), _) => (ends, Action::Open),
            (None, ends) => (ends.as_ref()?, Action::Close),
        };
        let [a, b] = [names.find(&ends[0])?, names.find(&ends[1])?];
        Some((step.tick, [a.min(b), a.max(b)], action))
    };
    steps.iter().filter_map(change).collect()
}

fn foreseen(scenario: &Scenario) -> Result<Vec<(Tick, Pair, Action)>, Error> {
    let schedule = bounds(&Foreseen::of(scenario, &[])?.ledger).upper.schedule;
    let events = schedule.events.into_iter();
    Ok(events.map(|event| (event.tick as Tick, event.pair.ends().map(NodeId), event.action)).collect())
}

/// The rule.
#[derive(Debug)]
struct Replay {
    changes: BTreeMap<Tick, Vec<(Pair, Action)>>,
}

impl Rival for Replay {
    fn kind(&self) -> &'static str {
        <Parameters as scenario::Parameters>::KIND
    }

    fn listens(&self) -> bool {
        false
    }

    fn is_due(&self, now: Tick) -> bool {
        self.changes.contains_key(&(now + 1))
    }

    fn begin(&mut self, network: &mut Network, decisions: &mut Decisions) {
        for &tick in self.changes.keys().take_while(|&&tick| tick <= network.next()) {
            self.follow(tick, network, decisions);
        }
    }

    fn decide(&mut self, _: &Asked, network: &Network, decisions: &mut Decisions) {
        self.follow(network.now() + 1, network, decisions);
    }
}

impl Replay {
    /// Opens and closes what is due before the accesses of `tick`; what cannot be done, as with an end that failed, is
    /// left out.
    fn follow(&self, tick: Tick, network: &Network, decisions: &mut Decisions) {
        for &(pair, action) in self.changes.get(&tick).into_iter().flatten() {
            match action {
                Action::Close if decisions.is_open(pair) => decisions.close(pair),
                Action::Open if !decisions.is_open(pair) && decisions.has_ports(pair) && network.are_up(pair) => {
                    decisions.open(pair);
                }
                Action::Open | Action::Close => {}
            }
        }
    }
}
