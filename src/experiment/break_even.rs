//! The value at which the net benefit is nothing, with an interval, found by repeating runs at other values.
//!
//! At one price, the net benefit of a replication is a line in the price: what it gained less the price times what it
//! paid for. Where the mean of these lines crosses 0 is the break-even price if nothing else changes, and the interval
//! holds every price at which that of the net benefit holds 0 (Fieller 1954). A policy that reads prices does something
//! else at another price. Then runs are repeated: the lines only say where to look next, and price and interval are
//! where the net benefit at prices that were tried, and the ends of its interval, cross 0.

use serde::{Deserialize, Serialize};

use super::statistics::{Interval, mean, student};

/// Prices that are tried at the most.
const MOST_TRIALS: usize = 14;

/// Prices that are tried at the most to find one that pays beside one that does not.
const MOST_STEPS: usize = 5;

/// A bracket is narrow if it is no wider than this share of its upper end.
const NARROW: f64 = 0.05;

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
    /// Their lines, two or more.
    pub lines: Vec<Line>,
}

/// What is known at a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Tried {
    /// All replications.
    At(Trial),
    /// Some replication has no result there, or the value is not allowed.
    NoResult,
    /// The user asked to stop.
    Stopped,
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
pub type Found = Result<Interval, String>;

impl Trial {
    fn mean(&self, of: fn(&Line) -> f64) -> f64 {
        mean(&self.lines.iter().map(of).collect::<Vec<_>>())
    }

    /// Mean net benefit.
    fn net(&self) -> f64 {
        self.mean(|line| line.net)
    }

    /// Net benefit with its interval.
    pub fn net_interval(&self) -> Interval {
        let nets: Vec<f64> = self.lines.iter().map(|line| line.net).collect();
        student::interval(&nets).expect("a trial has two replications or more")
    }

    fn slope(&self) -> f64 {
        self.mean(|line| line.slope)
    }

    /// Where the mean of the lines is nothing, if they lead anywhere.
    fn root(&self) -> Option<f64> {
        (self.slope() > 0.0).then(|| self.value + self.net() / self.slope())
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
    mut again: impl FnMut(f64) -> Result<Tried, E>,
) -> Result<Option<Found>, E> {
    if depends {
        return Search { again, points: vec![Point::of(first)], tried: 1 }.run();
    }
    let mut trial = first;
    if trial.value == 0.0 {
        // What costs nothing is not in the ledger.
        match again(1.0)? {
            Tried::Stopped => return Ok(None),
            Tried::NoResult => return Ok(Some(Err("a run has no result".to_owned()))),
            Tried::At(other) => trial = other,
        }
    }
    Ok(Some(match trial.root() {
        None => Err("none is paid after the warm-up".to_owned()),
        Some(root) if root <= 0.0 => Err("it would not pay if this were free".to_owned()),
        Some(_) => trial.interval().ok_or_else(|| "what is paid for varies too much for an interval".to_owned()),
    }))
}

/// A price and what is known there.
#[derive(Debug, Clone)]
struct Point {
    price: f64,
    trial: Option<Trial>,
}

impl Point {
    fn of(trial: Trial) -> Self {
        Self { price: trial.value, trial: Some(trial) }
    }

    /// Whether the arm pays there; it does not where it has no result.
    fn pays(&self) -> bool {
        self.trial.as_ref().is_some_and(|trial| trial.net() > 0.0)
    }
}

/// A search among prices at which behaviour differs.
struct Search<F> {
    again: F,
    /// By price.
    points: Vec<Point>,
    tried: usize,
}

impl<E, F: FnMut(f64) -> Result<Tried, E>> Search<F> {
    fn run(mut self) -> Result<Option<Found>, E> {
        let first = self.points[0].price;
        for step in 0..MOST_STEPS {
            if self.change().is_some() {
                break;
            }
            let next = self.outward(step);
            if !self.add(next)? {
                return Ok(None);
            }
        }
        if self.change().is_none() {
            let [low, high] = [0, self.points.len() - 1].map(|place| self.points[place].price);
            let keeps = if self.points[0].pays() { "it pays" } else { "it would not pay" };
            return Ok(Some(Err(format!(
                "{keeps} at all prices that were tried, from {low} to {high} ({first} here)"
            ))));
        }
        while let Some(next) = self.inward().filter(|_| self.tried < MOST_TRIALS) {
            if !self.add(next)? {
                return Ok(None);
            }
        }
        for clear_side in [0, 1] {
            if let Some(next) = self.beyond(clear_side).filter(|_| self.tried < MOST_TRIALS)
                && !self.add(next)?
            {
                return Ok(None);
            }
        }
        Ok(Some(self.found()))
    }

