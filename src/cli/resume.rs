//! `wormsim resume`: continues a run that ended early, from its newest checkpoint.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tracing::info_span;

use super::interrupt::Interrupt;
use super::options::OutputOptions;
use super::progress::built;
use super::run::run_to_end;
use super::terminal::note;
use crate::error::Error;
use crate::opening::policy;
use crate::scenario::Kinds;
use crate::store;

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

pub(super) fn resume(options: &ResumeOptions, kinds: &Kinds) -> Result<ExitCode, Error> {
    let interrupt = Interrupt::listen();
    let tell = |damaged: &Error| note(&format!("{damaged}; passed over"));
    let restore = || info_span!("restore").in_scope(|| store::resume(&options.directory, options.ticks, kinds, tell));
    let (writer, simulation) = built(options.output.quiet, restore)?;
    if simulation.ticks_done() == 0 && options.ticks.is_some() && policy::reads_length(writer.scenario()) {
        note("its opening policy looks at how long the run will be; the run begins again");
    } else if simulation.ticks_done() == 0 {
        note("no checkpoint to go on from; the run begins again");
    } else if !options.output.quiet {
        note(&format!("resumed after {} of {} ticks", simulation.ticks_done(), writer.scenario().ticks));
    }
    run_to_end(simulation, writer, &interrupt, &options.output)
}
