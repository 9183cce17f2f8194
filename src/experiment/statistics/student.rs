//! Student's interval of a mean: `x̄ ± t · s/√n`, where s² = Σ(x − x̄)²/(n − 1) and t is the quantile of Student's
//! distribution with n − 1 degrees of freedom (Student 1908, *The probable error of a mean*).
//!
//! Exact for independent normal values, and close for others as n grows. It corrects for nothing when many metrics are
//! looked at: of 20 intervals, one is expected to miss.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{CONFIDENCE, Interval, mean};

/// Interval of the mean of finite values, in their unit and summed in their order. None for fewer than two, which say
/// nothing about their spread; of zero width for equal ones.
pub fn interval(values: &[f64]) -> Option<Interval> {
    (values.len() > 1).then(|| around_mean(values, quantile(values.len() - 1)))
}

/// The mean of two or more values, give or take as many standard errors.
fn around_mean(values: &[f64], standard_errors: f64) -> Interval {
    let (n, mean) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let half = standard_errors * (squares / (n - 1.0) / n).sqrt();
    Interval { mean, low: mean - half, high: mean + half }
}

/// What |t| exceeds with a probability of 1 − [`CONFIDENCE`].
pub(in crate::experiment) fn quantile(degrees_of_freedom: usize) -> f64 {
    let student = StudentsT::new(0.0, 1.0, degrees_of_freedom as f64).expect("a positive number is valid");
    let quantile = student.inverse_cdf((1.0 + CONFIDENCE) / 2.0);
    // Rounded, because the crate's logarithms and powers are those of std, whose last bits depend on the machine.
    const STEPS: f64 = 1e9;
    (quantile * STEPS).round() / STEPS
}

#[cfg(test)]
pub(super) mod tests {
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::random::stream;

    /// Cauchy's distribution (1 degree) has the quantile tan(0.475 π); 2 degrees have
    /// (2p − 1) √(2 / (4 p (1 − p))) = 0.95 √(2 / 0.0975); the rest is from tables (Student 1908 and later).
    #[test]
    fn quantiles_are_those_of_closed_forms_and_tables() {
        let angle = 0.475 * std::f64::consts::PI;
        let cauchy = libm::sin(angle) / libm::cos(angle);
        let exact = [(1, cauchy), (2, 0.95 * libm::sqrt(2.0 / 0.0975))];
        for (degrees, expected) in exact {
            assert!((quantile(degrees) - expected).abs() < 1e-8, "{degrees}: {}", quantile(degrees));
        }
        let tabled = [(3, 3.182), (4, 2.776), (9, 2.262), (29, 2.045), (120, 1.980)];
        for (degrees, expected) in tabled {
            assert!((quantile(degrees) - expected).abs() <= 0.0005, "{degrees}: {}", quantile(degrees));
        }
    }

    /// 1, 2, 3: mean 2, s² = (1 + 0 + 1)/2 = 1, so that the half-width is t(2)/√3.
    #[test]
    fn interval_of_three_values_by_hand() {
        let Interval { mean, low, high } = interval(&[1.0, 2.0, 3.0]).unwrap();
        let half = 0.95 * libm::sqrt(2.0 / 0.0975) / libm::sqrt(3.0);
        assert_eq!(mean, 2.0);
        assert!((low - (2.0 - half)).abs() < 1e-8 && (high - (2.0 + half)).abs() < 1e-8, "{low}..{high}");
    }

    /// The plain mean of three times 0.1 is not 0.1.
    #[test]
    fn equal_values_have_no_width_and_one_value_no_interval() {
        for value in [0.0, 0.1, -1.0 / 3.0, 1e300] {
            for n in 2..20 {
                assert_eq!(interval(&vec![value; n]), Some(Interval { mean: value, low: value, high: value }));
            }
        }
        assert_eq!([interval(&[]), interval(&[1.0])], [None; 2]);
    }

    /// A normal value of mean 3 and standard deviation 2 (Box and Muller 1958).
    fn normal(rng: &mut ChaCha8Rng) -> f64 {
        // 1 − u is not 0.
        let (radius, turn) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
        3.0 + 2.0 * libm::sqrt(-2.0 * libm::log(radius)) * libm::cos(2.0 * std::f64::consts::PI * turn)
    }

    /// Share of samples of n normal values whose interval covers their true mean, in percent.
    pub fn coverage(samples: u32, n: usize, interval: impl Fn(&[f64]) -> Interval) -> f64 {
        let mut rng = stream(n as u64, "coverage");
        let covered = (0..samples).filter(|_| {
            let values: Vec<f64> = (0..n).map(|_| normal(&mut rng)).collect();
            let Interval { low, high, .. } = interval(&values);
            (low..=high).contains(&3.0)
        });
        covered.count() as f64 * 100.0 / f64::from(samples)
    }

    #[test]
    fn intervals_cover_the_true_mean_as_often_as_they_say() {
        for n in [2, 5, 10, 30] {
            let percent = coverage(2000, n, |values| interval(values).unwrap());
            println!("{n} values: {percent} % covered");
            assert!((93.5..=96.5).contains(&percent), "{n} values: {percent} %");
        }
    }

    /// With 4 degrees of freedom, |t| < 1.96 has a probability of 87.8 %.
    #[test]
    fn the_quantile_of_the_normal_distribution_would_cover_too_seldom() {
        let percent = coverage(2000, 5, |values| around_mean(values, 1.959_964));
        assert!((86.0..90.0).contains(&percent), "{percent} %");
    }
}
