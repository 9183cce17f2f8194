//! Random: wormholes between pairs of which nobody asked whether they help, the plainest rival.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use rand::seq::SliceRandom;

use super::decisions::{Decisions, Pair, proposals};
use super::policy::{Network, OpeningPolicy, PolicyParameters, Proposal};
use crate::fabric::WormholeId;
use crate::random::stream;
use crate::scenario::{self, Scenario, Tick};
use crate::topology::NodeId;

/// Pairs drawn at random in the first tick, until ports run out; they stay.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "random";
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Box<dyn OpeningPolicy> {
        Box::new(Random { seed: scenario.seed, opened: Vec::new() })
    }
}

/// The policy.
#[derive(Debug)]
struct Random {
    seed: u64,
    opened: Vec<Pair>,
}

impl OpeningPolicy for Random {
    fn is_due(&self, now: Tick) -> bool {
        now == 0
    }

    fn keeps(&self) -> bool {
        true
    }

    fn close(&mut self, network: &mut Network) -> Vec<(WormholeId, &'static str)> {
        let mut rng = stream(self.seed, "opening/random");
        let mut decisions = Decisions::new(network);
        let mut nodes: Vec<NodeId> = (0..network.nodes()).map(NodeId).filter(|&node| network.is_up(node)).collect();
        // Each round pairs the nodes anew; a pair that has a wormhole already is left out.
        for _ in 0..network.rules().wormholes.ports_per_node.min(network.nodes()) {
            nodes.shuffle(&mut rng);
            for pair in nodes.chunks_exact(2) {
                let pair = [pair[0].min(pair[1]), pair[0].max(pair[1])];
                if !decisions.is_open(pair) && decisions.has_ports(pair) {
                    decisions.open(pair);
                }
            }
        }
        let (closed, opened) = decisions.take();
        self.opened = opened;
        closed
    }

    fn propose(&mut self, network: &mut Network) -> Vec<Proposal> {
        proposals(std::mem::take(&mut self.opened), network)
    }

    fn budget(&self) -> u32 {
        u32::MAX
    }
}
