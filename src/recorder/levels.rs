//! What is so at the end of a tick, of nodes and wormholes.

use serde::{Deserialize, Serialize};

use crate::scenario::Phase;
use crate::world::components::{Entropy, Ledger, Strength, Wormhole};
use crate::world::resources::{Loads, Registry};

/// Latency that wormholes saved and cost, in ticks of saved latency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// Sum of span − transit over traversals.
    pub saved: f64,
    /// Upkeep.
    pub upkeep: f64,
    /// Opening and reopening.
    pub opening: f64,
}

/// Levels at the end of a tick.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// Active wormholes by kind.
    pub kinds: [u32; 3],
    /// Dormant wormholes.
    pub dormant: u32,
    /// Archived wormholes.
    pub archived: u32,
    /// First openings so far.
    pub opened: u32,
    /// Openings from the pool so far.
    pub reopened: u32,
    /// Mean strength of active wormholes.
    pub strength_mean: Option<f64>,
    /// Mean entropy of nodes.
    pub entropy_nodes: f64,
    /// Mean entropy of active wormholes.
    pub entropy_wormholes: Option<f64>,
    /// Entropy of load over link directions.
    pub entropy_network: f64,
    /// Energies so far.
    pub energy: Energy,
}

impl Levels {
    /// Active wormholes.
    pub fn active(&self) -> u32 {
        self.kinds.iter().sum()
    }
}

/// Takes the levels. Nodes and wormholes come in the order of ids, because sums of floats depend on it.
pub fn take<'a>(
    loads: &Loads,
    registry: &Registry,
    nodes: impl Iterator<Item = f64>,
    wormholes: impl Iterator<Item = (&'a Wormhole, &'a Strength, &'a Entropy, &'a Ledger)>,
) -> Levels {
    let mut levels = Levels {
        archived: registry.archived.len() as u32,
        opened: registry.next - registry.first,
        entropy_nodes: nodes.sum::<f64>() / registry.nodes.len() as f64,
        entropy_network: loads.network_entropy,
        ..Levels::default()
    };
    let (mut strengths, mut entropies) = (0.0, 0.0);
    for (_, _, ledger) in &registry.archived {
        levels.add(ledger);
    }
    for (wormhole, strength, entropy, ledger) in wormholes {
        levels.add(ledger);
        if wormhole.phase == Phase::Dormant {
            levels.dormant += 1;
            continue;
        }
        levels.kinds[wormhole.kind as usize] += 1;
        strengths += strength.0;
        entropies += entropy.0;
    }
    let active = levels.active();
    let mean = |sum: f64| (active > 0).then(|| sum / f64::from(active));
    Levels { strength_mean: mean(strengths), entropy_wormholes: mean(entropies), ..levels }
}

impl Levels {
    fn add(&mut self, ledger: &Ledger) {
        self.reopened += ledger.reopened;
        self.energy.saved += ledger.saved;
        self.energy.upkeep += ledger.upkeep;
        self.energy.opening += ledger.opening;
    }
}
