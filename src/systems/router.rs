//! Service: every node forwards what waits, by the router.

use bevy_ecs::prelude::ResMut;

use crate::fabric::Fabric;
use crate::world::resources::ActiveRouter;

/// The router follows the tick's changes of ports, then every FIFO is served.
pub fn route(mut fabric: ResMut<Fabric>, mut router: ResMut<ActiveRouter>) {
    let (fabric, router) = (&mut *fabric, &mut router.router);
    if !fabric.changes.is_empty() {
        let changes = std::mem::take(&mut fabric.changes);
        fabric.tell_router(&mut **router, &changes);
    }
    router.begin_tick(fabric.now);
    router.serve(fabric);
}
