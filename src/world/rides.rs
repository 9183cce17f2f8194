//! What a bypass rides on: the ports of its way over space, each way, and the capacity that it reserves there.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Resource, World};

use super::resources::{Ride, Rules};
use crate::fabric::port::UNLIMITED;
use crate::fabric::{Fabric, WormholeId};
use crate::scenario::Carrier;

/// Ways of the wormholes that are held, if they are bypasses.
#[derive(Debug, Default, Resource)]
pub struct Rides {
    /// Of active ones, and those that dormant ones had: something may still be on the way over them.
    by_id: BTreeMap<WormholeId, Ride>,
    /// What is reserved of each port; empty if nothing ever was.
    reserved: Vec<u64>,
}

impl Rides {
    /// All ways, in the order of ids.
    pub fn all(&self) -> &BTreeMap<WormholeId, Ride> {
        &self.by_id
    }

    /// The way of a wormhole.
    pub fn of(&self, id: WormholeId) -> Option<&Ride> {
        self.by_id.get(&id)
    }

    /// Forgets the way of a wormhole that is archived, or over whose way nothing is under way any more.
    pub fn forget(&mut self, id: WormholeId) {
        self.by_id.remove(&id);
    }

    /// What is reserved of a port, in units of capacity.
    pub fn reserved(&self, port: u32) -> u64 {
        self.reserved.get(port as usize).copied().unwrap_or(0)
    }

    /// The capacity of a port, what is reserved of it included; none is unlimited.
    pub fn whole(&self, fabric: &Fabric, port: u32) -> Option<u32> {
        let capacity = fabric.ports[port as usize].capacity;
        (capacity != UNLIMITED).then(|| capacity + self.reserved(port) as u32)
    }

    fn reserved_mut(&mut self, port: u32) -> &mut u64 {
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
            *rides.reserved_mut(port) += u64::from(each);
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
    reserve(world, &ride, |reserved| reserved + u64::from(each));
    world.resource_mut::<Rides>().by_id.insert(id, ride);
}

/// Gives back what a wormhole that closes has reserved.
pub fn release(world: &mut World, id: WormholeId) {
    let each = each(world);
    if let Some(ride) = world.resource::<Rides>().by_id.get(&id).cloned() {
        reserve(world, &ride, |reserved| reserved - u64::from(each));
    }
}

/// Changes what is reserved of the ports of a way; limited ports have that much less.
fn reserve(world: &mut World, ride: &Ride, change: impl Fn(u64) -> u64) {
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
            let left = (u64::from(capacity) + before).saturating_sub(after);
            fabric.set_capacity(&[port], left.clamp(1, u64::from(UNLIMITED - 1)) as u32);
        }
    }
}
