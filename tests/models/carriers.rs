//! What carries wormholes: what each carrier gains, what it takes, and what happens to a bypass whose way changes.

use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::{Value, json};
use wormsim::fabric::Fabric;
use wormsim::recorder::summary::Summary;
use wormsim::simulation::{Happened, Simulation};
use wormsim::topology::EachWay;
use wormsim::world::rides::Rides;

use crate::common::{run, start, written};
use crate::random::scenarios;

/// A ring of eight links of 2 to 9 ticks, asked all over, with a wormhole that is wide from the start.
fn ring(carrier: &Value, processing: u32) -> Value {
    json!({
        "version": 2, "name": "ring", "ticks": 3000, "warmup_ticks": 500,
        "topology": {
            "nodes": (0..8).map(|node| json!({"id": node.to_string()})).collect::<Vec<_>>(),
            "links": (0..8).map(|a| json!({
                "ends": [a.to_string(), ((a + 1) % 8).to_string()], "latency_ticks": 2 + a
            })).collect::<Vec<_>>()
        },
        "nodes": {"service_per_tick": 1000, "processing_ticks": processing, "injection": "immediate"},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}],
        "wormholes": {"carrier": carrier, "policy": "fixed", "initial": [["0", "3"], ["2", "6"]]},
        "physics": {
            "decay": {"fade_per_tick": 0, "pay_review_ticks": 1_000_000},
            "wormhole": {"setup_ticks": 0, "initial_strength": 1, "max_capacity_per_tick": 1_000_000}
        },
        "router": {"kind": "shortest_path"}, "record": {"every_ticks": null}
    })
}

fn summary(scenario: &Value) -> Summary {
    run(written(scenario)).summary()
}

/// Twice the shortest distances over the links of the ring, by Floyd and Warshall.
fn matrix_of_spans() -> Vec<Vec<f64>> {
    let mut distance = vec![vec![1e9; 8]; 8];
    (0..8).for_each(|a| distance[a][a] = 0.0);
    for (a, b) in (0..8).map(|a| (a, (a + 1) % 8)) {
        (distance[a][b], distance[b][a]) = (2.0 + a as f64, 2.0 + a as f64);
    }
    for via in 0..8 {
        for a in 0..8 {
            for b in 0..8 {
                distance[a][b] = f64::min(distance[a][b], distance[a][via] + distance[via][b]);
            }
        }
    }
    distance.into_iter().map(|row| row.into_iter().map(|ticks| 2.0 * ticks).collect()).collect()
}

#[test]
fn what_is_no_faster_and_skips_nothing_gains_nothing() {
    let mut without = ring(&json!({"kind": "bypass"}), 0);
    without["wormholes"] = json!({"enabled": false});
    let alone = summary(&without);
    for carrier in [
        json!({"kind": "bypass"}),
        json!({"kind": "own_medium", "transit_ratio": 1}),
        json!({"kind": "measured", "round_trips_ms": matrix_of_spans()}),
    ] {
        let found = summary(&ring(&carrier, 0));
        assert!(found.wormholes.opened == 2, "{carrier}");
        assert_eq!(found.latency_ticks, alone.latency_ticks, "{carrier}");
        assert_eq!(found.costs.saved, 0.0, "{carrier}");
    }
    // They are really there: a faster medium gains.
    let faster = summary(&ring(&json!({"kind": "own_medium", "transit_ratio": 0.5}), 0));
    assert!(faster.latency_ticks.mean.unwrap() < 0.95 * alone.latency_ticks.mean.unwrap());
}

/// A line of h hops of 3 ticks from one end to the other.
fn line(hops: usize, processing: u32, wormholes: Value) -> Value {
    let mut scenario = ring(&json!({"kind": "bypass"}), processing);
    let ends = ["0".to_owned(), hops.to_string()];
    scenario["topology"] = json!({
        "nodes": (0..=hops).map(|node| json!({"id": node.to_string()})).collect::<Vec<_>>(),
        "links": (0..hops).map(|a| json!({
            "ends": [a.to_string(), (a + 1).to_string()], "latency_ticks": 3
        })).collect::<Vec<_>>()
    });
    scenario["workloads"] = json!([{"kind": "matrix", "rates": {"0": {hops.to_string(): 0.5}}}]);
    scenario["wormholes"] = wormholes;
    scenario["wormholes"]["policy"] = json!("fixed");
    scenario["wormholes"]["initial"] = json!([ends]);
    scenario
}

