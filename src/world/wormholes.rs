//! The table of wormholes, their one owner: whatever opens, closes or archives one does it here, so that ports, entity,
//! pool, ledger and journal stay in step. It holds active and dormant wormholes; of those that are archived, sums and a
//! bounded ranking.

pub mod recovery;

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::prelude::{Entity, Mut, Resource, World};

use super::components::{Dormant, Entropy, Ledger, Mass, Strength, Wormhole};
use super::history::{Archived, History};
use super::journal::{Change, DormancyReason, Journal, OpeningReason, Outbox};
use super::resources::{Clock, Ride, Rules, Span, Spans};
use super::rides::{self, Rides};
use crate::fabric::access::NONE;
use crate::fabric::{Fabric, Passed, WormholeId};
use crate::physics::decay::capacity;
use crate::scenario::{Carrier, Phase, Tick, WormholeKind, WormholeParameters};
use crate::topology::NodeId;

/// The largest number of a wormhole; one more stands for none.
pub const MAX_ID: u32 = NONE - 1;

/// Wormholes that are not archived, by id.
#[derive(Debug, Default, Resource)]
pub struct Wormholes {
    entities: BTreeMap<WormholeId, Entity>,
    /// By ends, the smaller id first.
    between: BTreeMap<[NodeId; 2], WormholeId>,
    /// Active ones that routers do not see yet, because they are being set up.
    pub opening: Vec<WormholeId>,
    /// Dormant ones, with the tick since when, the longest dormant first.
    pool: VecDeque<(Tick, WormholeId)>,
    /// What departed over each before it closed last.
    passed: BTreeMap<WormholeId, [Passed; 2]>,
    /// Number of the next wormhole.
    next: u32,
    /// Number of the first wormhole that opened in this run and not in the one that it recovered.
    first: u32,
    /// Ticks that recovered wormholes had been dormant at tick 0.
    aged: BTreeMap<WormholeId, Tick>,
    /// Running hash of those that are archived.
    pub archived_hash: [u8; blake3::OUT_LEN],
    /// What is left of those that are archived.
    pub history: History,
}

/// A wormhole to be opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Its ends, the smaller id first.
    pub ends: [NodeId; 2],
    /// The way over space.
    pub span: Span,
    /// Why.
    pub reason: OpeningReason,
}

impl Wormholes {
    /// The entity of a wormhole, if it is held.
    pub fn entity(&self, id: WormholeId) -> Option<Entity> {
        self.entities.get(&id).copied()
    }

    /// Entities, in the order of ids.
    pub fn entities(&self) -> impl Iterator<Item = Entity> {
        self.entities.values().copied()
    }

    /// Ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = WormholeId> {
        self.entities.keys().copied()
    }

    /// The entity of the wormhole between two nodes, smaller id first.
    pub fn between(&self, ends: [NodeId; 2]) -> Option<Entity> {
        self.between.get(&ends).and_then(|&id| self.entity(id))
    }

    /// Active and dormant wormholes.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// Dormant wormholes, with the tick since when, the longest dormant first.
    pub fn pool(&self) -> &VecDeque<(Tick, WormholeId)> {
        &self.pool
    }

    /// Number of the next wormhole.
    pub fn next(&self) -> u32 {
        self.next
    }

    /// Number of the first wormhole that opened in this run.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// Whether a wormhole was recovered as a dormant one.
    pub fn was_recovered_dormant(&self, id: WormholeId) -> bool {
        id.0 < self.first && self.aged.contains_key(&id)
    }

    /// Wormholes that opened in this run for the first time.
    pub fn opened(&self) -> u32 {
        self.next - self.first
    }

    /// Ticks for which a wormhole that is dormant since tick `since` is so at tick `now`.
    pub fn dormant_ticks(&self, since: Tick, id: WormholeId, now: Tick) -> Tick {
        // A recovered dormant wormhole cannot go dormant again before tick 1.
        let before = if since == 0 { self.aged.get(&id).copied().unwrap_or(0) } else { 0 };
        now - since + before
    }

    /// Whether the longest dormant is to be archived at tick `now`.
    pub fn may_archive(&self, after: Tick, now: Tick) -> bool {
        self.pool.front().is_some_and(|&(since, id)| self.dormant_ticks(since, id, now) >= after)
    }

    /// What departed over each since the start, given their ports, in the order of ids: from the end with the smaller
    /// id, and from the other.
    pub fn passed(&self, world: &World) -> BTreeMap<WormholeId, [Passed; 2]> {
        let fabric = world.resource::<Fabric>();
        let of = |(&id, &entity): (&WormholeId, &Entity)| {
            let mut passed = self.passed.get(&id).copied().unwrap_or_default();
            if let Some(wormhole) = world.get::<Wormhole>(entity).filter(|wormhole| wormhole.is_active()) {
                add(&mut passed, fabric.passed(wormhole.ports[0]));
            }
            (id, passed)
        };
        self.entities.iter().map(of).collect()
    }

    fn enter(&mut self, wormhole: &Wormhole, entity: Entity) {
        self.entities.insert(wormhole.id, entity);
        self.between.insert(wormhole.ends, wormhole.id);
    }
}

