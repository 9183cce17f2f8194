//! Shannon entropy of weights: of a node's traffic over its ports, of a wormhole's over destination shards, of the
//! network's load over link directions. 1 (normalised) is even, 0 concentrated. A measure, not a force: it changes
//! nothing by itself. Run in the set `Entropy`.

/// Entropy, in nats, of `weights` taken as shares of their sum; 0 if they sum to 0. Weights are ≥ 0.
pub fn shannon(weights: impl Iterator<Item = f64> + Clone) -> f64 {
    let total: f64 = weights.clone().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let nats: f64 = weights.filter(|&w| w > 0.0).map(|w| -(w / total) * libm::log(w / total)).sum();
    // Not `max`: of 0 and −0, either may be returned, and a single weight gives −0.
    if nats > 0.0 { nats } else { 0.0 }
}

/// [`shannon`] over its maximum, ln(`choices`); 0 where there is one choice or none.
pub fn normalised(weights: impl Iterator<Item = f64> + Clone, choices: usize) -> f64 {
    if choices < 2 { 0.0 } else { (shannon(weights) / libm::log(choices as f64)).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// VALIDATION.md 5: Boltzmann choice between costs 1, 2, 3 at T = 1 has 0.832395582 nat.
    #[test]
    fn entropy_of_a_boltzmann_choice() {
        let weights = [1.0, 2.0, 3.0].map(|cost: f64| libm::exp(-cost));
        assert!((shannon(weights.iter().copied()) - 0.832395582).abs() < 1e-9);
    }

    #[test]
    fn debug_and_release_differed_in_the_sign_of_zero() {
        assert!(shannon([3.0].iter().copied()).is_sign_positive());
        assert!(normalised([0.0, 2.0].iter().copied(), 2).is_sign_positive());
    }

    #[test]
    fn even_is_one_and_single_is_zero() {
        assert!((normalised([3.0; 5].iter().copied(), 5) - 1.0).abs() < 1e-12);
        assert_eq!(normalised([3.0, 0.0].iter().copied(), 2), 0.0);
        assert_eq!(normalised([0.0, 0.0].iter().copied(), 2), 0.0);
    }

    /// Shares 3/4, 1/4 and 0 have 2 ln 2 − ¾ ln 3 nats, of ln 3 at most.
    #[test]
    fn uneven_shares_are_between_and_what_has_no_weight_adds_nothing() {
        let expected = (2.0 * libm::log(2.0) - 0.75 * libm::log(3.0)) / libm::log(3.0);
        assert!((normalised([3.0, 1.0, 0.0].iter().copied(), 3) - expected).abs() < 1e-12);
        let of_two = expected * libm::log(3.0) / libm::log(2.0);
        assert!((normalised([3.0, 1.0].iter().copied(), 2) - of_two).abs() < 1e-12);
        assert_eq!([0, 1].map(|choices| normalised([3.0].iter().copied(), choices)), [0.0; 2]);
    }
}
