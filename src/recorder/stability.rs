//! Whether queues grow without bound, by one stated test.
//!
//! The second half of the measured ticks is divided into four equal windows, and the accesses that wait in FIFOs and for
//! slots on links are counted at up to 64 ticks of each. The run is *unstable* if the mean count rises from each window
//! to the next, and over the three steps by more than 1 % of the accesses injected in as many ticks. A stable queue fluctuates about its mean; one whose server is overloaded by a share ε
//! grows by ε times the injections. A network that drops what does not fit is stable by this test: its summary
//! shows the drops.

use serde::{Deserialize, Serialize};

use crate::scenario::Tick;

/// Windows of the test.
const WINDOWS: usize = 4;

/// Ticks of a window at which is counted, about.
const SAMPLES: Tick = 64;

/// Growth, as a share of injections, from which a run is unstable.
const LEAST_GROWTH: f64 = 0.01;

/// Sums of waiting accesses over the windows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stability {
    start: Tick,
    length: Tick,
    every: Tick,
    sums: [u64; WINDOWS],
    samples: [Tick; WINDOWS],
}

/// What the test found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// False if queues grow without bound; none if the run ended before all windows were seen.
    pub stable: Option<bool>,
    /// Mean accesses waiting in each window, where it was seen.
    pub waiting_means: [Option<f64>; WINDOWS],
    /// Growth over the windows, accesses per tick.
    pub growth_per_tick: Option<f64>,
}

impl Stability {
    /// For a run of `ticks` ticks of which the first `warmup` are not measured.
    pub fn new(warmup: Tick, ticks: Tick) -> Self {
        let half = (ticks - warmup) / 2;
        let length = (half / WINDOWS as Tick).max(1);
        let every = (length / SAMPLES).max(1);
        Self { start: ticks - half, length, every, sums: [0; WINDOWS], samples: [0; WINDOWS] }
    }

    /// Whether accesses are counted at the end of tick `now`.
    #[inline]
    pub fn wants(&self, now: Tick) -> bool {
        now >= self.start && (now - self.start).is_multiple_of(self.every)
    }

    /// Adds the accesses that wait at the end of tick `now`.
    pub fn observe(&mut self, now: Tick, waiting: u64) {
        let window = (((now - self.start) / self.length) as usize).min(WINDOWS - 1);
        self.sums[window] += waiting;
        self.samples[window] += 1;
    }

    /// The verdict, given the mean number of accesses injected per tick.
    pub fn verdict(&self, injected_per_tick: f64) -> Verdict {
        let means: [Option<f64>; WINDOWS] = std::array::from_fn(|window| {
            (self.samples[window] > 0).then(|| self.sums[window] as f64 / f64::from(self.samples[window]))
        });
        let seen: Vec<f64> = means.iter().flatten().copied().collect();
        let complete = self.samples.iter().all(|&samples| samples >= self.length / self.every);
        let growth = complete.then(|| (seen[WINDOWS - 1] - seen[0]) / (f64::from(self.length) * (WINDOWS - 1) as f64));
        let rises = seen.windows(2).all(|pair| pair[0] < pair[1]);
        let stable = growth.map(|growth| !(rises && growth > LEAST_GROWTH * injected_per_tick));
        Verdict { stable, waiting_means: means, growth_per_tick: growth }
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::world::rng::stream;

    /// A queue with unit service and two arrivals with probability `rate`/2 each tick.
    fn verdict(rate: f64, seed: u64) -> Verdict {
        let (mut rng, mut queue) = (stream(seed, "test"), 0u32);
        let mut stability = Stability::new(1000, 21_000);
        for now in 0..21_000 {
            queue = (queue + 2 * u32::from(rng.random_bool(rate / 2.0))).saturating_sub(1);
            if stability.wants(now) {
                stability.observe(now, u64::from(queue));
            }
        }
        stability.verdict(rate)
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
        let mut stability = Stability::new(0, 100);
        (0..90).filter(|&now| now >= 50).for_each(|now| stability.observe(now, u64::from(now)));
        assert_eq!(stability.verdict(1.0).stable, None);
    }
}
