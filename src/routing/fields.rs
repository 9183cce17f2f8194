//! Distance fields: free-flow latency from every node to one target, kept for as many targets as memory allows.
//!
//! A field is a Dijkstra tree without its edges: port p of node x lies on a shortest path to the target exactly if
//! `latency(p) + distance(to(p)) = distance(x)`, so that equal next hops need no storage. Latencies are the same in
//! both directions. Fields are forgotten as a whole when the network changes, and computed again on demand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::view::View;
use crate::world::access::NONE;

/// Distance of nodes that cannot reach the target.
pub const UNREACHED: u32 = u32::MAX;

/// Fields of the targets asked for last.
#[derive(Debug)]
pub struct Fields {
    nodes: usize,
    /// Place of a target's field, or [`NONE`].
    place_of: Vec<u32>,
    target_in: Vec<u32>,
    distances: Vec<u32>,
    most: usize,
    next: usize,
    heap: Heap,
}

type Heap = BinaryHeap<Reverse<(u32, u32)>>;

impl Fields {
    /// Room for the fields of `nodes` targets within `memory_limit` bytes, one at the least.
    pub fn new(nodes: usize, memory_limit: u64) -> Self {
        let most = (memory_limit / (4 * nodes as u64)).clamp(1, nodes as u64) as usize;
        Self {
            nodes,
            place_of: vec![NONE; nodes],
            target_in: Vec::new(),
            distances: Vec::new(),
            most,
            next: 0,
            heap: BinaryHeap::new(),
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        for target in self.target_in.drain(..) {
            self.place_of[target as usize] = NONE;
        }
        self.distances.clear();
        self.next = 0;
    }

    /// The field of `target`, in ticks by node.
    #[inline]
    pub fn field(&mut self, target: u32, view: &View) -> &[u32] {
        if self.place_of[target as usize] == NONE {
            self.compute(target, view);
        }
        &self.distances[self.place_of[target as usize] as usize * self.nodes..][..self.nodes]
    }

    #[cold]
    fn compute(&mut self, target: u32, view: &View) {
        let place = if self.target_in.len() < self.most {
            self.target_in.push(target);
            self.distances.resize(self.target_in.len() * self.nodes, UNREACHED);
            self.target_in.len() - 1
        } else {
            let oldest = self.next;
            self.next = (oldest + 1) % self.most;
            self.place_of[self.target_in[oldest] as usize] = NONE;
            self.target_in[oldest] = target;
            oldest
        };
        self.place_of[target as usize] = place as u32;
        let distances = &mut self.distances[place * self.nodes..][..self.nodes];
        distances.fill(UNREACHED);
        grow(&[target], view, distances, &mut self.heap, |_| true);
    }
}

/// Dijkstra's algorithm from the nearest of `targets` into `distances`, which come as [`UNREACHED`], until `go_on` is
/// false for a settled node. Distances of nodes beyond are upper bounds.
fn grow(targets: &[u32], view: &View, distances: &mut [u32], heap: &mut Heap, mut go_on: impl FnMut(u32) -> bool) {
    heap.clear();
    for &target in targets {
        distances[target as usize] = 0;
        heap.push(Reverse((0, target)));
    }
    while let Some(Reverse((distance, x))) = heap.pop() {
        if distance > distances[x as usize] {
            continue;
        }
        if !go_on(x) {
            return;
        }
        for (_, y, latency) in view.ports(x) {
            let through = distance + latency;
            if through < distances[y as usize] {
                distances[y as usize] = through;
                heap.push(Reverse((through, y)));
            }
        }
    }
}

/// Free-flow latency from every node to the nearest of `targets`, ticks.
pub fn to_nearest(view: &View, targets: &[u32]) -> Vec<u32> {
    let mut distances = vec![UNREACHED; view.nodes()];
    grow(targets, view, &mut distances, &mut Heap::new(), |_| true);
    distances
}

/// Calls `each(target, distances)` for every one of `targets`, where distances are exact for the nodes in `needed`,
/// given without repetition, and computed no further than that.
pub fn near_fields(view: &View, targets: &[u32], needed: &[u32], mut each: impl FnMut(u32, &[u32])) {
    let mut distances = vec![UNREACHED; view.nodes()];
    let mut wanted = vec![false; view.nodes()];
    needed.iter().for_each(|&node| wanted[node as usize] = true);
    let (mut heap, mut settled) = (Heap::new(), Vec::new());
    for &target in targets {
        let mut missing = needed.len();
        grow(&[target], view, &mut distances, &mut heap, |x| {
            settled.push(x);
            missing -= usize::from(wanted[x as usize]);
            missing > 0
        });
        each(target, &distances);
        for x in settled.drain(..) {
            distances[x as usize] = UNREACHED;
            view.ports(x).for_each(|(_, y, _)| distances[y as usize] = UNREACHED);
        }
    }
}

/// Whether a port of `latency` ticks to `y` lies on a shortest path from a node at the distance `here`, within `field`.
#[inline]
pub fn on_shortest_path(field: &[u32], here: u32, y: u32, latency: u32) -> bool {
    field[y as usize].saturating_add(latency) == here
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::world::rng::stream;

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
    fn fields_equal_all_pairs_whatever_the_memory() {
        let mut rng = stream(7, "test");
        for round in 0..200 {
            let n = rng.random_range(2..20u32);
            let edges: Vec<(u32, u32, u32)> = (0..rng.random_range(1..40))
                .map(|_| (rng.random_range(0..n), rng.random_range(0..n), rng.random_range(1..4)))
                .collect();
            let view = View::of_links(n, &edges);
            let expected = oracle(n as usize, &edges);
            let mut fields = Fields::new(n as usize, 4 * u64::from(n) * (1 + round % 3));
            for _ in 0..30 {
                let target = rng.random_range(0..n);
                for (x, &distance) in fields.field(target, &view).iter().enumerate() {
                    let right = expected[x][target as usize];
                    assert_eq!(u64::from(distance), if right > 1 << 40 { u64::from(UNREACHED) } else { right });
                }
            }
            fields.clear();
            let changed = View::of_links(n, &edges[1..]);
            for target in 0..n {
                assert_eq!(fields.field(target, &changed), to_nearest(&changed, &[target]), "nothing old is left");
            }
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
