//! Everything that influences the future of a run, and what was recorded so far; the rest of a world follows from its
//! scenario or is made again.
//!
//! A world is restored in two steps: [`build::world`](super::build::world) makes that of the scenario before its first
//! tick, then [`restore`] takes on the snapshot. What is scratch, and what follows from the scenario, is named where each
//! state is taken, in patterns without `..`: a field that is added and not told apart does not compile.
//!
//! A snapshot may have been forged. Before anything of it is used it is checked: numbers are those of things that are
//! there, what follows from other numbers does, ticks are not ahead, and counts leave room to go on. Each type says near
//! itself what it may be. What such a snapshot says of its past may still be wrong.

mod branch;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bevy_ecs::prelude::{Entity, Mut, World};
use serde::{Deserialize, Serialize};

use super::access::NONE;
use super::check::{all_finite, leave_room};
use super::components::{Dormant, Entropy, Ledger, Mass, Phase, Strength, Wormhole, WormholeId};
use super::fabric::{Fabric, FabricState};
use super::journal::{Journal, Record};
use super::port::{How, Port, PortChange};
use super::resources::{Clock, Gravity, Loads, Registry, Router, Sources, Timeline, so_far};
use super::rng::is_position;
use super::sketch::SpaceSaving;
use crate::error::Error;
use crate::learning::rows::Quad;
use crate::recorder::{Recorder, RecorderState};
use crate::routing::measured_delay::MeasuredDelayState;
use crate::routing::view::View;
use crate::scenario::Tick;
use crate::systems::Outbox;
use crate::topology::NodeId;

pub use branch::branch;

/// The state of a run between two ticks.
#[derive(Debug, Serialize, Deserialize)]
pub struct Snapshot<'a> {
    /// Ticks simulated.
    pub ticks: Tick,
    /// The data plane.
    pub fabric: FabricState<'a>,
    /// Nodes, in the order of ids.
    pub nodes: Vec<NodeState>,
    /// Wormholes and what links have failed.
    pub wormholes: WormholesState<'a>,
    /// Observed pairs and smoothed loads.
    pub observed: ObservedState<'a>,
    /// What the router has learned, and the stream of its ties.
    pub router: RouterState<'a>,
    /// Where the sources are, in the order of the scenario.
    pub sources: Vec<u128>,
    /// What was recorded.
    pub recorder: RecorderState<'a>,
}

/// What a node carries.
pub type NodeState = (Strength, Mass, Entropy);

/// What a wormhole carries.
pub type WormholeState = (Wormhole, Strength, Mass, Entropy, Ledger);

/// Wormholes, and the scheduled changes.
#[derive(Debug, Serialize, Deserialize)]
pub struct WormholesState<'a> {
    /// Active and dormant ones, in the order of ids.
    held: Vec<WormholeState>,
    archived: Cow<'a, [(Wormhole, Strength, Ledger)]>,
    opening: Cow<'a, [WormholeId]>,
    pool: Cow<'a, VecDeque<(Tick, WormholeId)>>,
    next: u32,
    failed_links: Cow<'a, [bool]>,
    /// Scheduled changes that are still to come.
    events_left: usize,
    /// Lines of the journal that the store has not taken, as JSON: their tags need a format that describes itself.
    journal: Vec<String>,
}

/// What gravity and entropy remember.
#[derive(Debug, Serialize, Deserialize)]
pub struct ObservedState<'a> {
    sketch: Cow<'a, SpaceSaving>,
    smoothed: Cow<'a, [f64]>,
    total: Cow<'a, [u64]>,
    network_entropy: f64,
}

/// What a router has learned, and the position of its stream.
#[derive(Debug, Serialize, Deserialize)]
pub enum RouterState<'a> {
    /// Of shortest-path routing.
    ShortestPath(u128),
    /// Of multipath routing.
    Multipath(u128),
    /// Of routing by measured delays.
    MeasuredDelay(MeasuredDelayState<'a>),
    /// Of Q-routing: estimates, those put aside by port, position.
    QRouting(Cow<'a, [Quad]>, Cow<'a, BTreeMap<u32, Vec<f32>>>, u128),
}

