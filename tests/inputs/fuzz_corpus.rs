//! Every kept seed of the fuzz targets, `fuzz/corpus/TARGET/*`, through the function of its target: what once broke a
//! promise, and what reaches far into the readers.
//!
//! When the state of a run or the format of checkpoints changes, the seeds made of it are refused early and show
//! nothing any more: `WORMSIM_UPDATE_SEEDS=1 cargo test --test inputs fuzz_corpus` writes new ones. Remove those of old
//! that end early with `cargo fuzz cmin` (CONTRIBUTING.md).

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use wormsim::experiment::outcome::{Outcome, OutcomeStatus};
use wormsim::recorder::summary::Summary;
use wormsim::simulation::Simulation;
use wormsim::store::results::sealed;

use crate::common::project;
use crate::fuzz;

/// Runs all seeds of a target; some are accepted, or they would test the first lines of the reader only.
fn replay(target: &str, run: fn(&[u8]) -> bool) {
    let mut accepted = 0;
    for entry in fs::read_dir(project("fuzz/corpus").join(target)).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let outcome = catch_unwind(|| run(&bytes));
        accepted += usize::from(outcome.unwrap_or_else(|_| panic!("{} breaks what {target} promises", path.display())));
    }
    assert!(accepted > 0, "no seed of {target} is accepted; see the top of this file");
}

#[test]
fn scenarios() {
    replay("scenario", fuzz::scenario);
}

#[test]
fn topologies_in_json() {
    replay("topology_json", fuzz::topology_json);
}

#[test]
fn topologies_in_graphml() {
    replay("topology_graphml", fuzz::topology_graphml);
}

#[test]
fn networks_in_all_formats() {
    replay("network", fuzz::network);
}

#[test]
fn logs() {
    replay("log", fuzz::log);
}

/// A run of the small scenario in `folder`.
fn run_in(folder: &Path) -> PathBuf {
    let (scenario, run) = (folder.join("small.json"), folder.join("run"));
    fs::write(&scenario, fuzz::small_text("q_routing")).unwrap();
    let mut command = Command::new(cargo_bin("wormsim"));
    let status = command.arg("run").arg(scenario).arg("--quiet").arg("--out").arg(&run).status().unwrap();
    assert!(status.success(), "{status}");
    run
}

/// Checkpoints of a run of the small scenario, as its directory has them but for what names the scenario.
fn checkpoints() -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path());
    let entries = fs::read_dir(run.join("checkpoints")).unwrap().map(|entry| entry.unwrap());
    let seed = |entry: fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), fuzz::sealed(&fs::read(entry.path()).unwrap()).unwrap())
    };
    entries.map(seed).collect()
}

/// Files of a run of the small scenario, without what its manifest says of the machine.
fn files_of_a_run() -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path());
    let paths = [
        "summary.json",
        "wormholes/analytics/bottlenecks.json",
        "wormholes/analytics/usage_patterns.json",
        "wormholes/connections/active/wormholes-000.json",
        "wormholes/topology/journal.jsonl",
        "wormholes/topology/network_graph.json",
    ];
    let file = |path: &str| (path.rsplit('/').next().unwrap().to_owned(), fs::read(run.join(path)).unwrap());
    let mut manifest: Value = serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap();
    (manifest["arguments"], manifest["inputs"]) = (json!([]), json!([]));
    let texts = manifest["host"].as_object_mut().unwrap().values_mut().filter(|value| value.is_string());
    texts.for_each(|text| *text = json!("any"));
    let manifest = ("manifest.json".to_owned(), manifest.to_string().into_bytes());
    paths.map(file).into_iter().chain([manifest]).collect()
}

/// Snapshots of runs of the small scenario by every router.
fn snapshots() -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for router in fuzz::ROUTERS {
        let mut simulation = Simulation::new(fuzz::small(router)).unwrap();
        for tick in 0..80 {
            if [12, 79].contains(&tick) {
                seeds.push((format!("{router}-{tick}"), postcard::to_stdvec(&simulation.snapshot()).unwrap()));
            }
            simulation.step().unwrap();
        }
    }
    seeds
}

/// Fresh seeds are accepted, and then the kept ones are replayed.
fn fresh_and_kept(target: &str, fresh: Vec<(String, Vec<u8>)>, run: fn(&[u8]) -> bool) {
    assert!(!fresh.is_empty());
    for (name, bytes) in fresh {
        assert!(run(&bytes), "{target}: {name} is refused");
        if std::env::var_os("WORMSIM_UPDATE_SEEDS").is_some() {
            fs::write(project("fuzz/corpus").join(target).join(name), bytes).unwrap();
        }
    }
    replay(target, run);
}

#[test]
fn checkpoint_files() {
    fresh_and_kept("checkpoint", checkpoints(), fuzz::checkpoint);
}

#[test]
fn run_directories() {
    fresh_and_kept("run_directory", files_of_a_run(), fuzz::run_directory);
}

/// Lines of results of the small scenario, of a run and of one that failed.
fn lines_of_results() -> Vec<(String, Vec<u8>)> {
    let mut simulation = Simulation::new(fuzz::small("q_routing")).unwrap();
    (0..100).for_each(|_| drop(simulation.step().unwrap()));
    let outcome = |summary: Option<Summary>| Outcome {
        direct_use: None,
        arm: "both".to_owned(),
        point: [("nodes.queue_limit".to_owned(), json!(5))].into(),
        replication: 0,
        seed: 1,
        status: if summary.is_some() { OutcomeStatus::Complete } else { OutcomeStatus::Failed },
        reason: summary.is_none().then(|| "no path".to_owned()),
        accesses_blake3: None,
        summary,
    };
    let lines = [sealed(&outcome(Some(simulation.summary()))), sealed(&outcome(None))];
    vec![("complete-and-failed".to_owned(), lines.concat().into_bytes())]
}

#[test]
fn results_of_experiments() {
    fresh_and_kept("results", lines_of_results(), fuzz::results);
}

#[test]
fn snapshots_of_runs() {
    fresh_and_kept("snapshot", snapshots(), fuzz::snapshot);
}
