//! Every result against its definition, on small random networks with wormholes, and against published values.

use std::path::Path;

use proptest::prelude::*;
use rustworkx_core::centrality::{betweenness_centrality, closeness_centrality, edge_betweenness_centrality};

use super::*;
use crate::routing::network::OpenWormhole;
use crate::topology::{
    DirectionInput, EachWay, LinkInput, LinkLength, NodeInput, Parts, Rules, TopologyBuilder, read_topology,
};

const FAR: u32 = u32::MAX / 2;

/// A network of space links and wormholes as (end, end, ticks), all its parts kept.
fn network(nodes: u32, links: &[(u32, u32, u32)], wormholes: &[(u32, u32, u32)]) -> Network {
    let node = |id: u32| NodeInput { id: id.to_string().into(), label: None, position: None, mass: None };
    let link = |&(a, b, ticks): &(u32, u32, u32)| {
        let direction = DirectionInput { length: Some(LinkLength::Ticks(ticks)), capacity_per_tick: None };
        LinkInput::symmetric([a, b], direction)
    };
    let builder = TopologyBuilder {
        name: "random".to_owned(),
        source: None,
        nodes: (0..nodes).map(node).collect(),
        links: links.iter().map(link).collect(),
    };
    let topology = builder.build(&Rules { parts: Parts::All, ..Rules::default() }).unwrap();
    let hole = |(id, &(a, b, ticks)): (u32, &(u32, u32, u32))| OpenWormhole {
        id,
        ends: [NodeId(a), NodeId(b)],
        transit_ticks: EachWay::same(ticks),
        upkeep_ticks: 0.0,
    };
    Network { topology, wormholes: (0..).zip(wormholes).map(hole).collect(), run: None }
}

fn shipped(name: &str) -> Network {
    let path = Path::new("scenarios/topologies").join(name);
    read_topology(&path, &Rules::default()).unwrap().0.into()
}