#[test]
fn a_bypass_saves_the_processing_at_the_nodes_between_to_the_tick() {
    for (hops, processing) in [(1, 5), (2, 1), (4, 3), (7, 10)] {
        let (h, p, links) = (hops as f64, f64::from(processing), 3.0 * hops as f64);
        let without = summary(&line(hops, processing, json!({"enabled": false})));
        assert_eq!(without.latency_ticks.mean, Some(links + h * p));
        assert_eq!(without.latency_parts_ticks.processing, Some(h * p));
        let simulation = run(written(&line(hops, processing, json!({"carrier": {"kind": "bypass"}}))));
        let found = simulation.summary();
        assert_eq!(found.latency_ticks.mean, Some(links + p));
        let parts = &found.latency_parts_ticks;
        assert_eq!((parts.propagation, parts.processing), (Some(links), Some(p)));
        let (wormhole, .., ledger) = simulation.wormholes().next().unwrap();
        let ticks = |ticks: f64| EachWay::same(ticks as u32);
        assert_eq!(
            (wormhole.span, wormhole.links, wormhole.transit),
            (ticks(links + h * p), ticks(links), ticks(links))
        );
        assert!(hops == 1 || ledger.traversals > 1000);
        assert_eq!(ledger.saved, ledger.traversals as f64 * (h - 1.0) * p);
    }
}

/// Capacities of the ports of each link, by link, at the end of every tick.
fn capacities(scenario: &Value) -> Vec<Vec<[u32; 2]>> {
    let mut found = Vec::new();
    let mut look = |simulation: &Simulation, _: &Happened| {
        let fabric = simulation.world().resource::<Fabric>();
        let capacity = |ports: &[u32; 2]| ports.map(|port| fabric.ports[port as usize].capacity);
        found.push(fabric.link_ports.iter().map(capacity).collect());
        ControlFlow::Continue(())
    };
    start(written(scenario)).run(&mut look).unwrap();
    found
}

/// A bypass of capacity 4 over links of capacity 10, which loses room and its way, and opens no more.
#[test]
fn what_is_reserved_is_gone_for_others_and_comes_back() {
    let mut scenario = line(3, 0, json!({"carrier": {"kind": "bypass", "reserve": true}}));
    for link in scenario["topology"]["links"].as_array_mut().unwrap() {
        link["capacity_per_tick"] = json!(10);
    }
    scenario["physics"]["wormhole"]["max_capacity_per_tick"] = json!(4);
    let event = |tick: u32, link: [&str; 2], capacity: u32| json!({"tick": tick, "set_capacity": {"link": link, "capacity_per_tick": capacity}});
    scenario["events"] = json!([event(100, ["1", "2"], 7), event(200, ["1", "2"], 5), event(300, ["1", "2"], 4)]);
    let found = capacities(&scenario);
    assert_eq!(found[99], [[6, 6], [6, 6], [6, 6]]);
    assert_eq!(found[100], [[6, 6], [3, 3], [6, 6]]);
    assert_eq!(found[200], [[6, 6], [1, 1], [6, 6]]);
    // Not even 1 would be left: it closes, and all is given back.
    assert_eq!(found[300], [[10, 10], [4, 4], [10, 10]]);
    scenario["events"] = json!([{"tick": 50, "fail_link": ["0", "1"]}, {"tick": 60, "restore_link": ["0", "1"]}]);
    let found = capacities(&scenario);
    assert_eq!([found[49][1], found[50][1], found[60][0]], [[6, 6], [10, 10], [10, 10]]);
    // It opens only where every link keeps 1.
    scenario["events"] = json!([]);
    scenario["topology"]["links"][1]["capacity_per_tick"] = json!(5);
    assert_eq!(capacities(&scenario)[10][1], [1, 1]);
    scenario["topology"]["links"][1]["capacity_per_tick"] = json!(4);
    let refused = Simulation::new(written(&scenario).scenario.into()).err().unwrap().to_string();
    assert!(
        refused.contains("wormholes.initial") && refused.contains("0 to 3") && refused.contains("capacity left"),
        "{refused}"
    );
    // Unlimited links lose nothing.
    scenario["topology"]["links"][1]["capacity_per_tick"] = json!(null);
    assert_eq!(capacities(&scenario)[10], [[6, 6], [u32::MAX, u32::MAX], [6, 6]]);
}

