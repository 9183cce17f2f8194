//! Latin hypercube sample of a space of factors (McKay, Beckman and Conover 1979, *A comparison of three methods for
//! selecting values of input variables in the analysis of output from a computer code*).
//!
//! Each factor's range is divided into as many strata of equal width as there are points, and every stratum holds one
//! point. Which point has which stratum is a random permutation a factor. Within its stratum a point lies anywhere,
//! uniformly: midpoints would be a grid, on which what repeats with the grid cannot be seen.
//!
//! Factors are sampled independently: nothing here keeps two of them from being correlated by chance in a small sample.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::Value;

use super::outcome::Point;
use crate::random::stream;

/// What is varied.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// Path of a field of the scenario; names the factor's random stream.
    pub path: String,
    /// Values that it takes.
    pub range: Range,
}

/// Values of a factor.
#[derive(Debug, Clone, PartialEq)]
pub enum Range {
    /// Any number from `low` to `high`, in the unit of the field.
    Continuous {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// One of these, at least one: names, or the integers of a range. Each is taken by as many points as any other,
    /// give or take one.
    Listed(Vec<Value>),
}

/// A sample of as many points. A factor's values depend on the seed, the number of points, its path and its range, and
/// not on other factors, whose paths differ.
///
/// # Panics
/// If a list of values is empty.
pub fn sample(points: u32, factors: &[Factor], seed: u64) -> Vec<Point> {
    let mut sampled = vec![Point::new(); points as usize];
    for factor in factors {
        let mut rng = stream(seed, &format!("latin-hypercube/{}", factor.path));
        let mut strata: Vec<u32> = (0..points).collect();
        strata.shuffle(&mut rng);
        for (point, stratum) in sampled.iter_mut().zip(strata) {
            let value = match &factor.range {
                Range::Continuous { low, high } => {
                    let share = (f64::from(stratum) + rng.random::<f64>()) / f64::from(points);
                    Value::from(low + share * (high - low))
                }
                Range::Listed(values) => {
                    values[(u64::from(stratum) * values.len() as u64 / u64::from(points)) as usize].clone()
                }
            };
            point.insert(factor.path.clone(), value);
        }
    }
    sampled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate() -> Factor {
        Factor { path: "workloads.0.rate".into(), range: Range::Continuous { low: 2.0, high: 5.0 } }
    }

    fn policy(values: usize) -> Factor {
        let names = (0..values).map(|name| Value::from(format!("policy {name}")));
        Factor { path: "wormholes.policy".into(), range: Range::Listed(names.collect()) }
    }

    fn column(points: &[Point], factor: &Factor) -> Vec<Value> {
        points.iter().map(|point| point[&factor.path].clone()).collect()
    }

    #[test]
    fn every_stratum_of_every_factor_holds_one_point() {
        let factors = ["a", "b", "c"].map(|path| Factor { path: path.into(), ..rate() });
        for points in [1, 2, 7, 100] {
            let sampled = sample(points, &factors, 3);
            for factor in &factors {
                let stratum = |value: Value| ((value.as_f64().unwrap() - 2.0) / 3.0 * f64::from(points)) as u32;
                let mut strata: Vec<u32> = column(&sampled, factor).into_iter().map(stratum).collect();
                strata.sort_unstable();
                assert_eq!(strata, (0..points).collect::<Vec<_>>(), "{points} points");
            }
        }
    }

    #[test]
    fn listed_values_are_spread_evenly() {
        for (points, values) in [(12, 4), (10, 4), (3, 7), (1, 2)] {
            let sampled = column(&sample(points, &[policy(values)], 3), &policy(values));
            let Range::Listed(names) = policy(values).range else { unreachable!() };
            let counts = names.iter().map(|name| sampled.iter().filter(|value| *value == name).count());
            let even = points as usize / values;
            assert!(counts.clone().all(|count| (even..=even + 1).contains(&count)), "{points} over {values}");
            assert_eq!(counts.sum::<usize>(), points as usize);
        }
    }

    #[test]
    fn factors_are_permuted_and_do_not_follow_each_other() {
        let factors = ["a", "b"].map(|path| Factor { path: path.into(), ..rate() });
        let sampled = sample(50, &factors, 3);
        let [a, b] = factors.each_ref().map(|factor| column(&sampled, factor));
        let falls = |column: &[Value]| column.windows(2).filter(|pair| pair[0].as_f64() > pair[1].as_f64()).count();
        // Of 49 steps half fall, with a standard deviation of √(51/12) ≈ 2.
        assert!((15..35).contains(&falls(&a)) && (15..35).contains(&falls(&b)));
        assert_ne!(a, b);
    }

    #[test]
    fn sample_depends_on_the_seed() {
        assert_eq!(sample(9, &[rate(), policy(3)], 1), sample(9, &[rate(), policy(3)], 1));
        assert_ne!(sample(9, &[rate(), policy(3)], 1), sample(9, &[rate(), policy(3)], 2));
    }

    #[test]
    fn another_factor_changes_no_column() {
        let (alone, both) = (sample(20, &[rate()], 1), sample(20, &[policy(3), rate()], 1));
        assert_eq!(column(&alone, &rate()), column(&both, &rate()));
    }

    #[test]
    fn points_lie_anywhere_in_their_strata() {
        let within = column(&sample(200, &[rate()], 1), &rate()).into_iter().map(|value| {
            let share = (value.as_f64().unwrap() - 2.0) / 3.0 * 200.0;
            share - share.floor()
        });
        let low = within.clone().filter(|share| *share < 0.5).count();
        // Binomial with a standard deviation of √50 ≈ 7.
        assert!((65..135).contains(&low), "{low} of 200 in the lower half");
    }
}
