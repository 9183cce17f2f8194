//! `wormsim fork`: starts a new run from the past of another one, with a changed future.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::interrupt::Interrupt;
use super::options::OutputOptions;
use super::progress::built;
use super::run::{arguments, run_to_end};
use super::terminal::note;
use crate::error::Error;
use crate::scenario::{Assignment, Kinds, Tick};
use crate::store;

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

pub(super) fn fork(options: &ForkOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let mut assignments = options.set.clone();
    assignments.extend(options.ticks.map(|ticks| crate::scenario::Assignment::option("ticks", ticks)));
    let fork = || {
        store::fork(
            &options.directory,
            options.at,
            kinds,
            &assignments,
            (&options.out, options.force),
            arguments(),
            |damaged| note(&format!("{damaged}; passed over")),
        )
    };
    let (writer, simulation) = built(options.output.quiet, fork)?;
    run_to_end(simulation, writer, &interrupt, &options.output)
}
