//! The schedule of checkpoints: every so many ticks, and every so many seconds, without reading the clock at every
//! tick.

use std::time::{Duration, Instant};

use crate::scenario::{PersistenceRules, Tick};

/// About the time from one look at the clock to the next.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The least time between two checkpoints by the clock, as a multiple of that of writing one: 2 % of the time at most.
const TIMES_THE_COST: u32 = 50;

/// When the next checkpoint is due.
pub(super) struct CheckpointSchedule<Clock = fn() -> Instant> {
    clock: Clock,
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

impl CheckpointSchedule {
    /// As a scenario wants it, from now on.
    pub(super) fn new(rules: &PersistenceRules) -> Self {
        Self::by(now, rules)
    }
}

impl<Clock: Fn() -> Instant> CheckpointSchedule<Clock> {
    fn by(clock: Clock, rules: &PersistenceRules) -> Self {
        let start = clock();
        let every = rules.checkpoint_every_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        Self {
            every_ticks: rules.checkpoint_every_ticks,
            every,
            written: start,
            cost: Duration::ZERO,
            stride: 1,
            next: 0,
            looked: start,
            clock,
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
        let passed = (self.clock)() - self.looked;
        self.looked += passed;
        if passed < BETWEEN_LOOKS / 2 {
            self.stride = self.stride.saturating_mul(2);
        } else if passed > BETWEEN_LOOKS * 2 {
            self.stride = (self.stride / 2).max(1);
        }
        self.next = done.saturating_add(self.stride);
        self.looked - self.written >= every.max(self.cost * TIMES_THE_COST)
    }

    /// Writes one, and measures how long that takes.
    pub(super) fn write<T>(&mut self, write: impl FnOnce() -> T) -> T {
        let start = (self.clock)();
        let result = write();
        self.written = (self.clock)();
        self.cost = self.written - start;
        self.looked = self.written;
        result
    }
}

#[expect(clippy::disallowed_methods, reason = "when checkpoints are written changes nothing of the run")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// When checkpoints are written in a run whose ticks last `tick` each and checkpoints `cost`; and the number of
    /// reads of the clock.
    fn times(rules: &PersistenceRules, ticks: u32, tick: Duration, cost: Duration) -> (Vec<Duration>, u32) {
        let (start, passed, reads) = (now(), Cell::new(Duration::ZERO), Cell::new(0));
        let clock = || {
            reads.set(reads.get() + 1);
            start + passed.get()
        };
        let mut schedule = CheckpointSchedule::by(clock, rules);
        let mut times = Vec::new();
        for done in 1..=ticks {
            passed.set(passed.get() + tick);
            if schedule.is_due(done) {
                times.push(passed.get());
                schedule.write(|| passed.set(passed.get() + cost));
            }
        }
        (times, reads.get())
    }

    fn by_clock(seconds: u32) -> PersistenceRules {
        PersistenceRules {
            checkpoint_every_ticks: None,
            checkpoint_every_seconds: Some(seconds),
            ..PersistenceRules::default()
        }
    }

    #[test]
    fn checkpoints_by_the_clock_come_about_when_they_are_due() {
        for (tick, ticks) in [(Duration::from_micros(10), 4_000_000), (Duration::from_millis(30), 1400)] {
            let (times, reads) = times(&by_clock(10), ticks, tick, Duration::ZERO);
            let seconds: Vec<u64> =
                times.iter().map(|time| (time.as_millis() as f64 / 1000.0).round() as u64).collect();
            assert_eq!(seconds[..3], [10, 20, 30], "{times:?}");
            assert!(u64::from(reads) < 40_000 / 20, "{reads} reads in 40 s");
        }
    }

    #[test]
    fn checkpoints_that_take_long_are_fewer() {
        let cost = Duration::from_secs(1);
        let (times, _) = times(&by_clock(10), 30_000, Duration::from_millis(10), cost);
        assert!(times.len() > 2);
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0] - cost);
        gaps.for_each(|gap| assert!(gap >= cost * TIMES_THE_COST, "{gap:?}"));
    }

    #[test]
    fn checkpoints_by_ticks_need_no_clock_and_none_are_written_if_none_are_wanted() {
        let never = PersistenceRules { checkpoint_every_seconds: None, ..by_clock(1) };
        let (times_of_never, _) = times(&never, 1000, Duration::from_secs(1), Duration::ZERO);
        assert!(times_of_never.is_empty());
        let by_ticks = PersistenceRules { checkpoint_every_ticks: Some(300), ..never };
        let (times_by_ticks, _) = times(&by_ticks, 1000, Duration::from_secs(1), Duration::ZERO);
        assert_eq!(times_by_ticks.iter().map(Duration::as_secs).collect::<Vec<_>>(), [300, 600, 900]);
    }
}
