//! Exact maximum-weight matching in general graphs, for integer weights.
//!
//! The method is Edmonds' primal-dual blossom method. Every node has a dual `y >= 0`, every blossom (an odd set of
//! nodes) a dual `z >= 0`, and every edge the slack `y_u + y_v + (sum of z over blossoms holding both ends) - 2 w`,
//! which never is negative. A matching has the maximum weight if its edges have slack 0, its blossoms are matched
//! but for one node, and its free nodes have dual 0. The search starts with the first two true of the empty matching
//! and settles one free node at a time, until the third is true as well. Duals count half units of weight, so they
//! stay whole.
//!
//! - `graph`: edges and adjacency.
//! - `forest`: the matching and the nested blossoms, without duals.
//! - `duals`: duals and labels of nodes and blossoms.
//! - `search`: the alternating tree that settles a free node.
//!
//! Sources: Edmonds 1965, "Maximum matching and a polyhedron with 0,1-vertices"; Galil 1986, "Efficient algorithms
//! for finding maximum matching in graphs". One tree at a time, as in Cook and Rohe 1999, "Computing minimum-weight
//! perfect matchings", so that a search costs what its tree costs.
//!
//! Not modelled: minimum weight, perfect or largest-cardinality matchings, fractional weights.

mod duals;
mod forest;
mod graph;
mod search;
#[cfg(test)]
mod tests;

use graph::Graph;
use search::Search;

/// The mate of each node in a matching of maximum weight.
///
/// `edges` are `(node, node, weight)`. Edges of weight 0 or less and loops are ignored; of parallel edges the heaviest
/// counts. The result depends on the arguments only; among matchings of equal weight, on the order of edges too.
///
/// There are at most `n` searches. One takes `O(m log n)`, times the depth of nesting where nested blossoms open one
/// after the other (rare; Galil's queues for that case are left out). Sparse searches stay small: 10,000 nodes with
/// 12,000 edges take milliseconds, 1,000 nodes with all edges a few seconds at most. Memory is `O(n + m)`.
///
/// # Panics
///
/// If an end of an edge that counts is not below `nodes`, if a weight is above `i64::MAX / 16`, or if there are two
/// thousand million nodes or edges.
///
/// ```
/// let mates = wormsim::matching::max_weight_matching(4, &[(0, 1, 2), (1, 2, 3), (2, 3, 2)]);
/// assert_eq!(mates, [Some(1), Some(0), Some(3), Some(2)]);
/// ```
pub fn max_weight_matching(nodes: usize, edges: &[(u32, u32, i64)]) -> Vec<Option<u32>> {
    let graph = Graph::new(nodes, edges);
    let mut search = Search::new(&graph);
    search.settle_all();
    search.mates()
}
