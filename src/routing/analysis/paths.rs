//! Distances, betweenness and closeness, in one pass of searches from many nodes.
//!
//! For each source a breadth-first search counts shortest paths, and walking back through it adds up what each node and
//! link carries (Brandes 2001); another search measures ticks. From a sample of sources all of this is an estimate
//! (Brandes and Pich 2007): sums over sources stand for those over all nodes.

use super::bundle::Bundle;
use super::histogram::Histogram;
use super::structure::Neighbours;
use crate::routing::UNREACHED;
use crate::routing::many;
use crate::routing::view::View;

/// What the searches find; see [`super::Analysis`].
pub(super) struct Paths {
    pub hops: Histogram,
    pub closeness: Vec<f64>,
    /// Betweenness of nodes.
    pub through: Vec<f64>,
    /// Betweenness of edges.
    pub over: Vec<f64>,
}

/// Number of paths beyond which the counts of a level are scaled down.
const MAX_PATHS: f64 = 1e200;

/// Sources whose distances in ticks are kept at a time.
const BATCH: usize = 16;

/// Distances between ordered pairs of different nodes, from each source to each node that it reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Distances {
    /// Nodes from which distances were measured; all nodes, or else evenly spaced ids.
    pub sources: usize,
    /// In hops.
    pub hops: Histogram,
    /// Along the fastest path, in ticks of free flow.
    pub ticks: Histogram,
}

/// Least number of sources, if the network has as many nodes.
pub const MIN_SOURCES: usize = 64;

/// All nodes if their searches take no more than `steps`, else evenly spaced ones.
pub(super) fn sources(neighbours: &Neighbours, steps: usize) -> Vec<u32> {
    let nodes = neighbours.out.len();
    let affordable = steps / (nodes + neighbours.arcs()).max(1);
    let count = affordable.max(MIN_SOURCES).min(nodes);
    (0..count).map(|i| (i * nodes / count) as u32).collect()
}

/// Searches from each of `sources`.
pub(super) fn measure(neighbours: Neighbours, edges: usize, sources: &[u32]) -> Paths {
    let nodes = neighbours.out.len();
    let mut search = Search::new(neighbours, edges);
    let mut hops = Histogram::default();
    let (mut reached, mut sums) = (vec![0_u64; nodes], vec![0_u64; nodes]);
    for &source in sources {
        search.run(source);
        for &node in &search.order[1..] {
            let distance = search.distance[node as usize];
            hops.add(distance);
            reached[node as usize] += 1;
            sums[node as usize] += u64::from(distance);
        }
    }
    let mut is_source = vec![false; nodes];
    sources.iter().for_each(|&source| is_source[source as usize] = true);
    let closeness = (0..nodes).map(|node| match (reached[node] as f64, sums[node] as f64) {
        (_, 0.0) => 0.0,
        (count, sum) => count / sum * (count / (sources.len() - usize::from(is_source[node])) as f64),
    });
    let closeness = closeness.collect();
    // Ordered pairs; where both directions are one edge, both count for it.
    let scale = nodes as f64 / sources.len() as f64;
    let share = |pairs: usize| if pairs == 0 { 0.0 } else { scale / pairs as f64 };
    let [passing, all] = [share((nodes - 1) * (nodes - 2)), share(nodes * (nodes - 1))];
    search.through.iter_mut().for_each(|carried| *carried *= passing);
    search.over.iter_mut().for_each(|carried| *carried *= all);
    Paths { hops, closeness, through: search.through, over: search.over }
}

/// Distances in ticks.
pub(super) fn in_ticks(bundles: &[Bundle], nodes: usize, sources: &[u32]) -> Histogram {
    let links: Vec<_> = bundles.iter().map(|&Bundle { ends: [a, b], ticks, .. }| (a.0, b.0, ticks)).collect();
    let view = View::directed(nodes, &links, 0)
        .expect("latencies of a topology, and those of wormholes that are shorter, add up to what fits");
    let everyone: Vec<u32> = (0..nodes as u32).collect();
    let mut histogram = Histogram::default();
    for batch in sources.chunks(BATCH) {
        for (row, source) in many::distances(&view, batch, &everyone).chunks(everyone.len()).zip(batch) {
            let others = (0..).zip(row).filter(|&(node, &ticks)| node != *source && ticks != UNREACHED);
            others.for_each(|(_, &ticks)| histogram.add(ticks));
        }
    }
    histogram
}

/// A breadth-first search, and what all of them found so far.
struct Search {
    neighbours: Neighbours,
    distance: Vec<u32>,
    /// Number of shortest paths from the source, to a scale of its own for each distance.
    paths: Vec<f64>,
    /// Pairs with the source whose paths pass a node, as far as known.
    carried: Vec<f64>,
    /// Nodes reached, the nearest first.
    order: Vec<u32>,
    /// Sums over sources, by node and by edge.
    through: Vec<f64>,
    over: Vec<f64>,
}

impl Search {
    fn new(neighbours: Neighbours, edges: usize) -> Self {
        let nodes = neighbours.out.len();
        Self {
            neighbours,
            distance: vec![UNREACHED; nodes],
            paths: vec![0.0; nodes],
            carried: vec![0.0; nodes],
            order: Vec::new(),
            through: vec![0.0; nodes],
            over: vec![0.0; edges],
        }
    }

    fn run(&mut self, source: u32) {
        for node in self.order.drain(..).map(|node| node as usize) {
            (self.distance[node], self.paths[node], self.carried[node]) = (UNREACHED, 0.0, 0.0);
        }
        (self.distance[source as usize], self.paths[source as usize]) = (0, 1.0);
        self.order.push(source);
        let mut level = 0..1;
        while !level.is_empty() {
            for at in level.clone() {
                let node = self.order[at] as usize;
                for &(next, _) in &self.neighbours.out[node] {
                    let next = next as usize;
                    if self.distance[next] == UNREACHED {
                        self.distance[next] = self.distance[node] + 1;
                        self.order.push(next as u32);
                    }
                    if self.distance[next] == self.distance[node] + 1 {
                        self.paths[next] += self.paths[node];
                    }
                }
            }
            level = level.end..self.order.len();
            // Only proportions within a level matter; the counts themselves can grow beyond all numbers.
            if self.order[level.clone()].iter().any(|&node| self.paths[node as usize] > MAX_PATHS) {
                for &node in &self.order[level.clone()] {
                    let paths = &mut self.paths[node as usize];
                    *paths = (*paths / MAX_PATHS).max(f64::MIN_POSITIVE);
                }
            }
        }
        for &node in self.order[1..].iter().rev() {
            let node = node as usize;
            let nearer = |&&(next, _): &&(u32, u32)| self.distance[next as usize] < self.distance[node];
            let before = self.neighbours.leading_to(node);
            let all: f64 = before.iter().filter(nearer).map(|&(next, _)| self.paths[next as usize]).sum();
            for &(before, edge) in before.iter().filter(nearer) {
                let share = self.paths[before as usize] / all * (1.0 + self.carried[node]);
                self.carried[before as usize] += share;
                self.over[edge as usize] += share;
            }
            self.through[node] += self.carried[node];
        }
    }
}
