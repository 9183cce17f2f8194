//! Bootstrap interval of a mean (Efron 1979, *Bootstrap methods: another look at the jackknife*): the values are drawn
//! again with replacement, as many as there are, [`RESAMPLES`] times, and the interval leaves out a share of the least
//! and of the greatest means.
//!
//! The share is `Φ(−t √(n/(n − 1)))`, t being the quantile that [Student's interval](super::student) has, instead of
//! 2.5 %, which would cover too seldom where n is small: the mean of ten normal values in 90 % of the cases (expanded
//! percentile interval; Hesterberg 2015, *What teachers should know about the bootstrap*).
//!
//! It assumes no distribution, and is meant for differences of percentiles, which are skewed. It knows nothing beyond
//! the least and the greatest value: five or fewer cover their mean in less than 95 % of the cases.

use rand::RngExt;
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Interval, mean, student};
use crate::random::stream;

/// Times that the values are drawn again; the error of an end is then about a hundredth of the width.
pub const RESAMPLES: usize = 10_000;

/// Interval of the mean of finite values, one a replication, in their unit. None for fewer than two; of zero width for
/// equal ones. The draws come from the stream `bootstrap/NAME` of the seed, and depend on nothing else.
pub fn interval(values: &[f64], seed: u64, name: &str) -> Option<Interval> {
    if values.len() < 2 {
        return None;
    }
    let mut rng = stream(seed, &format!("bootstrap/{name}"));
    let count = u32::try_from(values.len()).expect("replications are counted in 32 bits");
    let mut drawn = vec![0.0; values.len()];
    let mut means = vec![0.0; RESAMPLES];
    for of_resample in &mut means {
        drawn.fill_with(|| values[rng.random_range(0..count) as usize]);
        *of_resample = mean(&drawn);
    }
    means.sort_unstable_by(f64::total_cmp);
    let beyond = (share_left_out(values.len()) * RESAMPLES as f64) as usize;
    Some(Interval { mean: mean(values), low: means[beyond], high: means[RESAMPLES - 1 - beyond] })
}

/// Share of the means that is left out at either end, for n ≥ 2 values.
fn share_left_out(n: usize) -> f64 {
    let degrees_of_freedom = n - 1;
    Normal::standard().cdf(-student::quantile(degrees_of_freedom) * (n as f64 / degrees_of_freedom as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::student::tests::coverage;
    use super::*;

    /// Of 0, 0, 0, 0, 5 the resampled mean is the number k of fives drawn, binomial with n = 5 and p = 1/5:
    /// P(k = 0) = 0.8⁵ = 0.328, P(k ≤ 3) = 0.99328, P(k ≤ 4) = 0.99968. With t = 2.776, Φ(−2.776 √(5/4)) = Φ(−3.104) =
    /// 0.00096 is left out: the ends are 0, and 4, up to which the share 0.99904 goes.
    #[test]
    fn ends_are_quantiles_of_the_resampled_mean() {
        for seed in 0..20 {
            let found = interval(&[0.0, 0.0, 5.0, 0.0, 0.0], seed, "hand");
            assert_eq!(found, Some(Interval { mean: 1.0, low: 0.0, high: 4.0 }));
        }
    }

    /// The mean of many values is normal; its interval is Student's, but for 1/√RESAMPLES or so.
    #[test]
    fn many_values_have_the_interval_of_student() {
        let mut rng = stream(7, "uniform");
        let values: Vec<f64> = (0..400).map(|_| rng.random()).collect();
        let (found, student) = (interval(&values, 1, "many").unwrap(), student::interval(&values).unwrap());
        let width = student.high - student.low;
        assert_eq!(found.mean, student.mean);
        assert!((found.low - student.low).abs() < 0.05 * width, "{found:?} {student:?}");
        assert!((found.high - student.high).abs() < 0.05 * width, "{found:?} {student:?}");
    }

    /// Of 300 cases with 95 %, the share has a standard deviation of 1.3 %.
    #[test]
    fn few_values_cover_the_true_mean_as_often_as_they_say() {
        let percent = coverage(300, 10, |values| interval(values, 1, "coverage").unwrap());
        println!("{percent} % covered");
        assert!((92.0..=98.0).contains(&percent), "{percent} %");
    }

    #[test]
    fn draws_depend_on_seed_and_name_only() {
        let values: Vec<f64> = (0..9).map(|i| f64::from(i * i) / 7.0).collect();
        let of = |seed, name| interval(&values, seed, name).unwrap();
        let again = std::thread::spawn({
            let values = values.clone();
            move || interval(&values, 1, "a").unwrap()
        });
        assert_eq!(of(1, "a"), again.join().unwrap());
        assert_ne!(of(1, "a"), of(2, "a"));
        assert_ne!(of(1, "a"), of(1, "b"));
    }

    #[test]
    fn equal_values_have_no_width_and_one_value_no_interval() {
        assert_eq!(interval(&[0.1; 3], 1, ""), Some(Interval { mean: 0.1, low: 0.1, high: 0.1 }));
        assert_eq!([interval(&[], 1, ""), interval(&[1.0], 1, "")], [None; 2]);
    }
}
