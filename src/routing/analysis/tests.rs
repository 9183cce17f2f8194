//! Every result against its definition, on small random networks with wormholes, in half of which links differ by
//! direction or lead one way only, and against published values.

use std::path::Path;

use proptest::prelude::*;
use rustworkx_core::centrality::{betweenness_centrality, closeness_centrality, edge_betweenness_centrality};

use super::*;
use crate::routing::network::OpenWormhole;
use crate::topology::{
    DirectionInput, EachWay, LinkInput, LinkLength, NodeInput, Parts, Rules, TopologyBuilder, read_topology,
};

const FAR: u32 = u32::MAX / 2;

/// A link as (end, end, ticks from the first end and from the second, if it leads that way).
type Links = Vec<(u32, u32, [Option<u32>; 2])>;

/// A network of space links, all its parts kept, and wormholes, which are the same in both directions.
fn directed(nodes: u32, links: &Links, wormholes: &Links) -> Network {
    let node = |id: u32| NodeInput { id: id.to_string().into(), label: None, alias: None, position: None, mass: None };
    let direction = |ticks| DirectionInput { length: Some(LinkLength::Ticks(ticks)), capacity_per_tick: None };
    let link = |&(a, b, ticks): &(u32, u32, [Option<u32>; 2])| match ticks {
        [Some(there), back] => LinkInput { ends: [a, b], forth: direction(there), back: back.map(direction) },
        [None, back] => LinkInput { ends: [b, a], forth: direction(back.unwrap()), back: None },
    };
    let builder = TopologyBuilder {
        name: "random".to_owned(),
        nodes: (0..nodes).map(node).collect(),
        links: links.iter().map(link).collect(),
        ..TopologyBuilder::default()
    };
    let topology = builder.build(&Rules { parts: Parts::All, ..Rules::default() }).unwrap();
    let hole = |(id, &(a, b, ticks)): (u32, &(u32, u32, [Option<u32>; 2]))| OpenWormhole {
        id,
        ends: [NodeId(a), NodeId(b)],
        transit_ticks: EachWay(ticks.map(Option::unwrap)),
        upkeep_ticks: 0.0,
    };
    Network { wormholes: (0..).zip(wormholes).map(hole).collect(), ..topology.into() }
}

/// As [`directed`], of links and wormholes as (end, end, ticks).
fn network(nodes: u32, links: &[(u32, u32, u32)], wormholes: &[(u32, u32, u32)]) -> Network {
    let [links, wormholes] =
        [links, wormholes].map(|list| list.iter().map(|&(a, b, ticks)| (a, b, [Some(ticks); 2])).collect());
    directed(nodes, &links, &wormholes)
}

fn shipped(name: &str) -> Network {
    let path = Path::new("scenarios/topologies").join(name);
    read_topology(&path, &Rules::default()).unwrap().0.into()
}

/// Links that are no loops, with few different latencies, so that there are ties.
fn links(nodes: u32, count: std::ops::Range<usize>, symmetric: bool) -> impl Strategy<Value = Links> {
    let back = prop::option::weighted(0.6, 1..4_u32);
    let link = (0..nodes, 0..nodes, 1..4_u32, back).prop_filter("a loop", |(a, b, ..)| a != b);
    let link = link
        .prop_map(move |(a, b, there, back)| (a, b, if symmetric { [Some(there); 2] } else { [Some(there), back] }));
    prop::collection::vec(link, count)
}

fn networks() -> impl Strategy<Value = Network> {
    (3..11_u32, any::<bool>())
        .prop_flat_map(|(nodes, same)| (Just(nodes), links(nodes, 1..24, same), links(nodes, 0..4, true)))
        .prop_map(|(nodes, space, holes)| directed(nodes, &space, &holes))
}

/// Directions of links as (from, to, ticks).
fn arcs(network: &Network) -> Vec<(usize, usize, u32)> {
    let arcs = network.links().flat_map(|(a, b, ticks)| [(a, b, ticks[0]), (b, a, ticks[1])]);
    arcs.filter_map(|(a, b, ticks)| Some((a.index(), b.index(), ticks?))).collect()
}

