//! One direction of a search by Dijkstra's algorithm: what every exact algorithm here is made of.
//!
//! Scratch space is used again: starting touches only what the last search reached.

use super::heap::Heap;
use super::route::Route;
use super::view::View;
use crate::fabric::access::NONE;

/// Distance of nodes without a path, and cost of closed links.
pub const UNREACHED: u32 = u32::MAX;

/// What a search knows of a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    pub distance: u32,
    /// The port that leads here from the node before, or [`NONE`] at the start.
    pub port: u32,
}

const UNKNOWN: Label = Label { distance: UNREACHED, port: NONE };

/// A tree of best paths known so far, and the nodes at its edge.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub labels: Vec<Label>,
    touched: Vec<u32>,
    pub heap: Heap,
}

impl Tree {
    /// Forgets the last search, and knows nothing yet of the nodes of `view`.
    pub fn reset(&mut self, view: &View) {
        for node in self.touched.drain(..) {
            self.labels[node as usize] = UNKNOWN;
        }
        self.labels.resize(view.nodes(), UNKNOWN);
        self.heap.clear();
    }

    /// A new search from `from`.
    pub fn start(&mut self, view: &View, from: u32) {
        self.reset(view);
        self.improve(from, 0, NONE);
        self.heap.push(0, from);
    }

    #[inline]
    pub fn distance(&self, node: u32) -> u32 {
        self.labels[node as usize].distance
    }

    /// Takes note of a better way to `node`.
    #[inline]
    pub fn improve(&mut self, node: u32, distance: u32, port: u32) {
        let label = &mut self.labels[node as usize];
        if label.distance == UNREACHED {
            self.touched.push(node);
        }
        *label = Label { distance, port };
    }

    /// Settles nodes in the order of their distances until `done` holds for one, which is not expanded.
    #[inline]
    pub fn grow(&mut self, view: &View, mut done: impl FnMut(u32) -> bool) {
        while let Some((distance, x)) = self.heap.pop() {
            if distance > self.distance(x) {
                continue;
            }
            if done(x) {
                return;
            }
            let (first, edges) = view.edges(x);
            for (port, edge) in (first..).zip(edges) {
                let through = distance.saturating_add(edge.cost);
                if through < self.distance(edge.to) {
                    self.improve(edge.to, through, port);
                    self.heap.push(through, edge.to);
                }
            }
        }
    }

    /// Appends the way from `node` back to the start.
    #[inline]
    pub fn back(&self, view: &View, node: u32, route: &mut Route) {
        let mut port = self.labels[node as usize].port;
        while port != NONE {
            let back = view.twin(port);
            route.take(view, back);
            port = self.labels[view.to(back) as usize].port;
        }
    }
}