/// The state of a world between two ticks.
pub fn take(world: &World) -> Snapshot<'_> {
    let Registry { nodes, wormholes, archived, opening, pool, next, between: _, first: _, aged: _ } =
        world.resource::<Registry>();
    let Timeline { events, failed_links } = world.resource::<Timeline>();
    let Gravity { sketch, mass_kept: _, sketch_kept: _, activity: _, space: _, search: _, spans: _ } =
        world.resource::<Gravity>();
    let Loads { smoothed, total, network_entropy, kept: _ } = world.resource::<Loads>();
    let Outbox { journal } = world.resource::<Outbox>();
    let router = match world.resource::<Router>() {
        Router::ShortestPath(policy) => RouterState::ShortestPath(policy.position()),
        Router::Multipath(policy) => RouterState::Multipath(policy.position()),
        Router::MeasuredDelay(policy) => RouterState::MeasuredDelay(policy.state()),
        Router::QRouting(table) => {
            RouterState::QRouting(table.rows().quads_in_order().into(), Cow::Borrowed(table.saved()), table.position())
        }
    };
    Snapshot {
        ticks: world.resource::<Clock>().next,
        fabric: world.resource::<Fabric>().state(),
        nodes: nodes.iter().map(|&entity| node(world, entity)).collect(),
        wormholes: WormholesState {
            held: wormholes.values().map(|&entity| wormhole(world, entity)).collect(),
            archived: archived.into(),
            opening: opening.into(),
            pool: Cow::Borrowed(pool),
            next: *next,
            failed_links: failed_links.into(),
            events_left: events.len(),
            journal: journal.iter().map(|line| serde_json::to_string(line).expect("a line is plain data")).collect(),
        },
        observed: ObservedState {
            sketch: Cow::Borrowed(sketch),
            smoothed: smoothed.into(),
            total: total.into(),
            network_entropy: *network_entropy,
        },
        router,
        sources: world.resource::<Sources>().all.iter().map(|source| source.state()).collect(),
        recorder: world.resource::<Recorder>().state(),
    }
}

fn node(world: &World, entity: Entity) -> NodeState {
    let (&strength, &mass, &entropy) = world.entity(entity).components::<(&Strength, &Mass, &Entropy)>();
    (strength, mass, entropy)
}

fn wormhole(world: &World, entity: Entity) -> WormholeState {
    let (&wormhole, &ledger) = world.entity(entity).components::<(&Wormhole, &Ledger)>();
    let (strength, mass, entropy) = node(world, entity);
    (wormhole, strength, mass, entropy, ledger)
}

/// Lets `world`, of the same scenario before its first tick, be as it was when `snapshot` was taken.
///
/// # Errors
/// [`Error::ForeignSnapshot`] if it is of another scenario, or is no state that a run can have; the error of a trace that
/// can no longer be read.
pub fn restore(world: &mut World, snapshot: Snapshot) -> Result<(), Error> {
    let Snapshot { ticks, fabric, nodes, wormholes, observed, router, sources, recorder } = snapshot;
    restore_fabric(world, fabric)?;
    if !restore_router(world, router) {
        return Err(Error::ForeignSnapshot);
    }
    restore_rest(world, ticks, nodes, wormholes, observed, sources, recorder)
}

fn restore_fabric(world: &mut World, state: FabricState) -> Result<(), Error> {
    if world.resource_mut::<Fabric>().restore(state) { Ok(()) } else { Err(Error::ForeignSnapshot) }
}

