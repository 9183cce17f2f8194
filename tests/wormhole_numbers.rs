//! Memory of wormholes' numbers: the largest `wormholes.next_id` runs within 300 MB.

use std::path::Path;

use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use wormsim::scenario::{load_text, scenario_schema};
use wormsim::simulation::Simulation;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

#[test]
fn the_largest_number_of_a_wormhole_runs_in_bounded_memory() {
    let schema = scenario_schema().to_value();
    let next_id = &schema["$defs"]["RawWormholes"]["properties"]["next_id"]["maximum"];
    assert!(next_id.as_u64() > Some(1_000_000), "{next_id}");
    let scenario = |next_id: &Value| {
        let scenario = json!({
            "version": 1, "name": "x", "ticks": 20, "warmup_ticks": 5,
            "topology": {"generator": {"kind": "ring", "nodes": 12}},
            "workloads": [{"kind": "uniform", "accesses_per_tick": 1}],
            "wormholes": {"policy": "fixed", "initial": [["0", "6"]], "next_id": next_id},
            "physics": {"entropy": {"shards": 1}},
            "router": {"kind": "shortest_path"}
        });
        load_text(&scenario.to_string(), Path::new("x.json"), &[])
    };
    ALLOCATOR.reset_peak_usage();
    let mut simulation = Simulation::new(scenario(next_id).unwrap().scenario.into()).unwrap();
    (0..20).for_each(|_| simulation.tick().unwrap());
    simulation.finish();
    assert_eq!(simulation.summary().ticks, 20);
    assert!(simulation.measured().waits.wormholes.len() > 1_000_000);
    let peak = ALLOCATOR.peak_usage();
    assert!(peak < 300_000_000, "{peak}");
    assert!(scenario(&json!(next_id.as_u64().unwrap() + 1)).is_err());
}
