//! Tests of every algorithm against brute force and petgraph, on thousands of small random networks.

use petgraph::algo::{astar, bidirectional_dijkstra, dijkstra};
use petgraph::graph::{NodeIndex, UnGraph};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::UNREACHED;
use super::bounded::Bounded;
use super::disjoint::Disjoint;
use super::labels::Labels;
use super::many;
use super::query::{Algorithm, Finder, Query};
use super::route::Route;
use super::trees::Trees;
use super::view::View;
use super::yen::Yen;
use crate::fabric::port::{How, PortChange};
use crate::random::stream;
use crate::topology::{EachWay, NodeId};

const ALGORITHMS: [Algorithm; 4] = [Algorithm::Dijkstra, Algorithm::Bidirectional, Algorithm::Alt, Algorithm::Labels];

type Links = Vec<(u32, u32, u32)>;

/// A few nodes and links without loops; parallel links, links that cost nothing, ties and parts are common.
fn random_links(rng: &mut ChaCha8Rng, most_nodes: u32, most_links: u32) -> (u32, Links) {
    let n = rng.random_range(2..=most_nodes);
    let dearest = [1, 3, 10, 1000][rng.random_range(0..4)];
    let cheapest = u32::from(rng.random_bool(0.5));
    let links = (0..rng.random_range(0..=most_links)).map(|_| {
        let (a, b) = (rng.random_range(0..n), rng.random_range(1..n));
        (a, (a + b) % n, rng.random_range(cheapest..=dearest))
    });
    (n, links.collect())
}

/// All-pairs distances by relaxing every link until nothing changes.
fn plain(view: &View) -> Vec<Vec<Option<u32>>> {
    let n = view.nodes();
    let from = |origin: usize| {
        let mut best = vec![None; n];
        best[origin] = Some(0);
        loop {
            let before = best.clone();
            for x in 0..n {
                for (_, y, cost) in view.ports(x as u32) {
                    if let Some(here) = best[x] {
                        let y = y as usize;
                        best[y] = Some(best[y].map_or(here + cost, |known: u32| known.min(here + cost)));
                    }
                }
            }
            if best == before {
                return best;
            }
        }
    };
    (0..n).map(from).collect()
}

/// All loopless paths from `from` to `to` as (cost, ports), by cost.
fn all_paths(view: &View, from: u32, to: u32) -> Vec<(u32, Vec<u32>)> {
    fn extend(
        view: &View,
        nodes: &mut Vec<u32>,
        ports: &mut Vec<u32>,
        cost: u32,
        to: u32,
        all: &mut Vec<(u32, Vec<u32>)>,
    ) {
        let x = nodes[nodes.len() - 1];
        if x == to {
            all.push((cost, ports.clone()));
            return;
        }
        for (port, y, price) in view.ports(x) {
            if !nodes.contains(&y) {
                nodes.push(y);
                ports.push(port);
                extend(view, nodes, ports, cost + price, to, all);
                nodes.pop();
                ports.pop();
            }
        }
    }
    let mut all = Vec::new();
    extend(view, &mut vec![from], &mut Vec::new(), 0, to, &mut all);
    all.sort_unstable();
    all
}

fn check_route(view: &View, finder: &mut Finder, query: Query, expected: Option<u32>, route: &mut Route) {
    let found = finder.route(view, query, route);
    assert_eq!(found, expected, "{query:?} {finder:?} {view:?}");
    if let Some(cost) = found {
        route.check(view, query.from, query.to);
        assert_eq!(route.cost, cost);
    }
}

