//! The alternating tree that settles one free node.
//!
//! The tree grows from a free node along edges of slack 0. Sets at an even distance from the root are *outer*, those
//! at an odd distance *inner*; both are outermost sets. As the clock of the search runs, duals of outer nodes fall by
//! one a tick and those of inner nodes rise by one; duals of outer blossoms rise by two and those of inner blossoms
//! fall by two. So slacks inside the tree stay, and every event can be dated when it is first seen:
//!
//! - an edge from an outer node to a node outside the tree meets (slack 0): the tree grows by two sets;
//! - an edge between two outer sets meets: the cycle it closes becomes an outer blossom;
//! - the dual of an inner blossom is 0: it is opened;
//! - an outer node reaches a free set, or its dual is 0: the search ends, and mates are swapped along the tree.
//!
//! Only the earliest end is kept, and no event that is not before it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::duals::{Duals, Label};
use super::forest::{Forest, Part, flip, split_at_entry};
use super::graph::Graph;

/// What the search knows of a set.
#[derive(Clone, Default)]
struct Set {
    /// Of an inner set: the edge by which the tree reached it, from the outer node to the node in the set.
    entry: (usize, usize),
    /// The last walk to a common ancestor that came by.
    walk: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// An edge, by number, has slack 0.
    Meet(u32),
    /// An inner blossom has dual 0.
    Open(usize),
}

/// How a search ends: `node`, which is outer, is matched to `partner` or left free.
#[derive(Clone, Copy)]
struct End {
    time: i64,
    node: usize,
    partner: Option<usize>,
}

/// The whole state; between searches no node is in the tree and all duals are true.
pub struct Search<'a> {
    graph: &'a Graph,
    pub forest: Forest,
    pub duals: Duals,
    sets: Vec<Set>,
    walks: u64,
    /// Sets that were outer or inner in this search.
    tree: Vec<usize>,
    events: BinaryHeap<Reverse<(i64, Event)>>,
    clock: i64,
    end: End,
}

impl<'a> Search<'a> {
    /// The empty matching. Each dual is the heaviest weight at the node, in half units, so no slack is negative.
    pub fn new(graph: &'a Graph) -> Self {
        let heaviest = |node| graph.arcs(node).iter().map(|arc| arc.weight).max().unwrap_or(0);
        Self {
            graph,
            forest: Forest::new(graph.nodes()),
            duals: Duals::new((0..graph.nodes()).map(heaviest)),
            sets: vec![Set::default(); graph.nodes()],
            walks: 0,
            tree: Vec::new(),
            events: BinaryHeap::new(),
            clock: 0,
            end: End { time: 0, node: 0, partner: None },
        }
    }

    pub fn mates(&self) -> Vec<Option<u32>> {
        self.forest.mate.iter().map(|mate| mate.map(|node| node as u32)).collect()
    }

    /// Settles every node. One that was settled is matched or has dual 0, and stays so.
    pub fn settle_all(&mut self) {
        for root in 0..self.graph.nodes() {
            if self.forest.mate[root].is_none() && self.duals.of_node(root) > 0 {
                self.settle(root);
            }
        }
    }

    /// Grows a tree from a free node until the node is matched or a node of dual 0 is free in its place.
    fn settle(&mut self, root: usize) {
        self.clock = 0;
        self.events.clear();
        self.end = End { time: self.duals.of_node(root), node: root, partner: None };
        self.add_outer(self.duals.top(root));
        while let Some(Reverse((time, event))) = self.events.pop()
            && time < self.end.time
        {
            self.clock = time;
            match event {
                Event::Meet(edge) => self.meet(edge),
                Event::Open(blossom) => self.open(blossom),
            }
        }
        self.clock = self.end.time;
        self.swap_mates();
        self.leave_tree();
    }

    fn label(&self, set: usize) -> Label {
        self.duals.label(self.forest.base(set))
    }

    fn relabel(&mut self, set: usize, label: Label) {
        self.duals.relabel(self.forest.base(set), label, self.clock);
    }

    fn add_outer(&mut self, set: usize) {
        self.relabel(set, Label::Outer);
        self.tree.push(set);
        self.scan_set(set);
    }

    fn add_inner(&mut self, set: usize, entry: (usize, usize)) {
        self.relabel(set, Label::Inner);
        self.tree.push(set);
        self.sets[set].entry = entry;
        if self.forest.is_blossom(set) {
            self.schedule(self.duals.of_blossom(set) / 2, Event::Open(set));
        }
    }

    fn schedule(&mut self, time: i64, event: Event) {
        if time < self.end.time {
            self.events.push(Reverse((time, event)));
        }
    }

    fn end_with(&mut self, time: i64, node: usize, partner: Option<usize>) {
        if time < self.end.time {
            self.end = End { time, node, partner };
        }
    }

    fn scan_set(&mut self, set: usize) {
        for node in self.forest.nodes_of(set) {
            self.scan(node);
        }
    }

    /// Dates what can happen to a node that has just become outer, or left the tree.
    fn scan(&mut self, node: usize) {
        if self.duals.label(node) == Label::Outer {
            self.end_with(self.duals.of_node(node), node, None);
        }
        for &arc in self.graph.arcs(node) {
            let neighbour = arc.neighbour as usize;
            let Some(time) = self.duals.meeting_time(node, neighbour, arc.weight) else { continue };
            if time >= self.end.time {
                continue;
            }
            let outside = self.duals.label(neighbour) == Label::Outside;
            if outside && self.forest.partner(self.duals.top(neighbour)).is_none() {
                self.end_with(time, node, Some(neighbour));
            } else {
                self.schedule(time, Event::Meet(arc.edge));
            }
        }
    }