/// Links that are no loops, with few different latencies, so that there are ties.
fn links(nodes: u32, count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(u32, u32, u32)>> {
    let link = (0..nodes, 0..nodes, 1..4_u32).prop_filter("a loop", |(a, b, _)| a != b);
    prop::collection::vec(link, count)
}

fn networks() -> impl Strategy<Value = Network> {
    (3..11_u32)
        .prop_flat_map(|nodes| (Just(nodes), links(nodes, 1..16), links(nodes, 0..4)))
        .prop_map(|(nodes, space, holes)| network(nodes, &space, &holes))
}

fn all_links(network: &Network) -> Vec<(usize, usize, u32)> {
    network.links().map(|(a, b, ticks)| (a.index(), b.index(), ticks[0].unwrap())).collect()
}

/// Distances between all pairs (Floyd 1962).
fn all_pairs(nodes: usize, links: &[(usize, usize, u32)]) -> Vec<Vec<u32>> {
    let mut far = vec![vec![FAR; nodes]; nodes];
    (0..nodes).for_each(|x| far[x][x] = 0);
    for &(a, b, cost) in links {
        far[a][b] = far[a][b].min(cost);
        far[b][a] = far[a][b];
    }
    for via in 0..nodes {
        for a in 0..nodes {
            for b in 0..nodes {
                far[a][b] = far[a][b].min(far[a][via].saturating_add(far[via][b])).min(FAR);
            }
        }
    }
    far
}

/// Number of parts among the nodes that `stays` keeps.
fn parts(nodes: usize, links: &[(usize, usize, u32)], stays: impl Fn(usize) -> bool) -> usize {
    let kept: Vec<_> = links.iter().copied().filter(|&(a, b, _)| stays(a) && stays(b)).collect();
    let far = all_pairs(nodes, &kept);
    (0..nodes).filter(|&x| stays(x) && (0..x).all(|y| !stays(y) || far[x][y] == FAR)).count()
}

/// All shortest paths in hops, as lists of nodes.
fn shortest_paths(far: &[Vec<u32>], joined: &[Vec<bool>], from: usize, to: usize) -> Vec<Vec<usize>> {
    if from == to {
        return vec![vec![to]];
    }
    let onward = (0..far.len()).filter(|&next| joined[from][next] && far[next][to] + 1 == far[from][to]);
    let paths = onward.flat_map(|next| shortest_paths(far, joined, next, to));
    paths.map(|path| [vec![from], path].concat()).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

fn histogram(far: &[Vec<u32>]) -> Histogram {
    let mut histogram = Histogram::default();
    let others = |x: usize| (0..far.len()).filter(move |&y| x != y && far[x][y] < FAR).map(move |y| far[x][y]);
    (0..far.len()).flat_map(others).for_each(|distance| histogram.add(distance));
    histogram
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn what_fails_is_what_parts_the_network(network in networks()) {
        let (nodes, links) = (network.topology.node_count(), all_links(&network));
        let analysis = Analysis::of(&network);
        let whole = parts(nodes, &links, |_| true);
        prop_assert_eq!(analysis.components.len(), whole);
        prop_assert!(analysis.components.windows(2).all(|pair| pair[0].len() >= pair[1].len()));
        let far = all_pairs(nodes, &links);
        for part in &analysis.components {
            prop_assert!(part.iter().all(|x| part.iter().all(|y| far[x.index()][y.index()] < FAR)));
        }
        let cut: Vec<NodeId> = (0..nodes)
            .filter(|&x| {
                let is_alone = (0..nodes).all(|y| x == y || far[x][y] == FAR);
                parts(nodes, &links, |y| y != x) > whole - usize::from(is_alone)
            })
            .map(|x| NodeId(x as u32))
            .collect();
        prop_assert_eq!(&analysis.articulation_points, &cut);
        let bridges: Vec<[usize; 2]> = (0..links.len())
            .filter(|&gone| {
                let rest: Vec<_> = (0..links.len()).filter(|&i| i != gone).map(|i| links[i]).collect();
                parts(nodes, &rest, |_| true) > whole
            })
            .map(|place| [links[place].0.min(links[place].1), links[place].0.max(links[place].1)])
            .collect();
        let found: Vec<[usize; 2]> =
            analysis.bridges.iter().map(|&place| analysis.bundles[place].ends.map(NodeId::index)).collect();
        prop_assert_eq!(found, bridges);
        let degree = |x: usize| links.iter().filter(|&&(a, b, _)| a == x || b == x).count() as u32;
        prop_assert_eq!(&analysis.degrees, &(0..nodes).map(degree).collect::<Vec<u32>>());
        prop_assert_eq!(analysis.degree_distribution().iter().sum::<usize>(), nodes);
    }

    #[test]
    fn a_spanning_tree_is_the_least_that_spans(network in networks()) {
        let (nodes, links) = (network.topology.node_count(), all_links(&network));
        let analysis = Analysis::of(&network);
        // Prim 1957, from every node that is not reached yet.
        let (mut reached, mut weight) = (vec![false; nodes], 0_u64);
        for start in 0..nodes {
            reached[start] = true;
            while let Some(&(a, b, ticks)) =
                links.iter().filter(|&&(a, b, _)| reached[a] != reached[b]).min_by_key(|link| link.2)
            {
                weight += u64::from(ticks);
                (reached[a], reached[b]) = (true, true);
            }
        }
        prop_assert_eq!(analysis.spanning_tree_ticks, weight);
        let tree = analysis.spanning_tree.iter().map(|&place| {
            let Bundle { ends: [a, b], ticks, .. } = analysis.bundles[place];
            (a.index(), b.index(), ticks)
        });
        let tree: Vec<_> = tree.collect();
        prop_assert_eq!(parts(nodes, &tree, |_| true), analysis.components.len());
        prop_assert_eq!(tree.len(), nodes - analysis.components.len());
    }

    #[test]
    fn distances_and_centralities_follow_their_definitions(network in networks()) {
        let (nodes, links) = (network.topology.node_count(), all_links(&network));
        let analysis = Analysis::of(&network);
        prop_assert!(analysis.is_exact());
        let single: Vec<_> = links.iter().map(|&(a, b, _)| (a, b, 1)).collect();
        let far = all_pairs(nodes, &single);
        prop_assert_eq!(&analysis.distances.hops, &histogram(&far));
        prop_assert_eq!(&analysis.distances.ticks, &histogram(&all_pairs(nodes, &links)));

        let mut joined = vec![vec![false; nodes]; nodes];
        links.iter().for_each(|&(a, b, _)| (joined[a][b], joined[b][a]) = (true, true));
        let (mut through, mut over) = (vec![0.0; nodes], vec![0.0; analysis.bundles.len()]);
        for a in 0..nodes {
            for b in (0..a).filter(|&b| far[a][b] < FAR) {
                let paths = shortest_paths(&far, &joined, a, b);
                let share = 1.0 / paths.len() as f64;
                for path in &paths {
                    path[1..path.len() - 1].iter().for_each(|&node| through[node] += share);
                    for ends in path.windows(2) {
                        let ends = [ends[0].min(ends[1]), ends[0].max(ends[1])].map(|end| NodeId(end as u32));
                        let place = analysis.bundles.iter().position(|bundle| bundle.ends == ends).unwrap();
                        over[place] += share;
                    }
                }
            }
        }
        let n = nodes as f64;
        for (x, &through) in through.iter().enumerate() {
            prop_assert!(close(analysis.betweenness[x], through / ((n - 1.0) * (n - 2.0) / 2.0)));
            let others: Vec<f64> =
                (0..nodes).filter(|&y| x != y && far[x][y] < FAR).map(|y| f64::from(far[x][y])).collect();
            let count = others.len() as f64;
            let expected = if count == 0.0 { 0.0 } else { count / others.iter().sum::<f64>() * count / (n - 1.0) };
            prop_assert!(close(analysis.closeness[x], expected));
        }
        for (place, &over) in over.iter().enumerate() {
            prop_assert!(close(analysis.bundle_betweenness[place], over / (n * (n - 1.0) / 2.0)));
        }

        let graph = graph_of(nodes, &analysis.bundles);
        let same = |ours: &[f64], theirs: Vec<Option<f64>>| ours.iter().zip(theirs).all(|(a, b)| close(*a, b.unwrap()));
        prop_assert!(same(&analysis.betweenness, betweenness_centrality(&graph, false, true, usize::MAX)));
        prop_assert!(same(&analysis.closeness, closeness_centrality(&graph, true, usize::MAX)));
        prop_assert!(same(&analysis.bundle_betweenness, edge_betweenness_centrality(&graph, true, usize::MAX)));

        let vector = analysis.eigenvector.unwrap();
        let image: Vec<f64> =
            (0..nodes).map(|x| (0..nodes).filter(|&y| joined[x][y]).map(|y| vector[y]).sum()).collect();
        let value: f64 = image.iter().zip(&vector).map(|(a, b)| a * b).sum();
        prop_assert!(image.iter().zip(&vector).all(|(a, b)| (a - value * b).abs() < 1e-3), "{:?}", vector);
        prop_assert!(value > 0.99 && vector.iter().all(|&entry| entry >= 0.0));
    }
}

#[test]
fn the_grid_of_boyan_and_littman_has_its_published_values() {
    let analysis = Analysis::of(&shipped("boyan-littman-6x6.json"));
    let hops = &analysis.distances.hops;
    assert_eq!((hops.max, hops.sum, hops.count), (11, 6092, 1260));
    assert_eq!(&analysis.distances.ticks, hops, "all links take a tick");
    assert_eq!((analysis.components.len(), analysis.spanning_tree_ticks), (1, 35));
}

#[test]
fn a_path_and_a_star_have_values_in_closed_form() {
    let path = Analysis::of(&network(5, &[(0, 1, 3), (1, 2, 4), (2, 3, 5), (3, 4, 6)], &[]));
    let sixths = |values: &[f64]| values.iter().map(|value| (value * 6.0).round() as u32).collect::<Vec<_>>();
    assert_eq!(sixths(&path.betweenness), [0, 3, 4, 3, 0]);
    assert_eq!((path.bridges.as_slice(), path.articulation_points.len()), ([0, 1, 2, 3].as_slice(), 3));
    assert_eq!((path.distances.ticks.max, path.distances.hops.max), (18, 4));
    let star = Analysis::of(&network(5, &[(0, 1, 1), (0, 2, 1), (0, 3, 1), (0, 4, 1)], &[]));
    let vector = star.eigenvector.unwrap();
    assert!((vector[0] - 0.5_f64.sqrt()).abs() < 1e-6 && (vector[1] - 0.125_f64.sqrt()).abs() < 1e-6, "{vector:?}");
    assert_eq!((star.betweenness[0], star.closeness[0]), (1.0, 1.0));
}

#[test]
fn a_wormhole_beside_a_bridge_leaves_no_bridge() {
    let alone = Analysis::of(&network(2, &[(0, 1, 9)], &[]));
    assert_eq!(alone.bridges, [0]);
    let both = Analysis::of(&network(2, &[(0, 1, 9)], &[(1, 0, 2), (0, 1, 5)]));
    let bundle = Bundle { ends: [NodeId(0), NodeId(1)], ticks: 2, wormhole: true, links: 3 };
    assert_eq!((both.bundles, both.bridges, both.degrees), (vec![bundle], vec![], vec![3, 3]));
}

/// 2²⁰⁰⁰ shortest paths lead from end to end, more than a float can count.
#[test]
fn more_paths_than_there_are_numbers_share_pairs_evenly() {
    let diamonds = 2000;
    let links: Vec<_> = (0..diamonds)
        .flat_map(|i| [(3 * i, 3 * i + 1), (3 * i, 3 * i + 2), (3 * i + 1, 3 * i + 3), (3 * i + 2, 3 * i + 3)])
        .map(|(a, b)| (a, b, 1))
        .collect();
    let nodes = 3 * diamonds + 1;
    let analysis = Analysis::within(&network(nodes, &links, &[]), 1);
    assert_eq!(analysis.distances.sources, MIN_SOURCES);
    let (upper, lower) = (analysis.betweenness[1 + 3 * 1000], analysis.betweenness[2 + 3 * 1000]);
    // Half of all pairs lie on different sides, and each goes over one of the two with equal chance.
    assert!((0.2..0.3).contains(&upper) && (0.2..0.3).contains(&lower), "{upper} {lower}");
    assert!(analysis.betweenness.iter().all(|value| value.is_finite()));
}

/// On a ring every node sees the same distances, so that a sample knows all.
#[test]
fn a_sample_of_sources_estimates_what_all_sources_give() {
    let links: Vec<_> = (0..501).map(|i| (i, (i + 1) % 501, 2)).collect();
    let network = network(501, &links, &[]);
    let (all, some) = (Analysis::of(&network), Analysis::within(&network, 1));
    assert_eq!((all.distances.sources, some.distances.sources), (501, MIN_SOURCES));
    assert!(all.is_exact() && !some.is_exact());
    assert_eq!(some.distances.hops.max, all.distances.hops.max);
    assert_eq!(some.distances.ticks.mean(), all.distances.ticks.mean());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!(close(mean(&some.betweenness), mean(&all.betweenness)));
    for (some, all) in some.closeness.iter().zip(&all.closeness) {
        assert!((some / all - 1.0).abs() < 0.05, "{some} {all}");
    }
}
