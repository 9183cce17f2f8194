//! The progress line of a run, on standard error if that is a terminal: share, rate, remaining time, accesses in
//! flight.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::logs;
use crate::scenario::Tick;

/// Least time between two updates.
const BETWEEN_UPDATES: Duration = Duration::from_millis(100);

/// A line that is updated about ten times a second, without asking the clock at every tick.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Ticks from one look at the clock to the next.
    stride: Tick,
    /// Tick of the next look.
    next: Tick,
    looked: Instant,
}

impl Progress {
    /// The progress of a run of `ticks`; none if `quiet`, beside logs, or if nobody sees it.
    pub(super) fn new(ticks: Tick, quiet: bool) -> Option<Self> {
        if !is_seen(quiet) {
            return None;
        }
        let bar = ProgressBar::with_draw_target(Some(ticks.into()), ProgressDrawTarget::stderr_with_hz(10));
        let template = "{wide_bar} {pos}/{len} ticks, {rate} ticks/s, {eta} left, {msg} in flight";
        let rate = |state: &ProgressState, text: &mut dyn Write| {
            // Writing to a string does not fail.
            let _ = write!(text, "{:.0}", state.per_sec());
        };
        bar.set_style(ProgressStyle::with_template(template).expect("a valid template").with_key("rate", rate));
        Some(Self { bar, stride: 1, next: 0, looked: now() })
    }

    /// `done` ticks are simulated.
    #[inline]
    pub(super) fn update(&mut self, done: Tick, in_flight: u32) {
        if done >= self.next {
            self.look(done, in_flight);
        }
    }

    /// Shows the state, and sets the stride so that the next look comes after about a tenth of a second.
    #[cold]
    fn look(&mut self, done: Tick, in_flight: u32) {
        let passed = now() - self.looked;
        self.looked += passed;
        if passed < BETWEEN_UPDATES / 2 {
            self.stride = self.stride.saturating_mul(2);
        } else if passed > BETWEEN_UPDATES * 2 {
            self.stride = (self.stride / 2).max(1);
        }
        self.next = done.saturating_add(self.stride);
        self.bar.set_message(in_flight.to_string());
        self.bar.set_position(done.into());
    }

    /// Takes the line away.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

/// Builds something that may take long, with a line that says for how long, if somebody sees it.
pub(super) fn built<T>(quiet: bool, build: impl FnOnce() -> T) -> T {
    if !is_seen(quiet) {
        return build();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    bar.set_style(ProgressStyle::with_template("{spinner} building the network, {elapsed}").expect("a valid template"));
    bar.enable_steady_tick(BETWEEN_UPDATES);
    let result = build();
    bar.finish_and_clear();
    result
}

/// Whether a line of progress is wanted and seen: not beside logs, nor where there is no terminal.
fn is_seen(quiet: bool) -> bool {
    !quiet && !logs::are_on() && io::stderr().is_terminal()
}

#[expect(clippy::disallowed_methods, reason = "progress is for people, not for the model")]
fn now() -> Instant {
    Instant::now()
}
