//! The fabric's part of a snapshot, in an order that does not depend on slot numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::access::{Access, NONE};
use super::check::{all_finite, are_weights, leave_room};
use super::port::{Port, PortChange, UNLIMITED};
use super::{Fabric, LiveSlots, PortQueue, Totals, Waits};
use crate::scenario::{MAX_TICKS, Tick};
use crate::topology::NodeId;

/// Accesses under way, and what became of the others.
#[derive(Debug, Serialize, Deserialize)]
pub struct AccessesState {
    totals: Totals,
    history: u64,
    /// By node, first come first.
    fifos: Vec<Vec<AccessState>>,
    /// By port at which something waits: what of the first access was sent already, and all, first come first.
    waiting: BTreeMap<u32, ([f64; 2], Vec<AccessState>)>,
    /// By tick of arrival and port, in the order of departure.
    transit: Vec<(Tick, AccessState)>,
}

/// An access, without its place in memory and in the router's tables.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct AccessState {
    origin: NodeId,
    target: NodeId,
    at: NodeId,
    via: u32,
    over: u32,
    born: Tick,
    hops: u32,
    propagation: u32,
    node_wait: u32,
    link_wait: u32,
    setup: u32,
    size: f32,
}

/// Nodes that are up, ports, and what open wormholes carry.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PortsState<'a> {
    up: Vec<bool>,
    ports: Cow<'a, [Port]>,
    changes: Cow<'a, [PortChange]>,
    /// Of wormholes that have ports, in the order of ids: traversals this tick each way, and those by shard, smoothed.
    carried: Vec<([u32; 2], Vec<f64>)>,
}

impl AccessState {
    fn of(access: &Access) -> Self {
        let Access {
            origin,
            target,
            at,
            via,
            over,
            born,
            hops,
            propagation,
            node_wait,
            link_wait,
            setup,
            size,
            locator: _,
            next: _,
        } = *access;
        Self { origin, target, at, via, over, born, hops, propagation, node_wait, link_wait, setup, size }
    }

    fn restored(&self, fabric: &Fabric) -> Access {
        let Self { origin, target, at, via, over, born, hops, propagation, node_wait, link_wait, setup, size } = *self;
        let (locator, next) = (fabric.locators[target.index()], NONE);
        Access {
            origin,
            target,
            locator,
            at,
            via,
            over,
            next,
            born,
            hops,
            propagation,
            node_wait,
            link_wait,
            setup,
            size,
        }
    }

    /// Whether it is among so many nodes and ports.
    fn is_among(&self, nodes: usize, ports: usize) -> bool {
        [self.origin, self.target, self.at].into_iter().all(|node| node.index() < nodes)
            && (self.via == NONE || (self.via as usize) < ports)
            && self.size.is_finite()
    }

    /// The tick of its arrival where it is, or is about to be, if its parts can be those of so many hops.
    fn arrival(&self) -> Option<Tick> {
        let parts = [self.propagation, self.node_wait, self.link_wait, self.setup];
        let arrival = parts.into_iter().try_fold(self.born, Tick::checked_add);
        arrival.filter(|_| self.hops <= self.propagation)
    }
}

impl AccessesState {
    /// Every access.
    fn all(&self) -> impl Iterator<Item = &AccessState> {
        let at_ports = self.waiting.values().flat_map(|(_, fifo)| fifo);
        self.fifos.iter().flatten().chain(at_ports).chain(self.transit.iter().map(|(_, access)| access))
    }

    /// Whether every access is in time where it is, at the end of tick `now`, given the node of each port.
    fn is_in_time(&self, now: Tick, node_of: impl Fn(u32) -> NodeId) -> bool {
        let is_here = |node: usize, access: &AccessState| {
            access.at.index() == node && access.arrival().is_some_and(|arrival| arrival <= now)
        };
        self.fifos.iter().enumerate().all(|(node, fifo)| fifo.iter().all(|access| is_here(node, access)))
            && self.waiting.iter().all(|(&port, (_, fifo))| {
                !fifo.is_empty() && fifo.iter().all(|access| is_here(node_of(port).index(), access))
            })
            && self.transit.iter().all(|(due, access)| *due > now && access.arrival() == Some(*due))
            && self.transit.is_sorted_by_key(|(due, access)| (*due, access.via))
    }
}

