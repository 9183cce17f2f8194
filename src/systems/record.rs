//! Metrics: reads the tick, changes nothing but the recorder.

use bevy_ecs::prelude::{Mut, Res, ResMut, World};
use bevy_ecs::system::SystemState;

use super::params::present;
use crate::fabric::Fabric;
use crate::recorder::Recorder;

/// Adds the tick to the statistics, and closes the frame or the warm-up that ends with it.
pub fn observe(world: &mut World, state: &mut SystemState<(Res<Fabric>, ResMut<Recorder>)>) {
    let (fabric, mut recorder) = present(state.get_mut(world));
    recorder.observe(&fabric);
    if recorder.closes_something() {
        world.resource_scope(|world, mut recorder: Mut<Recorder>| recorder.close_tick(world));
    }
}
