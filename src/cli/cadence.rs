//! When checkpoints are due: every so many ticks, and every so many seconds, without asking the clock at every tick.

use std::time::{Duration, Instant};

use crate::scenario::{PersistenceRules, Tick};

/// About the time from one look at the clock to the next.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The least time between two checkpoints by the clock, in times of writing one: they take 2 % of the time at most.
const TIMES_THE_COST: u32 = 50;

/// When the next checkpoint is due.
pub(super) struct Cadence {
    every_ticks: Option<Tick>,
    every: Option<Duration>,
    /// When the last one was written, and how long that took.
    written: Instant,
    cost: Duration,
    /// Ticks from one look at the clock to the next.
    stride: Tick,
    /// Tick of the next look.
    next: Tick,
    looked: Instant,
}

impl Cadence {
    /// As a scenario wants it, from now on.
    pub(super) fn new(rules: &PersistenceRules) -> Self {
        let every = rules.checkpoint_every_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        Self {
            every_ticks: rules.checkpoint_every_ticks,
            every,
            written: now(),
            cost: Duration::ZERO,
            stride: 1,
            next: 0,
            looked: now(),
        }
    }

    /// Whether one is due after `done` ticks.
    #[inline]
    pub(super) fn is_due(&mut self, done: Tick) -> bool {
        self.every_ticks.is_some_and(|every| done.is_multiple_of(every)) || done >= self.next && self.look(done)
    }

    #[cold]
    fn look(&mut self, done: Tick) -> bool {
        let Some(every) = self.every else {
            self.next = Tick::MAX;
            return false;
        };
        let passed = now() - self.looked;
        self.looked += passed;
        if passed < BETWEEN_LOOKS / 2 {
            self.stride = self.stride.saturating_mul(2);
        } else if passed > BETWEEN_LOOKS * 2 {
            self.stride = (self.stride / 2).max(1);
        }
        self.next = done.saturating_add(self.stride);
        self.looked - self.written >= every.max(self.cost * TIMES_THE_COST)
    }

    /// Takes the time of writing one.
    pub(super) fn write<T>(&mut self, write: impl FnOnce() -> T) -> T {
        let start = now();
        let result = write();
        self.written = now();
        self.cost = self.written - start;
        self.looked = self.written;
        result
    }
}

#[expect(clippy::disallowed_methods, reason = "when checkpoints are written changes nothing of the run")]
fn now() -> Instant {
    Instant::now()
}
