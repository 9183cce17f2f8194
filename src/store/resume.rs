//! Resuming and forking stored runs. Nothing is changed before everything is checked: manifest, scenarios, traces,
//! checkpoint, and the files that grow.

use std::path::Path;

use super::checkpoint::{self, WriterState};
use super::directory::RunDirectory;
use super::json;
use super::layout::{PAST, SCENARIO, tick_of};
use super::manifest::{Manifest, Status};
use super::writer::{RunWriter, identity};
use crate::error::Error;
use crate::opening::policy;
use crate::scenario::lineage::Lineage;
use crate::scenario::raw::RawScenario;
use crate::scenario::{Assignment, Kinds, Loaded, Tick, load};
use crate::simulation::Simulation;
use crate::simulation::snapshot::Snapshot;

/// The run in `target` with the writer that goes on with its files; `report` is told why checkpoints are passed over.
/// It will have `ticks` ticks, if they are given, and the warm-up that follows from them, if none is: then a checkpoint
/// will not do in which the old warm-up or the new one is over. Without any checkpoint it begins again. What a run that
/// is over has stays until there is more, and so does what one without a checkpoint has.
///
/// # Errors
/// [`Error::NoRun`], [`Error::Locked`], [`Error::OtherVersion`], [`Error::EditedManifest`], [`Error::NothingToResume`],
/// [`Error::Usage`] if `ticks` are not more than those simulated, [`Error::ChangedInput`],
/// [`Error::ForeignCheckpoint`], [`Error::Format`], [`Error::Io`], and those of [`load`], [`Simulation::new`] and
/// [`Simulation::restore`].
pub fn resume(
    target: &Path,
    ticks: Option<u64>,
    kinds: &Kinds,
    mut report: impl FnMut(&Error),
) -> Result<(RunWriter, Simulation), Error> {
    let directory = RunDirectory::open(target)?;
    let manifest = Manifest::read(target)?;
    if ticks.is_none() && manifest.status.is_finished() {
        return Err(Error::NothingToResume { path: target.to_owned(), ticks: manifest.ticks });
    }
    refuse_if_simulated(ticks, manifest.ticks)?;
    let assignments: Vec<Assignment> = ticks.map(|ticks| Assignment::option("ticks", ticks)).into_iter().collect();
    let lineage = lineage(target, &manifest, &assignments, kinds)?;
    let before = json::read::<RawScenario>(&target.join(SCENARIO))?.warmup();
    let now = lineage.own.scenario.warmup_ticks;
    let simulated = manifest.ticks;
    let was_killed = manifest.status == Status::Running;
    let mut found = newest(&directory, &manifest, Tick::MAX, &mut report)?;
    if ticks.is_some() && policy::reads_length(&lineage.own.scenario) {
        // What was done so far was for another length.
        found = None;
    }
    if let Some((snapshot, _)) = &found {
        // A run that was killed may have come further than its last files say.
        refuse_if_simulated(ticks, snapshot.state.ticks)?;
        if before != now && snapshot.state.ticks >= before.min(now) {
            report(&Error::OtherWarmup { path: target.to_owned(), ticks: snapshot.state.ticks, before, now });
            found = newest(&directory, &manifest, before.min(now).saturating_sub(1), report)?;
        }
    }
    let Some((snapshot, state)) = found else {
        let writer = RunWriter::resume(directory, manifest, lineage, 0, WriterState::default())?;
        let simulation = writer.start()?;
        return Ok((writer, simulation));
    };
    let simulation = Simulation::restore(lineage.own.scenario.clone().into(), snapshot)?;
    let mut writer = RunWriter::resume(directory, manifest, lineage, simulation.ticks_done(), state)?;
    if was_killed || simulation.ticks_done() >= simulated {
        // What a crash left half-changed is whole again.
        if let Err(error) = writer.write(&simulation, &simulation.summary(), Status::Running, &[]) {
            // The first error is the one to tell.
            let _ = writer.abandon();
            return Err(error);
        }
    }
    Ok((writer, simulation))
}

/// Refuses a length that a run has already.
fn refuse_if_simulated(ticks: Option<u64>, simulated: Tick) -> Result<(), Error> {
    match ticks.filter(|&ticks| ticks <= simulated.into()) {
        Some(ticks) => {
            let expected = format!("more than the {simulated} ticks that are simulated");
            Err(Error::Usage { option: "--ticks", value: ticks.to_string(), expected })
        }
        None => Ok(()),
    }
}

