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

use super::decisions::{Decisions, Offers, Pair, proposals};
use super::policy::{self, Network, OpeningPolicy, PolicyParameters, Proposal};
use crate::direct_use::Tariff;
use crate::fabric::{Offered, WormholeId, router};
use crate::scenario::{self, Scenario, Tick};
use crate::topology::NodeId;

/// Online dynamic b-matching (Bienkowski et al. 2020): counters of pairs, reset where too many are full.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "bma";
}

impl PolicyParameters for Parameters {
    fn build(&self, scenario: &Scenario) -> Box<dyn OpeningPolicy> {
        Box::new(Bma { tariff: policy::tariff(scenario), ..Bma::default() })
    }
}

/// The policy.
#[derive(Debug, Default)]
struct Bma {
    tariff: Option<Tariff>,
    /// By node and partner, in units of the tariff: each pair at both ends.
    counters: BTreeMap<[NodeId; 2], i64>,
    offers: Offers,
    opened: Vec<Pair>,
}

impl OpeningPolicy for Bma {
    fn is_due(&self, _: Tick) -> bool {
        self.tariff.is_some()
    }

    fn keeps(&self) -> bool {
        true
    }

    fn observe(&mut self, offered: &[Offered]) {
        self.offers.add(offered);
    }

    fn close(&mut self, network: &mut Network) -> Vec<(WormholeId, &'static str)> {
        let Some(tariff) = self.tariff else { return Vec::new() };
        let ports = network.rules().wormholes.ports_per_node as usize;
        let mut decisions = Decisions::new(network);
        for (pair, saved) in self.offers.take(network) {
            let is_up = pair.iter().all(|&end| network.is_up(end));
            if ports > 0 && is_up && !decisions.is_open(pair) {
                let units = i64::try_from(saved).unwrap_or(i64::MAX).saturating_mul(tariff.scale());
                self.ask(pair, units, tariff.opening(), ports, &mut decisions);
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
    fn ask(&mut self, pair: Pair, units: i64, opening: i64, ports: usize, decisions: &mut Decisions) {
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
                    decisions.close(victim, "bma");
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
