//! Landmarks: distances from a few nodes to all others, which bound every distance from below.
//!
//! For a landmark L, d(L,t) − d(L,v) ≤ d(v,t) and d(v,L) − d(t,L) ≤ d(v,t) (triangle inequality). Where costs are the
//! same in both directions, one distance serves for both. Bounds hold in the network that the distances were computed
//! on, and not after a change of it.

use super::search::Tree;
use super::view::UNREACHED;
use super::view::{View, Way};

/// Number of landmarks; their distances to a node fill one cache line.
pub const LANDMARKS: usize = 16;

/// Distances from all landmarks to a node.
pub type Row = [u32; LANDMARKS];

/// Distances of one node from all landmarks and to them.
#[derive(Debug, Clone, Copy)]
pub struct End {
    row: Row,
    back: Row,
}

/// Distances by node.
#[derive(Debug)]
pub struct Landmarks {
    /// Distances from landmarks to each node.
    rows: Vec<Row>,
    /// Distances from each node to landmarks; empty if they are the same.
    back: Vec<Row>,
}

impl Landmarks {
    /// Landmarks of a view, each as far from those before it as can be; nodes out of reach of all count as farthest.
    pub fn new(view: &View) -> Self {
        let mut rows = vec![[UNREACHED; LANDMARKS]; view.nodes()];
        let mut nearest = vec![UNREACHED; view.nodes()];
        let mut tree = Tree::default();
        let mut measure = |from: u32, way: Way| -> Vec<u32> {
            tree.start(view, from);
            tree.grow(view, way, |_| false);
            tree.labels.iter().map(|label| label.distance).collect()
        };
        let mut back = if view.is_symmetric() { Vec::new() } else { rows.clone() };
        let mut next = farthest(&measure(0, Way::Along));
        for landmark in 0..LANDMARKS {
            for ((row, nearest), distance) in rows.iter_mut().zip(&mut nearest).zip(measure(next, Way::Along)) {
                row[landmark] = distance;
                *nearest = (*nearest).min(distance);
            }
            if !back.is_empty() {
                back.iter_mut().zip(measure(next, Way::Against)).for_each(|(row, distance)| row[landmark] = distance);
            }
            next = farthest(&nearest);
        }
        Self { rows, back }
    }

    /// What bounds the distances from and to `node`.
    #[inline]
    pub fn end(&self, node: u32) -> End {
        let back = if self.back.is_empty() { [UNREACHED; LANDMARKS] } else { self.back[node as usize] };
        End { row: self.rows[node as usize], back }
    }

    /// A lower bound of the distance from `node` to `end`, or from `end` to `node` against the ports.
    #[inline]
    pub(super) fn bound(&self, node: u32, end: &End, way: Way) -> u32 {
        let row = &self.rows[node as usize];
        if self.back.is_empty() {
            return row.iter().zip(&end.row).fold(0, |bound, (&a, &b)| bound.max(a.abs_diff(b)));
        }
        let here = (row, &self.back[node as usize]);
        let there = (&end.row, &end.back);
        let (from, to) = if way == Way::Along { (here, there) } else { (there, here) };
        let mut bound = 0;
        for landmark in 0..LANDMARKS {
            bound = bound.max(to.0[landmark].saturating_sub(from.0[landmark]));
            bound = bound.max(from.1[landmark].saturating_sub(to.1[landmark]));
        }
        bound
    }

    /// Memory, bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Row>() * (self.rows.len() + self.back.len())
    }
}

/// The node at the largest distance, those not reached first, the least number among equals.
fn farthest(distances: &[u32]) -> u32 {
    (0..distances.len() as u32).rev().max_by_key(|&x| distances[x as usize]).unwrap_or(0)
}
