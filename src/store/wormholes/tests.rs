//! What the files of `wormholes/` say, against the journal and against networks small enough to work out by hand.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::analytics::{PerformanceMetrics, UsagePatterns};
use super::connections::files;
use super::routing::{Hop, MOST_ROUTES, RoutingTables};
use super::topology::NetworkGraph;
use crate::recorder::bottlenecks::Bottlenecks;
use crate::simulation::Simulation;
use crate::world::resources::ActiveRouter;

/// A scenario on `topology` with some sections replaced, a trace and a topology in a file, before its first tick.
pub(in crate::store) fn start(topology: Value, more: Value, trace: &str) -> Simulation {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trace.csv"), format!("tick,origin,target\n{trace}")).unwrap();
    let path = folder.path().join("topology.json");
    std::fs::write(
        path,
        r#"{"version": 1, "name": "path", "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
        "links": [{"ends": ["b", "c"], "latency_ticks": 1}, {"ends": ["a", "b"], "latency_ticks": 1}]}"#,
    )
    .unwrap();
    let mut scenario = json!({
        "version": 1, "name": "small", "ticks": 2000, "warmup_ticks": 0, "topology": topology,
        "workloads": [{"kind": "trace", "path": "trace.csv"}],
    });
    scenario.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let medium = json!({"experimental": 0.8, "standard": 0.6, "fast_lane": 0.4});
    scenario["wormholes"]["carrier"] = json!({"kind": "own_medium", "transit_ratio": medium});
    let path = folder.path().join("scenario.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    Simulation::new(crate::simulation::load(&path, &[]).unwrap().scenario.into()).unwrap()
}

/// After some ticks of a scenario in which nothing is asked.
pub(in crate::store) fn idle(topology: Value, more: Value, ticks: u32) -> Simulation {
    let mut more = more;
    more["workloads"] = json!([{"kind": "uniform", "accesses_per_tick": 0.0}]);
    let mut simulation = start(topology, more, "");
    (0..ticks).for_each(|_| drop(simulation.step().unwrap()));
    simulation
}

pub(in crate::store) fn ring(nodes: u32) -> Value {
    json!({"generator": {"kind": "ring", "nodes": nodes, "latency_ticks": 2}})
}

/// Masses and sketched weights do not fade, and nothing opens.
fn unfading(sketch_pairs: u32) -> Value {
    json!({"physics": {"gravity": {"mass_memory_ticks": 1e9, "min_pull": 1e18, "sketch_pairs": sketch_pairs}}})
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-6, "{a} is not {b}");
}

/// a – b – c: three accesses from a to c, then one from b to a, are seven hops, four of them between a and b.
#[test]
fn use_is_counted_by_node_by_pair_and_by_direction_of_each_link() {
    let mut simulation = start(json!({"file": "topology.json"}), unfading(10), "0,a,c\n1,a,c\n2,a,c\n9,b,a\n");
    (0..20).for_each(|_| drop(simulation.step().unwrap()));
    let found = UsagePatterns::of(&simulation);
    assert_eq!((found.tick, found.hops), (19, 7));
    let links: Vec<_> = found.links.iter().map(|link| (link.id, link.ends.join(" "), link.carried)).collect();
    assert_eq!(links, [(1, "a b".to_owned(), [3, 1]), (0, "b c".to_owned(), [3, 0])]);
    let shares: Vec<_> = found.links.iter().map(|link| link.share_of_hops.unwrap()).collect();
    assert_eq!(shares, [4.0 / 7.0, 3.0 / 7.0]);
    let names: Vec<_> = found.nodes.iter().map(|node| &*node.node).collect();
    assert_eq!(names, ["a", "c", "b"]);
    for (node, mass) in found.nodes.iter().zip([4.0, 3.0, 1.0]) {
        close(node.mass, mass);
        close(node.share_of_mass.unwrap(), mass / 8.0);
    }
    let pairs: Vec<_> = found.pairs.iter().map(|pair| pair.ends.join(" ")).collect();
    assert_eq!(pairs, ["a c", "a b"]);
    for (pair, weight) in found.pairs.iter().zip([3.0, 1.0]) {
        close(pair.weight_most, weight);
        close(pair.weight_least, weight);
    }
    let left_out = [
        found.nodes_left_out,
        found.pairs_left_out,
        found.links_left_out,
        found.wormholes_left_out,
        found.wormholes.len(),
    ];
    assert_eq!(left_out, [0; 5]);
}

/// Space-Saving: the new pair takes over the weight of the one that it replaces as its error.
#[test]
fn a_pair_that_took_the_place_of_another_has_bounds() {
    let mut simulation = start(json!({"file": "topology.json"}), unfading(1), "0,a,c\n1,a,c\n2,a,c\n9,b,a\n");
    (0..20).for_each(|_| drop(simulation.step().unwrap()));
    let found = UsagePatterns::of(&simulation).pairs;
    assert_eq!((found.len(), found[0].ends.join(" ")), (1, "a b".to_owned()));
    close(found[0].weight_most, 4.0);
    close(found[0].weight_least, 1.0);
}