fn add(sum: &mut [Passed; 2], more: [Passed; 2]) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

/// What an opening takes: the wormhole as it will be, what it costs, and its entity if it comes out of the pool.
struct Plan {
    wormhole: Wormhole,
    cost: f64,
    pooled: Option<Entity>,
    ride: Option<Ride>,
}

/// Opens a wormhole, out of the pool if the pair has one there. False, and nothing done, if it cannot open: a port is
/// missing, an end has failed, the pair is joined already or is none, nothing carries it there, or there is no number
/// left. It can be used from the next tick on at the earliest.
pub fn open(world: &mut World, opening: Opening) -> bool {
    open_after(world, opening, 1)
}

/// The same before the first tick, in which it can be used if there is no set-up.
pub fn open_at_start(world: &mut World, opening: Opening) -> bool {
    open_after(world, opening, 0)
}

fn open_after(world: &mut World, opening: Opening, least_setup: Tick) -> bool {
    let plan = world.resource_scope(|world, mut spans: Mut<Spans>| plan(world, &opening, least_setup, &mut spans));
    let Some(plan) = plan else { return false };
    let strength = Strength(world.resource::<Rules>().initial_strength());
    if let Some(entity) = plan.pooled {
        world.resource_mut::<Wormholes>().pool.retain(|&(_, id)| id != plan.wormhole.id);
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
        entity.insert((strength, Mass::default()));
    } else {
        let entity = world.spawn(bundle(plan.wormhole, plan.cost, strength)).id();
        let mut table = world.resource_mut::<Wormholes>();
        table.next += 1;
        table.enter(&plan.wormhole, entity);
    }
    take_ports(world, plan, opening.reason);
    true
}

/// Books the traversals since the last time in the ledger, and returns how many there were, each way.
pub fn settle(wormhole: &Wormhole, processing: u32, ledger: &mut Ledger, fabric: &mut Fabric) -> [u32; 2] {
    let used = fabric.take_traversals(wormhole.ports[0]);
    let latency = wormhole.latency(processing);
    for (side, used) in used.into_iter().enumerate() {
        ledger.traversals += u64::from(used);
        ledger.saved += f64::from(used) * (f64::from(wormhole.span.0[side]) - f64::from(latency.0[side]));
    }
    used
}

/// Closes an active wormhole and puts it into the pool; nothing is done if it is not active. One that its policy
/// closes, which is before upkeep is paid, pays for the tick.
pub fn close(world: &mut World, id: WormholeId, reason: DormancyReason) {
    let (now, entity) = (world.resource::<Clock>().now, world.resource::<Wormholes>().entity(id));
    let is_active = |&entity: &Entity| world.get::<Wormhole>(entity).is_some_and(Wormhole::is_active);
    let Some(entity) = entity.filter(is_active) else { return };
    let mut entity = world.entity_mut(entity);
    let strength = entity.get::<Strength>().map_or(0.0, |strength| strength.0);
    let mut wormhole = entity.get_mut::<Wormhole>().expect("the table holds wormholes");
    (wormhole.phase, wormhole.since) = (Phase::Dormant, now);
    wormhole.cut = reason.is_of_network();
    let (wormhole, mut ledger) = (*wormhole, *entity.get::<Ledger>().expect("a wormhole has a ledger"));
    entity.world_scope(|world| {
        let rules = world.resource::<Rules>();
        let (processing, upkeep) = (rules.processing_ticks, rules.physics.wormhole.upkeep_per_tick);
        let mut fabric = world.resource_mut::<Fabric>();
        settle(&wormhole, processing, &mut ledger, &mut fabric);
        if matches!(reason, DormancyReason::Policy { .. }) && now >= wormhole.ready_at {
            ledger.upkeep += upkeep * strength;
        }
        let passed = fabric.close_wormhole(wormhole.ports, wormhole.ends);
        let mut table = world.resource_mut::<Wormholes>();
        add(table.passed.entry(id).or_default(), passed);
        table.opening.retain(|&other| other != id);
        table.pool.push_back((now, id));
        rides::release(world, id);
        world.resource_mut::<Journal>().note(now, Change::Dormant { wormhole: id, strength, reason });
    });
    entity.insert((ledger, Dormant));
}

