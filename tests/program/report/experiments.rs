//! Directories of experiments, written by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wormsim::experiment::bound::Model;
use wormsim::experiment::break_even::BreakEven;
use wormsim::experiment::comparison::{ArmResult, Comparison, WarmupBy};
use wormsim::experiment::mean_bound::{MeanBound, MeanCost};
use wormsim::experiment::measure::On;
use wormsim::experiment::outcome::Runs;
use wormsim::experiment::phases::ArmPhase;
use wormsim::experiment::statistics::Interval;
use wormsim::experiment::sweep::{Beside, Cell, Design, Sweep, zero_net};
use wormsim::experiment::verdict::Verdict;
use wormsim::scenario::raw::{Arm, Factor, Reference, ReferencePoint};
use wormsim::store::json::seal;
use wormsim::topology::Defaults;

use super::run;

fn interval(mean: f64) -> Option<Interval> {
    Some(Interval { mean, low: mean - 0.5, high: mean + 0.25 })
}

fn arm(name: &str, verdict: Verdict, latency: Option<f64>) -> ArmResult {
    let metrics = [("latency_mean", latency), ("part_propagation", latency.map(|mean| mean - 3.0))];
    let waits = ["part_node_wait", "part_link_wait", "part_setup"].map(|part| (part, latency.map(|_| 1.0)));
    let metrics = metrics.into_iter().chain(waits);
    let metrics: BTreeMap<String, Option<Interval>> =
        metrics.map(|(name, mean)| (name.to_owned(), mean.and_then(interval))).collect();
    ArmResult {
        name: name.into(),
        set: match name {
            "rival" => [("wormholes.policy.kind".to_owned(), json!("rotor"))].into(),
            _ => [("wormholes.enabled".to_owned(), json!(name == "both"))].into(),
        },
        carrier: (name != "static").then(|| "own medium".to_owned()),
        verdict,
        reason: format!("The reason of {name}."),
        unstable: latency.is_none(),
        overloaded: 0,
        runs: Runs { complete: 3, unstable: u32::from(latency.is_none()), failed: 0 },
        gain: latency.map(|_| Interval { mean: 0.4321, low: 0.4, high: 0.45 }),
        net_per_access: latency.and_then(|mean| interval(21.5 - mean)),
        saved_per_access: latency.and(interval(9.0)),
        upkeep_per_access: latency.and(interval(1.0)),
        opening_per_access: latency.and(interval(0.5)),
        warmup_opening_per_access: None,
        break_even: BreakEven {
            upkeep: latency.and(interval(17.0)),
            opening: latency.and(interval(6543.0)),
            ..BreakEven::default()
        },
        direct_use_cost: latency.and(interval(900.0)),
        regret: latency.and(interval(77.0)),
        differences: metrics.clone(),
        metrics,
        phases: phases(latency),
    }
}

/// A failure that is over in two of three runs.
fn phases(latency: Option<f64>) -> Vec<ArmPhase> {
    let phase = |from_tick, why: &str, recovered_after_ticks, recovered_runs| ArmPhase {
        compared_runs: 3,
        from_tick,
        why: why.to_owned(),
        latency_mean: latency.and_then(interval),
        dropped: 2.5,
        recovered_after_ticks,
        recovered_runs,
    };
    let phases = [phase(0, "at the start", None, 0), phase(70, "link <a>–b fails", Some(33), 2)];
    latency.map_or(Vec::new(), |_| phases.into())
}

/// What was proved.
fn bound() -> MeanBound {
    MeanBound {
        model: Model { ports: 2, opening: 5000.0, upkeep: 8.0 },
        replications: 3,
        nothing: 950.0,
        best_static: 900.0,
        lower: 823.0,
        upper: 830.0,
        optimum: None,
        no_policy_pays: false,
        policies: vec![MeanCost { name: "both".into(), cost: 900.0, openings: 12.5 }],
    }
}

