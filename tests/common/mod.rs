//! What tests share: scenarios from JSON text or from the shipped files.
#![allow(dead_code, reason = "not every test uses everything")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use wormsim::recorder::frame::Frame;
use wormsim::recorder::summary::Summary;
use wormsim::scenario::{Assignment, Loaded};
use wormsim::simulation::load;
use wormsim::simulation::{Happened, Observer, Simulation};
use wormsim::world::history::Archived;
use wormsim::world::journal::Record;

/// The path of a file of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A shipped scenario with some values replaced.
pub fn shipped(name: &str, set: &[&str]) -> Loaded {
    let assignments: Vec<Assignment> = set.iter().map(|set| set.parse().unwrap()).collect();
    load(&project(&format!("scenarios/{name}.json")), &assignments).unwrap_or_else(|error| panic!("{error}"))
}

/// A scenario written in a test.
pub fn written(text: &serde_json::Value) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    std::fs::write(&path, text.to_string()).unwrap();
    load(&path, &[]).unwrap_or_else(|error| panic!("{error}\n{text:#}"))
}

/// A small network in which everything happens at once, and nothing is symmetric.
pub fn busy() -> serde_json::Value {
    serde_json::json!({
        "version": 1, "name": "busy", "intent": "Everything at once.", "seed": 5, "ticks": 1500, "warmup_ticks": 100,
        "topology": {"generator": {"kind": "random_geometric", "nodes": 40, "radius": 0.4}},
        "nodes": {"queue_limit": 20, "max_hops": 30, "link_queue_limit": 5},
        "workloads": [
            {"kind": "uniform", "accesses_per_tick": 4.0, "hot_spot": {"path": ["3", "17"], "dwell_ticks": 200}},
            {"kind": "zipf", "accesses_per_tick": 3.0, "items": 100, "exponent": 0.9, "from_tick": 50, "size": 2.5,
             "diurnal": {"period_ticks": 300, "amplitude": 0.8}},
            {"kind": "gravity", "accesses_per_tick": 1.0, "masses": {"1": 5.0},
             "flash_crowd": {"start_tick": 400, "factor": 5.0, "target": "1", "hold_ticks": 100}}
        ],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "ports_per_node": 3, "wait_for_setup": true},
        "physics": {"gravity": {"review_every_ticks": 20, "min_pull": 0.01}, "decay": {"fade_per_tick": 0.02, "pay_review_ticks": 100,
            "archive_after_ticks": 150, "reopen_after_ticks": 60}},
        "router": {"kind": "q_routing", "exploration": 0.01},
        "events": [{"tick": 300, "fail_node": "17"}, {"tick": 500, "restore_node": "17"}],
        "record": {"every_ticks": 50}
    })
}

/// A run before its first tick.
pub fn start(loaded: Loaded) -> Simulation {
    Simulation::new(loaded.scenario.into()).unwrap()
}

/// A whole run.
pub fn run(loaded: Loaded) -> Simulation {
    watched(loaded).0
}

/// A whole run, and all that happened in it.
pub fn watched(loaded: Loaded) -> (Simulation, All) {
    let ticks = loaded.scenario.ticks;
    let (mut simulation, mut all) = (start(loaded), All::default());
    simulation.run_until(ticks, &mut all).unwrap();
    (simulation, all)
}

/// All that happened in some ticks.
#[derive(Debug, Default)]
pub struct All {
    pub records: Vec<Record>,
    pub archived: Vec<Archived>,
    pub frames: Vec<Frame>,
}

impl Observer for All {
    fn tick(&mut self, _: &Simulation, happened: &Happened) -> ControlFlow<()> {
        self.records.extend(happened.records.iter().cloned());
        self.archived.extend(&happened.archived);
        self.frames.extend(happened.frame.as_deref().cloned());
        ControlFlow::Continue(())
    }
}

/// The summary of a whole run.
pub fn summary(loaded: Loaded) -> Summary {
    run(loaded).summary()
}