/// Archives the dormant wormholes that have been in the pool for so many ticks.
pub fn archive(world: &mut World, after: Tick) {
    let now = world.resource::<Clock>().now;
    while world.resource::<Wormholes>().may_archive(after, now) {
        let table = world.resource::<Wormholes>();
        let (since, id) = table.pool[0];
        if world.get::<Wormhole>(table.entities[&id]).is_some_and(|wormhole| has_old_way(world, wormhole)) {
            return;
        }
        let mut table = world.resource_mut::<Wormholes>();
        table.pool.pop_front();
        let dormant_ticks = table.dormant_ticks(since, id, now);
        let entity = table.entities[&id];
        let entity_ref = world.entity(entity);
        let (&wormhole, &strength, &ledger) = entity_ref.components::<(&Wormhole, &Strength, &Ledger)>();
        world.despawn(entity);
        let gone: Archived = (Wormhole { phase: Phase::Archived, since: now, ..wormhole }, strength, ledger);
        let mut table = world.resource_mut::<Wormholes>();
        table.entities.remove(&id);
        table.between.remove(&wormhole.ends);
        let passed = table.passed.remove(&id).unwrap_or_default();
        let entry = postcard::to_stdvec(&gone).expect("a wormhole is plain data");
        table.archived_hash = *blake3::Hasher::new().update(&table.archived_hash).update(&entry).finalize().as_bytes();
        table.history.add(gone, passed);
        world.resource_mut::<Rides>().forget(id);
        world.resource_mut::<Outbox>().archived.push(gone);
        world.resource_mut::<Journal>().note(now, Change::Archived { wormhole: id, dormant_ticks });
    }
}

/// Lets routers see the wormholes whose set-up is over.
pub fn finish_setup(world: &mut World) {
    let now = world.resource::<Clock>().now;
    let opening = std::mem::take(&mut world.resource_mut::<Wormholes>().opening);
    let (ready, waiting): (Vec<_>, Vec<_>) = opening.into_iter().partition(|&id| {
        let entity = world.resource::<Wormholes>().entities[&id];
        world.get::<Wormhole>(entity).is_some_and(|wormhole| wormhole.ready_at <= now)
    });
    world.resource_mut::<Wormholes>().opening = waiting;
    for id in ready {
        let entity = world.resource::<Wormholes>().entities[&id];
        let &wormhole: &Wormhole = world.get(entity).expect("the table holds wormholes");
        open_ports(world, &wormhole, now);
    }
}

/// Makes an active wormhole one of another kind.
pub fn change_kind(world: &mut World, id: WormholeId, to: WormholeKind) {
    let (now, entity) = (world.resource::<Clock>().now, world.resource::<Wormholes>().entities[&id]);
    let (carrier, processing) = carried(world);
    let strength = world.get::<Strength>(entity).map_or(0.0, |strength| strength.0);
    let mut wormhole = world.get_mut::<Wormhole>(entity).expect("the table holds wormholes");
    let from = std::mem::replace(&mut wormhole.kind, to);
    let transit_ticks = carrier.transit(wormhole.ends, wormhole.links, to).unwrap_or(wormhole.transit);
    wormhole.transit = transit_ticks;
    let (Wormhole { ports, ends, .. }, latency) = (*wormhole, wormhole.latency(processing));
    world.resource_mut::<Fabric>().set_latency(ports, ends, latency);
    let change = Change::KindChanged { wormhole: id, from, to, transit_ticks, strength };
    world.resource_mut::<Journal>().note(now, change);
}

