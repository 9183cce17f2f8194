//! Length of the warm-up by MSER-5, the marginal standard error rule on means of five (White 1997, *An effective
//! truncation heuristic for bias reduction in simulation output*; White, Cobb and Spratt 2000, *A comparison of five
//! steady-state truncation heuristics for simulation*).
//!
//! Of the k means Z of successive batches of five observations the first d are cut off, where d ≤ k/2 minimises
//! `Σ_{i > d} (Z_i − Z̄_d)² / (k − d)²`: a longer cut leaves less bias, and fewer batches.
//!
//! It looks for an initial transient in one series. It does not say whether the system ever settles: an unstable one
//! may have any minimum.

/// Observations in a batch.
pub const BATCH: usize = 5;

/// Where a series is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truncation {
    /// Observations to leave out at the start: a multiple of [`BATCH`].
    pub observations: usize,
    /// False if the minimum lies at the end of the first half, or there is but one batch: the series is too short to
    /// show where its transient ends.
    pub found: bool,
}

/// Where to cut a series of finite observations at equal distances in time. What is left after the last whole batch is
/// not looked at; of equal minima, the earliest counts.
pub fn truncation(series: &[f64]) -> Truncation {
    let batches: Vec<f64> = series.chunks_exact(BATCH).map(super::mean).collect();
    let half = batches.len() / 2;
    let (mut cut, mut least) = (half, f64::INFINITY);
    // Mean and sum of squares of the batches from the end up to here (Welford 1962).
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for (start, batch) in batches.iter().enumerate().rev() {
        count += 1.0;
        let distance = batch - mean;
        mean += distance / count;
        squares += distance * (batch - mean);
        let error = squares / (count * count);
        if start <= half && error <= least {
            (cut, least) = (start, error);
        }
    }
    Truncation { observations: cut * BATCH, found: cut < half }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Batches with these means, none of them constant.
    fn series(means: &[f64]) -> Vec<f64> {
        means.iter().flat_map(|mean| [-2.0, 1.0, 0.0, -1.0, 2.0].map(|around| mean + around)).collect()
    }

    /// Means 9, 5, 1, 3, 1, 3, 1, 3; k = 8, so that d ≤ 4. With n = k − d batches left, Σ(Z − Z̄)² = ΣZ² − (ΣZ)²/n:
    ///
    /// | d | n | ΣZ | ΣZ² | Σ(Z − Z̄)² | over n² |
    /// | - | - | -- | --- | ---------- | ------- |
    /// | 0 | 8 | 26 | 136 | 51.5  | 0.805 |
    /// | 1 | 7 | 17 | 55  | 13.71 | 0.280 |
    /// | 2 | 6 | 12 | 30  | 6     | 0.167 |
    /// | 3 | 5 | 11 | 29  | 4.8   | 0.192 |
    /// | 4 | 4 | 8  | 20  | 4     | 0.25  |
    ///
    /// The least is at d = 2: ten observations go.
    #[test]
    fn transient_of_two_batches_by_hand() {
        let mut series = series(&[9.0, 5.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0]);
        assert_eq!(truncation(&series), Truncation { observations: 10, found: true });
        series.extend([1e6; BATCH - 1]);
        assert_eq!(truncation(&series), Truncation { observations: 10, found: true }, "an open batch does not count");
    }

    /// n successive integers have Σ(Z − Z̄)² = n(n² − 1)/12, which over n² falls with n: the longest cut is the best.
    #[test]
    fn series_that_never_settles_is_cut_in_half_and_not_found() {
        let means: Vec<f64> = (0..8).map(f64::from).collect();
        assert_eq!(truncation(&series(&means)), Truncation { observations: 20, found: false });
    }

    #[test]
    fn constant_series_needs_no_warm_up() {
        assert_eq!(truncation(&[0.1; 40]), Truncation { observations: 0, found: true });
    }

    #[test]
    fn less_than_two_batches_say_nothing() {
        for length in 0..2 * BATCH {
            assert_eq!(truncation(&vec![1.0; length]), Truncation { observations: 0, found: false });
        }
    }
}
