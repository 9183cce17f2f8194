//! Another future for a state: a run goes on from a snapshot of a scenario that had the same past.

use bevy_ecs::prelude::{Mut, World};

use super::{Snapshot, State, failures, restore_fabric, restore_rest, restore_router};
use crate::error::Error;
use crate::fabric::Fabric;
use crate::fabric::port::{How, PortChange};
use crate::opening::policy::ActivePolicy;
use crate::scenario::WormholeRules;
use crate::world::components::{Ledger, Mass, Wormhole};
use crate::world::resources::{ActiveRouter, Clock, Nodes, Observed, Rules, Timeline};
use crate::world::wormholes::Wormholes;

/// Lets `world`, before its first tick, go on where the run of `past` was when `snapshot` was taken of it.
///
/// A router of the same kind keeps what it has learned, another kind begins anew, and so does one whose tables are
/// divided otherwise. An opening policy of the same kind keeps its state. Wormholes that are open get the transits of
/// the new scenario at once; everything else follows when it is next computed.
///
/// # Errors
/// Those of [`restore`](super::restore).
pub fn branch(world: &mut World, past: &World, snapshot: Snapshot) -> Result<(), Error> {
    let Snapshot { state: State { ticks, accesses, nodes, mut wormholes, router, policy, random }, record } = snapshot;
    wormholes.events_left = world.resource::<Timeline>().events.iter().filter(|event| event.tick >= ticks).count();
    let (wormholes, record) = restore_fabric(world, ticks, accesses, wormholes, record)?;
    restore_rest(world, ticks, nodes, wormholes, random, record)?;
    settle_masses(world, past);
    let changes = since_the_start(world);
    world.resource_scope(|world, mut fabric: Mut<Fabric>| {
        fabric.tell_router(&mut *world.resource_mut::<ActiveRouter>().router, &changes);
    });
    let keeps = router.kind() == world.resource::<ActiveRouter>().kind
        && past.resource::<Fabric>().locators == world.resource::<Fabric>().locators;
    let same_policy = policy.kind() == world.resource::<Rules>().wormholes.policy.kind();
    if keeps && !restore_router(world, &router)
        || same_policy && !policy.read(|state| world.resource_mut::<ActivePolicy>().policy.restore(state))
    {
        return Err(Error::ForeignSnapshot);
    }
    if !keeps {
        // The router has been told of them with the others.
        world.resource_mut::<Fabric>().changes.clear();
    }
    renew_transits(world);
    Ok(())
}

/// Brings masses up to date by the memory of the past, if that of the new scenario is another one.
fn settle_masses(world: &mut World, past: &World) {
    let (now, memory) = (past.resource::<Clock>().now, &past.resource::<Observed>().memory);
    if *memory == world.resource::<Observed>().memory {
        return;
    }
    let nodes = world.resource::<Nodes>().0.clone();
    let wormholes: Vec<_> = world.resource::<Wormholes>().entities().collect();
    for entity in nodes.into_iter().chain(wormholes) {
        if let Some(mut mass) = world.get_mut::<Mass>(entity) {
            mass.add(0.0, now, memory);
        }
    }
}

/// What a router that knows the topology only must be told: links that have failed, and wormholes that are open.
fn since_the_start(world: &World) -> Vec<PortChange> {
    let (fabric, table) = (world.resource::<Fabric>(), world.resource::<Wormholes>());
    let mut changes = failures(fabric);
    let wormholes = table.entities().filter_map(|entity| world.get::<Wormhole>(entity));
    let open = wormholes.filter(|w| w.is_active() && fabric.ports[w.ports[0] as usize].is_open());
    let processing = world.resource::<Rules>().processing_ticks;
    let opened = |w: &Wormhole| How::Opened { latency: w.latency(processing) };
    changes.extend(open.map(|w| PortChange { ports: w.ports, ends: w.ends, how: opened(w) }));
    changes
}

/// Gives active wormholes the transits of their kinds. What they carried in the last tick is booked as it was.
fn renew_transits(world: &mut World) {
    let Rules { wormholes: WormholeRules { carrier, .. }, processing_ticks, .. } = world.resource::<Rules>();
    let (Some(carrier), processing) = (carrier.clone(), *processing_ticks) else { return };
    for entity in world.resource::<Wormholes>().entities().collect::<Vec<_>>() {
        let Some(&wormhole) = world.get::<Wormhole>(entity).filter(|wormhole| wormhole.is_active()) else { continue };
        let Some(renewed) = carrier.transit(wormhole.ends, wormhole.links, wormhole.kind) else { continue };
        let renewed = Wormhole { transit: renewed, ..wormhole };
        let mut fabric = world.resource_mut::<Fabric>();
        let unbooked = fabric.traversals(wormhole.ports[0]);
        fabric.set_latency(wormhole.ports, wormhole.ends, renewed.latency(processing));
        world.entity_mut(entity).insert(renewed);
        if let Some(mut ledger) = world.get_mut::<Ledger>(entity) {
            for (side, unbooked) in unbooked.into_iter().enumerate() {
                let slower = f64::from(renewed.transit.0[side]) - f64::from(wormhole.transit.0[side]);
                ledger.saved += f64::from(unbooked) * slower;
            }
        }
    }
}