impl Fabric {
    /// Accesses between two ticks. With [`Self::ports_state`] and [`Self::waits`] it is all of the fabric that does not
    /// follow from the scenario.
    pub fn accesses_state(&self) -> AccessesState {
        let access = |slot| AccessState::of(self.accesses.get(slot));
        let mut transit: Vec<(Tick, AccessState)> =
            self.transit.in_order(self.now).into_iter().map(|(due, slot)| (due, access(slot))).collect();
        transit.sort_by_key(|&(due, access)| (due, access.via));
        let at_port = |(queue, port): (&PortQueue, u32)| {
            let fifo: Vec<AccessState> = self.chain(queue.head).map(access).collect();
            (!fifo.is_empty()).then_some((port, ([queue.begun, queue.load], fifo)))
        };
        AccessesState {
            totals: self.totals,
            history: self.history,
            fifos: (0..self.queues.len() as u32).map(|node| self.fifo(NodeId(node)).map(access).collect()).collect(),
            waiting: self.port_queues.iter().zip(0..).filter_map(at_port).collect(),
            transit,
        }
    }

    /// Nodes and ports between two ticks.
    pub fn ports_state(&self) -> PortsState<'_> {
        let Self {
            queues,
            ports,
            wormholes,
            changes,
            // Accesses, and results.
            now: _,
            accesses: _,
            port_queues: _,
            transit: _,
            totals: _,
            history: _,
            waits: _,
            // From the scenario.
            link_ports: _,
            locators: _,
            shard_of: _,
            rules: _,
            // Found again.
            busy: _,
            holding: _,
            opening: _,
            nodes_up: _,
            links_up: _,
            limited: _,
            one_way: _,
            parts: _,
            broken: _,
            space_changed: _,
            ports_changed: _,
            // Empty or without meaning between ticks.
            delivered: _,
            merging: _,
            told: _,
            slow: _,
            slow_nodes: _,
            dropped: _,
            offered: _,
            unbalanced: _,
            due: _,
            fresh: _,
            #[cfg(test)]
                serving_order: _,
        } = self;
        let carried = |(_, port): (u32, u32)| (wormholes.traversals(port), wormholes.destinations(port).to_vec());
        PortsState {
            up: queues.iter().map(|queue| queue.up).collect(),
            ports: ports.into(),
            changes: changes.into(),
            carried: holders(ports).into_iter().map(carried).collect(),
        }
    }

    /// Takes on a state of the same scenario at the end of tick `now`, or of one with another router; false, and
    /// nothing changed, if it is of another one or no state at all.
    pub fn restore(&mut self, now: Tick, accesses: AccessesState, ports: PortsState, waits: Waits) -> bool {
        let node_of: Vec<NodeId> =
            (0..).map(NodeId).zip(&self.queues).flat_map(|(x, queue)| vec![x; queue.ports as usize]).collect();
        let room = self.has_room_for(now, &accesses, &ports, &waits);
        if !room || !accesses.is_in_time(now, |port| node_of[port as usize]) {
            return false;
        }
        let AccessesState { totals, history, fifos, waiting, transit } = accesses;
        let PortsState { up, ports, changes, carried } = ports;
        (self.now, self.totals, self.history) = (now, totals, history);
        self.ports = ports.into_owned();
        self.queues.iter_mut().zip(up).for_each(|(queue, up)| queue.up = up);
        self.nodes_up = self.queues.iter().filter(|queue| queue.up).count() as u32;
        let is_open = |ports: &&[u32; 2]| self.ports[ports[0] as usize].is_open();
        self.links_up = self.link_ports.iter().filter(is_open).count() as u32;
        let mut both: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (port, number) in self.ports.iter().zip(0..).filter(|(port, _)| port.wormhole != NONE) {
            both.entry(port.wormhole).or_default().push(number);
        }
        self.wormholes = LiveSlots::new(self.ports.len(), self.wormholes.shards() as u32);
        for (ports, (traversals, row)) in both.into_values().zip(carried) {
            self.wormholes.take([ports[0], ports[1]]);
            *self.wormholes.traversals_mut(ports[0]) = traversals;
            self.wormholes.destinations_mut(ports[0]).copy_from_slice(&row);
        }
        self.waits = waits;
        for (node, fifo) in (0..).map(NodeId).zip(fifos) {
            for access in fifo {
                let slot = self.accesses.insert(access.restored(self));
                self.append(slot, node);
            }
        }
        for (port, ([begun, load], fifo)) in waiting {
            for access in fifo {
                let slot = self.accesses.insert(access.restored(self));
                self.wait_at(slot, port);
            }
            // A sum of sizes is what it became in the order in which they came and went.
            let queue = &mut self.port_queues[port as usize];
            (queue.begun, queue.load) = (begun, load);
        }
        let opening = |(_, port): &(u32, &Port)| port.is_open() && port.ready > now;
        self.opening = (0..).zip(&self.ports).filter(opening).map(|(number, _)| number).collect();
        self.limited |= self.ports.iter().any(|port| port.capacity != UNLIMITED);
        for (due, access) in transit {
            let slot = self.accesses.insert(access.restored(self));
            self.transit.push(now, due, slot);
        }
        (self.space_changed, self.ports_changed) = (true, true);
        self.changes = changes.into_owned();
        true
    }

    /// Ports of space links that are closed, each with its node.
    pub fn failed_ports(&self) -> BTreeMap<u32, NodeId> {
        let ports = (0..self.link_ports.len() as u32).flat_map(|link| {
            let [from, to] = self.link_ports[link as usize];
            self.directions(link).iter().copied().zip([to, from])
        });
        let closed = ports.filter(|&(port, _)| !self.ports[port as usize].is_open());
        closed.map(|(port, twin)| (port, self.ports[twin as usize].to)).collect()
    }

    /// Whether all numbers in a state are those of things that are there.
    fn has_room_for(&self, now: Tick, accesses: &AccessesState, held: &PortsState, waits: &Waits) -> bool {
        let (nodes, ports) = (self.queues.len(), self.ports.len());
        let in_flight = accesses.all().count();
        let follows = |port: u32, is_space| {
            let (fresh, port) = (&self.ports[port as usize], &held.ports[port as usize]);
            port.may_follow(fresh, is_space, now)
                && (!port.is_open() || is_space || port.to.index() < nodes && port.wormhole != NONE)
        };
        let ports_follow = |queue: &super::NodeQueue| {
            let (space, own) = (queue.first_port + queue.space_ports, queue.first_port..queue.first_port + queue.ports);
            own.into_iter().all(|port| follows(port, port < space))
        };
        let change = |change: &PortChange| {
            let side = |(port, end): (u32, NodeId)| {
                self.queues.get(end.index()).is_some_and(|queue| {
                    let space = queue.first_port + queue.space_ports;
                    let own =
                        if change.is_space() { queue.first_port..space } else { space..queue.first_port + queue.ports };
                    own.contains(&port)
                })
            };
            let [a, b] = change.ends;
            a != b && change.ports.into_iter().zip(change.ends).all(side) && change.latencies_are_possible()
        };
        let waiting = |(&port, ([begun, load], fifo)): (&u32, &([f64; 2], Vec<AccessState>))| {
            let first = fifo.first().map_or(0.0, |access| self.units(access.size));
            held.ports.get(port as usize).is_some_and(Port::is_open)
                && (0.0..=first).contains(begun)
                && are_weights([*load])
        };
        let carried = |(traversals, row): &([u32; 2], Vec<f64>)| {
            leave_room(traversals.map(u64::from))
                && row.len() == self.wormholes.shards()
                && all_finite(row.iter().copied())
        };
        now < MAX_TICKS
            && accesses.fifos.len() == nodes
            && held.up.len() == nodes
            && accesses.fifos.iter().zip(&held.up).all(|(fifo, up)| *up || fifo.is_empty())
            && held.ports.len() == ports
            && are_pairs(&held.ports)
            && held.carried.len() == holders(&held.ports).len()
            && waits.are_of(nodes, ports)
            && self.queues.iter().all(ports_follow)
            && accesses.all().all(|access| access.is_among(nodes, ports))
            && accesses.waiting.iter().all(waiting)
            && accesses.totals.leave(in_flight)
            && leave_room(waits.counts())
            && held.carried.iter().all(carried)
            && held.changes.iter().all(change)
    }
}