/// A new run in `target` that has the first `after` ticks of the run in `parent`, and then goes on with other values.
/// `report` is told of every checkpoint of the parent that is damaged.
///
/// # Errors
/// Those of [`resume`] but for what concerns locks of `target`; [`Error::Usage`] if the parent has not so many ticks,
/// or was forked itself after more; those of [`Lineage::fork`] and [`RunWriter::create`].
pub fn fork(
    parent: &Path,
    after: Tick,
    kinds: &Kinds,
    assignments: &[Assignment],
    (target, force): (&Path, bool),
    arguments: Vec<String>,
    report: impl FnMut(&Error),
) -> Result<(RunWriter, Simulation), Error> {
    let directory = RunDirectory::open_to_read(parent)?;
    let manifest = Manifest::read(parent)?;
    let before = lineage(parent, &manifest, &[], kinds)?;
    if after <= before.own_from() || after > manifest.ticks {
        let expected = format!("{} to {}, ticks of {}", before.own_from() + 1, manifest.ticks, parent.display());
        return Err(Error::Usage { option: "--at", value: after.to_string(), expected });
    }
    if parent.canonicalize().ok() == target.canonicalize().ok() {
        let expected = "another directory than the parent\u{2019}s".to_owned();
        return Err(Error::Usage { option: "--out", value: target.display().to_string(), expected });
    }
    let own = before.own.scenario.clone();
    let lineage = before.fork(&parent.join(SCENARIO), after, assignments)?;
    let found = newest(&directory, &manifest, after, report)?;
    let mut writer = RunWriter::create(target, force, lineage, arguments)?;
    writer.set_parent(parent);
    let simulation = match found {
        Some((snapshot, state)) => {
            writer.copy_past(&directory, state)?;
            Simulation::restore(own.into(), snapshot)?
        }
        None => writer.start()?,
    };
    refuse_if_written(parent, &manifest)?;
    Ok((writer, simulation))
}

/// Refuses what was read of a run with `manifest` if another process has begun to write it since.
pub(super) fn refuse_if_written(directory: &Path, manifest: &Manifest) -> Result<(), Error> {
    RunDirectory::open_to_read(directory)?;
    if Manifest::read(directory)?.checksum == manifest.checksum {
        Ok(())
    } else {
        Err(Error::Locked { path: directory.to_owned(), holder: "unknown".to_owned() })
    }
}

/// The scenarios of the run in `target`, its own with another length, if one is assigned.
pub(super) fn lineage(
    target: &Path,
    manifest: &Manifest,
    length: &[Assignment],
    kinds: &Kinds,
) -> Result<Lineage, Error> {
    let own = load(&target.join(SCENARIO), length, kinds)?;
    if identity(&own.resolved).to_hex().as_str() != manifest.scenario_blake3 {
        return Err(Error::ChangedInput { path: target.join(SCENARIO) });
    }
    refuse_changed_traces(&own, manifest)?;
    let prefix = format!("{PAST}/");
    let past = manifest.outputs.iter().filter_map(|(path, hash)| Some((path, path.strip_prefix(&prefix)?, hash)));
    let past = past.map(|(path, name, hash)| {
        let place = target.join(path);
        let loaded = load(&place, &[], kinds)?;
        let until = name.strip_suffix(".json").and_then(|ticks| ticks.parse().ok());
        match until {
            Some(until) if loaded.inputs[0].blake3.to_hex().as_str() == hash => Ok((until, loaded)),
            _ => Err(Error::ChangedInput { path: place }),
        }
    });
    Ok(Lineage { past: past.collect::<Result<_, Error>>()?, own })
}

fn refuse_changed_traces(loaded: &Loaded, manifest: &Manifest) -> Result<(), Error> {
    let known = |hash: &str| manifest.inputs.iter().any(|input| input.blake3 == hash);
    match loaded.inputs.iter().skip(1).find(|input| !known(input.blake3.to_hex().as_str())) {
        Some(input) => Err(Error::ChangedInput { path: input.path.clone() }),
        None => Ok(()),
    }
}

/// The newest checkpoint of at most `most` ticks that is whole and whose files that grow are there, if there is one.
fn newest(
    directory: &RunDirectory,
    manifest: &Manifest,
    most: Tick,
    mut report: impl FnMut(&Error),
) -> Result<Option<(Snapshot<'static>, WriterState)>, Error> {
    for within in directory.checkpoints()?.into_iter().filter(|path| tick_of(path).is_some_and(|tick| tick <= most)) {
        let (bytes, path) = (directory.read(&within)?, directory.target().join(&within));
        match checkpoint::decode(&bytes, &path, &manifest.scenario_blake3) {
            Ok((snapshot, state)) if snapshot.state.ticks <= most && directory.holds(&state.grown)? => {
                let (path, ticks) = (path.display(), snapshot.state.ticks);
                tracing::info!(%path, ticks, bytes = bytes.len(), "checkpoint read");
                return Ok(Some((snapshot, state)));
            }
            Ok(_) => report(&Error::CorruptCheckpoint {
                path,
                part: "journal or optimisation log".to_owned(),
                problem: "truncated or changed",
            }),
            Err(error @ Error::CorruptCheckpoint { .. }) => report(&error),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
