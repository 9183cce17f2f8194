//! Arrivals and new accesses.

use bevy_ecs::prelude::{Res, ResMut};

use crate::world::fabric::Fabric;
use crate::world::resources::{Clock, Sources};

/// Accesses whose transit ends now are delivered or join the FIFO of the node they reach.
pub fn arrive(clock: Res<Clock>, mut fabric: ResMut<Fabric>) {
    fabric.arrive(clock.now);
}

/// New accesses enter at their origins.
pub fn inject(clock: Res<Clock>, mut fabric: ResMut<Fabric>, mut sources: ResMut<Sources>) {
    let (now, fabric) = (clock.now, &mut *fabric);
    for source in &mut sources.0 {
        source.emit(now, |origin, target, size| fabric.inject(origin, target, size, now));
    }
}
