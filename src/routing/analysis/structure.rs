//! Components, spanning tree, bridges, articulation points and the leading eigenvector of a network.

use std::convert::Infallible;

use petgraph::algo::{min_spanning_tree, tarjan_scc};
use petgraph::data::Element;
use petgraph::graph::{DiGraph, NodeIndex, UnGraph};
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;
use rustworkx_core::centrality::eigenvector_centrality;
use rustworkx_core::connectivity;

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
    let nodes = network.topology.node_count();
    let labels = if network.links().all(|(.., ticks)| ticks.iter().all(Option::is_some)) {
        let mut sets = UnionFind::<u32>::new(nodes);
        for (a, b, _) in network.links() {
            sets.union(a.0, b.0);
        }
        sets.into_labeling()
    } else {
        let mut graph = DiGraph::<(), ()>::with_capacity(nodes, 0);
        for _ in 0..nodes {
            graph.add_node(());
        }
        for (a, b, ticks) in network.links() {
            let ends = [(a, b), (b, a)].into_iter().zip(ticks).filter(|(_, ticks)| ticks.is_some());
            graph.extend_with_edges(ends.map(|((from, to), _)| (NodeIndex::from(from), NodeIndex::from(to))));
        }
        let mut labels = vec![0; nodes];
        for (label, members) in (0..).zip(tarjan_scc(&graph)) {
            members.into_iter().for_each(|node| labels[node.index()] = label);
        }
        labels
    };
    let mut by_label: Vec<Vec<NodeId>> = vec![Vec::new(); labels.len()];
    for (node, &label) in (0..).zip(&labels) {
        by_label[label as usize].push(NodeId(node));
    }
    by_label.retain(|nodes| !nodes.is_empty());
    by_label.sort_by_key(|nodes| (std::cmp::Reverse(nodes.len()), nodes[0]));
    by_label
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

/// The eigenvector, by power iteration on the adjacency matrix plus the identity, which converges for bipartite
/// networks too.
pub(super) fn eigenvector(graph: &Graph) -> Option<Vec<f64>> {
    let rounds = (MAX_VISITS / (graph.node_count() + 2 * graph.edge_count()).max(1)).clamp(ROUNDS[0], ROUNDS[1]);
    let weight = |_: petgraph::graph::EdgeReference<u32>| Ok::<f64, Infallible>(1.0);
    eigenvector_centrality(graph, weight, Some(rounds), Some(TOLERANCE)).unwrap_or_else(|never| match never {})
}

/// Neighbours of each node as (node, edge), in the order of edges.
pub(super) fn neighbours(graph: &Graph) -> Vec<Vec<(u32, u32)>> {
    let mut neighbours = vec![Vec::new(); graph.node_count()];
    for edge in graph.edge_references() {
        let (a, b) = (edge.source().index(), edge.target().index());
        neighbours[a].push((b as u32, edge.id().index() as u32));
        neighbours[b].push((a as u32, edge.id().index() as u32));
    }
    neighbours
}