/// All links as (end, end, ticks), as if they led both ways.
fn all_links(network: &Network) -> Vec<(usize, usize, u32)> {
    let slower = |ticks: [Option<u32>; 2]| ticks.into_iter().flatten().max().unwrap();
    network.links().map(|(a, b, ticks)| (a.index(), b.index(), slower(ticks))).collect()
}

/// Distances between all pairs (Floyd 1962).
fn all_pairs(nodes: usize, arcs: &[(usize, usize, u32)]) -> Vec<Vec<u32>> {
    let mut far = vec![vec![FAR; nodes]; nodes];
    (0..nodes).for_each(|x| far[x][x] = 0);
    for &(a, b, cost) in arcs {
        far[a][b] = far[a][b].min(cost);
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

fn both_ways(links: &[(usize, usize, u32)]) -> Vec<(usize, usize, u32)> {
    links.iter().flat_map(|&(a, b, ticks)| [(a, b, ticks), (b, a, ticks)]).collect()
}

/// Number of parts among the nodes that `stays` keeps.
fn parts(nodes: usize, links: &[(usize, usize, u32)], stays: impl Fn(usize) -> bool) -> usize {
    let kept: Vec<_> = links.iter().copied().filter(|&(a, b, _)| stays(a) && stays(b)).collect();
    let far = all_pairs(nodes, &both_ways(&kept));
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
        prop_assert_eq!(analysis.weak_components.len(), whole);
        let far = all_pairs(nodes, &both_ways(&links));
        let directed = all_pairs(nodes, &arcs(&network));
        for (parts, far) in [(&analysis.weak_components, &far), (&analysis.components, &directed)] {
            prop_assert!(parts.windows(2).all(|pair| pair[0].len() >= pair[1].len()));
            let part = |x: usize| parts.iter().position(|part| part.contains(&NodeId(x as u32))).unwrap();
            for (x, y) in (0..nodes).flat_map(|x| (0..nodes).map(move |y| (x, y))) {
                prop_assert_eq!(part(x) == part(y), far[x][y] < FAR && far[y][x] < FAR);
            }
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
        let arcs = arcs(&network);
        let led = |at: usize, x| arcs.iter().filter(|arc| [arc.0, arc.1][at] == x).count() as u32;
        prop_assert_eq!(&analysis.out_degrees, &(0..nodes).map(|x| led(0, x)).collect::<Vec<u32>>());
        prop_assert_eq!(&analysis.in_degrees, &(0..nodes).map(|x| led(1, x)).collect::<Vec<u32>>());
        prop_assert_eq!(analysis.degree_distribution().iter().sum::<usize>(), nodes);
    }

    #[test]
    fn a_spanning_tree_is_the_least_that_spans(network in networks()) {
        let (nodes, arcs) = (network.topology.node_count(), arcs(&network));
        let analysis = Analysis::of(&network);
        // The fastest way from each node to its neighbours; of both ways the slower.
        let fastest = |a, b| arcs.iter().filter(|arc| (arc.0, arc.1) == (a, b)).map(|arc| arc.2).min();
        let slower = |&(a, b, _): &(usize, usize, u32)| (a, b, fastest(a, b).max(fastest(b, a)).unwrap());
        let links: Vec<_> = arcs.iter().map(slower).collect();
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
            let [a, b] = analysis.bundles[place].ends;
            (a.index(), b.index(), 1)
        });
        let tree: Vec<_> = tree.collect();
        prop_assert_eq!(parts(nodes, &tree, |_| true), analysis.weak_components.len());
        prop_assert_eq!(tree.len(), nodes - analysis.weak_components.len());
    }

    #[test]
    fn distances_and_centralities_follow_their_definitions(network in networks()) {
        let (nodes, arcs) = (network.topology.node_count(), arcs(&network));
        let analysis = Analysis::of(&network);
        prop_assert!(analysis.is_exact());
        let single: Vec<_> = arcs.iter().map(|&(a, b, _)| (a, b, 1)).collect();
        let far = all_pairs(nodes, &single);
        prop_assert_eq!(&analysis.distances.hops, &histogram(&far));
        prop_assert_eq!(&analysis.distances.ticks, &histogram(&all_pairs(nodes, &arcs)));
        let apart = far.iter().flatten().filter(|&&hops| hops == FAR).count() as u64;
        prop_assert_eq!(analysis.unreachable_pairs(), apart);

        let mut joined = vec![vec![false; nodes]; nodes];
        arcs.iter().for_each(|&(a, b, _)| joined[a][b] = true);
        let (mut through, mut over) = (vec![0.0; nodes], vec![vec![0.0; nodes]; nodes]);
        for (a, b) in (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))).filter(|&(a, b)| far[a][b] < FAR) {
            let paths = shortest_paths(&far, &joined, a, b);
            let share = 1.0 / paths.len() as f64;
            for path in paths.iter().filter(|path| path.len() > 1) {
                path[1..path.len() - 1].iter().for_each(|&node| through[node] += share);
                path.windows(2).for_each(|ends| over[ends[0]][ends[1]] += share);
            }
        }
        let n = nodes as f64;
        for (x, &through) in through.iter().enumerate() {
            prop_assert!(close(analysis.betweenness[x], through / ((n - 1.0) * (n - 2.0))));
            let others: Vec<f64> =
                (0..nodes).filter(|&y| x != y && far[y][x] < FAR).map(|y| f64::from(far[y][x])).collect();
            let count = others.len() as f64;
            let expected = if count == 0.0 { 0.0 } else { count / others.iter().sum::<f64>() * count / (n - 1.0) };
            prop_assert!(close(analysis.closeness[x], expected));
        }
        let mut seen = 0;
        for edge in &analysis.edges {
            let [a, b] = edge.ends.map(NodeId::index);
            let back = if analysis.directed { 0.0 } else { over[b][a] };
            prop_assert!(close(edge.betweenness, (over[a][b] + back) / (n * (n - 1.0))));
            let fastest = arcs.iter().filter(|arc| (arc.0, arc.1) == (a, b)).map(|arc| arc.2).min();
            prop_assert_eq!(Some(edge.ticks), fastest);
            seen += if analysis.directed { 1 } else { 2 };
        }
        prop_assert_eq!(seen, joined.iter().flatten().filter(|&&joined| joined).count());

        if !analysis.directed {
            let graph = graph_of(nodes, &analysis.bundles);
            let same =
                |ours: &[f64], theirs: Vec<Option<f64>>| ours.iter().zip(theirs).all(|(a, b)| close(*a, b.unwrap()));
            prop_assert!(same(&analysis.betweenness, betweenness_centrality(&graph, false, true, usize::MAX)));
            prop_assert!(same(&analysis.closeness, closeness_centrality(&graph, true, usize::MAX)));
            let over: Vec<f64> = analysis.edges.iter().map(|edge| edge.betweenness).collect();
            prop_assert!(same(&over, edge_betweenness_centrality(&graph, true, usize::MAX)));
        }

        // Where only some nodes reach each other there may be no such vector, or one with many zeros.
        let whole = apart == 0;
        prop_assert!(analysis.eigenvector.is_some() || (analysis.directed && !whole));
        if let Some(vector) = analysis.eigenvector {
            let image: Vec<f64> =
                (0..nodes).map(|x| (0..nodes).filter(|&y| joined[y][x]).map(|y| vector[y]).sum()).collect();
            let value: f64 = image.iter().zip(&vector).map(|(a, b)| a * b).sum();
            prop_assert!(image.iter().zip(&vector).all(|(a, b)| (a - value * b).abs() < 1e-3), "{:?}", vector);
            prop_assert!(value > 0.99 && vector.iter().all(|&entry| entry >= 0.0));
            prop_assert!(!whole || vector.iter().all(|&entry| entry > 0.0));
        }
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