    /// Tries a price. False if the user asked to stop.
    fn add(&mut self, price: f64) -> Result<bool, E> {
        self.tried += 1;
        let trial = match (self.again)(price)? {
            Tried::Stopped => return Ok(false),
            Tried::NoResult => None,
            Tried::At(trial) => Some(trial),
        };
        self.points.push(Point { price, trial });
        self.points.sort_by(|a, b| a.price.total_cmp(&b.price));
        Ok(true)
    }

    /// The place of a price that pays, before one that does not.
    fn change(&self) -> Option<usize> {
        self.points.windows(2).position(|pair| pair[0].pays() && !pair[1].pays())
    }

    /// A price beyond those tried: lower if none pays, else higher; by the lines, if these lead there.
    fn outward(&self, step: usize) -> f64 {
        let (lowest, highest) = (&self.points[0], &self.points[self.points.len() - 1]);
        let root = |point: &Point| point.trial.as_ref().and_then(Trial::root);
        if lowest.pays() {
            let least = if highest.price == 0.0 { 1.0 } else { highest.price * 2.0 };
            root(highest).filter(|&root| root > highest.price && step == 0).map_or(least, |root| root * 1.05)
        } else {
            let most = lowest.price / 3.0;
            root(lowest)
                .filter(|&root| root > most && root < lowest.price && step == 0)
                .map_or(most, |root| root * 0.95)
        }
    }

    /// A price between the one that pays and the one that does not, if these are not near each other yet.
    fn inward(&self) -> Option<f64> {
        let place = self.change()?;
        let (low, high) = (&self.points[place], &self.points[place + 1]);
        let width = high.price - low.price;
        let holds_nothing = |point: &Point| {
            point.trial.as_ref().is_some_and(|trial| {
                let net = trial.net_interval();
                net.low <= 0.0 && net.high >= 0.0 && trial.slope() > 0.0
            })
        };
        if width <= NARROW * high.price || holds_nothing(low) || holds_nothing(high) {
            return None;
        }
        let inside = |root: &f64| *root > low.price + 0.02 * width && *root < high.price - 0.02 * width;
        // Two roots outside in a row are a jump: halves close in on it.
        let roots = [low, high].map(|point| point.trial.as_ref().and_then(Trial::root).filter(inside));
        Some(match (roots, self.tried % 2) {
            ([Some(root), _], 0) | ([None, Some(root)], 0) | ([_, Some(root)], 1) => root,
            _ => f64::midpoint(low.price, high.price),
        })
    }

    /// A price on a side where no interval near by is clear of 0 yet, and the lines say that it is.
    fn beyond(&self, side: usize) -> Option<f64> {
        let place = self.change()?;
        let near = self.points[place..=place + 1].iter().filter_map(|point| point.trial.as_ref());
        let guess = near.filter_map(Trial::interval).next()?;
        let is_clear = |point: &Point| {
            point.trial.as_ref().is_some_and(|trial| {
                let net = trial.net_interval();
                if side == 0 { net.low > 0.0 } else { net.high < 0.0 }
            })
        };
        let points = if side == 0 { &self.points[..=place] } else { &self.points[place + 1..] };
        let (width, end) = (guess.high - guess.low, if side == 0 { guess.low } else { guess.high });
        if points.iter().any(|point| is_clear(point) && (point.price - end).abs() <= width) {
            return None;
        }
        let price = if side == 0 { guess.low - 0.2 * width } else { guess.high + 0.2 * width };
        let bound = self.points[if side == 0 { place } else { place + 1 }].price;
        (price > 0.0 && (price < bound) == (side == 0)).then_some(price)
    }

    fn found(&self) -> Found {
        let place = self.change().expect("it is between two prices");
        let (low, high) = (&self.points[place], &self.points[place + 1]);
        let Some(above) = &high.trial else {
            return Err(format!("it pays at {}, and a run has no result at {}", low.price, high.price));
        };
        if above.slope() == 0.0 {
            // It stops opening somewhere between.
            let mean = f64::midpoint(low.price, high.price);
            return Ok(Interval { mean, low: low.price, high: high.price });
        }
        let known = self.points.iter().filter_map(|point| Some((point.price, point.trial.as_ref()?.net_interval())));
        let known: Vec<(f64, Interval)> = known.collect();
        let before = known.iter().position(|(price, _)| *price == low.price).expect("it has a result");
        crossing(&known, before).map_err(str::to_owned)
    }
}

/// Where the net benefit is nothing between values that were tried, in their order, each with its interval: the mean
/// crosses 0 after the value at place `before`; the ends of the interval are where the net benefit is clear of 0, on
/// lines between values.
///
/// # Errors
/// Where it is clear of 0 on one side only.
pub fn crossing(tried: &[(f64, Interval)], before: usize) -> Result<Interval, &'static str> {
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
        price::<()>(first, true, |price| Ok(Tried::At(again(price)))).unwrap().unwrap()
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

