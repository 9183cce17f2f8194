//! A fork beside its parent: what both have in common is past, and the rest is compared.

use super::format;
use super::run_view::RunView;
use crate::recorder::frame::Frame;
use crate::scenario::Tick;

/// A run and the one that it was forked from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fork<'a> {
    pub parent: &'a RunView<'a>,
    pub child: &'a RunView<'a>,
    /// Ticks of the past that both have.
    pub after_ticks: Tick,
}

impl<'a> Fork<'a> {
    /// The first fork of which the parent is there, too.
    pub fn among(views: &'a [RunView<'a>]) -> Option<Self> {
        views.iter().find_map(|child| {
            let after_ticks = child.run.manifest.parent.as_ref()?.after_ticks;
            let is_parent = |view: &&RunView| view.name() != child.name() && child.run.is_fork_of(view.run);
            Some(Self { parent: views.iter().find(is_parent)?, child, after_ticks })
        })
    }

    /// What became of latency since the fork, in a sentence.
    pub fn sentence(&self) -> String {
        let last = |view: &RunView| view.run.frames.last().map_or(0, |frame| frame.tick);
        let until = last(self.parent).min(last(self.child));
        let mean = |view: &RunView| {
            let since = view.run.frames.iter().filter(|frame| frame.tick > self.after_ticks && frame.tick <= until);
            let whole = |frame: &Frame| Some((frame.latency_mean_ticks?, frame.delivered as f64));
            let (sum, count) = since
                .filter_map(whole)
                .fold((0.0, 0.0), |(sum, count), (mean, delivered)| (sum + mean * delivered, count + delivered));
            (count > 0.0).then(|| sum / count * view.run.scenario.tick_ms)
        };
        let since = format!(
            "Since {} was forked from {} after {} ticks",
            self.child.name(),
            self.parent.name(),
            format::count(self.after_ticks.into())
        );
        match (mean(self.parent), mean(self.child)) {
            (Some(before), Some(after)) => format!(
                "{since}: mean latency {} → {} ms ({}). One run each: chance is not told apart.",
                format::number(before),
                format::number(after),
                format::signed_percent(after / before - 1.0)
            ),
            _ => format!("{since}, no frame of both has a latency."),
        }
    }
}
