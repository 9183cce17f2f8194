//! The data plane: ports, FIFOs, accesses in flight, as dense arrays indexed by node and port.
//!
//! One FIFO and one server per node, `service_per_tick` accesses a tick, whatever their size; one FIFO per port, which
//! departs up to its capacity of the tick. Links do not lose or reorder. Nodes can be served in any order: a decision
//! sees other nodes as they were at the start of the tick, and chance is drawn by (node, tick, number of the draw).

pub mod access;
pub mod check;
mod fifo;
mod invariants;
mod links;
mod live_slots;
mod merge;
mod parts;
pub mod port;
mod port_queue;
mod reach;
pub mod router;
mod serve;
mod state;
mod waiting;
mod waits;

use bevy_ecs::prelude::Resource;
use prefetch_index::prefetch_index;
use serde::{Deserialize, Serialize};

use crate::random::Keyed;
use crate::scenario::{CapacityUnit, Injection, NodeRules, Scenario, Tick};
use crate::topology::{Direction, Link, NodeId};
use access::{Access, AccessSlab, Locator, NONE, Slot, Transit};
pub use invariants::Violation;
use live_slots::LiveSlots;
use merge::Merging;
pub use port::WormholeId;
use port::{Port, PortChange, UNLIMITED};
pub use port_queue::PortQueue;
use reach::Parts;
pub use state::{AccessesState, PortsState};
pub use waits::{Passed, Place, Waits, since};

/// Arrivals between beginning to read a node's FIFO and using it.
const AHEAD: usize = 6;

/// A node's FIFO and its range of ports.
#[derive(Debug, Clone, Copy)]
pub struct NodeQueue {
    /// Its first port; wormhole ports come after those of space links.
    pub first_port: u32,
    /// Ports of space links.
    pub space_ports: u32,
    /// All ports, those closed included.
    pub ports: u32,
    head: Slot,
    tail: Slot,
    /// Accesses in the FIFO.
    pub queued: u32,
    /// Those of them that joined in tick `joined_in`, at its end, and the last one before them.
    joined: u32,
    joined_in: Tick,
    before: Slot,
    /// Accesses that entered this tick and take their first hop at once: a list, the last one first.
    fresh: Slot,
    /// False while the node has failed.
    pub up: bool,
}

/// Why an access was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// The FIFO it should join was full.
    QueueFull,
    /// The FIFO of the port that it should leave through was full.
    LinkFull,
    /// It had made as many hops as allowed.
    HopLimit,
    /// No open path leads to its target.
    Unreachable,
    /// A link or node on its way, its origin or its target failed.
    Failed,
}

/// What is asked of the network: an access before it enters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offered {
    /// Where it starts.
    pub origin: NodeId,
    /// Where it goes.
    pub target: NodeId,
    /// Its size.
    pub size: f32,
}

/// Number of reasons to drop an access.
pub const DROPS: usize = 5;

/// Totals of the whole run. `injected = delivered + dropped + in flight` at the end of every tick.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Accesses injected.
    pub injected: u64,
    /// Accesses delivered.
    pub delivered: u64,
    /// Accesses dropped, by [`DropReason`].
    pub dropped: [u64; DROPS],
    /// Hops begun.
    pub hops: u64,
    /// Hops begun over wormholes.
    pub wormhole_hops: u64,
}

