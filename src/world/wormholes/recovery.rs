//! Wormholes of an earlier run, brought back before the first tick.

use std::collections::BTreeSet;

use bevy_ecs::prelude::World;

use super::{Wormholes, carried, open_ports};
use crate::fabric::access::NONE;
use crate::fabric::{Fabric, WormholeId};
use crate::physics::decay::capacity;
use crate::routing::view::View;
use crate::scenario::{Action, Carrier, Element, Event, Phase};
use crate::topology::EachWay;
use crate::world::components::{Dormant, Entropy, Ledger, Mass, Strength, Wormhole};
use crate::world::failures::Failures;
use crate::world::journal::{Change, Journal};
use crate::world::resources::{Rules, Spans, Timeline};
use crate::world::rides;

/// Brings back the wormholes of an earlier run, before the first tick: active ones open at no cost, dormant ones enter
/// the pool in their order, and behind them active ones that nothing carries any more: ways lead over links that work
/// in the first tick. Those beyond the budget must have been refused before.
pub fn recover(world: &mut World) {
    let (rules, physics) = (world.resource::<Rules>().wormholes.clone(), world.resource::<Rules>().physics.wormhole);
    if !rules.enabled {
        return;
    }
    let mut all = rules.recovered;
    let dormant = all.iter().filter_map(|hole| Some((WormholeId(hole.id), hole.dormant_ticks?)));
    let mut table = world.resource_mut::<Wormholes>();
    (table.next, table.first) = (rules.next_id, rules.next_id);
    (table.pool, table.aged) = (dormant.clone().map(|(id, _)| (0, id)).collect(), dormant.collect());
    all.sort_by_key(|hole| hole.id);
    if all.is_empty() {
        return;
    }
    let (carrier, _) = carried(world);
    let mut spans = spans_at_start(world);
    for hole in all {
        let (id, ends) = (WormholeId(hole.id), hole.ends);
        // What of its span was processing is not known; it was so on the way of now.
        let processing = spans.span(ends).map_or(EachWay::same(0), |span| span.ticks.less(span.links));
        let (span, links) = match (&carrier, spans.span(ends)) {
            // It rides on the way of now.
            (Carrier::Bypass { .. }, Some(span)) => (span.ticks, span.links),
            _ => (hole.span_ticks, hole.span_ticks.less(processing).map(|ticks| ticks.max(1))),
        };
        let ride = match carrier {
            Carrier::Bypass { .. } => spans.ride(ends),
            _ => None,
        };
        let transit = carrier.transit(ends, links, hole.kind);
        let carried = match &ride {
            Some(ride) => rides::has_room(world, ride),
            None => !matches!(carrier, Carrier::Bypass { .. }) && transit.is_some(),
        };
        let active = hole.dormant_ticks.is_none() && carried;
        let mut fabric = world.resource_mut::<Fabric>();
        let free = ends.map(|end| fabric.free_port(end).unwrap_or(NONE));
        let wormhole = Wormhole {
            id,
            ends,
            span,
            links,
            transit: transit.unwrap_or(links),
            capacity: capacity(physics.max_capacity_per_tick, hole.strength),
            ports: if active { free } else { [NONE; 2] },
            opened_at: 0,
            cut: hole.dormant_ticks.is_none() && !carried,
            ready_at: hole.setup_ticks_left,
            reviewed_at: hole.setup_ticks_left,
            since: 0,
            kind: hole.kind,
            phase: if active { Phase::Active } else { Phase::Dormant },
        };
        let usable = wormhole.ready_at == 0 || rules.wait_for_setup;
        if active {
            fabric.reserve(wormhole.ports, id);
            if let Some(ride) = ride {
                rides::take(world, id, ride);
            }
        } else if hole.dormant_ticks.is_none() {
            let mut table = world.resource_mut::<Wormholes>();
            table.pool.push_back((0, id));
            table.aged.insert(id, 0);
        }
        if active && usable {
            open_ports(world, &wormhole, wormhole.ready_at);
        } else if active {
            world.resource_mut::<Wormholes>().opening.push(id);
        }
        let carried = (wormhole, Strength(hole.strength), Mass::default(), Entropy(0.0), Ledger::default());
        let entity = world.spawn(carried).id();
        if !active {
            world.entity_mut(entity).insert(Dormant);
        }
        world.resource_mut::<Wormholes>().enter(&wormhole, entity);
        let change = Change::Recovered {
            wormhole: id,
            ends,
            span_ticks: wormhole.span,
            transit_ticks: wormhole.transit,
            kind: wormhole.kind,
            strength: hole.strength,
            ready_tick: wormhole.ready_at,
            phase: wormhole.phase,
        };
        world.resource_mut::<Journal>().note(0, change);
    }
}

/// Distances over the links that events leave up in tick 0.
fn spans_at_start(world: &World) -> Spans {
    let (fabric, failures) = (world.resource::<Fabric>(), world.resource::<Failures>());
    let mut down = BTreeSet::new();
    for Event { action, .. } in world.resource::<Timeline>().events.iter().take_while(|event| event.tick == 0) {
        match *action {
            Action::FailLink(link) => down.insert(Element::Link(link)),
            Action::RestoreLink(link) => down.remove(&Element::Link(link)),
            Action::FailNode(node) => down.insert(Element::Node(node)),
            Action::RestoreNode(node) => down.remove(&Element::Node(node)),
            Action::SetCapacity { .. } => false,
        };
    }
    let links: BTreeSet<u32> = down
        .into_iter()
        .flat_map(|element| match element {
            Element::Link(link) => vec![link],
            Element::Node(node) => failures.links_of(node).to_vec(),
        })
        .collect();
    let mut space = View::new(fabric);
    for link in links {
        space.close(fabric.link_ports[link as usize]);
    }
    Spans::new(space, world.resource::<Rules>().processing_ticks)
}
