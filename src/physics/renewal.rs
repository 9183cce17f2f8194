//! Lengths of periods that are drawn anew each time: how long something works, and how long its repair takes.
//!
//! `exponential: x = −m·ln(1 − u)`, `Weibull: x = m/Γ(1 + 1/k)·(−ln(1 − u))^(1/k)`, u uniform in [0, 1), m the mean,
//! k the shape (inversion; Weibull 1951). What works for exponential times of mean a, and is repaired for exponential
//! times of mean b, works at time t after it began to with probability `A + (1 − A)·e^(−t·(1/a + 1/b))`,
//! `A = a/(a + b)`; A is also the share of time in the long run for any lengths of these means.

/// An exponential length of this mean, given a uniform number from 0 to below 1.
pub fn exponential(mean: f64, uniform: f64) -> f64 {
    -mean * libm::log1p(-uniform)
}

/// A Weibull length of scale 1 and this shape, given a uniform number from 0 to below 1.
pub fn weibull(shape: f64, uniform: f64) -> f64 {
    libm::pow(-libm::log1p(-uniform), 1.0 / shape)
}

/// Mean of a Weibull length of scale 1 and this shape: Γ(1 + 1/k).
pub fn weibull_mean(shape: f64) -> f64 {
    libm::tgamma(1.0 + 1.0 / shape)
}

/// Share of time in the long run for which something works: a/(a + b), given its mean times to failure and to repair.
pub fn availability(mean_up: f64, mean_down: f64) -> f64 {
    mean_up / (mean_up + mean_down)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance over the midpoints of many equal steps of u.
    fn moments(length: impl Fn(f64) -> f64) -> (f64, f64) {
        let steps = 1_000_000;
        let lengths = || (0..steps).map(|step| length((f64::from(step) + 0.5) / f64::from(steps)));
        let mean = lengths().sum::<f64>() / f64::from(steps);
        (mean, lengths().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(steps))
    }

    #[test]
    fn exponential_lengths_have_their_mean_and_its_square_as_variance() {
        let (mean, variance) = moments(|u| exponential(20.0, u));
        assert!((mean / 20.0 - 1.0).abs() < 1e-4 && (variance / 400.0 - 1.0).abs() < 1e-3, "{mean} {variance}");
        assert_eq!(exponential(20.0, 0.0), 0.0);
        assert!(exponential(1e9, 1.0 - f64::EPSILON / 2.0).is_finite());
    }

    /// Var = Γ(1 + 2/k) − Γ(1 + 1/k)². Of shape 0.5 the mean is 2 and the variance 20.
    #[test]
    fn weibull_lengths_have_the_mean_and_the_variance_of_the_gamma_function() {
        for shape in [0.5, 0.7, 1.0, 1.5, 4.0, 20.0] {
            let (mean, variance) = moments(|u| weibull(shape, u));
            let expected = libm::tgamma(1.0 + 2.0 / shape) - weibull_mean(shape) * weibull_mean(shape);
            assert!((mean / weibull_mean(shape) - 1.0).abs() < 1e-3, "{shape}: {mean}");
            assert!((variance / expected - 1.0).abs() < 2e-2, "{shape}: {variance} for {expected}");
        }
        assert_eq!((weibull_mean(0.5), weibull_mean(1.0)), (2.0, 1.0));
    }
}
