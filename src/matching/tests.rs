//! Against brute force on small graphs, and proofs by duals on larger ones.

use std::collections::BTreeSet;

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::duals::Label;
use super::graph::Graph;
use super::max_weight_matching;
use super::search::Search;
use crate::random::stream;

type Edge = (u32, u32, i64);

/// Edges between random nodes; loops, parallel edges and weights of -1 and 0 are among them.
fn random_edges(rng: &mut ChaCha8Rng, nodes: u32, count: usize, heaviest: i64) -> Vec<Edge> {
    let mut edge = || (rng.random_range(0..nodes), rng.random_range(0..nodes), rng.random_range(-1..=heaviest));
    (0..count).map(|_| edge()).collect()
}

/// The weight of a matching. Panics if it is none, or matches nodes without an edge between them.
fn weight(edges: &[Edge], mates: &[Option<u32>]) -> i64 {
    let mut total = 0;
    for (u, mate) in (0..).zip(mates) {
        let Some(v) = *mate else { continue };
        assert_eq!(mates[v as usize], Some(u), "the mate of {u} is {v}");
        if u < v {
            let joins = |edge: &&Edge| (edge.0, edge.1) == (u, v) || (edge.1, edge.0) == (u, v);
            total += edges.iter().filter(joins).map(|edge| edge.2).max().expect("mates share an edge");
        }
    }
    total
}

/// The highest weight of a matching of the nodes not in `used`, by trying all.
fn brute_force(edges: &[Edge], used: u32) -> i64 {
    let Some((&(u, v, weight), rest)) = edges.split_first() else { return 0 };
    let without = brute_force(rest, used);
    let ends = 1 << u | 1 << v;
    if u == v || weight <= 0 || used & ends != 0 {
        return without;
    }
    without.max(weight + brute_force(rest, used | ends))
}

fn matched_weight(nodes: usize, edges: &[Edge]) -> i64 {
    weight(edges, &max_weight_matching(nodes, edges))
}

/// Solves, and panics unless the duals prove that no matching is heavier. Returns the depth of nested blossoms.
fn prove(nodes: usize, edges: &[Edge]) -> usize {
    let graph = Graph::new(nodes, edges);
    let mut search = Search::new(&graph);
    search.settle_all();
    let holders = holders(&search, nodes);
    check_slacks(&search, &graph, &holders);
    check_free_nodes(&search, nodes);
    assert_eq!(bound(&search, nodes, &holders), 2 * weight(edges, &search.mates()), "the bound is not reached");
    holders.iter().map(Vec::len).max().unwrap_or(0)
}

/// The blossoms that hold each node.
fn holders(search: &Search, nodes: usize) -> Vec<Vec<usize>> {
    let mut holders = vec![Vec::new(); nodes];
    for blossom in (nodes..search.forest.sets()).filter(|&blossom| search.forest.in_use(blossom)) {
        for node in search.forest.nodes_of(blossom) {
            holders[node].push(blossom);
        }
    }
    holders
}

fn check_slacks(search: &Search, graph: &Graph, holders: &[Vec<usize>]) {
    for &(u, v, weight) in &graph.edges {
        let (u, v) = (u as usize, v as usize);
        let shared = holders[u].iter().filter(|blossom| holders[v].contains(blossom));
        let blossoms: i64 = shared.map(|&blossom| search.duals.of_blossom(blossom)).sum();
        let slack = search.duals.of_node(u) + search.duals.of_node(v) + blossoms - 2 * weight;
        assert!(slack >= 0, "slack {slack} of edge {u}-{v}");
    }
}

fn check_free_nodes(search: &Search, nodes: usize) {
    for node in 0..nodes {
        let dual = search.duals.of_node(node);
        assert!(dual >= 0 && search.duals.label(node) == Label::Outside, "node {node} has dual {dual}");
        assert!(dual == 0 || search.forest.mate[node].is_some(), "free node {node} has dual {dual}");
    }
}

/// Twice the weight that no matching exceeds if slacks and duals are not negative: a matching has at most `k` edges
/// inside a blossom of `2 k + 1` nodes.
fn bound(search: &Search, nodes: usize, holders: &[Vec<usize>]) -> i64 {
    let of_nodes: i64 = (0..nodes).map(|node| search.duals.of_node(node)).sum();
    let blossoms: BTreeSet<usize> = holders.concat().into_iter().collect();
    let of_blossom = |blossom: &usize| {
        let (dual, size) = (search.duals.of_blossom(*blossom), search.forest.size(*blossom));
        assert!(dual >= 0 && size % 2 == 1, "blossom of {size} nodes has dual {dual}");
        dual * (size as i64 / 2)
    };
    of_nodes + blossoms.iter().map(of_blossom).sum::<i64>()
}

#[test]
fn small_graphs_agree_with_brute_force() {
    let mut rng = stream(1, "test");
    for round in 0..30_000 {
        let nodes = rng.random_range(1..10);
        let count = rng.random_range(0..18);
        let edges = random_edges(&mut rng, nodes, count, [1, 3, 10, 1000][round % 4]);
        let best = brute_force(&edges, 0);
        assert_eq!(matched_weight(nodes as usize, &edges), best, "{nodes} nodes, {edges:?}");
        prove(nodes as usize, &edges);
    }
}

