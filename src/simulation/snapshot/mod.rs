//! Everything that influences the future of a run, and what was recorded so far; the rest of a world follows from its
//! scenario or is made again.
//!
//! A world is restored in two steps: [`build::world`](super::build::world) makes that of the scenario before its first
//! tick, then [`restore`] takes on the snapshot. What is scratch, and what follows from the scenario, is named where
//! each state is taken, in patterns without `..`: a field that is added and not told apart does not compile.
//!
//! A snapshot may have been forged. Before anything of it is used it is checked: numbers are those of things that are
//! there, what follows from other numbers does, ticks are not ahead, and counts leave room to go on. Each type says
//! near itself what it may be. What such a snapshot says of its past may still be wrong.

mod branch;
mod saved;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::prelude::{Entity, Mut, World};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fabric::access::NONE;
use crate::fabric::check::{all_finite, are_weights, leave_room};
use crate::fabric::port::{How, Port, PortChange};
use crate::fabric::{AccessesState, Fabric, Passed, PortsState, Waits, WormholeId};
use crate::opening::policy::ActivePolicy;
use crate::recorder::{Recorder, RecorderState};
use crate::scenario::{Carrier, Element, Event, Phase, Tick};
use crate::topology::NodeId;
use crate::world::components::{Entropy, Ledger, Mass, Strength, Wormhole};
use crate::world::failures::Failures;
use crate::world::history::History;
use crate::world::journal::Journal;
use crate::world::resources::{
    ActiveRouter, Clock, Loads, Nodes, Observed, Ride, Rules, Sources, Spans, Timeline, so_far,
};
use crate::world::rides::{self, Rides};
use crate::world::sketch::SpaceSaving;
use crate::world::wormholes::{self, MAX_ID, Restored, Wormholes};

pub use branch::branch;
pub use saved::Saved;

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
    /// What the router has learned.
    pub router: Saved<'a>,
    /// What the opening policy remembers.
    pub policy: Saved<'a>,
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
    /// What departed over wormholes that are held.
    passed: BTreeMap<WormholeId, [Passed; 2]>,
    /// What is left of those that are archived.
    history: Cow<'a, History>,
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
    failed_links: Vec<bool>,
    /// Scheduled changes that are still to come.
    events_left: usize,
    ports: PortsState<'a>,
    /// Departures by port, smoothed.
    smoothed: Cow<'a, [f64]>,
    network_entropy: f64,
    /// Ways of wormholes that are held, if they ride on space.
    rides: Cow<'a, BTreeMap<WormholeId, Ride>>,
}

/// Where sources are, in the order of the scenario, and the pairs observed.
#[derive(Debug, Serialize, Deserialize)]
pub struct RandomState<'a> {
    sources: Vec<u128>,
    sketch: Cow<'a, SpaceSaving>,
}

/// The state of a world between two ticks.
pub fn take(world: &World) -> Snapshot<'_> {
    let Loads { total, kept: _, smoothed: _, network_entropy: _ } = world.resource::<Loads>();
    let (fabric, table) = (world.resource::<Fabric>(), world.resource::<Wormholes>());
    Snapshot {
        state: state(world),
        record: Recorded {
            recorder: world.resource::<Recorder>().state(),
            waits: Cow::Borrowed(&fabric.waits),
            total: total.into(),
            passed: table.passed(world),
            history: Cow::Borrowed(&table.history),
        },
    }
}