/// Takes on all but the fabric and the router, which come first.
fn restore_rest(
    world: &mut World,
    ticks: Tick,
    nodes: Vec<NodeState>,
    wormholes: WormholesState,
    observed: ObservedState,
    sources: Vec<u128>,
    recorder: RecorderState,
) -> Result<(), Error> {
    let fabric = world.resource::<Fabric>();
    let fits = nodes.len() == world.resource::<Registry>().nodes.len()
        && nodes.iter().all(|(strength, mass, entropy)| all_finite([strength.0, mass.0, entropy.0]))
        && sources.len() == world.resource::<Sources>().all.len()
        && ticks.saturating_sub(1) == fabric.now
        && (ticks > 0 || fabric.pool.is_empty())
        && wormholes.fit(world, ticks)
        && observed.fits(world)
        && recorder.may_follow(world.resource::<Recorder>(), fabric, ticks, &so_far(&observed.total, fabric));
    if !fits {
        return Err(Error::ForeignSnapshot);
    }
    world.resource_mut::<Clock>().resume(ticks);
    for (source, state) in world.resource_mut::<Sources>().all.iter_mut().zip(sources) {
        source.restore(state)?;
    }
    world.resource_mut::<Recorder>().restore(recorder);
    let entities = world.resource::<Registry>().nodes.clone();
    for (entity, state) in entities.into_iter().zip(nodes) {
        world.entity_mut(entity).insert(state);
    }
    restore_wormholes(world, wormholes);
    restore_observed(world, observed);
    Ok(())
}

fn restore_router(world: &mut World, state: RouterState) -> bool {
    state.is_position()
        && world.resource_scope(|world, mut router: Mut<Router>| {
            let fabric = world.resource::<Fabric>();
            match (&mut *router, state) {
                (Router::ShortestPath(policy), RouterState::ShortestPath(position)) => {
                    policy.restore(View::new(fabric), position);
                }
                (Router::Multipath(policy), RouterState::Multipath(position)) => {
                    policy.restore(View::new(fabric), position);
                }
                (Router::MeasuredDelay(policy), RouterState::MeasuredDelay(state)) => {
                    return policy.restore(fabric, state);
                }
                (Router::QRouting(table), RouterState::QRouting(quads, saved, position)) => {
                    let open = |port: usize| fabric.ports[port].is_open();
                    return table.restore((&quads, saved.into_owned()), position, open, &fabric.failed_ports());
                }
                _ => return false,
            }
            true
        })
}

impl RouterState<'_> {
    fn is_position(&self) -> bool {
        match *self {
            Self::ShortestPath(position) | Self::Multipath(position) | Self::QRouting(.., position) => {
                is_position(position)
            }
            Self::MeasuredDelay(ref state) => is_position(state.position()),
        }
    }
}