/// The newest of two bypasses over the same link closes first.
#[test]
fn a_cut_of_capacity_closes_the_newest_bypass_first() {
    let mut scenario = line(3, 0, json!({"carrier": {"kind": "bypass", "reserve": true}}));
    for link in scenario["topology"]["links"].as_array_mut().unwrap() {
        link["capacity_per_tick"] = json!(10);
    }
    scenario["physics"]["wormhole"]["max_capacity_per_tick"] = json!(4);
    scenario["wormholes"]["initial"] = json!([["0", "3"], ["0", "2"]]);
    scenario["events"] = json!([{"tick": 100, "set_capacity": {"link": ["1", "2"], "capacity_per_tick": 6}}]);
    let simulation = run(written(&scenario));
    let active: Vec<_> = simulation.wormholes().map(|(wormhole, ..)| (wormhole.id.0, wormhole.is_active())).collect();
    assert_eq!(active, [(0, true), (1, false)]);
    assert_eq!(capacities(&scenario)[100], [[6, 6], [2, 2], [6, 6]]);
}

/// On a ring, the way fails: what is on it is lost, and the policy sets the bypass up again the other way round.
#[test]
fn a_bypass_fails_with_its_way_and_is_set_up_on_another() {
    let mut scenario = ring(&json!({"kind": "bypass"}), 4);
    scenario["wormholes"] = json!({"carrier": {"kind": "bypass"}});
    scenario["workloads"] = json!([{"kind": "matrix", "rates": {"0": {"3": 2.0}}}]);
    scenario["physics"] = json!({
        "gravity": {"min_pull": 0, "review_every_ticks": 10, "max_openings": 1},
        "decay": {"pay_review_ticks": 1_000_000, "reopen_after_ticks": 2000},
        "wormhole": {"setup_ticks": 5, "opening_cost": 100, "reopening_share": 0.5, "initial_strength": 1}
    });
    // 0 to 3 takes 2 + 3 + 4 ticks of links forwards, 9 + 8 + 7 + 6 + 5 backwards.
    scenario["events"] = json!([{"tick": 1000, "fail_link": ["1", "2"]}]);
    let (mut transits, mut lost) = (Vec::new(), 0);
    let mut look = |simulation: &Simulation, _: &Happened| {
        let fabric = simulation.world().resource::<Fabric>();
        let between = simulation.wormholes().find(|(wormhole, ..)| wormhole.ends.map(|end| end.0) == [0, 3]);
        transits.push(between.map(|(wormhole, ..)| (wormhole.is_active(), wormhole.transit.0, wormhole.ready_at)));
        lost = fabric.totals.dropped[4];
        ControlFlow::Continue(())
    };
    let mut simulation = start(written(&scenario));
    simulation.run(&mut look).unwrap();
    assert!(matches!(transits[999], Some((true, [9, 9], _))), "{:?}", transits[999]);
    assert!(matches!(transits[1000], Some((true, [35, 35], 1005) | (false, ..))), "{:?}", transits[1000]);
    assert!(matches!(transits[1010], Some((true, [35, 35], 1005 | 1015))), "{:?}", transits[1010]);
    assert!(lost > 0, "what was on the way is lost");
    let (.., ledger) = simulation.wormholes().find(|(wormhole, ..)| wormhole.ends.map(|end| end.0) == [0, 3]).unwrap();
    assert_eq!((ledger.reopened, ledger.opening), (1, 150.0));
}