/// Opens the wormholes that a scenario lists, before its first tick. Pairs that space does not join, those listed
/// twice, and those beyond the budget must have been refused before.
///
/// # Errors
/// The first pair that no way over space carries, or none with room for what a bypass reserves.
pub fn open_initial(world: &mut World) -> Result<(), [NodeId; 2]> {
    if !world.resource::<Rules>().wormholes.enabled {
        return Ok(());
    }
    let strength = Strength(world.resource::<Rules>().initial_strength());
    let mut plans = Vec::new();
    for mut ends in world.resource::<Rules>().wormholes.initial.clone() {
        ends.sort_unstable();
        let plan = world.resource_scope(|world, mut spans: Mut<Spans>| {
            let opening = Opening { ends, span: spans.span(ends)?, reason: OpeningReason::initial() };
            plan(world, &opening, 0, &mut spans)
        });
        let plan = plan.ok_or(ends)?;
        world.resource_mut::<Wormholes>().next += 1;
        let (wormhole, cost) = (plan.wormhole, plan.cost);
        take_ports(world, plan, OpeningReason::initial());
        plans.push((wormhole, cost));
    }
    // As one batch, which takes no more room than it needs.
    let entities: Vec<Entity> = world
        .spawn_batch(plans.iter().map(|&(wormhole, cost)| bundle(wormhole, cost, strength)).collect::<Vec<_>>())
        .collect();
    // Maps that are made from sorted entries are filled to the brim.
    let mut table = world.resource_mut::<Wormholes>();
    let mut entered: BTreeMap<_, _> =
        plans.iter().zip(entities).map(|((wormhole, _), entity)| (wormhole.id, entity)).collect();
    let mut between: BTreeMap<_, _> = plans.iter().map(|(wormhole, _)| (wormhole.ends, wormhole.id)).collect();
    debug_assert_eq!(between.len(), plans.len(), "each pair once");
    table.entities.append(&mut entered);
    table.between.append(&mut between);
    table.opening.shrink_to_fit();
    Ok(())
}

/// What the table holds besides entities, when a run is restored.
#[derive(Debug)]
pub struct Restored {
    /// Active ones that are being set up.
    pub opening: Vec<WormholeId>,
    /// Dormant ones, the longest dormant first.
    pub pool: VecDeque<(Tick, WormholeId)>,
    /// What departed over each.
    pub passed: BTreeMap<WormholeId, [Passed; 2]>,
    /// Number of the next.
    pub next: u32,
    /// Running hash of those that are archived.
    pub archived_hash: [u8; blake3::OUT_LEN],
    /// What is left of those that are archived.
    pub history: History,
}

/// Puts other wormholes in the place of all that are held.
pub fn restore(world: &mut World, held: Vec<(Wormhole, Strength, Mass, Entropy, Ledger)>, rest: Restored) {
    for entity in std::mem::take(&mut world.resource_mut::<Wormholes>().entities).into_values() {
        world.despawn(entity);
    }
    let ids: Vec<_> = held.iter().map(|(wormhole, ..)| (wormhole.id, wormhole.ends, wormhole.is_active())).collect();
    let entities: Vec<Entity> = world.spawn_batch(held).collect();
    for (&entity, _) in entities.iter().zip(&ids).filter(|(_, (.., active))| !active) {
        world.entity_mut(entity).insert(Dormant);
    }
    let Restored { opening, pool, passed, next, archived_hash, history } = rest;
    let mut table = world.resource_mut::<Wormholes>();
    table.entities = ids.iter().zip(entities).map(|(&(id, ..), entity)| (id, entity)).collect();
    table.between = ids.iter().map(|&(id, ends, _)| (ends, id)).collect();
    (table.opening, table.pool, table.passed) = (opening, pool, passed);
    (table.next, table.archived_hash, table.history) = (next, archived_hash, history);
}

