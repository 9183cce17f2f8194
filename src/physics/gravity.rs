//! Masses, and the demand that they let expect.
//!
//! `m ← m·e^(−1/τ) + a` per tick (a: accesses originated or targeted, by size). From masses alone, two nodes have `(1 −
//! e^(−1/τ))·m_i·m_j/Σm` accesses a tick with each other; what was observed between them counts the more, the more was
//! observed at them: `r = (n·observed + κ·expected)/(n + κ)`, n = m_i + m_j. The pull between them is `G·r·(d − ℓ)/d^β`
//! (d: free-flow latency over space, ticks; ℓ: what a wormhole between the two takes). An analogy: the gravity model of
//! traffic demand (Tinbergen 1962; Zhang, Roughan, Duffield and Greenberg 2003), not physics. It does not model inertia
//! or motion; nodes stay where they are. Run in the set `Gravity`.

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

/// Accesses per tick, both directions together, that masses `ends` of all `total` let expect between two nodes.
pub fn expected(ends: [f64; 2], total: f64, memory: &Memory) -> f64 {
    if total > 0.0 { (1.0 - memory.kept(1)) * ends[0] * ends[1] / total } else { 0.0 }
}

/// The estimate between `observed` and `expected` accesses per tick, given the `evidence` n and κ.
pub fn shrunk(observed: f64, expected: f64, evidence: f64, prior: f64) -> f64 {
    match prior {
        f64::INFINITY => expected,
        _ if evidence + prior > 0.0 => (evidence * observed + prior * expected) / (evidence + prior),
        _ => 0.0,
    }
}

/// The pull of `rate` accesses per tick that save `saving` ticks each over `span` ticks: `G·r·s/d^β`.
pub fn pull(constant: f64, exponent: f64, rate: f64, saving: f64, span: f64) -> f64 {
    constant * rate * saving / libm::pow(span, exponent)
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

    /// Three nodes with rates 6, 3 and 3 at their ends: what gravity gives each pair adds up to their rates.
    #[test]
    fn masses_let_expect_their_own_rates() {
        let memory = Memory::new(50.0);
        let masses = [6.0, 3.0, 3.0].map(|rate| rate / (1.0 - memory.kept(1)));
        let total = masses.iter().sum();
        for (i, rate) in [6.0, 3.0, 3.0].into_iter().enumerate() {
            let of_node: f64 = masses.iter().map(|&other| expected([masses[i], other], total, &memory)).sum();
            assert!((of_node - rate).abs() < 1e-12, "{of_node}");
        }
        assert_eq!(expected([0.0; 2], 0.0, &memory), 0.0);
    }

    #[test]
    fn evidence_moves_the_estimate_from_masses_to_what_was_observed() {
        assert_eq!(shrunk(2.0, 1.0, 30.0, 10.0), 1.75);
        assert_eq!(shrunk(0.0, 1.0, 30.0, 10.0), 0.25);
        assert_eq!(shrunk(2.0, 1.0, 30.0, 0.0), 2.0);
        assert_eq!(shrunk(2.0, 1.0, 30.0, f64::INFINITY), 1.0);
        assert_eq!(shrunk(2.0, 1.0, 0.0, 0.0), 0.0);
    }

    #[test]
    fn a_pull_is_what_is_saved_unless_distance_weighs() {
        assert_eq!(pull(1.0, 0.0, 0.5, 6.0, 10.0), 3.0);
        assert!((pull(2.0, 2.0, 0.5, 6.0, 10.0) - 0.06).abs() < 1e-15);
    }
}