#[test]
fn nothing_asked_has_no_shares() {
    let simulation = idle(ring(4), json!({}), 3);
    let found = UsagePatterns::of(&simulation);
    assert_eq!((found.tick, found.hops, found.nodes.len(), found.links.len(), found.pairs.len()), (2, 0, 4, 4, 0));
    assert!(found.nodes.iter().all(|node| node.share_of_mass.is_none()));
    assert!(found.links.iter().all(|link| link.share_of_hops.is_none()));
}

/// Two accesses save 6 − 5 ticks each through a wormhole of transit 0.8 · 6 ≈ 5; another one carries nothing.
#[test]
fn a_wormhole_pays_by_what_it_saved_over_what_it_cost() {
    for cost in [4.0, 0.0] {
        let more = json!({
            "router": {"kind": "shortest_path"},
            "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                "policy": "fixed", "initial": [["1", "4"], ["0", "3"]]},
            "physics": {"wormhole": {"setup_ticks": 0, "opening_cost": cost, "upkeep_per_tick": 0}},
        });
        let mut simulation = start(ring(6), more, "0,0,3\n1,3,0\n");
        (0..20).for_each(|_| drop(simulation.step().unwrap()));
        let found = PerformanceMetrics::of(&simulation, &simulation.summary());
        let rows = found.wormholes.iter().map(|row| (row.id, row.saved_ticks, row.net_ticks, row.benefit_cost_ratio));
        let ratio = |saved: f64| (cost > 0.0).then(|| saved / cost);
        assert_eq!(rows.collect::<Vec<_>>(), [(1, 2.0, 2.0 - cost, ratio(2.0)), (0, 0.0, -cost, ratio(0.0))]);
        let used = UsagePatterns::of(&simulation);
        let rows = used.wormholes.iter().map(|row| (row.id, row.traversals, row.share_of_hops));
        assert_eq!((used.hops, rows.collect::<Vec<_>>()), (2, vec![(1, 2, Some(1.0)), (0, 0, Some(0.0))]));
    }
}

/// 1003 wormholes on a ring of 60, of which none is used yet: each has cost its opening, 100.
#[test]
fn long_rankings_are_cut_and_files_take_a_thousand_wormholes() {
    let chords = (0..60u32).flat_map(|a| (a + 2..60).map(move |b| [a, b])).filter(|&[a, b]| b - a < 59);
    let initial: Vec<[String; 2]> = chords.take(1003).map(|ends| ends.map(|end| end.to_string())).collect();
    let wormholes = json!({"ports_per_node": 60, "policy": "fixed", "initial": initial});
    let simulation = idle(ring(60), json!({"wormholes": wormholes}), 1);

    let used = UsagePatterns::of(&simulation);
    let ids: Vec<u32> = used.wormholes.iter().map(|row| row.id).collect();
    assert_eq!((ids, used.wormholes_left_out), ((0..1000).collect(), 3));
    // The best and the worst half are kept; of equal ones the first come first.
    let found = PerformanceMetrics::of(&simulation, &simulation.summary());
    let ids: Vec<u32> = found.wormholes.iter().map(|row| row.id).collect();
    assert_eq!((ids, found.wormholes_left_out), ((0..500).chain(503..1003).collect(), 3));
    for row in &found.wormholes {
        let numbers = (row.saved_ticks, row.upkeep_ticks, row.opening_ticks, row.net_ticks, row.benefit_cost_ratio);
        assert_eq!(numbers, (0.0, 0.0, 100.0, -100.0, Some(0.0)));
    }

    let files = files(&simulation);
    let counts: BTreeMap<&str, usize> = files.iter().map(|(path, file)| (&**path, file.wormholes.len())).collect();
    let expected = [
        ("connections/active/wormholes-000.json", 1000),
        ("connections/active/wormholes-001.json", 3),
        ("connections/dormant/wormholes-000.json", 0),
    ];
    assert_eq!(counts, expected.into());
}

/// Least latencies between six nodes by Floyd and Warshall.
fn distances(hops: &[(u32, u32, u32, Option<u32>)]) -> Vec<Vec<u32>> {
    const FAR: u32 = 1000;
    let mut least = vec![vec![FAR; 6]; 6];
    (0..6).for_each(|x| least[x][x] = 0);
    hops.iter().for_each(|&(x, y, latency, _)| least[x as usize][y as usize] = latency);
    for via in 0..6 {
        for x in 0..6 {
            for y in 0..6 {
                least[x][y] = least[x][y].min(least[x][via] + least[via][y]);
            }
        }
    }
    least
}

