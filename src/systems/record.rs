//! Metrics: reads the tick, changes nothing but the recorder.

use bevy_ecs::prelude::{Query, Res, ResMut, With, World};
use bevy_ecs::system::SystemState;

use super::{present, run_now};
use crate::fabric::Fabric;
use crate::recorder::Recorder;
use crate::recorder::levels;
use crate::world::components::{Entropy, Ledger, NodeRef, Strength, Wormhole};
use crate::world::resources::{Loads, Registry};

/// Adds the tick to the statistics, and closes the frame or the warm-up that ends with it.
pub fn observe(world: &mut World, state: &mut SystemState<(Res<Fabric>, ResMut<Recorder>)>) {
    let (fabric, mut recorder) = present(state.get_mut(world));
    recorder.observe(&fabric);
    if recorder.wants_levels() {
        run_now(world, close_frame);
    }
}

/// Closes what ends with this tick.
fn close_frame(
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
