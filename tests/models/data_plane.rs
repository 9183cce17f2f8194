//! Ports with FIFOs of their own, the random merge, and the faults of the time when departures were booked ahead.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::{Value, json};
use wormsim::fabric::{DropReason, Fabric};
use wormsim::recorder::stability::Where;
use wormsim::recorder::summary::Summary;
use wormsim::scenario::Loaded;
use wormsim::simulation::{Happened, Simulation, load};

use crate::common::{run, start, summary, written};

/// A scenario that replays accesses of (tick, origin, target).
fn replayed(mut scenario: Value, accesses: &[(u32, &str, &str)]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = accesses.iter().map(|(tick, origin, target)| format!("{tick},{origin},{target}\n")).collect();
    std::fs::write(folder.path().join("trace.csv"), format!("tick,origin,target\n{rows}")).unwrap();
    scenario["workloads"] = json!([{"kind": "trace", "path": "trace.csv"}]);
    let path = folder.path().join("scenario.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    let loaded = load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
    // Read to its end before the folder is gone.
    std::mem::forget(folder);
    loaded
}

/// A backlog of 500 at a capacity of 1 takes 5 ticks at 100: 251 ticks in the mean before, half of it now.
#[test]
fn what_waits_at_a_link_goes_when_its_capacity_is_raised() {
    let scenario = json!({
        "version": 1, "name": "raised", "ticks": 1200, "warmup_ticks": 0,
        "topology": {"nodes": [{"id": "A"}, {"id": "B"}], "links": [{"ends": ["A", "B"], "capacity_per_tick": 1}]},
        "nodes": {"service_per_tick": 100, "link_queue_limit": null}, "wormholes": {"enabled": false},
        "router": {"kind": "shortest_path"},
        "events": [{"tick": 500, "set_capacity": {"link": ["A", "B"], "capacity_per_tick": 100}}]
    });
    let accesses: Vec<_> = (0..500).flat_map(|tick| [(tick, "A", "B"); 2]).collect();
    let mut simulation = start(replayed(scenario, &accesses));
    let mut left = Vec::new();
    let mut look = |simulation: &Simulation, _: &Happened| {
        left.push(simulation.world().resource::<Fabric>().waiting());
        ControlFlow::Continue(())
    };
    simulation.run(&mut look).unwrap();
    assert_eq!(left[499..506], [500, 400, 300, 200, 100, 0, 0]);
    // The k-th of the first 500 to depart waits k/2 ticks, the others until tick 500 to 504.
    let waits = (0..500).map(|k| (k, k / 2)).chain((0..500).map(|k| (500 + k / 100, 250 + k / 2)));
    let mean = waits.map(|(departs, came)| f64::from(departs - came + 1)).sum::<f64>() / 1000.0;
    assert_eq!(simulation.summary().latency_ticks.mean, Some(mean));
}

/// Two accesses a tick at a wormhole of capacity 1 that never pays: it closes at every review and opens again.
#[test]
fn a_wormhole_that_reopens_under_load_carries_its_capacity_and_no_more() {
    let scenario = json!({
        "version": 1, "name": "reopens", "ticks": 3000, "warmup_ticks": 0,
        "topology": {"nodes": [{"id": "A"}, {"id": "B"}], "links": [{"ends": ["A", "B"], "latency_ticks": 50}]},
        "nodes": {"service_per_tick": 100, "link_queue_limit": null},
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "ports_per_node": 1},
        "physics": {
            "gravity": {"min_pull": 0, "review_every_ticks": 10},
            "wormhole": {"max_capacity_per_tick": 1, "upkeep_per_tick": 1e6, "setup_ticks": 0, "opening_cost": 0},
            "decay": {"pay_review_ticks": 100, "archive_after_ticks": 100_000, "reopen_after_ticks": 0}
        },
        "router": {"kind": "shortest_path"}
    });
    let accesses: Vec<_> = (30..2235).flat_map(|tick| [(tick, "A", "B"); 2]).collect();
    let mut simulation = start(replayed(scenario, &accesses));
    let (mut carried, mut most) = (0, 0);
    let mut look = |simulation: &Simulation, _: &Happened| {
        let hops = simulation.world().resource::<Fabric>().totals.wormhole_hops;
        (most, carried) = (most.max(hops - carried), hops);
        ControlFlow::Continue(())
    };
    simulation.run(&mut look).unwrap();
    let found = simulation.summary();
    assert_eq!((most, found.accesses.delivered), (1, 4410));
    assert!(found.wormholes.reopened > 10, "{}", found.wormholes.reopened);
}