/// A bypass closes on the long way round while the short way comes back: it takes the short one when all that left over
/// the long one has arrived, and not before.
#[test]
fn a_bypass_changes_its_way_when_nothing_is_on_the_old_one() {
    let mut scenario = ring(&json!({"kind": "bypass", "reserve": true}), 4);
    for link in scenario["topology"]["links"].as_array_mut().unwrap() {
        link["capacity_per_tick"] = json!(10);
    }
    scenario["wormholes"] = json!({"carrier": {"kind": "bypass", "reserve": true}});
    scenario["workloads"] = json!([{"kind": "matrix", "rates": {"0": {"3": 2.0}}}]);
    scenario["physics"] = json!({
        "gravity": {"min_pull": 0.01, "review_every_ticks": 1, "max_openings": 1},
        "decay": {"pay_review_ticks": 1_000_000, "reopen_after_ticks": 1},
        "wormhole": {"setup_ticks": 0, "initial_strength": 1, "max_capacity_per_tick": 4}
    });
    scenario["events"] = json!([
        {"tick": 0, "fail_link": ["1", "2"]},
        {"tick": 500, "restore_link": ["1", "2"]},
        {"tick": 500, "set_capacity": {"link": ["6", "7"], "capacity_per_tick": 3}},
    ]);
    let mut seen = Vec::new();
    let mut look = |simulation: &Simulation, _: &Happened| {
        seen.push(simulation.wormholes().next().map(|(wormhole, ..)| (wormhole.is_active(), wormhole.transit.0)));
        ControlFlow::Continue(())
    };
    start(written(&scenario)).run(&mut look).unwrap();
    assert_eq!([seen[499], seen[500]], [Some((true, [35, 35])), Some((false, [35, 35]))]);
    let again = seen.iter().skip(500).position(|seen| matches!(seen, Some((true, _)))).unwrap();
    assert_eq!((again, seen[500 + again]), (35 + 4, Some((true, [9, 9]))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever fails: an active bypass has its way, and what is reserved of a port is that of those that ride on it.
    #[test]
    fn a_bypass_never_outlives_its_way(mut scenario in scenarios(), reserve in any::<bool>(), processing in 0u32..4) {
        scenario["wormholes"]["carrier"] = json!({"kind": "bypass", "reserve": reserve});
        scenario["nodes"]["processing_ticks"] = json!(processing);
        let loaded = written(&scenario);
        let names: Vec<u32> = loaded.scenario.topology.links().map(|(_, a, ..)| a.0).collect();
        prop_assert!(!names.is_empty());
        let mut nominal: Vec<[Option<u32>; 2]> = loaded.scenario.topology.links()
            .map(|(.., link)| [0, 1].map(|side| link.direction(side)?.capacity_per_tick.map(u32::from)))
            .collect();
        let changes = loaded.scenario.events.clone();
        let mut simulation = start(loaded);
        for tick in 0..400 {
            simulation.step().unwrap();
            let fabric = simulation.world().resource::<Fabric>();
            let rides = simulation.world().resource::<Rides>().all();
            let mut reserved = vec![0; fabric.ports.len()];
            for (wormhole, ..) in simulation.wormholes().filter(|(wormhole, ..)| wormhole.is_active()) {
                let ride = &rides[&wormhole.id];
                for (side, ports) in ride.iter().enumerate() {
                    let latency: u32 = ports.iter().map(|&port| fabric.ports[port as usize].latency).sum();
                    prop_assert_eq!(latency, wormhole.transit.0[side] + processing * ports.len() as u32);
                    prop_assert_eq!(latency, wormhole.span.0[side]);
                }
                for &port in ride.iter().flatten() {
                    prop_assert!(fabric.ports[port as usize].is_open(), "{port} at {tick}");
                    reserved[port as usize] += if reserve { 3 } else { 0 };
                }
            }
            for event in changes.iter().filter(|event| event.tick == tick) {
                if let wormsim::scenario::Action::SetCapacity { link, from, capacity_per_tick } = event.action {
                    let ports = fabric.link_ports_from(link, from);
                    let both = fabric.link_ports[link as usize].iter().zip(&mut nominal[link as usize]);
                    for (_, nominal) in both.filter(|(port, _)| ports.contains(port)) {
                        *nominal = capacity_per_tick;
                    }
                }
            }
            for (link, ports) in fabric.link_ports.iter().enumerate() {
                for (side, &port) in ports.iter().enumerate() {
                    if let Some(capacity) = nominal[link][side] {
                        prop_assert_eq!(fabric.ports[port as usize].capacity, capacity - reserved[port as usize]);
                    }
                }
            }
        }
    }
}

#[test]
fn what_carries_nothing_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    let refused = |scenario: &Value, words: &[&str]| {
        std::fs::write(&path, scenario.to_string()).unwrap();
        let text = wormsim::simulation::load(&path, &[]).unwrap_err().to_string();
        words.iter().for_each(|word| assert!(text.contains(word), "{word} is missing in: {text}"));
    };
    let of = |carrier: Value| ring(&carrier, 0);
    let mut none = ring(&json!(null), 0);
    none["wormholes"].as_object_mut().unwrap().remove("carrier");
    refused(&none, &["wormholes", "carrier", "bypass", "own_medium", "measured"]);
    none["version"] = json!(1);
    refused(&none, &["wormholes", "carrier", "migrate"]);
    refused(&of(json!({"kind": "by_pass"})), &["wormholes.carrier", "bypass"]);
    refused(&of(json!({"kind": "own_medium"})), &["wormholes.carrier", "transit_ratio"]);
    refused(&of(json!({"kind": "own_medium", "transit_ratio": -1})), &["wormholes.carrier.transit_ratio"]);
    refused(&of(json!({"kind": "measured"})), &["wormholes.carrier", "file"]);
    let mut matrix = json!(matrix_of_spans());
    matrix[3][0] = json!(-1);
    refused(&of(json!({"kind": "measured", "round_trips_ms": matrix})), &["round_trips_ms[3][0]", "-1"]);
    matrix[3][0] = json!(null);
    matrix[0][3] = json!(0);
    refused(&of(json!({"kind": "measured", "round_trips_ms": matrix})), &["wormholes.initial[0]", "measured"]);
    matrix.as_array_mut().unwrap().pop();
    refused(&of(json!({"kind": "measured", "round_trips_ms": matrix})), &["round_trips_ms", "7 rows", "8"]);
    for (text, words) in [
        ("1 2\n3 4\n", &["rtt.txt:1", "8 numbers"][..]),
        ("", &["rtt.txt", "0 rows"]),
        ("0,1,1,1,1,1,1,-4\n", &["rtt.txt:1", "-4"]),
        ("0,1,2,3,4,5,6,x\n", &["rtt.txt:1", "\"x\"", "name of a node"]),
        ("0,x\n", &["rtt.txt:1", "names of all 8 nodes"]),
        ("0,1,1,1,1,1,1,1\n0,1,1,1,1,1,1,x\n", &["rtt.txt:2", "\"x\"", "a number"]),
        ("0,1,2,3,4,5,6,7\n0,1,1,1,1,1,1,nan\n", &["rtt.txt:2", "nan"]),
    ] {
        std::fs::write(folder.path().join("rtt.txt"), text).unwrap();
        refused(&of(json!({"kind": "measured", "file": "rtt.txt"})), words);
    }
    refused(&of(json!({"kind": "measured", "file": "none.txt"})), &["none.txt", "cannot be read"]);
    let both = json!({"kind": "measured", "unit": "s", "round_trips_ms": matrix_of_spans()});
    refused(&of(both), &["wormholes.carrier.unit", "s", "round_trips_ms"]);
    let mut narrow = line(3, 0, json!({"carrier": {"kind": "bypass", "reserve": true}}));
    narrow["wormholes"]["initial"] = json!([]);
    narrow["physics"]["wormhole"]["max_capacity_per_tick"] = json!(4);
    for link in narrow["topology"]["links"].as_array_mut().unwrap() {
        link["capacity_per_tick"] = json!(4);
    }
    refused(&narrow, &["physics.wormhole.max_capacity_per_tick", "4", "less than the capacity of the widest link (4)"]);
    let mut far = of(json!({"kind": "measured", "round_trips_ms": vec![vec![Some(80_000_000.0); 8]; 8]}));
    far["tick_ms"] = json!(0.001);
    refused(&far, &["wormholes.carrier.round_trips_ms", "40000000000 ticks", "2000000000"]);
    let mut far = of(json!({"kind": "own_medium", "transit_ratio": 10}));
    far["topology"] = json!({"generator": {"kind": "ring", "nodes": 300, "latency_ticks": 1_000_000}});
    refused(&far, &["transit_ratio"]);
    let mut slow = of(json!({"kind": "bypass"}));
    slow["topology"]["links"][0]["latency_ticks"] = json!(1_000_000);
    slow["nodes"]["processing_ticks"] = json!(1_000_001);
    refused(&slow, &["nodes.processing_ticks", "1000000"]);
}

/// A file in seconds is one of a thousand times as many milliseconds.
#[test]
fn a_matrix_may_be_in_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    let text = |scale: f64| {
        let row = |row: Vec<f64>| row.iter().map(|ms| (ms * scale).to_string()).collect::<Vec<_>>().join("\t");
        matrix_of_spans().into_iter().map(row).collect::<Vec<_>>().join("\n")
    };
    let summary = |unit: &str, scale: f64| {
        std::fs::write(folder.path().join("rtt.txt"), text(scale)).unwrap();
        let carrier = json!({"kind": "measured", "file": "rtt.txt", "unit": unit});
        std::fs::write(&path, ring(&carrier, 0).to_string()).unwrap();
        run(wormsim::simulation::load(&path, &[]).unwrap()).summary().latency_ticks.mean
    };
    let ms = summary("ms", 0.5);
    assert_eq!([summary("s", 0.0005), summary("us", 500.0)], [ms, ms]);
    assert_ne!(summary("ms", 1.0), ms);
}

