//! What a user can cause. What only a bug can cause is a panic.

use std::path::PathBuf;

use crate::direct_use::Fault;
use crate::routing::cost::CostError;
use crate::scenario::ScenarioError;
use crate::topology::TopologyError;

/// Everything that can end the program early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A scenario that cannot run.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A topology that cannot be used, outside a scenario.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// Costs that no exact route can be found with.
    #[error("{0}")]
    Cost(#[from] CostError),
    /// Prices, accesses or schedules that have no direct-use ledger.
    #[error("direct-use ledger: {0}")]
    DirectUse(#[from] Fault),
    /// Options that contradict each other or the files there are.
    #[error("{option}: {value} is not allowed; expected {expected}")]
    Usage {
        /// The option or argument.
        option: &'static str,
        /// What was given.
        value: String,
        /// What may be.
        expected: String,
    },
    /// Something would be overwritten.
    #[error("{} exists; choose another --out or overwrite it with --force", path.display())]
    Exists {
        /// What exists.
        path: PathBuf,
    },
    /// A directory that `--force` must not replace.
    #[error(
        "--force: {} is not replaced{}; expected a run or an experiment of wormsim with nothing else in it, or an \
         empty directory",
        path.display(),
        foreign.as_ref().map(|foreign| format!(", since wormsim did not write {foreign} in it")).unwrap_or_default()
    )]
    NotARunDirectory {
        /// What would be lost.
        path: PathBuf,
        /// The first thing in it that no run wrote, if it is a directory.
        foreign: Option<String>,
    },
    /// A directory that holds another experiment.
    #[error(
        "{} holds another experiment, which differs in {differing}; choose another --out or overwrite it with --force",
        path.display()
    )]
    OtherExperiment {
        /// The directory.
        path: PathBuf,
        /// Fields of the plan.
        differing: String,
    },
    /// A line of results that is none of the experiment.
    #[error("{}:{line}: {problem}; it was not written by this experiment (--force begins anew)", path.display())]
    ForeignResult {
        /// The results.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// Arms that did not see the same accesses.
    #[error(
        "{}: arms of the same replication have different accesses_blake3; the results are not of one experiment",
        path.display()
    )]
    UncommonAccesses {
        /// The results.
        path: PathBuf,
    },
    /// A file of a run directory that is not what wormsim writes.
    #[error("{}: {source}", path.display())]
    Format {
        /// Which.
        path: PathBuf,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// A table of a run directory that is not what wormsim writes.
    #[error("{}: {source}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong, and in which line.
        source: csv::Error,
    },
    /// Directories that no report can be made of.
    #[error("{}: {problem}; expected run directories, or the directory of one comparison or sweep", path.display())]
    NoReport {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
    /// A line of a journal that wormsim did not write.
    #[error("{}:{line}: {source}", path.display())]
    FormatLine {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong, and in which column.
        source: serde_json::Error,
    },
    /// A journal that does not belong to the network.
    #[error("journal, tick {tick}: there is no {kind} {id} then; the journal is of another network, or not whole")]
    Journal {
        /// When.
        tick: u32,
        /// Node, link or wormhole.
        kind: &'static str,
        /// Its number.
        id: u32,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// On what.
        path: PathBuf,
        /// What was tried, as a verb.
        action: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The Q-rows do not fit, however the network is divided.
    #[error(
        "router.memory_limit_mb: {} MiB is not enough for this network; expected {} or more",
        limit_bytes >> 20,
        (least_bytes >> 20) + 1
    )]
    RouterMemory {
        /// The limit.
        limit_bytes: u64,
        /// The least need found.
        least_bytes: u64,
    },
    /// The machine has not enough memory.
    #[error("not enough memory for {what}: {} MiB were asked for and are not to be had", bytes.div_ceil(1 << 20))]
    OutOfMemory {
        /// For what.
        what: &'static str,
        /// How much it would be.
        bytes: u64,
    },
    /// The process may not open as many files as a run needs.
    #[error("at most {limit} files may be open at a time; expected {least} or more (ulimit -n)")]
    OpenFiles {
        /// The limit of the process.
        limit: u64,
        /// What is needed.
        least: u64,
    },
    /// A snapshot that is not of the scenario it should go on with.
    #[error("the snapshot is of another scenario: it has other nodes, links, sources or another router")]
    ForeignSnapshot,
    /// A checkpoint that is damaged, or files that do not go with it.
    #[error("checkpoint {}: its {part} is {problem}", path.display())]
    CorruptCheckpoint {
        /// Which.
        path: PathBuf,
        /// What of it.
        part: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A checkpoint of another run.
    #[error("checkpoint {} is of another scenario than the scenario.json of its run directory", path.display())]
    ForeignCheckpoint {
        /// Which.
        path: PathBuf,
    },
    /// A checkpoint of a run that has another warm-up since it has another length.
    #[error(
        "{}: the checkpoint after {ticks} ticks is of another warm-up, which is a tenth of the ticks: it was {before} \
         and is {now} now",
        path.display()
    )]
    OtherWarmup {
        /// The run directory.
        path: PathBuf,
        /// Ticks of the checkpoint.
        ticks: u32,
        /// Ticks of the old warm-up.
        before: u32,
        /// Ticks of the new one.
        now: u32,
    },
    /// What another version of the program wrote.
    #[error("{} is of version {version}; this is wormsim {}", path.display(), crate::VERSION)]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// A manifest that wormsim did not write like that.
    #[error("{} was edited: its checksum is not that of its content; nothing in it can be relied on", path.display())]
    EditedManifest {
        /// The file.
        path: PathBuf,
    },
    /// A directory that another process writes.
    #[error("{} is in use by another process, of pid {holder}", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
        /// Number of the process.
        holder: String,
    },
    /// A file of the name of a lock that is none.
    #[error("{} is no lock of wormsim; expected none, or one that a run left; move it away", path.display())]
    ForeignLock {
        /// The file.
        path: PathBuf,
    },
    /// A directory that was moved or removed while it was written.
    #[error(
        "{} was moved away or removed while it was written; nothing is written to what has that name now",
        path.display()
    )]
    Moved {
        /// Where it was.
        path: PathBuf,
    },
    /// A run that could not take its place, and has another one.
    #[error("{why}; what was simulated is in {}", place.display())]
    Kept {
        /// What is in its way.
        why: Box<Error>,
        /// Where it is.
        place: PathBuf,
    },
    /// A file of a run directory that is not what the run wrote.
    #[error("{} is not what the run wrote; its hash is not that in manifest.json", path.display())]
    ChangedOutput {
        /// Which.
        path: PathBuf,
    },
    /// A line of results that is not as it was written.
    #[error("{}:{line}: the line is not as it was written; its checksum is not that of its content", path.display())]
    ChangedLine {
        /// The results.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// Something else where a run directory is expected.
    #[error("{} is no run directory of wormsim", path.display())]
    NoRun {
        /// What.
        path: PathBuf,
    },
    /// A run that is over.
    #[error("{}: nothing to resume; all {ticks} ticks are simulated (--ticks makes the run longer)", path.display())]
    NothingToResume {
        /// The run directory.
        path: PathBuf,
        /// Its ticks.
        ticks: u32,
    },
    /// An input that is not what the run began with.
    #[error("{} was changed since the run began; its hash is not the same as then", path.display())]
    ChangedInput {
        /// Which.
        path: PathBuf,
    },
    /// A run that has not come to an end.
    #[error(
        "{}: the run is not over, so that its files are those of different ticks; go on with wormsim resume first",
        path.display()
    )]
    Unfinished {
        /// The run directory.
        path: PathBuf,
    },
    /// The simulation is at fault: an invariant does not hold any more.
    #[error("tick {tick}: {place}: {what}; this is a fault of the program, its results are not to be used")]
    Invariant {
        /// When.
        tick: u32,
        /// Where, by name.
        place: String,
        /// What does not hold.
        what: String,
    },
    /// A value of the model is no finite number any more.
    #[error("tick {tick}: {what} of {entity} is not finite; the scenario's parameters drive the model out of range")]
    NonFinite {
        /// When.
        tick: u32,
        /// Which quantity.
        what: &'static str,
        /// Whose, by name.
        entity: String,
    },
}

