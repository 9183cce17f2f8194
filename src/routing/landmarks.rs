//! Landmarks: distances from a few nodes to all others, which bound every distance from below.
//!
//! For a landmark L, |d(L,t) − d(L,v)| ≤ d(v,t) (triangle inequality; costs are the same in both directions).
//!
//! # Why the bounds stay valid while the network changes
//!
//! All that a bound needs of a table D is |D(v) − D(w)| ≤ cost(v,w) along every open link: it is then consistent, and
//! admissible, since along any path from v to t the differences add up to at least |D(t) − D(v)|. A fresh table has this
//! property. A link that closes or gets dearer takes a condition away or loosens it, and nothing need be done. One that
//! opens or gets cheaper may break it at its ends, and lowering entries along open links until none is broken restores
//! it. Tables that only ever get lower are looser than exact ones; after [`REFRESH_AFTER`] changes that lowered nothing
//! they are computed afresh.

use super::heap::Heap;
use super::repriced::Repriced;
use super::search::{Tree, UNREACHED};
use super::view::View;

/// Number of landmarks; their distances to a node fill one cache line.
pub const LANDMARKS: usize = 16;

/// Changes that may have loosened the bounds before the tables are computed afresh.
pub const REFRESH_AFTER: u32 = 256;

/// Distances from all landmarks to a node.
pub type Row = [u32; LANDMARKS];

/// The tables.
#[derive(Debug)]
pub struct Landmarks {
    nodes: Vec<u32>,
    rows: Vec<Row>,
    loosened: u32,
    heap: Heap,
    tree: Tree,
}

impl Landmarks {
    /// Landmarks of a view, each as far from those before it as can be; nodes out of reach of all count as farthest.
    pub fn new(view: &View) -> Self {
        let rows = vec![[UNREACHED; LANDMARKS]; view.nodes()];
        let mut all = Self { nodes: Vec::new(), rows, loosened: 0, heap: Heap::default(), tree: Tree::default() };
        all.refresh(view);
        all
    }

    /// Chooses and computes again.
    fn refresh(&mut self, view: &View) {
        let mut nearest = vec![UNREACHED; view.nodes()];
        self.nodes.clear();
        self.measure(view, 0);
        let mut next = farthest(&self.tree, view.nodes());
        for i in 0..LANDMARKS {
            self.nodes.push(next);
            self.measure(view, next);
            for (x, near) in nearest.iter_mut().enumerate() {
                self.rows[x][i] = self.tree.distance(x as u32);
                *near = (*near).min(self.rows[x][i]);
            }
            next = (0..view.nodes() as u32).rev().max_by_key(|&x| nearest[x as usize]).unwrap_or(0);
        }
        self.loosened = 0;
    }

    fn measure(&mut self, view: &View, from: u32) {
        self.tree.start(view, from);
        self.tree.grow(view, |_| false);
    }

    /// Distances from the landmarks to `node`.
    #[inline]
    pub fn row(&self, node: u32) -> &Row {
        &self.rows[node as usize]
    }

    /// A lower bound of the distance from `node` to the one of `row`.
    #[inline]
    pub fn bound(&self, node: u32, row: &Row) -> u32 {
        self.row(node).iter().zip(row).fold(0, |most, (&a, &b)| most.max(a.abs_diff(b)))
    }

    /// Follows a change of `view`.
    pub fn follow(&mut self, view: &View, link: &Repriced) {
        let mut lowered = false;
        if link.after != UNREACHED {
            (0..LANDMARKS).for_each(|i| lowered |= self.lower(view, i, link));
        }
        self.loosened += u32::from(!lowered);
        if self.loosened == REFRESH_AFTER {
            self.refresh(view);
        }
    }

    /// Propagates what a link brings nearer to landmark `i`; whether that is anything.
    fn lower(&mut self, view: &View, i: usize, link: &Repriced) -> bool {
        for [a, b] in link.directions() {
            let through = self.rows[a as usize][i].saturating_add(link.after);
            if through < self.rows[b as usize][i] {
                self.rows[b as usize][i] = through;
                self.heap.push(through, b);
            }
        }
        let lowered = self.heap.len() > 0;
        while let Some((distance, x)) = self.heap.pop() {
            if distance > self.rows[x as usize][i] {
                continue;
            }
            for edge in view.edges(x).1 {
                let through = distance.saturating_add(edge.cost);
                if through < self.rows[edge.to as usize][i] {
                    self.rows[edge.to as usize][i] = through;
                    self.heap.push(through, edge.to);
                }
            }
        }
        lowered
    }

    /// Memory, bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Row>() * self.rows.len()
    }
}

/// The node of largest distance in a tree, those not reached first, the least number among equals.
fn farthest(tree: &Tree, nodes: usize) -> u32 {
    (0..nodes as u32).rev().max_by_key(|&x| tree.distance(x)).unwrap_or(0)
}
