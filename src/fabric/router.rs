//! What a router is: who is asked at every hop where an access goes, and told what became of it.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Fabric;
use super::access::{Access, AccessSlab, Locator, NONE, Slot};
use super::port::{Port, PortChange};
use crate::error::Error;
use crate::random::Keyed;
use crate::scenario::{Chosen, Kind, Parameters, Scenario, Tick};
use crate::topology::NodeId;
use crate::topology::shards::Shards;

/// A router with its state. It is called once a tick; the loop over accesses is [`Fabric::serve`], made anew for every
/// [`Forward`].
///
/// The digest of its part is that of what [`Self::save`] writes: all that its future depends on, in an order that is
/// the same however it came to be in memory.
pub trait Router: Debug + Send + Sync {
    /// Where rows of each node as a target are in its tables; accesses carry it along.
    fn locators(&self, nodes: usize) -> Vec<Locator> {
        (0..nodes as u32).map(|local| Locator { shard: 0, local }).collect()
    }

    /// Follows changes of ports, before the next access is served. Returns whether [`Self::locators`] are others now.
    #[must_use]
    fn follow(&mut self, changes: &[PortChange], fabric: &Fabric) -> bool {
        let _ = (changes, fabric);
        false
    }

    /// Begins a tick, after the changes before it.
    fn begin_tick(&mut self, now: Tick) {
        let _ = now;
    }

    /// Serves all that waits at nodes: `fabric.serve(…)` with a [`Forward`].
    fn serve(&mut self, fabric: &mut Fabric);

    /// Writes its state between two ticks.
    ///
    /// # Errors
    /// Those of `to`.
    fn save(&self, to: &mut dyn io::Write) -> io::Result<()> {
        let _ = to;
        Ok(())
    }

    /// Restores a saved state for the network in `fabric`. Returns false if the state is invalid; the router must then
    /// be discarded.
    #[must_use]
    fn restore(&mut self, state: &[u8], fabric: &Fabric) -> bool {
        let _ = fabric;
        state.is_empty()
    }

    /// Calls `visit` with other nodes that have a route of their own to `target`, in the order of ids, as long as it
    /// returns true; for reports.
    fn routes(&self, target: NodeId, visit: &mut dyn FnMut(NodeId, Option<NextHops>) -> bool) {
        let _ = (target, visit);
    }

    /// Shards that are targets as a whole for nodes outside them, if there are any; for reports.
    fn shards(&self) -> Option<&Shards> {
        None
    }

    /// The way of a node into another shard; for reports.
    fn route_into(&self, node: NodeId, shard: u32) -> Option<NextHops> {
        let _ = (node, shard);
        None
    }

    /// The first node with an estimate that is no number of ticks.
    fn first_bad(&self) -> Option<NodeId> {
        None
    }
}

impl Fabric {
    /// Tells a router of changes of ports, and takes on where it then finds targets.
    pub fn tell_router(&mut self, router: &mut dyn Router, changes: &[PortChange]) {
        if router.follow(changes, self) {
            self.relocate(router);
        }
    }

    /// Takes on where a router finds targets.
    pub fn relocate(&mut self, router: &dyn Router) {
        let locators = router.locators(self.queues.len());
        self.accesses.slots_mut().for_each(|access| access.locator = locators[access.target.index()]);
        self.locators = locators;
    }
}

/// Where a node sends accesses.
#[derive(Debug, Clone, PartialEq)]
pub struct NextHops {
    /// Expected rest of the way, ticks.
    pub ticks: f64,
    /// Ports that are taken, counted from the node's first.
    pub ports: Vec<u32>,
}

/// The accesses that wait at a node, as a router that chooses among them sees them.
#[derive(Debug)]
pub struct Waiting<'a> {
    pub(super) accesses: &'a AccessSlab,
    pub(super) first: Slot,
}

impl Waiting<'_> {
    /// The accesses, first come first.
    pub fn iter(&self) -> impl Iterator<Item = &Access> {
        let access = |slot: Slot| (slot != NONE).then(|| self.accesses.get(slot));
        std::iter::successors(access(self.first), move |before| access(before.next))
    }
}

/// An access that is about to leave a node, and what its router sees there.
#[derive(Debug, Clone, Copy)]
pub struct Hop<'a> {
    /// The node.
    pub x: NodeId,
    /// The present tick.
    pub now: Tick,
    /// Number of this decision among those at the node in this tick; for draws.
    pub number: u32,
    /// Ticks that the access waited in the node's FIFO; −1 if it skipped it.
    pub waited: f32,
    /// The node's ports.
    pub ports: &'a [Port],
    /// What waits at ports, if anything does in this run so far.
    pub(crate) waits: Option<&'a Fabric>,
}

impl Hop<'_> {
    /// Which of so many equal choices is taken: 0 if there are none.
    #[inline]
    pub fn tie(&self, draws: Keyed, choices: u32) -> u32 {
        if choices > 1 { draws.below(choices, self.x.0, self.now, self.number) } else { 0 }
    }

    /// Whether an access may have to wait at some port of the node.
    #[inline]
    pub fn may_wait(&self) -> bool {
        self.waits.is_some()
    }

    /// How long an access that joins port `p` now should expect to wait there, in ticks.
    #[inline]
    pub fn wait(&self, p: usize) -> f32 {
        self.waits.map_or(0.0, |fabric| {
            let first = fabric.queues[self.x.index()].first_port as usize;
            fabric.port_queues[first + p].wait(&self.ports[p], self.now)
        })
    }

    /// The same for the ports of another node, of which the first has number `first`, as it was at the start of the
    /// tick; none if it was 0 at all of them.
    #[inline]
    pub fn told(&self, node: NodeId, first: u32) -> Option<&[f32]> {
        let is_slow = |fabric: &&Fabric| fabric.slow_nodes[node.index() / 64] >> (node.index() % 64) & 1 == 1;
        self.waits.filter(is_slow).map(|fabric| &fabric.told[first as usize..])
    }
}

