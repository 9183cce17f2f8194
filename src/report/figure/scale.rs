//! Where values lie on an axis of a still figure, and which of them are labelled.

use super::{Axis, Content, Figure, Mark, Scale};
use crate::report::axis::nice_step;
use crate::report::style;

/// An axis in its own coordinates: those of values, of their decimal logarithms, or of places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coordinates {
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// Those that are labelled.
    pub keys: Vec<f64>,
    labels: Vec<String>,
}

/// Which axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Horizontal,
    Vertical,
}

impl Coordinates {
    /// Those of an axis of a figure; `most` is how many labels have room.
    pub fn of(figure: &Figure, which: Which, most: usize) -> Self {
        let axis = if which == Which::Horizontal { &figure.x } else { &figure.y };
        if let Scale::Names(names) = &axis.scale {
            let down = which == Which::Vertical;
            let keys: Vec<f64> =
                (0..names.len()).map(|place| if down { -(place as f64) } else { place as f64 }).collect();
            let ends = [0.0, keys.last().copied().unwrap_or(0.0)];
            let low = ends[0].min(ends[1]) - 0.6;
            return Self { low, high: ends[0].max(ends[1]) + 0.6, keys, labels: names.clone() };
        }
        let values = values(figure, which);
        let placed = values.into_iter().filter_map(|value| place(axis, value));
        let (mut low, mut high) = placed.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        if !(low.is_finite() && high.is_finite()) {
            (low, high) = (0.0, 1.0);
        }
        if axis.scale == Scale::Log {
            Self::of_logarithms(low, high, most)
        } else {
            Self::of_values(axis, low, high, most)
        }
    }

    fn of_values(axis: &Axis, mut low: f64, mut high: f64, most: usize) -> Self {
        if axis.scale == Scale::FromZero {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if half_apart(low, high) < 0.5e-12 {
            let width = if low.abs() < 1e-9 { 1.0 } else { low.abs() };
            (low, high) = if width <= f64::MAX - low { (low, low + width) } else { (low - width, low) };
        }
        let room = 0.08 * half_apart(low, high);
        let low = if axis.scale == Scale::FromZero && low == 0.0 { 0.0 } else { (low - room).max(-f64::MAX) };
        let high = (high + room).min(f64::MAX);
        let step = nice_step(half_apart(low, high) / (most as f64 / 2.0));
        let count = ((high / step).floor() - (low / step).ceil()) as i64;
        let mut keys: Vec<f64> = (0..=count.max(0)).map(|i| ((low / step).ceil() + i as f64) * step).collect();
        // Where values have few digits left, several steps may be the same number.
        keys.dedup();
        let decimals = (0..9).find(|&d| step * power(d) >= 0.999).unwrap_or(9);
        let labels = keys.iter().map(|&key| style::number(key, decimals as usize)).collect();
        Self { low, high, keys, labels }
    }

    fn of_logarithms(low: f64, high: f64, most: usize) -> Self {
        let (low, high) =
            (low.floor(), if high > low.floor() { high + 0.02 * (high - low.floor()) } else { low.floor() + 1.0 });
        let decades = low as i32..=high.floor() as i32;
        let every = (decades.clone().count() / most.max(1) + 1) as i32;
        let within: &[f64] = if decades.clone().count() <= 3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let keys: Vec<f64> = decades
            .filter(|decade| (decade - low as i32) % every == 0)
            .flat_map(|decade| within.iter().map(move |digit| f64::from(decade) + libm::log10(*digit)))
            .filter(|key| *key <= high && (f64::MIN_POSITIVE..f64::INFINITY).contains(&libm::pow(10.0, *key)))
            .collect();
        let labels = keys.iter().map(|&key| style::compact(libm::pow(10.0, key))).collect();
        Self { low, high, keys, labels }
    }

    /// The label of one of [`Self::keys`].
    pub fn label(&self, key: f64) -> String {
        let found = self.keys.iter().position(|other| *other == key);
        found.map_or_else(String::new, |index| self.labels[index].clone())
    }

    /// Where coordinates lie between the least, 0, and the greatest, 1.
    pub fn share(&self, placed: f64) -> f64 {
        share(self.low, self.high, placed)
    }

    /// The width of the widest label, pixels.
    pub fn label_width(&self) -> f64 {
        self.labels.iter().map(|label| style::text_width(label, style::SMALL)).fold(0.0, f64::max)
    }
}

/// Where a value lies between two that differ, whose difference may be larger than numbers are.
pub(super) fn share(low: f64, high: f64, value: f64) -> f64 {
    if (high - low).is_finite() { (value - low) / (high - low) } else { half_apart(low, value) / half_apart(low, high) }
}

/// Half the way from one number to another, which is finite whatever they are.
fn half_apart(from: f64, to: f64) -> f64 {
    to / 2.0 - from / 2.0
}

fn power(exponent: i32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * 10.0)
}

