//! Nothing disappears: over random small scenarios with failures, every access is delivered, dropped for a stated
//! reason or under way, at every tick; and latency is exactly the sum of its parts.

mod common;

use common::{start, written};
use proptest::prelude::*;
use serde_json::{Value, json};
use wormsim::topology::NodeId;
use wormsim::world::fabric::Fabric;
use wormsim::world::resources::Registry;

/// Random scenarios over a ring with chords, with failures and restorations in a valid order.
fn scenarios() -> impl Strategy<Value = Value> {
    let network = (4u32..14, prop::collection::vec((0u32..14, 0u32..14, 1u32..9, prop::option::of(1u32..4)), 0..12));
    let rules =
        (1u32..4, prop::option::of(1u32..12), any::<bool>(), prop::option::of(1u32..12), prop::option::of(0u32..6));
    let wormholes = (any::<bool>(), 1u32..4, any::<bool>(), 0u32..30, 0.0f64..0.2);
    let router = prop_oneof![
        Just(json!({"kind": "shortest_path", "memory_limit_mb": 1})),
        (0.0f64..2.0, 0.1f64..10.0).prop_map(|(stretch, temperature)| json!({
            "kind": "multipath", "stretch": stretch, "temperature_ticks": temperature
        })),
        (1u32..100, 0.0f64..=1.0).prop_map(|(every, smoothing)| json!({
            "kind": "measured_delay", "recompute_every_ticks": every, "smoothing": smoothing
        })),
        (0.1f64..1.0, any::<bool>(), any::<bool>(), 0.0f64..0.3).prop_map(|(rate, echo, zero, exploration)| json!({
            "kind": "q_routing", "learning_rate": rate, "full_echo": echo,
            "initial": if zero { "zero" } else { "free_flow" }, "exploration": exploration
        })),
    ];
    let failures = prop::collection::vec((10u32..200, 1u32..150, 0u32..14, any::<bool>()), 0..5);
    (network, rules, wormholes, router, failures, 0.2f64..6.0, any::<u64>()).prop_map(
        |((nodes, chords), rules, wormholes, router, failures, rate, seed)| {
            let name = |node: u32| (node % nodes).to_string();
            let mut ends: Vec<(u32, u32)> = (0..nodes).map(|node| (node, (node + 1) % nodes)).collect();
            let mut links: Vec<Value> = ends
                .iter()
                .map(|&(a, b)| json!({"ends": [name(a), name(b)], "latency_ticks": 1 + (a * 7 + b) % 5}))
                .collect();
            for (a, b, latency, capacity) in chords {
                let (a, b) = (a % nodes, b % nodes);
                if a != b && !ends.iter().any(|&(x, y)| (x, y) == (a, b) || (x, y) == (b, a)) {
                    ends.push((a, b));
                    let mut link = json!({"ends": [name(a), name(b)], "latency_ticks": latency});
                    if let Some(capacity) = capacity {
                        link["capacity_per_tick"] = json!(capacity);
                    }
                    links.push(link);
                }
            }
            let (mut events, mut used) = (Vec::new(), Vec::new());
            for (from, length, which, is_node) in failures {
                let (fail, restore, what) = if is_node {
                    ("fail_node", "restore_node", json!(name(which)))
                } else {
                    let (a, b) = ends[which as usize % ends.len()];
                    ("fail_link", "restore_link", json!([name(a), name(b)]))
                };
                if !used.contains(&what) {
                    events.push((from, json!({"tick": from, fail: what})));
                    events.push((from + length, json!({"tick": from + length, restore: what})));
                    used.push(what);
                }
            }
            events.sort_by_key(|&(tick, _)| tick);
            let events: Vec<Value> = events.into_iter().map(|(_, event)| event).collect();
            let (service, queue_limit, immediate, max_hops, max_link_wait) = rules;
            let (enabled, ports, wait_for_setup, setup, fade) = wormholes;
            json!({
                "version": 1, "name": "random", "intent": "Whatever.", "seed": seed, "ticks": 400, "warmup_ticks": 0,
                "topology": {
                    "nodes": (0..nodes).map(|node| json!({"id": name(node)})).collect::<Vec<_>>(), "links": links
                },
                "nodes": {
                    "service_per_tick": service, "queue_limit": queue_limit, "max_hops": max_hops,
                    "max_link_wait_ticks": max_link_wait, "injection": if immediate { "immediate" } else { "queued" }
                },
                "workloads": [
                    {"kind": "uniform", "accesses_per_tick": rate},
                    {"kind": "zipf", "accesses_per_tick": rate / 2.0, "items": 9, "until_tick": 250}
                ],
                "wormholes": {"enabled": enabled, "ports_per_node": ports, "wait_for_setup": wait_for_setup},
                "physics": {
                    "gravity": {"review_every_ticks": 10, "min_pull": 0, "mass_memory_ticks": 50},
                    "decay": {"fade_per_tick": fade, "pay_review_ticks": 40, "archive_after_ticks": 60,
                        "reopen_after_ticks": 15},
                    "wormhole": {"setup_ticks": setup, "max_capacity_per_tick": 3}
                },
                "router": router,
                "events": events,
                "record": {"every_ticks": 10}
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_access_is_accounted_for_and_latency_is_the_sum_of_its_parts(scenario in scenarios()) {
        let mut simulation = start(written(&scenario));
        for tick in 0..400u32 {
            simulation.tick().unwrap();
            let fabric = simulation.world().resource::<Fabric>();
            let totals = &fabric.totals;
            let dropped: u64 = totals.dropped.iter().sum();
            prop_assert_eq!(totals.injected, totals.delivered + dropped + u64::from(fabric.pool.len()));
            let queued: usize = (0..fabric.lanes.len() as u32).map(|node| fabric.fifo(NodeId(node)).count()).sum();
            prop_assert_eq!(queued as u64, fabric.queued());
            prop_assert_eq!(queued + fabric.transit.iter(tick).count(), fabric.pool.len() as usize);
            for access in &fabric.delivered {
                let parts = access.propagation + access.node_wait + access.link_wait + access.setup;
                prop_assert_eq!(tick - access.born, parts, "{:?}", access);
                prop_assert_eq!(access.at, access.target);
                prop_assert!(fabric.lanes[access.at.index()].up, "delivered to a node that is down: {:?}", access);
                prop_assert!(access.hops >= 1 && access.propagation >= access.hops);
            }
        }
        simulation.check_finite().unwrap();
        let world = simulation.world();
        let (fabric, registry) = (world.resource::<Fabric>(), world.resource::<Registry>());
        let booked = simulation.wormholes().map(|(_, _, _, _, ledger)| ledger.traversals).sum::<u64>();
        let archived = registry.archived.iter().map(|(_, _, ledger)| ledger.traversals).sum::<u64>();
        let pending = fabric.traversals.iter().map(|&traversals| u64::from(traversals)).sum::<u64>();
        prop_assert_eq!(booked + archived + pending, fabric.totals.wormhole_hops);
        let summary = simulation.summary();
        let frames = simulation.frames();
        let sum = |of: fn(&wormsim::recorder::frame::Frame) -> u64| frames.iter().map(of).sum::<u64>();
        prop_assert_eq!(sum(|frame| frame.injected), summary.accesses.injected);
        prop_assert_eq!(sum(|frame| frame.delivered), summary.accesses.delivered);
        prop_assert_eq!(sum(|frame| frame.dropped), summary.accesses.dropped.values().sum::<u64>());
    }

    /// With empty queues and no failures, latency is exactly the sum of the links' latencies.
    #[test]
    fn a_lone_access_takes_the_free_flow_latency(mut scenario in scenarios()) {
        let nodes = scenario["topology"]["nodes"].as_array().unwrap().len();
        scenario["workloads"] = json!([{"kind": "matrix", "rates": {"0": {(nodes / 2).to_string(): 1.0}},
            "accesses_per_tick": 1.0, "arrivals": {"kind": "binomial", "sources": 1}, "until_tick": 1}]);
        scenario["router"] = json!({"kind": "shortest_path"});
        scenario["wormholes"] = json!({"enabled": false});
        scenario["nodes"]["max_hops"] = json!(null);
        scenario["events"] = json!([]);
        let loaded = written(&scenario);
        let mut shortest = vec![u64::MAX / 2; nodes];
        shortest[0] = 0;
        for _ in 0..nodes {
            for (_, a, b, link) in loaded.scenario.topology.links() {
                let through = u64::from(link.latency_ticks);
                shortest[b.index()] = shortest[b.index()].min(shortest[a.index()] + through);
                shortest[a.index()] = shortest[a.index()].min(shortest[b.index()] + through);
            }
        }
        let found = common::summary(loaded);
        prop_assert_eq!(found.accesses.delivered, 1);
        prop_assert_eq!(found.latency_ticks.max, Some(shortest[nodes / 2]));
    }
}
