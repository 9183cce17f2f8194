//! Routers that spread load, on networks where what they should do is known.

use serde_json::{Value, json};

use crate::common::{summary, written};

/// Two routes from a to d: over b, and over c, by latencies of their links.
fn two_routes(over_b: [u32; 2], over_c: [u32; 2], accesses_per_tick: f64, router: Value) -> Value {
    let link = |a: &str, b: &str, ticks: u32| json!({"ends": [a, b], "latency_ticks": ticks, "capacity_per_tick": 1});
    json!({
        "version": 1, "name": "two-routes", "intent": "Which way?", "seed": 3, "ticks": 40_000, "warmup_ticks": 4000,
        "topology": {
            "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}],
            "links": [
                link("a", "b", over_b[0]), link("b", "d", over_b[1]),
                link("a", "c", over_c[0]), link("c", "d", over_c[1])
            ]
        },
        "nodes": {"queue_limit": null, "link_queue_limit": null, "service_per_tick": 1000},
        "workloads": [{"kind": "matrix", "rates": {"a": {"d": 1.0}}, "accesses_per_tick": accesses_per_tick}],
        "wormholes": {"enabled": false},
        "router": router,
        "record": {"every_ticks": 100}
    })
}

/// Two routes of cost 2 and 3 at temperature 1: the shorter one has the share 1/(1 + 1/e) = 0.731058579.
#[test]
fn multipath_splits_as_the_weights_say() {
    for (temperature, share) in [(1.0, 0.731058579), (0.5, 0.880797078), (1e-3, 1.0)] {
        let router = json!({"kind": "multipath", "stretch": 0.5, "temperature_ticks": temperature});
        let found = summary(written(&two_routes([1, 1], [2, 1], 0.5, router)));
        let short = 3.0 - found.latency_parts_ticks.propagation.unwrap();
        let deviation = f64::sqrt(share * (1.0 - share) / (0.5 * 36_000.0));
        assert!((short - share).abs() <= 4.0 * deviation, "T = {temperature}: {short}, expected {share}");
    }
}

#[test]
fn multipath_leaves_out_what_is_too_long() {
    let router = json!({"kind": "multipath", "stretch": 0.49, "temperature_ticks": 1000.0});
    let found = summary(written(&two_routes([1, 1], [2, 1], 0.5, router)));
    assert_eq!(found.latency_parts_ticks.propagation, Some(2.0));
}

/// Downhill at every hop: however even the split, no way has more hops than the network has other nodes.
#[test]
fn multipath_never_loops() {
    for seed in 0..5 {
        let loaded = written(&json!({
            "version": 1, "name": "no-loops", "intent": "No access loops.", "seed": seed, "ticks": 3000,
            "warmup_ticks": 0, "topology": {"generator": {"kind": "random_geometric", "nodes": 30, "radius": 0.4}},
            "nodes": {"queue_limit": null, "max_hops": 29, "service_per_tick": 10},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 5.0}],
            "router": {"kind": "multipath", "stretch": 100.0, "temperature_ticks": 1000.0}
        }));
        let nodes = loaded.scenario.topology.node_count();
        let found = summary(loaded);
        assert_eq!((nodes, found.accesses.dropped["hop_limit"]), (30, 0));
        assert!(found.accesses.delivered > 10_000);
    }
}

/// One route carries 1 access a tick, both carry 2; 1.6 are asked for.
#[test]
fn measured_delay_moves_away_from_a_congested_route() {
    let found = |router| summary(written(&two_routes([2, 2], [3, 3], 1.6, router)));
    let shortest = found(json!({"kind": "shortest_path"}));
    assert_eq!(shortest.stability.stable, Some(false));
    assert_eq!(shortest.latency_parts_ticks.propagation, Some(4.0));
    let measured = found(json!({"kind": "measured_delay", "recompute_every_ticks": 10}));
    assert_eq!(measured.stability.stable, Some(true));
    let propagation = measured.latency_parts_ticks.propagation.unwrap();
    // At least 0.6 of 1.6 must take the longer route, and 1 of 1.6 may.
    assert!((4.75..=5.25).contains(&propagation), "{propagation}");
}

#[test]
fn measured_delay_comes_back_when_the_congestion_is_over() {
    // 1.6 accesses a tick for 2,000 ticks, then few: these take the shorter route again.
    let mut scenario = two_routes([2, 2], [3, 3], 1.6, json!({"kind": "measured_delay", "recompute_every_ticks": 10}));
    scenario["workloads"][0]["until_tick"] = json!(2000);
    let rare = json!({"kind": "matrix", "rates": {"a": {"d": 1.0}}, "accesses_per_tick": 0.05,
        "arrivals": {"kind": "binomial", "sources": 1}, "from_tick": 2000});
    scenario["workloads"].as_array_mut().unwrap().push(rare);
    let found = summary(written(&scenario));
    assert_eq!(found.latency_parts_ticks.propagation, Some(4.0));
    assert_eq!(found.latency_ticks.mean, Some(4.0));
}
