//! Gravity finds who talks to whom: where every node talks to one partner only, partners are joined.

use std::collections::BTreeSet;

use rand::seq::SliceRandom;
use serde_json::{Map, Value, json};
use wormsim::random::stream;
use wormsim::simulation::{Simulation, load_text};
use wormsim::topology::NodeId;

const SIDE: u32 = 8;

/// Partners on a torus, apart by two links or more.
fn partners() -> Vec<[u32; 2]> {
    let mut nodes: Vec<u32> = (0..SIDE * SIDE).collect();
    nodes.shuffle(&mut stream(1, "test"));
    let apart = |a: u32, b: u32| {
        let along = |a: u32, b: u32| a.abs_diff(b).min(SIDE - a.abs_diff(b));
        along(a / SIDE, b / SIDE) + along(a % SIDE, b % SIDE)
    };
    let pairs = nodes.chunks_exact(2).map(|pair| [pair[0].min(pair[1]), pair[0].max(pair[1])]);
    pairs.filter(|&[a, b]| apart(a, b) > 1).collect()
}

/// How many partners are joined at the end, how many wormholes there are, and the mean latency.
fn run(partners: &[[u32; 2]], policy: &Value, gravity: &Value) -> (usize, usize, f64) {
    let mut rates = Map::new();
    for [a, b] in partners {
        rates.insert(a.to_string(), json!({b.to_string(): 0.1}));
        rates.insert(b.to_string(), json!({a.to_string(): 0.1}));
    }
    let initial = if policy == "fixed" { partners } else { &[] };
    let scenario = json!({
        "version": 2, "name": "permutation", "seed": 1, "ticks": 10_000, "warmup_ticks": 5000,
        "topology": {"generator": {"kind": "torus", "rows": SIDE, "columns": SIDE, "latency_ticks": 3}},
        "nodes": {"service_per_tick": 4},
        "workloads": [{"kind": "matrix", "rates": rates}],
        "wormholes": {
            "carrier": {"kind": "own_medium", "transit_ratio": {"experimental": 0.8, "standard": 0.6, "fast_lane": 0.4}},
            "policy": policy, "ports_per_node": 1,
            "initial": initial.iter().map(|pair| pair.map(|node| node.to_string())).collect::<Vec<_>>()
        },
        "physics": {"gravity": gravity},
        "router": {"kind": "shortest_path"}
    });
    let loaded = load_text(&scenario.to_string(), "permutation.json".as_ref(), &[]).unwrap();
    let mut simulation = Simulation::new(loaded.scenario.into()).unwrap();
    simulation.run(&mut ()).unwrap();
    let wanted: BTreeSet<[NodeId; 2]> = partners.iter().map(|pair| pair.map(NodeId)).collect();
    let active: Vec<_> = simulation.wormholes().filter(|(wormhole, ..)| wormhole.is_active()).collect();
    let joined = active.iter().filter(|(wormhole, ..)| wanted.contains(&wormhole.ends)).count();
    (joined, active.len(), simulation.summary().latency_ticks.mean.unwrap())
}

#[test]
fn partners_are_joined() {
    let partners = partners();
    let (joined, active, latency) = run(&partners, &json!("gravity"), &json!({}));
    assert!(joined * 31 >= partners.len() * 28, "{joined} of {} are joined", partners.len());
    assert_eq!(active, joined, "nobody else is");
    let (_, _, fixed) = run(&partners, &json!("fixed"), &json!({}));
    assert!(latency <= 1.1 * fixed, "{latency}, joined from the start {fixed}");
}

/// All masses are alike, so that masses alone know nothing; some partners are joined since only pairs that were seen
/// are looked at.
#[test]
fn masses_alone_do_not_know_partners() {
    let partners = partners();
    let (joined, active, _) = run(&partners, &json!("gravity"), &json!({"prior_accesses": "inf", "min_pull": 0}));
    assert!(active > 10 && joined * 3 < partners.len() * 2, "{joined} of {} are joined, {active} open", partners.len());
}

/// What was observed alone joins everybody, too.
#[test]
fn what_was_observed_alone_knows_partners() {
    let partners = partners();
    let (joined, ..) = run(&partners, &json!("gravity"), &json!({"prior_accesses": 0}));
    assert!(joined * 31 >= partners.len() * 28, "{joined} of {} are joined", partners.len());
}
