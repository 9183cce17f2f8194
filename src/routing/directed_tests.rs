//! Tests of the algorithms on networks whose links differ by direction or lead one way only, against the all-pairs
//! distances of Floyd and Warshall over directed arcs.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::UNREACHED;
use super::bounded::Bounded;
use super::cached_routes::CachedRoutes;
use super::cost::CostKind;
use super::disjoint::Disjoint;
use super::fields::to_nearest;
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

type Links = Vec<(u32, u32, [Option<u32>; 2])>;

fn random_links(rng: &mut ChaCha8Rng, most_nodes: u32, most_links: u32) -> (u32, Links) {
    let n = rng.random_range(2..=most_nodes);
    let dearest = [1, 3, 10, 1000][rng.random_range(0..4)];
    let cheapest = u32::from(rng.random_bool(0.5));
    let links = (0..rng.random_range(0..=most_links)).map(|_| {
        let (a, b) = (rng.random_range(0..n), rng.random_range(1..n));
        let there = rng.random_range(cheapest..=dearest);
        let back = rng.random_bool(0.6).then(|| rng.random_range(cheapest..=dearest));
        (a, (a + b) % n, if rng.random_bool(0.5) { [Some(there), back] } else { [back, Some(there)] })
    });
    (n, links.collect())
}

fn floyd_warshall(n: u32, links: &Links) -> Vec<Vec<u32>> {
    let n = n as usize;
    let mut distances = vec![vec![UNREACHED; n]; n];
    (0..n).for_each(|x| distances[x][x] = 0);
    for &(a, b, costs) in links {
        for ([from, to], cost) in [[a, b], [b, a]].into_iter().zip(costs) {
            let known = &mut distances[from as usize][to as usize];
            *known = cost.map_or(*known, |cost| cost.min(*known));
        }
    }
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                distances[i][j] = distances[i][j].min(distances[i][k].saturating_add(distances[k][j]));
            }
        }
    }
    distances
}

/// All loopless paths between two nodes as (cost, ports), by cost.
fn all_paths(view: &View, from: u32, to: u32) -> Vec<(u32, Vec<u32>)> {
    let (mut all, mut open) = (Vec::new(), vec![(vec![from], Vec::new(), 0)]);
    while let Some((nodes, ports, cost)) = open.pop() {
        let x = nodes[nodes.len() - 1];
        if x == to {
            all.push((cost, ports));
            continue;
        }
        for (port, y, price) in view.ports(x) {
            if !nodes.contains(&y) {
                let longer = |list: &[u32], more| list.iter().copied().chain([more]).collect::<Vec<u32>>();
                open.push((longer(&nodes, y), longer(&ports, port), cost + price));
            }
        }
    }
    all.sort_unstable();
    all
}

#[test]
fn searches_equal_all_pairs_distances() {
    let (mut rng, mut route, mut one_sided) = (stream(81, "test"), Route::default(), 0);
    for _ in 0..1500 {
        let (n, links) = random_links(&mut rng, 24, 60);
        let view = View::directed(n as usize, &links, 0).unwrap();
        let right = floyd_warshall(n, &links);
        let mut finders = ALGORITHMS.map(|algorithm| Finder::new(algorithm, &view));
        assert_eq!(Labels::new(&view, 1 << 20).is_some(), view.is_symmetric());
        for _ in 0..12 {
            let (from, to) = (rng.random_range(0..n), rng.random_range(0..n));
            let expected = Some(right[from as usize][to as usize]).filter(|&cost| cost != UNREACHED);
            one_sided += u32::from(expected.is_some() && right[to as usize][from as usize] == UNREACHED);
            for finder in &mut finders {
                let query = Query { from, to, max_hops: None };
                assert_eq!(finder.route(&view, query, &mut route), expected, "{query:?} {finder:?} {links:?}");
                expected.inspect(|_| route.check(&view, from, to));
            }
        }
        let all: Vec<u32> = (0..n).collect();
        assert_eq!(many::distances(&view, &all, &all), right.concat());
        let targets: Vec<u32> = (0..n).step_by(3).collect();
        let nearest = right.iter().map(|row| targets.iter().map(|&target| row[target as usize]).min().unwrap());
        assert_eq!(to_nearest(&view, &targets), nearest.collect::<Vec<_>>());
    }
    assert!(one_sided > 500, "only {one_sided} pairs have a path in one direction alone");
}

