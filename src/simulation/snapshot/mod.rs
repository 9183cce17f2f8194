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
use std::collections::BTreeSet;
use std::io::BufWriter;

use bevy_ecs::prelude::{Entity, Mut, World};
use blake3::Hasher;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fabric::WormholeId;
use crate::fabric::access::NONE;
use crate::fabric::check::{all_finite, leave_room};
use crate::fabric::port::{How, Port, PortChange};
use crate::fabric::{AccessesState, Fabric, PortsState, Waits};
use crate::random::is_position;
use crate::recorder::{Recorder, RecorderState};
use crate::routers::measured_delay::MeasuredDelayState;
use crate::routers::q_routing::QTableState;
use crate::routing::view::View;
use crate::scenario::Phase;
use crate::scenario::Tick;
use crate::topology::NodeId;
use crate::world::components::{Dormant, Entropy, Ledger, Mass, Strength, Wormhole};
use crate::world::journal::Outbox;
use crate::world::journal::{Journal, Record};
use crate::world::resources::{Archived, Clock, Gravity, Loads, Registry, Router, Sources, Timeline, so_far};
use crate::world::sketch::SpaceSaving;

pub use branch::branch;

/// A run between two ticks: what its future depends on, and what was recorded.
#[derive(Debug, Serialize, Deserialize)]
pub struct Snapshot<'a> {
    /// What the future depends on; the digest is that of its parts.
    pub state: State<'a>,
    /// What was recorded.
    pub record: Recorded<'a>,
}

/// All that influences the future of a run, in an order that is the same however it came to be in memory.
#[derive(Debug, Serialize, Deserialize)]
pub struct State<'a> {
    /// Ticks simulated.
    pub ticks: Tick,
    /// Accesses under way, and what became of the others.
    pub accesses: AccessesState,
    /// Nodes, in the order of ids.
    pub nodes: Vec<NodeState>,
    /// Links, ports and wormholes.
    pub wormholes: WormholesState<'a>,
    /// What the router has learned, and its random stream.
    pub learning: RouterState<'a>,
    /// Sources and the pairs observed.
    pub random: RandomState<'a>,
}

/// What was recorded: nothing that happens depends on it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Recorded<'a> {
    recorder: RecorderState<'a>,
    waits: Cow<'a, Waits>,
    /// Departures collected so far, by port.
    total: Cow<'a, [u64]>,
    archived: Cow<'a, [Archived]>,
    /// Lines of the journal that the store has not taken, as JSON: their tags need a format that describes itself.
    journal: Vec<String>,
}

/// What a node carries.
pub type NodeState = (Strength, Mass, Entropy);

/// What a wormhole carries.
pub type WormholeState = (Wormhole, Strength, Mass, Entropy, Ledger);

/// Wormholes, their ports and those of links, and the scheduled changes.
#[derive(Debug, Serialize, Deserialize)]
pub struct WormholesState<'a> {
    /// Active and dormant ones, in the order of ids.
    held: Vec<WormholeState>,
    /// Running hash of those that are archived.
    archived: [u8; blake3::OUT_LEN],
    opening: Cow<'a, [WormholeId]>,
    /// Dormant ones, the longest dormant first.
    pool: Vec<(Tick, WormholeId)>,
    next: u32,
    failed_links: Cow<'a, [bool]>,
    /// Scheduled changes that are still to come.
    events_left: usize,
    ports: PortsState<'a>,
    /// Departures by port, smoothed.
    smoothed: Cow<'a, [f64]>,
    network_entropy: f64,
}

/// Where sources are, in the order of the scenario, and the pairs observed.
#[derive(Debug, Serialize, Deserialize)]
pub struct RandomState<'a> {
    sources: Vec<u128>,
    sketch: Cow<'a, SpaceSaving>,
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
    /// Of Q-routing.
    QRouting(QTableState<'a>),
}

