//! Writes the run directory of a run: gathers lines as the run goes, and writes its states and checkpoints.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use blake3::Hash;
use tempfile::SpooledTempFile;

use super::checkpoint::{self, WriterState};
use super::csv_files;
use super::directory::{Grown, RunDirectory};
use super::disk::{self, Folder};
use super::json::{self, VERSION};
use super::layout::{ARCHIVED, JOURNAL, METRICS, PAST, SCENARIO, is_grown};
use super::manifest::{Host, Input, Manifest, PROGRAM, Parent, Status, Stopwatch};
use super::wormholes::{self, configuration, connections, optimization::Log};
use crate::error::Error;
use crate::recorder::frame::Frame;
use crate::recorder::summary::Summary;
use crate::scenario::lineage::Lineage;
use crate::scenario::raw::{RawScenario, RawWorkload};
use crate::scenario::{Loaded, Scenario, Tick};
use crate::simulation::digest::Digests;
use crate::simulation::{Happened, Simulation, between_checks};
use crate::world::journal::Record;

/// Most bytes of lines that wait for the next state once what is on disk is rewound; until then, of those in memory.
const MOST_WAITING: usize = 1 << 20;

/// Writes the run directory of one run.
#[derive(Debug)]
pub struct RunWriter {
    directory: RunDirectory,
    manifest: Manifest,
    stopwatch: Stopwatch,
    /// Files that do not change during the run, by path.
    constant: Vec<(String, String)>,
    /// Lines of the journal and of the optimisation log that are not on disk yet, by path, and their bytes.
    waiting: BTreeMap<String, SpooledTempFile>,
    waiting_bytes: usize,
    log: Log,
    digests: Vec<Digests>,
    /// Frames so far, for the plots.
    frames: Vec<Frame>,
    lineage: Lineage,
    /// Set until the first write after resuming: the files that grow as they were, and the ticks simulated by then.
    resume_point: Option<(Vec<Grown>, Tick)>,
    /// Ticks of what is on disk, which stays until there is more.
    ticks_before: Tick,
    /// The manifest on disk, of this process.
    written: Option<Manifest>,
}

impl RunWriter {
    /// A writer into a new directory at `target`, which appears with the first state; `arguments` is the command line.
    /// The time is taken from here.
    ///
    /// # Errors
    /// Those of [`RunDirectory::create`], and [`Error::Usage`] if an input of the run would be replaced.
    pub fn create(target: &Path, force: bool, lineage: Lineage, arguments: Vec<String>) -> Result<Self, Error> {
        refuse_to_replace_inputs(target, &lineage.own)?;
        Self::begin(RunDirectory::create(target, force)?, lineage, arguments)
    }

