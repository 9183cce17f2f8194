//! The value at which the net benefit is nothing, with an interval, found by repeating runs at other values.
//!
//! At one price, the net benefit of a replication is a line in the price: what it gained less the price times what it
//! paid for. Where the mean of these lines crosses 0 is the break-even price if nothing else changes. A policy that reads
//! prices does something else at another price; its runs are then repeated there, until the price stays where it is. The
//! interval holds every price at which the interval of the net benefit holds 0 (Fieller 1954).

use serde::{Deserialize, Serialize};

use super::statistics::{Interval, mean, student};

/// Values that are tried at the most.
const MOST_TRIALS: usize = 10;

/// A value stays where it is if it moves by no more than this share of itself.
const SAME: f64 = 0.01;

/// The next price that is tried, in parts of this one, where a free one would not make up for the rest.
const LOWER: f64 = 0.1;

/// The least one, in parts of the first, give or take a rounding.
const LEAST: f64 = 0.011;

/// One replication at a value: a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Net benefit at the value.
    pub net: f64,
    /// How much less it is for one more.
    pub slope: f64,
}

/// Replications at a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The value.
    pub value: f64,
    /// Their lines.
    pub lines: Vec<Line>,
}

/// Where the net benefit is nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakEven {
    /// Of `physics.wormhole.upkeep_per_tick`, ticks a tick.
    pub upkeep: Option<Interval>,
    /// Why there is none.
    pub upkeep_reason: Option<String>,
    /// Of `physics.wormhole.opening_cost`, ticks.
    pub opening: Option<Interval>,
    /// Why there is none.
    pub opening_reason: Option<String>,
}

/// A value with its interval, or why there is none.
pub type Found = Result<Interval, &'static str>;

impl Trial {
    fn mean(&self, of: fn(&Line) -> f64) -> f64 {
        mean(&self.lines.iter().map(of).collect::<Vec<_>>())
    }

    /// Mean net benefit.
    pub fn net(&self) -> f64 {
        self.mean(|line| line.net)
    }

    /// Net benefits of the replications.
    pub fn nets(&self) -> Vec<f64> {
        self.lines.iter().map(|line| line.net).collect()
    }

    fn slope(&self) -> f64 {
        self.mean(|line| line.slope)
    }

    /// Where the mean of the lines is nothing.
    fn root(&self) -> f64 {
        self.value + self.net() / self.slope()
    }

    /// All values x at which |mean of net − (x − value)·slope| ≤ t standard errors, if they are between two ends.
    pub fn interval(&self) -> Option<Interval> {
        let n = self.lines.len();
        if n < 2 || self.slope() == 0.0 {
            return None;
        }
        let (net, slope) = (self.net(), self.slope());
        let products = |of: fn(&Line, f64, f64) -> f64| -> f64 {
            self.lines.iter().map(|line| of(line, net, slope)).sum::<f64>() / (n - 1) as f64 / n as f64
        };
        let squared = student::quantile(n - 1) * student::quantile(n - 1);
        let of_net = squared * products(|line, net, _| (line.net - net) * (line.net - net));
        let of_slope = squared * products(|line, _, slope| (line.slope - slope) * (line.slope - slope));
        let of_both = squared * products(|line, net, slope| (line.net - net) * (line.slope - slope));
        // a·x² − 2b·x + c ≤ 0, x from the value.
        let (a, b, c) = (slope * slope - of_slope, net * slope - of_both, net * net - of_net);
        if a <= 0.0 {
            return None;
        }
        let half = (b * b - a * c).max(0.0).sqrt();
        let at = |x: f64| (self.value + x).max(0.0);
        Some(Interval { mean: at(net / slope), low: at((b - half) / a), high: at((b + half) / a) })
    }
}

/// The break-even price, given the runs at the present one. `again` repeats them at another price; where behaviour does
/// not depend on the price, that is needed only to know what is paid for.
///
/// # Errors
/// Those of `again`; `Ok(None)` if it was stopped.
pub fn price<E>(
    first: Trial,
    depends: bool,
    mut again: impl FnMut(f64) -> Result<Option<Trial>, E>,
) -> Result<Option<Found>, E> {
    let mut trial = first;
    if trial.value == 0.0 {
        // What costs nothing is not in the ledger.
        let Some(other) = again(1.0)? else { return Ok(None) };
        trial = other;
    }
    let first_value = trial.value;
    if trial.lines.len() < 2 {
        return Ok(Some(Err("fewer than two replications can be compared")));
    }
    if trial.slope() == 0.0 {
        return Ok(Some(Err("none is paid after the warm-up")));
    }
    // The highest price that is known to pay, and the lowest that is known not to.
    let (mut pays, mut loses) = (0.0_f64, f64::INFINITY);
    for _ in 0..MOST_TRIALS {
        if trial.net() > 0.0 {
            pays = pays.max(trial.value);
        } else if trial.slope() > 0.0 {
            loses = loses.min(trial.value);
        }
        let root = if trial.slope() > 0.0 { trial.root() } else { f64::midpoint(pays, trial.value) };
        if !depends {
            break;
        }
        let next = match root {
            _ if root <= 0.0 && trial.value < first_value * LEAST => break,
            root if root <= 0.0 => trial.value * LOWER,
            root if (pays..=loses).contains(&root) => root,
            _ if loses.is_finite() => f64::midpoint(pays, loses),
            root => root,
        };
        if trial.slope() > 0.0 && (next - trial.value).abs() <= SAME * trial.value {
            break;
        }
        let Some(other) = again(next)? else { return Ok(None) };
        trial = other;
    }
    Ok(Some(match trial.slope() {
        0.0 => Err("it opens nothing at the prices at which it would not pay"),
        _ if trial.root() <= 0.0 && depends => {
            Err("it would not pay if this were free, here and down to a hundredth of the price")
        }
        _ if trial.root() <= 0.0 => Err("it would not pay if this were free"),
        _ => trial.interval().ok_or("what is paid for varies too much for an interval"),
    }))
}

