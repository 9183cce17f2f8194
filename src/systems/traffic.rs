//! Arrivals and new accesses.

use bevy_ecs::prelude::{Res, ResMut};

use crate::world::fabric::Fabric;
use crate::world::resources::{Clock, Sources};

/// Accesses whose transit ends now are delivered or join the FIFO of the node they reach; then new ones enter at their
/// origins.
pub fn arrive_and_inject(clock: Res<Clock>, mut fabric: ResMut<Fabric>, mut sources: ResMut<Sources>) {
    let (now, fabric) = (clock.now, &mut *fabric);
    fabric.arrive(now);
    let Sources { all, failed } = &mut *sources;
    for source in all {
        if let Err(error) = source.emit(now, |origin, target, size| fabric.inject(origin, target, size, now)) {
            failed.get_or_insert(error);
        }
    }
}