    /// The same in the folder `parent` of `target`, in place of what is there.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub(super) fn create_in(
        parent: Folder,
        target: &Path,
        lineage: Lineage,
        arguments: Vec<String>,
    ) -> Result<Self, Error> {
        Self::begin(RunDirectory::create_in(parent, target, true)?, lineage, arguments)
    }

    fn begin(directory: RunDirectory, lineage: Lineage, arguments: Vec<String>) -> Result<Self, Error> {
        let loaded = &lineage.own;
        // Both places of the directory are in one folder: paths out of it stay valid when it moves.
        let resolved = resolved(&lineage, &directory)?;
        let constant = constant(&resolved, &lineage, &directory)?;
        let input = |input: &crate::topology::InputFile| Input {
            path: input.path.display().to_string(),
            blake3: input.blake3.to_hex().to_string(),
        };
        let stopwatch = Stopwatch::start();
        let manifest = Manifest {
            version: VERSION,
            program: PROGRAM.to_owned(),
            program_version: crate::VERSION.to_owned(),
            status: Status::Running,
            ticks: 0,
            arguments,
            seed: loaded.scenario.seed,
            inputs: loaded.inputs.iter().map(input).collect(),
            assumptions: loaded.scenario.assumptions(),
            scenario_blake3: identity(&resolved).to_hex().to_string(),
            parent: None,
            resumed_after_ticks: Vec::new(),
            outputs: Default::default(),
            host: Host::this(),
            timings: stopwatch.timings(0),
            checksum: String::new(),
        };
        let log = Log::default();
        Ok(Self {
            waiting: files_that_grow(&log, &directory),
            directory,
            manifest,
            stopwatch,
            constant,
            waiting_bytes: 0,
            log,
            digests: Vec::new(),
            frames: Vec::new(),
            lineage,
            resume_point: None,
            ticks_before: 0,
            written: None,
        })
    }

    /// A writer that writes nothing, for the run in `target` made anew: what the files would be is hashed.
    ///
    /// # Errors
    /// [`Error::Io`] if a trace is gone.
    pub fn dry_run(target: &Path, lineage: Lineage) -> Result<Self, Error> {
        Self::begin(RunDirectory::dry_run(target), lineage, Vec::new())
    }

    /// A writer that resumes a run in place after `ticks` ticks. What is there stays until there is more.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn resume(
        directory: RunDirectory,
        mut manifest: Manifest,
        lineage: Lineage,
        ticks: Tick,
        state: WriterState,
    ) -> Result<Self, Error> {
        let resolved = resolved(&lineage, &directory)?;
        let constant = constant(&resolved, &lineage, &directory)?;
        manifest.resumed_after_ticks.push(ticks);
        if ticks == 0 {
            manifest.host = Host::this();
        }
        let begins = state.grown.is_empty();
        let waiting = if begins { files_that_grow(&state.log, &directory) } else { BTreeMap::new() };
        let frames = frames_of(&directory, &state)?;
        Ok(Self {
            directory,
            ticks_before: manifest.ticks,
            manifest,
            stopwatch: Stopwatch::start(),
            constant,
            waiting,
            waiting_bytes: 0,
            digests: state.digests(),
            frames,
            log: state.log,
            lineage,
            resume_point: Some((state.grown, ticks)),
            written: None,
        })
    }

    /// Rewinds the directory of a resumed run, if that is not done. A whole state is to follow: until then the files
    /// are of no one tick, and the run is one that was killed.
    fn rewind(&mut self) -> Result<(), Error> {
        let Some((grown, ticks)) = &self.resume_point else { return Ok(()) };
        // Before a file is cut: what a crash leaves must not look as if it were over.
        self.manifest.status = Status::Running;
        self.directory.replace("manifest.json", self.manifest.to_text().as_bytes())?;
        self.directory.rewind(grown, *ticks, is_grown, |path| self.manifest.outputs.contains_key(path))?;
        (self.resume_point, self.ticks_before) = (None, 0);
        Ok(())
    }

    /// Where the results are or will be.
    pub fn target(&self) -> &Path {
        self.directory.target()
    }

    /// The run's own scenario, whatever ancestor's turn it is.
    pub fn scenario(&self) -> &Scenario {
        &self.lineage.own.scenario
    }

    /// The manifest as it is now.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The run before its first tick.
    ///
    /// # Errors
    /// Those of [`Simulation::new`].
    pub fn start(&self) -> Result<Simulation, Error> {
        Simulation::new(self.lineage.first().scenario.clone().into())
    }

    /// Notes from which run, named `directory`, the own scenario was forked.
    pub(super) fn set_parent(&mut self, directory: &Path) {
        let (directory, after_ticks) = (directory.display().to_string(), self.lineage.own_from());
        self.manifest.parent = Some(Parent { directory, after_ticks, digest: None });
    }

    /// Takes over what `parent` wrote up to `state`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn copy_past(&mut self, parent: &RunDirectory, state: WriterState) -> Result<(), Error> {
        for (path, length, _) in &state.grown {
            self.directory.append(path, &parent.beginning(path, *length)?)?;
        }
        self.frames = frames_of(parent, &state)?;
        (self.digests, self.log) = (state.digests(), state.log);
        Ok(())
    }

    /// Whether there is something to write: the run's own scenario has begun, and it has come further than what is on
    /// disk.
    pub fn is_new(&self, simulation: &Simulation) -> bool {
        let past = if self.lineage.past.is_empty() { 0 } else { self.lineage.own_from() };
        simulation.ticks_done() > past.max(self.ticks_before)
    }

    /// Simulates one tick, of the scenario whose turn it is, and takes down what happened, which it returns.
    ///
    /// # Errors
    /// Those of [`Simulation::step`] and [`Simulation::branch`], [`Error::NonFinite`], [`Error::Io`].
    pub fn tick(&mut self, simulation: &mut Simulation) -> Result<Vec<Record>, Error> {
        if let Some(next) = self.lineage.begins_after(simulation.ticks_done()) {
            let own = simulation.ticks_done() == self.lineage.own_from();
            if let Some(parent) = self.manifest.parent.as_mut().filter(|_| own) {
                parent.digest = Some(simulation.digest().whole());
            }
            *simulation = simulation.branch(next.scenario.clone().into())?;
        }
        let Happened { records, archived, frame } = simulation.step()?;
        for gone in &archived {
            let line = connections::archived_line(&simulation.scenario().topology, gone);
            self.wait(ARCHIVED.to_owned(), &line)?;
        }
        frame.into_iter().try_for_each(|frame| self.add_frame(*frame))?;
        if !records.is_empty() {
            self.add_records(&records, simulation.scenario())?;
        }
        let done = simulation.ticks_done();
        if done.is_multiple_of(between_checks(done)) {
            self.add_digests(simulation.checked_digest()?);
            self.digests.retain(|row| (row.tick + 1).is_multiple_of(between_checks(done)));
        }
        Ok(records)
    }

    /// Ends the run where it is and takes down the rest of it.
    ///
    /// # Errors
    /// Those of [`Simulation::end`], [`Error::Io`].
    pub fn end(&mut self, simulation: &mut Simulation) -> Result<(), Error> {
        simulation.end()?.into_iter().try_for_each(|frame| self.add_frame(*frame))?;
        self.add_digests(simulation.digest());
        Ok(())
    }

    /// Adds a frame of metrics.
    fn add_frame(&mut self, frame: Frame) -> Result<(), Error> {
        let row = csv_files::metrics(&frame, self.frames.is_empty());
        self.frames.push(frame);
        self.wait(METRICS.to_owned(), &row)
    }

    /// Frames of metrics so far.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Adds a row to `digests.csv`, unless the last one is of the same tick.
    pub(super) fn add_digests(&mut self, digests: Digests) {
        if self.digests.last().is_none_or(|last| last.tick != digests.tick) {
            self.digests.push(digests);
        }
    }

    fn add_records(&mut self, records: &[Record], scenario: &Scenario) -> Result<(), Error> {
        for record in records {
            self.wait(JOURNAL.to_owned(), &json::to_line(record))?;
            let path = self.log.path();
            if let Some(line) = self.log.line(record, scenario) {
                self.wait(path, &line)?;
            }
        }
        // Lines up to where the files on disk end wait for what comes after them.
        if self.waiting_bytes > MOST_WAITING && self.resume_point.is_none() { self.flush() } else { Ok(()) }
    }

    fn wait(&mut self, path: String, line: &str) -> Result<(), Error> {
        self.waiting_bytes += line.len();
        let failed = |source| Error::Io { path: self.directory.target().join(&path), action: "write", source };
        let file =
            self.waiting.entry(path.clone()).or_insert_with(|| disk::spool_in(&self.directory.scratch(), MOST_WAITING));
        file.write_all(line.as_bytes()).map_err(failed)
    }

    /// Rewinds what is on disk if that is due, and appends what waits.
    fn flush(&mut self) -> Result<(), Error> {
        self.rewind()?;
        while let Some((path, mut file)) = self.waiting.pop_first() {
            let place = self.directory.target().join(&path);
            let failed = |source| Error::Io { path: place.clone(), action: "write", source };
            file.rewind().map_err(failed)?;
            let mut block = Vec::new();
            loop {
                block.clear();
                (&mut file).take(MOST_WAITING as u64).read_to_end(&mut block).map_err(failed)?;
                self.directory.append(&path, &block)?;
                if block.len() < MOST_WAITING {
                    break;
                }
            }
        }
        self.waiting_bytes = 0;
        Ok(())
    }

    /// Writes a checkpoint of the present state. What it needs of the other files is on disk then; if the directory is
    /// not in place or not rewound yet, so is the present state.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn checkpoint(&mut self, simulation: &Simulation) -> Result<(), Error> {
        if !self.directory.is_in_place() || self.resume_point.is_some() {
            self.write(simulation, &simulation.summary(), Status::Running, &[])?;
        }
        let stopwatch = Stopwatch::start();
        self.flush()?;
        let state = WriterState {
            grown: self.directory.sync_grown()?,
            digests: self.digests.iter().map(WriterState::row).collect(),
            log: self.log.clone(),
        };
        let content = checkpoint::encode(&self.manifest.scenario_blake3, &simulation.snapshot(), &state);
        let kept = simulation.scenario().persistence.checkpoints_kept;
        self.directory.put_checkpoint(simulation.ticks_done(), &content, kept as usize)?;
        stopwatch.tell_written("checkpoint", simulation.ticks_done(), content.len() as u64);
        Ok(())
    }

    /// Writes the present state with its summary, and `more` files by path.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(
        &mut self,
        simulation: &Simulation,
        summary: &Summary,
        status: Status,
        more: &[(String, String)],
    ) -> Result<(), Error> {
        let stopwatch = Stopwatch::start();
        self.flush()?;
        let directory = &mut self.directory;
        for (path, text) in &self.constant {
            directory.put(path, text.as_bytes())?;
        }
        wormholes::put(directory, simulation, summary)?;
        for (path, text) in more {
            directory.put(path, text.as_bytes())?;
        }
        directory.put("summary.json", json::to_text(summary).as_bytes())?;
        directory.put("latencies.csv", &csv_files::latencies(simulation.latencies()))?;
        directory.put("digests.csv", &csv_files::digests(&self.digests))?;
        self.manifest.status = status;
        self.manifest.ticks = simulation.ticks_done();
        let from = self.manifest.resumed_after_ticks.last().copied().unwrap_or(0);
        self.manifest.timings = self.stopwatch.timings(self.manifest.ticks - from);
        self.manifest.outputs = directory.hashes();
        directory.put("manifest.json", self.manifest.to_text().as_bytes())?;
        let bytes = directory.prepared_bytes();
        // Half of it may be in place if this fails: then the run is one that was killed.
        self.written = None;
        directory.commit()?;
        stopwatch.tell_written("state", self.manifest.ticks, bytes);
        self.written = Some(self.manifest.clone());
        Ok(())
    }

    /// The last state that was put together: BLAKE3 of its files, hexadecimal, by path, and the text of `digests.csv`.
    pub(super) fn outcome(&self) -> (BTreeMap<String, String>, Vec<u8>) {
        (self.manifest.outputs.clone(), csv_files::digests(&self.digests))
    }

    /// Ends a run that failed: its last state, if one was written and is whole, is marked as all that there is.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn abandon(mut self) -> Result<(), Error> {
        let Some(mut manifest) = self.written.take() else { return Ok(()) };
        manifest.status = Status::Failed;
        manifest.outputs.extend(self.directory.grown_hashes());
        self.directory.replace("manifest.json", manifest.to_text().as_bytes())
    }
}

