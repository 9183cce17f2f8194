//! Runs over links that differ by direction or lead one way only, against what can be counted by hand.

use serde_json::{Value, json};
use wormsim::fabric::Fabric;
use wormsim::recorder::summary::Summary;
use wormsim::topology::EachWay;
use wormsim::world::components::{Ledger, Wormhole};

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

/// A wormhole whose strength stays what it is, in the triangle, and its ledger at the end of a run.
fn with_wormhole(mut wormholes: Value, from: &str, to: &str) -> (Wormhole, Ledger, Summary) {
    wormholes["policy"] = json!("fixed");
    let mut scenario = triangle("shortest_path", from, to);
    scenario["wormholes"] = wormholes;
    scenario["physics"] = json!({
        "decay": {"fade_per_tick": 0, "gain_per_traversal": 0, "pay_review_ticks": 1_000_000},
        "wormhole": {"setup_ticks": 0}
    });
    let simulation = run(written(&scenario));
    let (wormhole, .., ledger) = simulation.wormholes().next().unwrap();
    (*wormhole, *ledger, simulation.summary())
}

/// From a to b 2 ticks over space, from b to a 7. An experimental wormhole takes 0.8 of either: 2 and 6; a fast lane
/// 0.4: 1 and 3. What it saves is counted by direction.
#[test]
fn a_wormhole_has_a_span_and_a_transit_each_way() {
    let initial = json!({"initial": [["b", "a"]]});
    let recovered = |ends: [&str; 2], span: [u32; 2]| {
        json!({"next_id": 1, "recovered": [
            {"id": 0, "ends": ends, "kind": "fast_lane", "strength": 1.0, "span_ticks": span}]})
    };
    for (wormholes, transit) in [
        (initial, [2, 6]),
        (recovered(["a", "b"], [2, 7]), [1, 3]),
        // Named the other way round, its span is so too.
        (recovered(["b", "a"], [7, 2]), [1, 3]),
    ] {
        for (side, (from, to)) in [("a", "b"), ("b", "a")].into_iter().enumerate() {
            let (wormhole, ledger, summary) = with_wormhole(wormholes.clone(), from, to);
            assert_eq!((wormhole.span, wormhole.transit), (EachWay([2, 7]), EachWay(transit)), "{wormholes}");
            assert_eq!(summary.latency_parts_ticks.propagation, Some(f64::from(transit[side])), "{from} to {to}");
            let saved = f64::from([2, 7][side] - transit[side]);
            assert_eq!(ledger.saved, saved * ledger.traversals as f64);
            assert!(ledger.traversals > if saved > 0.0 { 800 } else { 0 } || saved == 0.0, "{from} to {to}");
        }
    }
}

#[test]
fn the_span_of_a_wormhole_of_an_earlier_run_is_one_number_or_two() {
    for (span, words) in [
        (json!([2]), "whole number"),
        (json!([2, 7, 2]), "whole number"),
        (json!([0, 7]), "whole number"),
        (json!([2, -7]), "whole number"),
        (json!("2"), "whole number"),
    ] {
        let mut scenario = triangle("shortest_path", "a", "b");
        scenario["wormholes"] = json!({"next_id": 1, "recovered": [
            {"id": 0, "ends": ["a", "b"], "kind": "fast_lane", "strength": 1.0, "span_ticks": span}]});
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scenario.json");
        std::fs::write(&path, scenario.to_string()).unwrap();
        let text = wormsim::simulation::load(&path, &[]).unwrap_err().to_string();
        assert!(text.contains("wormholes.recovered[0].span_ticks") && text.contains(words), "{span}: {text}");
    }
}
