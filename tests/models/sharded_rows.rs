//! Q-rows kept by shard of the target: less exact than exact rows, but not by much.

use serde_json::json;
use wormsim::topology::shards::Shards;
use wormsim::world::resources::ActiveRouter;

use crate::common::{run, written};

/// Mean hops of light uniform traffic on a 30x30 torus, and the number of shards that rows are kept by.
fn hops(memory_limit_mb: u32) -> (f64, usize) {
    let simulation = run(written(&json!({
        "version": 1, "name": "torus", "intent": "Rows by shard.", "seed": 3, "ticks": 3000, "warmup_ticks": 1000,
        "topology": {"generator": {"kind": "torus", "rows": 30, "columns": 30}},
        "nodes": {"max_hops": 1000},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 5.0}],
        "wormholes": {"enabled": false},
        "router": {"kind": "q_routing", "memory_limit_mb": memory_limit_mb}
    })));
    let shards = simulation.world().resource::<ActiveRouter>().router.shards().map_or(1, Shards::count);
    let summary = simulation.summary();
    assert_eq!(summary.accesses.dropped.values().sum::<u64>(), 0);
    (summary.hops.mean.unwrap(), shards)
}

/// The mean distance on a 30x30 torus is 15 · 900/899 exactly.
#[test]
fn ways_by_shards_are_little_longer_than_exact_ones() {
    let distance = 15.0 * 900.0 / 899.0;
    let (exact, one) = hops(256);
    assert_eq!(one, 1);
    assert!(exact / distance < 1.03, "{exact}");
    let (by_shard, shards) = hops(2);
    assert!(shards >= 8, "{shards}");
    assert!(by_shard / distance < 1.12, "{by_shard}");
}