/// The directory of a comparison whose arm `both` kept its run.
pub fn comparison(folder: &Path, program_version: &str) -> PathBuf {
    let target = folder.join("compared");
    fs::create_dir_all(target.join("arms")).unwrap();
    run(&target.join("arms"), "both", &[]);
    let content = Comparison {
        version: 1,
        program_version: program_version.into(),
        scenario: "nsfnet-hotspot".into(),
        intent: "Does it pay?".into(),
        baseline: "static".into(),
        replications: 3,
        seeds: vec![1, 2, 3],
        ticks: 4000,
        warmup_ticks: 400,
        warmup_by: WarmupBy::Mser5,
        confidence: 0.95,
        tick_ms: 0.5,
        opening_cost: 5000.0,
        upkeep_per_tick: 8.0,
        network: Defaults { capacities_unlimited: 22, self_loops_dropped: 1, ..Defaults::default() },
        on: On::Mean,
        relevant: 0.0,
        bound: Some(bound()),
        kinds_differ: true,
        same_accesses: true,
        same_in_all_replications: false,
        arms: vec![
            arm("static", Verdict::Baseline, Some(25.0)),
            arm("rival", Verdict::Pays, Some(16.0)),
            arm("both", Verdict::Pays, Some(14.0)),
            arm("flooded", Verdict::Undecided, None),
        ],
    };
    fs::write(target.join("experiment.json"), json!({"kind": "comparison", "version": 1}).to_string()).unwrap();
    fs::write(target.join("comparison.json"), seal(&content).to_string()).unwrap();
    target
}

/// The directory of a sweep over load, and over a second factor if asked so.
pub fn sweep(folder: &Path, second: bool) -> PathBuf {
    written(folder.join(if second { "swept-twice" } else { "swept" }), &swept(second))
}

/// The directory of a sweep that judges its arm beside one without wormholes: it pays at the first of three loads.
pub fn judged_sweep(folder: &Path, second: bool) -> PathBuf {
    let mut content = swept(second);
    for cell in &mut content.cells {
        let load = cell.point["workloads.0.accesses_per_tick"].as_f64().unwrap();
        let verdict = if load < 2.0 { Verdict::Pays } else { Verdict::DoesNotPay };
        let beside = Beside { gain: None, net_per_access: interval(4.0 - 3.0 * load), verdict, reason: String::new() };
        cell.beside = Some(beside).filter(|_| load < 3.0);
    }
    content.arms.push(Arm { name: "none".into(), set: BTreeMap::new() });
    content.baseline = Some("none".into());
    content.zero_net = zero_net(&content.factors, &content.cells);
    written(folder.join(if second { "judged-twice" } else { "judged" }), &content)
}

fn written(target: PathBuf, content: &Sweep) -> PathBuf {
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("experiment.json"), json!({"kind": "sweep", "version": 1, "seeds": [7]}).to_string())
        .unwrap();
    fs::write(target.join("sweep.json"), seal(content).to_string()).unwrap();
    target
}

fn swept(second: bool) -> Sweep {
    let loads = [1.0, 2.0, 3.0];
    let mut factors =
        vec![Factor { path: "workloads.0.accesses_per_tick".into(), values: loads.map(Value::from).to_vec() }];
    if second {
        factors.push(Factor { path: "router.kind".into(), values: vec![json!("q_routing"), json!("shortest_path")] });
    }
    let kinds: &[&str] = if second { &["q_routing", "shortest_path"] } else { &[""] };
    let cells = kinds.iter().flat_map(|kind| {
        loads.map(|load| {
            let mut point: BTreeMap<String, Value> = [("workloads.0.accesses_per_tick".to_owned(), json!(load))].into();
            if second {
                point.insert("router.kind".into(), json!(kind));
            }
            let stable = load < 3.0;
            Cell {
                arm: "grid".into(),
                point,
                runs: Runs { complete: 2, unstable: u32::from(!stable), failed: 0 },
                reason: (!stable).then(|| "queues grow".to_owned()),
                means: BTreeMap::new(),
                metrics: [("latency_mean".to_owned(), interval(10.0 * load).filter(|_| stable))].into(),
                beside: None,
            }
        })
    });
    Sweep {
        version: 1,
        program_version: wormsim::VERSION.into(),
        scenario: "grid".into(),
        intent: "How does latency grow with load?".into(),
        tick_ms: Some(0.5),
        replications: 3,
        seeds: vec![7],
        arms: vec![Arm { name: "grid".into(), set: BTreeMap::new() }],
        factors,
        design: Design::Grid,
        baseline: None,
        on: On::Mean,
        relevant: 0.0,
        same_in_all_replications: false,
        cells: cells.collect(),
        zero_net: Vec::new(),
        reference: Some(Reference {
            source: "A paper".into(),
            points: vec![ReferencePoint { arm: "grid".into(), x: 1.0, y: 12.5 }],
            metric: "latency_mean".into(),
        }),
    }
}
