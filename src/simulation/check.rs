//! The one place where a run is stopped because a value is not finite any more, or because an invariant does not hold.

use bevy_ecs::prelude::{Entity, World};

use crate::error::Error;
use crate::fabric::check::all_finite;
use crate::fabric::{Fabric, Violation};
use crate::topology::{NodeId, Topology};
use crate::world::components::{Entropy, Mass, Strength, Wormhole};
use crate::world::resources::{ActiveRouter, Clock, Nodes};
use crate::world::wormholes::Wormholes;

/// Names the first quantity that is not finite, if there is one: strengths, masses, entropies, then learned estimates,
/// which may be +∞ (a closed port) but not NaN.
///
/// # Errors
/// [`Error::NonFinite`].
pub fn finite(world: &World, topology: &Topology) -> Result<(), Error> {
    let tick = world.resource::<Clock>().now;
    let name = |node: NodeId| topology.node(node).name.to_string();
    let fail = |what, entity| Err(Error::NonFinite { tick, what, entity });
    for (node, &entity) in (0..).map(NodeId).zip(&world.resource::<Nodes>().0) {
        let (strength, mass, entropy) = carried(world, entity);
        if !all_finite([strength, mass, entropy]) {
            return fail("strength, mass or entropy", format!("node {}", name(node)));
        }
    }
    for entity in world.resource::<Wormholes>().entities() {
        let (strength, mass, entropy) = carried(world, entity);
        if let (false, Some(wormhole)) = (all_finite([strength, mass, entropy]), world.get::<Wormhole>(entity)) {
            let [a, b] = wormhole.ends.map(name);
            return fail("strength, mass or entropy", format!("wormhole {} ({a} to {b})", wormhole.id.0));
        }
    }
    if let Some(node) = world.resource::<ActiveRouter>().router.first_bad() {
        return fail("estimate", format!("node {}", name(node)));
    }
    Ok(())
}

/// Names the first invariant of the data plane that does not hold, if there is one.
///
/// # Errors
/// [`Error::Invariant`].
pub fn invariants(world: &World, topology: &Topology) -> Result<(), Error> {
    let fabric = world.resource::<Fabric>();
    let Some(Violation { place, what }) = fabric.violation() else { return Ok(()) };
    let name = |node: NodeId| topology.node(node).name.to_string();
    let place = match place.map(|place| fabric.ends(place)) {
        None => "the whole network".to_owned(),
        Some((node, None)) => format!("node {}", name(node)),
        Some((from, Some(to))) => format!("port from {} to {}", name(from), name(to)),
    };
    Err(Error::Invariant { tick: fabric.now, place, what })
}

/// Strength, mass and entropy of a node or wormhole.
fn carried(world: &World, entity: Entity) -> (f64, f64, f64) {
    let (strength, mass, entropy) = world.entity(entity).components::<(&Strength, &Mass, &Entropy)>();
    (strength.0, mass.value, entropy.0)
}
