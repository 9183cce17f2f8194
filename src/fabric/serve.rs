//! Service and departures: every node forwards what waits, each access to the port that the router picks; every port
//! sends what waits at it, up to its capacity.

use prefetch_index::prefetch_index;

use super::access::{NONE, Slot};
use super::port::UNLIMITED;
use super::router::{Forward, Hop, Waiting};
use super::{DropReason, Fabric, Passed, Place, merge};
use crate::topology::NodeId;

/// The wait of an access that skips its origin's queue, as the authors of Q-routing count it.
const ENTERED: f32 = -1.0;

/// Prefetch only above this many ports, about the size of the inner caches.
const CACHED_PORTS: usize = 1 << 14;

impl Fabric {
    /// Sends what waits at ports, then serves every node: its FIFO, and what entered this tick if that does not queue.
    pub fn serve<F: Forward>(&mut self, forward: &mut F) {
        self.refresh_parts();
        if self.limited || !self.opening.is_empty() || !self.slow.is_empty() {
            self.tell();
            self.send_waiting(forward);
        }
        #[cfg(test)]
        if let Some(order) = self.serving_order {
            let is_busy = |&x: &u32| self.busy[x as usize / 64] >> (x % 64) & 1 == 1;
            let mut nodes: Vec<u32> = (0..self.queues.len() as u32).filter(is_busy).collect();
            order(&mut nodes);
            return nodes.into_iter().for_each(|x| self.serve_node(NodeId(x), forward));
        }
        let large = self.is_large();
        for word in 0..self.busy.len() {
            let mut bits = self.busy[word];
            if large {
                self.look_ahead(forward, word);
            }
            while bits != 0 {
                let node = NodeId((word * 64) as u32 + bits.trailing_zeros());
                bits &= bits - 1;
                self.serve_node(node, forward);
            }
        }
    }

    /// Sends what waits at ports.
    fn send_waiting<F: Forward>(&mut self, forward: &mut F) {
        for word in 0..self.holding.len() {
            let mut bits = self.holding[word];
            while bits != 0 {
                let port = (word * 64) as u32 + bits.trailing_zeros();
                bits &= bits - 1;
                self.send(port, forward);
            }
        }
    }