/// A path that leads one way, and a ring that does; 0 → 1 → 2 and so on.
#[test]
fn what_leads_one_way_has_values_in_closed_form() {
    let next = |count: u32, nodes: u32| (0..count).map(|i| (i, (i + 1) % nodes, [Some(i + 1), None])).collect();
    let path = Analysis::of(&directed(4, &next(3, 4), &vec![]));
    assert_eq!((path.components.len(), path.weak_components.len(), path.unreachable_pairs()), (4, 1, 6));
    // Node 3 is reached over 1, 2 and 3 hops by all others; none reaches node 0.
    let twelfths = |values: &[f64]| values.iter().map(|value| (value * 12.0).round() as u32).collect::<Vec<_>>();
    assert_eq!((twelfths(&path.closeness), twelfths(&path.betweenness)), (vec![0, 4, 5, 6], vec![0, 4, 4, 0]));
    assert_eq!((path.in_degrees, path.out_degrees), (vec![0, 1, 1, 1], vec![1, 1, 1, 0]));
    assert_eq!((path.bridges, path.articulation_points), (vec![0, 1, 2], vec![NodeId(1), NodeId(2)]));
    assert_eq!((path.spanning_tree_ticks, path.eigenvector), (6, None));

    let ring = Analysis::of(&directed(5, &next(5, 5), &vec![]));
    assert_eq!((ring.components.len(), ring.bridges.len(), ring.unreachable_pairs()), (1, 0, 0));
    assert_eq!((ring.distances.hops.max, ring.distances.hops.mean(), ring.distances.ticks.max), (4, Some(2.5), 14));
    assert!(ring.betweenness.iter().chain(ring.edges.iter().map(|edge| &edge.betweenness)).all(|&x| close(x, 0.5)));
    assert!(ring.closeness.iter().all(|&value| close(value, 0.4)));
    assert!(ring.eigenvector.unwrap().iter().all(|entry| (entry - 0.2_f64.sqrt()).abs() < 1e-6));
    assert_eq!(ring.spanning_tree_ticks, 1 + 2 + 3 + 4, "all links but the slowest");
}