/// Rows below names, in another order than the nodes', with labels as data frames are written.
#[test]
fn a_matrix_goes_by_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let order = [3, 0, 7, 1, 6, 2, 5, 4];
    let matrix = matrix_of_spans();
    let names = order.map(|node: usize| node.to_string()).join(",");
    let rows: Vec<String> =
        order.iter().map(|&a| format!("{a},{}", order.map(|b| matrix[a][b].to_string()).join(","))).collect();
    // Names that are numbers are none: a label of a letter makes them so.
    let text = format!("from,{names}\n{}\n", rows.join("\n"));
    std::fs::write(folder.path().join("rtt.csv"), text).unwrap();
    let path = folder.path().join("scenario.json");
    let of = |carrier: Value| {
        std::fs::write(&path, ring(&carrier, 0).to_string()).unwrap();
        wormsim::simulation::load(&path, &[]).unwrap().scenario.wormholes.carrier
    };
    let named = of(json!({"kind": "measured", "file": "rtt.csv"}));
    assert_eq!(named, of(json!({"kind": "measured", "round_trips_ms": matrix})));
}

/// A node that links do not join to the others is named as one that is left out, not as one that is not there.
#[test]
fn a_node_outside_the_largest_part_is_said_to_be_left_out() {
    let mut scenario = line(3, 0, json!({"carrier": {"kind": "bypass"}}));
    scenario["topology"]["links"].as_array_mut().unwrap().pop();
    let refused = |scenario: &Value| {
        let text = scenario.to_string();
        wormsim::simulation::load_text(&text, "x.json".as_ref(), &[]).unwrap_err().to_string()
    };
    let text = refused(&scenario);
    assert!(text.contains("3 nodes (1 more is left out: links do not join it to these both ways)"), "{text}");
}
