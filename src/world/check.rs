//! The one place where a run is stopped because a value is not finite any more, and what numbers that were read may be.

use bevy_ecs::prelude::World;

use super::components::{Mass, Strength, Wormhole};
use super::resources::{Clock, Registry, Router};
use crate::error::Error;
use crate::topology::{NodeId, Topology};

/// Whether all of these are finite. A state that was read has no others, but for estimates of closed ports.
pub fn all_finite(values: impl IntoIterator<Item = f64>) -> bool {
    values.into_iter().all(f64::is_finite)
}

/// Whether these counts sum to little enough for a run to count on: none that began at 0 came near.
pub fn leave_room(counts: impl IntoIterator<Item = u64>) -> bool {
    counts.into_iter().map(u128::from).sum::<u128>() <= 1 << 62
}

/// Whether a short count leaves as much room as it takes.
pub fn leaves_room(count: u32) -> bool {
    count <= u32::MAX / 2
}

/// Names the first quantity that is not finite, if there is one: strengths, masses, then learned estimates, which
/// may be +∞ (a closed port) but not NaN.
///
/// # Errors
/// [`Error::NonFinite`].
pub fn finite(world: &World, topology: &Topology) -> Result<(), Error> {
    let (tick, registry) = (world.resource::<Clock>().now, world.resource::<Registry>());
    let name = |node: NodeId| topology.node(node).name.to_string();
    let fail = |what, entity| Err(Error::NonFinite { tick, what, entity });
    for (node, &entity) in (0..).map(NodeId).zip(&registry.nodes) {
        if world.get::<Mass>(entity).is_some_and(|mass| !mass.0.is_finite()) {
            return fail("mass", format!("node {}", name(node)));
        }
    }
    for &entity in registry.wormholes.values() {
        let (strength, mass) = (world.get::<Strength>(entity), world.get::<Mass>(entity));
        let bad = strength.is_some_and(|s| !s.0.is_finite()) || mass.is_some_and(|m| !m.0.is_finite());
        if let (true, Some(wormhole)) = (bad, world.get::<Wormhole>(entity)) {
            let [a, b] = wormhole.ends.map(name);
            return fail("strength or mass", format!("wormhole {} ({a} to {b})", wormhole.id.0));
        }
    }
    let node = match world.resource::<Router>() {
        Router::QRouting(table) => table.rows().first_nan(),
        Router::MeasuredDelay(policy) => policy.first_not_finite(),
        Router::ShortestPath(_) | Router::Multipath(_) => None,
    };
    if let Some(node) = node {
        return fail("estimate", format!("node {}", name(node)));
    }
    Ok(())
}
