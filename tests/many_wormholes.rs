//! Nothing grows with the number of wormholes that ever were: not memory, not a checkpoint, not for large numbers.

use std::ops::ControlFlow;
use std::path::Path;

use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use wormsim::simulation::{Happened, Simulation, load_text};
use wormsim::world::wormholes::Wormholes;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// A ring on which wormholes open in every tick and fade at once; they are archived after so many ticks.
fn restless(mut wormholes: Value, archive_after_ticks: u32) -> Simulation {
    wormholes["carrier"] = json!({"kind": "own_medium", "transit_ratio": 0.8});
    let scenario = json!({
        "version": 1, "name": "x", "ticks": 1_000_000_000, "warmup_ticks": 5,
        "topology": {"generator": {"kind": "ring", "nodes": 24}},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 1}],
        "wormholes": wormholes,
        "physics": {
            "gravity": {"review_every_ticks": 1, "max_openings": 20, "min_pull": 0},
            "decay": {"fade_per_tick": 3, "gain_per_traversal": 0, "reopen_after_ticks": 0,
                "archive_after_ticks": archive_after_ticks},
            "wormhole": {"setup_ticks": 0, "initial_strength": 0.06, "min_span_ticks": 2},
            "entropy": {"shards": 2}
        },
        "router": {"kind": "shortest_path"},
        "record": {"every_ticks": null}
    });
    let loaded = load_text(&scenario.to_string(), Path::new("x.json"), &[]).unwrap_or_else(|error| panic!("{error}"));
    Simulation::new(loaded.scenario.into()).unwrap()
}

/// Bytes in use and those of a snapshot, once so many wormholes have opened.
fn sizes(simulation: &mut Simulation, openings: u32) -> [usize; 2] {
    let mut archived = 0;
    let mut until = |simulation: &Simulation, happened: &Happened| {
        archived += happened.archived.len();
        let opened = simulation.world().resource::<Wormholes>().opened();
        if opened >= openings { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    simulation.run_until(1_000_000_000, &mut until).unwrap();
    assert!(archived > 0);
    let in_use = ALLOCATOR.current_usage();
    [in_use, postcard::to_stdvec(&simulation.snapshot()).unwrap().len()]
}

#[test]
fn a_million_openings_closings_and_reopenings_leave_nothing_behind() {
    let mut simulation = restless(json!({"ports_per_node": 1, "next_id": 2_000_000_000}), 0);
    // Rankings of those that are archived are full by then.
    let [memory, snapshot] = sizes(&mut simulation, 20_000);
    let [memory_after, snapshot_after] = sizes(&mut simulation, 1_000_000);
    let summary = simulation.summary();
    assert!(summary.wormholes.opened >= 1_000_000 && summary.wormholes.archived > 900_000, "{:?}", summary.wormholes);
    assert!(memory_after < memory + 100_000, "{memory} bytes, then {memory_after}");
    assert!(snapshot_after < snapshot + snapshot / 20, "{snapshot} bytes, then {snapshot_after}");
    drop(simulation);

    // One that reopened was still in the pool for as long as it might have stayed there.
    let mut simulation = restless(json!({"ports_per_node": 1}), 1_000_000_000);
    let size = |simulation: &mut Simulation, ticks| {
        simulation.run_until(ticks, &mut ()).unwrap();
        ALLOCATOR.current_usage()
    };
    let [before, after] = [2_000, 30_000].map(|ticks| size(&mut simulation, ticks));
    assert!(simulation.summary().wormholes.reopened > 100_000);
    assert!(after < before + 100_000, "{before} bytes, then {after}");
}
