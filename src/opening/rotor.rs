//! Rotor: every pair has its turn, whoever asks (the circle method of round-robin tournaments), as in rotor-based
//! reconfigurable networks (Mellette et al. 2017).
//!
//! Of n nodes, one stays and the others move on a circle; who faces whom is a perfect matching, and n − 1 moves bring
//! every pair once. With more ports, each port's rotor starts a part of the circle and a part of the dwell later, so
//! that not all switch at once. Of an odd number of nodes, one rests in each round.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions, Pair};
use super::policy::{Network, OpeningPolicy, PolicyParameters, Prices};
use super::rival::{Rival, RivalPolicy};
use crate::error::Error;
use crate::scenario::{self, Scenario, Tick};
use crate::topology::NodeId;

/// Every pair has its turn, whoever asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Ticks from one round to the next. More: fewer openings, and a longer wait for one's turn.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub dwell_ticks: Tick,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { dwell_ticks: 1000 }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "rotor";
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        let nodes = scenario.topology.node_count() as u32;
        // No node has more partners.
        let ports = scenario.wormholes.ports_per_node.min(nodes.saturating_sub(1));
        Ok(RivalPolicy::boxed(Rotor { dwell: self.dwell_ticks, nodes, ports }))
    }

    fn keeps(&self) -> bool {
        true
    }

    fn reads(&self) -> Prices {
        Prices::NONE
    }
}

/// The rule.
#[derive(Debug)]
struct Rotor {
    dwell: Tick,
    nodes: u32,
    ports: u32,
}

impl Rival for Rotor {
    fn kind(&self) -> &'static str {
        <Parameters as scenario::Parameters>::KIND
    }

    fn listens(&self) -> bool {
        false
    }

    fn is_due(&self, now: Tick) -> bool {
        now == 0 || (0..self.ports).any(|port| (now + 1 + self.stagger(port)).is_multiple_of(self.dwell))
    }

    fn begin(&mut self, network: &mut Network, decisions: &mut Decisions) {
        decisions.open_all(self.facing(network.next()).into_iter().filter(|&pair| network.are_up(pair)));
    }

    fn decide(&mut self, _: &Asked, network: &Network, decisions: &mut Decisions) {
        let facing = self.facing(network.now() + 1);
        decisions.replace(&facing.into_iter().filter(|&pair| network.are_up(pair)).collect());
    }
}

impl Rotor {
    /// By how many ticks a port's rotor is ahead of the first.
    fn stagger(&self, port: u32) -> Tick {
        (u64::from(port) * u64::from(self.dwell) / u64::from(self.ports)) as Tick
    }

    /// The pairs that face each other in a tick, at any port.
    fn facing(&self, tick: Tick) -> BTreeSet<Pair> {
        let rounds = self.circle().saturating_sub(1).max(1);
        let round = |port: u32| {
            let turned = (tick + self.stagger(port)) / self.dwell;
            let ahead = u64::from(port) * u64::from(rounds) / u64::from(self.ports);
            ((u64::from(turned) + ahead) % u64::from(rounds)) as u32
        };
        (0..self.ports).flat_map(|port| self.pairs_of(round(port))).collect()
    }

    /// Places on the circle: nodes, and an empty one if they are odd.
    fn circle(&self) -> u32 {
        self.nodes + self.nodes % 2
    }

    /// The pairs of one round: the last place stays, place k faces the place as far on the other side of the round.
    fn pairs_of(&self, round: u32) -> impl Iterator<Item = Pair> + use<> {
        let (nodes, moving) = (self.nodes, self.circle().saturating_sub(1));
        let facing = move |step: u32| match step {
            0 => (round, moving),
            _ => ((round + step) % moving, (round + moving - step) % moving),
        };
        let pairs = (0..=moving / 2).map(facing).filter(move |&(a, b)| a != b && a.max(b) < nodes);
        pairs.map(|(a, b)| [NodeId(a.min(b)), NodeId(a.max(b))])
    }
}