    /// Acts on an edge of slack 0, unless labels have changed since the event was dated: then they dated it anew.
    fn meet(&mut self, edge: u32) {
        let (u, v, weight) = self.graph.edges[edge as usize];
        let (u, v) = (u as usize, v as usize);
        if self.duals.meeting_time(u, v, weight) != Some(self.clock) {
            return;
        }
        match (self.duals.label(u), self.duals.label(v)) {
            (Label::Outer, Label::Outer) => self.shrink(u, v),
            (Label::Outer, _) => self.grow(u, v),
            _ => self.grow(v, u),
        }
    }

    /// Adds the set that holds `node`, and the set it is matched to.
    fn grow(&mut self, outer: usize, node: usize) {
        let inner = self.duals.top(node);
        self.add_inner(inner, (outer, node));
        let partner = self.forest.partner(inner).expect("a free set is an end, not an event");
        self.add_outer(self.duals.top(partner));
    }

    /// Makes a blossom of the cycle that an edge between two outer sets closes.
    fn shrink(&mut self, u: usize, v: usize) {
        let cycle = self.closed_cycle(u, v);
        let mut fresh = Vec::new();
        for part in &cycle {
            if self.label(part.set) == Label::Inner {
                self.relabel(part.set, Label::Outer);
                fresh.extend(self.forest.nodes_of(part.set));
            }
        }
        let blossom = self.forest.form(cycle);
        self.sets.resize(self.forest.sets(), Set::default());
        self.duals.merge(&self.forest, blossom, self.clock);
        self.tree.push(blossom);
        for node in fresh {
            self.scan(node);
        }
    }

    /// The cycle that the edge `u`-`v` closes, from its set nearest to the root.
    fn closed_cycle(&mut self, u: usize, v: usize) -> Vec<Part> {
        let apex = self.common_ancestor(u, v);
        let mut cycle = Vec::new();
        let mut set = apex;
        for part in self.path_up(u, apex).into_iter().rev() {
            cycle.push(Part { set, link: flip(part.link) });
            set = part.set;
        }
        cycle.push(Part { set, link: (u, v) });
        cycle.extend(self.path_up(v, apex));
        cycle
    }

    /// An outer set and the inner set above it, each with its link upwards, and the outer node these lead to. `None`
    /// for the root.
    fn step_up(&self, outer: usize) -> Option<([Part; 2], usize)> {
        let partner = self.forest.partner(outer)?;
        let inner = self.duals.top(partner);
        let (above, entered) = self.sets[inner].entry;
        let lower = Part { set: outer, link: (self.forest.base(outer), partner) };
        let upper = Part { set: inner, link: (entered, above) };
        Some(([lower, upper], above))
    }

    /// The sets from that of `node` up to `apex`, which is not among them.
    fn path_up(&self, node: usize, apex: usize) -> Vec<Part> {
        let mut path = Vec::new();
        let mut set = self.duals.top(node);
        while set != apex {
            let (parts, above) = self.step_up(set).expect("the apex is above the node");
            path.extend(parts);
            set = self.duals.top(above);
        }
        path
    }

    /// The lowest outer set above two outer nodes. Both ways up are walked in turns, so the cost is that of the cycle.
    fn common_ancestor(&mut self, u: usize, v: usize) -> usize {
        self.walks += 1;
        let (mut here, mut other) = (Some(self.duals.top(u)), Some(self.duals.top(v)));
        loop {
            if let Some(set) = here {
                if self.sets[set].walk == self.walks {
                    return set;
                }
                self.sets[set].walk = self.walks;
                here = self.step_up(set).map(|(_, above)| self.duals.top(above));
            }
            std::mem::swap(&mut here, &mut other);
        }
    }

    /// Opens a blossom of dual 0, unless it is inside an outer one by now. The even way round, from the entry to the
    /// base, stays in the tree.
    fn open(&mut self, blossom: usize) {
        if !self.forest.is_outermost(blossom) || self.label(blossom) != Label::Inner {
            return;
        }
        assert_eq!(self.duals.of_blossom(blossom), 2 * self.clock, "an inner blossom is opened when its dual is 0");
        self.relabel(blossom, Label::Outside);
        let mut entry = self.sets[blossom].entry;
        let cycle = self.forest.dissolve(blossom);
        self.duals.split(&self.forest, &cycle);
        let (way, outside) = split_at_entry(cycle, self.duals.top(entry.1));
        for (index, part) in way.iter().enumerate() {
            if index % 2 == 0 {
                self.add_inner(part.set, entry);
            } else {
                self.add_outer(part.set);
                entry = part.link;
            }
        }
        for set in outside {
            self.scan_set(set);
        }
    }

    /// Swaps matched and unmatched edges from the end of the search up to the root.
    fn swap_mates(&mut self) {
        let End { mut node, mut partner, .. } = self.end;
        if let Some(reached) = partner {
            self.rematch(reached, Some(node));
        }
        loop {
            let step = self.step_up(self.duals.top(node));
            self.rematch(node, partner);
            let Some(([_, inner], above)) = step else { return };
            let entered = inner.link.0;
            self.rematch(entered, Some(above));
            (node, partner) = (above, Some(entered));
        }
    }

    /// Gives a node a mate outside its outermost set.
    fn rematch(&mut self, node: usize, mate: Option<usize>) {
        self.forest.rebase(self.duals.top(node), node);
        self.forest.mate[node] = mate;
    }

    fn leave_tree(&mut self) {
        while let Some(set) = self.tree.pop() {
            if self.forest.is_outermost(set) {
                self.relabel(set, Label::Outside);
            }
        }
    }
}