#[test]
fn complete_graphs_of_nine_agree_with_brute_force() {
    let mut rng = stream(2, "test");
    for round in 0..300 {
        let heaviest = [4, 12, 100][round % 3];
        let pairs = (0..9).flat_map(|u| (0..u).map(move |v| (u, v)));
        let edges: Vec<Edge> = pairs.map(|(u, v)| (u, v, rng.random_range(1..=heaviest))).collect();
        assert_eq!(matched_weight(9, &edges), brute_force(&edges, 0), "{edges:?}");
        prove(9, &edges);
    }
}

#[test]
fn larger_graphs_are_proved_by_duals() {
    let mut rng = stream(3, "test");
    let mut deepest = 0;
    for round in 0..200 {
        let edges = [150, 250, 400, 1000, 5000][round % 5];
        let heaviest = [1, 2, 20, 1_000_000][round % 4];
        deepest = deepest.max(prove(200, &random_edges(&mut rng, 200, edges, heaviest)));
    }
    assert!(deepest >= 5, "blossoms nest {deepest} deep only");
}

#[test]
fn two_ends_can_beat_the_heavier_middle() {
    assert_eq!(matched_weight(4, &[(0, 1, 2), (1, 2, 3), (2, 3, 2)]), 4);
    assert_eq!(matched_weight(4, &[(0, 1, 2), (1, 2, 5), (2, 3, 2)]), 5);
}

#[test]
fn a_heavy_edge_beats_a_larger_matching() {
    assert_eq!(max_weight_matching(4, &[(0, 1, 2), (1, 2, 5), (2, 3, 2)]), [None, Some(2), Some(1), None]);
}

/// A triangle in a blossom of five in a blossom of seven, with two more nodes at varied places: whatever they pull on,
/// blossoms are entered, turned and opened.
#[test]
fn nested_blossoms_are_turned_and_opened() {
    let nest =
        [(0, 1, 40), (1, 2, 40), (2, 0, 40), (1, 3, 32), (3, 4, 32), (4, 2, 32), (3, 5, 24), (5, 6, 24), (6, 4, 24)];
    let mut rng = stream(4, "test");
    let mut deepest = 0;
    for (left, right) in (0..7).flat_map(|left| (0..7).map(move |right| (left, right))) {
        for _ in 0..40 {
            let mut edges = nest.to_vec();
            edges.extend([(left, 7, rng.random_range(0..50)), (right, 8, rng.random_range(0..50))]);
            edges.iter_mut().for_each(|edge| edge.2 += rng.random_range(0..4));
            edges.shuffle(&mut rng);
            assert_eq!(matched_weight(9, &edges), brute_force(&edges, 0), "{edges:?}");
            deepest = deepest.max(prove(9, &edges));
        }
    }
    assert_eq!(deepest, 3);
}

#[test]
fn equal_weights_give_the_largest_matching() {
    let ring: Vec<Edge> = (0..101).map(|node| (node, (node + 1) % 101, 7)).collect();
    assert_eq!(matched_weight(101, &ring), 50 * 7);
    let petersen = (0..5).flat_map(|i| [(i, (i + 1) % 5, 1), (i, i + 5, 1), (i + 5, (i + 2) % 5 + 5, 1)]);
    assert_eq!(matched_weight(10, &petersen.collect::<Vec<_>>()), 5);
}

#[test]
fn edges_that_never_help_are_ignored() {
    assert_eq!(max_weight_matching(0, &[]), []);
    assert_eq!(max_weight_matching(3, &[(0, 0, 9), (0, 1, 0), (1, 2, -4)]), [None, None, None]);
}

#[test]
fn the_heaviest_parallel_edge_counts() {
    let edges = [(0, 1, 1), (1, 0, 6), (0, 1, 3), (1, 2, 5)];
    assert_eq!(max_weight_matching(3, &edges), [Some(1), Some(0), None]);
}

#[test]
fn the_highest_weights_do_not_overflow() {
    let mut rng = stream(5, "test");
    for _ in 0..200 {
        let nodes = rng.random_range(1..10);
        let small = random_edges(&mut rng, nodes, 18, 100);
        let edges: Vec<Edge> = small.iter().map(|&(u, v, weight)| (u, v, weight * (i64::MAX / 1600))).collect();
        assert_eq!(weight(&small, &max_weight_matching(nodes as usize, &edges)), brute_force(&small, 0));
    }
}

#[test]
fn a_graph_has_one_answer() {
    let edges = random_edges(&mut stream(6, "test"), 300, 900, 5);
    assert_eq!(max_weight_matching(300, &edges), max_weight_matching(300, &edges));
}

#[test]
#[should_panic(expected = "edge 1-2 in a graph of 2 nodes")]
fn a_node_out_of_range_panics() {
    max_weight_matching(2, &[(1, 2, 1)]);
}

#[test]
#[should_panic(expected = "is too high")]
fn a_weight_out_of_range_panics() {
    max_weight_matching(2, &[(0, 1, i64::MAX / 8)]);
}
