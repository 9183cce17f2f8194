//! What tests share: scenarios from JSON text or from the shipped files.
#![allow(dead_code, reason = "not every test uses everything")]

use std::path::{Path, PathBuf};

use wormsim::recorder::summary::Summary;
use wormsim::scenario::{Assignment, Loaded, load};
use wormsim::simulation::Simulation;

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

/// A run before its first tick.
pub fn start(loaded: Loaded) -> Simulation {
    Simulation::new(loaded.scenario.into()).unwrap()
}

/// A whole run.
pub fn run(loaded: Loaded) -> Simulation {
    let ticks = loaded.scenario.ticks;
    let mut simulation = start(loaded);
    (0..ticks).for_each(|_| simulation.tick().unwrap());
    simulation
}

/// The summary of a whole run.
pub fn summary(loaded: Loaded) -> Summary {
    run(loaded).summary()
}