/// Two flows of one access a tick meet at a node that serves one, its FIFO being full. Half each, whichever has the
/// smaller number.
#[test]
fn two_equal_flows_get_equal_shares_whatever_their_numbers() {
    for names in [["A", "B"], ["B", "A"]] {
        let [near, other] = names;
        let scenario = json!({
            "version": 1, "name": "meet", "ticks": 5500, "warmup_ticks": 0,
            "topology": {"nodes": [{"id": near}, {"id": other}, {"id": "C"}, {"id": "D"}], "links": [
                {"ends": ["A", "C"]}, {"ends": ["B", "C"]}, {"ends": ["C", "D"]}]},
            "nodes": {"service_per_tick": 1, "queue_limit": 20}, "wormholes": {"enabled": false},
            "router": {"kind": "shortest_path"}
        });
        let accesses: Vec<_> = (0..5000).flat_map(|tick| [(tick, "A", "D"), (tick, "B", "D")]).collect();
        let mut simulation = start(replayed(scenario, &accesses));
        let mut delivered: BTreeMap<u32, u32> = BTreeMap::new();
        let mut look = |simulation: &Simulation, _: &Happened| {
            let arrived = &simulation.world().resource::<Fabric>().delivered;
            arrived.iter().for_each(|access| *delivered.entry(access.origin.0).or_default() += 1);
            ControlFlow::Continue(())
        };
        simulation.run(&mut look).unwrap();
        let shares: Vec<f64> = delivered.into_values().map(f64::from).collect();
        assert!(shares.iter().sum::<f64>() > 5000.0);
        assert!(shares.len() == 2 && (shares[0] / shares[1] - 1.0).abs() < 0.12, "{shares:?}");
    }
}

/// A ring of 300 nodes whose rows are by shard: a failed link splits one, and its halves are reached around.
#[test]
fn a_region_that_falls_apart_loses_nothing() {
    for full_echo in [false, true] {
        let found = summary(written(&json!({
            "version": 1, "name": "ring", "ticks": 12_000, "warmup_ticks": 6000,
            "topology": {"generator": {"kind": "ring", "nodes": 300}},
            "nodes": {"service_per_tick": 50, "max_hops": 1000},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 3.0}], "wormholes": {"enabled": false},
            "router": {"kind": "q_routing", "memory_limit_mb": 1, "full_echo": full_echo},
            "events": [{"tick": 1000, "fail_link": ["10", "11"]}]
        })));
        assert_eq!(found.accesses.dropped.values().sum::<u64>(), 0, "{full_echo}");
        // The ring has become a line, where ways are (n + 1)/3 long in the mean.
        let mean = found.latency_ticks.mean.unwrap();
        assert!((mean / (301.0 / 3.0) - 1.0).abs() < 0.02, "{full_echo}: {mean}");
    }
}

/// Its latency in sixteenths of a tick is 2³², which was 0.
#[test]
fn a_wormhole_of_268_million_ticks_is_never_taken() {
    let scenario = json!({
        "version": 1, "name": "long", "ticks": 2000, "warmup_ticks": 0,
        "topology": {"generator": {"kind": "ring", "nodes": 12}},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 0.5}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "policy": "fixed", "ports_per_node": 1, "next_id": 1, "recovered": [
            {"id": 0, "ends": ["0", "6"], "kind": "fast_lane", "strength": 1.0, "span_ticks": 268_435_456}]},
        "physics": {"wormhole": {"kinds": {"fast_transit": 1.0}},
            "decay": {"pay_review_ticks": 100_000, "fade_per_tick": 0.0}}
    });
    for kind in ["shortest_path", "multipath", "measured_delay", "q_routing"] {
        let mut scenario = scenario.clone();
        scenario["router"] = json!({"kind": kind});
        let simulation = run(written(&scenario));
        let totals = simulation.world().resource::<Fabric>().totals;
        assert_eq!((totals.wormhole_hops, totals.dropped), (0, [0; 5]), "{kind}");
        assert!(totals.delivered > 900, "{kind}: {}", totals.delivered);
    }
}

/// Two routes of capacity 1, one of 2 and one of 4 ticks, at a load of 1.5. Who learned the wait at his own link at
/// departure swung between them without end: 2239 ticks, and growing.
#[test]
fn q_routing_splits_a_load_over_two_routes_of_capacity_1() {
    let link =
        |a: &str, b: &str, latency: u32| json!({"ends": [a, b], "latency_ticks": latency, "capacity_per_tick": 1});
    for full_echo in [false, true] {
        let scenario = json!({
            "version": 1, "name": "two-routes", "ticks": 40_000, "warmup_ticks": 10_000,
            "topology": {"nodes": [{"id": "s"}, {"id": "a"}, {"id": "b"}, {"id": "t"}],
                "links": [link("s", "a", 1), link("a", "t", 1), link("s", "b", 1), link("b", "t", 1)]},
            "nodes": {"service_per_tick": 10, "queue_limit": null, "link_queue_limit": null},
            "workloads": [{"kind": "matrix", "rates": {"s": {"t": 1.5}}}], "wormholes": {"enabled": false},
            "router": {"kind": "q_routing", "learning_rate": 0.7, "full_echo": full_echo}
        });
        let Summary { latency_ticks, stability, .. } = summary(written(&scenario));
        assert!(latency_ticks.mean.unwrap() < 5.0, "{:?}", latency_ticks.mean);
        assert_eq!(stability.stable, Some(true));
    }
}

