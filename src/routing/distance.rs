//! Distance between two nodes: Dijkstra's algorithm from both ends at once (Nicholson 1966).
//!
//! Latencies are the same in both directions, so that one view serves both searches. They stop when the least
//! distances still open on both sides sum to no less than the best way found. Scratch space is used again: a query
//! touches only what it settles.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::fields::UNREACHED;
use super::view::View;

/// One direction of the search.
#[derive(Debug, Default)]
struct Side {
    distance: Vec<u32>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Side {
    fn start(&mut self, nodes: usize, from: u32) {
        for node in self.touched.drain(..) {
            self.distance[node as usize] = UNREACHED;
        }
        self.distance.resize(nodes, UNREACHED);
        self.heap.clear();
        self.reach(from, 0);
    }

    fn reach(&mut self, node: u32, distance: u32) {
        if distance < self.distance[node as usize] {
            self.distance[node as usize] = distance;
            self.touched.push(node);
            self.heap.push(Reverse((distance, node)));
        }
    }

    fn least_open(&self) -> Option<u32> {
        self.heap.peek().map(|&Reverse((distance, _))| distance)
    }
}

/// Scratch space of the search.
#[derive(Debug, Default)]
pub struct Search {
    sides: [Side; 2],
}

impl Search {
    /// Free-flow latency from `a` to `b` over open ports, ticks, if there is a path.
    pub fn distance(&mut self, view: &View, a: u32, b: u32) -> Option<u32> {
        let [from_a, from_b] = &mut self.sides;
        from_a.start(view.nodes(), a);
        from_b.start(view.nodes(), b);
        let mut best = if a == b { 0 } else { UNREACHED };
        while let (Some(near_a), Some(near_b)) = (from_a.least_open(), from_b.least_open()) {
            if near_a.saturating_add(near_b) >= best {
                break;
            }
            let (near, far) = if near_a <= near_b { (&mut *from_a, &*from_b) } else { (&mut *from_b, &*from_a) };
            let Some(Reverse((distance, x))) = near.heap.pop() else { break };
            if distance > near.distance[x as usize] {
                continue;
            }
            for (_, y, latency) in view.ports(x) {
                near.reach(y, distance + latency);
                best = best.min((distance + latency).saturating_add(far.distance[y as usize]));
            }
        }
        (best != UNREACHED).then_some(best)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::routing::fields::to_nearest;
    use crate::world::rng::stream;

    #[test]
    fn both_ends_find_what_one_end_finds() {
        let (mut rng, mut search) = (stream(12, "test"), Search::default());
        for _ in 0..300 {
            let n = rng.random_range(2..40u32);
            let links: Vec<(u32, u32, u32)> = (0..rng.random_range(1..70))
                .map(|_| (rng.random_range(0..n), rng.random_range(0..n), rng.random_range(1..6)))
                .collect();
            let view = View::of_links(n, &links);
            for _ in 0..20 {
                let (a, b) = (rng.random_range(0..n), rng.random_range(0..n));
                let expected = to_nearest(&view, &[b])[a as usize];
                assert_eq!(
                    search.distance(&view, a, b),
                    (expected != UNREACHED).then_some(expected),
                    "{a} {b} {links:?}"
                );
            }
        }
    }
}