impl Error {
    /// The exit code of a program that ends with this error: 2 for what stands in options and in files that
    /// are given, 1 for the rest.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Scenario(_)
            | Self::Topology(_)
            | Self::Cost(_)
            | Self::DirectUse(_)
            | Self::Format { .. }
            | Self::Table { .. }
            | Self::NoReport { .. }
            | Self::NoRun { .. }
            | Self::Usage { .. }
            | Self::Exists { .. }
            | Self::OtherExperiment { .. }
            | Self::NotARunDirectory { .. }
            | Self::RouterMemory { .. } => 2,
            Self::FormatLine { .. }
            | Self::Journal { .. }
            | Self::Io { .. }
            | Self::NonFinite { .. }
            | Self::Invariant { .. }
            | Self::ForeignSnapshot
            | Self::CorruptCheckpoint { .. }
            | Self::ForeignCheckpoint { .. }
            | Self::OtherWarmup { .. }
            | Self::OtherVersion { .. }
            | Self::Locked { .. }
            | Self::ForeignLock { .. }
            | Self::OpenFiles { .. }
            | Self::Moved { .. }
            | Self::Kept { .. }
            | Self::ChangedOutput { .. }
            | Self::ChangedLine { .. }
            | Self::NothingToResume { .. }
            | Self::UncommonAccesses { .. }
            | Self::ForeignResult { .. }
            | Self::ChangedInput { .. }
            | Self::Unfinished { .. }
            | Self::EditedManifest { .. }
            | Self::OutOfMemory { .. } => 1,
        }
    }
}
