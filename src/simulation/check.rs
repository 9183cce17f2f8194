//! The one place where a run is stopped because a value is not finite any more.

use bevy_ecs::prelude::World;

use crate::error::Error;
use crate::topology::{NodeId, Topology};
use crate::world::components::{Mass, Strength, Wormhole};
use crate::world::resources::{ActiveRouter, Clock, Nodes};
use crate::world::wormholes::Wormholes;

/// Names the first quantity that is not finite, if there is one: strengths, masses, then learned estimates, which
/// may be +∞ (a closed port) but not NaN.
///
/// # Errors
/// [`Error::NonFinite`].
pub fn finite(world: &World, topology: &Topology) -> Result<(), Error> {
    let tick = world.resource::<Clock>().now;
    let name = |node: NodeId| topology.node(node).name.to_string();
    let fail = |what, entity| Err(Error::NonFinite { tick, what, entity });
    for (node, &entity) in (0..).map(NodeId).zip(&world.resource::<Nodes>().0) {
        if world.get::<Mass>(entity).is_some_and(|mass| !mass.0.is_finite()) {
            return fail("mass", format!("node {}", name(node)));
        }
    }
    for entity in world.resource::<Wormholes>().entities() {
        let (strength, mass) = (world.get::<Strength>(entity), world.get::<Mass>(entity));
        let bad = strength.is_some_and(|s| !s.0.is_finite()) || mass.is_some_and(|m| !m.0.is_finite());
        if let (true, Some(wormhole)) = (bad, world.get::<Wormhole>(entity)) {
            let [a, b] = wormhole.ends.map(name);
            return fail("strength or mass", format!("wormhole {} ({a} to {b})", wormhole.id.0));
        }
    }
    if let Some(node) = world.resource::<ActiveRouter>().router.first_bad() {
        return fail("estimate", format!("node {}", name(node)));
    }
    Ok(())
}
