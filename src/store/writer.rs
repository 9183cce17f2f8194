//! A run on its way to disk: gathers what is written as the run goes, and writes its states.

use std::path::Path;

use super::csv_files;
use super::directory::RunDirectory;
use super::json::{self, VERSION};
use super::manifest::{Host, Input, Manifest, PROGRAM, Status, Stopwatch};
use crate::error::Error;
use crate::recorder::digest::Digests;
use crate::recorder::summary::Summary;
use crate::scenario::Loaded;
use crate::simulation::Simulation;

/// Writes the run directory of one run.
#[derive(Debug)]
pub struct RunWriter {
    directory: RunDirectory,
    manifest: Manifest,
    stopwatch: Stopwatch,
    scenario: String,
    digests: Vec<Digests>,
    /// The manifest on disk.
    written: Option<Manifest>,
}

impl RunWriter {
    /// A writer into a new directory at `target`, which appears with the first state; `arguments` is the command line.
    /// The time is taken from here.
    ///
    /// # Errors
    /// Those of [`RunDirectory::create`], and [`Error::Usage`] if an input of the run would be replaced.
    pub fn create(target: &Path, force: bool, loaded: &Loaded, arguments: Vec<String>) -> Result<Self, Error> {
        refuse_to_replace_inputs(target, loaded)?;
        let directory = RunDirectory::create(target, force)?;
        // Both places of the directory are in one folder: paths out of it stay valid when it moves.
        let resolved = loaded.resolved_in(directory.root()).map_err(|source| Error::Io {
            path: target.to_owned(),
            action: "find the traces of",
            source,
        })?;
        let input = |input: &crate::topology::InputFile| Input {
            path: input.path.display().to_string(),
            blake3: input.blake3.to_hex().to_string(),
        };
        let stopwatch = Stopwatch::start();
        let manifest = Manifest {
            version: VERSION,
            program: PROGRAM.to_owned(),
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            status: Status::Running,
            ticks: 0,
            arguments,
            seed: loaded.scenario.seed,
            inputs: loaded.inputs.iter().map(input).collect(),
            outputs: Default::default(),
            host: Host::this(),
            timings: stopwatch.timings(0),
        };
        Ok(Self {
            directory,
            manifest,
            stopwatch,
            scenario: json::to_text(&resolved),
            digests: Vec::new(),
            written: None,
        })
    }

    /// Where the results are or will be.
    pub fn target(&self) -> &Path {
        self.directory.target()
    }

    /// Adds a row to `digests.csv`, unless the last one is of the same tick.
    pub fn add_digests(&mut self, digests: Digests) {
        if self.digests.last().is_none_or(|last| last.tick != digests.tick) {
            self.digests.push(digests);
        }
    }

    /// Writes the present state with its summary.
    ///
    /// # Errors
    /// [`Error::Io`], and then all files are as they were.
    pub fn write(&mut self, simulation: &Simulation, summary: &Summary, status: Status) -> Result<(), Error> {
        let directory = &mut self.directory;
        directory.put("scenario.json", self.scenario.as_bytes())?;
        directory.put("summary.json", json::to_text(summary).as_bytes())?;
        directory.put("metrics.csv", &csv_files::metrics(simulation.frames()))?;
        directory.put("digests.csv", &csv_files::digests(&self.digests))?;
        self.manifest.status = status;
        self.manifest.ticks = simulation.ticks_done();
        self.manifest.timings = self.stopwatch.timings(self.manifest.ticks);
        self.manifest.outputs = directory.hashes();
        directory.put("manifest.json", json::to_text(&self.manifest).as_bytes())?;
        directory.commit()?;
        self.written = Some(self.manifest.clone());
        Ok(())
    }

    /// Ends a run that failed: its last state, if one was written, is marked as all that there will be.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn abandon(mut self) -> Result<(), Error> {
        let Some(mut manifest) = self.written.take() else { return Ok(()) };
        manifest.status = Status::Partial;
        self.directory.replace("manifest.json", json::to_text(&manifest).as_bytes())
    }
}

/// Refuses a target that holds an input, but for the scenario of the run directory itself, which is written again.
fn refuse_to_replace_inputs(target: &Path, loaded: &Loaded) -> Result<(), Error> {
    let Ok(folder) = target.canonicalize() else { return Ok(()) };
    for path in loaded.inputs.iter().map(|input| &input.path) {
        let Ok(input) = path.canonicalize() else { continue };
        if input.starts_with(&folder) && input != folder.join("scenario.json") {
            return Err(Error::Usage {
                option: "--out",
                value: target.display().to_string(),
                expected: format!("a directory that does not hold {}, which the run reads", path.display()),
            });
        }
    }
    Ok(())
}
