//! Gauges at the end of a tick, of nodes and wormholes. They are computed here and nowhere else.

use bevy_ecs::prelude::World;
use serde::{Deserialize, Serialize};

use crate::fabric::check::all_finite;
use crate::scenario::Phase;
use crate::world::components::{Entropy, Ledger, Strength, Wormhole};
use crate::world::history::Balance;
use crate::world::resources::{Loads, Nodes};
use crate::world::wormholes::Wormholes;

/// Gauges at the end of a tick.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Gauges {
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
    /// What they saved and cost so far.
    pub balance: Balance,
}

impl Gauges {
    /// Whether all are finite.
    pub fn is_possible(&self) -> bool {
        let Balance { saved, upkeep, opening } = self.balance;
        let means = [self.strength_mean, self.entropy_wormholes].into_iter().flatten();
        all_finite(means.chain([self.entropy_nodes, self.entropy_network, saved, upkeep, opening]))
    }

    /// Active wormholes.
    pub fn active(&self) -> u32 {
        self.kinds.iter().sum()
    }
}

/// The gauges of a world between two ticks. Nodes and wormholes are summed in the order of ids.
pub fn take(world: &World) -> Gauges {
    let (nodes, table) = (world.resource::<Nodes>(), world.resource::<Wormholes>());
    let entropies = nodes.0.iter().filter_map(|&node| world.get::<Entropy>(node)).map(|entropy| entropy.0);
    let history = &table.history;
    let mut gauges = Gauges {
        archived: history.count,
        opened: table.opened(),
        reopened: history.reopened,
        balance: history.balance,
        entropy_nodes: entropies.sum::<f64>() / nodes.0.len() as f64,
        entropy_network: world.resource::<Loads>().network_entropy,
        ..Gauges::default()
    };
    let (mut strengths, mut entropies) = (0.0, 0.0);
    for entity in table.entities() {
        let entity = world.entity(entity);
        let (wormhole, strength, entropy, ledger) = entity.components::<(&Wormhole, &Strength, &Entropy, &Ledger)>();
        gauges.reopened += ledger.reopened;
        gauges.balance.add(ledger);
        if wormhole.phase == Phase::Dormant {
            gauges.dormant += 1;
            continue;
        }
        gauges.kinds[wormhole.kind as usize] += 1;
        strengths += strength.0;
        entropies += entropy.0;
    }
    let active = gauges.active();
    let mean = |sum: f64| (active > 0).then(|| sum / f64::from(active));
    Gauges { strength_mean: mean(strengths), entropy_wormholes: mean(entropies), ..gauges }
}