/// Where the net benefit is nothing between values that were tried, in their order, each with its interval: the mean
/// crosses 0 after the value at place `before`; the ends of the interval are where the net benefit is clear of 0, on
/// lines between values.
pub fn crossing(tried: &[(f64, Interval)], before: usize) -> Found {
    let line = |place: usize, of: fn(&Interval) -> f64| {
        let ((from, a), (to, b)) = (&tried[place], &tried[place + 1]);
        let (a, b) = (of(a), of(b));
        ((a > 0.0) != (b > 0.0)).then(|| from + (to - from) * a / (a - b))
    };
    let unclear =
        "the net benefit is clear of nothing on one side only of the values tried: more replications may help";
    let mean = line(before, |net| net.mean).ok_or(unclear)?;
    // Falling, the lower end of the interval crosses first.
    let falls = tried[before].1.mean > 0.0;
    let ends: [fn(&Interval) -> f64; 2] = [|net| net.low, |net| net.high];
    let [first, last] = if falls { ends } else { [ends[1], ends[0]] };
    let low = (0..=before).rev().find_map(|place| line(place, first)).ok_or(unclear)?;
    let high = (before..tried.len() - 1).find_map(|place| line(place, last)).ok_or(unclear)?;
    Ok(Interval { mean, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(value: f64, lines: &[(f64, f64)]) -> Trial {
        Trial { value, lines: lines.iter().map(|&(net, slope)| Line { net, slope }).collect() }
    }

    fn found(first: Trial, again: impl Fn(f64) -> Trial) -> Found {
        price::<()>(first, true, |price| Ok(Some(again(price)))).unwrap().unwrap()
    }

    /// Equal slopes: the interval is that of the nets over the slope.
    #[test]
    fn with_equal_slopes_the_interval_is_students() {
        let nets = [3.0, 5.0, 4.0, 8.0];
        let lines: Vec<(f64, f64)> = nets.iter().map(|&net| (net, 2.0)).collect();
        let found = trial(10.0, &lines).interval().unwrap();
        let student = student::interval(&nets).unwrap();
        assert_eq!(found.mean, 12.5);
        assert!((found.low - (10.0 + student.low / 2.0)).abs() < 1e-12);
        assert!((found.high - (10.0 + student.high / 2.0)).abs() < 1e-12);
        assert_eq!(trial(1.0, &[(1.0, -1.0), (1.0, 1.5)]).interval(), None);
    }

    /// At both ends the interval of the net benefit just holds 0.
    #[test]
    fn at_the_ends_the_net_benefit_just_holds_nothing() {
        let lines = [(3.0, 1.0), (5.0, 2.0), (4.0, 1.5), (8.0, 1.8)];
        let found = trial(10.0, &lines).interval().unwrap();
        let net_at = |price: f64| {
            let nets: Vec<f64> = lines.iter().map(|(net, slope)| net - (price - 10.0) * slope).collect();
            student::interval(&nets).unwrap()
        };
        assert!(net_at(found.low).low.abs() < 1e-9 && net_at(found.high).high.abs() < 1e-9);
    }

    #[test]
    fn behaviour_that_changes_is_repeated_until_the_price_stays() {
        // It holds less the dearer it is: gains 10·√h for h held, h = 100/(1 + price)².
        let at = |price: f64| {
            let held = 100.0 / (1.0 + price) / (1.0 + price);
            let line = |noise: f64| (10.0 * held.sqrt() + noise - held * price - 30.0, held);
            trial(price, &[line(0.01), line(-0.01), line(0.0)])
        };
        // 100/(1 + p) − 100·p/(1 + p)² = 30: (1 + p)² = 100/30.
        let exact = (10.0_f64 / 3.0).sqrt() - 1.0;
        for start in [0.0, 0.1, 0.7, 5.0, 20.0] {
            let found = found(at(start), at).unwrap();
            assert!((found.mean - exact).abs() < 0.01 * exact, "from {start}: {found:?}, exactly {exact}");
        }
    }

    #[test]
    fn where_there_is_no_price_it_is_said_why() {
        let never = |price: f64| trial(price, &[(-1.0 - price, 1.0), (-2.0 - price, 1.0)]);
        assert_eq!(
            found(never(4.0), never),
            Err("it would not pay if this were free, here and down to a hundredth of the price")
        );
        let nothing = |price: f64| trial(price, &[(0.0, 0.0), (0.0, 0.0)]);
        assert_eq!(found(nothing(4.0), nothing), Err("none is paid after the warm-up"));
        assert_eq!(found(trial(4.0, &[(1.0, 1.0)]), nothing), Err("fewer than two replications can be compared"));
    }
    #[test]
    fn a_crossing_is_where_the_interval_is_clear_of_nothing() {
        let net = |mean: f64| Interval { mean, low: mean - 1.0, high: mean + 1.0 };
        // The mean is 5 − x.
        let tried = [1.0, 3.0, 4.5, 5.5, 7.0].map(|value| (value, net(5.0 - value)));
        assert_eq!(crossing(&tried, 2), Ok(Interval { mean: 5.0, low: 4.0, high: 6.0 }));
        let rising = tried.map(|(value, net)| (value, Interval { mean: -net.mean, low: -net.high, high: -net.low }));
        assert_eq!(crossing(&rising, 2), Ok(Interval { mean: 5.0, low: 4.0, high: 6.0 }));
        assert!(crossing(&tried[..4], 2).is_err() && crossing(&tried[2..], 0).is_err());
    }
}
