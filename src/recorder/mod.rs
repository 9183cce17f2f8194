//! What a run leaves behind to be looked at. It draws no random number and changes nothing.
//!
//! Accesses are measured where they are delivered in or after tick `warmup_ticks`; totals of accesses cover the whole
//! run.

pub mod frame;
pub mod levels;
pub mod stability;
mod state;
pub mod summary;

use bevy_ecs::prelude::Resource;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::fabric::access::Access;
use crate::fabric::{Fabric, Totals, Waits, since};
use crate::scenario::{Scenario, Tick};
use frame::Frame;
use levels::Levels;
use stability::Stability;
pub use state::RecorderState;

/// Significant decimal digits of latency percentiles: exact below 2,048 ticks, then within 0.1 %.
const DIGITS: u8 = 3;

/// Sums over delivered accesses.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Accesses.
    pub count: u64,
    /// Of latency, ticks.
    pub latency: u64,
    /// Of hops.
    pub hops: u64,
    /// Of propagation, node wait, link wait and set-up, ticks.
    pub parts: [u64; 4],
    /// Distribution of latency, ticks.
    pub latencies: Histogram<u64>,
}

impl Delivered {
    fn new() -> Self {
        // Latencies are 32-bit ticks; the histogram grows as far as it needs to.
        let latencies = Histogram::new(DIGITS).expect("three digits are a valid precision");
        Self { count: 0, latency: 0, hops: 0, parts: [0; 4], latencies }
    }

    fn add(&mut self, access: &Access) {
        let parts = [access.propagation, access.node_wait, access.link_wait, access.setup];
        let latency = parts.iter().map(|&part| u64::from(part)).sum();
        self.count += 1;
        self.latency += latency;
        self.hops += u64::from(access.hops);
        for (sum, part) in self.parts.iter_mut().zip(parts) {
            *sum += u64::from(part);
        }
        self.latencies.record(latency).expect("the histogram grows with its values");
    }

    fn clear(&mut self) {
        self.latencies.reset();
        (self.count, self.latency, self.hops, self.parts) = (0, 0, 0, [0; 4]);
    }

    /// Mean of a sum over the delivered accesses, if there are any.
    pub fn mean(&self, sum: u64) -> Option<f64> {
        (self.count > 0).then(|| sum as f64 / self.count as f64)
    }

    /// Latencies that occurred, ticks, and how often.
    fn occurred(&self) -> impl Iterator<Item = (u64, u64)> {
        self.latencies.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value()))
    }

    /// A percentile of latency, ticks, if any access was delivered.
    pub fn percentile(&self, quantile: f64) -> Option<u64> {
        (self.count > 0).then(|| self.latencies.value_at_quantile(quantile))
    }
}

/// State at the end of the warm-up, from which measured totals are counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Baseline {
    totals: Totals,
    levels: Levels,
    loads: Vec<u64>,
    waits: Waits,
}

/// Counters of what was measured so far.
#[derive(Debug)]
pub struct Measured {
    /// Ticks that were measured.
    pub ticks: Tick,
    /// Departures by port.
    pub loads: Vec<u64>,
    /// Where accesses waited.
    pub waits: Waits,
}

/// The recorder of a run.
#[derive(Debug, Resource)]
pub struct Recorder {
    every: Option<Tick>,
    warmup: Tick,
    /// The tick observed last.
    now: Tick,
    frame: Delivered,
    frame_totals: Totals,
    frame_levels: Levels,
    frames: Vec<Frame>,
    measured: Delivered,
    baseline: Option<Baseline>,
    stability: Stability,
}