impl WormholesState<'_> {
    /// Every wormhole so far, with its ends.
    pub fn ends(&self) -> impl Iterator<Item = (WormholeId, [NodeId; 2])> {
        let held = self.held.iter().map(|(wormhole, ..)| wormhole);
        held.chain(self.archived.iter().map(|(wormhole, ..)| wormhole)).map(|wormhole| (wormhole.id, wormhole.ends))
    }

    /// Whether it can be what became, after so many ticks, of a world before its first tick that has the fabric already.
    fn fit(&self, world: &World, ticks: Tick) -> bool {
        let (fabric, timeline) = (world.resource::<Fabric>(), world.resource::<Timeline>());
        let (now, nodes, links) = (fabric.now, fabric.lanes.len(), fabric.link_ports.len());
        let ids: BTreeSet<WormholeId> = self.ends().map(|(id, _)| id).collect();
        let archived = |(wormhole, strength, ledger): &(Wormhole, Strength, Ledger)| {
            wormhole.phase == Phase::Archived
                && wormhole.is_possible(now, nodes)
                && strength.is_possible()
                && ledger.is_possible()
        };
        let held = |(wormhole, strength, mass, entropy, ledger): &WormholeState| {
            wormhole.phase != Phase::Archived
                && wormhole.is_possible(now, nodes)
                && strength.is_possible()
                && all_finite([mass.0, entropy.0])
                && ledger.is_possible()
        };
        let in_json = |line: &String| {
            serde_json::from_str(line).is_ok_and(|record: Record| record.change.is_among(nodes, links, &ids))
        };
        let link = |(ports, &failed): (&[u32; 2], &bool)| {
            let ports = ports.map(|port| &fabric.ports[port as usize]);
            let up = !failed && ports.iter().all(|port| fabric.lanes[port.to.index()].up);
            ports.iter().all(|port| port.is_open() == up)
        };
        self.archived.iter().all(archived)
            && self.held.iter().all(held)
            && self.held.is_sorted_by(|(a, ..), (b, ..)| a.id < b.id)
            && self.are_numbered(world.resource::<Registry>())
            && self.have_ports(fabric)
            && self.are_pooled(now)
            && self.failed_links.len() == links
            && fabric.link_ports.iter().zip(&*self.failed_links).all(link)
            && self.events_left == timeline.events.iter().filter(|event| event.tick >= ticks).count()
            && self.journal.iter().all(in_json)
    }

    /// Whether ids are those of wormholes that were there before the first tick, and of all that opened since; no pair has
    /// two that are held. `registry` is that of before the first tick.
    fn are_numbered(&self, registry: &Registry) -> bool {
        let ids: BTreeSet<WormholeId> = self.ends().map(|(id, _)| id).collect();
        let pairs: BTreeSet<_> = self.held.iter().map(|(wormhole, ..)| wormhole.ends).collect();
        let first = WormholeId(registry.first);
        let recovered = || registry.wormholes.range(..first).map(|(id, _)| id);
        let reopened = self.ledgers().map(|ledger| u64::from(ledger.reopened));
        let came_back = |(wormhole, .., ledger): &WormholeState| {
            let was_dormant = registry.aged.contains_key(&wormhole.id) && wormhole.id < first;
            ledger.reopened > 0 || !was_dormant || !wormhole.is_active()
        };
        ids.len() == self.held.len() + self.archived.len()
            && pairs.len() == self.held.len()
            && ids.range(..first).eq(recovered())
            && ids.range(first..).next_back().map_or(first.0, |last| last.0.saturating_add(1)) == self.next
            && ids.range(first..).count() as u64 == u64::from(self.next - first.0)
            && reopened.sum::<u64>() <= u64::from(u32::MAX / 2)
            && self.held.iter().all(came_back)
    }

    fn ledgers(&self) -> impl Iterator<Item = &Ledger> {
        self.held.iter().map(|(.., ledger)| ledger).chain(self.archived.iter().map(|(.., ledger)| ledger))
    }

    /// Whether active wormholes, and no others, have ports, at ends that are up, which are open unless they are being set up.
    fn have_ports(&self, fabric: &Fabric) -> bool {
        let opening: BTreeSet<WormholeId> = self.opening.iter().copied().collect();
        let port = |wormhole: &Wormhole, side: usize| {
            let lane = &fabric.lanes[wormhole.ends[side].index()];
            let own = lane.first_port + lane.space_ports..lane.first_port + lane.ports;
            let is_its = |port: &Port| {
                let as_it_is = (port.to, port.latency, port.capacity)
                    == (wormhole.ends[1 - side], wormhole.transit, wormhole.capacity);
                port.wormhole == wormhole.id.0
                    && port.is_open() != opening.contains(&wormhole.id)
                    && (as_it_is || !port.is_open())
            };
            lane.up && own.contains(&wormhole.ports[side]) && is_its(&fabric.ports[wormhole.ports[side] as usize])
        };
        let active = || self.held.iter().map(|(wormhole, ..)| wormhole).filter(|wormhole| wormhole.is_active());
        let taken = fabric.ports.iter().filter(|port| port.wormhole != NONE).count();
        active()
            .all(|wormhole| wormhole.id.index() < fabric.traversals.len() && (0..2).all(|side| port(wormhole, side)))
            && taken == 2 * active().count()
            && fabric.traversals.len() <= self.next as usize
            && opening.len() == self.opening.len()
            && opening.iter().all(|id| active().any(|wormhole| wormhole.id == *id))
    }

    /// Whether the pool has come about in the order of ticks, of known wormholes, and has all that are dormant.
    fn are_pooled(&self, now: Tick) -> bool {
        let pool: BTreeSet<(Tick, WormholeId)> = self.pool.iter().copied().collect();
        let dormant = self.held.iter().map(|(wormhole, ..)| wormhole).filter(|wormhole| !wormhole.is_active());
        self.pool.iter().is_sorted_by_key(|(since, _)| since)
            && self.pool.back().is_none_or(|&(since, _)| since <= now)
            && self.pool.iter().all(|(_, id)| id.0 < self.next)
            && dormant.map(|wormhole| (wormhole.since, wormhole.id)).all(|entry| pool.contains(&entry))
    }
}

