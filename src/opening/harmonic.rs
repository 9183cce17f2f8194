//! Harmonic: long links drawn by distance, as in Kleinberg's small worlds.

use rand::RngExt;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions, Pair};
use super::policy::{Network, OpeningPolicy, PolicyParameters, Prices};
use super::rival::{Rival, RivalPolicy};
use crate::error::Error;
use crate::random::stream;
use crate::scenario::{self, Scenario};
use crate::topology::NodeId;

/// Partners drawn before the first tick with probability d^(−r), d the latency over space, until ports run out; they
/// stay (Kleinberg 2000).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// r, no unit. More: shorter wormholes; 0 ignores distance. At the dimension of a lattice, messages that always
    /// take the neighbour nearest to their target arrive soonest.
    #[schemars(range(min = 0, max = 20))]
    pub exponent: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { exponent: 2.0 }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "harmonic";
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        Ok(RivalPolicy::boxed(Harmonic { seed: scenario.seed, exponent: self.exponent }))
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
struct Harmonic {
    seed: u64,
    exponent: f64,
}

impl Rival for Harmonic {
    fn kind(&self) -> &'static str {
        <Parameters as scenario::Parameters>::KIND
    }

    fn listens(&self) -> bool {
        false
    }

    /// Each round, every node that has a port left draws a partner that has one.
    fn begin(&mut self, network: &mut Network, decisions: &mut Decisions) {
        let mut rng = stream(self.seed, "opening/harmonic");
        let mut order: Vec<NodeId> = (0..network.nodes()).map(NodeId).collect();
        for _ in 0..network.rules().wormholes.ports_per_node.min(network.nodes()) {
            order.shuffle(&mut rng);
            for &node in &order {
                if decisions.is_full(node) || !network.are_up([node; 2]) {
                    continue;
                }
                let mut partners: Vec<(f64, Pair)> = Vec::new();
                for (other, latency) in network.latencies_to(node) {
                    let pair = [node.min(other), node.max(other)];
                    if network.are_up(pair) && !decisions.is_open(pair) && decisions.has_ports(pair) {
                        partners.push((libm::pow(latency, -self.exponent), pair));
                    }
                }
                // Whether something carries a pair takes a search, so that only those that are drawn are asked for.
                while let Some(place) = drawn(&partners, rng.random()) {
                    let (_, pair) = partners.remove(place);
                    if network.carries(pair) {
                        decisions.open(pair);
                        break;
                    }
                }
            }
        }
    }

    fn decide(&mut self, _: &Asked, _: &Network, _: &mut Decisions) {}
}

/// The place that a number from 0 to 1 chooses in proportion to weights, if there is any.
fn drawn(partners: &[(f64, Pair)], number: f64) -> Option<usize> {
    let mut left = number * partners.iter().map(|(weight, _)| weight).sum::<f64>();
    let is_chosen = |(weight, _): &(f64, Pair)| {
        left -= weight;
        left < 0.0
    };
    partners.iter().position(is_chosen).or(partners.len().checked_sub(1))
}
