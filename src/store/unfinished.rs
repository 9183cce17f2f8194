//! A run that was ended before its last tick, taken up again from its newest checkpoint that is whole.
//!
//! Nothing is changed before everything is checked: manifest, scenario, traces, checkpoint, and the files that grow.

use std::fs;
use std::path::Path;

use super::checkpoint::{self, WriterState};
use super::directory::RunDirectory;
use super::json;
use super::manifest::{Manifest, Status};
use super::writer::{RunWriter, SCENARIO};
use crate::error::Error;
use crate::scenario::{Loaded, load};
use crate::simulation::Simulation;
use crate::world::snapshot::Snapshot;

/// The run in `target` with the writer that goes on with its files; `report` is told of every checkpoint that is damaged.
///
/// # Errors
/// [`Error::NoRun`], [`Error::Locked`], [`Error::OtherVersion`], [`Error::NothingToResume`], [`Error::ChangedInput`],
/// [`Error::ForeignCheckpoint`], [`Error::NoCheckpoint`], [`Error::Format`], [`Error::Io`], and those of
/// [`load`] and [`Simulation::resume`].
pub fn resume(target: &Path, report: impl FnMut(&Error)) -> Result<(RunWriter, Simulation), Error> {
    let directory = RunDirectory::open(target)?;
    let manifest = manifest(target)?;
    let place = target.join(SCENARIO);
    let text = fs::read(&place).map_err(|source| Error::Io { path: place.clone(), action: "read", source })?;
    let hash = blake3::hash(&text);
    if manifest.outputs.get(SCENARIO).map(String::as_str) != Some(hash.to_hex().as_str()) {
        return Err(Error::ChangedInput { path: place });
    }
    let loaded = load(&place, &[])?;
    refuse_changed_traces(&loaded, &manifest)?;
    let (snapshot, state) = newest(&directory, hash, report)?;
    let simulation = Simulation::resume(loaded.scenario.clone().into(), snapshot)?;
    let mut writer = RunWriter::go_on(directory, manifest, &loaded, simulation.ticks_done(), state)?;
    // What a crash left half-changed is whole again.
    writer.write(&simulation, &simulation.summary(), Status::Running, &[])?;
    Ok((writer, simulation))
}

/// The manifest of a run that this version can go on with.
fn manifest(target: &Path) -> Result<Manifest, Error> {
    let path = target.join("manifest.json");
    // A newer one may have other fields.
    let content: serde_json::Value = json::read(&path)?;
    let version = content["program_version"].as_str().unwrap_or("unknown");
    if content["version"] != json::VERSION || version != env!("CARGO_PKG_VERSION") {
        return Err(Error::OtherVersion { path, version: version.to_owned() });
    }
    let manifest: Manifest = json::read(&path)?;
    match manifest.status {
        Status::Running | Status::Partial => Ok(manifest),
        Status::Complete | Status::Unstable => {
            Err(Error::NothingToResume { path: target.to_owned(), ticks: manifest.ticks })
        }
    }
}

fn refuse_changed_traces(loaded: &Loaded, manifest: &Manifest) -> Result<(), Error> {
    let known = |hash: &str| manifest.inputs.iter().any(|input| input.blake3 == hash);
    match loaded.inputs.iter().skip(1).find(|input| !known(input.blake3.to_hex().as_str())) {
        Some(input) => Err(Error::ChangedInput { path: input.path.clone() }),
        None => Ok(()),
    }
}

/// The newest checkpoint that is whole, and whose files that grow are there.
fn newest(
    directory: &RunDirectory,
    scenario: blake3::Hash,
    mut report: impl FnMut(&Error),
) -> Result<(Snapshot<'static>, WriterState), Error> {
    for path in directory.checkpoints()? {
        let bytes = fs::read(&path).map_err(|source| Error::Io { path: path.clone(), action: "read", source })?;
        match checkpoint::decode(&bytes, &path, scenario) {
            Ok((snapshot, state)) if directory.holds(&state.grown)? => return Ok((snapshot, state)),
            Ok(_) => report(&Error::CorruptCheckpoint {
                path,
                part: "journal or optimisation log".to_owned(),
                problem: "truncated or changed",
            }),
            Err(error @ Error::CorruptCheckpoint { .. }) => report(&error),
            Err(error) => return Err(error),
        }
    }
    Err(Error::NoCheckpoint { path: directory.target().to_owned() })
}