/// The state of a world between two ticks.
pub fn take(world: &World) -> Snapshot<'_> {
    let Loads { total, kept: _, smoothed: _, network_entropy: _ } = world.resource::<Loads>();
    let Outbox { journal } = world.resource::<Outbox>();
    let fabric = world.resource::<Fabric>();
    Snapshot {
        state: state(world),
        record: Recorded {
            recorder: world.resource::<Recorder>().state(),
            waits: Cow::Borrowed(&fabric.waits),
            total: total.into(),
            archived: (&world.resource::<Registry>().archived).into(),
            journal: journal.iter().map(|line| serde_json::to_string(line).expect("a line is plain data")).collect(),
        },
    }
}

/// What the future of a world depends on, between two ticks.
pub fn state(world: &World) -> State<'_> {
    let Registry { nodes, wormholes, archived: _, archived_hash, opening, pool, next, between: _, first: _, aged: _ } =
        world.resource::<Registry>();
    let Timeline { events, failed_links } = world.resource::<Timeline>();
    let Gravity { sketch, mass_kept: _, sketch_kept: _, activity: _, space: _, search: _, spans: _ } =
        world.resource::<Gravity>();
    let Loads { smoothed, network_entropy, kept: _, total: _ } = world.resource::<Loads>();
    let fabric = world.resource::<Fabric>();
    let held: Vec<WormholeState> = wormholes.values().map(|&entity| wormhole(world, entity)).collect();
    let is_dormant = |&&(since, id): &&(Tick, WormholeId)| {
        let found = wormholes.get(&id).and_then(|&entity| world.get::<Wormhole>(entity));
        found.is_some_and(|wormhole| wormhole.phase == Phase::Dormant && wormhole.since == since)
    };
    State {
        ticks: world.resource::<Clock>().next,
        accesses: fabric.accesses_state(),
        nodes: nodes.iter().map(|&entity| node(world, entity)).collect(),
        wormholes: WormholesState {
            held,
            archived: *archived_hash,
            opening: opening.into(),
            pool: pool.iter().filter(is_dormant).copied().collect(),
            next: *next,
            failed_links: failed_links.into(),
            events_left: events.len(),
            ports: fabric.ports_state(),
            smoothed: smoothed.into(),
            network_entropy: *network_entropy,
        },
        learning: match world.resource::<Router>() {
            Router::ShortestPath(policy) => RouterState::ShortestPath(policy.position()),
            Router::Multipath(policy) => RouterState::Multipath(policy.position()),
            Router::MeasuredDelay(policy) => RouterState::MeasuredDelay(policy.state()),
            Router::QRouting(table) => RouterState::QRouting(table.state()),
        },
        random: RandomState {
            sources: world.resource::<Sources>().all.iter().map(|source| source.state()).collect(),
            sketch: Cow::Borrowed(sketch),
        },
    }
}

impl State<'_> {
    /// BLAKE3 of every part, in the order of [`Digests::PARTS`](crate::simulation::digest::Digests::PARTS).
    pub fn hashes(&self) -> [blake3::Hash; 5] {
        let Self { ticks: _, accesses, nodes, wormholes, learning, random } = self;
        let learning = match learning {
            RouterState::ShortestPath(position) | RouterState::Multipath(position) => hash(position),
            RouterState::MeasuredDelay(state) => hash(state),
            RouterState::QRouting(state) => hash(state),
        };
        [hash(accesses), hash(nodes), hash(wormholes), learning, hash(random)]
    }
}

/// BLAKE3 of what is stored of a part.
fn hash(part: &impl Serialize) -> blake3::Hash {
    let buffer = BufWriter::with_capacity(1 << 16, Hasher::new());
    let buffer = postcard::to_io(part, buffer).expect("state is plain data");
    buffer.into_inner().expect("a hasher takes everything").finalize()
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
    let Snapshot { state: State { ticks, accesses, nodes, wormholes, learning, random }, record } = snapshot;
    let (wormholes, record) = restore_fabric(world, ticks, accesses, wormholes, record)?;
    if !restore_router(world, learning) {
        return Err(Error::ForeignSnapshot);
    }
    restore_rest(world, ticks, nodes, wormholes, random, record)
}