/// What the future of a world depends on, between two ticks.
pub fn state(world: &World) -> State<'_> {
    let table = world.resource::<Wormholes>();
    let Timeline { events } = world.resource::<Timeline>();
    // What fails by processes follows from the scenario and the tick.
    let failures = world.resource::<Failures>();
    let Loads { smoothed, network_entropy, kept: _, total: _ } = world.resource::<Loads>();
    let (fabric, Rules { wormholes: rules, .. }) = (world.resource::<Fabric>(), world.resource::<Rules>());
    State {
        ticks: world.resource::<Clock>().next,
        accesses: fabric.accesses_state(),
        nodes: world.resource::<Nodes>().0.iter().map(|&entity| node(world, entity)).collect(),
        wormholes: WormholesState {
            held: table.entities().map(|entity| wormhole(world, entity)).collect(),
            archived: table.archived_hash,
            opening: (&table.opening).into(),
            pool: table.pool().iter().copied().collect(),
            next: table.next(),
            failed_links: failures.failed_links().collect(),
            events_left: events.len(),
            ports: fabric.ports_state(),
            smoothed: smoothed.into(),
            network_entropy: *network_entropy,
            rides: Cow::Borrowed(world.resource::<Rides>().all()),
        },
        router: Saved::router(world.resource()),
        policy: Saved::policy(world.resource::<ActivePolicy>(), rules.policy.kind()),
        random: RandomState {
            sources: world.resource::<Sources>().all.iter().map(|source| source.state()).collect(),
            sketch: Cow::Borrowed(&world.resource::<Observed>().sketch),
        },
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
/// [`Error::ForeignSnapshot`] if it is of another scenario, or is no state that a run can have; the error of a trace
/// that can no longer be read.
pub fn restore(world: &mut World, snapshot: Snapshot) -> Result<(), Error> {
    let Snapshot { state: State { ticks, accesses, nodes, wormholes, router, policy, random }, record } = snapshot;
    let (wormholes, record) = restore_fabric(world, ticks, accesses, wormholes, record)?;
    let kind = world.resource::<Rules>().wormholes.policy.kind();
    let known = restore_router(world, &router)
        && policy.kind() == kind
        && policy.read(|state| world.resource_mut::<ActivePolicy>().policy.restore(state));
    if !known {
        return Err(Error::ForeignSnapshot);
    }
    restore_rest(world, ticks, nodes, wormholes, random, record)
}

/// Wormholes, and what was recorded, once the fabric has its part.
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
    let events: Vec<Event> = world.resource::<Timeline>().events.iter().copied().collect();
    let known = world.resource_mut::<Failures>().skip_to(ticks, events);
    let fabric = world.resource::<Fabric>();
    let fits = known
        && nodes.len() == world.resource::<Nodes>().0.len()
        && nodes.iter().all(|(strength, mass, entropy)| {
            all_finite([strength.0, entropy.0]) && are_weights([mass.value]) && mass.since < ticks.max(1)
        })
        && sources.len() == world.resource::<Sources>().all.len()
        && (ticks > 0 || fabric.accesses.is_empty())
        && wormholes.fit(world, ticks, &record)
        && sketch.may_follow(&world.resource::<Observed>().sketch, fabric.queues.len() as u32)
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
    let Recorded { recorder, waits: _, total, passed, history } = record;
    world.resource_scope(|world, mut own: Mut<Recorder>| own.restore(recorder, world.resource(), ticks));
    let entities = world.resource::<Nodes>().0.clone();
    for (entity, state) in entities.into_iter().zip(nodes) {
        world.entity_mut(entity).insert(state);
    }
    world.resource_mut::<Loads>().total = total.into_owned();
    if ticks > 0 {
        world.resource_mut::<Journal>().records.clear();
    }
    restore_wormholes(world, wormholes, passed, history.into_owned());
    world.resource_mut::<Observed>().sketch = sketch.into_owned();
    let failures = failures(world.resource::<Fabric>());
    let mut spans = world.resource_mut::<Spans>();
    failures.iter().for_each(|change| spans.apply(change));
    Ok(())
}

fn restore_router(world: &mut World, state: &Saved) -> bool {
    state.kind() == world.resource::<ActiveRouter>().kind
        && world.resource_scope(|world, mut router: Mut<ActiveRouter>| {
            let mut fabric = world.resource_mut::<Fabric>();
            let known = state.read(|state| router.router.restore(state, &fabric));
            fabric.relocate(&*router.router);
            known
        })
}

