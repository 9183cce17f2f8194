//! Arrivals and new accesses.

use bevy_ecs::prelude::ResMut;

use crate::fabric::Fabric;
use crate::world::resources::Sources;

/// Accesses whose transit ends now are delivered or join the FIFO of the node they reach; then new ones enter at their
/// origins.
pub fn arrive_and_inject(mut fabric: ResMut<Fabric>, mut sources: ResMut<Sources>) {
    let fabric = &mut *fabric;
    fabric.arrive();
    let Sources { all, failed, listener } = &mut *sources;
    for source in all {
        let emitted = source.emit(fabric.now, |origin, target, size| {
            if let Some(listener) = listener {
                for word in [fabric.now, origin.0, target.0, size.to_bits()] {
                    listener.update(&word.to_le_bytes());
                }
            }
            fabric.inject(origin, target, size);
        });
        if let Err(error) = emitted {
            failed.get_or_insert(error);
        }
    }
    fabric.merge();
}
