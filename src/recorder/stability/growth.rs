//! The trend of a queue that was never seen empty, and how likely chance alone makes one as steep.
//!
//! Such a queue is `q(t) = a + µ·t + periodic(t) + noise`, where the noise is a sum of independent steps: what arrives
//! less what is served. µ is fitted by least squares to the steps from one count to the next, the swing of each given
//! period by its first two harmonics. The long-run variance of a step is that of the residuals with what neighbours
//! have in common (Bartlett's weights, Newey and West 1987); a variance below that of counting, one access, is not
//! believed. Student's t is taken to the normal scale by Wallace's transformation (1959).
//!
//! That a queue was never seen empty makes it longer by itself. A driftless one that starts `x` standard deviations
//! above nothing has grown by `x/erf(x/√2) − x` of them in the mean, given that it was not empty in between:
//! martingale, and reflection principle. This much is taken off before anything is called growth.

/// Harmonics that the swing of a period is fitted by.
const HARMONICS: u32 = 2;

/// The longest periods that are fitted.
const MOST_PERIODS: usize = 3;

/// Degrees of freedom below which nothing is said.
const LEAST_FREEDOM: usize = 8;

/// Steps over which neighbours have something in common.
const LAGS: usize = 2;

/// Variance of a step of one access.
const LEAST_VARIANCE: f64 = 1.0;

/// A part of the space of steps smaller than this is no direction of its own.
const NEGLIGIBLE: f64 = 1e-6;

/// The fitted trend of some counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Growth from the first count to the last, accesses, swings taken off.
    pub growth: f64,
    /// Its standard error.
    pub error: f64,
    /// Growth that not having been seen empty explains.
    pub luck: f64,
    /// Whether it rose in each quarter.
    pub rises: bool,
    freedom: f64,
}

/// What steps can be made from: directions at right angles of which none is the trend, and what is left of the trend.
#[derive(Debug)]
pub struct Design {
    swings: Vec<Vec<f64>>,
    trend: Vec<f64>,
}

impl Design {
    /// For `steps` of `every` ticks each from tick `start` on, in the presence of `periods`, ticks. None if there are
    /// too few to tell.
    pub fn new(start: f64, every: f64, steps: usize, periods: &[f64]) -> Option<Self> {
        let mut swings: Vec<Vec<f64>> = Vec::new();
        // What swings within a step leaves no more than noise.
        for &period in periods.iter().filter(|&&period| period >= every).take(MOST_PERIODS) {
            for (harmonic, wave) in (1..=HARMONICS).flat_map(|h| [(h, libm::sin as fn(f64) -> f64), (h, libm::cos)]) {
                let at = |step: usize| {
                    let turns = (start + every * step as f64) / period * f64::from(harmonic);
                    wave(std::f64::consts::TAU * (turns - libm::floor(turns)))
                };
                let column = (0..steps).map(|step| at(step + 1) - at(step)).collect();
                swings.extend(unit(without(column, &swings)));
            }
        }
        let trend = without(vec![1.0; steps], &swings);
        let told = dot_self(&trend) > NEGLIGIBLE * steps as f64;
        (told && steps > swings.len() + LEAST_FREEDOM).then_some(Self { swings, trend })
    }

    /// The trend of counts, one more than there are steps, of which none is 0.
    pub fn fit(&self, counts: &[f64]) -> Trend {
        let steps: Vec<f64> = counts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let n = steps.len();
        let left = without(steps, &self.swings);
        let weight = dot_self(&self.trend);
        let slope = dot(&left, &self.trend) / weight;
        let residuals: Vec<f64> = left.iter().zip(&self.trend).map(|(left, trend)| left - slope * trend).collect();
        let freedom = (n - self.swings.len() - 1) as f64;
        let common = |lag: usize| {
            let share = 1.0 - lag as f64 / (LAGS + 1) as f64;
            2.0 * share * dot(&residuals[lag..], &residuals[..n - lag]).max(0.0)
        };
        let variance = (dot_self(&residuals) + (1..=LAGS).map(common).sum::<f64>()) / freedom;
        let error = n as f64 * libm::sqrt(variance.max(LEAST_VARIANCE) / weight);
        let rises = (0..4).all(|quarter| {
            let part = &residuals[quarter * n / 4..(quarter + 1) * n / 4];
            slope * part.len() as f64 + part.iter().sum::<f64>() > 0.0
        });
        Trend { growth: slope * n as f64, error, luck: unseen(counts[0] / error) * error, rises, freedom }
    }
}

impl Trend {
    /// The probability that chance alone makes so steep a trend.
    pub fn chance(&self) -> f64 {
        let t = (self.growth - self.luck) / self.error;
        if t <= 0.0 {
            return 1.0;
        }
        let v = self.freedom;
        let z = (8.0 * v + 1.0) / (8.0 * v + 3.0) * libm::sqrt(v * libm::log1p(t * t / v));
        0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
    }
}

