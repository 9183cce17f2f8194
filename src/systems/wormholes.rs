//! What opens and closes a wormhole, whoever asks for it.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Entity, World};

use crate::fabric::Fabric;
use crate::fabric::WormholeId;
use crate::fabric::access::NONE;
use crate::physics::decay::capacity;
use crate::physics::gravity::transit;
use crate::scenario::Phase;
use crate::scenario::WormholeKind;
use crate::scenario::{Tick, WormholeParameters};
use crate::topology::NodeId;
use crate::world::components::{Dormant, Entropy, Ledger, Mass, Strength, Wormhole};
use crate::world::journal::{Change, DormancyReason, Journal, OpeningReason};
use crate::world::resources::{Clock, Gravity, Registry, Rules};

/// A wormhole to be opened.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// Its ends, the smaller id first.
    pub ends: [NodeId; 2],
    /// Free-flow latency over space, ticks.
    pub span: u32,
    /// Why.
    pub reason: OpeningReason,
}

/// What an opening takes: the wormhole as it will be, what it costs, and its entity if it comes out of the pool.
struct Plan {
    wormhole: Wormhole,
    cost: f64,
    pooled: Option<Entity>,
}

/// Opens a wormhole, out of the pool if the pair has one there. False, and nothing done, if a port is missing.
pub fn open(world: &mut World, opening: &Opening) -> bool {
    let Some(plan) = plan(world, opening) else { return false };
    let strength = Strength(world.resource::<Rules>().physics.wormhole.initial_strength);
    if let Some(entity) = plan.pooled {
        let mut entity = world.entity_mut(entity);
        entity.remove::<Dormant>();
        if let Some(mut old) = entity.get_mut::<Wormhole>() {
            *old = Wormhole { opened_at: old.opened_at, ..plan.wormhole };
        }
        if let Some(mut ledger) = entity.get_mut::<Ledger>() {
            ledger.opening += plan.cost;
            ledger.reopened += 1;
            ledger.reviewed = [ledger.saved, ledger.upkeep];
        }
        entity.insert((strength, Mass(0.0)));
    } else {
        let entity = world.spawn(bundle(&plan, strength)).id();
        world.resource_mut::<Registry>().next += 1;
        enter(&mut world.resource_mut::<Registry>(), &plan.wormhole, entity);
    }
    announce(world, &plan, opening.reason);
    true
}

/// Brings back the wormholes of an earlier run, before the first tick: active ones open at no cost, dormant ones enter the
/// pool in their order. Those beyond the budget must have been refused before.
pub fn recover(world: &mut World) {
    let (rules, physics) = (world.resource::<Rules>().wormholes.clone(), world.resource::<Rules>().physics.wormhole);
    if !rules.enabled {
        return;
    }
    let mut all = rules.recovered;
    (world.resource_mut::<Registry>().next, world.resource_mut::<Registry>().first) = (rules.next_id, rules.next_id);
    let dormant = all.iter().filter_map(|hole| Some((WormholeId(hole.id), hole.dormant_ticks?)));
    let (pool, aged) = (dormant.clone().map(|(id, _)| (0, id)).collect(), dormant.collect());
    (world.resource_mut::<Registry>().pool, world.resource_mut::<Registry>().aged) = (pool, aged);
    all.sort_by_key(|hole| hole.id);
    for hole in all {
        let (id, active) = (WormholeId(hole.id), hole.dormant_ticks.is_none());
        let mut fabric = world.resource_mut::<Fabric>();
        let free = hole.ends.map(|end| fabric.free_port(end).unwrap_or(NONE));
        let wormhole = Wormhole {
            id,
            ends: hole.ends,
            span: hole.span_ticks,
            transit: transit(hole.kind.transit_ratio(&physics.kinds), hole.span_ticks),
            capacity: capacity(physics.max_capacity_per_tick, hole.strength),
            ports: if active { free } else { [NONE; 2] },
            opened_at: 0,
            ready_at: hole.setup_ticks_left,
            reviewed_at: hole.setup_ticks_left,
            since: 0,
            kind: hole.kind,
            phase: if active { Phase::Active } else { Phase::Dormant },
        };
        let Wormhole { ports, ends, transit, capacity, ready_at, .. } = wormhole;
        let usable = ready_at == 0 || rules.wait_for_setup;
        if active {
            fabric.reserve(ports, id);
        }
        if active && usable {
            fabric.open_wormhole(ports, ends, transit, capacity, ready_at);
        } else if active {
            world.resource_mut::<Registry>().opening.push(id);
        }
        let carried = (wormhole, Strength(hole.strength), Mass(0.0), Entropy(0.0), Ledger::default());
        let entity = world.spawn(carried).id();
        if !active {
            world.entity_mut(entity).insert(Dormant);
        }
        enter(&mut world.resource_mut::<Registry>(), &wormhole, entity);
        let change = Change::Recovered {
            wormhole: id,
            ends,
            span_ticks: wormhole.span,
            transit_ticks: transit,
            kind: wormhole.kind,
            strength: hole.strength,
            ready_tick: ready_at,
            phase: wormhole.phase,
        };
        world.resource_mut::<Journal>().note(0, change);
    }
}

