//! Axes that begin at 0: where they end, which values they label, and how.

use super::style;

/// A linear axis from 0 with labelled values at multiples of 1, 2 or 5 times a power of ten.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The value at its end.
    pub end: f64,
    step: f64,
}

impl Axis {
    /// An axis that ends exactly at `end`, with about `count` labelled values; `whole` allows no fractions.
    pub fn to(end: f64, count: usize, whole: bool) -> Axis {
        // A labelled value beyond the greatest one is still a number.
        let end = if end.is_finite() && end > 0.0 { end.clamp(1e-9, f64::MAX / 4.0) } else { 1.0 };
        let step = nice_step(end / count as f64);
        Axis { end, step: if whole { step.max(1.0) } else { step } }
    }

    /// An axis that reaches at least `max` and ends at a labelled value.
    pub fn covering(max: f64, count: usize, whole: bool) -> Axis {
        let mut axis = Axis::to(max, count, whole);
        axis.end = (axis.end / axis.step - 1e-9).ceil() * axis.step;
        axis
    }

    /// The labelled values, ascending.
    pub fn values(&self) -> Vec<f64> {
        let count = (self.end / self.step + 1e-9).floor() as usize;
        (0..=count).map(|i| i as f64 * self.step).collect()
    }

    /// The label of a value: all labels of an axis have the same decimals and the same unit (M, G, T).
    pub fn label(&self, value: f64) -> String {
        let (unit, suffix) = style::unit_of(self.end);
        let mut decimals = 0;
        let mut step = self.step / unit;
        while step < 0.999 {
            step *= 10.0;
            decimals += 1;
        }
        match (value, suffix) {
            (0.0, _) => "0".to_owned(),
            (_, "") => style::grouped(value, decimals),
            _ if self.end >= style::POWERS_FROM => style::number(value, 0),
            _ => format!("{} {suffix}", style::grouped(value / unit, decimals)),
        }
    }

    /// Where a value lies, 0 at the beginning and 1 at the end.
    pub fn share(&self, value: f64) -> f64 {
        value / self.end
    }
}

/// The least of 1, 2, 5 times a power of ten that is not below `raw`; 1 where `raw` is not a positive number.
pub fn nice_step(raw: f64) -> f64 {
    if !(raw.is_finite() && raw > 0.0) {
        return 1.0;
    }
    let (mut power, mut mantissa) = (1.0, raw);
    while mantissa > 10.0 {
        mantissa /= 10.0;
        power *= 10.0;
    }
    let mut below = 1.0;
    while mantissa <= 1.0 {
        mantissa *= 10.0;
        below *= 10.0;
    }
    let nice = [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| *m >= mantissa - 1e-9).unwrap_or(10.0);
    // One division, so that 0.2 is the double nearest to 0.2.
    let step = nice * power / below;
    // At the ends of the numbers there may be no round one.
    if step.is_finite() && step > 0.0 { step } else { raw }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.values().iter().map(|v| axis.label(*v)).collect()
    }

    #[test]
    fn steps_are_round() {
        let cases = [
            (0.13, 0.2),
            (1.0, 1.0),
            (1.1, 2.0),
            (3.0, 5.0),
            (7.0, 10.0),
            (210.0, 500.0),
            (0.003, 0.005),
            (0.0, 1.0),
            (f64::NAN, 1.0),
            (f64::MAX, f64::MAX),
            (5e-324, 5e-324),
        ];
        for (raw, nice) in cases {
            assert_eq!(nice_step(raw), nice, "{raw}");
        }
    }

    #[test]
    fn labels_are_alike_and_cover_the_maximum() {
        assert_eq!(labels(&Axis::covering(1.0, 5, false)), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&Axis::covering(23.0, 5, false)), ["0", "5", "10", "15", "20", "25"]);
        assert_eq!(labels(&Axis::covering(1_700_000.0, 4, false)), ["0", "0.5 M", "1.0 M", "1.5 M", "2.0 M"]);
        assert_eq!(labels(&Axis::to(21_000.0, 5, true)), ["0", "5,000", "10,000", "15,000", "20,000"]);
    }

    #[test]
    fn counts_have_no_fractions() {
        assert_eq!(labels(&Axis::covering(2.0, 5, true)), ["0", "1", "2"]);
        assert_eq!(labels(&Axis::covering(0.0, 5, true)), ["0", "1"]);
    }

    #[test]
    fn any_maximum_gives_a_drawable_axis() {
        for max in [f64::NAN, f64::INFINITY, -3.0, 0.0, 1e-300, 1e-9, 1e300, f64::MAX] {
            let axis = Axis::covering(max, 5, false);
            assert!(axis.end.is_finite() && axis.end > 0.0 && (2..=11).contains(&axis.values().len()), "{max}");
            assert!(labels(&axis).iter().all(|label| label.len() < 20), "{max} {:?}", labels(&axis));
        }
    }
}