/// Links and wormholes, what the ledgers say of them, and what was recorded, once the fabric has its part.
type Rest<'a> = (WormholesState<'a>, Recorded<'a>);

fn restore_fabric<'a>(
    world: &mut World,
    ticks: Tick,
    accesses: AccessesState,
    mut wormholes: WormholesState<'a>,
    mut record: Recorded<'a>,
) -> Result<Rest<'a>, Error> {
    let (ports, waits) = (std::mem::take(&mut wormholes.ports), std::mem::take(&mut record.waits));
    let now = ticks.saturating_sub(1);
    if world.resource_mut::<Fabric>().restore(now, accesses, ports, waits.into_owned()) {
        Ok((wormholes, record))
    } else {
        Err(Error::ForeignSnapshot)
    }
}

fn restore_rest(
    world: &mut World,
    ticks: Tick,
    nodes: Vec<NodeState>,
    wormholes: WormholesState,
    RandomState { sources, sketch }: RandomState,
    record: Recorded,
) -> Result<(), Error> {
    let fabric = world.resource::<Fabric>();
    let fits = nodes.len() == world.resource::<Registry>().nodes.len()
        && nodes.iter().all(|(strength, mass, entropy)| all_finite([strength.0, mass.0, entropy.0]))
        && sources.len() == world.resource::<Sources>().all.len()
        && (ticks > 0 || fabric.pool.is_empty())
        && wormholes.fit(world, ticks, &record)
        && sketch.may_follow(&world.resource::<Gravity>().sketch, fabric.lanes.len() as u32)
        && record.total.len() == fabric.ports.len()
        && leave_room(record.total.iter().copied())
        && record.recorder.may_follow(world.resource::<Recorder>(), fabric, ticks, &so_far(&record.total, fabric));
    if !fits {
        return Err(Error::ForeignSnapshot);
    }
    world.resource_mut::<Clock>().resume(ticks);
    for (source, state) in world.resource_mut::<Sources>().all.iter_mut().zip(sources) {
        source.restore(state)?;
    }
    let Recorded { recorder, waits: _, total, archived, journal } = record;
    world.resource_mut::<Recorder>().restore(recorder);
    let entities = world.resource::<Registry>().nodes.clone();
    for (entity, state) in entities.into_iter().zip(nodes) {
        world.entity_mut(entity).insert(state);
    }
    world.resource_mut::<Loads>().total = total.into_owned();
    world.resource_mut::<Registry>().archived = archived.into_owned();
    world.resource_mut::<Journal>().records.clear();
    let lines = journal.iter().filter_map(|line| serde_json::from_str::<Record>(line).ok());
    world.resource_mut::<Outbox>().journal = lines.collect();
    restore_wormholes(world, wormholes);
    restore_sketch(world, sketch.into_owned());
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
                (Router::QRouting(table), RouterState::QRouting(state)) => {
                    let open = |port: usize| fabric.ports[port].is_open();
                    return table.restore(state, open, &fabric.failed_ports());
                }
                _ => return false,
            }
            true
        })
}

impl RouterState<'_> {
    fn is_position(&self) -> bool {
        match *self {
            Self::ShortestPath(position) | Self::Multipath(position) => is_position(position),
            Self::MeasuredDelay(ref state) => is_position(state.position()),
            Self::QRouting(ref state) => is_position(state.position()),
        }
    }
}

impl Snapshot<'_> {
    /// Every wormhole so far, with its ends.
    pub fn ends(&self) -> impl Iterator<Item = (WormholeId, [NodeId; 2])> {
        self.state.wormholes.ends(&self.record)
    }
}

