//! The structure of a network: distances, centralities, components, spanning tree, bridges and articulation points.
//!
//! `Network` → [`Analysis::of`]. Links that join the same two nodes count as one [`Bundle`], but for degrees;
//! centralities count hops, not ticks. Nothing here depends on the number of threads or on the order of a hash: sums of
//! floats run on one thread, in the order of ids, and what libraries return as sets is sorted.
//!
//! Work is bounded: above [`MAX_STEPS`] for all nodes, distances, betweenness and closeness come from evenly spaced
//! nodes only ([`Distances::sources`]) and are estimates; everything else is exact whatever the size.
//!
//! Not modelled: capacities, queues, demand; links that differ by direction, which only [`components`] tells apart.

mod histogram;
mod paths;
mod structure;
#[cfg(test)]
mod tests;

use petgraph::graph::UnGraph;
use petgraph::visit::EdgeRef;

use super::network::Network;
use crate::topology::NodeId;
pub use histogram::Histogram;
pub use paths::{Distances, MIN_SOURCES};
use structure::Graph;
pub use structure::components;

/// Nodes and ends of links that all searches together may visit before fewer nodes are taken as sources.
pub const MAX_STEPS: usize = 200_000_000;

/// All links between two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundle {
    /// The nodes, the one with the lower id first.
    pub ends: [NodeId; 2],
    /// Ticks over the fastest of them, in its slower direction.
    pub ticks: u32,
    /// Whether the fastest is a wormhole; a space link that is as fast comes first.
    pub wormhole: bool,
    /// How many they are.
    pub links: u32,
}

/// The result.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Connected parts, the largest first, of equal ones that of the lowest id; nodes by id.
    pub components: Vec<Vec<NodeId>>,
    /// Pairs of nodes that links join, in the order of their first links, wormholes last.
    pub bundles: Vec<Bundle>,
    /// Links and open wormholes at each node.
    pub degrees: Vec<u32>,
    /// A spanning tree of each component, the least in ticks; places in `bundles`, ascending (Kruskal 1956).
    pub spanning_tree: Vec<usize>,
    /// Its weight, ticks.
    pub spanning_tree_ticks: u64,
    /// Links without which nodes that are connected no longer are; places in `bundles`, ascending (Tarjan 1974).
    pub bridges: Vec<usize>,
    /// Nodes without which others that are connected no longer are, by id.
    pub articulation_points: Vec<NodeId>,
    /// How far nodes are from each other.
    pub distances: Distances,
    /// Share of the shortest paths (in hops) between other nodes that pass each node, of all pairs; paths that tie
    /// share the pair (Freeman 1977, Brandes 2001).
    pub betweenness: Vec<f64>,
    /// Share of the shortest paths between all pairs that take each bundle.
    pub bundle_betweenness: Vec<f64>,
    /// Reciprocal mean distance in hops to the nodes that each node reaches, times their share of all others (Wasserman
    /// and Faust 1994); 0 for one that reaches none.
    pub closeness: Vec<f64>,
    /// The largest eigenvector of the adjacency matrix, of length 1 (Bonacich 1972); `None` if the iteration does not
    /// settle within its limit.
    pub eigenvector: Option<Vec<f64>>,
}

impl Analysis {
    /// Analyses a network within [`MAX_STEPS`].
    pub fn of(network: &Network) -> Self {
        Self::within(network, MAX_STEPS)
    }

    /// Analyses a network; `steps` bounds the searches.
    fn within(network: &Network, steps: usize) -> Self {
        let (bundles, degrees) = bundles(network);
        let graph = graph_of(degrees.len(), &bundles);
        let spanning_tree = structure::spanning_tree(&graph);
        let spanning_tree_ticks = spanning_tree.iter().map(|&place| u64::from(bundles[place].ticks)).sum();
        let paths = paths::measure(&graph, paths::sources(&graph, steps));
        Self {
            components: components(network),
            degrees,
            spanning_tree,
            spanning_tree_ticks,
            bridges: bridges_of(&graph, &bundles),
            articulation_points: structure::articulation_points(&graph),
            distances: paths.distances,
            betweenness: paths.betweenness,
            bundle_betweenness: paths.bundle_betweenness,
            closeness: paths.closeness,
            eigenvector: structure::eigenvector(&graph),
            bundles,
        }
    }

    /// Whether distances, betweenness and closeness come from all nodes.
    pub fn is_exact(&self) -> bool {
        self.distances.sources == self.degrees.len()
    }

    /// How many nodes have each number of links, from 0 to the largest.
    pub fn degree_distribution(&self) -> Vec<usize> {
        let mut counts = vec![0; self.degrees.iter().max().map_or(0, |&most| most as usize + 1)];
        self.degrees.iter().for_each(|&degree| counts[degree as usize] += 1);
        counts
    }
}

/// All pairs of nodes that links join, in the order of their first links, wormholes last.
pub fn joined_pairs(network: &Network) -> Vec<Bundle> {
    bundles(network).0
}

/// The links of a network without which nodes that are connected no longer are, in the order of links.
pub fn bridges(network: &Network) -> Vec<Bundle> {
    let (bundles, degrees) = bundles(network);
    bridges_of(&graph_of(degrees.len(), &bundles), &bundles).into_iter().map(|place| bundles[place]).collect()
}

/// Places of bridges: parallel links stand in for each other.
fn bridges_of(graph: &Graph, bundles: &[Bundle]) -> Vec<usize> {
    let mut bridges = structure::bridges(graph);
    bridges.retain(|&place| bundles[place].links == 1);
    bridges
}

fn graph_of(nodes: usize, bundles: &[Bundle]) -> Graph {
    let mut graph = Graph::with_capacity(nodes, bundles.len());
    for _ in 0..nodes {
        graph.add_node(());
    }
    for bundle in bundles {
        graph.add_edge(bundle.ends[0].into(), bundle.ends[1].into(), bundle.ticks);
    }
    graph
}

/// The bundles of a network, and the number of links at each node.
fn bundles(network: &Network) -> (Vec<Bundle>, Vec<u32>) {
    let mut degrees = vec![0; network.topology.node_count()];
    let mut bundles: Vec<Bundle> = Vec::new();
    let mut known: UnGraph<(), usize> = UnGraph::default();
    for _ in 0..degrees.len() {
        known.add_node(());
    }
    let space_links = network.topology.link_count();
    for (place, (a, b, ticks)) in network.links().enumerate() {
        let ticks = ticks.into_iter().flatten().max().unwrap_or(0);
        [a, b].iter().for_each(|end| degrees[end.index()] += 1);
        let wormhole = place >= space_links;
        // A topology merges parallel links; wormholes can be parallel to them and to each other.
        let parallel = known.edges(a.into()).find(|edge| wormhole && NodeId::from(edge.target()) == b);
        match parallel.map(|edge| *edge.weight()) {
            Some(at) => {
                let bundle = &mut bundles[at];
                bundle.links += 1;
                if ticks < bundle.ticks {
                    (bundle.ticks, bundle.wormhole) = (ticks, true);
                }
            }
            None => {
                known.add_edge(a.into(), b.into(), bundles.len());
                bundles.push(Bundle { ends: [a.min(b), a.max(b)], ticks, wormhole, links: 1 });
            }
        }
    }
    (bundles, degrees)
}