/// A ring of links of 2 ticks whose wormhole from 0 to 3, of span 6, takes 0.8 · 6 ≈ 5. Where nothing has been sent
/// yet, all routers know the free flow; once node 5 is cut off they know that too, but for the one that has to learn
/// it.
#[test]
fn idle_routers_list_all_best_hops_and_nothing_where_there_is_no_way() {
    for cut in [false, true] {
        let gone = |x: u32, y: u32| cut && (x == 5 || y == 5);
        let around = (0..6).map(|x| (x, (x + 1) % 6, 2, None)).chain([(0, 3, 5, Some(0))]);
        let hops: Vec<_> =
            around.flat_map(|(x, y, t, w)| [(x, y, t, w), (y, x, t, w)]).filter(|&(x, y, ..)| !gone(x, y)).collect();
        let least = distances(&hops);
        let routers = [
            json!({"kind": "shortest_path"}),
            json!({"kind": "multipath", "stretch": 0}),
            json!({"kind": "measured_delay"}),
            json!({"kind": "q_routing"}),
        ];
        for router in &routers[..if cut { 3 } else { 4 }] {
            let events = if cut { json!([{"tick": 0, "fail_node": "5"}]) } else { json!([]) };
            let wormholes = json!({"policy": "fixed", "initial": [["0", "3"]]});
            let more = json!({"router": router, "wormholes": wormholes, "events": events,
                "physics": {"wormhole": {"setup_ticks": 0}}});
            let found = RoutingTables::of(&idle(ring(6), more, 2));
            assert_eq!((&*found.router, found.left_out, found.tick), (router["kind"].as_str().unwrap(), 0, 1));
            let mut pairs = BTreeSet::new();
            for route in &found.routes {
                let [x, y] = [&route.node, &route.target].map(|name| name.parse::<u32>().unwrap());
                pairs.insert((x, y));
                let whole = least[x as usize][y as usize];
                let best = hops.iter().filter(|&&(from, to, t, _)| {
                    from == x && whole < 1000 && t + least[to as usize][y as usize] == whole
                });
                let expected: BTreeSet<_> = best.map(|&(_, to, _, wormhole)| (to.to_string(), wormhole)).collect();
                let next: BTreeSet<_> =
                    route.next_hops.iter().map(|Hop { node, wormhole }| (node.clone(), *wormhole)).collect();
                assert_eq!(next, expected, "{router} {route:?}");
                assert_eq!(route.latency_ticks, (whole < 1000).then_some(whole.into()), "{router} {route:?}");
            }
            assert_eq!((pairs.len(), found.routes.len()), (30, 30));
        }
    }
}

/// 260 · 259 pairs are more than fit; those of the most massive targets are there, here those of the least id.
#[test]
fn large_tables_are_cut_and_what_is_left_out_is_counted() {
    for router in ["shortest_path", "q_routing"] {
        let found = RoutingTables::of(&idle(ring(260), json!({"router": {"kind": router}}), 1));
        assert_eq!((found.routes.len(), found.left_out), (MOST_ROUTES, 260 * 259 - MOST_ROUTES as u64), "{router}");
        assert!(found.shard_routes.is_empty() && found.shard_routes_left_out == 0);
        let pairs =
            (0..260).flat_map(|y| (0..260).filter(move |&x| x != y).map(move |x| (x.to_string(), y.to_string())));
        assert!(
            found.routes.iter().map(|route| (route.node.clone(), route.target.clone())).eq(pairs.take(MOST_ROUTES))
        );
    }
}

/// Rows by shard: half of the file is for targets in a node's own shard, of which there are more than fit, and half for
/// the other shards of every node, which all fit on the smaller ring only.
#[test]
fn tables_by_shard_list_targets_of_the_own_shard_and_the_other_shards() {
    let most = MOST_ROUTES / 2;
    for (nodes, fit) in [(900, true), (2500, false)] {
        let more = json!({"router": {"kind": "q_routing", "memory_limit_mb": 4}, "wormholes": {"enabled": false}});
        let simulation = idle(ring(nodes), more, 1);
        let router = &simulation.world().resource::<ActiveRouter>().router;
        let all = nodes as usize * (router.shards().unwrap().count() - 1);
        assert_eq!(fit, all <= most, "{all}");
        let found = RoutingTables::of(&simulation);
        assert_eq!((found.routes.len(), found.shard_routes.len()), (most, all.min(most)));
        assert_eq!(found.shard_routes_left_out, (all - all.min(most)) as u64);
        assert_eq!(found.left_out, u64::from(nodes) * u64::from(nodes - 1) - most as u64);
        let shards: BTreeSet<u32> = found.shard_routes.iter().map(|route| route.shard).collect();
        assert!(shards.len() > 1 && shards.iter().copied().eq(0..shards.len() as u32), "{shards:?}");
    }
}

