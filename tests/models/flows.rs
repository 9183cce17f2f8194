//! Flows by origin and target, against counts by hand, and how fairly equal flows are served.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::{Value, json};
use wormsim::fabric::Fabric;
use wormsim::recorder::Recorder;
use wormsim::simulation::{Happened, Simulation};
use wormsim::store::wormholes::analytics::PerformanceMetrics;
use wormsim::topology::NodeId;

use crate::common::{busy, run, start, written};

/// Injected, delivered and dropped; latencies of those delivered.
type Counted = BTreeMap<[NodeId; 2], ([u64; 3], Vec<u32>)>;

#[test]
fn flows_are_those_counted_by_hand() {
    let loaded = written(&busy());
    let (warmup, ticks) = (loaded.scenario.warmup_ticks, loaded.scenario.ticks);
    let (mut simulation, mut counted) = (start(loaded), Counted::new());
    let mut count = |simulation: &Simulation, _: &Happened| {
        let fabric = simulation.world().resource::<Fabric>();
        if fabric.now >= warmup {
            fabric
                .offered
                .iter()
                .for_each(|access| counted.entry([access.origin, access.target]).or_default().0[0] += 1);
            for access in &fabric.delivered {
                let (counts, latencies) = counted.entry([access.origin, access.target]).or_default();
                counts[1] += 1;
                latencies.push(fabric.now - access.born);
            }
            fabric.dropped.iter().for_each(|pair| counted.entry(*pair).or_default().0[2] += 1);
        }
        ControlFlow::Continue(())
    };
    simulation.run_until(ticks, &mut count).unwrap();
    let flows = simulation.world().resource::<Recorder>().flows();
    assert!(flows.are_exact() && flows.exact().len() == counted.len());
    let mut all = [0; 3];
    for (flow, (pair, (counts, mut latencies))) in flows.exact().into_iter().zip(counted) {
        latencies.sort_unstable();
        let sum: u64 = latencies.iter().copied().map(u64::from).sum();
        let mean = (!latencies.is_empty()).then(|| sum as f64 / latencies.len() as f64);
        // No latency is so long that it is not told apart.
        let p95 = latencies.get((latencies.len() * 95).div_ceil(100).saturating_sub(1)).copied();
        let found = (flow.pair, [flow.injected, flow.delivered, flow.dropped], flow.latency_mean(), flow.latency_p95());
        assert_eq!(found, (pair, counts, mean, p95));
        all.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    assert!(all.iter().all(|&sum| sum > 100), "{all:?}");
    let latencies: u64 = simulation.latencies().map(|(_, times)| times).sum();
    assert_eq!(latencies, all[1]);
}

#[test]
fn flows_go_on_from_any_tick() {
    let loaded = written(&busy());
    let scenario = std::sync::Arc::new(loaded.scenario);
    let metrics = |simulation: &Simulation| PerformanceMetrics::of(simulation, &simulation.summary());
    let mut whole = Simulation::new(scenario.clone()).unwrap();
    whole.run(&mut ()).unwrap();
    for cut in [50, 101, 777] {
        let mut first = Simulation::new(scenario.clone()).unwrap();
        first.run_until(cut, &mut ()).unwrap();
        let bytes = postcard::to_stdvec(&first.snapshot()).unwrap();
        let mut second = Simulation::restore(scenario.clone(), postcard::from_bytes(&bytes).unwrap()).unwrap();
        second.run(&mut ()).unwrap();
        assert_eq!(metrics(&second), metrics(&whole), "{cut}");
        let mut forked = first.branch(scenario.clone()).unwrap();
        forked.run(&mut ()).unwrap();
        assert_eq!(metrics(&forked), metrics(&whole), "{cut}");
    }
}

/// The fairness of a star whose leaves ask each other.
fn fairness(workloads: Value) -> Option<f64> {
    let simulation = run(written(&json!({
        "version": 1, "name": "fair", "intent": "Who gets how much?", "ticks": 3000, "warmup_ticks": 500,
        "topology": {
            "nodes": [{"id": "hub"}, {"id": "a"}, {"id": "b"}, {"id": "c"}],
            "links": [{"ends": ["hub", "a"], "latency_ticks": 1}, {"ends": ["hub", "b"], "latency_ticks": 1},
                {"ends": ["hub", "c"], "latency_ticks": 50}]
        },
        "workloads": workloads,
        "wormholes": {"enabled": false},
        "router": {"kind": "shortest_path"}
    })));
    PerformanceMetrics::of(&simulation, &simulation.summary()).fairness
}

#[test]
fn fairness_is_that_of_flows_of_equal_rate_and_of_no_others() {
    let matrix = |rates: Value| json!({"kind": "matrix", "rates": rates});
    let fair = fairness(json!([matrix(json!({"a": {"b": 0.2}, "b": {"a": 0.2}}))])).unwrap();
    assert!((0.97..=1.0).contains(&fair), "{fair}");
    // As much over two workloads.
    let parts = [json!({"a": {"b": 0.1}, "b": {"a": 0.2}}), json!({"a": {"b": 0.1}})];
    let parts: Vec<Value> = parts
        .into_iter()
        .zip(["x", "y"])
        .map(|(rates, name)| json!({"kind": "matrix", "rates": rates, "name": name}))
        .collect();
    assert!(fairness(json!(parts)).unwrap() > 0.97);
    // One of two gets nothing: it is active while nobody measures it, but for what is not delivered in time.
    let late =
        json!({"kind": "matrix", "name": "late", "rates": {"a": {"c": 0.2}}, "from_tick": 2900, "until_tick": 3000});
    assert_eq!(fairness(json!([matrix(json!({"a": {"b": 0.2}})), late])), None, "not as many are expected");
    assert_eq!(fairness(json!([matrix(json!({"a": {"b": 0.2}, "b": {"a": 0.3}}))])), None);
    assert_eq!(fairness(json!([matrix(json!({"a": {"b": 0.2}}))])), None, "one flow");
    let uniform = json!({"kind": "uniform", "accesses_per_tick": 0.1});
    assert_eq!(fairness(json!([matrix(json!({"a": {"b": 0.2}, "b": {"a": 0.2}})), uniform])), None);
}
