//! Stretch against an oracle that searches the best way of every delivery.

use serde_json::{Value, json};
use wormsim::fabric::Fabric;

use crate::common::{busy, start, written};

/// Distances from a node over open ports, by Bellman and Ford.
fn distances(fabric: &Fabric, from: usize) -> Vec<u64> {
    let mut distances = vec![u64::MAX; fabric.queues.len()];
    distances[from] = 0;
    loop {
        let before = distances.clone();
        for (node, queue) in fabric.queues.iter().enumerate() {
            let ports = &fabric.ports[queue.first_port as usize..(queue.first_port + queue.ports) as usize];
            for port in ports.iter().filter(|port| port.is_open()) {
                let through = distances[node].saturating_add(u64::from(port.latency));
                let to = port.to.index();
                distances[to] = distances[to].min(through);
            }
        }
        if distances == before {
            return distances;
        }
    }
}

/// The stretch of every delivery after the warm-up.
fn of_all(scenario: &Value) -> (Vec<f64>, wormsim::recorder::summary::Stretch) {
    let loaded = written(scenario);
    let (ticks, warmup) = (loaded.scenario.ticks, loaded.scenario.warmup_ticks);
    let (mut simulation, mut all) = (start(loaded), Vec::new());
    for tick in 0..ticks {
        simulation.step().unwrap();
        let fabric = simulation.world().resource::<Fabric>();
        for access in fabric.delivered.iter().filter(|_| tick >= warmup) {
            let best = distances(fabric, access.origin.index())[access.target.index()];
            if best < u64::MAX {
                all.push(f64::from(access.age()) / best as f64);
            }
        }
    }
    (all, simulation.summary().stretch)
}

/// The mean of the sample is that of all within three standard deviations of a mean of so many, doubled as deliveries
/// of one tick are alike. In the larger network 64 in 160 deliveries of a tick are sampled.
#[test]
fn the_sample_has_the_mean_of_all_deliveries() {
    check_sample(40, 6000);
    check_sample(160, 8000);
}

fn check_sample(nodes: u32, ticks: u32) {
    let mut scenario = busy();
    scenario["ticks"] = json!(ticks);
    scenario["topology"]["generator"]["nodes"] = json!(nodes);
    scenario["topology"]["generator"]["radius"] = json!(if nodes > 100 { 0.2 } else { 0.4 });
    scenario["wormholes"]["wait_for_setup"] = json!(false);
    scenario["failures"] = json!([{"kind": "links", "mean_up_ticks": 500, "mean_down_ticks": 50}]);
    let (all, found) = of_all(&scenario);
    let n = all.len() as f64;
    let mean = all.iter().sum::<f64>() / n;
    let variance = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    let deviation = (variance / found.sampled as f64).sqrt();
    let expected = n / 128.0 * (64.0 / f64::from(nodes)).min(1.0);
    assert!((found.sampled as f64 / expected - 1.0).abs() < 0.3, "{} of {n}", found.sampled);
    let difference = found.mean.unwrap() - mean;
    assert!(difference.abs() < 6.0 * deviation, "{:?} for {mean} ± {deviation}", found.mean);
    assert!(mean > 1.05, "there is something to see: {mean}");
}

/// A lone access on a best way takes as long as that way.
#[test]
fn without_waiting_on_shortest_paths_it_is_exactly_1() {
    let scenario = json!({
        "version": 1, "name": "alone", "intent": "Nothing waits.", "ticks": 20_000, "warmup_ticks": 0,
        "topology": {"generator": {"kind": "grid", "rows": 5, "columns": 5}},
        "nodes": {"service_per_tick": 100},
        "workloads": [{"kind": "uniform", "accesses_per_tick": 1.0}],
        "wormholes": {"enabled": false}, "router": {"kind": "shortest_path"}
    });
    let stretch = crate::common::summary(written(&scenario)).stretch;
    assert_eq!((stretch.mean, stretch.p95), (Some(1.0), Some(1.0)));
    assert!((100..250).contains(&stretch.sampled), "{}", stretch.sampled);
}

/// Before anything is measured there is nothing to say.
#[test]
fn nothing_is_sampled_in_the_warm_up() {
    let mut scenario = busy();
    scenario["ticks"] = json!(600);
    scenario["warmup_ticks"] = json!(599);
    let stretch = crate::common::summary(written(&scenario)).stretch;
    assert!(stretch.sampled < 20, "{}", stretch.sampled);
}
