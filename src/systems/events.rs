//! The clock, and what the scenario lets happen: failures, restorations, changes of capacity.

use bevy_ecs::prelude::{Mut, Res, ResMut, World};
use bevy_ecs::system::SystemState;

use super::params::present;
use crate::fabric::Fabric;
use crate::fabric::port::UNLIMITED;
use crate::scenario::{Action, Event};
use crate::topology::NodeId;
use crate::world::components::Wormhole;
use crate::world::journal::{Change, DormancyReason, Journal};
use crate::world::resources::{Clock, Spans, Timeline};
use crate::world::rides;
use crate::world::wormholes::{self, Wormholes};

/// Moves the clock, empties the lists that hold what happened in one tick, and applies the events of this one.
pub fn begin_tick(world: &mut World, state: &mut SystemState<(ResMut<Clock>, ResMut<Fabric>, Res<Timeline>)>) {
    let (mut clock, mut fabric, timeline) = present(state.get_mut(world));
    clock.advance();
    fabric.begin_tick(clock.now);
    if timeline.events.front().is_some_and(|event| event.tick == clock.now) {
        apply_events(world);
    }
}

/// Applies the events of this tick.
fn apply_events(world: &mut World) {
    let now = world.resource::<Clock>().now;
    while let Some(Event { action, .. }) = world.resource_mut::<Timeline>().due(now) {
        match action {
            Action::FailLink(link) => {
                world.resource_mut::<Timeline>().failed_links[link as usize] = true;
                note(world, Change::LinkFailed { link });
                cut(&mut world.resource_mut::<Fabric>(), link);
            }
            Action::RestoreLink(link) => {
                world.resource_mut::<Timeline>().failed_links[link as usize] = false;
                note(world, Change::LinkRestored { link });
                restore_links(world, &[link]);
            }
            Action::FailNode(node) => {
                note(world, Change::NodeFailed { node });
                fail_wormholes(world, node);
                let mut fabric = world.resource_mut::<Fabric>();
                for link in links_of(&fabric, node) {
                    cut(&mut fabric, link);
                }
                fabric.set_node(node, false);
            }
            Action::RestoreNode(node) => {
                note(world, Change::NodeRestored { node });
                let mut fabric = world.resource_mut::<Fabric>();
                fabric.set_node(node, true);
                let links = links_of(&fabric, node);
                restore_links(world, &links);
            }
            Action::SetCapacity { link, from, capacity_per_tick } => {
                note(world, Change::CapacitySet { link, from, capacity_per_tick });
                let capacity = capacity_per_tick.unwrap_or(UNLIMITED);
                rides::set_capacity(world, link, from, capacity);
            }
        }
    }
    rides::fail(world);
    world.resource_scope(|world, mut spans: Mut<Spans>| {
        let changes = &world.resource::<Fabric>().changes;
        changes.iter().filter(|change| change.is_space()).for_each(|change| spans.apply(change));
    });
}

fn note(world: &mut World, change: Change) {
    let now = world.resource::<Clock>().now;
    world.resource_mut::<Journal>().note(now, change);
}

/// Drops what is on the wormholes of a node that fails, and closes those that are active.
fn fail_wormholes(world: &mut World, node: NodeId) {
    for entity in world.resource::<Wormholes>().entities().collect::<Vec<_>>() {
        let Some(&wormhole) = world.get::<Wormhole>(entity).filter(|wormhole| wormhole.ends.contains(&node)) else {
            continue;
        };
        world.resource_mut::<Fabric>().drop_in_transit(|access| access.over == wormhole.id.0);
        if wormhole.is_active() {
            wormholes::close(world, wormhole.id, DormancyReason::EndFailed { node });
        }
    }
}

/// Closes a link and drops what is on it.
fn cut(fabric: &mut Fabric, link: u32) {
    let ports = fabric.link_ports[link as usize];
    fabric.set_link(link, false);
    fabric.drop_in_transit(|access| ports.contains(&access.via));
}

/// Links that end at a node.
fn links_of(fabric: &Fabric, node: NodeId) -> Vec<u32> {
    let queue = &fabric.queues[node.index()];
    let own = queue.first_port..queue.first_port + queue.space_ports;
    let ends_here = |ports: &[u32; 2]| ports.iter().any(|port| own.contains(port));
    fabric.link_ports.iter().zip(0..).filter(|(ports, _)| ends_here(ports)).map(|(_, link)| link).collect()
}

/// Opens those of `links` that did not fail themselves and whose ends are both up.
fn restore_links(world: &mut World, links: &[u32]) {
    for &link in links {
        let (fabric, timeline) = (world.resource::<Fabric>(), world.resource::<Timeline>());
        let ends = fabric.link_ports[link as usize].map(|port| fabric.ports[port as usize].to);
        if !timeline.failed_links[link as usize] && ends.iter().all(|end| fabric.queues[end.index()].up) {
            world.resource_mut::<Fabric>().set_link(link, true);
        }
    }
}
