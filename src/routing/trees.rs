//! Destination trees: the distance of every node to one target, kept for as many targets as memory allows, and repaired
//! when a link or wormhole opens, closes or changes its cost (Ramalingam and Reps, "An incremental algorithm for a
//! generalization of the shortest-path problem", Journal of Algorithms 21, 1996).
//!
//! A tree is kept without its edges: port p of node x lies on a shortest path to the target exactly if
//! `cost(p) + distance(to(p)) = distance(x)`, so that equal next hops need no storage. Costs may differ
//! by direction and may be zero. A cheaper link is propagated outwards from the ends that it brings nearer. For a more
//! expensive one, the nodes that lose their last support are found in the order of their distances, and only they are
//! computed again, from their neighbours that keep theirs. A node is supported by a port of positive cost on a shortest
//! path to a node that keeps its distance; ports of zero cost do not count, so that a cycle of them cannot support
//! itself, and more nodes than needed may be computed again there.
//!
//! Between two queries, repairs of a tree settle no more nodes than computing it anew would; beyond that it is
//! discarded until the next query.

use super::fields::{IncomingLinks, grow, on_shortest_path, settle};
use super::heap::Heap;
use super::link_change::{DirectionChange, LinkChange};
use super::route::Route;
use super::view::UNREACHED;
use super::view::View;
use crate::fabric::access::NONE;

/// Work on a tree that is not kept.
const DISCARDED: u32 = u32::MAX;

/// Where a target's tree is.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// Place of its distances, or [`NONE`].
    place: u32,
    /// Nodes settled by repairs since the last query, or [`DISCARDED`].
    work: u32,
}

/// Trees of the targets that were computed last, at least one. Slots by target do not count towards the limit.
#[derive(Debug)]
pub struct Trees {
    nodes: usize,
    slots: Vec<Slot>,
    target_in: Vec<u32>,
    distances: Vec<u32>,
    max_trees: usize,
    next: usize,
    heap: Heap,
    /// Scratch: nodes that a repair computes again.
    affected: Vec<u32>,
    /// Scratch: nodes at equal distance as (node, port it was reached by, place of the node before).
    plateau: Vec<(u32, u32, u32)>,
}

impl Trees {
    /// Room for the trees of `nodes` targets within `memory_limit` bytes, at least one.
    pub fn new(nodes: usize, memory_limit: u64) -> Self {
        let max_trees = (memory_limit / (4 * nodes as u64)).clamp(1, nodes as u64) as usize;
        Self {
            nodes,
            slots: vec![Slot { place: NONE, work: DISCARDED }; nodes],
            target_in: Vec::new(),
            distances: Vec::new(),
            max_trees,
            next: 0,
            heap: Heap::default(),
            affected: Vec::new(),
            plateau: Vec::new(),
        }
    }

    /// Distance to `target` by node, [`UNREACHED`] without a path. `view` is the one that changes were applied to.
    #[inline]
    pub fn distances(&mut self, target: u32, view: &impl IncomingLinks) -> &[u32] {
        if !self.keeps(target) {
            self.compute(target, view);
        }
        let slot = &mut self.slots[target as usize];
        slot.work = 0;
        &self.distances[slot.place as usize * self.nodes..][..self.nodes]
    }

    /// Whether the tree of `target` is kept.
    pub fn keeps(&self, target: u32) -> bool {
        self.slots[target as usize].work != DISCARDED
    }

    /// Discards all trees, after changes that they did not follow.
    pub fn forget(&mut self) {
        for &target in &self.target_in {
            self.slots[target as usize].work = DISCARDED;
        }
    }

    #[cold]
    fn compute(&mut self, target: u32, view: &impl IncomingLinks) {
        let slot = &mut self.slots[target as usize];
        if slot.place == NONE && self.target_in.len() < self.max_trees {
            slot.place = self.target_in.len() as u32;
            self.target_in.push(target);
            self.distances.resize(self.target_in.len() * self.nodes, UNREACHED);
        } else if slot.place == NONE {
            slot.place = self.next as u32;
            let oldest = std::mem::replace(&mut self.target_in[self.next], target);
            self.slots[oldest as usize] = Slot { place: NONE, work: DISCARDED };
            self.next = (self.next + 1) % self.max_trees;
        }
        let place = self.slots[target as usize].place as usize;
        let distances = &mut self.distances[place * self.nodes..][..self.nodes];
        distances.fill(UNREACHED);
        grow(&[target], view, distances, &mut self.heap, |_, _| true);
    }

