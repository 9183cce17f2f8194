//! What a bypass rides on: the ports of its way over space, each way, and the capacity that it reserves there.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Resource, World};

use super::components::Wormhole;
use super::journal::DormancyReason;
use super::resources::Rules;
use super::wormholes::{self, Wormholes};
use crate::fabric::port::UNLIMITED;
use crate::fabric::{Fabric, WormholeId};
use crate::scenario::Carrier;
use crate::topology::NodeId;

/// The ports of a way over space: from the end with the smaller id, and from the other.
pub type Ride = [Vec<u32>; 2];

/// Ways of the wormholes that are held, if they are bypasses.
#[derive(Debug, Default, Resource)]
pub struct Rides {
    /// Of active ones, and those that dormant ones had: something may still be on the way over them.
    by_id: BTreeMap<WormholeId, Ride>,
    /// What is reserved of each port; empty if nothing ever was.
    reserved: Vec<u32>,
}

impl Rides {
    /// All ways, in the order of ids.
    pub fn all(&self) -> &BTreeMap<WormholeId, Ride> {
        &self.by_id
    }

    /// Forgets the way of a wormhole that is archived.
    pub fn forget(&mut self, id: WormholeId) {
        self.by_id.remove(&id);
    }

    fn reserved(&self, port: u32) -> u32 {
        self.reserved.get(port as usize).copied().unwrap_or(0)
    }

    fn reserved_mut(&mut self, port: u32) -> &mut u32 {
        if self.reserved.len() <= port as usize {
            self.reserved.resize(port as usize + 1, 0);
        }
        &mut self.reserved[port as usize]
    }
}

/// Takes on ways as they were; what those of `active` wormholes reserve is gone from the ports already.
pub fn restore(world: &mut World, ways: BTreeMap<WormholeId, Ride>, active: impl Fn(WormholeId) -> bool) {
    let each = each(world);
    let mut rides = world.resource_mut::<Rides>();
    rides.reserved.clear();
    if each > 0 {
        for &port in ways.iter().filter(|(id, _)| active(**id)).flat_map(|(_, ride)| ride.iter().flatten()) {
            *rides.reserved_mut(port) += each;
        }
    }
    rides.by_id = ways;
}

/// What a wormhole reserves of each link of its way, in units of capacity.
fn each(world: &World) -> u32 {
    let rules = world.resource::<Rules>();
    match rules.wormholes.carrier {
        Some(Carrier::Bypass { reserve: true }) => rules.physics.wormhole.max_capacity_per_tick,
        _ => 0,
    }
}

/// Whether every link of a way keeps 1 when a wormhole takes what it reserves.
pub fn has_room(world: &World, ride: &Ride) -> bool {
    let (each, fabric) = (each(world), world.resource::<Fabric>());
    let capacity = |port: &u32| fabric.ports[*port as usize].capacity;
    each == 0 || ride.iter().flatten().all(|port| capacity(port) == UNLIMITED || capacity(port) > each)
}

/// Lets a wormhole that opens ride on a way, on which [`has_room`] holds.
pub fn take(world: &mut World, id: WormholeId, ride: Ride) {
    let each = each(world);
    reserve(world, &ride, |reserved| reserved + each);
    world.resource_mut::<Rides>().by_id.insert(id, ride);
}

/// Gives back what a wormhole that closes has reserved.
pub fn release(world: &mut World, id: WormholeId) {
    let each = each(world);
    if let Some(ride) = world.resource::<Rides>().by_id.get(&id).cloned() {
        reserve(world, &ride, |reserved| reserved - each);
    }
}

/// Changes what is reserved of the ports of a way; limited ports have that much less.
fn reserve(world: &mut World, ride: &Ride, change: impl Fn(u32) -> u32) {
    if each(world) == 0 {
        return;
    }
    for &port in ride.iter().flatten() {
        let mut rides = world.resource_mut::<Rides>();
        let reserved = rides.reserved_mut(port);
        let before = std::mem::replace(reserved, change(*reserved));
        let after = *reserved;
        let mut fabric = world.resource_mut::<Fabric>();
        let capacity = fabric.ports[port as usize].capacity;
        if capacity != UNLIMITED {
            fabric.set_capacity(&[port], capacity + before - after);
        }
    }
}

/// Gives ports of a link another capacity, of which the wormholes that ride on it have their part; where not even 1
/// would be left, the newest of them close until it is.
pub fn set_capacity(world: &mut World, link: u32, from: Option<NodeId>, capacity: u32) {
    for port in world.resource::<Fabric>().link_ports_from(link, from) {
        while capacity != UNLIMITED && world.resource::<Rides>().reserved(port) >= capacity {
            let Some(newest) = newest_on(world, port) else { break };
            wormholes::close(world, newest, DormancyReason::PathNarrow);
        }
        let left = if capacity == UNLIMITED { capacity } else { capacity - world.resource::<Rides>().reserved(port) };
        world.resource_mut::<Fabric>().set_capacity(&[port], left);
    }
}

/// Of the active wormholes that ride on a port, the one that opened last; of several, that of the highest id.
fn newest_on(world: &World, port: u32) -> Option<WormholeId> {
    let riding = world.resource::<Rides>().by_id.iter().filter(|(_, ride)| ride.iter().flatten().any(|&p| p == port));
    let active = riding.filter_map(|(&id, _)| wormhole(world, id)).filter(|wormhole| wormhole.is_active());
    active.max_by_key(|wormhole| (wormhole.since, wormhole.id)).map(|wormhole| wormhole.id)
}

fn wormhole(world: &World, id: WormholeId) -> Option<&Wormhole> {
    world.resource::<Wormholes>().entity(id).and_then(|entity| world.get(entity))
}

/// Drops what is on wormholes whose way has lost a link, and closes those that are active.
pub fn fail(world: &mut World) {
    let fabric = world.resource::<Fabric>();
    let is_cut = |ride: &Ride| ride.iter().flatten().any(|&port| !fabric.ports[port as usize].is_open());
    let cut: Vec<_> =
        world.resource::<Rides>().by_id.iter().filter(|(_, ride)| is_cut(ride)).map(|(&id, _)| id).collect();
    for id in cut {
        world.resource_mut::<Fabric>().drop_in_transit(|access| access.over == id.0);
        wormholes::close(world, id, DormancyReason::PathFailed);
    }
}
