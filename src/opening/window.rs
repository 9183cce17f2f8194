//! Window: at intervals, the best set of pairs for the accesses since the last time.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decisions::{Decisions, Offers, Pair, proposals};
use super::policy::{Network, OpeningPolicy, PolicyParameters, Proposal};
use crate::direct_use::{self, Weighted, heaviest};
use crate::fabric::{Offered, WormholeId, router};
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
        Box::new(Window { every: self.every_ticks, ..Window::default() })
    }
}

/// The policy.
#[derive(Debug, Default)]
struct Window {
    every: Tick,
    /// What accesses would have saved since the last time, ticks.
    saved: BTreeMap<Pair, u64>,
    offers: Offers,
    opened: Vec<Pair>,
}

impl OpeningPolicy for Window {
    fn is_due(&self, _: Tick) -> bool {
        true
    }

    fn keeps(&self) -> bool {
        true
    }

    fn observe(&mut self, offered: &[Offered]) {
        self.offers.add(offered);
    }

    fn close(&mut self, network: &mut Network) -> Vec<(WormholeId, &'static str)> {
        for (pair, saved) in self.offers.take(network) {
            *self.saved.entry(pair).or_default() += saved;
        }
        if !(network.now() + 1).is_multiple_of(self.every) {
            return Vec::new();
        }
        let mut decisions = Decisions::new(network);
        decisions.replace(&best(std::mem::take(&mut self.saved), network), "window");
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
    let up = saved.into_iter().filter(|(pair, _)| pair.iter().all(|&end| network.is_up(end)));
    let weighted = up.filter_map(|([a, b], saved)| {
        let pair = direct_use::Pair::new(a.0, b.0).ok()?;
        Some(Weighted { pair, weight: saved.min(1 << 40) as i64 })
    });
    let ports = network.rules().wormholes.ports_per_node.min(network.nodes()) as usize;
    let (pairs, _) = heaviest(network.nodes(), ports, &weighted.collect::<Vec<_>>());
    pairs.into_iter().map(|pair| pair.ends().map(NodeId)).collect()
}
