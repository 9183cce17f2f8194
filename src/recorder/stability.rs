//! Whether queues grow without bound, by one stated test.
//!
//! The second half of the measured ticks is divided into four equal windows, and the accesses that wait in FIFOs and
//! for slots on links are counted at 32 ticks of each or more. The run is *unstable* if the mean count rises from each
//! window to the next, and over the three steps by more than 1 % of the accesses injected in as many ticks. A stable
//! queue fluctuates about its mean; one whose server is overloaded by a share ε grows by ε times the injections. A
//! network that drops what does not fit is stable by this test: its summary shows the drops.
//!
//! Which ticks are counted depends on how far the run is, not on how long it will be, so that it can be made longer.

use serde::{Deserialize, Serialize};

use crate::fabric::check::leave_room;
use crate::scenario::Tick;

/// Windows of the test.
const WINDOWS: usize = 4;

/// Counts that are kept at the most: between half of them and all cover the measured ticks.
const MOST_COUNTS: usize = 512;

/// Growth, as a share of injections, from which a run is unstable.
const LEAST_GROWTH: f64 = 0.01;

/// Counts of waiting accesses at equal distances in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// The first tick that is counted.
    start: Tick,
    /// Ticks from one count to the next: a power of two.
    every: Tick,
    counts: Vec<u64>,
}

/// What the test found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// False if queues grow without bound; none if the run ended before its last tick, or is too short to tell.
    pub stable: Option<bool>,
    /// Mean accesses waiting in each window, where it was seen.
    pub waiting_means: [Option<f64>; WINDOWS],
    /// Growth over the windows, accesses per tick.
    pub growth_per_tick: Option<f64>,
}

impl Stability {
    /// Whether it can be what `fresh` is after so many ticks. As long as nothing is counted in either, it does not
    /// matter where counting begins.
    pub fn may_follow(&self, fresh: &Self, ticks: Tick) -> bool {
        let seen = self.counts.len();
        let due = ticks.saturating_sub(self.start).div_ceil(self.every.max(1));
        let nothing_yet = due == 0 && ticks <= fresh.start;
        (self.start == fresh.start || nothing_yet)
            && self.every.is_power_of_two()
            && (self.every == 1 || 2 * seen >= MOST_COUNTS)
            && seen <= MOST_COUNTS
            && seen == due as usize
            && leave_room(self.counts.iter().copied())
    }

    /// For a run whose first `warmup` ticks are not measured.
    pub fn new(warmup: Tick) -> Self {
        Self { start: warmup, every: 1, counts: Vec::new() }
    }

    /// Takes on the counts of another one. Where they begin is for the scenario to say.
    pub fn restore(&mut self, other: Self) {
        *self = Self { start: self.start, ..other };
    }

    /// Whether accesses are counted at the end of tick `now`.
    #[inline]
    pub fn wants(&self, now: Tick) -> bool {
        now >= self.start && (now - self.start).is_multiple_of(self.every)
    }

    /// Adds the accesses that wait at the end of tick `now`.
    pub fn observe(&mut self, now: Tick, waiting: u64) {
        if self.counts.len() == MOST_COUNTS {
            self.counts = self.counts.iter().copied().step_by(2).collect();
            self.every *= 2;
            if !self.wants(now) {
                return;
            }
        }
        self.counts.push(waiting);
    }

    /// The verdict on a run of `planned` ticks of which `done` are simulated, given the mean number of accesses
    /// injected per tick.
    pub fn verdict(&self, done: Tick, planned: Tick, injected_per_tick: f64) -> Verdict {
        let half = planned.saturating_sub(self.start) / 2;
        let length = (half / WINDOWS as Tick).max(1);
        let (mut sums, mut samples) = ([0; WINDOWS], [0_u32; WINDOWS]);
        for (&count, index) in self.counts.iter().zip(0..) {
            if let Some(into) = (self.start + index * self.every).checked_sub(planned - half) {
                let window = ((into / length) as usize).min(WINDOWS - 1);
                sums[window] += count;
                samples[window] += 1;
            }
        }
        let means: [Option<f64>; WINDOWS] = std::array::from_fn(|window| {
            (samples[window] > 0).then(|| sums[window] as f64 / f64::from(samples[window]))
        });
        let seen: Vec<f64> = means.iter().flatten().copied().collect();
        let complete = done >= planned && seen.len() == WINDOWS;
        let growth = complete.then(|| (seen[WINDOWS - 1] - seen[0]) / (f64::from(length) * (WINDOWS - 1) as f64));
        let rises = seen.windows(2).all(|pair| pair[0] < pair[1]);
        let stable = growth.map(|growth| !(rises && growth > LEAST_GROWTH * injected_per_tick));
        Verdict { stable, waiting_means: means, growth_per_tick: growth }
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    /// A queue with unit service and two arrivals with probability `rate`/2 each tick.
    fn verdict(rate: f64, seed: u64) -> Verdict {
        let (mut rng, mut queue) = (stream(seed, "test"), 0u32);
        let mut stability = Stability::new(1000);
        for now in 0..21_000 {
            queue = (queue + 2 * u32::from(rng.random_bool(rate / 2.0))).saturating_sub(1);
            if stability.wants(now) {
                stability.observe(now, u64::from(queue));
            }
        }
        stability.verdict(21_000, 21_000, rate)
    }

    #[test]
    fn overload_by_three_percent_is_unstable_and_ninety_five_percent_load_is_stable() {
        for seed in 0..20 {
            assert_eq!(verdict(0.95, seed).stable, Some(true), "{seed}");
            assert_eq!(verdict(1.05, seed).stable, Some(false), "{seed}");
        }
        assert!((verdict(1.05, 0).growth_per_tick.unwrap() - 0.05).abs() < 0.02);
    }

    #[test]
    fn a_run_cut_short_has_no_verdict() {
        let mut stability = Stability::new(0);
        (0..90).for_each(|now| stability.observe(now, u64::from(now)));
        let verdict = stability.verdict(90, 100, 1.0);
        assert_eq!(verdict.stable, None);
        assert_eq!(verdict.waiting_means, [Some(55.5), Some(67.5), Some(79.5), Some(87.5)]);
        assert_eq!(stability.verdict(90, 90, 1.0).stable, Some(false));
        assert_eq!(Stability::new(5).verdict(6, 6, 1.0).stable, None);
    }

    #[test]
    fn what_is_counted_does_not_depend_on_the_length_of_the_run() {
        let mut stability = Stability::new(10);
        for now in (0..100_000).filter(|&now| now >= 10) {
            if stability.wants(now) {
                stability.observe(now, u64::from(now));
            }
            let (counts, every) = (stability.counts.len(), stability.every);
            assert!(counts <= MOST_COUNTS && (every == 1 || 2 * counts >= MOST_COUNTS), "{now}: {counts}");
        }
        let expected = (0..).map(|index| 10 + index * u64::from(stability.every));
        assert!(stability.counts.iter().copied().eq(expected.take(stability.counts.len())));
    }
}
