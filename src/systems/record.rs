//! Metrics: reads the tick, changes nothing but the recorder.

use bevy_ecs::prelude::{Query, Res, ResMut, With};

use crate::recorder::Recorder;
use crate::recorder::levels;
use crate::world::components::{Entropy, Ledger, NodeRef, Strength, Wormhole};
use crate::world::fabric::Fabric;
use crate::world::resources::{Loads, Registry};

/// Adds the tick to the statistics.
pub fn observe(fabric: Res<Fabric>, mut recorder: ResMut<Recorder>) {
    recorder.observe(&fabric);
}

/// Whether a frame or the warm-up ends with this tick.
pub fn is_due(recorder: Res<Recorder>) -> bool {
    recorder.wants_levels()
}

/// Closes what ends with this tick.
pub fn close_frame(
    fabric: Res<Fabric>,
    loads: Res<Loads>,
    registry: Res<Registry>,
    mut recorder: ResMut<Recorder>,
    nodes: Query<&Entropy, With<NodeRef>>,
    wormholes: Query<(&Wormhole, &Strength, &Entropy, &Ledger)>,
) {
    let node_entropies = registry.nodes.iter().filter_map(|&node| nodes.get(node).ok().map(|entropy| entropy.0));
    let in_order = registry.wormholes.values().filter_map(|&wormhole| wormholes.get(wormhole).ok());
    let levels = levels::take(&loads, &registry, node_entropies, in_order);
    recorder.close_tick(&fabric, levels, || loads.so_far(&fabric));
}