/// The files that grow as they begin: all exist even if nothing ever happens.
fn files_that_grow(log: &Log, directory: &RunDirectory) -> BTreeMap<String, SpooledTempFile> {
    let paths = [JOURNAL.to_owned(), ARCHIVED.to_owned(), METRICS.to_owned(), log.path()];
    paths.map(|path| (path, disk::spool_in(&directory.scratch(), MOST_WAITING))).into()
}

/// The frames that a run had in a state.
fn frames_of(directory: &RunDirectory, state: &WriterState) -> Result<Vec<Frame>, Error> {
    let Some((path, length, _)) = state.grown.iter().find(|(path, ..)| path == METRICS) else { return Ok(Vec::new()) };
    csv_files::frames(&directory.beginning(path, *length)?).ok_or_else(|| Error::CorruptCheckpoint {
        path: directory.target().join(path),
        part: "metrics".to_owned(),
        problem: "corrupt",
    })
}

/// The own scenario as it stands in a directory.
fn resolved(lineage: &Lineage, directory: &RunDirectory) -> Result<RawScenario, Error> {
    lineage.own.resolved_in(directory.root()).map_err(|source| gone(directory, source))
}

fn gone(directory: &RunDirectory, source: io::Error) -> Error {
    Error::Io { path: directory.target().to_owned(), action: "find the traces of", source }
}

