//! Runs over links that differ by direction or lead one way only, against what can be counted by hand.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Value, json};
use wormsim::fabric::Fabric;
use wormsim::recorder::summary::Summary;
use wormsim::topology::EachWay;
use wormsim::world::components::{Ledger, Wormhole};

use wormsim::simulation::{Happened, Simulation};

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

fn medium() -> Value {
    json!({"kind": "own_medium", "transit_ratio": {"experimental": 0.8, "standard": 0.6, "fast_lane": 0.4}})
}

/// A wormhole whose strength stays what it is, in the triangle, and its ledger at the end of a run.
fn with_wormhole(mut wormholes: Value, from: &str, to: &str) -> (Wormhole, Ledger, Summary) {
    wormholes["policy"] = json!("fixed");
    wormholes["carrier"] = medium();
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
        scenario["wormholes"] = json!({"carrier": medium(), "next_id": 1, "recovered": [
            {"id": 0, "ends": ["a", "b"], "kind": "fast_lane", "strength": 1.0, "span_ticks": span}]});
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scenario.json");
        std::fs::write(&path, scenario.to_string()).unwrap();
        let text = wormsim::simulation::load(&path, &[]).unwrap_err().to_string();
        assert!(text.contains("wormholes.recovered[0].span_ticks") && text.contains(words), "{span}: {text}");
    }
}

/// About three accesses a tick from A to B, and as many back, over a link that the topology gives in this order.
fn both_ways(ends: [&str; 2], events: Value) -> Value {
    json!({
        "version": 1, "name": "both-ways", "intent": "One direction alone.", "ticks": 900, "warmup_ticks": 0,
        "topology": {"nodes": [{"id": "A"}, {"id": "B"}], "links": [{"ends": ends, "latency_ticks": 3}]},
        "nodes": {"service_per_tick": 100, "link_queue_limit": null},
        "workloads": [{"kind": "matrix", "rates": {"A": {"B": 3.0}, "B": {"A": 3.0}}}],
        "wormholes": {"enabled": false}, "router": {"kind": "shortest_path"}, "events": events,
        // Then ports begin to count anew.
        "physics": {"entropy": {"every_ticks": 1000}}
    })
}

/// Accesses that depart from A and from B by tick.
fn departures(scenario: &Value) -> [Vec<u64>; 2] {
    let (mut counts, mut before) = ([vec![], vec![]], [0; 2]);
    let mut look = |simulation: &Simulation, _: &Happened| {
        let fabric = simulation.world().resource::<Fabric>();
        for port in fabric.link_ports[0].map(|port| fabric.ports[port as usize]) {
            // The port from A leads to B, node 1.
            let from = 1 - port.to.index();
            counts[from].push(port.carried - before[from]);
            before[from] = port.carried;
        }
        ControlFlow::Continue(())
    };
    start(written(scenario)).run(&mut look).unwrap();
    counts
}

/// From tick 300, one direction carries two a tick; from tick 600 it is unlimited again, and the other carries one.
#[test]
fn a_direction_loses_capacity_and_the_other_does_not_notice() {
    let untouched = departures(&both_ways(["A", "B"], json!([])));
    assert!(untouched.iter().all(|counts| *counts.iter().max().unwrap() > 6), "{untouched:?}");
    for cut in [0, 1] {
        let [from, to] = [["A", "B"], ["B", "A"]][cut];
        let unlimited_again = [
            json!({"link": [from, to], "capacity_per_tick": null, "back": {"capacity_per_tick": 1}}),
            json!({"link": [to, from], "capacity_per_tick": 1, "back": {"capacity_per_tick": null}}),
        ];
        for (again, ends) in unlimited_again.iter().flat_map(|again| [(again, ["A", "B"]), (again, ["B", "A"])]) {
            let events = json!([
                {"tick": 300, "set_capacity": {"link": [from, to], "capacity_per_tick": 2, "one_way": true}},
                {"tick": 600, "set_capacity": again}
            ]);
            let found = departures(&both_ways(ends, events));
            let (narrowed, other) = (&found[cut], &found[1 - cut]);
            assert_eq!(narrowed[..300], untouched[cut][..300]);
            assert!(narrowed[300..600].iter().all(|&count| count <= 2), "{cut} {ends:?}");
            assert!(narrowed[350..600].iter().all(|&count| count == 2), "an access waits at each tick");
            assert_eq!(other[..600], untouched[1 - cut][..600], "what departs the other way is what did before");
            // About 300 waited: they go at once, then what comes departs as if nothing had been.
            assert!(narrowed[600] > 200, "{}", narrowed[600]);
            assert_eq!(narrowed[601..], untouched[cut][601..]);
            assert!(other[650..].iter().all(|&count| count == 1));
        }
    }
}

#[test]
fn a_run_goes_on_before_and_after_a_direction_changes() {
    let set = json!({"link": ["B", "A"], "capacity_per_tick": 2, "back": {"capacity_per_tick": 1}});
    let events = json!([
        {"tick": 300, "set_capacity": {"link": ["A", "B"], "capacity_per_tick": 2, "one_way": true}},
        {"tick": 600, "set_capacity": set}
    ]);
    let scenario = Arc::new(written(&both_ways(["B", "A"], events)).scenario);
    let mut whole = Simulation::new(scenario.clone()).unwrap();
    let mut begun = Vec::new();
    for tick in 0..scenario.ticks {
        if [299, 300, 301, 600, 601].contains(&tick) {
            begun.push(Simulation::restore(scenario.clone(), whole.snapshot()).unwrap());
        }
        whole.step().unwrap();
    }
    for mut rest in begun {
        while rest.ticks_done() < scenario.ticks {
            rest.step().unwrap();
        }
        assert_eq!(rest.digest(), whole.digest());
    }
}

/// One number for a link that leads one way is the capacity of its direction, in whatever order its ends are named.
#[test]
fn the_only_direction_takes_its_capacity_from_either_order() {
    for (link, more) in [(["b", "c"], ""), (["c", "b"], ""), (["b", "c"], "one_way")] {
        let mut scenario = triangle("shortest_path", "a", "c");
        scenario["events"] = json!([{"tick": 5, "set_capacity": {"link": link, "capacity_per_tick": 4}}]);
        if !more.is_empty() {
            scenario["events"][0]["set_capacity"][more] = json!(true);
        }
        let simulation = run(written(&scenario));
        let fabric = simulation.world().resource::<Fabric>();
        assert_eq!(fabric.ports[fabric.link_ports[1][0] as usize].capacity, 4, "{link:?} {more}");
    }
}

/// Only latencies and missing directions stand against wormholes: these know no capacity of space links.
#[test]
fn wormholes_are_allowed_where_capacities_differ_by_direction() {
    let mut scenario = both_ways(["A", "B"], json!([]));
    scenario["topology"]["links"][0]["back"] = json!({"latency_ticks": 3, "capacity_per_tick": 2});
    scenario["wormholes"] = json!({"enabled": true, "carrier": medium()});
    written(&scenario);
}