/// A value in the coordinates of its axis; none if it has no place.
pub(super) fn place(axis: &Axis, value: f64) -> Option<f64> {
    let placed = if axis.scale == Scale::Log { (value > 0.0).then(|| libm::log10(value))? } else { value };
    placed.is_finite().then_some(placed)
}

/// All values along an axis, the ends of bars and intervals included.
fn values(figure: &Figure, which: Which) -> Vec<f64> {
    let Content::Series(series) = &figure.content else { return Vec::new() };
    let measured = (which == Which::Horizontal) == figure.is_lying();
    let mut values = Vec::new();
    let mut stacks: Vec<f64> = Vec::new();
    for series in series {
        for (index, point) in series.points.iter().enumerate() {
            let value = if which == Which::Horizontal { Some(point.x) } else { point.y };
            values.extend(value);
            if measured {
                values.extend(point.range.into_iter().flatten());
                if series.mark == Mark::Stack {
                    stacks.resize(stacks.len().max(index + 1), 0.0);
                    stacks[index] += value.unwrap_or(0.0);
                }
                if matches!(series.mark, Mark::Stack | Mark::Bars) {
                    values.push(0.0);
                }
            }
        }
    }
    values.extend(stacks);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::{Point, Series};

    fn figure(x: Scale, y: Scale, values: &[(f64, f64)], mark: Mark) -> Figure {
        let points = values.iter().map(|&(x, y)| Point::new(x, y)).collect();
        let series = vec![Series { name: String::new(), tone: 0, mark, points }];
        Figure::of_series("f", "", Axis::new("", x), Axis::new("", y), series)
    }

    #[test]
    fn every_key_has_a_label_and_lies_within() {
        for scale in [Scale::Linear, Scale::FromZero, Scale::Log] {
            for high in [1e-4, 0.5, 1.0, 37.0, 2_500_000.0] {
                let figure = figure(scale.clone(), Scale::FromZero, &[(high / 50.0, 1.0), (high, 2.0)], Mark::Line);
                let axis = Coordinates::of(&figure, Which::Horizontal, 8);
                assert!((2..=12).contains(&axis.keys.len()), "{scale:?} {high} {axis:?}");
                assert!(axis.keys.iter().all(|&key| key >= axis.low - 1e-9 && key <= axis.high + 1e-9), "{axis:?}");
                assert!(axis.keys.iter().all(|&key| !axis.label(key).is_empty()));
                let last = place(&figure.x, high).unwrap();
                assert!(axis.low <= last && last <= axis.high);
            }
        }
    }

    #[test]
    fn stacked_bars_reach_their_sum() {
        let mut figure = figure(Scale::FromZero, Scale::Names(vec!["a".into()]), &[(3.0, 0.0)], Mark::Stack);
        let Content::Series(series) = &mut figure.content else { unreachable!() };
        series.push(Series { tone: 1, ..series[0].clone() });
        let axis = Coordinates::of(&figure, Which::Horizontal, 5);
        assert!(axis.low == 0.0 && axis.high >= 6.0 && axis.high < 7.0, "{axis:?}");
    }

    #[test]
    fn values_without_a_logarithm_have_no_place() {
        let axis = Axis::new("", Scale::Log);
        assert_eq!([place(&axis, 100.0), place(&axis, 0.0), place(&axis, -1.0)], [Some(2.0), None, None]);
    }
}