#[test]
fn a_wormhole_beside_a_link_that_leads_one_way_leads_back() {
    let space = vec![(1, 0, [Some(4), None]), (1, 2, [Some(3), Some(5)])];
    let alone = Analysis::of(&directed(3, &space, &vec![]));
    let ticks = |analysis: &Analysis| {
        analysis.edges.iter().map(|edge| (edge.ends.map(|end| end.0), edge.ticks, edge.wormhole)).collect::<Vec<_>>()
    };
    assert_eq!(ticks(&alone), [([1, 0], 4, false), ([1, 2], 3, false), ([2, 1], 5, false)]);
    assert_eq!((alone.components.len(), alone.bridges.len(), alone.unreachable_pairs()), (2, 2, 2));
    let with = Analysis::of(&directed(3, &space, &vec![(0, 1, [Some(7); 2]), (1, 2, [Some(4); 2])]));
    let right = [([0, 1], 7, true), ([1, 0], 4, false), ([1, 2], 3, false), ([2, 1], 4, true)];
    assert_eq!((ticks(&with), with.components.len(), with.bridges.len()), (right.to_vec(), 1, 0));
    assert_eq!((with.degrees, with.in_degrees, with.out_degrees), (vec![2, 4, 2], vec![2, 3, 2], vec![1, 4, 2]));
}

/// More nodes in a row than a recursion could follow.
#[test]
fn a_long_ring_that_leads_one_way_is_one_component() {
    let nodes = 200_000;
    let links = (0..nodes).map(|i| (i, (i + 1) % nodes, [Some(1), None])).collect();
    assert_eq!(components(&directed(nodes, &links, &vec![])).len(), 1);
}

#[test]
fn a_wormhole_beside_a_bridge_leaves_no_bridge() {
    let alone = Analysis::of(&network(2, &[(0, 1, 9)], &[]));
    assert_eq!(alone.bridges, [0]);
    let both = Analysis::of(&network(2, &[(0, 1, 9)], &[(1, 0, 2), (0, 1, 5)]));
    let bundle = Bundle { ends: [NodeId(0), NodeId(1)], ticks: [Some(2); 2], wormhole: [true; 2], links: 3 };
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
