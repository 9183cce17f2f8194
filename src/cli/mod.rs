//! The command line: the verbs, their options and what they print; one file a verb.

mod advise;
mod analyze;
mod checkpoint_schedule;
mod compare;
mod experiment;
mod fork;
mod interrupt;
mod limits;
mod logs;
mod network;
mod phrases;
mod plots;
mod progress;
mod report;
mod resume;
mod route;
mod run;
mod schema;
mod summary;
mod sweep;
mod table;
mod terminal;
mod validate;
mod verify;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args, Parser, Subcommand};

pub use advise::AdviseOptions;
pub use compare::CompareOptions;
pub use experiment::{CommonOptions, Warmup};
pub use network::NetworkArgument;
pub use sweep::SweepOptions;

use crate::error::Error;
use crate::memory;
use crate::routing::query::Algorithm;
use crate::scenario::{Assignment, Kinds, Tick};
use crate::simulation;

/// Memory for reading a scenario and for the thread that listens to signals, bytes.
const MEMORY: u64 = 8 << 20;

/// A deterministic simulator of networks with adaptive shortcuts (wormholes) and learned routing.
#[derive(Debug, Parser)]
#[command(version, bin_name = "wormsim", arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// Say on standard error what goes on: -v stages, events and what is written; -vv wormholes too; -vvv every file.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a scenario and write a run directory.
    Run(RunOptions),
    /// Continue a run that ended before its last tick, or make it longer, from its newest checkpoint.
    Resume(ResumeOptions),
    /// Make a new run with the past of another one and a changed future.
    Fork(ForkOptions),
    /// Check that a run is what its scenario gives; exit code 5 if not.
    Verify(VerifyOptions),
    /// Run a scenario under several policies with the same accesses, and say of each whether it pays.
    Compare(CompareOptions),
    /// Run a scenario at many points of a space of fields.
    Sweep(SweepOptions),
    /// Make a page for a colleague from runs, a comparison or a sweep: one HTML file, and figures as SVG and PNG.
    Report(ReportOptions),
    /// Say what would shorten the latency of a run that is over, after trying it.
    Advise(AdviseOptions),
    /// Say what scenarios are, or what is wrong with them, without running them.
    Validate(ValidateOptions),
    /// Print a JSON Schema (2020-12).
    Schema(SchemaOptions),
    /// Say what a network is like: distances, central nodes, what it falls apart without.
    Analyze(AnalyzeOptions),
    /// Find the best route between two nodes of a network.
    Route(RouteOptions),
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// The scenario file.
    pub scenario: PathBuf,
    /// Run directory [default: output/NAME].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Values that replace those of the file.
    #[command(flatten)]
    pub replace: Replacements,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputOptions,
    /// Overwrite the run directory.
    #[arg(long)]
    pub force: bool,
}

/// Options of `resume`.
#[derive(Debug, Args)]
pub struct ResumeOptions {
    /// The run directory.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// New length of the run, beyond what is simulated already.
    #[arg(long, value_name = "N")]
    pub ticks: Option<u64>,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// Options of `fork`.
#[derive(Debug, Args)]
pub struct ForkOptions {
    /// The run directory of the parent.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Ticks that both runs share; the changes hold from then on.
    #[arg(long, value_name = "TICK")]
    pub at: Tick,
    /// Run directory of the new run.
    #[arg(long, value_name = "DIR2")]
    pub out: PathBuf,
    /// Another value for a field (repeatable): workloads' rates and shapes, later events, nodes, physics, wormholes,
    /// router.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Assignment>,
    /// Length of the new run, the shared ticks included.
    #[arg(long, value_name = "N")]
    pub ticks: Option<u64>,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputOptions,
    /// Overwrite the new run's directory.
    #[arg(long)]
    pub force: bool,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyOptions {
    /// The run directory.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Compare hashes of files only; simulate nothing.
    #[arg(long)]
    pub quick: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// Print no progress and no result.
    #[arg(long)]
    pub quiet: bool,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// Run directories, which are shown side by side, or the directory of one comparison or sweep.
    #[arg(value_name = "DIR", required = true)]
    pub directories: Vec<PathBuf>,
    /// Folder of the report [default: report in the first DIR, which is renewed].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Print the paths of what was written as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// Print nothing.
    #[arg(long)]
    pub quiet: bool,
    /// Write into the folder of --out although it exists.
    #[arg(long)]
    pub force: bool,
}

/// What a run prints.
#[derive(Debug, Args)]
pub struct OutputOptions {
    /// Print the summary as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// Print no progress and no summary; why a run ended early or unstable is still said on standard error.
    #[arg(long)]
    pub quiet: bool,
}

/// Options of `validate`.
#[derive(Debug, Args)]
pub struct ValidateOptions {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Values that replace those of the files.
    #[command(flatten)]
    pub replace: Replacements,
    /// Print one JSON object a line for each scenario.
    #[arg(long)]
    pub json: bool,
}

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct SchemaOptions {
    /// What the schema describes.
    #[arg(value_enum, default_value_t = SchemaKind::Scenario)]
    pub kind: SchemaKind,
}

/// Options of `analyze`.
#[derive(Debug, Args)]
pub struct AnalyzeOptions {
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgument,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `route`.
#[derive(Debug, Args)]
pub struct RouteOptions {
    /// Which network.
    #[command(flatten)]
    pub network: NetworkArgument,
    /// Name of the node where the route begins.
    pub from: String,
    /// Name of the node where it ends.
    pub to: String,
    /// How the route is found; all are exact [default: bidirectional].
    #[arg(long, value_enum, conflicts_with_all = ["max_hops", "k", "disjoint"])]
    pub algorithm: Option<AlgorithmName>,
    /// Most hops that the route may have, from 1.
    #[arg(long, value_name = "N", conflicts_with_all = ["k", "disjoint"])]
    pub max_hops: Option<u32>,
    /// The N best routes that pass no node twice; at most 1000 are looked for.
    #[arg(long, value_name = "N", conflicts_with = "disjoint")]
    pub k: Option<usize>,
    /// Two routes that share no link, at the least cost in all.
    #[arg(long)]
    pub disjoint: bool,
    /// What the best route has least of.
    #[arg(long, value_enum, default_value_t = CostName::Latency)]
    pub cost: CostName,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
}

/// How a route is found.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum AlgorithmName {
    /// Dijkstra's algorithm from one end.
    Dijkstra,
    /// Dijkstra's algorithm from both ends.
    Bidirectional,
    /// A* from both ends with landmarks.
    Alt,
    /// Hub labels; a search from both ends if they take more than 256 MiB.
    Labels,
}

impl From<AlgorithmName> for Algorithm {
    fn from(name: AlgorithmName) -> Self {
        match name {
            AlgorithmName::Dijkstra => Self::Dijkstra,
            AlgorithmName::Bidirectional => Self::Bidirectional,
            AlgorithmName::Alt => Self::Alt,
            AlgorithmName::Labels => Self::Labels,
        }
    }
}

/// What routes are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum CostName {
    /// Free-flow latency, ticks.
    Latency,
    /// Hops.
    Hops,
    /// Latency, and for a wormhole its upkeep so far shared among its traversals so far, ticks; run directories only.
    Energy,
    /// Refused with the reason: no file keeps the delays of single links.
    #[value(hide = true)]
    MeasuredDelay,
}

/// What a schema describes.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum SchemaKind {
    /// Scenario files.
    Scenario,
    /// Topology files.
    Topology,
}

