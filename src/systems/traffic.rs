//! Arrivals and new accesses.

use bevy_ecs::prelude::ResMut;

use crate::world::fabric::Fabric;
use crate::world::resources::Sources;

/// Accesses whose transit ends now are delivered or join the FIFO of the node they reach; then new ones enter at their
/// origins.
pub fn arrive_and_inject(mut fabric: ResMut<Fabric>, mut sources: ResMut<Sources>) {
    let fabric = &mut *fabric;
    fabric.arrive();
    let Sources { all, failed } = &mut *sources;
    for source in all {
        if let Err(error) = source.emit(fabric.now, |origin, target, size| fabric.inject(origin, target, size)) {
            failed.get_or_insert(error);
        }
    }
}
