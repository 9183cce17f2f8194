//! The structure of a network: distances, centralities, components, spanning tree, bridges and articulation points.
//!
//! `Network` → [`Analysis::of`]. Links that join the same two nodes count as one [`Bundle`], but for degrees;
//! centralities count hops, not ticks. Nothing here depends on the number of threads or on the order of a hash: sums of
//! floats run on one thread, in the order of ids, and what libraries return as sets is sorted.
//!
//! Where links differ by direction, paths follow directions, as in networkx' `DiGraph`: pairs are ordered ones, each
//! direction of a bundle is an [`Edge`] of its own, closeness and eigenvector go by what leads *into* a node,
//! components are strongly connected ones. Spanning tree, bridges and articulation points are those of the network as
//! if every link led both ways, as fast as in its slower direction: a bridge parts the network whatever the directions,
//! but a link that is none may still be the only one that leads back.
//!
//! Work is bounded: above [`MAX_STEPS`] for all nodes, distances, betweenness and closeness come from evenly spaced
//! nodes only ([`Distances::sources`]) and are estimates; everything else is exact whatever the size.
//!
//! Not modelled: capacities, queues, demand; what the failure of one direction alone cuts off.

mod bundle;
mod histogram;
mod paths;
mod structure;
#[cfg(test)]
mod tests;

use petgraph::graph::UnGraph;
use petgraph::visit::EdgeRef;

use super::network::Network;
use crate::topology::NodeId;
pub use bundle::{Bundle, Edge};
pub use histogram::Histogram;
pub use paths::{Distances, MIN_SOURCES};
use structure::{Graph, Neighbours};
pub use structure::{components, weak_components};

/// Nodes and ends of links that all searches together may visit before fewer nodes are taken as sources.
pub const MAX_STEPS: usize = 200_000_000;

/// The result.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Whether links differ by direction in latency, or lead one way only.
    pub directed: bool,
    /// Parts whose nodes reach each other, the largest first, of equal ones that of the lowest id; nodes by id.
    pub components: Vec<Vec<NodeId>>,
    /// Parts that links connect in whatever direction, in the same order.
    pub weak_components: Vec<Vec<NodeId>>,
    /// Pairs of nodes that links join, in the order of their first links, wormholes last.
    pub bundles: Vec<Bundle>,
    /// What paths take, in the order of bundles, from the lower id first.
    pub edges: Vec<Edge>,
    /// Links and open wormholes at each node.
    pub degrees: Vec<u32>,
    /// Those of them that lead into it.
    pub in_degrees: Vec<u32>,
    /// Those of them that lead out of it.
    pub out_degrees: Vec<u32>,
    /// A spanning tree of each weak component, the least in ticks; places in `bundles`, ascending (Kruskal 1956).
    pub spanning_tree: Vec<usize>,
    /// Its weight, ticks.
    pub spanning_tree_ticks: u64,
    /// Links without which nodes that links connect no longer are connected; places in `bundles`, ascending (Tarjan
    /// 1974).
    pub bridges: Vec<usize>,
    /// Nodes without which others that links connect no longer are connected, by id.
    pub articulation_points: Vec<NodeId>,
    /// How far nodes are from each other.
    pub distances: Distances,
    /// Share of the shortest paths (in hops) between other nodes that pass each node, of all pairs; paths that tie
    /// share the pair (Freeman 1977, Brandes 2001).
    pub betweenness: Vec<f64>,
    /// Reciprocal mean distance in hops from the nodes that reach each node, times their share of all others (Wasserman
    /// and Faust 1994); 0 for one that none reaches.
    pub closeness: Vec<f64>,
    /// The largest left eigenvector of the adjacency matrix, of length 1: a node is as central as those that lead into
    /// it are together, to a scale (Bonacich 1972). `None` if the iteration does not settle within its limit, as where
    /// no path leads back to where it began; where only some nodes reach each other, many entries may be 0.
    pub eigenvector: Option<Vec<f64>>,
}

impl Analysis {
    /// Analyses a network within [`MAX_STEPS`].
    pub fn of(network: &Network) -> Self {
        Self::within(network, MAX_STEPS)
    }

