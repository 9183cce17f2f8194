//! Student's interval of a mean: `x̄ ± t · s/√n`, where s² = Σ(x − x̄)²/(n − 1) and t is the quantile of Student's
//! distribution with n − 1 degrees of freedom (Student 1908, *The probable error of a mean*). The p value is that of
//! the same statistic: it is below 1 − [`CONFIDENCE`] where the interval is clear of 0.
//!
//! Exact for independent normal values, and close for others as n grows. It corrects for nothing when many metrics are
//! looked at: of 20 intervals, one is expected to miss. Where many are tests, [`holm`](super::holm) corrects them.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{CONFIDENCE, Interval, mean};

/// Interval of the mean of finite values, in their unit and summed in their order. None for fewer than two, which say
/// nothing about their spread; of zero width for equal ones.
pub fn interval(values: &[f64]) -> Option<Interval> {
    (values.len() > 1).then(|| around_mean(values, quantile(values.len() - 1)))
}

/// Two-sided p value of finite values, to nine digits: how likely their mean would be as far from 0, or farther, if it
/// were 0 in truth. None for fewer than two; of equal values 1 if they are 0, else 0.
pub fn p_value(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let (mean, error) = (mean(values), standard_error(values));
    if mean == 0.0 {
        return Some(1.0);
    }
    let p = 2.0 * distribution(values.len() - 1).sf((mean / error).abs());
    // As with quantiles, but small ones are not nothing.
    Some(format!("{p:.8e}").parse().expect("what is written can be read"))
}

/// The mean of two or more values, give or take as many standard errors.
fn around_mean(values: &[f64], standard_errors: f64) -> Interval {
    let (mean, half) = (mean(values), standard_errors * standard_error(values));
    Interval { mean, low: mean - half, high: mean + half }
}

/// `s/√n` of two or more values.
fn standard_error(values: &[f64]) -> f64 {
    let (n, mean) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

/// What |t| exceeds with a probability of 1 − [`CONFIDENCE`].
pub(in crate::experiment) fn quantile(degrees_of_freedom: usize) -> f64 {
    rounded(distribution(degrees_of_freedom).inverse_cdf((1.0 + CONFIDENCE) / 2.0))
}

fn distribution(degrees_of_freedom: usize) -> StudentsT {
    StudentsT::new(0.0, 1.0, degrees_of_freedom as f64).expect("a positive number is valid")
}

/// Rounded, because the crate's logarithms and powers are those of std, whose last bits depend on the machine.
fn rounded(value: f64) -> f64 {
    const STEPS: f64 = 1e9;
    (value * STEPS).round() / STEPS
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

    /// P(|t| > x) is 1 − 2 atan(x)/π with 1 degree of freedom, and 1 − x/√(x² + 2) with 2. Of 0 and 2, t = 1: mean and
    /// standard error are 1. Of 1, 2, 3, t = 2√3.
    #[test]
    fn p_values_are_those_of_closed_forms() {
        assert!((p_value(&[0.0, 2.0]).unwrap() - 0.5).abs() < 1e-9);
        let expected = 1.0 - libm::sqrt(12.0 / 14.0);
        for values in [[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]] {
            assert!((p_value(&values).unwrap() - expected).abs() < 1e-9, "{:?}", p_value(&values));
        }
        // Beyond x = 1e6 lies 1/x² of 2 degrees: 1e6 standard errors from 0 are three values with s = √3.
        let tiny = p_value(&[1e6 - libm::sqrt(3.0), 1e6, 1e6 + libm::sqrt(3.0)]).unwrap();
        assert!((tiny / 1e-12 - 1.0).abs() < 1e-6, "{tiny}");
        assert_eq!([p_value(&[]), p_value(&[1.0])], [None; 2]);
        assert_eq!([p_value(&[0.0; 3]), p_value(&[0.1; 3]), p_value(&[-1.0, 1.0])], [Some(1.0), Some(0.0), Some(1.0)]);
    }

    #[test]
    fn p_value_is_below_five_percent_where_the_interval_is_clear_of_0() {
        let mut rng = stream(1, "p value");
        let mut clear = 0;
        for n in [2, 3, 5, 10, 100] {
            for shift in [0.0, 1.0, 3.0] {
                for _ in 0..20 {
                    let values: Vec<f64> = (0..n).map(|_| normal(&mut rng) - 3.0 + shift).collect();
                    let Interval { low, high, .. } = interval(&values).unwrap();
                    assert_eq!(p_value(&values).unwrap() < 1.0 - CONFIDENCE, low > 0.0 || high < 0.0, "{values:?}");
                    clear += u32::from(low > 0.0);
                }
            }
        }
        assert!((50..250).contains(&clear), "{clear} of 300");
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
    pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
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
