//! Arrivals and new accesses.

use bevy_ecs::prelude::{Res, ResMut};

use crate::world::fabric::Fabric;
use crate::world::resources::{Clock, Interruption, Sources};

/// Accesses whose transit ends now are delivered or join the FIFO of the node they reach.
pub fn arrive(clock: Res<Clock>, mut fabric: ResMut<Fabric>) {
    fabric.arrive(clock.now);
}

/// New accesses enter at their origins. A source that fails stops the run at the end of the tick.
pub fn inject(
    clock: Res<Clock>,
    mut fabric: ResMut<Fabric>,
    mut sources: ResMut<Sources>,
    mut interruption: ResMut<Interruption>,
) {
    let (now, fabric) = (clock.now, &mut *fabric);
    for source in &mut sources.0 {
        if let Err(error) = source.emit(now, |origin, target, size| fabric.inject(origin, target, size, now)) {
            interruption.0.get_or_insert(error);
        }
    }
}
