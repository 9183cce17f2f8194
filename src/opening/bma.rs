//! BMA, on-line dynamic b-matching (Bienkowski, Fuchssteiner, Marcinkowski and Schmid 2020).
//!
//! Each pair counts what its accesses would have saved while it was closed, since its counter was last reset. At the
//! price of an opening it is *saturated*. If a node then has more saturated pairs than ports, the counters of all its
//! pairs are reset, the newcomer's too. A pair that stays saturated opens; where a node is full, its smallest open pair
//! that is not saturated makes room. It is O(b)-competitive where upkeep is free; it does not look at upkeep.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions, Pair};
use super::policy::{self, Network, OpeningPolicy, PolicyParameters, Prices};
use super::rival::{Rival, RivalPolicy};
use crate::direct_use::Tariff;
use crate::error::Error;
use crate::fabric::router;
use crate::scenario::{self, Refused, Scenario, Surroundings};
use crate::topology::NodeId;

/// Online dynamic b-matching (Bienkowski et al. 2020): counters of pairs, reset where too many are full.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "bma";

    fn check_in(&self, surroundings: &Surroundings) -> Result<(), Refused> {
        surroundings.check_opening_cost()
    }
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Result<Box<dyn OpeningPolicy>, Error> {
        Ok(RivalPolicy::boxed(Bma::new(scenario)))
    }

    fn keeps(&self) -> bool {
        true
    }

    fn reads(&self) -> Prices {
        Prices::OPENING
    }
}

/// The rule.
#[derive(Debug)]
pub(super) struct Bma {
    tariff: Tariff,
    /// By node and partner, in units of the tariff: each pair at both ends.
    counters: BTreeMap<[NodeId; 2], i64>,
}

impl Rival for Bma {
    fn kind(&self) -> &'static str {
        <Parameters as scenario::Parameters>::KIND
    }

    fn decide(&mut self, asked: &Asked, network: &Network, decisions: &mut Decisions) {
        let ports = network.rules().wormholes.ports_per_node as usize;
        for (&pair, &saved) in asked {
            if ports > 0 && network.are_up(pair) && !decisions.is_open(pair) {
                let units = i64::try_from(saved).unwrap_or(i64::MAX).saturating_mul(self.tariff.scale());
                self.ask(pair, units, ports, decisions);
            }
        }
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        router::save(&self.counters, to)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some(counters) = router::read::<BTreeMap<[NodeId; 2], i64>>(state) else { return false };
        let is_possible = counters.iter().all(|(&[a, b], &count)| count >= 0 && counters.get(&[b, a]) == Some(&count));
        self.counters = counters;
        is_possible
    }
}

impl Bma {
    /// No counter has begun.
    pub fn new(scenario: &Scenario) -> Self {
        Self { tariff: policy::tariff(scenario), counters: BTreeMap::new() }
    }

    fn ask(&mut self, pair: Pair, units: i64, ports: usize, decisions: &mut Decisions) {
        let opening = self.tariff.opening();
        let count = self.counters.get(&pair).copied().unwrap_or(0).saturating_add(units);
        self.set(pair, count);
        if count < opening {
            return;
        }
        let crowded = pair.map(|end| self.saturated(end, opening).len() > ports);
        for (end, _) in pair.into_iter().zip(crowded).filter(|&(_, crowded)| crowded) {
            let partners: Vec<NodeId> = self.partners(end).map(|(partner, _)| partner).collect();
            partners.into_iter().for_each(|partner| self.set([end, partner], 0));
        }
        if self.counters[&pair] >= opening {
            for end in pair {
                let saturated = self.saturated(end, opening);
                let full = decisions.is_full(end);
                let victim = decisions.at(end).find(|other| full && !saturated.contains(other));
                if let Some(victim) = victim {
                    decisions.close(victim);
                }
            }
            if decisions.has_ports(pair) {
                decisions.open(pair);
            }
        }
    }

    fn set(&mut self, [a, b]: [NodeId; 2], count: i64) {
        self.counters.insert([a, b], count);
        self.counters.insert([b, a], count);
    }

    fn partners(&self, node: NodeId) -> impl Iterator<Item = (NodeId, i64)> {
        let of_node = self.counters.range([node, NodeId(0)]..=[node, NodeId(u32::MAX)]);
        of_node.map(|(&[_, partner], &count)| (partner, count))
    }

    fn saturated(&self, node: NodeId, opening: i64) -> BTreeSet<Pair> {
        let full = self.partners(node).filter(|&(_, count)| count >= opening);
        full.map(|(partner, _)| [node.min(partner), node.max(partner)]).collect()
    }
}
