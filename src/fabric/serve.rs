//! Service: every node forwards what waits, each access to the port that the router picks.

use prefetch_index::prefetch_index;

use super::access::{NONE, Slot};
use super::router::{Forward, Waiting};
use super::{DropReason, Fabric, Passed};
use crate::scenario::Injection;
use crate::topology::NodeId;

/// Prefetch only above this many ports, about the size of the inner caches.
const CACHED_PORTS: usize = 1 << 14;

impl Fabric {
    /// Serves every FIFO, and the accesses injected this tick if they do not queue.
    pub fn serve<F: Forward>(&mut self, forward: &mut F) {
        self.refresh_parts();
        if self.rules.injection == Injection::Immediate {
            let fresh = std::mem::take(&mut self.fresh);
            for &slot in &fresh {
                // The authors' program counts the wait of an access that skips its origin's queue as −1.
                self.depart(slot, forward, -1.0);
            }
            self.fresh = fresh;
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
                let mut served = Passed::default();
                for _ in 0..self.rules.service_per_tick {
                    let Some(slot) = self.next_served(node, forward) else { break };
                    let access = self.accesses.get_mut(slot);
                    let waited = self.now - access.born - access.age();
                    access.node_wait += waited;
                    served.accesses += 1;
                    served.waited += u64::from(waited);
                    self.depart(slot, forward, waited as f32);
                }
                let passed = &mut self.waits.nodes[node.index()];
                passed.accesses += served.accesses;
                passed.waited += served.waited;
            }
        }
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
            f(node, self.queues[node.index()].head);
        }
    }

    /// Sends an access on its way from where it is.
    #[inline]
    fn depart<F: Forward>(&mut self, slot: Slot, forward: &mut F, waited: f32) {
        let now = self.now;
        let access = self.accesses.get(slot);
        if self.rules.max_hops.is_some_and(|limit| access.hops >= limit) {
            return self.drop_slot(slot, DropReason::HopLimit);
        }
        if let Some(reason) = self.cut_off(access) {
            return self.drop_slot(slot, reason);
        }
        let access = self.accesses.get_mut(slot);
        let x = access.at;
        let queue = &self.queues[x.index()];
        let ports = &mut self.ports[queue.first_port as usize..(queue.first_port + queue.ports) as usize];
        let Some(p) = forward.pick(x, ports, access, now) else {
            return self.drop_slot(slot, DropReason::Unreachable);
        };
        let port = &mut ports[p];
        assert!(port.is_open(), "a router picks an open port");
        let earliest = now.max(port.ready);
        let (depart, used) = port.book(earliest);
        let link_wait = depart - earliest;
        if self.rules.max_link_wait_ticks.is_some_and(|limit| link_wait > limit) {
            self.waits.full_links[queue.first_port as usize + p] += 1;
            return self.drop_slot(slot, DropReason::LinkFull);
        }
        (port.slot_tick, port.slot_used) = (depart, used);
        port.carried += 1;
        access.via = queue.first_port + p as u32;
        access.over = port.wormhole;
        access.at = port.to;
        access.hops += 1;
        access.setup += earliest - now;
        access.link_wait += link_wait;
        access.propagation += port.latency;
        let due = depart + port.latency;
        if port.wormhole != NONE {
            self.totals.wormhole_hops += 1;
            let shard = self.shard_of[access.target.index()];
            self.wormholes.note(access.via, usize::from(x > port.to), shard, link_wait);
        } else if link_wait > 0 {
            self.waits.links[access.via as usize] += u64::from(link_wait);
        }
        self.totals.hops += 1;
        forward.learn(x, ports, p, access, waited, (due - now) as f32);
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