    /// It holds less the dearer it is: gains 10·√h for h held, h = 100/(1 + price)², of which three replications differ
    /// by as much either way.
    fn elastic(price: f64) -> Trial {
        let held = 100.0 / (1.0 + price) / (1.0 + price);
        let line = |noise: f64| (10.0 * held.sqrt() + noise - held * price - 30.0, held);
        trial(price, &[line(0.5), line(-0.5), line(0.0)])
    }

    #[test]
    fn behaviour_that_changes_is_repeated_until_the_price_is_found() {
        // 100/(1 + p) − 100·p/(1 + p)² = 30: (1 + p)² = 100/30.
        let exact = (10.0_f64 / 3.0).sqrt() - 1.0;
        for start in [0.0, 0.1, 0.7, 5.0, 20.0] {
            let found = found(elastic(start), elastic).unwrap();
            assert!((found.mean - exact).abs() < 0.03 * exact, "from {start}: {found:?}, exactly {exact}");
            // At the ends the interval of the net benefit holds 0 just so.
            let half = student::interval(&[0.5, -0.5, 0.0]).unwrap().high;
            for end in [found.low, found.high] {
                let net = elastic(end).net().abs();
                assert!((net - half).abs() < 0.4 * half, "from {start}: {net} at {end}, half-width {half}");
            }
        }
    }

    /// Below 3 it gains 10 less the price, above it gains nothing and pays all the same; or it stops opening there.
    #[test]
    fn where_behaviour_jumps_the_price_is_at_the_jump() {
        let jumps = |price: f64| {
            let gain = if price < 3.0 { 10.0 } else { -4.0 };
            trial(price, &[(gain - price + 0.01, 1.0), (gain - price - 0.01, 1.0)])
        };
        let stops = |price: f64| {
            let line = |noise: f64| if price < 3.0 { (10.0 - price + noise, 1.0) } else { (0.0, 0.0) };
            trial(price, &[line(0.01), line(-0.01)])
        };
        for start in [0.5, 1.0, 2.9, 3.1, 8.0, 50.0] {
            let jump = found(jumps(start), jumps).unwrap();
            assert!((jump.mean - 3.0).abs() < 0.2 && jump.low > 2.5 && jump.high < 3.5, "from {start}: {jump:?}");
            let stop = found(stops(start), stops).unwrap();
            assert!(stop.low < 3.0 && stop.high >= 3.0 && stop.high - stop.low < 0.2, "from {start}: {stop:?}");
        }
    }

    #[test]
    fn where_there_is_no_price_it_is_said_why() {
        let never = |price: f64| trial(price, &[(-1.0 - price, 1.0), (-2.0 - price, 1.0)]);
        assert!(found(never(4.0), never).unwrap_err().starts_with("it would not pay at all prices that were tried"));
        let always = |price: f64| trial(price, &[(1.0 + price, 0.1), (2.0 + price, 0.1)]);
        assert!(
            found(always(4.0), always).unwrap_err().starts_with("it pays at all prices that were tried, from 4 to")
        );
        let alone = |trial| price::<()>(trial, false, |_| Ok(Tried::NoResult)).unwrap().unwrap().unwrap_err();
        assert_eq!(alone(trial(4.0, &[(0.0, 0.0), (0.0, 0.0)])), "none is paid after the warm-up");
        assert_eq!(alone(trial(4.0, &[(-9.0, 1.0), (-9.0, 1.0)])), "it would not pay if this were free");
        assert_eq!(alone(trial(0.0, &[(1.0, 0.0), (1.0, 0.0)])), "a run has no result");
        let broken = price::<()>(elastic(0.1), true, |_| Ok(Tried::NoResult)).unwrap().unwrap().unwrap_err();
        assert!(broken.starts_with("it pays at 0.1, and a run has no result at"), "{broken}");
        assert_eq!(price::<()>(elastic(0.1), true, |_| Ok(Tried::Stopped)), Ok(None));
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
