//! Service: every node forwards what waits, by the policy.

use bevy_ecs::prelude::{Res, ResMut};

use crate::world::fabric::Fabric;
use crate::world::resources::{Clock, Router};

/// The router follows the tick's changes of ports, then every FIFO is served.
pub fn route(clock: Res<Clock>, mut fabric: ResMut<Fabric>, mut router: ResMut<Router>) {
    if !fabric.changes.is_empty() {
        let changes = std::mem::take(&mut fabric.changes);
        router.apply(&changes);
    }
    match &mut *router {
        Router::ShortestPath(policy) => fabric.serve(policy, clock.now),
        Router::Multipath(policy) => fabric.serve(policy, clock.now),
        Router::MeasuredDelay(policy) => {
            policy.begin(clock.now);
            fabric.serve(policy, clock.now);
        }
        Router::QRouting(policy) => fabric.serve(policy, clock.now),
    }
}
