//! Random small scenarios with all that can happen in them.

use proptest::prelude::*;
use serde_json::{Value, json};

/// Gravity in half of all scenarios, a rival in the others.
fn policy(seed: u64) -> Value {
    match seed % 16 {
        0 => json!({"kind": "account"}),
        1 => json!({"kind": "bma"}),
        2 => json!({"kind": "window", "every_ticks": 40}),
        3 => json!({"kind": "rotor", "dwell_ticks": 25}),
        4 => json!("random"),
        5 => json!({"kind": "static", "from": "past", "after_ticks": 60}),
        6 => json!({"kind": "harmonic", "exponent": 1.0}),
        7 => json!({"kind": "hedge", "round_ticks": 20}),
        8 => json!({"kind": "replay"}),
        9 => json!({"kind": "static"}),
        _ => json!("gravity"),
    }
}

/// Random scenarios over a ring with chords, with failures, restorations and changes of capacity in a valid order, and
/// with processes by which the same nodes and links fail.
/// Chords may lead one way where there are no wormholes; capacities change by direction, too.
pub fn scenarios() -> impl Strategy<Value = Value> {
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
    let process = (0u32..4, 0u32..14, 20.0f64..300.0, 1.0f64..40.0, prop::option::of(0.2f64..5.0), 0u32..300);
    let processes = prop::collection::vec(process, 0..4);
    let capacity = || prop::option::of(1u32..4);
    let change = (1u32..390, any::<prop::sample::Index>(), capacity(), prop::option::of(prop::option::of(capacity())));
    let changes = prop::collection::vec(change, 0..4);
    let links = (any::<bool>(), any::<bool>(), changes);
    (network, rules, wormholes, router, (failures, processes, links), 0.2f64..6.0, any::<u64>()).prop_map(
        |(
            (nodes, chords),
            rules,
            wormholes,
            router,
            (failures, processes, (one_way, by_size, changes)),
            rate,
            seed,
        )| {
            let name = |node: u32| (node % nodes).to_string();
            let mut ends: Vec<(u32, u32)> = (0..nodes).map(|node| (node, (node + 1) % nodes)).collect();
            let mut links: Vec<Value> = ends
                .iter()
                .map(|&(a, b)| {
                    let mut link = json!({"ends": [name(a), name(b)], "latency_ticks": 1 + (a * 7 + b) % 5});
                    if one_way && a % 2 == 0 {
                        link["back"] = json!({"latency_ticks": 1 + (a * 5 + b) % 7});
                    }
                    link
                })
                .collect();
            for (a, b, latency, capacity) in chords {
                let (a, b) = (a % nodes, b % nodes);
                if a != b && !ends.iter().any(|&(x, y)| (x, y) == (a, b) || (x, y) == (b, a)) {
                    ends.push((a, b));
                    let mut link = json!({"ends": [name(a), name(b)], "latency_ticks": latency});
                    link["one_way"] = json!(one_way);
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
            for (tick, which, capacity, one) in changes {
                let which = which.index(ends.len());
                let (a, b) = ends[which];
                let mut change = json!({"link": [name(a), name(b)], "capacity_per_tick": capacity});
                match one {
                    Some(Some(back)) if links[which]["one_way"] != true => {
                        change["back"] = json!({"capacity_per_tick": back});
                    }
                    Some(_) => change["one_way"] = json!(true),
                    None => {}
                }
                events.push((tick, json!({"tick": tick, "set_capacity": change})));
            }
            let processes = processes.into_iter().map(|(kind, which, up, down, shape, tick)| {
                let (a, b) = ends[which as usize % ends.len()];
                let mut process = match kind {
                    0 => json!({"kind": "links"}),
                    1 => json!({"kind": "nodes", "nodes": [name(which), name(which + 1)], "until_tick": tick + 80}),
                    2 => json!({"kind": "group", "nodes": [name(which)], "links": [[name(a), name(b)]]}),
                    _ => {
                        let sessions = json!({name(which): [[tick, tick + 40], [tick + 50, 400]], name(which + 1): []});
                        return json!({"kind": "sessions", "sessions": sessions});
                    }
                };
                process["mean_up_ticks"] = json!(up);
                process["mean_down_ticks"] = json!(down);
                process["from_tick"] = json!(tick);
                if let Some(shape) = shape {
                    process["up_distribution"] = json!({"kind": "weibull", "shape": shape});
                }
                process
            });
            let processes: Vec<Value> = processes.collect();
            events.sort_by_key(|&(tick, _)| tick);
            let events: Vec<Value> = events.into_iter().map(|(_, event)| event).collect();
            let (service, queue_limit, immediate, max_hops, link_queue_limit) = rules;
            let (enabled, ports, wait_for_setup, setup, fade) = wormholes;
            json!({
                "version": 1, "name": "random", "intent": "Whatever.", "seed": seed, "ticks": 400, "warmup_ticks": 0,
                "topology": {
                    "nodes": (0..nodes).map(|node| json!({"id": name(node)})).collect::<Vec<_>>(), "links": links
                },
                "nodes": {
                    "service_per_tick": service, "queue_limit": queue_limit, "max_hops": max_hops,
                    "link_queue_limit": link_queue_limit, "capacity_unit": if by_size { "size" } else { "accesses" },
                    "injection": if immediate { "immediate" } else { "queued" }
                },
                "workloads": [
                    {"kind": "uniform", "accesses_per_tick": rate},
                    {"kind": "zipf", "accesses_per_tick": rate / 2.0, "items": 9, "until_tick": 250, "size": 0.7}
                ],
                "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
                    "enabled": enabled, "ports_per_node": ports, "wait_for_setup": wait_for_setup,
                    "policy": policy(seed)},
                "physics": {
                    "gravity": {"review_every_ticks": 10, "min_pull": 0, "mass_memory_ticks": 50},
                    "decay": {"fade_per_tick": fade, "pay_review_ticks": 40, "archive_after_ticks": 60,
                        "reopen_after_ticks": 15},
                    "wormhole": {"setup_ticks": setup, "max_capacity_per_tick": 3}
                },
                "router": router,
                "events": events,
                "failures": processes,
                "record": {"every_ticks": 10}
            })
        },
    )
}