impl Recorder {
    /// A recorder for a run of `scenario` from its first tick.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            every: scenario.record.every_ticks,
            warmup: scenario.warmup_ticks,
            now: 0,
            frame: Delivered::new(),
            frame_totals: Totals::default(),
            frame_levels: Levels::default(),
            frames: Vec::new(),
            measured: Delivered::new(),
            baseline: None,
            stability: Stability::new(scenario.warmup_ticks),
        }
    }

    /// Frames closed so far.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Latencies of measured accesses, ticks, the shortest first, and how many accesses had each. From 2,048 ticks on, the
    /// longest of those that are told apart no further.
    pub fn latencies(&self) -> impl Iterator<Item = (u64, u64)> {
        self.measured.occurred()
    }

    /// What was measured up to the tick observed last; `loads` are departures so far, by port.
    pub fn measured(&self, fabric: &Fabric, loads: &[u64]) -> Measured {
        let nothing = Waits::default();
        let (loads_before, waits_before) = match &self.baseline {
            Some(base) => (&base.loads[..], &base.waits),
            None if self.warmup == 0 => (&[][..], &nothing),
            None => (loads, &fabric.waits),
        };
        Measured {
            ticks: (self.now + 1).saturating_sub(self.warmup),
            loads: since(loads, loads_before),
            waits: fabric.waits.since(waits_before),
        }
    }

    /// Adds what happened in the present tick of `fabric`.
    #[inline]
    pub fn observe(&mut self, fabric: &Fabric) {
        let now = fabric.now;
        self.now = now;
        for access in &fabric.delivered {
            if now >= self.warmup {
                self.measured.add(access);
            }
            if self.every.is_some() {
                self.frame.add(access);
            }
        }
        if self.stability.wants(now) {
            self.stability.observe(now, fabric.waiting());
        }
    }

    /// Whether [`Self::close_tick`] needs the levels at the end of the tick observed last.
    #[inline]
    pub fn wants_levels(&self) -> bool {
        self.now + 1 == self.warmup || self.frame_is_due()
    }

    #[inline]
    fn frame_is_due(&self) -> bool {
        self.every.is_some_and(|every| (self.now + 1).is_multiple_of(every))
    }

    /// Closes the frame, and the warm-up, if they end with the tick observed last. `loads` are departures so far, by
    /// port.
    pub fn close_tick(&mut self, fabric: &Fabric, levels: Levels, loads: impl FnOnce() -> Vec<u64>) {
        let now = self.now;
        if now + 1 == self.warmup {
            self.baseline =
                Some(Baseline { totals: fabric.totals, levels, loads: loads(), waits: fabric.waits.clone() });
        }
        if self.frame_is_due() {
            self.close_frame(fabric, levels);
        }
    }

    /// Closes the frame that is under way, if there is one, after the last tick of a run.
    pub fn finish(&mut self, fabric: &Fabric, levels: Levels) {
        if self.every.is_some() && self.frames.last().is_none_or(|last| last.tick != self.now) {
            self.close_frame(fabric, levels);
        }
    }

    fn close_frame(&mut self, fabric: &Fabric, levels: Levels) {
        let frame = frame::close(self.now, fabric, &self.frame, &self.frame_totals, &self.frame_levels, &levels);
        self.frames.push(frame);
        self.frame.clear();
        self.frame_totals = fabric.totals;
        self.frame_levels = levels;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fabric::access::{Locator, NONE};
    use crate::topology::NodeId;

    /// Percentiles of latencies that the histogram was not made for, within its 0.1 %.
    #[test]
    fn percentiles_of_long_latencies_are_not_cut() {
        let mut delivered = Delivered::new();
        for latency in 1..=100_000 {
            delivered.add(&Access {
                origin: NodeId(0),
                target: NodeId(1),
                locator: Locator { shard: 0, local: 1 },
                at: NodeId(1),
                via: 0,
                over: NONE,
                next: NONE,
                born: 0,
                hops: 1,
                propagation: latency,
                node_wait: 0,
                link_wait: 0,
                setup: 0,
                size: 1.0,
            });
        }
        for (quantile, expected) in [(0.5, 50_000.0), (0.95, 95_000.0), (1.0, 100_000.0)] {
            let found = delivered.percentile(quantile).unwrap() as f64;
            assert!((found / expected - 1.0).abs() < 0.001, "{quantile}: {found}");
        }
        assert_eq!(delivered.mean(delivered.latency), Some(50_000.5));
    }
}
