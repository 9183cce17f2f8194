//! Options that several verbs share: what replaces values of a scenario, and what is printed.

use clap::Args;

use crate::scenario::Assignment;

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
