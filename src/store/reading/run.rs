//! Reads what a report needs of a run directory.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::experiment::advice::{self, Advice};
use crate::recorder::bottlenecks::Bottlenecks;
use crate::recorder::frame::Frame;
use crate::recorder::summary::Summary;
use crate::scenario::Tick;
use crate::scenario::raw::RawScenario;
use crate::scenario::tree::{Connections, NetworkGraph, WormholeRow};
use crate::store::directory::RunDirectory;
use crate::store::layout::{ARCHIVED, JOURNAL, is_connections};
use crate::store::manifest::{Manifest, Status};
use crate::store::wormholes::analytics::UsagePatterns;
use crate::store::wormholes::bottlenecks;
use crate::store::{journal, json};
use crate::world::journal::Record;

/// A run on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// What it is called beside others: the name of its arm or of its directory.
    pub name: String,
    /// `manifest.json`.
    pub manifest: Manifest,
    /// `scenario.json`.
    pub scenario: RawScenario,
    /// `summary.json`.
    pub summary: Summary,
    /// `metrics.csv`.
    pub frames: Vec<Frame>,
    /// `latencies.csv`, ascending: latency in ticks, accesses.
    pub latencies: Vec<(u64, u64)>,
    /// The network at its end.
    pub graph: NetworkGraph,
    /// The journal.
    pub records: Vec<Record>,
    /// All wormholes, by id.
    pub wormholes: Vec<WormholeRow>,
    /// What was used how much.
    pub usage: UsagePatterns,
    /// Where accesses waited.
    pub bottlenecks: Bottlenecks,
    /// `report/advice.json`: what was tried to shorten latencies, if anything was.
    pub advice: Option<Advice>,
}

impl StoredRun {
    /// Whether it was forked from another run: their frames are the same up to there.
    pub fn is_fork_of(&self, other: &Self) -> bool {
        let Some(parent) = &self.manifest.parent else { return false };
        fn past(frames: &[Frame], ticks: Tick) -> &[Frame] {
            &frames[..frames.partition_point(|frame| frame.tick < ticks)]
        }
        let [own, theirs] = [self, other].map(|run| past(&run.frames, parent.after_ticks));
        other.manifest.ticks >= parent.after_ticks && !own.is_empty() && own == theirs
    }

    /// Reads the run in `directory`.
    ///
    /// # Errors
    /// As [`super::read_subject`].
    pub fn read(directory: &Path, name: String) -> Result<Self, Error> {
        RunDirectory::open_to_read(directory)?;
        let manifest = Manifest::read(directory)?;
        if manifest.status == Status::Running {
            return Err(Error::Unfinished { path: directory.to_owned() });
        }
        let text = |path: &str| manifest.read_output(directory, path);
        let mut wormholes = Vec::new();
        for path in manifest.outputs.keys().filter(|path| is_connections(path)) {
            wormholes.extend(manifest.read_json::<Connections>(directory, path)?.wormholes);
        }
        for (number, line) in text(ARCHIVED)?.lines().enumerate() {
            let failed = |source| Error::FormatLine { path: directory.join(ARCHIVED), line: number + 1, source };
            wormholes.push(serde_json::from_str(line).map_err(failed)?);
        }
        wormholes.sort_by_key(|row: &WormholeRow| row.id);
        let advice = directory.join(advice::PATH);
        Ok(Self {
            name,
            scenario: manifest.read_json(directory, "scenario.json")?,
            summary: manifest.read_json(directory, "summary.json")?,
            frames: rows(&text("metrics.csv")?, &directory.join("metrics.csv"))?,
            latencies: rows(&text("latencies.csv")?, &directory.join("latencies.csv"))?,
            graph: manifest.read_json(directory, "wormholes/topology/network_graph.json")?,
            records: journal::records(text(JOURNAL)?.as_bytes(), &directory.join(JOURNAL))?,
            wormholes,
            usage: manifest.read_json(directory, "wormholes/analytics/usage_patterns.json")?,
            advice: advice.is_file().then(|| json::read(&advice)).transpose()?,
            bottlenecks: manifest.read_json(directory, &format!("wormholes/{}", bottlenecks::PATH))?,
            manifest,
        })
    }
}

/// The rows of the text of a CSV file with a header, which may be empty.
fn rows<T: DeserializeOwned>(text: &str, path: &Path) -> Result<Vec<T>, Error> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    rows.collect::<Result<_, _>>().map_err(|source| Error::Table { path: path.to_owned(), source })
}
