//! The data plane: ports, FIFOs, accesses in flight, as dense arrays indexed by node and port.
//!
//! One FIFO and one server per node, `service_per_tick` accesses a tick; a link direction of finite capacity gives
//! each access the next free slot. Accesses are of unit service whatever their size; links do not lose or reorder.

pub mod access;
pub mod check;
mod links;
mod live_slots;
mod parts;
pub mod port;
pub mod router;
mod serve;
mod state;
mod waiting;
mod waits;

use bevy_ecs::prelude::Resource;
use prefetch_index::prefetch_index;
use serde::{Deserialize, Serialize};

use crate::scenario::{Injection, NodeRules, Scenario, Tick};
use crate::topology::NodeId;
use access::{Access, AccessSlab, Locator, NONE, Slot, Transit};
use live_slots::LiveSlots;
pub use port::WormholeId;
use port::{Port, PortChange, UNLIMITED};
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
    /// False while the node has failed.
    pub up: bool,
}

/// Why an access was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// The FIFO it should join was full.
    QueueFull,
    /// It would have waited too long for a slot on a link.
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
    /// Both ports of each link of the topology: from its first end, from its second.
    pub link_ports: Vec<[u32; 2]>,
    /// Where Q-rows find each node as a target.
    pub locators: Vec<Locator>,
    /// Accesses under way.
    pub accesses: AccessSlab,
    /// Accesses in transit.
    pub transit: Transit,
    /// Nodes with a FIFO that is not empty, a bit each.
    busy: Vec<u64>,
    /// Accesses that entered this tick and take their first hop at once.
    pub fresh: Vec<Slot>,
    /// Accesses delivered this tick, as they were when they arrived.
    pub delivered: Vec<Access>,
    /// Origins and targets of the accesses dropped this tick.
    pub dropped: Vec<[NodeId; 2]>,
    /// What wormholes carry.
    wormholes: LiveSlots,
    /// Shard of each node, by which destinations are told apart.
    shard_of: Vec<u32>,
    /// Connected part of each node over open ports, kept up to date while `broken`.
    part_of: Vec<u32>,
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
    /// A hash that every delivery and drop is folded into, in order.
    pub history: u64,
    /// Where accesses waited.
    pub waits: Waits,
    rules: NodeRules,
    due: Vec<Slot>,
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
            queues.push(NodeQueue { first_port, space_ports, ports, head: NONE, tail: NONE, queued: 0, up: true });
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
                let capacity = edge.weight.capacity_per_tick.map_or(UNLIMITED, u32::from);
                ports[port as usize] =
                    Port { to, latency: edge.weight.latency_ticks, capacity, ready: 0, ..Port::closed() };
                port
            });
            link_ports.push(both);
        }
        let longest = graph.edge_weights().map(|link| link.latency_ticks).max().unwrap_or(1);
        let mut fabric = Self {
            now: 0,
            busy: vec![0; queues.len().div_ceil(64)],
            part_of: vec![0; queues.len()],
            waits: Waits::none(queues.len(), ports.len()),
            wormholes: LiveSlots::new(ports.len(), shards),
            queues,
            ports,
            link_ports,
            locators: Vec::new(),
            accesses: AccessSlab::default(),
            transit: Transit::new(longest),
            fresh: Vec::new(),
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
            rules: scenario.nodes,
            due: Vec::new(),
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

    /// Accesses in FIFOs.
    pub fn queued(&self) -> u64 {
        self.queues.iter().map(|queue| u64::from(queue.queued)).sum()
    }

    /// Accesses in a node's FIFO, first come first.
    pub fn fifo(&self, node: NodeId) -> impl Iterator<Item = Slot> {
        let first = self.queues[node.index()].head;
        std::iter::successors((first != NONE).then_some(first), |&slot| {
            let next = self.accesses.get(slot).next;
            (next != NONE).then_some(next)
        })
    }

    /// Moves on to tick `now` and empties the lists that hold what happened in one tick.
    pub fn begin_tick(&mut self, now: Tick) {
        self.now = now;
        self.fresh.clear();
        self.offered.clear();
        self.delivered.clear();
        self.dropped.clear();
    }

    /// Lets the accesses whose transit ends in this tick arrive.
    pub fn arrive(&mut self) {
        self.refresh_parts();
        let now = self.now;
        let mut due = std::mem::take(&mut self.due);
        self.transit.pop(now, &mut due);
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
                let access = self.accesses.remove(slot);
                debug_assert_eq!(now - access.born, access.age(), "latency is the sum of its parts");
                self.totals.delivered += 1;
                self.remember(&access, 0);
                self.delivered.push(access);
            } else {
                self.enqueue(slot, at);
            }
        }
        due.clear();
        self.due = due;
    }

    /// Lets an access from `origin` to `target` enter.
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
        if let Some(reason) = self.cut_off(&access) {
            self.count_drop(&access, reason);
            return;
        }
        let slot = self.accesses.insert(access);
        match self.rules.injection {
            Injection::Immediate => self.fresh.push(slot),
            Injection::Queued => self.enqueue(slot, origin),
        }
    }

    /// Puts an access at the end of a node's FIFO, or drops it.
    #[inline]
    fn enqueue(&mut self, slot: Slot, node: NodeId) {
        if self.rules.queue_limit.is_some_and(|limit| self.queues[node.index()].queued >= limit) {
            self.waits.full_nodes[node.index()] += 1;
            return self.drop_slot(slot, DropReason::QueueFull);
        }
        self.append(slot, node);
    }

    #[inline]
    fn append(&mut self, slot: Slot, node: NodeId) {
        self.accesses.get_mut(slot).next = NONE;
        let queue = &mut self.queues[node.index()];
        queue.queued += 1;
        let tail = std::mem::replace(&mut queue.tail, slot);
        if tail == NONE {
            queue.head = slot;
            self.busy[node.index() / 64] |= 1 << (node.index() % 64);
        } else {
            self.accesses.get_mut(tail).next = slot;
        }
    }

    #[inline]
    fn dequeue(&mut self, node: NodeId) -> Option<Slot> {
        let queue = &mut self.queues[node.index()];
        let slot = queue.head;
        if slot == NONE {
            return None;
        }
        queue.head = self.accesses.get(slot).next;
        queue.queued -= 1;
        if queue.head == NONE {
            queue.tail = NONE;
            self.busy[node.index() / 64] &= !(1 << (node.index() % 64));
        }
        Some(slot)
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

    /// Folds the end of an access into the history.
    #[inline]
    fn remember(&mut self, access: &Access, how: u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let place = u64::from(access.origin.0) << 32 | u64::from(access.target.0);
        let time = u64::from(access.born) << 32 | u64::from(self.now);
        let what = u64::from(access.hops) << 8 | how;
        for word in [place, time, what] {
            self.history = (self.history ^ word).wrapping_mul(ODD).rotate_left(29);
        }
    }
}
