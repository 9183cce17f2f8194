//! Runs over links that differ by direction or lead one way only, against what can be counted by hand.

use serde_json::{Value, json};
use wormsim::fabric::Fabric;

use crate::common::{run, start, written};

const ROUTERS: [&str; 4] = ["shortest_path", "measured_delay", "multipath", "q_routing"];

/// A triangle that leads round one way, a → b → c → a, but for a slow way back from b to a.
fn triangle(router: &str, from: &str, to: &str) -> Value {
    json!({
        "version": 1, "name": "triangle", "intent": "There and back.", "ticks": 2000, "warmup_ticks": 0,
        "topology": {
            "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
            "links": [
                {"ends": ["a", "b"], "latency_ticks": 2, "back": {"latency_ticks": 50}},
                {"ends": ["b", "c"], "latency_ticks": 3, "one_way": true},
                {"ends": ["c", "a"], "latency_ticks": 4, "one_way": true}
            ]
        },
        "nodes": {"service_per_tick": 1000},
        "workloads": [{"kind": "matrix", "rates": {from: {to: 1.0}}, "accesses_per_tick": 0.5}],
        "wormholes": {"enabled": false},
        "router": {"kind": router}
    })
}

#[test]
fn every_router_takes_the_latencies_of_its_direction() {
    for router in ROUTERS {
        // Sums of the directed latencies above; from b to a over c, not 50 straight back.
        for (from, to, ticks) in [("a", "b", 2.0), ("b", "a", 7.0), ("c", "b", 6.0), ("a", "c", 5.0)] {
            let summary = run(written(&triangle(router, from, to))).summary();
            assert_eq!(summary.latency_parts_ticks.propagation, Some(ticks), "{router}: {from} to {to}");
            assert!(summary.accesses.delivered > 800, "{router}: {from} to {to}");
            assert_eq!(summary.accesses.dropped.values().sum::<u64>(), 0);
        }
    }
}

#[test]
fn a_direction_that_is_not_there_does_not_open_when_its_link_is_restored() {
    for router in ROUTERS {
        let mut scenario = triangle(router, "b", "a");
        scenario["events"] = json!([
            {"tick": 500, "fail_link": ["b", "c"]}, {"tick": 600, "restore_link": ["b", "c"]},
            {"tick": 900, "fail_node": "c"}, {"tick": 950, "restore_node": "c"}
        ]);
        let mut simulation = start(written(&scenario));
        for _ in 0..2000 {
            simulation.step().unwrap();
            let fabric = simulation.world().resource::<Fabric>();
            assert!(!fabric.ports[fabric.link_ports[1][1] as usize].is_open(), "{router}");
            assert!(!fabric.ports[fabric.link_ports[2][1] as usize].is_open(), "{router}");
        }
        let dropped = simulation.summary().accesses.dropped;
        assert_eq!(dropped["unreachable"], 0, "{router}: there is a way from b to a throughout");
    }
}

/// With the way back gone, a reaches c but not the other way round: only that is unreachable.
#[test]
fn what_cannot_be_reached_is_told_by_direction() {
    for router in ROUTERS {
        let events = json!([{"tick": 500, "fail_link": ["c", "a"]}]);
        let mut there = triangle(router, "a", "c");
        there["events"] = events.clone();
        assert_eq!(run(written(&there)).summary().accesses.dropped["unreachable"], 0, "{router}");
        let mut back = triangle(router, "c", "b");
        back["events"] = events;
        let accesses = run(written(&back)).summary().accesses;
        assert!(accesses.dropped["unreachable"] > 500 && accesses.delivered > 150, "{router}: {accesses:?}");
    }
}

#[test]
fn wormholes_are_refused_where_links_differ_by_direction() {
    let mut scenario = triangle("shortest_path", "a", "b");
    scenario["wormholes"] = json!({"enabled": true});
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    let text = wormsim::simulation::load(&path, &[]).unwrap_err().to_string();
    assert!(text.contains("wormholes.enabled") && text.contains("differ by direction"), "{text}");
}
