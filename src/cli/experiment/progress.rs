//! The progress line of an experiment, on standard error if that is a terminal: runs done, rate, remaining time, best
//! arm.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::logs;
use crate::cli::terminal::line;
use crate::experiment::arm::plain;
use crate::experiment::outcome::{Outcome, OutcomeStatus};

/// A line that is updated as runs end; hidden if nobody sees it.
pub(in crate::cli) struct RunsProgress {
    bar: ProgressBar,
    /// Sum of mean latencies and count, by arm and point.
    latencies: BTreeMap<String, (f64, f64)>,
}

impl RunsProgress {
    pub(in crate::cli) fn new(runs: usize, quiet: bool) -> Self {
        let bar = if quiet || logs::are_on() || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::with_draw_target(Some(runs as u64), ProgressDrawTarget::stderr_with_hz(10))
        };
        let template = "{wide_bar} {pos}/{len} runs, {per_sec}, {eta} left{msg}";
        bar.set_style(ProgressStyle::with_template(template).expect("a valid template"));
        bar.tick();
        Self { bar, latencies: BTreeMap::new() }
    }

    /// A run has ended.
    pub(in crate::cli) fn done(&mut self, outcome: &Outcome) {
        let latency = outcome.summary.as_ref().and_then(|summary| summary.latency_ticks.mean);
        if let (OutcomeStatus::Complete, Some(latency)) = (outcome.status, latency) {
            let point = outcome.point.iter().map(|(path, value)| format!(" {path}={}", plain(value)));
            let (sum, count) = self.latencies.entry(outcome.arm.clone() + &point.collect::<String>()).or_default();
            (*sum, *count) = (*sum + latency, *count + 1.0);
        }
        let mean = |(name, (sum, count)): (&String, &(f64, f64))| (sum / count, name.clone());
        let best = self.latencies.iter().map(mean).min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((latency, name)) = best {
            self.bar.set_message(format!("; best so far: {}, {latency:.2} ticks", line(&name)));
        }
        self.bar.inc(1);
    }

    /// Takes the line away.
    pub(in crate::cli) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
