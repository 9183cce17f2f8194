//! Service: every node forwards what waits, by the policy.

use bevy_ecs::prelude::ResMut;

use crate::fabric::Fabric;
use crate::world::resources::Router;

/// The router follows the tick's changes of ports, then every FIFO is served.
pub fn route(mut fabric: ResMut<Fabric>, mut router: ResMut<Router>) {
    if !fabric.changes.is_empty() {
        let changes = std::mem::take(&mut fabric.changes);
        router.apply(&changes);
    }
    match &mut *router {
        Router::ShortestPath(policy) => fabric.serve(policy),
        Router::Multipath(policy) => fabric.serve(policy),
        Router::MeasuredDelay(policy) => {
            policy.begin(fabric.now);
            fabric.serve(policy);
        }
        Router::QRouting(policy) => fabric.serve(policy),
    }
}
