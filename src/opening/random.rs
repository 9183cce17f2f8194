//! Random: wormholes between pairs of which nobody asked whether they help, the plainest rival.

use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions};
use super::policy::{Network, OpeningPolicy, PolicyParameters, Prices};
use super::rival::{Rival, RivalPolicy};
use crate::error::Error;
use crate::random::stream;
use crate::scenario::{self, Scenario};
use crate::topology::NodeId;

/// Pairs drawn at random before the first tick, until ports run out; they stay.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "random";
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        Ok(RivalPolicy::boxed(Random { seed: scenario.seed }))
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
struct Random {
    seed: u64,
}

impl Rival for Random {
    fn kind(&self) -> &'static str {
        <Parameters as scenario::Parameters>::KIND
    }

    fn listens(&self) -> bool {
        false
    }

    fn begin(&mut self, network: &mut Network, decisions: &mut Decisions) {
        let mut rng = stream(self.seed, "opening/random");
        let mut nodes: Vec<NodeId> =
            (0..network.nodes()).map(NodeId).filter(|&node| network.are_up([node; 2])).collect();
        // Each round pairs the nodes anew; a pair that has a wormhole already is left out.
        for _ in 0..network.rules().wormholes.ports_per_node.min(network.nodes()) {
            nodes.shuffle(&mut rng);
            for pair in nodes.chunks_exact(2) {
                let pair = [pair[0].min(pair[1]), pair[0].max(pair[1])];
                if !decisions.is_open(pair) && decisions.has_ports(pair) && network.carries(pair) {
                    decisions.open(pair);
                }
            }
        }
    }
    fn decide(&mut self, _: &Asked, _: &Network, _: &mut Decisions) {}
}