#[test]
fn bounded_and_k_best_and_disjoint_paths_equal_the_best_of_all_paths() {
    let (mut rng, mut bounded, mut route) = (stream(82, "test"), Bounded::default(), Route::default());
    let (mut yen, mut disjoint, mut pair) = (Yen::default(), Disjoint::default(), Default::default());
    let mut found = 0;
    for _ in 0..3000 {
        let (n, links) = random_links(&mut rng, 7, 14);
        let view = View::directed(n as usize, &links, 0).unwrap();
        let (from, to) = (rng.random_range(0..n), rng.random_range(0..n));
        let paths = all_paths(&view, from, to);
        for hops in 0..=n {
            let short = paths.iter().filter(|(_, ports)| ports.len() <= hops as usize);
            assert_eq!(bounded.route(&view, from, to, hops, &mut route), short.map(|path| path.0).min(), "{links:?}");
        }
        for k in [1, 3, 50] {
            let costs: Vec<u32> = yen.routes(&view, from, to, k).map(|route| route.cost).collect();
            assert_eq!(costs, paths.iter().map(|path| path.0).take(k).collect::<Vec<_>>(), "{from} {to} {links:?}");
        }
        if from == to {
            continue;
        }
        let apart = |a: &[u32], b: &[u32]| a.iter().all(|&port| !b.contains(&port) && !b.contains(&view.twin(port)));
        let best = |a: &(u32, Vec<u32>)| {
            paths.iter().filter(|b| apart(&a.1, &b.1)).map(|b| u64::from(a.0) + u64::from(b.0)).min()
        };
        let right = paths.iter().filter_map(best).min();
        assert_eq!(disjoint.routes(&view, from, to, &mut pair), right, "{from} {to} {links:?}");
        if right.is_some() {
            pair.iter().for_each(|route: &Route| route.check(&view, from, to));
            assert!(apart(&pair[0].ports, &pair[1].ports));
            found += 1;
        }
    }
    assert!(found > 500, "only {found} pairs of paths");
}

/// Links change in one direction or both, open and close, in all mixtures of dearer and cheaper.
#[test]
fn trees_and_cached_routes_follow_changes_of_one_direction() {
    let (mut rng, mut route, mut kept, mut hits) = (stream(83, "test"), Route::default(), 0, 0);
    for round in 0..120 {
        let (n, mut links) = random_links(&mut rng, 16, 40);
        if links.is_empty() {
            continue;
        }
        let full: Links = links.iter().map(|&(a, b, _)| (a, b, [Some(1); 2])).collect();
        let view = View::directed(n as usize, &full, 0).unwrap();
        let mut ports = vec![[0; 2]; links.len()];
        let mut next = view.first_port(NodeId(0));
        for x in 0..n {
            for (&(a, b, _), ports) in links.iter().zip(&mut ports) {
                for side in 0..2 {
                    if [a, b][side] == x {
                        ports[side] = next;
                        next += 1;
                    }
                }
            }
        }
        let view = View::directed(n as usize, &links, 0).unwrap();
        let mut trees = Trees::new(n as usize, 1 << 20);
        let mut routes = CachedRoutes::new(view, CostKind::Latency, ALGORITHMS[round % 4], 100);
        let dearest = [2, 4, 10][round % 3];
        for _ in 0..60 {
            let at = rng.random_range(0..links.len());
            let (a, b, costs) = &mut links[at];
            let how = match rng.random_range(0..3) {
                0 => {
                    *costs = [None; 2];
                    How::Failed
                }
                1 => {
                    *costs = [(); 2].map(|()| rng.random_bool(0.7).then(|| rng.random_range(0..dearest)));
                    How::Restored { latency: *costs }
                }
                _ => {
                    let [there, back] = [(); 2].map(|()| rng.random_range(0..dearest));
                    *costs = [Some(there), Some(back)];
                    How::Changed { before: EachWay::same(1), latency: EachWay([there, back]) }
                }
            };
            let change = PortChange { ports: ports[at], ends: [NodeId(*a), NodeId(*b)], how };
            let link = routes.change(|view| Some(view.apply(&change))).unwrap();
            trees.follow(routes.view(), &link);
            let right = floyd_warshall(n, &links);
            for target in 0..n {
                let expected: Vec<u32> = right.iter().map(|row| row[target as usize]).collect();
                if rng.random_bool(0.3) {
                    kept += u32::from(trees.keeps(target));
                    assert_eq!(trees.distances(target, routes.view()), expected, "to {target} after {change:?}");
                }
                let from = rng.random_range(0..n);
                let cost = trees.route(routes.view(), from, target, &mut route);
                assert_eq!(cost.unwrap_or(UNREACHED), expected[from as usize]);
                cost.inspect(|_| route.check(routes.view(), from, target));
                let query = Query { from, to: target, max_hops: None };
                let answer = routes.route(query).cloned();
                assert_eq!(answer.as_ref().map(|route| route.cost), cost, "{query:?} after {change:?}");
                answer.inspect(|route| route.check(routes.view(), from, target));
            }
        }
        hits += routes.cache().counts().hits;
    }
    assert!(kept > 5_000 && hits > 10_000, "{kept} {hits}");
}
