//! The clock, and what the scenario lets happen: failures, restorations, changes of capacity.

use bevy_ecs::prelude::{Commands, Query, Res, ResMut, World};
use bevy_ecs::system::SystemState;

use super::wormholes::{retire, settle};
use super::{present, run_now};
use crate::fabric::Fabric;
use crate::fabric::port::UNLIMITED;
use crate::scenario::{Action, Event};
use crate::topology::NodeId;
use crate::world::components::{Dormant, Ledger, Strength, Wormhole};
use crate::world::journal::{Change, DormancyReason, Journal};
use crate::world::resources::{Clock, Gravity, Registry, Timeline};

/// Moves the clock, empties the lists that hold what happened in one tick, and applies the events of this one.
pub fn begin_tick(world: &mut World, state: &mut SystemState<(ResMut<Clock>, ResMut<Fabric>, Res<Timeline>)>) {
    let (mut clock, mut fabric, timeline) = present(state.get_mut(world));
    clock.advance();
    fabric.begin_tick(clock.now);
    if timeline.events.front().is_some_and(|event| event.tick == clock.now) {
        run_now(world, apply_events);
    }
}

/// Applies the events of this tick.
#[expect(clippy::too_many_arguments, reason = "a system lists all that it touches")]
fn apply_events(
    clock: Res<Clock>,
    mut timeline: ResMut<Timeline>,
    mut fabric: ResMut<Fabric>,
    mut gravity: ResMut<Gravity>,
    mut registry: ResMut<Registry>,
    mut journal: ResMut<Journal>,
    mut commands: Commands,
    mut wormholes: Query<(&mut Wormhole, &Strength, &mut Ledger)>,
) {
    let now = clock.now;
    while timeline.events.front().is_some_and(|event| event.tick == now) {
        let Some(Event { action, .. }) = timeline.events.pop_front() else { break };
        match action {
            Action::FailLink(link) => {
                timeline.failed_links[link as usize] = true;
                journal.note(now, Change::LinkFailed { link });
                cut(&mut fabric, link);
            }
            Action::RestoreLink(link) => {
                timeline.failed_links[link as usize] = false;
                journal.note(now, Change::LinkRestored { link });
                restore_links(&mut fabric, &timeline, [link].into_iter());
            }
            Action::FailNode(node) => {
                journal.note(now, Change::NodeFailed { node });
                for entity in registry.wormholes.values().copied().collect::<Vec<_>>() {
                    let Ok((mut wormhole, strength, mut ledger)) = wormholes.get_mut(entity) else { continue };
                    if wormhole.ends.contains(&node) {
                        fabric.drop_in_transit(|access| access.over == wormhole.id.0);
                        if wormhole.is_active() {
                            settle(&wormhole, &mut ledger, &mut fabric);
                            let reason = DormancyReason::EndFailed { node };
                            retire(&mut wormhole, strength.0, reason, now, &mut fabric, &mut registry, &mut journal);
                            commands.entity(entity).insert(Dormant);
                        }
                    }
                }
                for link in links_of(&fabric, node) {
                    cut(&mut fabric, link);
                }
                fabric.set_node(node, false);
            }
            Action::RestoreNode(node) => {
                journal.note(now, Change::NodeRestored { node });
                fabric.set_node(node, true);
                let links = links_of(&fabric, node);
                restore_links(&mut fabric, &timeline, links.into_iter());
            }
            Action::SetCapacity { link, capacity_per_tick } => {
                journal.note(now, Change::CapacitySet { link, capacity_per_tick });
                let ports = fabric.link_ports[link as usize];
                fabric.set_capacity(ports, capacity_per_tick.unwrap_or(UNLIMITED));
            }
        }
    }
    for change in fabric.changes.iter().filter(|change| change.is_space()) {
        gravity.apply(change);
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
    let lane = &fabric.lanes[node.index()];
    let own = lane.first_port..lane.first_port + lane.space_ports;
    let ends_here = |ports: &[u32; 2]| ports.iter().any(|port| own.contains(port));
    fabric.link_ports.iter().zip(0..).filter(|(ports, _)| ends_here(ports)).map(|(_, link)| link).collect()
}

/// Opens those of `links` that did not fail themselves and whose ends are both up.
fn restore_links(fabric: &mut Fabric, timeline: &Timeline, links: impl Iterator<Item = u32>) {
    for link in links {
        let ends = fabric.link_ports[link as usize].map(|port| fabric.ports[port as usize].to);
        if !timeline.failed_links[link as usize] && ends.iter().all(|end| fabric.lanes[end.index()].up) {
            fabric.set_link(link, true);
        }
    }
}
