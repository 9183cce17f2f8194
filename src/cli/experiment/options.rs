//! Options that `compare` and `sweep` share.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::cli::limits;
use crate::cli::options::{OutputOptions, Replacements};
use crate::error::Error;
use crate::experiment::comparison::Judging;
use crate::experiment::measure::On;
use crate::scenario::Tick;
use crate::scenario::raw::{Arm, RawExperiment};

/// Options that `compare` and `sweep` share.
#[derive(Debug, Args)]
pub struct CommonOptions {
    /// An arm: the scenario with other values in nodes, physics, router or wormholes (repeatable).
    #[arg(long, value_name = "NAME:PATH=VALUE,…")]
    pub arm: Vec<Arm>,
    /// Runs of every arm and point, each with a seed of its own: that of the scenario, and others made from it.
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

/// How arms are judged.
#[derive(Debug, Args)]
pub struct JudgingOptions {
    /// Name of the arm that the others are compared with [default: that of the scenario, or the first].
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// What of latency is compared.
    #[arg(long, value_enum, default_value_t = On::Mean)]
    pub on: On,
    /// Share of the baseline's latency below which a difference does not matter, as 1% or 0.01.
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    pub relevant: f64,
}

impl JudgingOptions {
    /// With what is drawn again by a seed.
    pub(in crate::cli) fn judging(&self, seed: u64) -> Judging {
        Judging { on: self.on, relevant: self.relevant, seed }
    }

    /// The place of the baseline among the arms; `declared` is what the scenario says, where its arms count.
    pub(in crate::cli) fn place(&self, arms: &[Arm], declared: Option<&RawExperiment>) -> Result<usize, Error> {
        let declared = declared.and_then(|experiment| experiment.baseline.as_ref());
        let named = self.baseline.as_ref().map(|name| (name, "--baseline"));
        let Some((name, option)) = named.or_else(|| declared.map(|name| (name, "experiment.baseline"))) else {
            return Ok(0);
        };
        arms.iter().position(|arm| arm.name == *name).ok_or_else(|| Error::Usage {
            option,
            value: name.clone(),
            expected: arms.iter().map(|arm| arm.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

/// Reads a share from 0 to 1, or percent.
fn share(text: &str) -> Result<f64, &'static str> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |percent| (percent.trim_end(), 100.0));
    let share = number.parse().ok().map(|number: f64| number / scale);
    share.filter(|share| (0.0..1.0).contains(share)).ok_or("expected a share from 0 to less than 1, as 0.01 or 1%")
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