impl WormholesState<'_> {
    fn ends<'s>(&'s self, record: &'s Recorded<'_>) -> impl Iterator<Item = (WormholeId, [NodeId; 2])> + use<'s> {
        let held = self.held.iter().map(|(wormhole, ..)| wormhole);
        held.chain(record.archived.iter().map(|(wormhole, ..)| wormhole)).map(|wormhole| (wormhole.id, wormhole.ends))
    }

    /// Whether it can be what became, after so many ticks, of a world before its first tick that has the fabric already.
    fn fit(&self, world: &World, ticks: Tick, record: &Recorded) -> bool {
        let (fabric, timeline) = (world.resource::<Fabric>(), world.resource::<Timeline>());
        let (now, nodes, links) = (fabric.now, fabric.lanes.len(), fabric.link_ports.len());
        let ids: BTreeSet<WormholeId> = self.ends(record).map(|(id, _)| id).collect();
        let archived = |(wormhole, strength, ledger): &Archived| {
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
        record.archived.iter().all(archived)
            && self.held.iter().all(held)
            && self.held.is_sorted_by(|(a, ..), (b, ..)| a.id < b.id)
            && self.are_numbered(world.resource::<Registry>(), record)
            && self.have_ports(fabric)
            && self.are_pooled()
            && self.failed_links.len() == links
            && fabric.link_ports.iter().zip(&*self.failed_links).all(link)
            && self.events_left == timeline.events.iter().filter(|event| event.tick >= ticks).count()
            && self.smoothed.len() == fabric.ports.len()
            && all_finite(self.smoothed.iter().copied().chain([self.network_entropy]))
            && record.journal.iter().all(in_json)
    }

    /// Whether ids are those of wormholes that were there before the first tick, and of all that opened since; no pair has
    /// two that are held. `registry` is that of before the first tick.
    fn are_numbered(&self, registry: &Registry, record: &Recorded) -> bool {
        let ids: BTreeSet<WormholeId> = self.ends(record).map(|(id, _)| id).collect();
        let pairs: BTreeSet<_> = self.held.iter().map(|(wormhole, ..)| wormhole.ends).collect();
        let first = WormholeId(registry.first);
        let recovered = || registry.wormholes.range(..first).map(|(id, _)| id);
        let ledgers =
            self.held.iter().map(|(.., ledger)| ledger).chain(record.archived.iter().map(|(.., ledger)| ledger));
        let reopened = ledgers.map(|ledger| u64::from(ledger.reopened));
        let came_back = |(wormhole, .., ledger): &WormholeState| {
            let was_dormant = registry.aged.contains_key(&wormhole.id) && wormhole.id < first;
            ledger.reopened > 0 || !was_dormant || !wormhole.is_active()
        };
        ids.len() == self.held.len() + record.archived.len()
            && pairs.len() == self.held.len()
            && ids.range(..first).eq(recovered())
            && ids.range(first..).next_back().map_or(first.0, |last| last.0.saturating_add(1)) == self.next
            && ids.range(first..).count() as u64 == u64::from(self.next - first.0)
            && reopened.sum::<u64>() <= u64::from(u32::MAX / 2)
            && self.held.iter().all(came_back)
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

    /// Whether the pool has all that are dormant, in the order of ticks, and no others.
    fn are_pooled(&self) -> bool {
        let pool: BTreeSet<(Tick, WormholeId)> = self.pool.iter().copied().collect();
        let dormant = self.held.iter().map(|(wormhole, ..)| wormhole).filter(|wormhole| !wormhole.is_active());
        let dormant: BTreeSet<_> = dormant.map(|wormhole| (wormhole.since, wormhole.id)).collect();
        pool == dormant && pool.len() == self.pool.len() && self.pool.is_sorted_by_key(|(since, _)| *since)
    }
}

fn restore_wormholes(world: &mut World, state: WormholesState) {
    let WormholesState {
        held,
        archived,
        opening,
        pool,
        next,
        failed_links,
        events_left,
        ports: _,
        smoothed,
        network_entropy,
    } = state;
    let mut loads = world.resource_mut::<Loads>();
    (loads.smoothed, loads.network_entropy) = (smoothed.into_owned(), network_entropy);
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
    (registry.opening, registry.pool) = (opening.into_owned(), pool.into());
    (registry.archived_hash, registry.next) = (archived, next);
}

fn restore_sketch(world: &mut World, sketch: SpaceSaving) {
    let failures = failures(world.resource::<Fabric>());
    let mut gravity = world.resource_mut::<Gravity>();
    gravity.sketch = sketch;
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