/// Opens the wormholes that a scenario lists, before its first tick. Pairs that space does not join, those listed twice,
/// and those beyond the budget must have been refused before.
pub fn open_initial(world: &mut World) {
    let strength = Strength(world.resource::<Rules>().physics.wormhole.initial_strength);
    let mut plans = Vec::new();
    for mut ends in world.resource::<Rules>().wormholes.initial.clone() {
        ends.sort_unstable();
        let span = world.resource_mut::<Gravity>().span(ends).unwrap_or(1);
        let opening = Opening { ends, span, reason: OpeningReason::Initial };
        if let Some(plan) = plan(world, &opening) {
            world.resource_mut::<Registry>().next += 1;
            announce(world, &plan, opening.reason);
            plans.push(plan);
        }
    }
    // As one batch, which takes no more room than it needs.
    let entities: Vec<Entity> =
        world.spawn_batch(plans.iter().map(|plan| bundle(plan, strength)).collect::<Vec<_>>()).collect();
    // Maps that are made from sorted entries are filled to the brim.
    let mut registry = world.resource_mut::<Registry>();
    let mut entered: BTreeMap<_, _> =
        plans.iter().zip(entities).map(|(plan, entity)| (plan.wormhole.id, entity)).collect();
    let mut between: BTreeMap<_, _> = plans.iter().map(|plan| (plan.wormhole.ends, plan.wormhole.id)).collect();
    debug_assert_eq!(between.len(), plans.len(), "each pair once");
    registry.wormholes.append(&mut entered);
    registry.between.append(&mut between);
    registry.opening.shrink_to_fit();
}

/// What opening a wormhole takes; `None` if a port is missing.
fn plan(world: &World, opening: &Opening) -> Option<Plan> {
    let Opening { ends, span, .. } = *opening;
    let fabric = world.resource::<Fabric>();
    let ports = [fabric.free_port(ends[0])?, fabric.free_port(ends[1])?];
    let now = world.resource::<Clock>().now;
    let WormholeParameters {
        initial_strength,
        max_capacity_per_tick,
        opening_cost,
        reopening_share,
        setup_ticks,
        kinds,
        ..
    } = world.resource::<Rules>().physics.wormhole;
    let registry = world.resource::<Registry>();
    let pooled = registry.between.get(&ends).map(|id| registry.wormholes[id]);
    let id = pooled.and_then(|entity| world.get::<Wormhole>(entity)).map_or(WormholeId(registry.next), |old| old.id);
    let wormhole = Wormhole {
        id,
        ends,
        span,
        transit: transit(kinds.experimental_transit, span),
        capacity: capacity(max_capacity_per_tick, initial_strength),
        ports,
        opened_at: now,
        ready_at: now + setup_ticks,
        reviewed_at: now + setup_ticks,
        since: now,
        kind: WormholeKind::Experimental,
        phase: Phase::Active,
    };
    Some(Plan { wormhole, cost: if pooled.is_some() { opening_cost * reopening_share } else { opening_cost }, pooled })
}

/// What a new wormhole carries.
fn bundle(plan: &Plan, strength: Strength) -> (Wormhole, Strength, Mass, Entropy, Ledger) {
    (plan.wormhole, strength, Mass(0.0), Entropy(0.0), Ledger { opening: plan.cost, ..Ledger::default() })
}

/// Enters a new wormhole into the registry.
fn enter(registry: &mut Registry, wormhole: &Wormhole, entity: Entity) {
    registry.wormholes.insert(wormhole.id, entity);
    registry.between.insert(wormhole.ends, wormhole.id);
}

/// Takes the ports of a wormhole that opens, and notes it in the journal.
fn announce(world: &mut World, plan: &Plan, reason: OpeningReason) {
    let Plan { wormhole, cost, pooled } = plan;
    let rules = world.resource::<Rules>();
    let (at_once, strength) = (rules.wormholes.wait_for_setup, rules.physics.wormhole.initial_strength);
    let mut fabric = world.resource_mut::<Fabric>();
    fabric.reserve(wormhole.ports, wormhole.id);
    if at_once {
        let Wormhole { ports, ends, transit, capacity, ready_at, .. } = *wormhole;
        fabric.open_wormhole(ports, ends, transit, capacity, ready_at);
    } else {
        world.resource_mut::<Registry>().opening.push(wormhole.id);
    }
    let change = Change::Opened {
        wormhole: wormhole.id,
        ends: wormhole.ends,
        span_ticks: wormhole.span,
        transit_ticks: wormhole.transit,
        kind: wormhole.kind,
        strength,
        ready_tick: wormhole.ready_at,
        cost_ticks: *cost,
        reopened: pooled.is_some(),
        reason,
    };
    let now = world.resource::<Clock>().now;
    world.resource_mut::<Journal>().note(now, change);
}

/// Books the traversals since the last time in the ledger, and returns how many there were.
pub fn settle(wormhole: &Wormhole, ledger: &mut Ledger, fabric: &mut Fabric) -> u32 {
    let used = std::mem::take(&mut fabric.traversals[wormhole.id.index()]);
    ledger.traversals += u64::from(used);
    ledger.saved += f64::from(used) * (f64::from(wormhole.span) - f64::from(wormhole.transit));
    used
}

/// Closes an active wormhole and puts it into the pool. Its entity must be marked [`Dormant`] by the caller.
pub fn retire(
    wormhole: &mut Wormhole,
    strength: f64,
    reason: DormancyReason,
    now: Tick,
    fabric: &mut Fabric,
    registry: &mut Registry,
    journal: &mut Journal,
) {
    fabric.close_wormhole(wormhole.ports, wormhole.ends);
    registry.opening.retain(|&id| id != wormhole.id);
    registry.pool.push_back((now, wormhole.id));
    wormhole.phase = Phase::Dormant;
    wormhole.since = now;
    journal.note(now, Change::Dormant { wormhole: wormhole.id, strength, reason });
}