    /// Memory, bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Slot>() * self.slots.len() + size_of::<u32>() * (self.distances.capacity() + self.target_in.len())
    }

    /// Repairs all trees after a change of `view`.
    pub fn follow(&mut self, view: &View, change: &LinkChange) {
        if change.before == change.after {
            return;
        }
        for (&target, distances) in self.target_in.iter().zip(self.distances.chunks_exact_mut(self.nodes)) {
            let slot = &mut self.slots[target as usize];
            if slot.work == DISCARDED {
                continue;
            }
            let allowed = self.nodes as u32 - slot.work;
            let dearer = (0..2).any(|side| change.after[side] > change.before[side]);
            let cheaper = (0..2).any(|side| change.after[side] < change.before[side]);
            let mut work = Some(0);
            if dearer {
                work = propagate_increase(view, target, change, distances, &mut self.heap, &mut self.affected, allowed);
            }
            if cheaper {
                work = work.filter(|&work| work <= allowed).and_then(|work| {
                    Some(work + propagate_decrease(view, change, distances, &mut self.heap, allowed - work)?)
                });
            }
            slot.work = work.map_or(DISCARDED, |work| slot.work + work);
        }
    }

    /// Writes a shortest path from `from` to `target` to `route`, and returns its cost; `None` without a path. The
    /// first of equal ports is taken.
    pub fn route(&mut self, view: &View, from: u32, target: u32, route: &mut Route) -> Option<u32> {
        route.start(from);
        self.distances(target, view);
        let distances = &self.distances[self.slots[target as usize].place as usize * self.nodes..][..self.nodes];
        route.cost = distances[from as usize];
        if route.cost == UNREACHED {
            return None;
        }
        let mut x = from;
        while x != target {
            if let Some((port, y)) = downhill(view, distances, x) {
                route.ports.push(port);
                route.nodes.push(y);
                x = y;
            } else {
                x = cross(view, distances, x, target, &mut self.plateau, route);
            }
        }
        Some(route.cost)
    }
}

/// The first port of `x` on a shortest path to a node nearer to the target.
#[inline]
fn downhill(view: &View, distances: &[u32], x: u32) -> Option<(u32, u32)> {
    let here = distances[x as usize];
    let mut ports = view.ports(x);
    ports.find(|&(_, y, cost)| cost > 0 && on_shortest_path(distances, here, y, cost)).map(|(port, y, _)| (port, y))
}

/// Extends the route from `x` over the fewest ports of zero cost to the target or to a node with a port downhill, which
/// is returned.
#[cold]
fn cross(
    view: &View,
    distances: &[u32],
    x: u32,
    target: u32,
    plateau: &mut Vec<(u32, u32, u32)>,
    route: &mut Route,
) -> u32 {
    plateau.clear();
    plateau.push((x, NONE, NONE));
    let mut at = 0;
    // Nodes at equal distance include the target or one with a port downhill, or their distances would be wrong.
    while plateau[at].0 != target && downhill(view, distances, plateau[at].0).is_none() {
        // Where a link costs nothing in one direction only, it may lead away.
        let level = |&(_, y, cost): &(u32, u32, u32)| cost == 0 && distances[y as usize] == distances[x as usize];
        for (port, y, _) in view.ports(plateau[at].0).filter(level) {
            if plateau.iter().all(|&(seen, ..)| seen != y) {
                plateau.push((y, port, at as u32));
            }
        }
        at += 1;
    }
    let (start, end) = (route.ports.len(), plateau[at].0);
    while plateau[at].1 != NONE {
        let (y, port, before) = plateau[at];
        route.ports.push(port);
        route.nodes.push(y);
        at = before as usize;
    }
    route.ports[start..].reverse();
    route.nodes[start + 1..].reverse();
    end
}

/// Propagates a link that got cheaper. Returns how many nodes were settled, `None` if too many.
fn propagate_decrease(
    view: &View,
    change: &LinkChange,
    distances: &mut [u32],
    heap: &mut Heap,
    allowed: u32,
) -> Option<u32> {
    heap.clear();
    for DirectionChange { ends: [x, y], after, .. } in change.directions() {
        let through = distances[y as usize].saturating_add(after);
        if through < distances[x as usize] {
            distances[x as usize] = through;
            heap.push(through, x);
        }
    }
    let mut work = 0;
    settle(view, distances, heap, |_, _| {
        work += 1;
        work <= allowed
    });
    (work <= allowed).then_some(work)
}