/// Accesses of size 5 over a link that carries 2 a tick: one departs with its last unit, every 2½ ticks.
#[test]
fn an_access_larger_than_the_capacity_is_sent_over_several_ticks() {
    let scenario = json!({
        "version": 1, "name": "large", "ticks": 100, "warmup_ticks": 0,
        "topology": {"nodes": [{"id": "A"}, {"id": "B"}], "links": [{"ends": ["A", "B"], "capacity_per_tick": 2}]},
        "nodes": {"service_per_tick": 100, "capacity_unit": "size"}, "wormholes": {"enabled": false},
        "workloads": [{"kind": "matrix", "rates": {"A": {"B": 1.0}}, "size": 5.0, "until_tick": 4,
            "arrivals": {"kind": "binomial", "sources": 1}}],
        "router": {"kind": "shortest_path"}
    });
    let mut simulation = start(written(&scenario));
    let mut departed = Vec::new();
    let mut look = |simulation: &Simulation, _: &Happened| {
        let fabric = simulation.world().resource::<Fabric>();
        departed.extend(fabric.delivered.iter().map(|access| (fabric.now - 1, access.link_wait)));
        ControlFlow::Continue(())
    };
    simulation.run(&mut look).unwrap();
    // Units 0 to 4, 5 to 9, 10 to 14, 15 to 19 at two a tick; the accesses came in ticks 0 to 3.
    assert_eq!(departed, [(2, 2), (4, 3), (7, 5), (9, 6)]);
}

/// Sizes of 1000 at a capacity of 1000 and a load of 1.1: an access a tick, in units of which growth is told.
#[test]
fn a_link_that_is_overloaded_by_size_is_found() {
    let scenario = json!({
        "version": 1, "name": "by-size", "ticks": 20_000, "warmup_ticks": 0,
        "topology": {"nodes": [{"id": "A"}, {"id": "B"}], "links": [{"ends": ["A", "B"], "capacity_per_tick": 1000}]},
        "nodes": {"service_per_tick": 100, "capacity_unit": "size", "link_queue_limit": null},
        "wormholes": {"enabled": false}, "router": {"kind": "shortest_path"},
        "workloads": [{"kind": "matrix", "rates": {"A": {"B": 1.1}}, "size": 1000.0}]
    });
    let stability = summary(written(&scenario)).stability;
    assert_eq!((stability.stable, stability.growing_queues), (Some(false), 1));
    assert!((stability.growing[0].excess - 0.1).abs() < 0.03, "{:?}", stability.growing);
}

/// Thirty links that are each overloaded by too little to tell: the sentence names what links carry.
#[test]
fn links_that_grow_together_are_told_by_what_they_carry() {
    let names: Vec<String> = (0..30).map(|number| format!("t{number}")).collect();
    let nodes: Vec<Value> = names.iter().map(|name| json!({"id": name})).chain([json!({"id": "s"})]).collect();
    let links: Vec<Value> = names.iter().map(|name| json!({"ends": ["s", name], "capacity_per_tick": 1})).collect();
    let mut rates = json!({"s": {}});
    names.iter().for_each(|name| rates["s"][name] = json!(1.01));
    let scenario = |seed: u64| {
        json!({
            "version": 1, "name": "spread", "ticks": 40_000, "warmup_ticks": 2000, "seed": seed,
            "topology": {"nodes": nodes, "links": links},
            "nodes": {"service_per_tick": 50, "queue_limit": null, "link_queue_limit": null},
            "wormholes": {"enabled": false}, "router": {"kind": "shortest_path"},
            "workloads": [{"kind": "matrix", "rates": rates}]
        })
    };
    let together = (1..10).map(|seed| summary(written(&scenario(seed))).stability);
    let found =
        together.filter(|found| found.growing.iter().any(|row| row.place == Where::Network)).collect::<Vec<_>>();
    assert!(!found.is_empty());
    for row in found.iter().flat_map(|found| &found.growing) {
        assert_eq!(row.field, "topology.links[].capacity_per_tick");
        assert!((0.003..0.03).contains(&row.excess), "{row:?}");
    }
}

/// A link whose FIFO holds two accesses drops what comes beyond, and is said to be overloaded.
#[test]
fn a_port_whose_fifo_is_full_drops_and_is_named() {
    let scenario = json!({
        "version": 1, "name": "full", "ticks": 3000, "warmup_ticks": 0,
        "topology": {"nodes": [{"id": "A"}, {"id": "B"}], "links": [{"ends": ["A", "B"], "capacity_per_tick": 1}]},
        "nodes": {"service_per_tick": 100, "link_queue_limit": 2}, "wormholes": {"enabled": false},
        "workloads": [{"kind": "matrix", "rates": {"A": {"B": 2.0}}}], "router": {"kind": "shortest_path"}
    });
    let simulation = run(written(&scenario));
    let totals = simulation.world().resource::<Fabric>().totals;
    assert_eq!(totals.dropped[DropReason::LinkFull as usize], totals.dropped.iter().sum::<u64>());
    assert!((2500..3000).contains(&totals.delivered), "{}", totals.delivered);
    let stability = simulation.summary().stability;
    assert_eq!((stability.stable, stability.overloaded_queues), (Some(true), 1));
    assert_eq!(stability.overloaded[0].place.to_string(), "link A -> B");
}