/// What opening a wormhole takes, of so many ticks of set-up at the least; `None` if it cannot open.
fn plan(world: &World, opening: &Opening, least_setup: Tick, spans: &mut Spans) -> Option<Plan> {
    let Opening { ends, span, .. } = *opening;
    let fabric = world.resource::<Fabric>();
    if ends[0] >= ends[1] || span.links.0.contains(&0) || ends.iter().any(|end| !fabric.queues[end.index()].up) {
        return None;
    }
    let ports = [fabric.free_port(ends[0])?, fabric.free_port(ends[1])?];
    let now = world.resource::<Clock>().now;
    let rules = world.resource::<Rules>();
    let WormholeParameters { max_capacity_per_tick, opening_cost, reopening_share, setup_ticks, .. } =
        rules.physics.wormhole;
    let setup_ticks = setup_ticks.max(least_setup);
    let table = world.resource::<Wormholes>();
    let pooled = table.between(ends);
    let held = pooled.and_then(|entity| world.get::<Wormhole>(entity));
    if held.is_some_and(Wormhole::is_active) || held.is_none() && table.next >= MAX_ID {
        return None;
    }
    let id = pooled.and_then(|entity| world.get::<Wormhole>(entity)).map_or(WormholeId(table.next), |old| old.id);
    let wormhole = Wormhole {
        id,
        ends,
        span: span.ticks,
        links: span.links,
        transit: carried(world).0.transit(ends, span.links, WormholeKind::Experimental)?,
        capacity: capacity(max_capacity_per_tick, rules.initial_strength()),
        ports,
        opened_at: now,
        ready_at: now + setup_ticks,
        reviewed_at: now + setup_ticks,
        since: now,
        cut: false,
        kind: WormholeKind::Experimental,
        phase: Phase::Active,
    };
    let ride = match carried(world).0 {
        Carrier::Bypass { .. } => Some(spans.ride(ends).filter(|ride| rides::has_room(world, ride))?),
        _ => None,
    };
    // It rides on one way at a time: what left over the old one must have arrived before it takes another.
    if let Some(old) = held
        && ride.as_ref() != world.resource::<Rides>().of(old.id)
        && has_old_way(world, old)
    {
        return None;
    }
    let cost = if pooled.is_some() && !rules.kept { opening_cost * reopening_share } else { opening_cost };
    Some(Plan { wormhole, cost, pooled, ride })
}

/// Whether something may still be on the way that a dormant bypass had.
fn has_old_way(world: &World, wormhole: &Wormhole) -> bool {
    let latency = wormhole.latency(world.resource::<Rules>().processing_ticks).longest();
    world.resource::<Rides>().of(wormhole.id).is_some() && world.resource::<Clock>().now < wormhole.since + latency
}

/// What a new wormhole carries.
fn bundle(wormhole: Wormhole, opening: f64, strength: Strength) -> (Wormhole, Strength, Mass, Entropy, Ledger) {
    (wormhole, strength, Mass::default(), Entropy(0.0), Ledger { opening, ..Ledger::default() })
}

/// What carries wormholes, where they are enabled, and what processing takes.
fn carried(world: &World) -> (Carrier, u32) {
    let rules = world.resource::<Rules>();
    let carrier = rules.wormholes.carrier.clone().expect("wormholes that are enabled have a carrier");
    (carrier, rules.processing_ticks)
}

/// Opens the ports of a wormhole, which are reserved.
fn open_ports(world: &mut World, wormhole: &Wormhole, ready: Tick) {
    let latency = wormhole.latency(world.resource::<Rules>().processing_ticks);
    let Wormhole { ports, ends, capacity, .. } = *wormhole;
    world.resource_mut::<Fabric>().open_wormhole(ports, ends, latency, capacity, ready);
}

/// Takes the ports of a wormhole that opens, and what it rides on, and notes it in the journal.
fn take_ports(world: &mut World, plan: Plan, reason: OpeningReason) {
    let Plan { wormhole, cost, pooled, ride } = plan;
    if let Some(ride) = ride {
        rides::take(world, wormhole.id, ride);
    }
    let rules = world.resource::<Rules>();
    let (at_once, strength) = (rules.wormholes.wait_for_setup, rules.initial_strength());
    let mut fabric = world.resource_mut::<Fabric>();
    fabric.reserve(wormhole.ports, wormhole.id);
    if at_once {
        open_ports(world, &wormhole, wormhole.ready_at);
    } else {
        world.resource_mut::<Wormholes>().opening.push(wormhole.id);
    }
    let change = Change::Opened {
        wormhole: wormhole.id,
        ends: wormhole.ends,
        span_ticks: wormhole.span,
        transit_ticks: wormhole.transit,
        kind: wormhole.kind,
        strength,
        ready_tick: wormhole.ready_at,
        cost_ticks: cost,
        reopened: pooled.is_some(),
        reason,
    };
    let now = world.resource::<Clock>().now;
    world.resource_mut::<Journal>().note(now, change);
}
