//! How many accesses arrive in a tick: Poisson or binomial counts by inversion of an exact table.
//!
//! The table is built from the mode outwards by the ratio of neighbouring probabilities, with + − × ÷ only, until what
//! is left out is below the resolution of a uniform variate. Rates that change over time thin a table for the highest
//! rate, which is exact for both distributions.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::scenario::Arrivals;

/// A table of cumulative probabilities.
#[derive(Debug, Clone)]
pub struct Counts {
    first: u32,
    cumulative: Vec<f64>,
}

impl Counts {
    /// The distribution with the given mean per tick. A binomial one has a mean of at most its number of sources.
    pub fn new(arrivals: Arrivals, mean: f64) -> Self {
        let (mode, ratio): (u32, Box<dyn Fn(u32) -> f64>) = match arrivals {
            // P(k+1)/P(k)
            Arrivals::Poisson => (mean as u32, Box::new(move |k| mean / (f64::from(k) + 1.0))),
            Arrivals::Binomial { sources } => {
                let n = f64::from(sources);
                let p = (mean / n).min(1.0);
                if p == 1.0 {
                    return Self { first: sources, cumulative: vec![1.0] };
                }
                let mode = ((n + 1.0) * p) as u32;
                (mode.min(sources), Box::new(move |k| (n - f64::from(k)) / (f64::from(k) + 1.0) * p / (1.0 - p)))
            }
        };
        const NEGLIGIBLE: f64 = 1e-20;
        let mut below = Vec::new();
        let (mut k, mut weight) = (mode, 1.0);
        while k > 0 && weight > NEGLIGIBLE {
            weight /= ratio(k - 1);
            k -= 1;
            below.push(weight);
        }
        let mut weights: Vec<f64> = below.into_iter().rev().collect();
        let first = mode - weights.len() as u32;
        let (mut k, mut weight) = (mode, 1.0);
        while weight > NEGLIGIBLE {
            weights.push(weight);
            weight *= ratio(k);
            k += 1;
        }
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let cumulative = weights.into_iter().map(|weight| {
            sum += weight;
            sum / total
        });
        Self { first, cumulative: cumulative.collect() }
    }

    /// A count.
    #[inline]
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> u32 {
        let u: f64 = rng.random();
        let rank = if self.cumulative.len() <= 64 {
            self.cumulative.iter().take_while(|&&c| c <= u).count()
        } else {
            self.cumulative.partition_point(|&c| c <= u)
        };
        self.first + rank.min(self.cumulative.len() - 1) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    /// Mean and variance over `n` draws, each within five standard errors of the truth.
    fn check(arrivals: Arrivals, mean: f64, variance: f64) {
        let counts = Counts::new(arrivals, mean);
        let (mut rng, n) = (stream(3, "test"), 200_000);
        let draws: Vec<f64> = (0..n).map(|_| f64::from(counts.draw(&mut rng))).collect();
        let found = draws.iter().sum::<f64>() / f64::from(n);
        let spread = draws.iter().map(|x| (x - found) * (x - found)).sum::<f64>() / f64::from(n);
        assert!((found - mean).abs() <= 5.0 * (variance / f64::from(n)).sqrt() + 1e-12, "{arrivals:?} {mean}: {found}");
        // The variance of a sample variance is about (2 + 1/variance)·variance²/n for both.
        let error = variance * ((2.0 + 1.0 / variance.max(1e-9)) / f64::from(n)).sqrt();
        assert!((spread - variance).abs() <= 5.0 * error + 1e-12, "{arrivals:?} {mean}: {spread}");
    }

    #[test]
    fn counts_have_the_mean_and_variance_of_their_distribution() {
        for mean in [0.0, 0.01, 0.5, 2.0, 37.5, 5000.0] {
            check(Arrivals::Poisson, mean, mean);
        }
        for (sources, mean) in [(1, 0.3), (1, 1.0), (4, 0.9), (36, 2.0), (10_000, 9_000.0)] {
            check(Arrivals::Binomial { sources }, mean, mean * (1.0 - mean / f64::from(sources)));
        }
    }

    #[test]
    fn poisson_table_equals_the_formula() {
        let counts = Counts::new(Arrivals::Poisson, 2.0);
        let mut term = libm::exp(-2.0);
        let mut sum = 0.0;
        for k in 0..10u32 {
            sum += term;
            assert!((counts.cumulative[k as usize] - sum).abs() < 1e-12);
            term *= 2.0 / f64::from(k + 1);
        }
        assert_eq!(counts.first, 0);
    }
}