#[test]
fn searches_equal_plain_ones_and_petgraph() {
    let (mut rng, mut route) = (stream(31, "test"), Route::default());
    for _ in 0..1500 {
        let (n, links) = random_links(&mut rng, 24, 50);
        let view = View::of_links(n, &links);
        let expected = plain(&view);
        let mut graph = UnGraph::<(), u32>::new_undirected();
        let nodes: Vec<NodeIndex> = (0..n).map(|_| graph.add_node(())).collect();
        graph.extend_with_edges(&links);
        let mut finders = ALGORITHMS.map(|algorithm| Finder::new(algorithm, &view));
        let labels = [0, 1, 3].map(|trees| Labels::with_trees(&view, 1 << 20, trees).unwrap());
        for _ in 0..12 {
            let (from, to) = (rng.random_range(0..n), rng.random_range(0..n));
            let right = expected[from as usize][to as usize];
            for labels in &labels {
                assert_eq!(labels.route(&view, from, to, &mut route), right);
                right.inspect(|_| route.check(&view, from, to));
            }
            for finder in &mut finders {
                check_route(&view, finder, Query { from, to, max_hops: None }, right, &mut route);
            }
            let (a, b) = (nodes[from as usize], nodes[to as usize]);
            let cost = |edge: petgraph::graph::EdgeReference<u32>| *edge.weight();
            assert_eq!(dijkstra(&graph, a, Some(b), cost).get(&b).copied(), right);
            assert_eq!(astar(&graph, a, |x| x == b, cost, |_| 0).map(|(cost, _)| cost), right);
            if from != to {
                assert_eq!(bidirectional_dijkstra(&graph, a, b, cost), right);
            }
        }
        let all: Vec<u32> = (0..n).collect();
        let found = many::distances(&view, &all, &all);
        for (found, right) in found.chunks(n as usize).zip(&expected) {
            assert!(found.iter().zip(right).all(|(&found, right)| found == right.unwrap_or(UNREACHED)));
        }
    }
}

#[test]
fn bounded_paths_equal_the_best_of_all_short_ones() {
    let (mut rng, mut bounded, mut route) = (stream(32, "test"), Bounded::default(), Route::default());
    let mut limited = 0;
    for _ in 0..2000 {
        let (n, links) = random_links(&mut rng, 8, 14);
        let view = View::of_links(n, &links);
        for _ in 0..4 {
            let (from, to) = (rng.random_range(0..n), rng.random_range(0..n));
            let paths = all_paths(&view, from, to);
            let best = paths.iter().map(|path| path.0).min();
            for hops in (0..=n).chain([u32::MAX]) {
                let short = paths.iter().filter(|(_, ports)| ports.len() <= hops as usize);
                let right = short.map(|path| path.0).min();
                assert_eq!(bounded.route(&view, from, to, hops, &mut route), right, "{from} {to} {hops} {links:?}");
                if right.is_some() {
                    route.check(&view, from, to);
                    assert!(route.hops() <= hops as usize);
                    limited += u32::from(right != best);
                }
            }
        }
    }
    assert!(limited > 100, "the limit mattered only {limited} times");
}

/// Only a run whose links failed can have such ways: whatever builds a view refuses them.
#[test]
fn a_way_that_costs_more_than_there_are_numbers_is_none() {
    const FAR: u32 = 2_000_000_000;
    let mut view = View::weighted(4, &[(0, 3, 1)], 2).unwrap();
    let closed = view.close([0, view.twin(0)]);
    let mut finders = ALGORITHMS.map(|algorithm| Finder::new(algorithm, &view));
    let mut trees = Trees::new(4, 1000);
    trees.distances(3, &view);
    trees.follow(&view, &closed);
    // The last slot of a node leads on, the one before it back.
    for x in 0..3 {
        let ports = [view.edges(x + 1).0 - 1, view.edges(x + 1).0 + u32::from(x == 2)];
        let how = How::Opened { latency: EachWay::same(FAR) };
        let link = view.apply(&PortChange { ports, ends: [NodeId(x), NodeId(x + 1)], how });
        trees.follow(&view, &link);
    }
    let (mut route, mut pair) = (Route::default(), Default::default());
    for (to, right) in [(1, Some(FAR)), (2, Some(2 * FAR)), (3, None)] {
        for max_hops in [None, Some(3)] {
            let fresh = ALGORITHMS.map(|algorithm| Finder::new(algorithm, &view));
            for finder in finders.iter_mut().chain(&mut { fresh }) {
                check_route(&view, finder, Query { from: 0, to, max_hops }, right, &mut route);
            }
        }
        assert_eq!(trees.route(&view, 0, to, &mut route), right);
        assert_eq!(many::distances(&view, &[0], &[to]), [right.unwrap_or(UNREACHED)]);
        assert_eq!(Yen::default().routes(&view, 0, to, 3).len(), usize::from(right.is_some()));
    }
    let direct = view.apply(&PortChange {
        ports: closed.ports,
        ends: closed.ends.map(NodeId),
        how: How::Restored { latency: [Some(FAR); 2] },
    });
    trees.follow(&view, &direct);
    assert_eq!(trees.route(&view, 0, 3, &mut route), Some(FAR));
    assert_eq!(Yen::default().routes(&view, 0, 3, 3).len(), 1);
    assert_eq!(Disjoint::default().routes(&view, 0, 3, &mut pair), None);
    assert_eq!(view.open(0, 1, 1), None, "no headroom is left");
}