/// Computes the nodes again that lost the support of a link that got more expensive or closed. Returns how many were
/// visited or settled, `None` if too many.
fn propagate_increase(
    view: &View,
    target: u32,
    change: &LinkChange,
    distances: &mut [u32],
    heap: &mut Heap,
    affected: &mut Vec<u32>,
    allowed: u32,
) -> Option<u32> {
    heap.clear();
    affected.clear();
    // Of a direction that got cheaper too: the node that it led from may lose the one that it led to.
    for DirectionChange { ends: [x, y], before, .. } in change.directions() {
        let here = distances[x as usize];
        if x != target && here != UNREACHED && on_shortest_path(distances, here, y, before) {
            heap.push(here, x);
        }
    }
    let mut work = 0;
    while let Some((here, x)) = heap.pop() {
        work += 1;
        if distances[x as usize] == UNREACHED || downhill(view, distances, x).is_some() {
            continue;
        }
        if work > allowed {
            return None;
        }
        distances[x as usize] = UNREACHED;
        affected.push(x);
        for (y, cost) in view.incoming(x) {
            let there = distances[y as usize];
            if y != target && there != UNREACHED && here.checked_add(cost) == Some(there) {
                heap.push(there, y);
            }
        }
    }
    for &x in affected.iter() {
        let through = view.ports(x).map(|(_, y, cost)| distances[y as usize].saturating_add(cost)).min();
        if let Some(through) = through.filter(|&through| through != UNREACHED) {
            distances[x as usize] = through;
            heap.push(through, x);
        }
    }
    settle(view, distances, heap, |_, _| {
        work += 1;
        work <= allowed
    });
    (work <= allowed).then_some(work)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;
    use crate::routing::changing_network::ChangingNetwork;

    /// All kept trees after every change; sparse networks fall apart, costs below 1 and 3 make plateaus and ties.
    #[test]
    fn repaired_trees_equal_fresh_ones_after_every_change() {
        let (mut rng, mut route, mut kept) = (stream(31, "test"), Route::default(), 0);
        for round in 0..100 {
            let nodes = 2 * rng.random_range(2..20);
            let links = rng.random_range(nodes / 2..2 * nodes);
            let (mut network, mut view) = ChangingNetwork::new(nodes, links, [1, 3, 10, 1000][round % 4], &mut rng);
            let max_trees = rng.random_range(1..=nodes as usize);
            let mut trees = Trees::new(nodes as usize, 4 * (nodes as usize * max_trees) as u64);
            for _ in 0..100 {
                let link = view.apply(&network.step(&mut rng));
                trees.follow(&view, &link);
                for place in 0..trees.target_in.len() {
                    let target = trees.target_in[place];
                    if trees.keeps(target) {
                        let got = &trees.distances[place * nodes as usize..][..nodes as usize];
                        assert_eq!(got, network.distances(target, |link| link.cost), "to {target}");
                        kept += 1;
                    }
                }
                for _ in 0..3 {
                    let (from, target) = (rng.random_range(0..nodes), rng.random_range(0..nodes));
                    let expected = network.distances(target, |link| link.cost)[from as usize];
                    let cost = trees.route(&view, from, target, &mut route);
                    assert_eq!(cost, (expected != UNREACHED).then_some(expected), "{from} to {target}");
                    if cost.is_some() {
                        assert_eq!(network.cost(&route, |link| link.cost), Some(expected));
                        assert_eq!(route.cost, expected);
                        assert_eq!([route.nodes[0], route.nodes[route.nodes.len() - 1]], [from, target]);
                    }
                }
                assert!(trees.target_in.len() <= max_trees, "memory is limited");
            }
        }
        assert!(kept > 50_000, "trees are kept through changes: {kept}");
    }

    #[test]
    fn a_tree_that_is_not_queried_is_not_repaired_for_ever() {
        // A path of ten nodes whose first link flaps: each flap moves nine of them.
        let links: Vec<(u32, u32, u32)> = (0..9).map(|x| (x, x + 1, 1)).collect();
        let mut view = View::of_links(10, &links);
        let mut trees = Trees::new(10, 4000);
        assert_eq!(trees.distances(0, &view)[9], 9);
        let link = view.set_cost([0, 1], 0).unwrap();
        trees.follow(&view, &link);
        assert_eq!(trees.slots[0].work, 9);
        assert_eq!(trees.distances(0, &view)[9], 8, "queried, it is kept");
        let link = view.set_cost([0, 1], 1).unwrap();
        trees.follow(&view, &link);
        assert_eq!(trees.slots[0].work, DISCARDED, "to find and to settle nine nodes is more than to settle ten");
        assert_eq!(trees.distances(0, &view)[9], 9);
    }
}
