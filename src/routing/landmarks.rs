//! Landmarks: distances from a few nodes to all others, which bound every distance from below.
//!
//! For a landmark L, |d(L,t) − d(L,v)| ≤ d(v,t) (triangle inequality; costs are the same in both directions). Bounds
//! hold in the network that the distances were computed on, and not after a change of it.

use super::search::Tree;
use super::view::UNREACHED;
use super::view::View;

/// Number of landmarks; their distances to a node fill one cache line.
pub const LANDMARKS: usize = 16;

/// Distances from all landmarks to a node.
pub type Row = [u32; LANDMARKS];

/// Distances by node.
#[derive(Debug)]
pub struct Landmarks {
    rows: Vec<Row>,
}

impl Landmarks {
    /// Landmarks of a view, each as far from those before it as can be; nodes out of reach of all count as farthest.
    pub fn new(view: &View) -> Self {
        let mut rows = vec![[UNREACHED; LANDMARKS]; view.nodes()];
        let mut nearest = vec![UNREACHED; view.nodes()];
        let mut tree = Tree::default();
        let mut measure = |from: u32| -> Vec<u32> {
            tree.start(view, from);
            tree.grow(view, |_| false);
            tree.labels.iter().map(|label| label.distance).collect()
        };
        let mut next = farthest(&measure(0));
        for landmark in 0..LANDMARKS {
            for ((row, nearest), distance) in rows.iter_mut().zip(&mut nearest).zip(measure(next)) {
                row[landmark] = distance;
                *nearest = (*nearest).min(distance);
            }
            next = farthest(&nearest);
        }
        Self { rows }
    }

    /// Distances from the landmarks to `node`.
    #[inline]
    pub fn row(&self, node: u32) -> &Row {
        &self.rows[node as usize]
    }

    /// A lower bound of the distance from `node` to the one of `row`.
    #[inline]
    pub fn bound(&self, node: u32, row: &Row) -> u32 {
        self.row(node).iter().zip(row).fold(0, |bound, (&a, &b)| bound.max(a.abs_diff(b)))
    }

    /// Memory, bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Row>() * self.rows.len()
    }
}

/// The node at the largest distance, those not reached first, the least number among equals.
fn farthest(distances: &[u32]) -> u32 {
    (0..distances.len() as u32).rev().max_by_key(|&x| distances[x as usize]).unwrap_or(0)
}
