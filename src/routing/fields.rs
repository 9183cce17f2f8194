//! Distance fields: the distance from every node to the nearest of some targets, by Dijkstra's algorithm.
//!
//! The search goes out from the targets, against the direction of travel, at the costs of that direction.

use super::heap::Heap;
use super::view::UNREACHED;
use super::view::{View, Way};

/// Links into each node, which a search from a target follows backwards. Costs may differ by direction.
pub trait IncomingLinks {
    /// Number of nodes.
    fn nodes(&self) -> usize;

    /// For every port into node `x`, the node that it belongs to and its cost: [`UNREACHED`] if it is closed.
    fn incoming(&self, x: u32) -> impl Iterator<Item = (u32, u32)>;
}

impl IncomingLinks for View {
    fn nodes(&self) -> usize {
        View::nodes(self)
    }

    #[inline]
    fn incoming(&self, x: u32) -> impl Iterator<Item = (u32, u32)> {
        self.edges_by(Way::Against, x).1.iter().map(|edge| (edge.to, edge.cost))
    }
}

/// The network with all directions reversed: what a search goes out from are origins.
pub(super) struct Reversed<'a>(pub &'a View);

impl IncomingLinks for Reversed<'_> {
    fn nodes(&self) -> usize {
        self.0.nodes()
    }

    #[inline]
    fn incoming(&self, x: u32) -> impl Iterator<Item = (u32, u32)> {
        self.0.edges(x).1.iter().map(|edge| (edge.to, edge.cost))
    }
}

/// Dijkstra's algorithm from all `targets` into `distances`, which are [`UNREACHED`] before, until `expand` is false
/// for a settled node and its distance. Distances of nodes beyond are upper bounds.
pub(super) fn grow(
    targets: &[u32],
    view: &impl IncomingLinks,
    distances: &mut [u32],
    heap: &mut Heap,
    expand: impl FnMut(u32, u32) -> bool,
) {
    heap.clear();
    for &target in targets {
        distances[target as usize] = 0;
        heap.push(0, target);
    }
    settle(view, distances, heap, expand);
}

/// Continues Dijkstra's algorithm with the queue `heap`, until `expand` is false for a settled node and its distance.
pub(super) fn settle(
    view: &impl IncomingLinks,
    distances: &mut [u32],
    heap: &mut Heap,
    mut expand: impl FnMut(u32, u32) -> bool,
) {
    while let Some((distance, x)) = heap.pop() {
        if distance > distances[x as usize] {
            continue;
        }
        if !expand(x, distance) {
            return;
        }
        for (y, cost) in view.incoming(x) {
            let through = distance.saturating_add(cost);
            if through < distances[y as usize] {
                distances[y as usize] = through;
                heap.push(through, y);
            }
        }
    }
}

/// Free-flow latency from every node to the nearest of `targets`, ticks.
pub fn to_nearest(view: &View, targets: &[u32]) -> Vec<u32> {
    let mut distances = vec![UNREACHED; view.nodes()];
    grow(targets, view, &mut distances, &mut Heap::default(), |_, _| true);
    distances
}

/// Calls `each(target, distances)` for every one of `targets`, where distances are exact for the nodes in `needed`,
/// given without repetition, and computed no further than that.
pub fn near_fields(view: &View, targets: &[u32], needed: &[u32], mut each: impl FnMut(u32, &[u32])) {
    let mut distances = vec![UNREACHED; view.nodes()];
    let mut wanted = vec![false; view.nodes()];
    needed.iter().for_each(|&node| wanted[node as usize] = true);
    let (mut heap, mut settled) = (Heap::default(), Vec::new());
    for &target in targets {
        let mut missing = needed.len();
        grow(&[target], view, &mut distances, &mut heap, |x, _| {
            settled.push(x);
            missing -= usize::from(wanted[x as usize]);
            missing > 0
        });
        each(target, &distances);
        for x in settled.drain(..) {
            distances[x as usize] = UNREACHED;
            view.incoming(x).for_each(|(y, _)| distances[y as usize] = UNREACHED);
        }
    }
}

/// Whether a port of the cost `cost` to `y` lies on a shortest path from a node at the distance `here`, within `field`.
#[inline]
pub fn on_shortest_path(field: &[u32], here: u32, y: u32, cost: u32) -> bool {
    field[y as usize].saturating_add(cost) == here
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    /// Floyd and Warshall's all-pairs distances, slow and obviously right.
    fn oracle(n: usize, edges: &[(u32, u32, u32)]) -> Vec<Vec<u64>> {
        let mut d = vec![vec![u64::MAX / 4; n]; n];
        (0..n).for_each(|i| d[i][i] = 0);
        for &(a, b, w) in edges {
            let (a, b) = (a as usize, b as usize);
            d[a][b] = d[a][b].min(u64::from(w));
            d[b][a] = d[a][b];
        }
        for k in 0..n {
            for i in 0..n {
                for j in 0..n {
                    d[i][j] = d[i][j].min(d[i][k] + d[k][j]);
                }
            }
        }
        d
    }

    #[test]
    fn fields_equal_all_pairs() {
        let mut rng = stream(7, "test");
        for _ in 0..200 {
            let n = rng.random_range(2..20u32);
            let edges: Vec<(u32, u32, u32)> = (0..rng.random_range(1..40))
                .map(|_| (rng.random_range(0..n), rng.random_range(0..n), rng.random_range(1..4)))
                .collect();
            let view = View::of_links(n, &edges);
            let expected = oracle(n as usize, &edges);
            let targets: Vec<u32> = (0..n).filter(|node| node % 4 == 1).chain([0]).collect();
            for (x, &distance) in to_nearest(&view, &targets).iter().enumerate() {
                let right = targets.iter().map(|&target| expected[x][target as usize]).min().unwrap().min(1 << 40);
                assert_eq!(distance, if right == 1 << 40 { UNREACHED } else { right as u32 });
            }
            let needed: Vec<u32> = (0..n).filter(|node| node % 3 == 0).collect();
            near_fields(&view, &[0, n - 1, n / 2], &needed, |target, distances| {
                for &x in &needed {
                    let right = expected[x as usize][target as usize].min(1 << 40);
                    assert_eq!(distances[x as usize], if right == 1 << 40 { UNREACHED } else { right as u32 });
                }
            });
        }
    }
}
