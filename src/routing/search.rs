//! A shortest-path tree that grows by Dijkstra's algorithm, the part that all exact algorithms share.
//!
//! Scratch space is reused: starting touches only what the last search reached.

use super::heap::Heap;
use super::route::Route;
use super::view::{UNREACHED, View, Way};
use crate::fabric::access::NONE;

/// A node's distance and the port that it was reached by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    pub distance: u32,
    /// The port that the node before leads here by, or [`NONE`] at the start. A search against the ports goes to a node
    /// by the twin of the port that paths take.
    pub port: u32,
}

const UNKNOWN: Label = Label { distance: UNREACHED, port: NONE };

/// The best paths found so far, and the queue of nodes to settle.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub labels: Vec<Label>,
    touched: Vec<u32>,
    pub heap: Heap,
}

impl Tree {
    /// Clears the last search, and makes room for the nodes of `view`.
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

    /// Records a better path to `node`.
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
    pub fn grow(&mut self, view: &View, way: Way, mut done: impl FnMut(u32) -> bool) {
        while let Some((distance, x)) = self.heap.pop() {
            if distance > self.distance(x) {
                continue;
            }
            if done(x) {
                return;
            }
            let (first, edges) = view.edges_by(way, x);
            for (port, edge) in (first..).zip(edges) {
                let through = distance.saturating_add(edge.cost);
                if through < self.distance(edge.to) {
                    self.improve(edge.to, through, port);
                    self.heap.push(through, edge.to);
                }
            }
        }
    }

    /// Appends the path from `node` back to the start.
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