/// Everything that moves, and the counters of it.
#[derive(Debug, Resource)]
pub struct Fabric {
    /// The present tick.
    pub now: Tick,
    /// FIFOs by node.
    pub queues: Vec<NodeQueue>,
    /// Ports, those of a node next to each other.
    pub ports: Vec<Port>,
    /// Their FIFOs.
    pub port_queues: Vec<PortQueue>,
    /// Both ports of each link of the topology: from its first end, from its second. The second never opens if the link
    /// leads one way only.
    pub link_ports: Vec<[u32; 2]>,
    /// Where Q-rows find each node as a target.
    pub locators: Vec<Locator>,
    /// Accesses under way.
    pub accesses: AccessSlab,
    /// Accesses in transit.
    pub transit: Transit,
    /// Nodes with something to serve, a bit each.
    busy: Vec<u64>,
    /// Ports with a FIFO that is not empty, a bit each.
    holding: Vec<u64>,
    /// Open ports from which nothing departs yet.
    opening: Vec<u32>,
    /// Whether some port is or was of finite capacity, so that something may wait at ports.
    limited: bool,
    /// How long an access should expect to wait at each port, as nodes tell each other: at the start of the tick's
    /// service, in ticks. Empty if it was 0 everywhere so far.
    told: Vec<f32>,
    /// Ports where it is not 0, and the nodes that have such ports, a bit each.
    slow: Vec<u32>,
    slow_nodes: Vec<u64>,
    /// Accesses delivered this tick, as they were when they arrived, in no meaningful order.
    pub delivered: Vec<Access>,
    /// Nodes whose FIFOs were joined by several accesses this tick, or beyond their limit.
    merging: Merging,
    /// Origins and targets of the accesses dropped this tick.
    pub dropped: Vec<[NodeId; 2]>,
    /// What wormholes carry.
    wormholes: LiveSlots,
    /// Shard of each node, by which destinations are told apart.
    shard_of: Vec<u32>,
    /// Nodes that are up.
    pub nodes_up: u32,
    /// Space links that are up.
    pub links_up: u32,
    /// Space links that lead one way only.
    one_way: Vec<bool>,
    /// Parts of nodes that reach each other over open ports, kept up to date while `broken`.
    parts: Parts,
    /// Whether space links alone leave more than one part, as they do when a node is down.
    broken: bool,
    /// Whether ports of space links have opened or closed since the parts were found.
    space_changed: bool,
    /// Whether any ports have.
    ports_changed: bool,
    /// Accesses offered this tick, those refused included.
    pub offered: Vec<Offered>,
    /// Changes of ports that the router has not seen yet.
    pub changes: Vec<PortChange>,
    /// Totals.
    pub totals: Totals,
    /// Sum of hashes of all deliveries and drops.
    pub history: u64,
    /// Where accesses waited.
    pub waits: Waits,
    /// The first access of which the parts did not sum to its latency: its origin, and what its parts sum to beyond it.
    unbalanced: Option<(NodeId, i64)>,
    rules: NodeRules,
    due: Vec<Slot>,
    /// Scratch: accesses that do not queue at the node that is served.
    fresh: Vec<Slot>,
    /// The order in which nodes are served, if it is not that of their numbers.
    #[cfg(test)]
    pub(crate) serving_order: Option<fn(&mut Vec<u32>)>,
}

impl Fabric {
    /// The fabric of a scenario before its first tick: all links open, no wormholes, nothing under way.
    ///
    /// `shard_of` runs over nodes. The router's locators are to follow.
    pub fn new(scenario: &Scenario, shard_of: Vec<u32>, shards: u32) -> Self {
        let graph = &scenario.topology.graph;
        let wormhole_ports = if scenario.wormholes.enabled { scenario.wormholes.ports_per_node } else { 0 };
        let mut space_ports = vec![0u32; graph.node_count()];
        for edge in graph.raw_edges() {
            space_ports[edge.source().index()] += 1;
            space_ports[edge.target().index()] += 1;
        }
        let mut queues = Vec::with_capacity(graph.node_count());
        let mut first_port = 0;
        for &space_ports in &space_ports {
            let ports = space_ports + wormhole_ports;
            queues.push(NodeQueue {
                first_port,
                space_ports,
                ports,
                head: NONE,
                tail: NONE,
                queued: 0,
                joined: 0,
                joined_in: 0,
                before: NONE,
                fresh: NONE,
                up: true,
            });
            first_port += ports;
        }
        let mut ports = vec![Port::closed(); first_port as usize];
        let mut next_port: Vec<u32> = queues.iter().map(|queue| queue.first_port).collect();
        let mut link_ports = Vec::with_capacity(graph.edge_count());
        for edge in graph.raw_edges() {
            let ends = [edge.source().index(), edge.target().index()];
            let both = [0, 1].map(|side| {
                let port = next_port[ends[side]];
                next_port[ends[side]] += 1;
                let to = NodeId(ends[1 - side] as u32);
                ports[port as usize] = match edge.weight.direction(side) {
                    Some(Direction { latency_ticks: latency, capacity_per_tick }) => {
                        let capacity = capacity_per_tick.map_or(UNLIMITED, u32::from);
                        let latency = latency + scenario.nodes.processing_ticks;
                        Port { to, latency, capacity, ready: 0, ..Port::closed() }
                    }
                    None => Port { to, ..Port::closed() },
                };
                port
            });
            link_ports.push(both);
        }
        let limited = ports.iter().any(|port| port.capacity != UNLIMITED);
        let longest = graph.edge_weights().map(Link::longest_ticks).max().unwrap_or(1);
        let longest = longest + scenario.nodes.processing_ticks;
        let mut fabric = Self {
            now: 0,
            busy: vec![0; queues.len().div_ceil(64)],
            parts: Parts::new(queues.len()),
            waits: Waits::none(queues.len(), ports.len()),
            wormholes: LiveSlots::new(ports.len(), shards),
            port_queues: vec![PortQueue::EMPTY; ports.len()],
            holding: vec![0; ports.len().div_ceil(64)],
            opening: Vec::new(),
            limited,
            told: Vec::new(),
            slow: Vec::new(),
            slow_nodes: vec![0; queues.len().div_ceil(64)],
            merging: Merging::new(Keyed::new(scenario.seed, "merge")),
            nodes_up: queues.len() as u32,
            links_up: link_ports.len() as u32,
            queues,
            ports,
            link_ports,
            one_way: graph.edge_weights().map(|link| link.back.is_none()).collect(),
            locators: Vec::new(),
            accesses: AccessSlab::default(),
            transit: Transit::new(longest),
            delivered: Vec::new(),
            dropped: Vec::new(),
            shard_of,
            broken: false,
            space_changed: true,
            ports_changed: true,
            offered: Vec::new(),
            changes: Vec::new(),
            totals: Totals::default(),
            history: 0,
            unbalanced: None,
            rules: scenario.nodes,
            due: Vec::new(),
            fresh: Vec::new(),
            #[cfg(test)]
            serving_order: None,
        };
        fabric.refresh_parts();
        fabric
    }