    /// Notes how long accesses should expect to wait at each port, for other nodes to read while all are served.
    fn tell(&mut self) {
        let now = self.now;
        self.slow.drain(..).for_each(|port| self.told[port as usize] = 0.0);
        self.slow_nodes.fill(0);
        self.told.resize(self.ports.len(), 0.0);
        self.opening.retain(|&port| self.ports[port as usize].is_open() && self.ports[port as usize].ready > now);
        self.slow.extend_from_slice(&self.opening);
        for (word, &bits) in self.holding.iter().enumerate() {
            let mut bits = bits;
            while bits != 0 {
                self.slow.push((word * 64) as u32 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        for &port in &self.slow {
            let queue = &self.port_queues[port as usize];
            self.told[port as usize] = queue.wait(&self.ports[port as usize], now);
            let node = match queue.head {
                NONE => self.ends(Place::Port(port)).0,
                first => self.accesses.get(first).at,
            };
            self.slow_nodes[node.index() / 64] |= 1 << (node.index() % 64);
        }
    }

    /// Serves one node.
    #[inline]
    fn serve_node<F: Forward>(&mut self, node: NodeId, forward: &mut F) {
        let mut number = 0;
        let queue = &self.queues[node.index()];
        if queue.fresh == NONE {
            for _ in 0..self.rules.service_per_tick.min(queue.queued) {
                self.serve_first(node, forward, number);
                number += 1;
            }
            return;
        }
        if queue.queued == 0 && self.accesses.get(queue.fresh).next == NONE {
            let slot = std::mem::replace(&mut self.queues[node.index()].fresh, NONE);
            self.busy[node.index() / 64] &= !(1 << (node.index() % 64));
            return self.forward(slot, forward, ENTERED, 0);
        }
        let mut fresh = std::mem::take(&mut self.fresh);
        self.take_fresh(node, &mut fresh);
        let mut left = [fresh.len() as u32, self.rules.service_per_tick.min(self.queues[node.index()].queued)];
        while left != [0, 0] {
            if self.merging.takes_first(left, node, self.now, merge::TURN + number) {
                left[0] -= 1;
                if let Some(slot) = fresh.pop() {
                    self.forward(slot, forward, ENTERED, number);
                }
            } else {
                left[1] -= 1;
                self.serve_first(node, forward, number);
            }
            number += 1;
        }
        self.fresh = fresh;
        if self.queues[node.index()].head == NONE {
            self.busy[node.index() / 64] &= !(1 << (node.index() % 64));
        }
    }

    /// Takes the accesses that entered at a node and do not queue, in random order, into `fresh`, which comes empty.
    fn take_fresh(&mut self, node: NodeId, fresh: &mut Vec<Slot>) {
        let mut slot = std::mem::replace(&mut self.queues[node.index()].fresh, NONE);
        while slot != NONE {
            fresh.push(slot);
            slot = self.accesses.get(slot).next;
        }
        self.merging.shuffle(fresh, node, self.now, merge::NEW);
    }

    /// Serves the access that is next in the FIFO of a node, if there is one.
    #[inline]
    fn serve_first<F: Forward>(&mut self, node: NodeId, forward: &mut F, number: u32) {
        let Some(slot) = self.next_served(node, forward) else { return };
        let access = self.accesses.get_mut(slot);
        let waited = self.now - access.born - access.age();
        access.node_wait += waited;
        self.waits.nodes[node.index()] += Passed { accesses: 1, waited: u64::from(waited) };
        self.forward(slot, forward, waited as f32, number);
    }

    /// Whether the network is too large for the inner caches, so that reads are worth beginning early.
    pub(super) fn is_large(&self) -> bool {
        self.ports.len() > CACHED_PORTS
    }

    /// Begins the reads that serving the nodes of coming words needs, so that they overlap with serving those of
    /// `word`.
    #[inline]
    fn look_ahead<F: Forward>(&self, forward: &F, word: usize) {
        self.for_heads(word + 3, |_, head| self.accesses.prefetch(head));
        self.for_heads(word + 2, |node, head| {
            let queue = &self.queues[node.index()];
            (0..queue.space_ports)
                .step_by(2)
                .for_each(|p| prefetch_index(&self.ports, (queue.first_port + p) as usize));
            forward.fetch(node, self.accesses.get(head));
        });
        self.for_heads(word + 1, |node, head| forward.fetch_onward(node, self.ports_of(node), self.accesses.get(head)));
    }

    /// Calls `f` with the first access of every FIFO of the 64 nodes of a word, if there is such a word.
    #[inline]
    fn for_heads(&self, word: usize, f: impl Fn(NodeId, Slot)) {
        let mut bits = self.busy.get(word).copied().unwrap_or(0);
        while bits != 0 {
            let node = NodeId((word * 64) as u32 + bits.trailing_zeros());
            bits &= bits - 1;
            let head = self.queues[node.index()].head;
            if head != NONE {
                f(node, head);
            }
        }
    }

    /// Lets the router pick the port of an access, which joins its FIFO or departs at once.
    #[inline]
    fn forward<F: Forward>(&mut self, slot: Slot, forward: &mut F, waited: f32, number: u32) {
        let now = self.now;
        let access = self.accesses.get(slot);
        if self.rules.max_hops.is_some_and(|limit| access.hops >= limit) {
            return self.drop_slot(slot, DropReason::HopLimit);
        }
        let (x, target) = (access.at, access.target);
        if let Some(reason) = self.cut_off(x, target) {
            return self.drop_slot(slot, reason);
        }
        let access = self.accesses.get(slot);
        let queue = &self.queues[x.index()];
        let own = queue.first_port as usize..(queue.first_port + queue.ports) as usize;
        let may_wait = self.limited || !self.opening.is_empty();
        let hop = Hop { x, now, number, waited, ports: &self.ports[own.clone()], waits: may_wait.then_some(self) };
        let Some(p) = forward.pick(&hop, access) else {
            return self.drop_slot(slot, DropReason::Unreachable);
        };
        let number = own.start + p;
        let port = &self.ports[number];
        assert!(p < own.len() && port.is_open(), "a router picks an open port");
        if !port.is_slow(now) {
            return self.depart(slot, number as u32, forward, 0);
        }
        let units = self.units(access.size);
        let queue = &mut self.port_queues[number];
        let is_first = queue.waiting == 0 && port.ready <= now;
        let goes = is_first && queue.has_room(port, now, units);
        if !goes && self.rules.link_queue_limit.is_some_and(|limit| queue.waiting >= limit) {
            self.waits.full_links[number] += 1;
            return self.drop_slot(slot, DropReason::LinkFull);
        }
        if is_first {
            queue.send(port, now, units);
        }
        if goes {
            self.depart(slot, number as u32, forward, 0);
        } else {
            self.wait_at(slot, number as u32);
        }
    }

    /// Puts an access at the end of a port's FIFO.
    pub(super) fn wait_at(&mut self, slot: Slot, port: u32) {
        self.accesses.get_mut(slot).next = NONE;
        let units = self.units(self.accesses.get(slot).size);
        let queue = &mut self.port_queues[port as usize];
        queue.waiting += 1;
        queue.load += units;
        let tail = std::mem::replace(&mut queue.tail, slot);
        if tail == NONE {
            queue.load -= queue.begun;
            queue.head = slot;
            self.holding[port as usize / 64] |= 1 << (port % 64);
        } else {
            self.accesses.get_mut(tail).next = slot;
        }
    }

    /// Takes the first access out of a port's FIFO.
    pub(super) fn leave_port(&mut self, port: u32) -> Option<Slot> {
        let queue = &mut self.port_queues[port as usize];
        let slot = queue.head;
        if slot == NONE {
            return None;
        }
        queue.head = self.accesses.get(slot).next;
        queue.waiting -= 1;
        if queue.head == NONE {
            (queue.tail, queue.load) = (NONE, 0.0);
            self.holding[port as usize / 64] &= !(1 << (port % 64));
        }
        Some(slot)
    }

    /// Sends what waits at a port, up to its capacity.
    fn send<F: Forward>(&mut self, number: u32, forward: &mut F) {
        let now = self.now;
        if self.ports[number as usize].ready > now {
            return;
        }
        while self.port_queues[number as usize].head != NONE {
            let units = self.units(self.accesses.get(self.port_queues[number as usize].head).size);
            let queue = &mut self.port_queues[number as usize];
            let before = queue.begun;
            let whole = queue.send(&self.ports[number as usize], now, units);
            queue.load -= if whole { units - before } else { queue.begun - before };
            if !whole {
                return;
            }
            let slot = self.leave_port(number).expect("it has a first access");
            let access = self.accesses.get_mut(slot);
            let joined = access.born + access.age();
            let setup = self.ports[number as usize].ready.saturating_sub(joined);
            let (waited, x) = (now - joined - setup, access.at);
            access.setup += setup;
            access.link_wait += waited;
            self.note_link_wait(number, x, waited);
            self.depart(slot, number, forward, now - joined);
        }
    }

    /// Counts ticks that an access waited at a port of node `x`.
    #[inline]
    pub(super) fn note_link_wait(&mut self, number: u32, x: NodeId, waited: u32) {
        let port = &self.ports[number as usize];
        if port.wormhole == NONE {
            self.waits.links[number as usize] += u64::from(waited);
        } else {
            self.wormholes.note_wait(number, usize::from(x > port.to), waited);
        }
    }

    /// Sends an access on its way through a port at which it waited so long.
    #[inline(always)]
    fn depart<F: Forward>(&mut self, slot: Slot, number: u32, forward: &mut F, waited: u32) {
        let now = self.now;
        let port = &mut self.ports[number as usize];
        let access = self.accesses.get_mut(slot);
        let x = access.at;
        port.carried += 1;
        if port.capacity != UNLIMITED {
            self.port_queues[number as usize].count(now);
        }
        access.via = number;
        access.over = port.wormhole;
        access.at = port.to;
        access.hops += 1;
        access.propagation += port.latency;
        let due = now + port.latency;
        self.totals.hops += 1;
        if port.wormhole != NONE {
            self.totals.wormhole_hops += 1;
            let shard = self.shard_of[access.target.index()];
            self.wormholes.note(number, usize::from(x > port.to), shard);
        }
        if F::HEARS_DEPARTURES {
            forward.departed(number, waited + port.latency);
        }
        self.transit.push(now, due, slot);
    }

    /// Takes the access that is served next out of a node's FIFO.
    #[inline]
    fn next_served<F: Forward>(&mut self, node: NodeId, forward: &mut F) -> Option<Slot> {
        if !F::CHOOSES {
            return self.dequeue(node);
        }
        let first = self.queues[node.index()].head;
        let chosen = if first == NONE { 0 } else { forward.choose(node, &Waiting { accesses: &self.accesses, first }) };
        self.dequeue_at(node, chosen)
    }

    /// Takes the access that is at a place of a node's FIFO out of it.
    fn dequeue_at(&mut self, node: NodeId, place: usize) -> Option<Slot> {
        let Some(before) = place.checked_sub(1) else { return self.dequeue(node) };
        let before = self.fifo(node).nth(before).filter(|&before| self.accesses.get(before).next != NONE);
        let before = before.expect("a router chooses among the accesses that wait");
        let slot = self.accesses.get(before).next;
        let after = self.accesses.get(slot).next;
        self.accesses.get_mut(before).next = after;
        let queue = &mut self.queues[node.index()];
        queue.queued -= 1;
        if after == NONE {
            queue.tail = before;
        }
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use rand::seq::SliceRandom;
    use serde_json::json;

    use crate::random::stream;
    use crate::simulation::{Simulation, load_text};

    /// Everything at once, under every router: the same state after every tick, be nodes served in the order of their
    /// numbers, in reverse or in any other.
    #[test]
    fn the_order_in_which_nodes_are_served_decides_nothing() {
        let any: fn(&mut Vec<u32>) = |nodes| {
            let mut rng = stream(nodes.iter().map(|&node| u64::from(node)).sum(), "test");
            nodes.shuffle(&mut rng);
        };
        let reverse: fn(&mut Vec<u32>) = |nodes| nodes.reverse();
        let routers = [
            json!({"kind": "shortest_path"}),
            json!({"kind": "multipath"}),
            json!({"kind": "measured_delay", "recompute_every_ticks": 10}),
            json!({"kind": "q_routing", "exploration": 0.05}),
            json!({"kind": "q_routing", "full_echo": true}),
        ];
        for router in routers {
            for injection in ["queued", "immediate"] {
                let text = json!({
                    "version": 1, "name": "orders", "ticks": 400, "warmup_ticks": 0,
                    "topology": {"generator": {"kind": "random_geometric", "nodes": 40, "radius": 0.4}},
                    "nodes": {"service_per_tick": 2, "queue_limit": 9, "link_queue_limit": 3, "injection": injection,
                        "capacity_unit": "size"},
                    "workloads": [
                        {"kind": "uniform", "accesses_per_tick": 9.0},
                        {"kind": "zipf", "accesses_per_tick": 6.0, "items": 50, "size": 2.5}
                    ],
                    "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                        "ports_per_node": 3, "wait_for_setup": true},
                    "physics": {"gravity": {"review_every_ticks": 20, "min_pull": 0},
                        "decay": {"fade_per_tick": 0.02, "pay_review_ticks": 50, "reopen_after_ticks": 20},
                        "wormhole": {"max_capacity_per_tick": 3}},
                    "router": router,
                    "events": [{"tick": 100, "fail_node": "17"}, {"tick": 200, "restore_node": "17"}]
                });
                let loaded = load_text(&text.to_string(), "orders.json".as_ref(), &[]).unwrap();
                let scenario = std::sync::Arc::new(loaded.scenario);
                let digests = [None, Some(reverse), Some(any)].map(|order| {
                    let mut simulation = Simulation::new(scenario.clone()).unwrap();
                    simulation.serve_in(order);
                    (0..400)
                        .map(|_| {
                            simulation.step().unwrap();
                            simulation.digest().whole()
                        })
                        .collect::<Vec<_>>()
                });
                let first = |other: &[_]| digests[0].iter().zip(other).position(|(a, b)| a != b);
                assert_eq!([1, 2].map(|other| first(&digests[other])), [None; 2], "{router} {injection}");
            }
        }
    }
}
