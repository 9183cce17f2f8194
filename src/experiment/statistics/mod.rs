//! How sure a result is: intervals and tests of a mean over replications, and the end of the warm-up.
//!
//! Replications are taken as independent samples of one distribution, which distinct seeds give; the ticks of one run
//! are not, and no interval here is made of them.

pub mod bootstrap;
pub mod holm;
pub mod mser;
pub mod student;

use serde::{Deserialize, Serialize};

/// Confidence of every interval: the share of experiments whose interval covers the true mean.
pub const CONFIDENCE: f64 = 0.95;

/// A mean and its two-sided interval of 95 % [confidence](CONFIDENCE), all in the unit of the values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Mean of the values.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Mean of one or more values, summed in their order as distances from the first: that of equal values is exact.
pub(super) fn mean(values: &[f64]) -> f64 {
    let first = values[0];
    first + values.iter().map(|value| value - first).sum::<f64>() / values.len() as f64
}
