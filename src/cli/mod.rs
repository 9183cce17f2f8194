//! The command line: the verbs, their options and what they print; one file a verb.

mod advise;
mod analyze;
mod bound;
mod breakeven;
mod checkpoint_schedule;
mod compare;
mod demo;
mod experiment;
mod fork;
mod import;
mod init;
mod interrupt;
mod limits;
mod logs;
mod manual;
mod migrate;
mod network;
mod options;
mod output_file;
mod phases;
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
use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, Parser, Subcommand};

pub use advise::AdviseOptions;
pub use analyze::AnalyzeOptions;
pub use bound::BoundOptions;
pub use breakeven::BreakevenOptions;
pub use compare::CompareOptions;
pub use demo::DemoOptions;
pub use experiment::{CommonOptions, JudgingOptions, Warmup};
pub use fork::ForkOptions;
pub use import::{ImportFormat, ImportOptions};
pub use init::InitOptions;
pub use manual::{CompletionsOptions, ManOptions};
pub use migrate::MigrateOptions;
pub use network::NetworkArgument;
pub use options::{OutputOptions, Replacements};
pub use output_file::OutputFile;
pub use report::ReportOptions;
pub use resume::ResumeOptions;
pub use route::{AlgorithmName, CostName, RouteOptions};
pub use run::RunOptions;
pub use schema::{SchemaKind, SchemaOptions};
pub use sweep::SweepOptions;
pub use validate::ValidateOptions;
pub use verify::VerifyOptions;

use crate::memory;
use crate::scenario::Kinds;
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
    /// Run a scenario that comes with the program, and make its page.
    Demo(DemoOptions),
    /// Make a commented scenario from a network and a log of accesses.
    Init(InitOptions),
    /// Turn a network or a log of another format into a topology file or a trace.
    Import(ImportOptions),
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
    /// Find the value of a field at which wormholes just pay.
    Breakeven(BreakevenOptions),
    /// Prove what the best policy could do with a scenario's accesses, without running it.
    Bound(BoundOptions),
    /// Make a page for a colleague from runs, a comparison or a sweep: one HTML file, and figures as SVG and PNG.
    Report(ReportOptions),
    /// Say what would shorten the latency of a run that is over, after trying it.
    Advise(AdviseOptions),
    /// Say what scenarios are, or what is wrong with them, without running them.
    Validate(ValidateOptions),
    /// Write scenarios of version 1 as version 2, which says what carries wormholes.
    Migrate(MigrateOptions),
    /// Print a JSON Schema (2020-12).
    Schema(SchemaOptions),
    /// Say what a network is like: distances, central nodes, what it falls apart without.
    Analyze(AnalyzeOptions),
    /// Find the best route between two nodes of a network.
    Route(RouteOptions),
    /// Print a manual page.
    Man(ManOptions),
    /// Print a script that completes the command line in a shell.
    Completions(CompletionsOptions),
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
        Verb::Demo(options) => demo::demo(&options, kinds),
        Verb::Init(options) => init::init(&options, kinds),
        Verb::Import(options) => import::import(&options),
        Verb::Run(options) => run::run(&options, kinds),
        Verb::Resume(options) => resume::resume(&options, kinds),
        Verb::Fork(options) => fork::fork(&options, kinds),
        Verb::Verify(options) => verify::verify(&options, kinds),
        Verb::Compare(options) => compare::compare(&options, kinds),
        Verb::Sweep(options) => sweep::sweep(&options, kinds),
        Verb::Breakeven(options) => breakeven::breakeven(&options, kinds),
        Verb::Bound(options) => bound::bound(&options, kinds),
        Verb::Report(options) => report::report(&options),
        Verb::Advise(options) => advise::advise(&options, kinds),
        Verb::Validate(options) => validate::validate(&options, kinds),
        Verb::Migrate(options) => migrate::migrate(&options),
        Verb::Schema(options) => schema::schema(&options, kinds),
        Verb::Analyze(options) => analyze::analyze(&options),
        Verb::Route(options) => route::route(&options),
        Verb::Man(options) => manual::man(&options, Cli::command()),
        Verb::Completions(options) => manual::completions(&options, Cli::command()),
    });
    done.unwrap_or_else(|error| {
        terminal::complain(&error);
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
    terminal::note_lines(&error.render().to_string());
    ExitCode::from(2)
}
