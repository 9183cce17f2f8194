//! The edges that can matter, and for each node the arcs that leave it.

/// Highest weight: sums of a few duals, each at most twice the highest weight, must fit.
const HIGHEST_WEIGHT: i64 = i64::MAX / 16;

/// One edge as its node sees it.
#[derive(Clone, Copy)]
pub struct Arc {
    pub neighbour: u32,
    pub edge: u32,
    pub weight: i64,
}

/// A graph with positive weights and without loops.
pub struct Graph {
    /// `(node, node, weight)` of each edge.
    pub edges: Vec<(u32, u32, i64)>,
    /// Where the arcs of each node begin in `arcs`, and one past the last.
    starts: Vec<usize>,
    arcs: Vec<Arc>,
}

impl Graph {
    pub fn new(nodes: usize, edges: &[(u32, u32, i64)]) -> Self {
        let edges: Vec<_> = edges.iter().copied().filter(|&(u, v, weight)| u != v && weight > 0).collect();
        let fits = |count: usize| count < u32::MAX as usize / 2;
        assert!(fits(nodes) && fits(edges.len()), "too many nodes or edges");
        let mut starts = vec![0; nodes + 1];
        for &(u, v, weight) in &edges {
            assert!((u.max(v) as usize) < nodes, "edge {u}-{v} in a graph of {nodes} nodes");
            assert!(weight <= HIGHEST_WEIGHT, "weight {weight} of edge {u}-{v} is too high");
            starts[u as usize + 1] += 1;
            starts[v as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut arcs = vec![Arc { neighbour: 0, edge: 0, weight: 0 }; 2 * edges.len()];
        let mut next = starts.clone();
        for (edge, &(u, v, weight)) in (0..).zip(&edges) {
            for (node, neighbour) in [(u, v), (v, u)] {
                arcs[next[node as usize]] = Arc { neighbour, edge, weight };
                next[node as usize] += 1;
            }
        }
        Self { edges, starts, arcs }
    }

    pub fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn arcs(&self, node: usize) -> &[Arc] {
        &self.arcs[self.starts[node]..self.starts[node + 1]]
    }
}
