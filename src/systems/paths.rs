//! What happens to bypasses when the links that they ride on fail, or lose capacity.

use std::collections::BTreeMap;

use bevy_ecs::prelude::World;

use crate::fabric::port::UNLIMITED;
use crate::fabric::{Fabric, WormholeId};
use crate::topology::NodeId;
use crate::world::components::Wormhole;
use crate::world::journal::DormancyReason;
use crate::world::resources::Ride;
use crate::world::rides::Rides;
use crate::world::wormholes::{self, Wormholes};

/// Gives ports of a link another capacity, of which the wormholes that ride on it have their part; where not even 1
/// would be left, the newest of them close until it is.
pub fn set_capacity(world: &mut World, link: u32, from: Option<NodeId>, capacity: u32) {
    for port in world.resource::<Fabric>().link_ports_from(link, from) {
        while capacity != UNLIMITED && world.resource::<Rides>().reserved(port) >= u64::from(capacity) {
            let Some(newest) = newest_on(world, port) else { break };
            wormholes::close(world, newest, DormancyReason::PathNarrow);
        }
        let reserved = world.resource::<Rides>().reserved(port);
        let left = if capacity == UNLIMITED { capacity } else { (u64::from(capacity) - reserved) as u32 };
        world.resource_mut::<Fabric>().set_capacity(&[port], left);
    }
}

/// Of the active wormholes that ride on a port, the one that opened last; of several, that of the highest id.
fn newest_on(world: &World, port: u32) -> Option<WormholeId> {
    let riding = world.resource::<Rides>().all().iter().filter(|(_, ride)| ride.iter().flatten().any(|&p| p == port));
    let active = riding.filter_map(|(&id, _)| wormhole(world, id)).filter(|wormhole| wormhole.is_active());
    active.max_by_key(|wormhole| (wormhole.since, wormhole.id)).map(|wormhole| wormhole.id)
}

fn wormhole(world: &World, id: WormholeId) -> Option<&Wormhole> {
    world.resource::<Wormholes>().entity(id).and_then(|entity| world.get(entity))
}

/// Wormholes whose way has lost a link, and why they close; those that are dormant already may have something on it.
pub fn cut(world: &World) -> BTreeMap<WormholeId, DormancyReason> {
    let fabric = world.resource::<Fabric>();
    let is_cut = |ride: &Ride| ride.iter().flatten().any(|&port| !fabric.ports[port as usize].is_open());
    let cut = world.resource::<Rides>().all().iter().filter(|(_, ride)| is_cut(ride));
    cut.map(|(&id, _)| (id, DormancyReason::PathFailed)).collect()
}

/// Drops what is on some wormholes, and closes those that are active.
pub fn close(world: &mut World, failed: &BTreeMap<WormholeId, DormancyReason>) {
    if failed.is_empty() {
        return;
    }
    world.resource_mut::<Fabric>().drop_in_transit(|access| failed.contains_key(&WormholeId(access.over)));
    for (&id, reason) in failed {
        wormholes::close(world, id, reason.clone());
        world.resource_mut::<Rides>().forget(id);
    }
}
