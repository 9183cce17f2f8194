//! Stretch: the latency of a delivered access over that of the best way at the time of its delivery, which is the
//! shortest one in free flow over the links and wormholes that are open then, whatever waits there. Less than 1 is
//! possible, if the way that was taken has closed since.
//!
//! Searching a best way for every access would cost as much as the run. Of every [`BLOCK`] ticks one is drawn, and of
//! the measured deliveries in it each with the same chance: all in networks of up to [`ALL`] nodes, as many as keep the
//! work in proportion in larger ones. So every delivery of a run has the same chance, and the number of those that were
//! sampled stands beside the mean. Which they are depends on the seed and the accesses, not on the order of deliveries
//! within a tick; sums are whole thousandths for the same reason. Deliveries without a way at the time are left out.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::fabric::Fabric;
use crate::fabric::access::Access;
use crate::fabric::check::leave_room;
use crate::random::Keyed;
use crate::routing::bidirectional::Bidirectional;
use crate::routing::view::View;
use crate::scenario::{Scenario, Tick};

/// Ticks of which one is sampled.
const BLOCK: Tick = 128;

/// Nodes of the largest network in which all deliveries of a sampled tick are.
const ALL: u32 = 64;

/// Thousandths of a latency of 32 bits over one tick, as a percentile may overstate it.
const MOST: u64 = 1001 * u32::MAX as u64;

/// Significant decimal digits of percentiles.
const DIGITS: u8 = 3;

/// Latency over that of the best way at the time of delivery (in free flow, over open links and wormholes), of a sample
/// of measured deliveries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Mean; none if none was sampled.
    pub mean: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// Deliveries that were sampled.
    pub sampled: u64,
}

/// Sums over sampled deliveries.
#[derive(Debug)]
pub struct Sampler {
    draws: Keyed,
    /// Chance of a delivery in a tick that is sampled.
    share: f64,
    /// The next tick that is.
    next: Tick,
    /// In thousandths.
    sum: u64,
    distribution: Histogram<u64>,
    /// Scratch space.
    search: Bidirectional,
}

/// What a snapshot holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct StretchState {
    sum: u64,
    /// Thousandths that occurred, the least first, and how often.
    occurred: Vec<(u64, u64)>,
}

impl Sampler {
    /// Before the first tick.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let nodes = f64::from(scenario.topology.node_count() as u32);
        let draws = Keyed::new(scenario.seed, "stretch");
        Self {
            draws,
            share: (f64::from(ALL) / nodes).min(1.0),
            next: sampled_in(draws, 0),
            sum: 0,
            distribution: Histogram::new(DIGITS).expect("three digits are a valid precision"),
            search: Bidirectional::default(),
        }
    }

    /// Samples the deliveries of the present tick, if it is drawn and measured.
    #[inline]
    pub(super) fn observe(&mut self, fabric: &Fabric, is_measured: bool) {
        if fabric.now == self.next {
            self.next = sampled_in(self.draws, fabric.now / BLOCK + 1);
            if is_measured {
                self.sample(fabric);
            }
        }
    }

    fn sample(&mut self, fabric: &Fabric) {
        let is_sampled = |access: &&Access| {
            self.share >= 1.0 || self.draws.unit(access.origin.0, access.born, access.target.0) < self.share
        };
        let mut sampled = fabric.delivered.iter().filter(is_sampled).peekable();
        if sampled.peek().is_none() {
            return;
        }
        let view = View::new(fabric);
        for access in sampled {
            if let Some(best) = self.search.distance(&view, access.origin.0, access.target.0).filter(|&best| best > 0) {
                let (latency, best) = (u64::from(access.age()), u64::from(best));
                let thousandths = (1000 * latency + best / 2) / best;
                self.sum += thousandths;
                self.distribution.record(thousandths).expect("the histogram grows with its values");
            }
        }
    }

    /// Mean and percentile of those sampled so far.
    pub(super) fn summary(&self) -> Stretch {
        let count = self.distribution.len();
        let of = |thousandths: f64| (count > 0).then_some(thousandths / 1000.0);
        Stretch {
            mean: of(self.sum as f64 / count.max(1) as f64),
            p95: of(self.distribution.value_at_quantile(0.95) as f64),
            sampled: count,
        }
    }

    /// What a snapshot holds of it.
    pub(super) fn state(&self) -> StretchState {
        let recorded = self.distribution.iter_recorded();
        let occurred = recorded.map(|value| (value.value_iterated_to(), value.count_at_value())).collect();
        StretchState { sum: self.sum, occurred }
    }

    /// Goes on after the tick `now` from a state that is possible.
    pub(super) fn restore(&mut self, StretchState { sum, occurred }: StretchState, now: Tick) {
        self.sum = sum;
        self.distribution.reset();
        for (thousandths, times) in occurred {
            self.distribution.record_n(thousandths, times).expect("the histogram grows with its values");
        }
        let block = now / BLOCK;
        let own = sampled_in(self.draws, block);
        self.next = if own > now { own } else { sampled_in(self.draws, block + 1) };
    }
}

impl StretchState {
    /// Whether it can be taken of latencies of at most 32 bits.
    pub(super) fn is_possible(&self) -> bool {
        self.occurred.is_sorted_by_key(|&(thousandths, _)| thousandths)
            && self
                .occurred
                .iter()
                .all(|&(thousandths, times)| thousandths <= MOST && (1..=u64::from(u32::MAX)).contains(&times))
            && leave_room([self.sum])
    }
}

/// The tick of a block that is sampled.
fn sampled_in(draws: Keyed, block: Tick) -> Tick {
    block.saturating_mul(BLOCK).saturating_add(draws.below(BLOCK, 0, block, 0))
}
