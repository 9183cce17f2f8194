//! Entropies of nodes, wormholes and the network, and node strengths, once per `every_ticks`.

use bevy_ecs::prelude::{Query, Res, ResMut, Without};

use crate::fabric::Fabric;
use crate::fabric::access::NONE;
use crate::physics::entropy::normalised;
use crate::world::components::{Dormant, Entropy, NodeRef, Strength, Wormhole};
use crate::world::resources::{Loads, Nodes};
use crate::world::wormholes::Wormholes;

/// Collects what ports carried since the last time, then computes all entropies from the smoothed traffic.
pub fn measure(
    nodes_by_id: Res<Nodes>,
    table: Res<Wormholes>,
    mut fabric: ResMut<Fabric>,
    mut loads: ResMut<Loads>,
    mut nodes: Query<(&NodeRef, &mut Strength, &mut Entropy), Without<Wormhole>>,
    mut wormholes: Query<(&Wormhole, &Strength, &mut Entropy), Without<Dormant>>,
) {
    let Loads { kept, smoothed, total, network_entropy } = &mut *loads;
    for ((port, smoothed), total) in fabric.ports.iter_mut().zip(&mut *smoothed).zip(total) {
        let carried = std::mem::take(&mut port.carried);
        *total += carried;
        // A port that is back in the budget has no traffic.
        *smoothed = if port.is_open() || port.to.0 != NONE { *smoothed * *kept + carried as f64 } else { 0.0 };
    }
    let choices = |from: usize, to: usize| {
        fabric.ports[from..to]
            .iter()
            .zip(&smoothed[from..to])
            .filter(|(port, load)| port.is_open() || **load > 0.0)
            .count()
    };
    *network_entropy = normalised(smoothed.iter().copied(), choices(0, smoothed.len()));
    for (node, _, mut entropy) in &mut nodes {
        let queue = &fabric.queues[node.0.index()];
        let (from, to) = (queue.first_port as usize, (queue.first_port + queue.ports) as usize);
        entropy.0 = normalised(smoothed[from..to].iter().copied(), choices(from, to));
    }
    for (wormhole, _, mut entropy) in &mut wormholes {
        let row = fabric.destinations_mut(wormhole.ports[0]);
        entropy.0 = normalised(row.iter().copied(), row.len());
        row.iter_mut().for_each(|count| *count *= *kept);
    }
    // In the order of ids, because the sum of floats depends on it.
    nodes.iter_mut().for_each(|(_, mut strength, _)| strength.0 = 0.0);
    for entity in table.entities() {
        let Ok((wormhole, strength, _)) = wormholes.get(entity) else { continue };
        for end in wormhole.ends {
            if let Ok((_, mut sum, _)) = nodes.get_mut(nodes_by_id.0[end.index()]) {
                sum.0 += strength.0;
            }
        }
    }
}
