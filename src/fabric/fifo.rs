//! FIFOs of nodes: who joins, in a random order among those of the same tick, and who leaves.
//!
//! A FIFO that is too short for all that join refuses the last ones of that order.

use super::access::{NONE, Slot};
use super::{DropReason, Fabric};
use crate::topology::NodeId;

impl Fabric {
    /// Accesses in FIFOs of nodes.
    pub fn queued(&self) -> u64 {
        self.queues.iter().map(|queue| u64::from(queue.queued)).sum()
    }

    /// Accesses in a node's FIFO, first come first.
    pub fn fifo(&self, node: NodeId) -> impl Iterator<Item = Slot> {
        self.chain(self.queues[node.index()].head)
    }

    /// The accesses of a list, from its first.
    pub(super) fn chain(&self, first: Slot) -> impl Iterator<Item = Slot> {
        std::iter::successors((first != NONE).then_some(first), |&slot| {
            let next = self.accesses.get(slot).next;
            (next != NONE).then_some(next)
        })
    }

    /// Accesses that wait, in FIFOs of nodes and of ports.
    pub fn waiting(&self) -> u64 {
        self.queued() + self.port_queues.iter().map(|queue| u64::from(queue.waiting)).sum::<u64>()
    }

    /// Puts an access at the end of a node's FIFO, among those that join in this tick.
    #[inline(always)]
    pub(super) fn join(&mut self, slot: Slot, node: NodeId) {
        let queue = &mut self.queues[node.index()];
        if queue.joined_in != self.now || queue.joined == 0 {
            (queue.joined_in, queue.joined, queue.before) = (self.now, 0, queue.tail);
        }
        queue.joined += 1;
        let full = self.rules.queue_limit.is_some_and(|limit| queue.queued >= limit);
        if queue.joined == 2 || full {
            self.merging.note(node);
        }
        self.append(slot, node);
    }

    #[inline]
    pub(super) fn append(&mut self, slot: Slot, node: NodeId) {
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
    pub(super) fn dequeue(&mut self, node: NodeId) -> Option<Slot> {
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

    /// Puts those that joined FIFOs in this tick in a random order, and drops those that find no room; after the last
    /// one joined.
    pub fn merge(&mut self) {
        if self.merging.nodes.is_empty() {
            return;
        }
        let mut nodes = std::mem::take(&mut self.merging.nodes);
        nodes.sort_unstable();
        nodes.dedup();
        for &node in &nodes {
            let queue = &self.queues[node.index()];
            if queue.joined == 2 && self.rules.queue_limit.is_none_or(|limit| queue.queued <= limit) {
                self.merge_two(node);
            } else {
                self.merge_all(node);
            }
        }
        nodes.clear();
        self.merging.nodes = nodes;
    }

    /// Puts two that joined a FIFO in order, which has room for them.
    fn merge_two(&mut self, node: NodeId) {
        let queue = self.queues[node.index()];
        let first = if queue.before == NONE { queue.head } else { self.accesses.get(queue.before).next };
        let second = queue.tail;
        let vias = [first, second].map(|slot| self.accesses.get(slot).via);
        if self.merging.keeps_order(vias, node, self.now) {
            return;
        }
        self.accesses.get_mut(second).next = first;
        self.accesses.get_mut(first).next = NONE;
        self.queues[node.index()].tail = first;
        match queue.before {
            NONE => self.queues[node.index()].head = second,
            before => self.accesses.get_mut(before).next = second,
        }
    }

    /// Puts all that joined a FIFO in order, and drops those that find no room.
    fn merge_all(&mut self, node: NodeId) {
        let queue = self.queues[node.index()];
        let (joined, before) = (queue.joined, queue.before);
        let mut slot = if before == NONE { queue.head } else { self.accesses.get(before).next };
        self.merging.joined.clear();
        while slot != NONE {
            let access = self.accesses.get(slot);
            self.merging.joined.push((access.via, slot));
            slot = access.next;
        }
        debug_assert_eq!(self.merging.joined.len() as u32, joined);
        self.merging.arrange(node, self.now);
        let queue = &mut self.queues[node.index()];
        queue.queued -= joined;
        queue.tail = before;
        if before == NONE {
            queue.head = NONE;
            self.busy[node.index() / 64] &= !(1 << (node.index() % 64));
        } else {
            self.accesses.get_mut(before).next = NONE;
        }
        let order = std::mem::take(&mut self.merging.order);
        for &slot in &order {
            if self.rules.queue_limit.is_some_and(|limit| self.queues[node.index()].queued >= limit) {
                self.queues[node.index()].joined -= 1;
                self.waits.full_nodes[node.index()] += 1;
                self.drop_slot(slot, DropReason::QueueFull);
            } else {
                self.append(slot, node);
            }
        }
        self.merging.order = order;
    }

    /// Puts an access back into a node's FIFO, ahead of those that joined in this tick, however full it is.
    pub(super) fn give_back(&mut self, slot: Slot, node: NodeId) {
        let queue = self.queues[node.index()];
        if queue.joined == 0 || queue.joined_in != self.now {
            return self.append(slot, node);
        }
        let next = if queue.before == NONE { queue.head } else { self.accesses.get(queue.before).next };
        if next == NONE {
            self.append(slot, node);
        } else {
            self.accesses.get_mut(slot).next = next;
            let queue = &mut self.queues[node.index()];
            queue.queued += 1;
            if queue.before == NONE {
                queue.head = slot;
            } else {
                let before = queue.before;
                self.accesses.get_mut(before).next = slot;
            }
        }
        self.queues[node.index()].before = slot;
    }
}
