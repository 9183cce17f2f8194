//! Which of the accesses that join a FIFO in the same tick goes first: chance decides, and nothing else.
//!
//! All orders that keep the order of each port are equally likely, whatever the numbers of nodes and ports. A FIFO that
//! is too short for all refuses the last ones of that order.

use super::access::{NONE, Slot};
use super::{DropReason, Fabric};
use crate::random::Keyed;
use crate::scenario::Tick;
use crate::topology::NodeId;

/// Number of the first draw for the order of accesses that enter and do not queue; those for a FIFO begin at 0.
pub(super) const NEW: u32 = 1 << 30;

/// Number of the first draw for whose turn it is, theirs or the FIFO's.
pub(super) const TURN: u32 = 1 << 31;

/// Nodes whose FIFOs have to be put in order this tick.
#[derive(Debug)]
pub(super) struct Merging {
    nodes: Vec<NodeId>,
    draws: Keyed,
    /// Scratch: those that joined, and the places that they get.
    joined: Vec<(u32, Slot)>,
    places: Vec<u32>,
    order: Vec<Slot>,
}

impl Merging {
    pub fn new(draws: Keyed) -> Self {
        Self { nodes: Vec::new(), draws, joined: Vec::new(), places: Vec::new(), order: Vec::new() }
    }

    /// The FIFO of a node has to be put in order.
    #[inline]
    pub fn note(&mut self, node: NodeId) {
        if self.nodes.last() != Some(&node) {
            self.nodes.push(node);
        }
    }

    /// Shuffles a list (Fisher and Yates), by the draws of a node in a tick from number `first` on.
    pub fn shuffle<T>(&self, list: &mut [T], node: NodeId, now: Tick, first: u32) {
        for (number, last) in (first..).zip((1..list.len()).rev()) {
            list.swap(last, self.draws.below(last as u32 + 1, node.0, now, number) as usize);
        }
    }

    /// Whether the next one is of the first of two lists that are merged, of which so many are left.
    #[inline]
    pub fn takes_first(&self, left: [u32; 2], node: NodeId, now: Tick, number: u32) -> bool {
        left[1] == 0 || left[0] > 0 && self.draws.below(left[0] + left[1], node.0, now, number) < left[0]
    }

    /// Fills `order` with `joined`, each with its port, or [`NONE`] if it is new.
    fn arrange(&mut self, node: NodeId, now: Tick) {
        // By port, so that nothing depends on the order in which nodes were served.
        self.joined.sort_by_key(|&(via, _)| via);
        self.places.clear();
        self.places.extend(0..self.joined.len() as u32);
        let mut places = std::mem::take(&mut self.places);
        self.shuffle(&mut places, node, now, 0);
        self.order.clear();
        self.order.resize(self.joined.len(), NONE);
        let mut start = 0;
        for of_port in self.joined.chunk_by(|a, b| a.0 == b.0 && a.0 != NONE) {
            let places = &mut places[start..start + of_port.len()];
            start += of_port.len();
            places.sort_unstable();
            for (&place, &(_, slot)) in places.iter().zip(of_port) {
                self.order[place as usize] = slot;
            }
        }
        self.places = places;
    }
}

impl Fabric {
    /// Puts those that joined FIFOs in this tick in a random order, and drops those that find no room; after the last
    /// one joined.
    pub fn merge(&mut self) {
        if self.merging.nodes.is_empty() {
            return;
        }
        let empty = Merging::new(self.merging.draws);
        let mut merging = std::mem::replace(&mut self.merging, empty);
        let mut nodes = std::mem::take(&mut merging.nodes);
        nodes.sort_unstable();
        nodes.dedup();
        for &node in &nodes {
            let queue = self.queues[node.index()];
            let (joined, before) = (queue.joined, queue.before);
            let mut slot = if before == NONE { queue.head } else { self.accesses.get(before).next };
            merging.joined.clear();
            while slot != NONE {
                let access = self.accesses.get(slot);
                merging.joined.push((access.via, slot));
                slot = access.next;
            }
            debug_assert_eq!(merging.joined.len() as u32, joined);
            merging.arrange(node, self.now);
            let queue = &mut self.queues[node.index()];
            queue.queued -= joined;
            queue.tail = before;
            if before == NONE {
                queue.head = NONE;
                self.busy[node.index() / 64] &= !(1 << (node.index() % 64));
            } else {
                self.accesses.get_mut(before).next = NONE;
            }
            for &slot in &merging.order {
                if self.rules.queue_limit.is_some_and(|limit| self.queues[node.index()].queued >= limit) {
                    self.queues[node.index()].joined -= 1;
                    self.drop_slot(slot, DropReason::QueueFull);
                } else {
                    self.append(slot, node);
                }
            }
        }
        nodes.clear();
        merging.nodes = nodes;
        self.merging = merging;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Three of one port and one each of two others: 5!/3! = 20 orders, each in a twentieth of all ticks.
    #[test]
    fn all_orders_that_keep_each_ports_own_are_equally_likely() {
        let mut merging = Merging::new(Keyed::new(3, "merge"));
        let mut seen: BTreeMap<Vec<Slot>, u32> = BTreeMap::new();
        for now in 0..20_000 {
            merging.joined = vec![(9, 3), (4, 0), (4, 1), (NONE, 4), (4, 2)];
            merging.arrange(NodeId(7), now);
            assert!(merging.order.iter().filter(|&&slot| slot < 3).is_sorted());
            *seen.entry(merging.order.clone()).or_default() += 1;
        }
        assert_eq!(seen.len(), 20);
        let chi2: f64 = seen.values().map(|&seen| (f64::from(seen) - 1000.0).powi(2) / 1000.0).sum();
        // 19 degrees of freedom: 43.8 is exceeded once in a thousand times.
        assert!(chi2 < 43.8, "{chi2}");
    }

    #[test]
    fn new_ones_are_not_kept_in_order_and_the_order_of_coming_does_not_matter() {
        let mut merging = Merging::new(Keyed::new(3, "merge"));
        let mut swapped = 0;
        for now in 0..1000 {
            merging.joined = vec![(NONE, 0), (NONE, 1), (2, 2), (5, 3)];
            merging.arrange(NodeId(7), now);
            swapped += u32::from(
                merging.order.iter().position(|&slot| slot == 1) < merging.order.iter().position(|&slot| slot == 0),
            );
            let order = merging.order.clone();
            merging.joined = vec![(5, 3), (2, 2), (NONE, 0), (NONE, 1)];
            merging.arrange(NodeId(7), now);
            assert_eq!(order, merging.order);
        }
        assert!((420..580).contains(&swapped), "{swapped}");
    }
}