impl Snapshot<'_> {
    /// Wormholes that are held, each with its ends.
    pub fn held(&self) -> impl Iterator<Item = (WormholeId, [NodeId; 2])> {
        self.state.wormholes.held.iter().map(|(wormhole, ..)| (wormhole.id, wormhole.ends))
    }
}

impl WormholesState<'_> {
    /// Whether it can be what became, after so many ticks, of a world before its first tick that has the fabric
    /// already.
    fn fit(&self, world: &World, ticks: Tick, record: &Recorded) -> bool {
        let (fabric, timeline) = (world.resource::<Fabric>(), world.resource::<Timeline>());
        let failures = world.resource::<Failures>();
        let (now, nodes) = (fabric.now, fabric.queues.len());
        let is_up = |node| !failures.is_down(Element::Node(node));
        let ids: BTreeSet<WormholeId> = self.held.iter().map(|(wormhole, ..)| wormhole.id).collect();
        let held = |(wormhole, strength, mass, entropy, ledger): &WormholeState| {
            wormhole.phase != Phase::Archived
                && wormhole.is_possible(now, nodes)
                && strength.is_possible()
                && all_finite([entropy.0])
                && are_weights([mass.value])
                && mass.since < ticks.max(1)
                && ledger.is_possible()
        };
        let link = |(index, &failed): (u32, &bool)| {
            let ends = fabric.link_ports[index as usize].map(|port| fabric.ports[port as usize].to);
            let up = !failed && ends.iter().all(|end| fabric.queues[end.index()].up);
            fabric.directions(index).iter().all(|&port| fabric.ports[port as usize].is_open() == up)
        };
        let passed = record.passed.values().flatten().flat_map(|passed| [passed.accesses, passed.waited]);
        record.history.is_possible(now, nodes, |id| id.0 < self.next && !ids.contains(&id))
            && record.passed.keys().all(|id| ids.contains(id))
            && leave_room(passed)
            && self.held.iter().all(held)
            && self.held.is_sorted_by(|(a, ..), (b, ..)| a.id < b.id)
            && self.are_numbered(world.resource::<Wormholes>(), &record.history)
            && self.have_ports(fabric, world.resource::<Rules>().processing_ticks)
            && self.are_pooled()
            && self.ride(world)
            && (0..).map(NodeId).zip(&fabric.queues).all(|(node, queue)| queue.up == is_up(node))
            && self.failed_links.iter().copied().eq(failures.failed_links())
            && (0..).zip(&self.failed_links).all(link)
            && self.events_left == timeline.events.iter().filter(|event| event.tick >= ticks).count()
            && self.smoothed.len() == fabric.ports.len()
            && all_finite(self.smoothed.iter().copied().chain([self.network_entropy]))
    }

    /// Whether ids are those of wormholes that were there before the first tick, and of ones that opened since; those
    /// that are not held are archived; no pair has two. `table` is that of before the first tick.
    fn are_numbered(&self, table: &Wormholes, history: &History) -> bool {
        let pairs: BTreeSet<_> = self.held.iter().map(|(wormhole, ..)| wormhole.ends).collect();
        let first = WormholeId(table.first());
        let recovered: BTreeSet<WormholeId> = table.ids().filter(|&id| id < first).collect();
        let reopened = self.held.iter().map(|(.., ledger)| u64::from(ledger.reopened));
        let came_back = |(wormhole, .., ledger): &WormholeState| {
            ledger.reopened > 0 || !table.was_recovered_dormant(wormhole.id) || !wormhole.is_active()
        };
        let is_known = |id: WormholeId| if id < first { recovered.contains(&id) } else { id.0 < self.next };
        let ever = recovered.len() as u64 + u64::from(self.next.saturating_sub(first.0));
        (table.next()..=MAX_ID).contains(&self.next)
            && pairs.len() == self.held.len()
            && self.held.iter().all(|(wormhole, ..)| is_known(wormhole.id))
            && self.held.len() as u64 + u64::from(history.count) == ever
            && reopened.chain([history.reopened.into()]).sum::<u64>() <= u64::from(u32::MAX / 2)
            && self.held.iter().all(came_back)
    }

    /// Whether wormholes ride on ways over open links between their ends, if they are bypasses, and on none if not.
    fn ride(&self, world: &World) -> bool {
        let fabric = world.resource::<Fabric>();
        if !matches!(world.resource::<Rules>().wormholes.carrier, Some(Carrier::Bypass { .. })) {
            return self.rides.is_empty();
        }
        let leads = |ports: &[u32], from: NodeId, to: NodeId| {
            let mut at = from;
            let follows = |&port: &u32| {
                let queue = &fabric.queues[at.index()];
                let own = queue.first_port..queue.first_port + queue.space_ports;
                let is_own = own.contains(&port);
                if is_own {
                    at = fabric.ports[port as usize].to;
                }
                is_own
            };
            ports.len() < fabric.queues.len() && ports.iter().all(follows) && at == to
        };
        let held = |(wormhole, ..): &WormholeState| {
            let [a, b] = wormhole.ends;
            let ride = self.rides.get(&wormhole.id);
            let open = |ride: &Ride| ride.iter().flatten().all(|&port| fabric.ports[port as usize].is_open());
            ride.is_none_or(|[there, back]| leads(there, a, b) && leads(back, b, a))
                && (!wormhole.is_active() || ride.is_some_and(open))
        };
        let ids: BTreeSet<_> = self.held.iter().map(|(wormhole, ..)| wormhole.id).collect();
        self.held.iter().all(held) && self.rides.keys().all(|id| ids.contains(id))
    }

    /// Whether active wormholes, and no others, have ports, at ends that are up, which are open unless they are being
    /// set up.
    fn have_ports(&self, fabric: &Fabric, processing: u32) -> bool {
        let opening: BTreeSet<WormholeId> = self.opening.iter().copied().collect();
        let port = |wormhole: &Wormhole, side: usize| {
            let queue = &fabric.queues[wormhole.ends[side].index()];
            let own = queue.first_port + queue.space_ports..queue.first_port + queue.ports;
            let is_its = |port: &Port| {
                let as_it_is = (port.to, port.latency, port.capacity)
                    == (wormhole.ends[1 - side], wormhole.latency(processing).0[side], wormhole.capacity);
                port.wormhole == wormhole.id.0
                    && port.is_open() != opening.contains(&wormhole.id)
                    && (as_it_is || !port.is_open())
            };
            queue.up && own.contains(&wormhole.ports[side]) && is_its(&fabric.ports[wormhole.ports[side] as usize])
        };
        let active = || self.held.iter().map(|(wormhole, ..)| wormhole).filter(|wormhole| wormhole.is_active());
        let taken = fabric.ports.iter().filter(|port| port.wormhole != NONE).count();
        active().all(|wormhole| (0..2).all(|side| port(wormhole, side)))
            && taken == 2 * active().count()
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

fn restore_wormholes(
    world: &mut World,
    state: WormholesState,
    passed: BTreeMap<WormholeId, [Passed; 2]>,
    history: History,
) {
    let WormholesState {
        held,
        archived,
        opening,
        pool,
        next,
        // From events and processes.
        failed_links: _,
        events_left,
        ports: _,
        smoothed,
        network_entropy,
        rides,
    } = state;
    let rides = rides.into_owned();
    let active: BTreeSet<_> =
        held.iter().map(|(wormhole, ..)| wormhole).filter(|wormhole| wormhole.is_active()).map(|it| it.id).collect();
    rides::restore(world, rides, |id| active.contains(&id));
    let mut loads = world.resource_mut::<Loads>();
    (loads.smoothed, loads.network_entropy) = (smoothed.into_owned(), network_entropy);
    let mut timeline = world.resource_mut::<Timeline>();
    let done = timeline.events.len().saturating_sub(events_left);
    timeline.events.drain(..done);
    let (opening, pool) = (opening.into_owned(), pool.into());
    wormholes::restore(world, held, Restored { opening, pool, passed, next, archived_hash: archived, history });
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
