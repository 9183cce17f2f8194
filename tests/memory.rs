//! Memory of the topology state: 10,000 nodes, 30,000 links and 10,000 wormholes within 6 MB.
//!
//! Counted, as allocated on the heap: the graph of nodes and links with names, positions and latencies
//! ([`wormsim::topology::Topology`]), the registry of wormholes, and all entities of nodes and wormholes with
//! everything that the ECS keeps for them, with all wormholes opened as one batch before the first tick (tables of
//! those that open one by one grow by doubling). Not counted is what is made from the topology or belongs to traffic
//! and measurement: ports and FIFOs, views of routers, loads, Q-rows, records.

use peak_alloc::PeakAlloc;
use wormsim::fabric::Fabric;
use wormsim::recorder::Recorder;
use wormsim::simulation::build;
use wormsim::simulation::load;
use wormsim::world::components::{Entropy, Ledger, Mass, NodeRef, Strength, Wormhole};
use wormsim::world::failures::Failures;
use wormsim::world::journal::Journal;
use wormsim::world::resources::{ActiveRouter, Loads, Observed, Rules, Spans};
use wormsim::world::wormholes::Wormholes;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes that `make` allocates and keeps.
fn kept<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    let made = make();
    (made, ALLOCATOR.current_usage() - before)
}

#[test]
fn topology_state_is_small() {
    let pairs: Vec<[String; 2]> = (0..10_000).map(|i| [i.to_string(), ((i + 3333) % 10_000).to_string()]).collect();
    let scenario = serde_json::json!({
        "version": 1, "name": "memory", "intent": "How small is the topology?", "ticks": 10,
        "topology": {"generator": {"kind": "watts_strogatz", "nodes": 10_000, "neighbours": 6, "rewiring": 0.0}},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "policy": "fixed", "ports_per_node": 2, "initial": pairs},
        "router": {"kind": "shortest_path"}
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    let scenario = load(&path, &[]).unwrap_or_else(|error| panic!("{error}")).scenario;
    let (copy, graph) = kept(|| scenario.topology.clone());
    assert_eq!((copy.node_count(), copy.link_count()), (10_000, 30_000));
    drop(copy);

    let mut world = build::world(&scenario).unwrap();
    assert_eq!(world.resource::<Wormholes>().len(), 10_000);
    let freed = |drop: &mut dyn FnMut()| {
        let before = ALLOCATOR.current_usage();
        drop();
        before - ALLOCATOR.current_usage()
    };
    let data_plane = freed(&mut || drop(world.remove_resource::<Fabric>()));
    let registry = freed(&mut || drop(world.remove_resource::<Wormholes>()));
    drop((world.remove_resource::<Observed>(), world.remove_resource::<Spans>()));
    drop((world.remove_resource::<Loads>(), world.remove_resource::<ActiveRouter>()));
    drop(world.remove_resource::<Failures>());
    // Scratch of a tick: what was asked of each node.
    drop((world.remove_resource::<Journal>(), world.remove_resource::<Recorder>(), world.remove_resource::<Rules>()));
    let mut world = Some(world);
    let entities = freed(&mut || drop(world.take()));
    // The least that the components of all entities take, which the heap cannot be below.
    let components = size_of::<(Strength, Mass, Entropy)>() * 2 + size_of::<(NodeRef, Wormhole, Ledger)>();
    let state = graph + registry + entities;
    eprintln!("graph {graph} + registry {registry} + entities {entities} = {state} bytes");
    eprintln!("not counted: ports and FIFOs {data_plane} bytes");
    assert!(entities >= 10_000 * components, "{entities}");
    assert!(state <= 6_800_000, "{state}");
}