#[test]
fn k_best_paths_equal_the_first_of_all() {
    let (mut rng, mut yen) = (stream(33, "test"), Yen::default());
    for _ in 0..2000 {
        let (n, links) = random_links(&mut rng, 8, 14);
        let view = View::of_links(n, &links);
        for _ in 0..3 {
            let (from, to) = (rng.random_range(0..n), rng.random_range(0..n));
            let paths = all_paths(&view, from, to);
            for k in [0, 1, 2, 5, 50, usize::MAX] {
                let found: Vec<&Route> = yen.routes(&view, from, to, k).collect();
                let costs: Vec<u32> = found.iter().map(|route| route.cost).collect();
                let right: Vec<u32> = paths.iter().map(|path| path.0).take(k.min(super::yen::MAX_ROUTES)).collect();
                assert_eq!(costs, right, "{from} {to} {k} {links:?}");
                found.iter().for_each(|route| route.check(&view, from, to));
                let mut ports: Vec<&[u32]> = found.iter().map(|route| &route.ports[..]).collect();
                ports.sort_unstable();
                ports.dedup();
                assert_eq!(ports.len(), found.len(), "no path twice");
            }
        }
    }
}

#[test]
fn disjoint_pairs_equal_the_best_of_all_pairs() {
    let (mut rng, mut disjoint, mut routes) = (stream(34, "test"), Disjoint::default(), Default::default());
    let mut trapped = 0;
    for round in 0..3000 {
        let (mut n, mut links) = random_links(&mut rng, 7, 13);
        if round % 2 == 0 {
            // The best path over all four nodes leaves nothing for a second.
            n = n.max(4);
            links.truncate(6);
            links.extend([(0, 1, 1), (1, 2, 1), (2, 3, 1), (0, 2, 3), (1, 3, 4)]);
        }
        let view = View::of_links(n, &links);
        let (from, to) = if round % 4 == 0 { (0, 3) } else { (rng.random_range(0..n), rng.random_range(0..n)) };
        if from == to {
            assert_eq!(disjoint.routes(&view, from, to, &mut routes), Some(0));
            continue;
        }
        let paths = all_paths(&view, from, to);
        let apart = |a: &[u32], b: &[u32]| a.iter().all(|&port| !b.contains(&port) && !b.contains(&view.twin(port)));
        let pairs = |a: &(u32, Vec<u32>)| {
            let others = paths.iter().filter(|b| apart(&a.1, &b.1));
            others.map(|b| u64::from(a.0 + b.0)).min()
        };
        let right = paths.iter().filter_map(pairs).min();
        assert_eq!(disjoint.routes(&view, from, to, &mut routes), right, "{from} {to} {links:?}");
        if let Some(right) = right {
            routes.iter().for_each(|route: &Route| route.check(&view, from, to));
            assert!(apart(&routes[0].ports, &routes[1].ports), "{routes:?} {links:?}");
            assert!(routes[0].cost <= routes[1].cost);
            trapped += u32::from(pairs(&paths[0]) != Some(right));
        }
    }
    assert!(trapped > 100, "the best path was part of the best pair in all but {trapped}");
}

#[test]
fn many_to_many_is_the_same_on_any_number_of_threads() {
    let (n, links) = random_links(&mut stream(35, "test"), 300, 900);
    let view = View::of_links(n, &links);
    let (origins, targets): (Vec<u32>, Vec<u32>) = ((0..n).step_by(3).collect(), (0..n).rev().step_by(2).collect());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| many::distances(&view, &origins, &targets))
    };
    let one = on(1);
    assert!(one.iter().any(|&distance| distance != UNREACHED && distance > 0));
    assert_eq!(on(2), one);
    assert_eq!(on(8), one);
    assert!(many::distances(&view, &origins, &[]).is_empty());
    assert!(many::distances(&view, &[], &targets).is_empty());
}
