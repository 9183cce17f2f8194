//! Drawing from a discrete distribution in constant time: Walker's alias method as set up by Vose (1991).

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A distribution over 0..n.
#[derive(Debug, Clone)]
pub struct Alias {
    keep: Vec<f64>,
    other: Vec<u32>,
}

impl Alias {
    /// The distribution proportional to `weights`: finite, not negative, not all zero, fewer than 2³².
    pub fn new(weights: &[f64]) -> Self {
        let n = weights.len();
        let largest = weights.iter().fold(0.0f64, |a, &b| a.max(b));
        let total: f64 = weights.iter().map(|w| w / largest).sum();
        let mut keep: Vec<f64> = weights.iter().map(|w| w / largest / total * n as f64).collect();
        let mut other: Vec<u32> = (0..n as u32).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) = (0..n as u32).partition(|&i| keep[i as usize] < 1.0);
        while let (Some(&low), Some(&high)) = (small.last(), large.last()) {
            small.pop();
            other[low as usize] = high;
            keep[high as usize] -= 1.0 - keep[low as usize];
            if keep[high as usize] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        for rest in small.into_iter().chain(large) {
            keep[rest as usize] = 1.0;
        }
        Self { keep, other }
    }

    /// A value.
    #[inline]
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> u32 {
        let i = rng.random_range(0..self.keep.len() as u32);
        if rng.random::<f64>() < self.keep[i as usize] { i } else { self.other[i as usize] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    #[test]
    fn frequencies_follow_weights() {
        let weights = [0.0, 3.0, 1.0, 0.5, 0.0, 5.5];
        let (alias, mut rng, n) = (Alias::new(&weights), stream(4, "test"), 400_000);
        let mut seen = [0u32; 6];
        for _ in 0..n {
            seen[alias.draw(&mut rng) as usize] += 1;
        }
        for (count, weight) in seen.into_iter().zip(weights) {
            let expected = weight / 10.0 * f64::from(n);
            assert!((f64::from(count) - expected).abs() <= 5.0 * expected.sqrt(), "{weight}: {count}");
        }
    }

    #[test]
    fn weights_of_any_scale_are_fine() {
        let mut rng = stream(5, "test");
        let alias = Alias::new(&[1e308, 1e308, 1e-308]);
        assert!((0..1000).all(|_| alias.draw(&mut rng) < 2));
    }
}