/// Decisions at the nodes that a router serves. They read other nodes as they were at the start of the tick and the
/// node at hand as it is by now, and write what belongs to that node only, so that nodes can be served in any order and
/// side by side. What chance decides is drawn by (node, tick, number): [`Keyed`]. A router may
/// take its time: the tick waits for it.
pub trait Forward {
    /// Which of the accesses that wait at `x` is served next, counted from the first; it must be there. Not asked
    /// unless [`Self::CHOOSES`].
    fn choose(&mut self, x: NodeId, waiting: &Waiting) -> usize {
        let _ = (x, waiting);
        0
    }

    /// Whether accesses are served in another order than first come, first served.
    const CHOOSES: bool = false;

    /// The port, counted from the node's first, through which the access leaves; `None` if there is none. What the
    /// router learns of the hop at this moment, it learns here.
    fn pick(&mut self, hop: &Hop, access: &Access) -> Option<usize>;

    /// An access departed through a port, counted among those of all nodes, and will have spent so many ticks from
    /// joining the port's FIFO to its arrival. Not told unless [`Self::HEARS_DEPARTURES`].
    fn departed(&mut self, port: u32, spent: u32) {
        let _ = (port, spent);
    }

    /// Whether [`Self::departed`] is told.
    const HEARS_DEPARTURES: bool = false;

    /// Begins the reads that [`Self::pick`] will need; nothing but speed depends on it.
    fn fetch(&self, x: NodeId, access: &Access) {
        let _ = (x, access);
    }

    /// Begins those of other nodes' tables that it will need, after [`Self::fetch`].
    fn fetch_onward(&self, x: NodeId, ports: &[Port], access: &Access) {
        let _ = (x, ports, access);
    }
}

/// Parameters that a router is built from.
pub trait RouterParameters: Parameters {
    /// The router before the first tick.
    ///
    /// # Errors
    /// [`Error::RouterMemory`] and [`Error::OutOfMemory`].
    fn build(&self, setting: &Setting) -> Result<Box<dyn Router>, Error>;

    /// What it takes besides the simulation, in words for an error, and how many bytes, estimated from above.
    ///
    /// # Errors
    /// [`Error::RouterMemory`] if it cannot be built.
    fn needs(&self, scenario: &Scenario) -> Result<(&'static str, u64), Error> {
        let _ = scenario;
        Ok(("the simulation", 0))
    }
}

/// What a router is built for.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The run.
    pub scenario: &'a Scenario,
    /// The network before the first tick.
    pub fabric: &'a Fabric,
}

/// Writes the state of a router; for [`Router::save`].
///
/// # Errors
/// Those of `to`.
pub fn save(state: &impl Serialize, to: &mut dyn io::Write) -> io::Result<()> {
    let buffer = io::BufWriter::with_capacity(1 << 16, to);
    let mut buffer = postcard::to_io(state, buffer).map_err(io::Error::other)?;
    io::Write::flush(&mut buffer)
}

/// The state of a router that was saved, if it is one; for [`Router::restore`].
pub fn read<T: DeserializeOwned>(state: &[u8]) -> Option<T> {
    postcard::take_from_bytes(state).ok().and_then(|(state, rest)| rest.is_empty().then_some(state))
}

/// What a scenario holds of the router that it chooses.
struct RouterChoice(Arc<dyn Build>);

/// [`RouterParameters`] of any type.
trait Build: Send + Sync {
    fn build(&self, setting: &Setting) -> Result<Box<dyn Router>, Error>;
    fn needs(&self, scenario: &Scenario) -> Result<(&'static str, u64), Error>;
}

impl<P: RouterParameters> Build for P {
    fn build(&self, setting: &Setting) -> Result<Box<dyn Router>, Error> {
        RouterParameters::build(self, setting)
    }

    fn needs(&self, scenario: &Scenario) -> Result<(&'static str, u64), Error> {
        RouterParameters::needs(self, scenario)
    }
}

/// The entry of a router in a list of kinds.
pub const fn router<P: RouterParameters>() -> Kind {
    Kind::new::<P>(|written| Chosen::read::<P, _>(written, |parameters| RouterChoice(parameters)))
}

/// The router that a scenario chooses.
///
/// # Errors
/// Those of [`RouterParameters::build`].
pub fn build(setting: &Setting) -> Result<Box<dyn Router>, Error> {
    let chosen = &setting.scenario.router;
    tracing::info!(kind = chosen.kind(), parameters = ?chosen.parameters(), "router chosen");
    choice(setting.scenario).build(setting)
}

/// What the router that a scenario chooses takes; see [`RouterParameters::needs`].
///
/// # Errors
/// Those of [`RouterParameters::needs`].
pub fn needs(scenario: &Scenario) -> Result<(&'static str, u64), Error> {
    choice(scenario).needs(scenario)
}

fn choice(scenario: &Scenario) -> &dyn Build {
    let choice: &RouterChoice = scenario.router.made().expect("a list of routers holds routers");
    &*choice.0
}
