//! Which of the accesses that join a FIFO in the same tick goes first: chance decides, and nothing else.
//!
//! All orders that keep the order of each port are equally likely, whatever the numbers of nodes and ports.

use super::access::{NONE, Slot};
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
    pub(super) nodes: Vec<NodeId>,
    pub(super) draws: Keyed,
    /// Scratch: those that joined, and the places that they get.
    pub(super) joined: Vec<(u32, Slot)>,
    places: Vec<u32>,
    pub(super) order: Vec<Slot>,
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

    /// Whether two that joined a FIFO through such ports stay in order: what [`Self::arrange`] does with two.
    #[inline]
    pub fn keeps_order(&self, [first, second]: [u32; 2], node: NodeId, now: Tick) -> bool {
        if first == second && first != NONE {
            return true;
        }
        let is_swapped = self.draws.below(2, node.0, now, 0) == 0;
        is_swapped == (first > second)
    }

    /// Fills `order` with `joined`, each with its port, or [`NONE`] if it is new.
    pub(super) fn arrange(&mut self, node: NodeId, now: Tick) {
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
        let square = |x: f64| x * x;
        let chi2: f64 = seen.values().map(|&seen| square(f64::from(seen) - 1000.0) / 1000.0).sum();
        // 19 degrees of freedom: 43.8 is exceeded once in a thousand times.
        assert!(chi2 < 43.8, "{chi2}");
    }

    #[test]
    fn two_are_put_in_the_order_that_all_would_be() {
        let mut merging = Merging::new(Keyed::new(3, "merge"));
        for now in 0..100 {
            for vias in [[1, 2], [2, 1], [2, 2], [NONE, 1], [1, NONE], [NONE, NONE]] {
                merging.joined = vec![(vias[0], 0), (vias[1], 1)];
                merging.arrange(NodeId(7), now);
                assert_eq!(merging.keeps_order(vias, NodeId(7), now), merging.order == [0, 1], "{now} {vias:?}");
            }
        }
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
