//! Nothing disappears: over random small scenarios with failures, every access is delivered, dropped for a stated
//! reason or under way, at every tick; and latency is exactly the sum of its parts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use wormsim::fabric::Fabric;
use wormsim::fabric::access::Access;
use wormsim::fabric::port::UNLIMITED;
use wormsim::topology::NodeId;

use crate::common::{All, start, written};
use crate::random::scenarios;

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_access_is_accounted_for_and_latency_is_the_sum_of_its_parts(scenario in scenarios()) {
        let (mut simulation, mut all) = (start(written(&scenario)), All::default());
        let by_size = scenario["nodes"]["capacity_unit"] == "size";
        // What of an access that was being sent at the end of the last tick was sent already.
        let (mut begun, mut hops): (BTreeMap<u32, f64>, BTreeMap<u32, (u32, u32)>) = Default::default();
        for tick in 0..400u32 {
            simulation.run_until(tick + 1, &mut all).unwrap();
            let fabric = simulation.world().resource::<Fabric>();
            let mut departed: BTreeMap<u32, f64> = BTreeMap::new();
            let way = fabric.transit.in_order(tick).into_iter().map(|(_, slot)| (slot, fabric.accesses.get(slot)));
            let way: BTreeMap<u32, &Access> = way.collect();
            // An access in transit that had made less hops a tick ago, or was not there.
            for (slot, access) in &way {
                if hops.get(slot) != Some(&(access.born, access.hops)) {
                    *departed.entry(access.via).or_default() += if by_size { f64::from(access.size) } else { 1.0 };
                }
            }
            hops = way.into_iter().map(|(slot, access)| (slot, (access.born, access.hops))).collect();
            for (&port, units) in &departed {
                let capacity = fabric.ports[port as usize].capacity;
                let before = begun.get(&port).copied().unwrap_or(0.0);
                prop_assert!(capacity == UNLIMITED || units - before <= f64::from(capacity), "{port} at {tick}");
            }
            let started = (0..).zip(&fabric.port_queues).map(|(port, queue)| (port, queue.begun()));
            begun = started.filter(|&(_, units)| units > 0.0).collect();
            let totals = &fabric.totals;
            let dropped: u64 = totals.dropped.iter().sum();
            prop_assert_eq!(totals.injected, totals.delivered + dropped + u64::from(fabric.accesses.len()));
            let queued: usize = (0..fabric.queues.len() as u32).map(|node| fabric.fifo(NodeId(node)).count()).sum();
            prop_assert_eq!(queued as u64, fabric.queued());
            let at_ports: usize = fabric.port_queues.iter().map(|queue| queue.waiting as usize).sum();
            prop_assert_eq!((queued + at_ports) as u64, fabric.waiting());
            prop_assert_eq!(queued + at_ports + fabric.transit.in_order(tick).len(), fabric.accesses.len() as usize);
            for access in &fabric.delivered {
                let parts = access.propagation + access.node_wait + access.link_wait + access.setup;
                prop_assert_eq!(tick - access.born, parts, "{:?}", access);
                prop_assert_eq!(access.at, access.target);
                prop_assert!(fabric.queues[access.at.index()].up, "delivered to a node that is down: {:?}", access);
                prop_assert!(access.hops >= 1 && access.propagation >= access.hops);
            }
        }
        simulation.checked_digest().unwrap();
        let world = simulation.world();
        let fabric = world.resource::<Fabric>();
        let booked = simulation.wormholes().map(|(_, _, _, _, ledger)| ledger.traversals).sum::<u64>();
        let archived = all.archived.iter().map(|(_, _, ledger)| ledger.traversals).sum::<u64>();
        let active = simulation.wormholes().filter(|(wormhole, ..)| wormhole.is_active());
        let pending = active.flat_map(|(wormhole, ..)| fabric.traversals(wormhole.ports[0])).map(u64::from).sum::<u64>();
        prop_assert_eq!(booked + archived + pending, fabric.totals.wormhole_hops);
        let summary = simulation.summary();
        let frames = all.frames;
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
        scenario["nodes"]["capacity_unit"] = json!("accesses");
        scenario["events"] = json!([]);
        scenario["failures"] = json!([]);
        let loaded = written(&scenario);
        let mut shortest = vec![u64::MAX / 2; nodes];
        shortest[0] = 0;
        for _ in 0..nodes {
            for (_, a, b, link) in loaded.scenario.topology.links() {
                for ([a, b], ticks) in [[a, b], [b, a]].into_iter().zip(link.latencies()) {
                    let through = ticks.map_or(u64::MAX / 4, u64::from);
                    shortest[b.index()] = shortest[b.index()].min(shortest[a.index()] + through);
                }
            }
        }
        let found = crate::common::summary(loaded);
        prop_assert_eq!(found.accesses.delivered, 1);
        prop_assert_eq!(found.latency_ticks.max, Some(shortest[nodes / 2]));
    }
}