/// Five accesses in one direction of a link are more than two in either direction of another.
#[test]
fn links_are_in_the_order_of_what_both_directions_carried() {
    let trace = format!("{}0,a,b\n0,a,b\n0,b,a\n0,b,a\n", "0,b,c\n".repeat(5));
    let mut simulation = start(json!({"file": "topology.json"}), json!({"router": {"kind": "shortest_path"}}), &trace);
    (0..20).for_each(|_| drop(simulation.step().unwrap()));
    let links: Vec<_> = UsagePatterns::of(&simulation).links.iter().map(|link| (link.id, link.carried)).collect();
    assert_eq!(links, [(0, [5, 0]), (1, [2, 2])]);
}

/// Node 1 and the link from 2 to 3 are gone; of three accesses that enter at once, one is served.
#[test]
fn the_graph_tells_what_failed_what_is_up_what_waits_and_what_is_strong() {
    let more = json!({
        "router": {"kind": "shortest_path"},
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "policy": "fixed", "initial": [["0", "2"]]},
        "events": [{"tick": 0, "fail_node": "1"}, {"tick": 0, "fail_link": ["2", "3"]},
            {"tick": 0, "set_capacity": {"link": ["3", "0"], "capacity_per_tick": 7}}],
    });
    let mut simulation = start(ring(4), more, "0,0,3\n0,0,3\n0,0,3\n");
    simulation.step().unwrap();
    let graph = NetworkGraph::of(&simulation);
    let of_link = |ends: [&str; 2]| {
        let link = graph.links.iter().find(|link| ends.iter().all(|end| link.ends.iter().any(|name| name == end)));
        link.map(|link| (link.failed, link.up, link.capacity_per_tick)).unwrap()
    };
    assert_eq!(of_link(["0", "1"]), (false, false, None));
    assert_eq!(of_link(["1", "2"]), (false, false, None));
    assert_eq!(of_link(["2", "3"]), (true, false, None));
    assert_eq!(of_link(["3", "0"]), (false, true, Some(7)));
    let nodes: Vec<_> = graph.nodes.iter().map(|node| (node.up, node.queued, node.strength)).collect();
    // Nothing fades while it is set up.
    assert_eq!(nodes, [(true, 2, 0.3), (false, 0, 0.0), (true, 0, 0.3), (true, 0, 0.0)]);
    assert_eq!(graph.nodes.iter().map(|node| node.mass).collect::<Vec<_>>(), [3.0, 0.0, 0.0, 3.0]);
}

/// Of three accesses that enter at once where two are served in a tick, one waits; on the way they do not meet again.
#[test]
fn waiting_is_shared_out_by_where_it_was() {
    let more = json!({
        "router": {"kind": "shortest_path"}, "nodes": {"service_per_tick": 2},
        "events": [{"tick": 0, "set_capacity": {"link": ["a", "b"], "capacity_per_tick": 2}}],
    });
    let mut simulation = start(json!({"file": "topology.json"}), more, "0,a,c\n0,a,c\n0,a,c\n");
    (0..20).for_each(|_| drop(simulation.step().unwrap()));
    let found = Bottlenecks::of(&simulation);
    assert_eq!((found.tick, found.measured_ticks, found.waited_ticks), (19, 20, 1));
    let nodes = found.nodes.iter().map(|row| (&*row.node, row.waited_ticks, row.share_of_waiting, row.served_per_tick));
    assert_eq!(nodes.collect::<Vec<_>>(), [("a", 1, 1.0, 0.15), ("b", 0, 0.0, 0.15), ("c", 0, 0.0, 0.0)]);
    assert!(found.nodes.iter().all(|row| row.utilisation == row.served_per_tick / 2.0));
    let links = found.links.iter().map(|row| {
        (row.from.clone() + &row.to, (row.carried_per_tick, row.capacity_per_tick, row.utilisation, row.waited_ticks))
    });
    let expected = [
        ("ab", (0.15, Some(2), Some(0.075), 0)),
        ("ba", (0.0, Some(2), Some(0.0), 0)),
        ("bc", (0.15, None, None, 0)),
        ("cb", (0.0, None, None, 0)),
    ];
    assert_eq!(links.collect::<BTreeMap<_, _>>(), expected.map(|(name, row)| (name.to_owned(), row)).into());

    let more = json!({"warmup_ticks": 10, "router": {"kind": "shortest_path"}});
    let mut simulation = start(json!({"file": "topology.json"}), more, "0,a,c\n0,a,c\n");
    simulation.step().unwrap();
    let found = Bottlenecks::of(&simulation);
    assert_eq!((found.measured_ticks, found.waited_ticks), (0, 0));
    assert!(found.nodes.iter().all(|row| row.served_per_tick == 0.0 && row.share_of_waiting == 0.0));
}