/// What runs of one scenario have in common, however long they are and by whatever way they name their traces, whose
/// content is checked by itself.
pub(super) fn identity(resolved: &RawScenario) -> Hash {
    let mut resolved = RawScenario { ticks: 0, ..resolved.clone() };
    for workload in &mut resolved.workloads {
        if let RawWorkload::Trace(trace) = workload {
            trace.path = PathBuf::new();
        }
    }
    blake3::hash(json::to_text(&resolved).as_bytes())
}

/// Files that do not change during a run, by path.
fn constant(
    resolved: &RawScenario,
    lineage: &Lineage,
    directory: &RunDirectory,
) -> Result<Vec<(String, String)>, Error> {
    let configuration = configuration::files(resolved).map(|(path, text)| (format!("wormholes/{path}"), text));
    let mut files: Vec<_> = configuration.into_iter().chain([(SCENARIO.to_owned(), json::to_text(resolved))]).collect();
    for (until, loaded) in &lineage.past {
        let folder = directory.folder(PAST)?;
        let resolved = loaded.resolved_in(&folder).map_err(|source| gone(directory, source))?;
        files.push((format!("{PAST}/{until:010}.json"), json::to_text(&resolved)));
    }
    Ok(files)
}

/// Refuses a target that holds an input, but for the scenario of the run directory itself, which is written again.
fn refuse_to_replace_inputs(target: &Path, loaded: &Loaded) -> Result<(), Error> {
    let Ok(folder) = target.canonicalize() else { return Ok(()) };
    for path in loaded.inputs.iter().map(|input| &input.path) {
        let Ok(input) = path.canonicalize() else { continue };
        if input.starts_with(&folder) && input != folder.join(SCENARIO) {
            return Err(Error::Usage {
                option: "--out",
                value: target.display().to_string(),
                expected: format!("a directory that does not hold {}, which the run reads", path.display()),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::tests::{folder, run, scenario, scenario_with};
    use crate::world::journal::Change;

    #[test]
    fn a_run_of_any_length_has_rows_of_digests_at_equal_distances_and_at_most_16() {
        let mut before = between_checks(1);
        assert_eq!(before, 64);
        for done in 1..40_000 {
            let now = between_checks(done);
            assert!(done / now <= 16 && (now == before || now == 2 * before && done / before >= 16), "{done}");
            before = now;
        }
        assert_eq!(before, 4096);
    }

    #[test]
    fn runs_of_one_scenario_are_the_same_however_long() {
        let hash = |sets: &[&str]| identity(&scenario_with(sets).resolved);
        assert_eq!(hash(&[]), hash(&["ticks=200"]));
        assert_ne!(hash(&[]), hash(&["seed=2"]));
        assert_ne!(hash(&[]), hash(&["workloads.0.accesses_per_tick=2"]));
    }

    #[test]
    fn what_waits_is_written_when_it_is_more_than_a_mebibyte() {
        let place = folder();
        let loaded = scenario();
        let mut writer =
            RunWriter::create(&place.path().join("run"), false, loaded.clone().into(), Vec::new()).unwrap();
        let journal = writer.directory.root().join(JOURNAL);
        let record = Record { tick: 1, change: Change::LinkFailed { link: 1 } };
        let add = |writer: &mut RunWriter| writer.add_records(std::slice::from_ref(&record), &loaded.scenario).unwrap();
        let line = json::to_line(&record);
        add(&mut writer);
        writer.wait(JOURNAL.to_owned(), &"x".repeat(MOST_WAITING - 2 * line.len())).unwrap();
        add(&mut writer);
        assert!(!journal.exists());
        add(&mut writer);
        assert_eq!(journal.metadata().unwrap().len(), (MOST_WAITING + line.len()) as u64);
        // Several blocks at once.
        writer.wait(JOURNAL.to_owned(), &"x".repeat(3 * MOST_WAITING)).unwrap();
        add(&mut writer);
        assert_eq!(journal.metadata().unwrap().len(), (4 * MOST_WAITING + 2 * line.len()) as u64);
    }

    /// Its own scenario is written again; another file that the run reads would be lost.
    #[test]
    fn a_directory_that_holds_an_input_is_not_replaced() {
        let place = folder();
        let target = place.path().join("run");
        run(&target, &scenario()).unwrap();
        let own = crate::simulation::load(&target.join(SCENARIO), &[]).unwrap();
        drop(RunWriter::create(&target, true, own.into(), Vec::new()).unwrap());
        std::fs::copy(target.join(SCENARIO), target.join("other.json")).unwrap();
        let other = crate::simulation::load(&target.join("other.json"), &[]).unwrap();
        drop(RunWriter::create(&place.path().join("beside"), true, other.clone().into(), Vec::new()).unwrap());
        let error = RunWriter::create(&target, true, other.into(), Vec::new()).unwrap_err();
        assert!(matches!(error, Error::Usage { option: "--out", .. }), "{error}");
    }
}
