//! Strength: fading and reinforcement, and what it buys.
//!
//! `s ← min(1, s·e^(−λ) + g·traversals)` per tick; for r traversals a tick the steady state is `g·r/(1 − e^(−λ))`.
//! Reinforcement by use is Hebb's rule and that of Physarum tubes (Tero, Kobayashi and Nakagaki 2007). Capacity grows
//! with s² and upkeep with s, as throat area and radius do in an Ellis wormhole: an analogy, no general relativity.
//! Run in the set `Decay`.

/// Share of strength that is left after one tick: e^(−λ), λ per tick.
pub fn kept(fade_per_tick: f64) -> f64 {
    libm::exp(-fade_per_tick)
}

/// Strength after a tick with `traversals`.
pub fn strength(s: f64, kept: f64, gain: f64, traversals: u32) -> f64 {
    (s * kept + gain * f64::from(traversals)).min(1.0)
}

/// Capacity of a wormhole of strength `s`: `max(1, round(c_max·s²))` accesses per tick and direction.
pub fn capacity(max_capacity: u32, s: f64) -> u32 {
    ((f64::from(max_capacity) * s * s + 0.5) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    /// VALIDATION.md 3: S' = e^(−λ)S + X, mean gr/(1 − e^(−λ)) = 5.254166 for λ = 0.1, gr = 0.5. The rule is linear
    /// below its ceiling, so a gain of 1/1000 of the source's gives a mean of 1/1000 of its mean.
    #[test]
    fn mean_strength_is_use_over_loss() {
        let (kept, gain, mut rng) = (kept(0.1), 0.001, stream(1, "test"));
        let (mut s, mut sum, n) = (5.254166e-3, 0.0, 2_000_000);
        for _ in 0..n {
            s = strength(s, kept, gain, u32::from(rng.random_bool(0.5)));
            sum += s;
        }
        assert!((sum / f64::from(n) / 5.254166e-3 - 1.0).abs() < 0.002, "{}", sum / f64::from(n));
    }

    /// VALIDATION.md 3, with factor 1 − λ, Bernoulli use r = 0.5, λ = 0.1: mean 5, variance 1.315789.
    #[test]
    fn spread_of_strength_under_bernoulli_use() {
        let (gain, mut rng) = (0.001, stream(2, "test"));
        let (mut s, mut sum, mut squares, n) = (5e-3, 0.0, 0.0, 2_000_000);
        for _ in 0..n {
            s = strength(s, 0.9, gain, u32::from(rng.random_bool(0.5)));
            sum += s;
            squares += s * s;
        }
        let mean = sum / f64::from(n);
        let variance = squares / f64::from(n) - mean * mean;
        assert!((mean / 5e-3 - 1.0).abs() < 0.002, "{mean}");
        assert!((variance / 1.315789e-6 - 1.0).abs() < 0.02, "{variance}");
    }

    #[test]
    fn strength_has_a_ceiling_and_capacity_a_floor() {
        assert_eq!(strength(0.99, 1.0, 0.1, 3), 1.0);
        assert_eq!([capacity(16, 0.0), capacity(16, 0.5), capacity(16, 1.0)], [1, 4, 16]);
    }
}
