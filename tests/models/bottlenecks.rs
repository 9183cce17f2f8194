//! Where accesses waited: every waited tick at one place, counted after the warm-up, and worked by hand for two nodes.

use serde_json::{Value, json};
use wormsim::recorder::bottlenecks::{Bottlenecks, LinkKind};
use wormsim::simulation::Simulation;
use wormsim::simulation::load;

use crate::common::{run, written};

/// A busy ring in which nothing is dropped, and whose traffic ends long before the run.
fn drained(wormholes: bool, injection: &str) -> Simulation {
    let simulation = run(written(&json!({
        "version": 1, "name": "drained", "intent": "Everything arrives.", "seed": 3, "ticks": 3000, "warmup_ticks": 0,
        "topology": {"generator": {"kind": "ring", "nodes": 12}, "capacity_per_tick": 1},
        "nodes": {"queue_limit": null, "max_hops": null, "link_queue_limit": null, "service_per_tick": 2,
            "injection": injection},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 2.5, "until_tick": 1500,
            "hot_spot": {"path": ["3", "9"], "dwell_ticks": 300}}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "enabled": wormholes},
        "physics": {"gravity": {"min_pull": 0}, "wormhole": {"max_capacity_per_tick": 2}, "decay": {"fade_per_tick": 0.01}},
        "router": {"kind": "shortest_path"}
    })));
    let accesses = simulation.summary().accesses;
    assert_eq!((accesses.in_flight, accesses.dropped.values().sum()), (0, 0_u64));
    simulation
}

#[test]
fn every_waited_tick_is_at_one_place() {
    for (wormholes, injection) in [(false, "queued"), (true, "queued"), (true, "immediate")] {
        let simulation = drained(wormholes, injection);
        let (found, summary) = (Bottlenecks::of(&simulation), simulation.summary());
        let parts = &summary.latency_parts_ticks;
        let delivered = summary.accesses.delivered as f64;
        let ticks = |mean: Option<f64>| (mean.unwrap() * delivered).round() as u64;
        let at_links: u64 = found.links.iter().map(|link| link.waited_ticks).sum();
        let at_nodes: u64 = found.nodes.iter().map(|node| node.waited_ticks).sum();
        assert_eq!([at_links, at_nodes], [ticks(parts.link_wait), ticks(parts.node_wait)]);
        assert!(at_links > 0 && at_nodes > 0 && found.waited_ticks == at_links + at_nodes);
        let links = found.links.iter().map(|link| link.share_of_waiting);
        let shares: f64 = links.chain(found.nodes.iter().map(|node| node.share_of_waiting)).sum();
        assert!((shares - 1.0).abs() < 1e-12, "{shares}");
        assert!(found.links.is_sorted_by(|a, b| a.share_of_waiting >= b.share_of_waiting));
        assert!(found.nodes.is_sorted_by(|a, b| a.share_of_waiting >= b.share_of_waiting));

        // Every hop goes over one direction, and begins with a service but for the first of an immediate access.
        let per_run = |per_tick: f64| (per_tick * 3000.0).round();
        let hops = (summary.hops.mean.unwrap() * delivered).round();
        let carried: f64 = found.links.iter().map(|link| per_run(link.carried_per_tick)).sum();
        let served: f64 = found.nodes.iter().map(|node| per_run(node.served_per_tick)).sum();
        assert_eq!([carried, served], [hops, if injection == "queued" { hops } else { hops - delivered }]);
        let over = found.links.iter().filter(|link| link.kind == LinkKind::Wormhole);
        let over: f64 = over.map(|link| per_run(link.carried_per_tick)).sum();
        assert_eq!(over, (summary.hops.wormhole_share.unwrap() * hops).round());
        assert_eq!(over > 0.0, wormholes);
        assert_eq!([found.links_left_out, found.nodes_left_out], [0; 2]);
    }
}

/// Node `a` sends to `b` over one link: three accesses in tick 0, in the warm-up, and two in tick 10.
fn two_nodes(service: u32, capacity: Value, warmup: u32) -> Bottlenecks {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "tick,origin,target\n0,a,b\n0,a,b\n0,a,b\n10,a,b\n10,a,b\n").unwrap();
    let scenario = json!({
        "version": 1, "name": "two", "intent": "A queue worked by hand.", "ticks": 21, "warmup_ticks": warmup,
        "topology": {
            "nodes": [{"id": "a"}, {"id": "b"}],
            "links": [{"ends": ["b", "a"], "latency_ticks": 3, "capacity_per_tick": capacity}]
        },
        "nodes": {"service_per_tick": service, "link_queue_limit": null, "injection": "queued"},
        "workloads": [{"kind": "trace", "path": "t.csv"}],
        "wormholes": {"enabled": false},
        "router": {"kind": "shortest_path"}
    });
    let path = folder.path().join("scenario.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    Bottlenecks::of(&run(load(&path, &[]).unwrap_or_else(|error| panic!("{error}"))))
}

/// Served one a tick, the three wait 0, 1 and 2 ticks and the two 0 and 1.
#[test]
fn a_queue_of_two_nodes_by_hand() {
    for (warmup, waited, accesses, ticks) in [(0, 4, 5.0, 21.0), (5, 1, 2.0, 16.0)] {
        let at_node = two_nodes(1, Value::Null, warmup);
        let node = &at_node.nodes[0];
        assert_eq!((at_node.waited_ticks, f64::from(at_node.measured_ticks), at_node.tick), (waited, ticks, 20));
        assert_eq!((&*node.node, node.waited_ticks, node.share_of_waiting), ("a", waited, 1.0));
        assert_eq!((node.served_per_tick, node.utilisation), (accesses / ticks, accesses / ticks));
        let link = &at_node.links[0];
        assert_eq!((link.waited_ticks, link.share_of_waiting, link.utilisation), (0, 0.0, None));

        let at_link = two_nodes(4, json!(1), warmup);
        let link = &at_link.links[0];
        assert_eq!((at_link.waited_ticks, link.waited_ticks, link.share_of_waiting), (waited, waited, 1.0));
        assert_eq!((&*link.from, &*link.to, link.ends.clone()), ("a", "b", ["b", "a"].map(String::from)));
        assert_eq!((link.capacity_per_tick, link.utilisation), (Some(1), Some(accesses / ticks)));
        assert_eq!((link.kind, link.carried_per_tick), (LinkKind::Space, accesses / ticks));
        let node = &at_link.nodes[0];
        assert_eq!((node.waited_ticks, node.utilisation), (0, accesses / ticks / 4.0));
        assert_eq!(at_link.links[1].carried_per_tick, 0.0);
    }
}

#[test]
fn nothing_is_measured_in_the_warm_up_and_nobody_waits_in_an_idle_network() {
    let idle = two_nodes(4, Value::Null, 20);
    assert_eq!((idle.waited_ticks, idle.measured_ticks), (0, 1));
    assert!(idle.links.iter().all(|link| link.carried_per_tick == 0.0 && link.share_of_waiting == 0.0));
    assert!(idle.nodes.iter().all(|node| node.served_per_tick == 0.0 && node.share_of_waiting == 0.0));
}
