//! Which queues grow without bound, in whole runs: over all queues, by name, and no others.

use serde_json::{Value, json};
use wormsim::recorder::stability::{Verdict, Where};

use crate::common::{summary, written};

fn verdict(scenario: &Value) -> Verdict {
    summary(written(scenario)).stability
}

/// A torus of 20 × 20 at a quarter of its service, and one pair that asks for `rate` more over one node.
fn one_pair(rate: f64, ticks: u32) -> Value {
    json!({
        "version": 1, "name": "one-overloaded-node", "intent": "One node of 400 is overloaded.", "seed": 1,
        "ticks": ticks, "warmup_ticks": 2000,
        "topology": {"generator": {"kind": "torus", "rows": 20, "columns": 20}},
        "nodes": {"service_per_tick": 2, "queue_limit": null, "injection": "immediate", "max_hops": null},
        "workloads": [
            {"kind": "uniform", "accesses_per_tick": 40.0},
            {"kind": "matrix", "rates": {"0": {"2": rate}}}
        ],
        "wormholes": {"enabled": false},
        "router": {"kind": "shortest_path"},
        "record": {"every_ticks": null}
    })
}

/// The total of all nodes hides it: it was called stable.
#[test]
fn one_overloaded_node_of_four_hundred_is_named() {
    let found = verdict(&one_pair(1.35, 20_000));
    assert_eq!(found.stable, Some(false));
    assert_eq!((found.growing_queues, found.growing.len()), (1, 1));
    let row = &found.growing[0];
    assert_eq!((&row.place, row.field.as_str()), (&Where::Node("1".into()), "nodes.service_per_tick"));
    assert!((0.1..0.25).contains(&row.excess) && (row.excess * 2.0 - row.growth_per_tick).abs() < 1e-12, "{row:?}");
    assert_eq!(verdict(&one_pair(0.8, 20_000)).stable, Some(true));
}

/// A path of two links with room for `rates` only, and a day of so many ticks.
fn day(rate: f64, period: u32, phase: f64, ticks: u32) -> Value {
    json!({
        "version": 1, "name": "one-day", "intent": "A day's peak is no instability.", "seed": 1,
        "ticks": ticks, "warmup_ticks": 1000,
        "topology": {
            "nodes": [{"id": "s0"}, {"id": "m"}, {"id": "t"}],
            "links": [{"ends": ["s0", "m"], "latency_ticks": 1}, {"ends": ["m", "t"], "latency_ticks": 1}]
        },
        "nodes": {"service_per_tick": 1, "queue_limit": null, "injection": "immediate", "max_hops": null,
            "link_queue_limit": null},
        "workloads": [{"kind": "matrix", "rates": {"s0": {"t": rate}},
            "diurnal": {"period_ticks": period, "amplitude": 0.5, "phase": phase}}],
        "wormholes": {"enabled": false},
        "router": {"kind": "shortest_path"},
        "record": {"every_ticks": null}
    })
}

/// A mean load of 0.8 with a peak of 1.2 at the end of the run was said to grow without bound.
#[test]
fn the_peak_of_a_day_is_no_instability() {
    assert_eq!(verdict(&day(0.8, 10_000, 0.425, 10_000)).stable, Some(true));
    for phase in [0.0, 0.25, 0.5, 0.75] {
        assert_eq!(verdict(&day(0.8, 4000, phase, 20_000)).stable, Some(true), "{phase}");
        assert_eq!(verdict(&day(1.1, 4000, phase, 20_000)).stable, Some(false), "{phase}");
    }
}

/// Accesses that waited for wormholes to be set up were counted as if a thousand a tick had been booked: 11 million
/// with 2,579 in flight, growing by 1021 a tick with 3 injected.
#[test]
fn what_waits_for_wormholes_is_no_more_than_what_is_in_flight() {
    let found = summary(written(&json!({
        "version": 1, "name": "waiting-more-than-in-flight", "intent": "Waiting is a count.",
        "ticks": 4000, "warmup_ticks": 0, "topology": {"generator": {"kind": "ring", "nodes": 60}},
        "nodes": {"service_per_tick": 50, "max_hops": 200},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 3.0}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "enabled": true, "ports_per_node": 4, "wait_for_setup": true},
        "physics": {
            "gravity": {"review_every_ticks": 100, "min_pull": 0, "max_openings": 1},
            "decay": {"fade_per_tick": 0, "pay_review_ticks": 100_000},
            "wormhole": {"setup_ticks": 3500, "max_capacity_per_tick": 1000}
        },
        "router": {"kind": "q_routing"}
    })));
    assert_eq!(found.stability.stable, Some(true), "{:?}", found.stability);
    let injected = found.accesses.injected as f64;
    assert!(found.stability.waiting_means.iter().all(|mean| mean.unwrap() <= injected), "{:?}", found.stability);
}

/// A link of capacity 1 that 1.2 accesses a tick ask for, with whatever limits.
fn narrow(nodes: Value) -> Verdict {
    verdict(&json!({
        "version": 1, "name": "narrow", "intent": "A link is too narrow.", "ticks": 10_000, "warmup_ticks": 1000,
        "topology": {
            "nodes": [{"id": "a"}, {"id": "b"}],
            "links": [{"ends": ["a", "b"], "latency_ticks": 3, "capacity_per_tick": 1}]
        },
        "nodes": nodes,
        "workloads": [{"kind": "matrix", "rates": {"a": {"b": 1.2}}}],
        "wormholes": {"enabled": false},
        "router": {"kind": "shortest_path"},
        "record": {"every_ticks": null}
    }))
}

#[test]
fn a_narrow_link_grows_without_a_limit_and_is_overloaded_with_one() {
    let link = Where::Link(["a".into(), "b".into()]);
    let found = narrow(json!({"service_per_tick": 10, "queue_limit": null, "link_queue_limit": null}));
    assert_eq!((found.stable, found.overloaded_queues), (Some(false), 0));
    let row = &found.growing[0];
    assert_eq!((&row.place, row.field.as_str()), (&link, "topology.links[].capacity_per_tick"));
    assert!((row.excess - 0.2).abs() < 0.05 && row.excess == row.growth_per_tick, "{row:?}");

    let found = narrow(json!({"service_per_tick": 10, "queue_limit": null, "link_queue_limit": 20}));
    assert_eq!((found.stable, found.growing_queues, found.overloaded_queues), (Some(true), 0, 1));
    let row = &found.overloaded[0];
    assert_eq!(row.place, link);
    assert!((row.dropped_per_tick - 0.2).abs() < 0.05 && row.dropped == (row.dropped_per_tick * 9000.0).round() as u64);

    let found = narrow(json!({"service_per_tick": 1, "queue_limit": 50, "link_queue_limit": null}));
    assert_eq!((found.stable, found.overloaded_queues), (Some(true), 1));
    assert_eq!(found.overloaded[0].place, Where::Node("a".into()));
}