/// Mean growth, in standard deviations, of a driftless queue that begins `x` of them above nothing and is not empty in
/// between.
fn unseen(x: f64) -> f64 {
    if x < 1e-9 {
        return libm::sqrt(std::f64::consts::FRAC_PI_2);
    }
    (x / libm::erf(x * std::f64::consts::FRAC_1_SQRT_2) - x).max(0.0)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn dot_self(a: &[f64]) -> f64 {
    dot(a, a)
}

/// What of a column is at right angles to others, which are so to each other.
fn without(mut column: Vec<f64>, others: &[Vec<f64>]) -> Vec<f64> {
    for other in others {
        let share = dot(&column, other);
        column.iter_mut().zip(other).for_each(|(value, other)| *value -= share * other);
    }
    column
}

/// A column at length 1, if it has a length worth the name.
fn unit(column: Vec<f64>) -> Option<Vec<f64>> {
    let square = dot_self(&column);
    (square > NEGLIGIBLE * column.len() as f64).then(|| column.iter().map(|value| value / libm::sqrt(square)).collect())
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use rand::RngExt;

    use super::*;
    use crate::random::stream;

    /// Sums of 40 steps ±`size`, with a mean of `drift`.
    fn walk(seed: u64, drift: f64, size: f64) -> Vec<f64> {
        let mut rng = stream(seed, "test");
        let mut at = 1e6;
        let step = |_| {
            at += drift + if rng.random_bool(0.5) { size } else { -size };
            at
        };
        (0..41).map(step).collect()
    }

    #[test]
    fn chances_are_as_rare_as_they_say() {
        let design = Design::new(0.0, 1.0, 40, &[]).unwrap();
        let rare = (0..20_000).filter(|&seed| design.fit(&walk(seed, 0.0, 10.0)).chance() < 0.01).count();
        assert!(rare < 230, "{rare} of 20,000 below 0.01");
        let swings = Design::new(0.0, 1.0, 40, &[13.0, 40.0]).unwrap();
        let rare = (0..20_000).filter(|&seed| swings.fit(&walk(seed, 0.0, 10.0)).chance() < 0.01).count();
        assert!(rare < 260, "{rare} of 20,000 below 0.01, in the presence of periods");
    }

    #[test]
    fn a_swing_is_no_trend_and_hides_none() {
        let tau = std::f64::consts::TAU;
        for (drift, least, most) in [(0.0, 0.2, 1.0), (4.0, 0.0, 1e-6)] {
            let counts = walk(3, drift, 1.0).into_iter().zip(0..).map(|(count, t)| {
                let day = f64::from(t) / 20.0;
                count + 300.0 * libm::sin(tau * day + 1.0) + 80.0 * libm::cos(2.0 * tau * day)
            });
            let found = Design::new(0.0, 1.0, 40, &[20.0]).unwrap().fit(&counts.collect::<Vec<_>>());
            assert!((found.growth - 40.0 * drift).abs() < 25.0, "{found:?}");
            assert!((least..=most).contains(&found.chance()), "{found:?}");
        }
    }

    /// Half a day looks like a trend, and one step tells nothing of a swing within it.
    #[test]
    fn what_cannot_be_told_apart_has_no_design_or_a_wide_error() {
        let half: Vec<f64> = (0..=40).map(|t| 1000.0 - 900.0 * libm::cos(f64::from(t) / 40.0 * PI)).collect();
        let found = Design::new(0.0, 1.0, 40, &[80.0]).unwrap().fit(&half);
        assert!(found.chance() > 0.01, "{found:?}");
        assert!(Design::new(0.0, 1.0, 8, &[]).is_none());
        // Every step a whole number of periods: there is no swing to fit.
        assert!(Design::new(0.0, 20.0, 40, &[20.0]).unwrap().swings.is_empty());
    }

    /// Walks from `x` that stay above nothing, against the formula.
    #[test]
    fn not_having_been_empty_explains_some_growth() {
        let mut rng = stream(7, "test");
        for x in [0.2, 1.0, 2.0] {
            let (mut sum, mut stayed) = (0.0, 0);
            for _ in 0..20_000 {
                let mut at = x * 20.0;
                let stays = (0..400).all(|_| {
                    at += if rng.random_bool(0.5) { 1.0 } else { -1.0 };
                    at > 0.0
                });
                if stays {
                    stayed += 1;
                    sum += at / 20.0 - x;
                }
            }
            let found = sum / f64::from(stayed);
            assert!((found - unseen(x)).abs() < 0.05, "{x}: {found}, expected {}", unseen(x));
        }
        assert!((unseen(0.0) - unseen(1e-6)).abs() < 1e-5 && unseen(9.0) == 0.0);
    }
}
