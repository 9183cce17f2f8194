//! The clock, and what the scenario lets happen: failures, restorations, changes of capacity, by events and by
//! processes. The journal says what changed: nothing, if what fails was down by another cause.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::prelude::{Mut, Res, ResMut, World};
use bevy_ecs::system::SystemState;

use super::params::present;
use super::paths;
use crate::fabric::port::UNLIMITED;
use crate::fabric::{Fabric, WormholeId};
use crate::scenario::{Action, Element, Event};
use crate::topology::NodeId;
use crate::world::components::Wormhole;
use crate::world::failures::{Causes, Failures};
use crate::world::journal::{Change, DormancyReason, Journal};
use crate::world::resources::{Clock, Spans, Timeline};
use crate::world::wormholes::Wormholes;

/// What is looked at at the start of a tick.
type Start<'w> = (ResMut<'w, Clock>, ResMut<'w, Fabric>, Res<'w, Timeline>, Res<'w, Failures>);

/// Moves the clock, empties the lists that hold what happened in one tick, and lets happen what is due in this one:
/// what processes take down, then events as they were written, then what processes bring back, so that nothing comes up
/// for a moment that another cause keeps down.
pub fn begin_tick(world: &mut World, state: &mut SystemState<Start>) {
    let (mut clock, mut fabric, timeline, failures) = present(state.get_mut(world));
    clock.advance();
    let now = clock.now;
    fabric.begin_tick(now);
    let of_processes = failures.is_due(now);
    if !of_processes && timeline.events.front().is_none_or(|event| event.tick != now) {
        return;
    }
    let mut failures = world.resource_mut::<Failures>();
    let causes = if of_processes { failures.pass(now) } else { Causes::default() };
    let failed = failures.begin(&causes.begin);
    fail(world, &failed);
    apply_events(world);
    let restored = world.resource_mut::<Failures>().end(&causes.end);
    restore(world, &restored);
    world.resource_scope(|world, mut spans: Mut<Spans>| {
        let changes = &world.resource::<Fabric>().changes;
        changes.iter().filter(|change| change.is_space()).for_each(|change| spans.apply(change));
    });
}

/// Applies the events of this tick.
fn apply_events(world: &mut World) {
    let now = world.resource::<Clock>().now;
    while let Some(Event { action, .. }) = world.resource_mut::<Timeline>().due(now) {
        match action {
            Action::FailLink(link) => fail_by_event(world, Element::Link(link)),
            Action::RestoreLink(link) => restore_by_event(world, Element::Link(link)),
            Action::FailNode(node) => fail_by_event(world, Element::Node(node)),
            Action::RestoreNode(node) => restore_by_event(world, Element::Node(node)),
            Action::SetCapacity { link, from, capacity_per_tick } => {
                note(world, Change::CapacitySet { link, from, capacity_per_tick });
                let capacity = capacity_per_tick.unwrap_or(UNLIMITED);
                paths::set_capacity(world, link, from, capacity);
            }
        }
    }
}

fn fail_by_event(world: &mut World, element: Element) {
    if world.resource_mut::<Failures>().fail(element) {
        fail(world, &[element]);
    }
}

fn restore_by_event(world: &mut World, element: Element) {
    if world.resource_mut::<Failures>().restore(element) {
        restore(world, &[element]);
    }
}

/// Takes down what worked until now: wormholes of nodes, then links, then nodes with what waits there, then bypasses
/// over what is down.
fn fail(world: &mut World, elements: &[Element]) {
    if elements.is_empty() {
        return;
    }
    for &element in elements {
        let change = match element {
            Element::Link(link) => Change::LinkFailed { link },
            Element::Node(node) => Change::NodeFailed { node },
        };
        note(world, change);
    }
    paths::close(world, &ending_at(world, &nodes_of(elements).collect()));
    let links = links_of(world, elements);
    let mut fabric = world.resource_mut::<Fabric>();
    cut(&mut fabric, &links);
    nodes_of(elements).for_each(|node| fabric.set_node(node, false));
    paths::close(world, &paths::cut(world));
}

/// Brings back what nothing keeps down any more: nodes, then links whose ends are up.
fn restore(world: &mut World, elements: &[Element]) {
    for &element in elements {
        note(
            world,
            match element {
                Element::Link(link) => Change::LinkRestored { link },
                Element::Node(node) => Change::NodeRestored { node },
            },
        );
    }
    let links = links_of(world, elements);
    world.resource_scope(|world, mut fabric: Mut<Fabric>| {
        nodes_of(elements).for_each(|node| fabric.set_node(node, true));
        let failures = world.resource::<Failures>();
        for link in links {
            let ends = fabric.link_ports[link as usize].map(|port| fabric.ports[port as usize].to);
            if !failures.is_down(Element::Link(link)) && ends.iter().all(|end| fabric.queues[end.index()].up) {
                fabric.set_link(link, true);
            }
        }
    });
}

fn nodes_of(elements: &[Element]) -> impl Iterator<Item = NodeId> {
    elements.iter().filter_map(|element| if let Element::Node(node) = *element { Some(node) } else { None })
}

/// Links among `elements`, and those that end at nodes among them: each once, in order.
fn links_of(world: &World, elements: &[Element]) -> BTreeSet<u32> {
    let failures = world.resource::<Failures>();
    let of = |element: &Element| match element {
        Element::Node(node) => failures.links_of(*node).to_vec(),
        Element::Link(link) => vec![*link],
    };
    elements.iter().flat_map(of).collect()
}

fn note(world: &mut World, change: Change) {
    let now = world.resource::<Clock>().now;
    world.resource_mut::<Journal>().note(now, change);
}

/// Wormholes that end at one of some nodes, and why they close.
fn ending_at(world: &World, nodes: &BTreeSet<NodeId>) -> BTreeMap<WormholeId, DormancyReason> {
    if nodes.is_empty() {
        return BTreeMap::new();
    }
    let held = world.resource::<Wormholes>().entities().filter_map(|entity| world.get::<Wormhole>(entity));
    held.filter_map(|wormhole| {
        let node = *wormhole.ends.iter().find(|end| nodes.contains(end))?;
        Some((wormhole.id, DormancyReason::EndFailed { node }))
    })
    .collect()
}

/// Closes links and drops what is on them.
fn cut(fabric: &mut Fabric, links: &BTreeSet<u32>) {
    let mut ports = BTreeSet::new();
    for &link in links {
        ports.extend(fabric.link_ports[link as usize]);
        fabric.set_link(link, false);
    }
    if !ports.is_empty() {
        fabric.drop_in_transit(|access| ports.contains(&access.via));
    }
}
