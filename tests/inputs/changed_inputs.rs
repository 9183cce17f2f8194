//! A trace that changes while a run reads it ends the run with exit code 1: no byte of it is simulated under the hash
//! of another, and no result is given.

use std::cell::Cell;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use serde_json::json;
use tempfile::TempDir;
use wormsim::error::Error;
use wormsim::experiment::simulate::simulate;
use wormsim::scenario::Loaded;
use wormsim::simulation::Simulation;
use wormsim::simulation::load;

const TICKS: u32 = 3000;
const RECORDS_A_TICK: u32 = 12;

/// A trace of several blocks that are compared at a time, some records in every tick.
fn trace(ticks: Range<u32>) -> String {
    let record = |tick: u32, place: u32| format!("{tick},{},{}\n", place % 12, (place + 1 + tick % 11) % 12);
    let records = ticks.flat_map(|tick| (0..RECORDS_A_TICK).map(move |place| record(tick, place)));
    "tick,origin,target\n".to_owned() + &records.collect::<String>()
}

/// A scenario of so many ticks over a trace beside it.
fn written(folder: &Path, ticks: u32, trace: &str) -> (PathBuf, PathBuf) {
    let (scenario, file) = (folder.join("scenario.json"), folder.join("trace.csv"));
    fs::write(&file, trace).unwrap();
    let content = json!({
        "version": 1, "name": "changed", "ticks": ticks, "record": {"every_ticks": 1000},
        "topology": {"generator": {"kind": "ring", "nodes": 12}},
        "workloads": [{"kind": "trace", "path": "trace.csv"}],
        "nodes": {"service_per_tick": 100},
        "wormholes": {"enabled": false},
        "router": {"kind": "shortest_path"}
    });
    fs::write(&scenario, content.to_string()).unwrap();
    (scenario, file)
}

/// Where a record of a tick stands.
fn place(trace: &str, tick: u32) -> usize {
    trace.find(&format!("\n{tick},0,")).unwrap() + 1
}

/// Another target in the first record of a tick, at the same length.
fn edited(trace: &str, tick: u32) -> String {
    let end = place(trace, tick) + format!("{tick},0,").len();
    let (target, rest) = trace[end..].split_at(1);
    assert!(rest.starts_with('\n'), "a target of one digit is edited");
    format!("{}{}{rest}", &trace[..end], if target == "3" { 4 } else { 3 })
}

/// The error of a run of so many ticks whose trace becomes another one at a tick.
fn run(ticks: u32, at: u32, change: impl Fn(&str) -> String) -> Result<(), Error> {
    let folder = TempDir::new().unwrap();
    let before = trace(0..TICKS);
    let (scenario, file) = written(folder.path(), ticks, &before);
    let loaded = load(&scenario, &[]).unwrap();
    let tick = Cell::new(0);
    let stop = || {
        if tick.get() == at {
            fs::write(&file, change(&before)).unwrap();
        }
        tick.set(tick.get() + 1);
        false
    };
    let ended = simulate(loaded.scenario, stop);
    if let Err(error) = &ended {
        assert_eq!(error.exit_code(), 1, "{error}");
        assert!(matches!(error, Error::ChangedInput { path } if *path == file), "{error}");
        assert!(error.to_string().contains("trace.csv was changed since the run began"), "{error}");
    }
    ended.map(|_| ())
}

#[test]
fn a_trace_that_stays_what_it_was_is_no_error() {
    run(TICKS, 5, str::to_owned).unwrap();
    run(1000, 5, str::to_owned).unwrap();
}

#[test]
fn a_trace_that_is_changed_during_the_run_ends_it() {
    // In place, where the run has not come to yet; where it was already; beyond its end.
    run(TICKS, 5, |trace| edited(trace, 2896)).unwrap_err();
    run(TICKS, 2900, |trace| edited(trace, 2)).unwrap_err();
    run(1000, 5, |trace| edited(trace, 2896)).unwrap_err();
    // Cut between two records, in what follows and at the very end; appended to.
    run(TICKS, 5, |trace| trace[..place(trace, 2000)].to_owned()).unwrap_err();
    run(TICKS, 2999, |trace| trace[..place(trace, 2999)].to_owned()).unwrap_err();
    run(1000, 5, |trace| trace[..place(trace, 2999)].to_owned()).unwrap_err();
    run(TICKS, 5, |trace| format!("{trace}2999,0,1\n")).unwrap_err();
    run(1000, 999, |trace| format!("{trace}2999,0,1\n")).unwrap_err();
    // Emptied, and gone wrong.
    run(TICKS, 5, |_| String::new()).unwrap_err();
    run(TICKS, 5, |trace| trace.replace(",0,", ";0;")).unwrap_err();
}

fn loaded(scenario: &Path) -> Loaded {
    load(scenario, &[]).unwrap()
}

#[test]
fn no_access_of_a_changed_trace_is_simulated() {
    let folder = TempDir::new().unwrap();
    let before = trace(0..TICKS);
    let (scenario, file) = written(folder.path(), TICKS, &before);
    let (first, second) = (loaded(&scenario).scenario, loaded(&scenario).scenario);
    fs::write(&file, edited(&before, 2)).unwrap();
    let error = Simulation::new(first.into()).err().unwrap();
    assert!(matches!(&error, Error::ChangedInput { path } if *path == file), "{error}");

    fs::write(&file, &before).unwrap();
    let mut simulation = Simulation::new(second.into()).unwrap();
    fs::write(&file, edited(&before, 2896)).unwrap();
    simulation.end().unwrap_err();
    let error = (0..TICKS).find_map(|_| simulation.step().err()).unwrap();
    assert!(matches!(&error, Error::ChangedInput { path } if *path == file), "{error}");
    assert!(simulation.ticks_done() < 2896, "{}", simulation.ticks_done());
}

#[test]
fn a_trace_that_is_changed_before_it_is_taken_up_again_is_refused() {
    let folder = TempDir::new().unwrap();
    let before = trace(0..TICKS);
    let (scenario, file) = written(folder.path(), TICKS, &before);
    let mut simulation = Simulation::new(loaded(&scenario).scenario.into()).unwrap();
    (0..2900).for_each(|_| drop(simulation.step().unwrap()));
    let again = loaded(&scenario).scenario;
    fs::write(&file, edited(&before, 2500)).unwrap();
    let error = Simulation::restore(again.into(), simulation.snapshot()).err().unwrap();
    assert!(matches!(&error, Error::ChangedInput { path } if *path == file), "{error}");
}

#[test]
fn the_program_names_a_trace_that_was_changed_and_gives_no_results() {
    let folder = TempDir::new().unwrap();
    // None of it is due while the file is changed.
    let last = 2_000_000;
    let before = trace(last - TICKS..last);
    let (scenario, file) = written(folder.path(), last, &before);
    let out = folder.path().join("run");
    let listing = || fs::read_dir(folder.path()).unwrap().count();
    let files = listing();
    let program = Command::new(cargo_bin!("wormsim"))
        .args(["run", scenario.to_str().unwrap(), "--quiet", "--out", out.to_str().unwrap()])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // What is written comes after the scenario was loaded.
    for _ in 0..60_000 {
        if listing() > files {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    fs::write(&file, edited(&before, last - 2)).unwrap();
    let output = program.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("trace.csv was changed since the run began"), "{told}");
    let manifest = fs::read_to_string(out.join("manifest.json")).unwrap_or_default();
    assert!(!manifest.contains("\"complete\""), "{manifest}");
}
