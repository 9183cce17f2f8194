//! Sums and the distribution of latency over delivered accesses.

use hdrhistogram::Histogram;

use crate::fabric::access::Access;

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
    /// Of propagation and processing together, node wait, link wait and set-up, ticks.
    pub parts: [u64; 4],
    /// Distribution of latency, ticks.
    pub latencies: Histogram<u64>,
}

impl Delivered {
    pub(super) fn new() -> Self {
        // Latencies are 32-bit ticks; the histogram grows as far as it needs to.
        let latencies = Histogram::new(DIGITS).expect("three digits are a valid precision");
        Self { count: 0, latency: 0, hops: 0, parts: [0; 4], latencies }
    }

    pub(super) fn add(&mut self, access: &Access) {
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

    pub(super) fn clear(&mut self) {
        self.latencies.reset();
        (self.count, self.latency, self.hops, self.parts) = (0, 0, 0, [0; 4]);
    }

    /// Mean of a sum over the delivered accesses, if there are any.
    pub fn mean(&self, sum: u64) -> Option<f64> {
        (self.count > 0).then(|| sum as f64 / self.count as f64)
    }

    /// Latencies that occurred, ticks, and how often.
    pub(super) fn occurred(&self) -> impl Iterator<Item = (u64, u64)> {
        self.latencies.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value()))
    }

    /// A percentile of latency, ticks, if any access was delivered.
    pub fn percentile(&self, quantile: f64) -> Option<u64> {
        (self.count > 0).then(|| self.latencies.value_at_quantile(quantile))
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