/// The wormholes that have ports, in the order of ids, each with one of them.
fn holders(ports: &[Port]) -> BTreeMap<u32, u32> {
    (0..).zip(ports).filter(|(_, port)| port.wormhole != NONE).map(|(number, port)| (port.wormhole, number)).collect()
}

/// Whether every wormhole has two ports.
fn are_pairs(ports: &[Port]) -> bool {
    let mut count: BTreeMap<u32, u32> = BTreeMap::new();
    let held = ports.iter().map(|port| port.wormhole).filter(|&wormhole| wormhole != NONE);
    held.for_each(|wormhole| *count.entry(wormhole).or_default() += 1);
    count.into_values().all(|ports| ports == 2)
}

impl Totals {
    /// Whether so many accesses are under way by these totals, which may grow.
    fn leave(&self, in_flight: usize) -> bool {
        let Self { injected, delivered, dropped, hops, wormhole_hops } = *self;
        let ended = dropped.into_iter().map(u128::from).sum::<u128>() + u128::from(delivered);
        u128::from(injected) == ended + in_flight as u128 && wormhole_hops <= hops && leave_room([injected, hops])
    }

    /// Whether these may have been so before `later`.
    pub fn may_precede(&self, later: &Self) -> bool {
        let Self { injected, delivered, dropped, hops, wormhole_hops } = *self;
        injected <= later.injected
            && delivered <= later.delivered
            && dropped.iter().zip(&later.dropped).all(|(before, now)| before <= now)
            && hops <= later.hops
            && wormhole_hops <= later.wormhole_hops
    }
}
