//! Window: at intervals, the best set of pairs for the accesses since the last time.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Asked, Decisions, Pair};
use super::policy::{Network, OpeningPolicy, PolicyParameters};
use super::rival::{Rival, RivalPolicy};
use crate::direct_use::{self, Weighted, heaviest};
use crate::fabric::router;
use crate::scenario::{self, Scenario, Tick};
use crate::topology::NodeId;

/// Every so many ticks, the set of pairs that would have saved most since the last time; all others close. Prices are
/// not looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// W, ticks. More: steadier, and later where demand moves.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub every_ticks: Tick,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { every_ticks: 1000 }
    }
}

impl scenario::Parameters for Parameters {
    const KIND: &'static str = "window";
}

impl PolicyParameters for Parameters {
    fn build(&self, _: &Scenario) -> Box<dyn OpeningPolicy> {
        RivalPolicy::boxed(Window { every: self.every_ticks, saved: BTreeMap::new() })
    }
}

/// The rule.
#[derive(Debug)]
struct Window {
    every: Tick,
    /// What accesses would have saved since the last time, ticks.
    saved: BTreeMap<Pair, u64>,
}

impl Rival for Window {
    const KIND: &'static str = <Parameters as scenario::Parameters>::KIND;

    fn decide(&mut self, asked: Asked, network: &Network, decisions: &mut Decisions) {
        for (pair, saved) in asked {
            *self.saved.entry(pair).or_default() += saved;
        }
        if (network.now() + 1).is_multiple_of(self.every) {
            decisions.replace(&best(std::mem::take(&mut self.saved), network));
        }
    }

    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        router::save(&self.saved, to)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some(saved) = router::read(state) else { return false };
        self.saved = saved;
        true
    }
}

/// The heaviest set of pairs whose nodes are up, within the ports.
fn best(saved: BTreeMap<Pair, u64>, network: &Network) -> BTreeSet<Pair> {
    let up = saved.into_iter().filter(|(pair, _)| network.are_up(*pair));
    let weighted = up.filter_map(|([a, b], saved)| {
        let pair = direct_use::Pair::new(a.0, b.0).ok()?;
        Some(Weighted { pair, weight: saved.min(1 << 40) as i64 })
    });
    let ports = network.rules().wormholes.ports_per_node.min(network.nodes()) as usize;
    let (pairs, _) = heaviest(network.nodes(), ports, &weighted.collect::<Vec<_>>());
    pairs.into_iter().map(|pair| pair.ends().map(NodeId)).collect()
}
