//! Queues in slotted time against closed forms (VALIDATION.md 2), in whole runs.
//!
//! One node sends to another over one link; its FIFO has unit service and accesses are served from the slot they
//! arrive in. Poisson batches of mean λ wait λ/(2(1−λ)) slots in the mean; binomial(N, λ/N) batches (N−1)/N times
//! that; single Bernoulli arrivals never wait.

use serde_json::{Value, json};
use wormsim::simulation::load;

use crate::common::{summary, written};

fn queue(rate: f64, arrivals: Value) -> Value {
    json!({
        "version": 1, "name": "queue", "intent": "One FIFO with unit service.", "seed": 11,
        "ticks": 600_000, "warmup_ticks": 10_000,
        "topology": {"nodes": [{"id": "a"}, {"id": "b"}], "links": [{"ends": ["a", "b"], "latency_ticks": 3}]},
        "nodes": {"queue_limit": null},
        "workloads": [
            {"kind": "matrix", "rates": {"a": {"b": 1.0}}, "accesses_per_tick": rate, "arrivals": arrivals}
        ],
        "wormholes": {"enabled": false},
        "router": {"kind": "shortest_path"},
        "record": {"every_ticks": null}
    })
}

/// Mean wait, and that nothing else adds to latency.
fn wait(rate: f64, arrivals: Value) -> f64 {
    let found = summary(written(&queue(rate, arrivals)));
    assert_eq!(found.latency_parts_ticks.propagation, Some(3.0));
    assert_eq!(found.latency_parts_ticks.link_wait, Some(0.0));
    found.latency_parts_ticks.node_wait.unwrap()
}

#[test]
fn poisson_batches_wait_as_the_formula_says() {
    for (rate, share) in [(0.5, 0.02), (0.8, 0.03), (0.9, 0.06)] {
        let (found, expected) = (wait(rate, json!({"kind": "poisson"})), rate / (2.0 * (1.0 - rate)));
        assert!((found / expected - 1.0).abs() < share, "λ = {rate}: {found}, expected {expected}");
    }
}

#[test]
fn binomial_batches_wait_less_by_their_share() {
    for sources in [2, 4, 10] {
        let (rate, n) = (0.8, f64::from(sources));
        let found = wait(rate, json!({"kind": "binomial", "sources": sources}));
        let expected = (n - 1.0) / n * rate / (2.0 * (1.0 - rate));
        assert!((found / expected - 1.0).abs() < 0.03, "{sources} sources: {found}, expected {expected}");
    }
}

#[test]
fn single_bernoulli_arrivals_never_wait() {
    assert_eq!(wait(0.9, json!({"kind": "binomial", "sources": 1})), 0.0);
}

/// The same queue at a link: service 1000 a tick, capacity 1 a tick, so that the wait is for a slot of the link.
#[test]
fn a_narrow_link_is_the_same_queue() {
    let mut scenario = queue(0.8, json!({"kind": "poisson"}));
    scenario["nodes"] = json!({"queue_limit": null, "service_per_tick": 1000, "link_queue_limit": null});
    scenario["topology"]["links"][0]["capacity_per_tick"] = json!(1);
    let parts = summary(written(&scenario)).latency_parts_ticks;
    assert_eq!((parts.propagation, parts.node_wait), (Some(3.0), Some(0.0)));
    let found = parts.link_wait.unwrap();
    assert!((found / 2.0 - 1.0).abs() < 0.03, "{found}, expected 2");
}

/// Little's law: accesses in flight = throughput × latency, in the mean over frames.
#[test]
fn in_flight_is_throughput_times_latency() {
    let mut scenario = queue(0.8, json!({"kind": "poisson"}));
    scenario["record"] = json!({"every_ticks": 1});
    scenario["ticks"] = json!(200_000);
    let (simulation, all) = crate::common::watched(written(&scenario));
    let found = simulation.summary();
    let frames = &all.frames[10_000..];
    let in_flight = frames.iter().map(|frame| frame.in_flight as f64).sum::<f64>() / frames.len() as f64;
    let expected = found.throughput_per_tick.unwrap() * found.latency_ticks.mean.unwrap();
    assert!((in_flight / expected - 1.0).abs() < 0.01, "{in_flight}, expected {expected}");
}

/// Two accesses at once over a path of 3, 4 and 5 ticks: each part of latency is what it is called, not what is left.
#[test]
fn every_part_of_latency_is_counted_where_it_arises() {
    let parts = |service: u32, capacity: Value, mut wormholes: Value| {
        wormholes["carrier"] = json!({"kind": "own_medium", "transit_ratio": 0.5});
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("two.csv"), "tick,origin,target\n0,a,d\n0,a,d\n").unwrap();
        let link =
            |ends: [&str; 2], ticks: u32| json!({"ends": ends, "latency_ticks": ticks, "capacity_per_tick": capacity});
        let scenario = json!({
            "version": 1, "name": "parts", "intent": "Where latency comes from.", "ticks": 100, "warmup_ticks": 0,
            "topology": {
                "nodes": (["a", "b", "c", "d"].map(|id| json!({"id": id}))),
                "links": [link(["a", "b"], 3), link(["b", "c"], 4), link(["c", "d"], 5)]
            },
            "nodes": {"service_per_tick": service, "link_queue_limit": null},
            "workloads": [{"kind": "trace", "path": "two.csv"}],
            "wormholes": wormholes,
            "physics": {"wormhole": {"setup_ticks": 10, "max_capacity_per_tick": 100}},
            "router": {"kind": "shortest_path"}
        });
        let path = folder.path().join("scenario.json");
        std::fs::write(&path, scenario.to_string()).unwrap();
        let summary = summary(load(&path, &[]).unwrap_or_else(|error| panic!("{error}")));
        assert_eq!(summary.accesses.delivered, 2);
        let parts = summary.latency_parts_ticks;
        [parts.propagation, parts.node_wait, parts.link_wait, parts.setup].map(Option::unwrap)
    };
    let none = || json!({"enabled": false});
    assert_eq!(parts(2, json!(null), none()), [12.0, 0.0, 0.0, 0.0]);
    assert_eq!(parts(1, json!(null), none()), [12.0, 0.5, 0.0, 0.0], "the second waits a tick at a");
    assert_eq!(parts(2, json!(1), none()), [12.0, 0.0, 0.5, 0.0], "the second waits a tick for the link from a");
    let shortcut = json!({"policy": "fixed", "initial": [["a", "d"]], "wait_for_setup": true});
    assert_eq!(parts(2, json!(null), shortcut), [6.0, 0.0, 0.0, 10.0], "both wait for the wormhole");
}