    /// The ports of a node.
    #[inline]
    pub fn ports_of(&self, node: NodeId) -> &[Port] {
        let queue = &self.queues[node.index()];
        &self.ports[queue.first_port as usize..(queue.first_port + queue.ports) as usize]
    }

    /// Moves on to tick `now` and empties the lists that hold what happened in one tick.
    pub fn begin_tick(&mut self, now: Tick) {
        self.now = now;
        self.offered.clear();
        self.delivered.clear();
        self.dropped.clear();
    }

    /// Lets the accesses whose transit ends in this tick arrive; [`Self::merge`] is to follow.
    pub fn arrive(&mut self) {
        self.refresh_parts();
        let mut due = std::mem::take(&mut self.due);
        self.transit.pop(self.now, &mut due);
        let large = self.is_large();
        for (i, &slot) in due.iter().enumerate() {
            if large {
                if let Some(&coming) = due.get(i + 2 * AHEAD) {
                    self.accesses.prefetch(coming);
                }
                if let Some(&coming) = due.get(i + AHEAD) {
                    prefetch_index(&self.queues, self.accesses.get(coming).at.index());
                }
            }
            let access = self.accesses.get(slot);
            let at = access.at;
            if self.broken && !self.queues[at.index()].up {
                self.drop_slot(slot, DropReason::Failed);
            } else if at == access.target {
                self.deliver(slot);
            } else {
                self.join(slot, at);
            }
        }
        due.clear();
        self.due = due;
    }

    fn deliver(&mut self, slot: Slot) {
        let access = self.accesses.remove(slot);
        let beyond = i64::from(access.born) + i64::from(access.age()) - i64::from(self.now);
        if beyond != 0 {
            self.unbalanced.get_or_insert((access.origin, beyond));
        }
        self.totals.delivered += 1;
        self.remember(&access, 0);
        self.delivered.push(access);
    }

    /// Lets an access from `origin` to `target` enter; [`Self::merge`] is to follow.
    pub fn inject(&mut self, origin: NodeId, target: NodeId, size: f32) {
        let now = self.now;
        self.totals.injected += 1;
        self.offered.push(Offered { origin, target, size });
        let access = Access {
            origin,
            target,
            locator: self.locators[target.index()],
            at: origin,
            via: NONE,
            over: NONE,
            next: NONE,
            born: now,
            hops: 0,
            propagation: 0,
            node_wait: 0,
            link_wait: 0,
            setup: 0,
            size,
        };
        if let Some(reason) = self.cut_off(origin, target) {
            self.count_drop(&access, reason);
            return;
        }
        let slot = self.accesses.insert(access);
        match self.rules.injection {
            Injection::Immediate => {
                let queue = &mut self.queues[origin.index()];
                self.accesses.get_mut(slot).next = std::mem::replace(&mut queue.fresh, slot);
                self.busy[origin.index() / 64] |= 1 << (origin.index() % 64);
            }
            Injection::Queued => self.join(slot, origin),
        }
    }

    fn drop_slot(&mut self, slot: Slot, reason: DropReason) {
        let access = self.accesses.remove(slot);
        self.count_drop(&access, reason);
    }

    fn count_drop(&mut self, access: &Access, reason: DropReason) {
        self.totals.dropped[reason as usize] += 1;
        self.dropped.push([access.origin, access.target]);
        self.remember(access, 1 + reason as u64);
    }

    /// Adds the end of an access to the history.
    #[inline]
    fn remember(&mut self, access: &Access, how: u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let place = u64::from(access.origin.0) << 32 | u64::from(access.target.0);
        let time = u64::from(access.born) << 32 | u64::from(self.now);
        let what = u64::from(access.hops) << 8 | how;
        let fold = |hash: u64, word: u64| (hash ^ word).wrapping_mul(ODD).rotate_left(29);
        let hash = [place, time, what].into_iter().fold(ODD, fold);
        self.history = self.history.wrapping_add((hash ^ (hash >> 32)).wrapping_mul(ODD));
    }

    /// What an access takes of a port's capacity.
    #[inline]
    fn units(&self, size: f32) -> f64 {
        match self.rules.capacity_unit {
            CapacityUnit::Accesses => 1.0,
            CapacityUnit::Size => f64::from(size),
        }
    }
}
