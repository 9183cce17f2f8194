//! Everything that influences the future of a run, and what was recorded so far; the rest of a world follows from its
//! scenario or is made again.
//!
//! A world is restored in two steps: [`build::world`](super::build::world) makes that of the scenario before its first
//! tick, then [`restore`] takes on the snapshot. What is scratch, and what follows from the scenario, is named where each
//! state is taken, in patterns without `..`: a field that is added and not told apart does not compile.

mod branch;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bevy_ecs::prelude::{Entity, World};
use serde::{Deserialize, Serialize};

use super::components::{Dormant, Entropy, Ledger, Mass, Strength, Wormhole, WormholeId};
use super::fabric::{Fabric, FabricState};
use super::journal::{Journal, Record};
use super::port::{How, PortChange};
use super::resources::{Clock, Gravity, Loads, Registry, Router, Sources, Timeline};
use super::sketch::SpaceSaving;
use crate::error::Error;
use crate::learning::rows::Quad;
use crate::recorder::{Recorder, RecorderState};
use crate::routing::measured_delay::MeasuredDelayState;
use crate::routing::view::View;
use crate::scenario::{MAX_TICKS, Tick};
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
/// [`Error::ForeignSnapshot`] if it is of another scenario; the error of a trace that can no longer be read.
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
    let fits = nodes.len() == world.resource::<Registry>().nodes.len()
        && sources.len() == world.resource::<Sources>().all.len()
        && ticks <= MAX_TICKS
        && ticks.saturating_sub(1) == world.resource::<Fabric>().now
        && wormholes.fit(world)
        && observed.fits(world);
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
    let view = View::new(world.resource::<Fabric>());
    match (&mut *world.resource_mut::<Router>(), state) {
        (Router::ShortestPath(policy), RouterState::ShortestPath(position)) => policy.restore(view, position),
        (Router::Multipath(policy), RouterState::Multipath(position)) => policy.restore(view, position),
        (Router::MeasuredDelay(policy), RouterState::MeasuredDelay(state)) => return policy.restore(state),
        (Router::QRouting(table), RouterState::QRouting(quads, saved, position)) => {
            return table.restore(&quads, saved.into_owned(), position);
        }
        _ => return false,
    }
    true
}

impl WormholesState<'_> {
    /// Whether all numbers are those of things that are there.
    fn fit(&self, world: &World) -> bool {
        let (fabric, timeline) = (world.resource::<Fabric>(), world.resource::<Timeline>());
        let nodes = fabric.lanes.len();
        let ids: BTreeSet<WormholeId> = self.held.iter().map(|(wormhole, ..)| wormhole.id).collect();
        let pairs: BTreeSet<_> = self.held.iter().map(|(wormhole, ..)| wormhole.ends).collect();
        let wormhole = |wormhole: &Wormhole| {
            let port = |(&port, far): (&u32, NodeId)| {
                let found = fabric.ports.get(port as usize);
                found.is_some_and(|port| port.wormhole == wormhole.id.0 && (!port.is_open() || port.to == far))
            };
            let [a, b] = wormhole.ends;
            a < b
                && b.index() < nodes
                && wormhole.id.0 < self.next
                && (!wormhole.is_active()
                    || wormhole.id.index() < fabric.traversals.len() && wormhole.ports.iter().zip([b, a]).all(port))
        };
        ids.len() == self.held.len()
            && pairs.len() == self.held.len()
            && self.held.iter().all(|(held, ..)| wormhole(held))
            && self.opening.iter().all(|id| ids.contains(id))
            && self.failed_links.len() == timeline.failed_links.len()
            && self.events_left <= timeline.events.len()
    }
}

impl ObservedState<'_> {
    /// Whether all lengths and numbers are those of the network.
    fn fits(&self, world: &World) -> bool {
        let fabric = world.resource::<Fabric>();
        [self.smoothed.len(), self.total.len()] == [fabric.ports.len(); 2]
            && self.sketch.may_follow(&world.resource::<Gravity>().sketch, fabric.lanes.len() as u32)
    }
}

fn restore_wormholes(world: &mut World, state: WormholesState) {
    let WormholesState { held, archived, opening, pool, next, failed_links, events_left, journal } = state;
    world.resource_mut::<Journal>().records.clear();
    // A line that is none was none of ours.
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
