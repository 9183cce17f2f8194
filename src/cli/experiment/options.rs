//! Options that `compare` and `sweep` share.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::cli::limits;
use crate::cli::options::{OutputOptions, Replacements};
use crate::scenario::Tick;
use crate::scenario::raw::Arm;

/// Options that `compare` and `sweep` share.
#[derive(Debug, Args)]
pub struct CommonOptions {
    /// An arm: the scenario with other values in nodes, physics, router or wormholes (repeatable).
    #[arg(long, value_name = "NAME:PATH=VALUE,…")]
    pub arm: Vec<Arm>,
    /// Runs of every arm and point, each with a seed of its own: that of the scenario and the next ones.
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub replications: Option<u32>,
    /// Runs at a time [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Directory of the experiment; one that was stopped goes on there.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Values that replace those of the file.
    #[command(flatten)]
    pub replace: Replacements,
    /// What is printed.
    #[command(flatten)]
    pub output: OutputOptions,
    /// Make no report of the results.
    #[arg(long)]
    pub no_report: bool,
    /// Overwrite another experiment, and results that are there.
    #[arg(long)]
    pub force: bool,
}

impl CommonOptions {
    /// Runs at a time.
    pub(in crate::cli) fn threads(&self) -> usize {
        threads(self.threads)
    }
}

/// So many runs at a time, or one a core.
pub(in crate::cli) fn threads(asked: Option<u16>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    limits::threads(asked.map_or_else(cores, usize::from))
}

/// How long the warm-up is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warmup {
    /// So many ticks.
    Ticks(Tick),
    /// As MSER-5 says.
    Mser5,
}

impl FromStr for Warmup {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "mser5" => Ok(Self::Mser5),
            ticks => ticks.parse().map(Self::Ticks).map_err(|_| "expected a number of ticks, or mser5"),
        }
    }
}
