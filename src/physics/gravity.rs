//! Masses and attraction.
//!
//! `m ← m·e^(−1/τ) + a` per tick (a: accesses originated or targeted, by size), `F = G·m_i·m_j / d^β`
//! (d: free-flow latency over space, ticks), pull `F·(d − ℓ)` (ℓ: what a wormhole between the two takes).
//! An analogy: the gravity model of traffic demand (Tinbergen 1962; Zhang, Roughan, Duffield and Greenberg 2003), not
//! physics. It does not model inertia or motion; nodes stay where they are. Run in the set `Gravity`.

/// How masses fade: e^(−t/τ), τ in ticks.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    ticks: f64,
    /// What is left after so many ticks: a table, since masses that matter are touched often.
    kept: [f64; 64],
}

impl Memory {
    /// Of τ ticks.
    pub fn new(ticks: f64) -> Self {
        Self { ticks, kept: std::array::from_fn(|passed| libm::exp(-(passed as f64) / ticks)) }
    }

    /// Share of a mass that is left after `ticks`.
    #[inline]
    pub fn kept(&self, ticks: u32) -> f64 {
        self.kept.get(ticks as usize).copied().unwrap_or_else(|| libm::exp(-f64::from(ticks) / self.ticks))
    }
}

/// Attraction between masses `a` and `b` at distance `d` ticks: `G·a·b/d^β`.
pub fn attraction(constant: f64, exponent: f64, a: f64, b: f64, d: f64) -> f64 {
    constant * a * b / libm::pow(d, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mass_settles_at_rate_over_loss() {
        let kept = Memory::new(10.0).kept(1);
        let mut mass = 0.0;
        for _ in 0..1000 {
            mass = mass * kept + 2.0;
        }
        assert!((mass - 2.0 / (1.0 - libm::exp(-0.1))).abs() < 1e-9);
    }

    #[test]
    fn ticks_that_pass_at_once_keep_what_they_keep_one_by_one() {
        let memory = Memory::new(7.0);
        let one_by_one = (0..20).fold(3.0, |mass, _| mass * memory.kept(1));
        assert!((3.0 * memory.kept(20) - one_by_one).abs() < 1e-12);
        assert!((memory.kept(70) - memory.kept(60) * memory.kept(10)).abs() < 1e-15);
        assert_eq!(memory.kept(0), 1.0);
    }

    #[test]
    fn attraction_falls_with_the_square() {
        assert_eq!(attraction(2.0, 2.0, 3.0, 5.0, 1.0), 30.0);
        assert!((attraction(2.0, 2.0, 3.0, 5.0, 4.0) - 30.0 / 16.0).abs() < 1e-12);
    }
}