impl ObservedState<'_> {
    /// Whether all lengths and numbers are those of the network.
    fn fits(&self, world: &World) -> bool {
        let fabric = world.resource::<Fabric>();
        [self.smoothed.len(), self.total.len()] == [fabric.ports.len(); 2]
            && all_finite(self.smoothed.iter().copied().chain([self.network_entropy]))
            && leave_room(self.total.iter().copied())
            && self.sketch.may_follow(&world.resource::<Gravity>().sketch, fabric.lanes.len() as u32)
    }
}

fn restore_wormholes(world: &mut World, state: WormholesState) {
    let WormholesState { held, archived, opening, pool, next, failed_links, events_left, journal } = state;
    world.resource_mut::<Journal>().records.clear();
    let lines = journal.iter().filter_map(|line| serde_json::from_str::<Record>(line).ok());
    world.resource_mut::<Outbox>().journal = lines.collect();
    let mut timeline = world.resource_mut::<Timeline>();
    timeline.failed_links = failed_links.into_owned();
    let done = timeline.events.len().saturating_sub(events_left);
    timeline.events.drain(..done);
    for entity in std::mem::take(&mut world.resource_mut::<Registry>().wormholes).into_values() {
        world.despawn(entity);
    }
    let ids: Vec<_> = held.iter().map(|(wormhole, ..)| (wormhole.id, wormhole.ends, wormhole.is_active())).collect();
    let entities: Vec<Entity> = world.spawn_batch(held).collect();
    for (&entity, _) in entities.iter().zip(&ids).filter(|(_, (.., active))| !active) {
        world.entity_mut(entity).insert(Dormant);
    }
    let mut registry = world.resource_mut::<Registry>();
    registry.wormholes = ids.iter().zip(entities).map(|(&(id, ..), entity)| (id, entity)).collect();
    registry.between = ids.iter().map(|&(id, ends, _)| (ends, id)).collect();
    (registry.opening, registry.pool) = (opening.into_owned(), pool.into_owned());
    (registry.archived, registry.next) = (archived.into_owned(), next);
}

fn restore_observed(world: &mut World, state: ObservedState) {
    let ObservedState { sketch, smoothed, total, network_entropy } = state;
    let mut loads = world.resource_mut::<Loads>();
    (loads.smoothed, loads.total) = (smoothed.into_owned(), total.into_owned());
    loads.network_entropy = network_entropy;
    let failures = failures(world.resource::<Fabric>());
    let mut gravity = world.resource_mut::<Gravity>();
    gravity.sketch = sketch.into_owned();
    failures.iter().for_each(|change| gravity.apply(change));
}

/// Links that do not work now, as changes.
fn failures(fabric: &Fabric) -> Vec<PortChange> {
    let failed = |ports: &&[u32; 2]| !fabric.ports[ports[0] as usize].is_open();
    let change = |&ports: &[u32; 2]| {
        let [to, from] = ports.map(|port| fabric.ports[port as usize].to);
        PortChange { ports, ends: [from, to], how: How::Failed }
    };
    fabric.link_ports.iter().filter(failed).map(change).collect()
}