/// Values that replace those of a scenario file.
#[derive(Debug, Args)]
pub struct Replacements {
    /// The seed of all random streams.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Length of the run.
    #[arg(long, value_name = "N")]
    pub ticks: Option<u64>,
    /// Another value for a field, like router.kind=shortest_path or workloads.0.accesses_per_tick=2.5 (repeatable).
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Assignment>,
}

impl Replacements {
    /// All of them as assignments, `--set` last.
    pub fn assignments(&self) -> Vec<Assignment> {
        let option = |name, value: Option<u64>| value.map(|value| Assignment::option(name, value));
        let options = [option("seed", self.seed), option("ticks", self.ticks)];
        options.into_iter().flatten().chain(self.set.iter().cloned()).collect()
    }
}

/// The whole program: parses the command line and runs the verb.
pub fn main() -> ExitCode {
    main_with(&simulation::kinds(), std::env::args_os().collect())
}

/// The whole program with other routers and opening policies, on a command line that begins with its name.
pub fn main_with(kinds: &Kinds, arguments: Vec<OsString>) -> ExitCode {
    let Cli { verb, verbose } = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return refuse(error, &arguments),
    };
    logs::begin(verbose);
    let asked = limits::check().and_then(|()| memory::ask("the program", MEMORY));
    let done = asked.and_then(|()| match verb {
        Verb::Run(options) => run::run(&options, kinds),
        Verb::Resume(options) => resume::resume(&options, kinds),
        Verb::Fork(options) => fork::fork(&options, kinds),
        Verb::Verify(options) => verify::verify(&options, kinds),
        Verb::Compare(options) => compare::compare(&options, kinds),
        Verb::Sweep(options) => sweep::sweep(&options, kinds),
        Verb::Report(options) => report::report(&options),
        Verb::Advise(options) => advise::advise(&options, kinds),
        Verb::Validate(options) => validate::validate(&options, kinds),
        Verb::Schema(options) => schema::schema(&options, kinds),
        Verb::Analyze(options) => analyze::analyze(&options),
        Verb::Route(options) => route::route(&options),
    });
    done.unwrap_or_else(|error| {
        complain(&error);
        ExitCode::from(error.exit_code())
    })
}

/// Says what the parser has to say: help and the version, in colours where they are seen, or what is wrong.
fn refuse(error: clap::Error, arguments: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        // A closed standard output leaves nobody to tell.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    // Its message quotes arguments unescaped, and only it knows where; so it parses escaped ones again.
    let clean = |argument: &OsString| terminal::line(&argument.to_string_lossy()).into_owned();
    let error = Cli::try_parse_from(arguments.iter().map(clean)).err().unwrap_or(error);
    terminal::tell_lines(&error.render().to_string());
    ExitCode::from(2)
}

/// Writes an error to standard error, on one line.
pub(crate) fn complain(error: &Error) {
    terminal::tell(&format!("error: {error}"));
}

/// Writes a remark to standard error, on one line.
pub(crate) fn note(text: &str) {
    terminal::tell(text);
}

/// Writes text to standard output. A reader that has seen enough (`| head`) is no error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    match terminal::print(text) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Io { path: PathBuf::from("standard output"), action: "write to", source })
        }
        _ => Ok(()),
    }
}
