//! What fails, and what goes on: each test is named for a symptom that it keeps away.

use serde_json::{Value, json};
use wormsim::fabric::Fabric;
use wormsim::scenario::Phase;
use wormsim::world::journal::Change;

use crate::common::{run, start, watched, written};

/// a – b – c, and a wormhole a–c from the start that nothing but a failure or fading closes.
fn bridge() -> Value {
    json!({
        "version": 1, "name": "bridge", "intent": "A wormhole that bridges a failure.", "ticks": 400,
        "warmup_ticks": 0,
        "topology": {
            "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
            "links": [{"ends": ["a", "b"], "latency_ticks": 5}, {"ends": ["b", "c"], "latency_ticks": 5}]
        },
        "workloads": [{"kind": "matrix", "rates": {"a": {"c": 1.0}}, "accesses_per_tick": 0.5,
            "arrivals": {"kind": "binomial", "sources": 1}}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "policy": "fixed", "initial": [["a", "c"]], "ports_per_node": 1},
        "physics": {"decay": {"pay_review_ticks": 100_000}, "wormhole": {"setup_ticks": 20}},
        "router": {"kind": "shortest_path"},
        "events": [{"tick": 10, "fail_link": ["b", "c"]}]
    })
}

fn dropped(scenario: &Value, reason: &str) -> u64 {
    run(written(scenario)).summary().accesses.dropped[reason]
}

/// The link fails before the wormhole is set up; once it is, it carries everything.
#[test]
fn a_wormhole_that_opens_after_a_failure_joins_the_parts() {
    let injected_before = 20;
    assert!(dropped(&bridge(), "unreachable") <= injected_before);
}

#[test]
fn a_wormhole_that_closes_after_a_failure_parts_the_network() {
    let mut scenario = bridge();
    scenario["physics"]["decay"]["fade_per_tick"] = json!(0.05);
    scenario["physics"]["decay"]["gain_per_traversal"] = json!(0.0);
    let summary = run(written(&scenario)).summary();
    assert_eq!(summary.wormholes.active, 0);
    assert!(summary.accesses.dropped["unreachable"] > 100, "{:?}", summary.accesses);
    assert_eq!(summary.accesses.in_flight, 0);
}

#[test]
fn nothing_is_delivered_to_a_node_that_failed_after_its_wormhole_closed() {
    let mut scenario = bridge();
    scenario["topology"]["links"][0]["latency_ticks"] = json!(200);
    scenario["topology"]["links"][1]["latency_ticks"] = json!(200);
    scenario["physics"]["decay"]["fade_per_tick"] = json!(0.05);
    scenario["physics"]["decay"]["gain_per_traversal"] = json!(0.0);
    scenario["events"] = json!([{"tick": 100, "fail_node": "c"}]);
    let mut simulation = start(written(&scenario));
    for tick in 0..400 {
        simulation.step().unwrap();
        let delivered = simulation.world().resource::<Fabric>().delivered.len();
        assert!(tick < 100 || delivered == 0, "tick {tick}");
    }
    let summary = simulation.summary();
    assert_eq!(summary.accesses.dropped["failed"] + summary.accesses.delivered, summary.accesses.injected);
}

#[test]
fn a_wormhole_whose_ends_fail_in_one_tick_closes_once() {
    let mut scenario = bridge();
    scenario["events"] = json!([{"tick": 50, "fail_node": "a"}, {"tick": 50, "fail_node": "c"}]);
    let (simulation, all) = watched(written(&scenario));
    assert_eq!(all.records.iter().filter(|record| matches!(record.change, Change::Dormant { .. })).count(), 1);
    assert!(simulation.wormholes().all(|(wormhole, ..)| wormhole.phase == Phase::Dormant));
}

/// A port that one wormhole left is used by the next; what is still on the way over the first arrives.
#[test]
fn a_failure_takes_only_what_is_on_the_failed_wormhole() {
    let fade = |gain: f64| {
        json!({"fade_per_tick": 0.05, "gain_per_traversal": gain, "pay_review_ticks": 100_000,
        "reopen_after_ticks": 1_000, "archive_after_ticks": 1_000})
    };
    let scenario = json!({
        "version": 1, "name": "reuse", "intent": "A port is used again.", "ticks": 2000, "warmup_ticks": 0,
        "topology": {
            "nodes": [{"id": "a"}, {"id": "x"}, {"id": "b"}, {"id": "c"}],
            "links": [{"ends": ["a", "x"], "latency_ticks": 400}, {"ends": ["x", "b"], "latency_ticks": 400},
                {"ends": ["x", "c"], "latency_ticks": 400}]
        },
        "workloads": [
            {"kind": "matrix", "rates": {"a": {"b": 1.0}}, "accesses_per_tick": 0.9, "until_tick": 60},
            {"kind": "matrix", "rates": {"a": {"c": 1.0}}, "accesses_per_tick": 0.9, "from_tick": 60, "until_tick": 400}
        ],
        "nodes": {"service_per_tick": 5, "link_queue_limit": null},
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "initial": [["a", "b"]], "ports_per_node": 1},
        "physics": {"decay": fade(0.0), "gravity": {"review_every_ticks": 10, "min_pull": 0},
            "wormhole": {"setup_ticks": 0, "max_capacity_per_tick": 100}},
        "router": {"kind": "shortest_path"},
        "events": [{"tick": 200, "fail_node": "c"}]
    });
    let (simulation, all) = watched(written(&scenario));
    let reopened = all.records.into_iter().any(|record| {
        matches!(record.change, Change::Opened { ends, .. } if ends.iter().any(|end| end.0 == 3) && record.tick < 200)
    });
    assert!(reopened, "a–c opens before c fails");
    let summary = simulation.summary();
    let to_b = summary.accesses.delivered;
    assert!(to_b > 30, "what was on its way to b arrives: {:?}", summary.accesses);
}

/// Large enough for reads to begin early: more ports than caches hold, in more than one word of nodes.
#[test]
fn a_node_without_any_usable_port_does_not_break_reading_ahead() {
    let scenario = json!({
        "version": 1, "name": "cut-off", "intent": "All links of a node fail while accesses wait there.", "ticks": 60,
        "topology": {"generator": {"kind": "ring", "nodes": 200}},
        "workloads": [{"kind": "matrix", "rates": {"100": {"7": 1.0}}, "accesses_per_tick": 20.0, "until_tick": 5}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "policy": "fixed", "ports_per_node": 100},
        "router": {"kind": "q_routing"},
        "events": [{"tick": 5, "fail_link": ["100", "99"]}, {"tick": 5, "fail_link": ["100", "101"]}]
    });
    let summary = run(written(&scenario)).summary();
    assert!(summary.accesses.dropped["unreachable"] > 50, "{:?}", summary.accesses);
}
