//! The command line: the verbs, their options and what they print; one file a verb.

mod advise;
mod analyze;
mod bound;
mod breakeven;
mod checkpoint_schedule;
mod columns;
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
pub use columns::ReadingOptions;
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

/// What the program's exit codes mean.
const EXIT_CODES: &str = "\
Exit codes:
    0  done
    1  failed, for instance because the disk is full; no route between two nodes
    2  wrong usage, or an error in a file that was given; nothing is written
    3  some runs of an experiment failed; the others are written
    4  the run is unstable: some queue grows without bound; results are written
    5  verify found a difference
  130  interrupted; what was run is written";

/// A deterministic simulator of networks with adaptive shortcuts (wormholes) and learned routing.
#[derive(Debug, Parser)]
#[command(version, bin_name = "wormsim", arg_required_else_help = true, after_help = EXIT_CODES)]
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
    #[command(after_help = "Example:
  wormsim demo")]
    Demo(DemoOptions),
    /// Make a commented scenario from a network and a log of accesses.
    #[command(after_help = "Examples:
  wormsim init net.graphml --log log.csv --out mine.json
  wormsim init net.csv --weight-unit km")]
    Init(InitOptions),
    /// Turn a network or a log of another format into a topology file or a trace.
    #[command(after_help = "Examples:
  wormsim import net.gml --to json --out net.json
  wormsim import log.csv.gz --network net.gml --out trace.csv")]
    Import(ImportOptions),
    /// Run a scenario and write a run directory.
    #[command(after_help = "Examples:
  wormsim run mine.json
  wormsim run mine.json --ticks 50000 --set router.kind=q_routing --out long
  wormsim init net.csv | wormsim run -")]
    Run(RunOptions),
    /// Continue a run that ended before its last tick, or make it longer, from its newest checkpoint.
    #[command(after_help = "Examples:
  wormsim resume output/mine
  wormsim resume output/mine --ticks 200000")]
    Resume(ResumeOptions),
    /// Make a new run with the past of another one and a changed future.
    #[command(after_help = "Example:
  wormsim fork output/mine --at 5000 --set router.kind=shortest_path --out other")]
    Fork(ForkOptions),
    /// Check that a run is what its scenario gives; exit code 5 if not.
    #[command(after_help = "Example:
  wormsim verify output/mine")]
    Verify(VerifyOptions),
    /// Run a scenario under several policies with the same accesses, and say of each whether it pays.
    #[command(after_help = "Examples:
  wormsim compare mine.json
  wormsim compare mine.json --replications 20 --relevant 0.02")]
    Compare(CompareOptions),
    /// Run a scenario at many points of a space of fields.
    #[command(after_help = "Example:
  wormsim sweep mine.json --vary wormholes.ports_per_node=1,2,4")]
    Sweep(SweepOptions),
    /// Find the value of a field at which wormholes just pay.
    #[command(after_help = "Example:
  wormsim breakeven mine.json --over physics.wormhole.upkeep_per_tick")]
    Breakeven(BreakevenOptions),
    /// Prove what the best policy could do with a scenario's accesses, without running it.
    #[command(after_help = "Example:
  wormsim bound mine.json")]
    Bound(BoundOptions),
    /// Make a page for a colleague from runs, a comparison or a sweep: one HTML file, and figures as SVG and PNG.
    #[command(after_help = "Example:
  wormsim report output/mine")]
    Report(ReportOptions),
    /// Say what would shorten the latency of a run that is over, after trying it.
    #[command(after_help = "Example:
  wormsim advise output/mine")]
    Advise(AdviseOptions),
    /// Say what scenarios are, or what is wrong with them, without running them.
    #[command(after_help = "Examples:
  wormsim validate mine.json
  wormsim validate --json mine.json other.json")]
    Validate(ValidateOptions),
    /// Write scenarios of version 1 as version 2, which says what carries wormholes.
    Migrate(MigrateOptions),
    /// Print a JSON Schema (2020-12).
    Schema(SchemaOptions),
    /// Say what a network is like: distances, central nodes, what it falls apart without.
    #[command(after_help = "Example:
  wormsim analyze net.graphml --tick-ms 0.1")]
    Analyze(AnalyzeOptions),
    /// Find the best route between two nodes of a network.
    #[command(after_help = "Example:
  wormsim route net.graphml Oslo Milan")]
    Route(RouteOptions),
    /// Print a manual page.
    Man(ManOptions),
    /// Print a script that completes the command line in a shell.
    #[command(after_help = "Example:
  wormsim completions bash > /etc/bash_completion.d/wormsim")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_help_are_understood() {
        let mut seen = 0;
        for verb in Cli::command().get_subcommands() {
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in help.lines().filter_map(|line| line.trim().strip_prefix("wormsim ")) {
                // What follows in a pipe is looked at too.
                for command in line.split(" > ").next().unwrap_or_default().split(" | ") {
                    let words = command.strip_prefix("wormsim ").unwrap_or(command).split(' ');
                    let parsed = Cli::try_parse_from(["wormsim"].into_iter().chain(words));
                    assert!(parsed.is_ok(), "{command}: {}", parsed.err().map(|e| e.to_string()).unwrap_or_default());
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }
}
