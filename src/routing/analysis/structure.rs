//! Components, spanning tree, bridges, articulation points and the leading eigenvector of a network.

use std::convert::Infallible;

use petgraph::algo::{kosaraju_scc, min_spanning_tree};
use petgraph::data::Element;
use petgraph::graph::{DiGraph, NodeIndex, UnGraph};
use petgraph::unionfind::UnionFind;
use rustworkx_core::centrality::eigenvector_centrality;
use rustworkx_core::connectivity;

use super::bundle::Edge;
use crate::routing::network::Network;
use crate::topology::NodeId;

/// Adjacency of bundles, which algorithms run on; edges weigh ticks.
pub(super) type Graph = UnGraph<(), u32>;

/// Visits of nodes and ends of links that the iteration for the eigenvector may take, and its least and most rounds.
const MAX_VISITS: usize = 1_000_000_000;
const ROUNDS: [usize; 2] = [100, 10_000];

/// The mean change of an entry in a round that ends the iteration.
const TOLERANCE: f64 = 1e-10;

/// Parts of nodes that reach each other, the largest first, of equal ones that of the lowest id; nodes by id.
pub fn components(network: &Network) -> Vec<Vec<NodeId>> {
    if network.links().all(|(.., ticks)| ticks.iter().all(Option::is_some)) {
        return weak_components(network);
    }
    let arcs = network.links().flat_map(|(a, b, ticks)| {
        let ends = [(a.0, b.0), (b.0, a.0)].into_iter().zip(ticks);
        ends.filter_map(|(ends, ticks)| ticks.map(|_| ends))
    });
    let graph = digraph(network.topology.node_count(), arcs);
    let mut labels = vec![0; graph.node_count()];
    for (label, members) in (0..).zip(kosaraju_scc(&graph)) {
        members.into_iter().for_each(|node| labels[node.index()] = label);
    }
    by_label(&labels)
}

/// Parts of nodes that links connect in whatever direction, in the same order as [`components`].
pub fn weak_components(network: &Network) -> Vec<Vec<NodeId>> {
    let mut sets = UnionFind::<u32>::new(network.topology.node_count());
    for (a, b, _) in network.links() {
        sets.union(a.0, b.0);
    }
    by_label(&sets.into_labeling())
}

fn digraph(nodes: usize, arcs: impl Iterator<Item = (u32, u32)>) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    for _ in 0..nodes {
        graph.add_node(());
    }
    graph.extend_with_edges(arcs);
    graph
}

fn by_label(labels: &[u32]) -> Vec<Vec<NodeId>> {
    let mut parts: Vec<Vec<NodeId>> = vec![Vec::new(); labels.len()];
    for (node, &label) in (0..).zip(labels) {
        parts[label as usize].push(NodeId(node));
    }
    parts.retain(|nodes| !nodes.is_empty());
    parts.sort_by_key(|nodes| (std::cmp::Reverse(nodes.len()), nodes[0]));
    parts
}

/// Edges of a least spanning tree of each component, ascending; of equal ones those with the lowest indices.
pub(super) fn spanning_tree(graph: &Graph) -> Vec<usize> {
    let weighted = graph.map(|_, ()| (), |edge, &ticks| (ticks, edge.index()));
    let chosen = min_spanning_tree(&weighted).filter_map(|element| match element {
        Element::Edge { weight: (_, index), .. } => Some(index),
        Element::Node { .. } => None,
    });
    let mut chosen: Vec<usize> = chosen.collect();
    chosen.sort_unstable();
    chosen
}

/// Edges whose removal parts a component, ascending.
pub(super) fn bridges(graph: &Graph) -> Vec<usize> {
    let ends = connectivity::bridges(graph);
    let index = |(a, b): (NodeIndex, NodeIndex)| graph.find_edge(a, b).expect("a bridge is an edge").index();
    let mut bridges: Vec<usize> = ends.into_iter().map(index).collect();
    bridges.sort_unstable();
    bridges
}

/// Nodes whose removal parts a component, by id.
pub(super) fn articulation_points(graph: &Graph) -> Vec<NodeId> {
    let mut points: Vec<NodeId> =
        connectivity::articulation_points(graph, None).into_iter().map(NodeId::from).collect();
    points.sort_unstable();
    points
}

/// The left eigenvector, by power iteration on the adjacency matrix plus the identity, which converges for bipartite
/// networks and rings too.
pub(super) fn eigenvector(neighbours: &Neighbours) -> Option<Vec<f64>> {
    let arcs = (0..).zip(&neighbours.out).flat_map(|(from, next)| next.iter().map(move |&(to, _)| (from, to)));
    let graph = digraph(neighbours.out.len(), arcs);
    let rounds = (MAX_VISITS / (graph.node_count() + graph.edge_count()).max(1)).clamp(ROUNDS[0], ROUNDS[1]);
    let weight = |_: petgraph::graph::EdgeReference<()>| Ok::<f64, Infallible>(1.0);
    eigenvector_centrality(&graph, weight, Some(rounds), Some(TOLERANCE)).unwrap_or_else(|never| match never {})
}

/// Neighbours of each node as (node, edge), in the order of edges.
pub(super) struct Neighbours {
    /// To which edges lead from it.
    pub out: Vec<Vec<(u32, u32)>>,
    /// From which edges lead to it; empty in a symmetric network, where they are the same: one array is half the memory
    /// to search through.
    into: Vec<Vec<(u32, u32)>>,
}

impl Neighbours {
    pub(super) fn new(nodes: usize, edges: &[Edge], directed: bool) -> Self {
        let lists = |of_from: bool, of_to: bool| {
            let mut lists = vec![Vec::new(); nodes];
            for (place, edge) in (0..).zip(edges) {
                let [from, to] = edge.ends;
                if of_from {
                    lists[from.index()].push((to.0, place));
                }
                if of_to {
                    lists[to.index()].push((from.0, place));
                }
            }
            lists
        };
        match directed {
            true => Self { out: lists(true, false), into: lists(false, true) },
            false => Self { out: lists(true, true), into: Vec::new() },
        }
    }

    /// From which edges lead to a node.
    #[inline]
    pub(super) fn leading_to(&self, node: usize) -> &[(u32, u32)] {
        if self.into.is_empty() { &self.out[node] } else { &self.into[node] }
    }

    /// Ways from a node to a neighbour.
    pub(super) fn arcs(&self) -> usize {
        self.out.iter().map(Vec::len).sum()
    }
}