    /// Analyses a network; `steps` bounds the searches.
    fn within(network: &Network, steps: usize) -> Self {
        let (nodes, directed, bundles) = (network.topology.node_count(), network.is_directed(), bundles(network));
        let graph = graph_of(nodes, &bundles);
        let spanning_tree = structure::spanning_tree(&graph);
        let spanning_tree_ticks = spanning_tree.iter().map(|&place| u64::from(bundles[place].slower_ticks())).sum();
        let mut edges = edges(&bundles, directed);
        let neighbours = Neighbours::new(nodes, &edges, directed);
        let sources = paths::sources(&neighbours, steps);
        let eigenvector = structure::eigenvector(&neighbours);
        let paths = paths::measure(neighbours, edges.len(), &sources);
        edges.iter_mut().zip(paths.over).for_each(|(edge, over)| edge.betweenness = over);
        Self {
            directed,
            components: components(network),
            weak_components: weak_components(network),
            degrees: degrees(network, |_| true),
            in_degrees: degrees(network, |[_, into]| into),
            out_degrees: degrees(network, |[out, _]| out),
            spanning_tree,
            spanning_tree_ticks,
            bridges: bridges_of(&graph, &bundles),
            articulation_points: structure::articulation_points(&graph),
            distances: Distances {
                sources: sources.len(),
                hops: paths.hops,
                ticks: paths::in_ticks(&bundles, nodes, &sources),
            },
            betweenness: paths.through,
            closeness: paths.closeness,
            eigenvector,
            bundles,
            edges,
        }
    }

    /// Whether distances, betweenness and closeness come from all nodes.
    pub fn is_exact(&self) -> bool {
        self.distances.sources == self.degrees.len()
    }

    /// Ordered pairs of different nodes, of those that distances were measured of, between which no path leads.
    pub fn unreachable_pairs(&self) -> u64 {
        self.measured_pairs() - self.distances.hops.count
    }

    /// Ordered pairs of different nodes that distances were measured of: those from a source.
    pub fn measured_pairs(&self) -> u64 {
        self.distances.sources as u64 * (self.degrees.len() as u64 - 1)
    }

    /// How many nodes have each number of links, from 0 to the largest.
    pub fn degree_distribution(&self) -> Vec<usize> {
        let mut counts = vec![0; self.degrees.iter().max().map_or(0, |&most| most as usize + 1)];
        self.degrees.iter().for_each(|&degree| counts[degree as usize] += 1);
        counts
    }
}

/// The links of a network without which nodes that links connect no longer are connected, in the order of links.
pub fn bridges(network: &Network) -> Vec<Bundle> {
    let bundles = bundles(network);
    let graph = graph_of(network.topology.node_count(), &bundles);
    bridges_of(&graph, &bundles).into_iter().map(|place| bundles[place]).collect()
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
        graph.add_edge(bundle.ends[0].into(), bundle.ends[1].into(), bundle.slower_ticks());
    }
    graph
}

/// The number of links at each node of which `counts` is true, given whether they lead out of it and into it.
fn degrees(network: &Network, counts: impl Fn([bool; 2]) -> bool) -> Vec<u32> {
    let mut degrees = vec![0; network.topology.node_count()];
    for (a, b, ticks) in network.links() {
        let [forth, back] = ticks.map(|ticks| ticks.is_some());
        degrees[a.index()] += u32::from(counts([forth, back]));
        degrees[b.index()] += u32::from(counts([back, forth]));
    }
    degrees
}

/// What paths take; see [`Edge`].
fn edges(bundles: &[Bundle], directed: bool) -> Vec<Edge> {
    let edge = |(place, side): (usize, usize)| {
        let Bundle { ends, ticks, wormhole, .. } = bundles[place];
        let ends = [ends[side], ends[1 - side]];
        Some(Edge { ends, bundle: place, ticks: ticks[side]?, wormhole: wormhole[side], betweenness: 0.0 })
    };
    let sides = if directed { 0..2 } else { 0..1 };
    (0..bundles.len()).flat_map(|place| sides.clone().map(move |side| (place, side))).filter_map(edge).collect()
}

/// All pairs of nodes that links join, in the order of their first links, wormholes last.
pub fn bundles(network: &Network) -> Vec<Bundle> {
    let mut bundles: Vec<Bundle> = Vec::new();
    let mut known: UnGraph<(), usize> = UnGraph::default();
    for _ in 0..network.topology.node_count() {
        known.add_node(());
    }
    let space_links = network.topology.link_count();
    for (place, (a, b, mut ticks)) in network.links().enumerate() {
        if b < a {
            ticks.reverse();
        }
        let wormhole = place >= space_links;
        // A topology merges parallel links; wormholes can be parallel to them and to each other.
        let parallel = known.edges(a.into()).find(|edge| wormhole && NodeId::from(edge.target()) == b);
        match parallel.map(|edge| *edge.weight()) {
            Some(at) => {
                let bundle = &mut bundles[at];
                bundle.links += 1;
                for side in 0..2 {
                    let known = bundle.ticks[side];
                    if ticks[side].is_some_and(|ticks| known.is_none_or(|known| ticks < known)) {
                        (bundle.ticks[side], bundle.wormhole[side]) = (ticks[side], true);
                    }
                }
            }
            None => {
                known.add_edge(a.into(), b.into(), bundles.len());
                bundles.push(Bundle { ends: [a.min(b), a.max(b)], ticks, wormhole: [wormhole; 2], links: 1 });
            }
        }
    }
    bundles
}
