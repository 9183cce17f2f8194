//! The scale of an axis: its range, the values that are labelled, their labels, and where values lie.

use super::{Axis, Content, Figure, Mark, Scale};
use crate::report::{numbers, style, text};

/// An axis is cut where its greatest value is this many times the greatest after the warm-up.
const PEAK_RATIO: f64 = 3.0;
/// Labels that have room on a horizontal and on a vertical axis.
pub(super) const MOST_TICKS: [usize; 2] = [10, 5];
/// Most decimals of a label.
const MOST_DECIMALS: usize = 12;

/// An axis in its own coordinates: those of values, of their decimal logarithms, or of named places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScaledAxis {
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// Those that are labelled, ascending, or the first name first.
    pub ticks: Vec<f64>,
    /// Their labels.
    pub labels: Vec<String>,
    /// The highest point (horizontal and vertical value), if it lies beyond the end of a cut axis.
    pub peak: Option<(f64, f64)>,
}

/// One of the two axes of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Horizontal,
    Vertical,
}

impl ScaledAxis {
    /// An axis of a figure.
    pub fn new(figure: &Figure, direction: Direction) -> Self {
        let horizontal = direction == Direction::Horizontal;
        let (axis, most) = if horizontal { (&figure.x, MOST_TICKS[0]) } else { (&figure.y, MOST_TICKS[1]) };
        let range = || range(axis, values(figure, direction).into_iter());
        match &axis.scale {
            Scale::Names(names) => Self::of_names(names, direction),
            Scale::Log => Self::of_logarithms(range(), most),
            Scale::Linear => Self::with_room(range(), most),
            Scale::FromZero => Self::from_zero(range(), most, false),
            Scale::Count => Self::from_zero(range(), most, true),
            // Ticks are whole, shares are not.
            Scale::UpTo(end) => Self::exact([0.0, *end], most, *end > 1.0 && end.fract() == 0.0),
            Scale::AfterWarmup => match peak(figure, direction) {
                Some((peak, settled)) => {
                    Self { peak: Some(peak), ..Self::from_zero([0.0, 1.25 * settled], most, false) }
                }
                None => Self::from_zero(range(), most, false),
            },
        }
    }

    fn of_names(names: &[String], direction: Direction) -> Self {
        let sign = if direction == Direction::Vertical { -1.0 } else { 1.0 };
        let ticks: Vec<f64> = (0..names.len()).map(|place| sign * place as f64).collect();
        let last = ticks.last().copied().unwrap_or(0.0);
        let (low, high) = (last.min(0.0) - 0.6, last.max(0.0) + 0.6);
        Self { low, high, ticks, labels: names.to_vec(), peak: None }
    }

    /// Ends a little beyond the values.
    fn with_room(range: [f64; 2], most: usize) -> Self {
        let [low, high] = widened(range);
        let room = 0.08 * half_apart(low, high);
        Self::labelled((low - room).max(-f64::MAX), (high + room).min(f64::MAX), most, false)
    }

    /// Reaches from 0 and ends at a labelled value.
    pub fn from_zero([low, high]: [f64; 2], most: usize, whole: bool) -> Self {
        let [low, high] = widened([low.min(0.0), high.max(0.0)]);
        let step = step(low, high, most, whole);
        // Never short of a value, however numbers round.
        let end = |value: f64| (value / step - 1e-9).ceil() * step;
        let high = end(high).max(high).min(f64::MAX);
        let low = if low < 0.0 { (-end(-low)).min(low).max(-f64::MAX) } else { 0.0 };
        Self::with_step(low, high, step)
    }

    /// Ends exactly there.
    pub fn exact([low, high]: [f64; 2], most: usize, whole: bool) -> Self {
        if high > low && high < f64::INFINITY && low > f64::NEG_INFINITY {
            Self::labelled(low, high, most, whole)
        } else {
            Self { low: 0.0, high: 1.0, ticks: Vec::new(), labels: Vec::new(), peak: None }
        }
    }

    fn labelled(low: f64, high: f64, most: usize, whole: bool) -> Self {
        Self::with_step(low, high, step(low, high, most, whole))
    }

    fn with_step(low: f64, high: f64, step: f64) -> Self {
        let first = (low / step - 1e-9).ceil();
        let count = ((high / step + 1e-9).floor() - first) as i64;
        let mut ticks: Vec<f64> = (0..=count.max(0)).map(|index| (first + index as f64) * step).collect();
        // Where values have few digits left, several steps may be the same number.
        ticks.dedup();
        let greatest = low.abs().max(high.abs());
        let labels = ticks.iter().map(|&value| tick_label(value, step, greatest)).collect();
        Self { low, high, ticks, labels, peak: None }
    }

    fn of_logarithms([low, high]: [f64; 2], most: usize) -> Self {
        let low = low.floor();
        let high = if high > low { high + 0.02 * (high - low) } else { low + 1.0 };
        let decades = low as i32..=high.floor() as i32;
        let every = decades.clone().count().div_ceil(most.max(1)) as i32;
        let digits: &[f64] = if decades.clone().count() <= 3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let ticks: Vec<f64> = decades
            .filter(|decade| (decade - low as i32) % every == 0)
            .flat_map(|decade| digits.iter().map(move |digit| f64::from(decade) + libm::log10(*digit)))
            .filter(|tick| *tick <= high && (f64::MIN_POSITIVE..f64::INFINITY).contains(&libm::pow(10.0, *tick)))
            .collect();
        let labels = ticks.iter().map(|&tick| numbers::compact(libm::pow(10.0, tick))).collect();
        Self { low, high, ticks, labels, peak: None }
    }

    /// The label of the axis, which says so if it is cut.
    pub fn label(&self, axis: &Axis) -> String {
        let cut = if self.peak.is_some() { ", axis cut" } else { "" };
        format!("{}{cut}", text::printable(&axis.label))
    }

    /// Labelled coordinates with their labels.
    pub fn labelled_ticks(&self) -> impl Iterator<Item = (f64, &str)> {
        self.ticks.iter().copied().zip(self.labels.iter().map(String::as_str))
    }

    /// Where a coordinate lies: 0 at the least, 1 at the greatest.
    pub fn share(&self, coordinate: f64) -> f64 {
        share(self.low, self.high, coordinate)
    }

    /// The width of the widest label, pixels.
    pub fn label_width(&self) -> f64 {
        self.labels.iter().map(|label| text::width(label, style::SMALL)).fold(0.0, f64::max)
    }
}

/// The coordinate of a value on an axis; none if it has no place.
pub(super) fn coordinate(axis: &Axis, value: f64) -> Option<f64> {
    let placed = if axis.scale == Scale::Log { (value > 0.0).then(|| libm::log10(value))? } else { value };
    placed.is_finite().then_some(placed)
}

/// Where a value lies between two that differ, whose difference may be larger than numbers are.
pub(super) fn share(low: f64, high: f64, value: f64) -> f64 {
    if (high - low).is_finite() { (value - low) / (high - low) } else { half_apart(low, value) / half_apart(low, high) }
}

/// Half the way from one number to another, which is finite whatever they are.
fn half_apart(from: f64, to: f64) -> f64 {
    to / 2.0 - from / 2.0
}

/// The least and the greatest coordinate of some values; 0 and 1 if they have none.
fn range(axis: &Axis, values: impl Iterator<Item = f64>) -> [f64; 2] {
    let none = [f64::INFINITY, f64::NEG_INFINITY];
    let placed = values.filter_map(|value| coordinate(axis, value));
    let found = placed.fold(none, |[low, high], value| [low.min(value), high.max(value)]);
    if found == none { [0.0, 1.0] } else { found }
}

/// A range with two ends that are apart.
fn widened([low, high]: [f64; 2]) -> [f64; 2] {
    if half_apart(low, high) >= 0.5e-12 {
        return [low, high];
    }
    let width = if low.abs() < 1e-9 { 1.0 } else { low.abs() };
    if width <= f64::MAX - low { [low, low + width] } else { [low - width, low] }
}

/// The distance of labelled values.
fn step(low: f64, high: f64, most: usize, whole: bool) -> f64 {
    let step = nice_step(half_apart(low, high) / (most as f64 / 2.0));
    if whole { step.max(1.0) } else { step }
}

/// The least of 1, 2, 5 times a power of ten that is not below `raw`; 1 where `raw` is not a positive number.
pub(in crate::report) fn nice_step(raw: f64) -> f64 {
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

/// The label of a value: all labels of an axis have the same decimals and the same unit (M, G, T).
fn tick_label(value: f64, step: f64, greatest: f64) -> String {
    let (unit, suffix) = numbers::unit_of(greatest);
    let (mut decimals, mut size) = (0, step / unit);
    while size < 0.999 && decimals < MOST_DECIMALS {
        size *= 10.0;
        decimals += 1;
    }
    match suffix {
        _ if value == 0.0 => "0".to_owned(),
        "" => numbers::grouped(value, decimals),
        _ if greatest >= numbers::POWERS_FROM => numbers::number(value, 0),
        _ => format!("{} {suffix}", numbers::grouped(value / unit, decimals)),
    }
}

/// All values along an axis, the ends of bars and intervals included.
fn values(figure: &Figure, direction: Direction) -> Vec<f64> {
    let Content::Series(series) = &figure.content else { return Vec::new() };
    let measured = (direction == Direction::Horizontal) == figure.is_horizontal();
    let mut values = Vec::new();
    let mut sums: Vec<f64> = Vec::new();
    for series in series {
        for (index, point) in series.points.iter().enumerate() {
            let value = if direction == Direction::Horizontal { Some(point.x) } else { point.y };
            values.extend(value);
            if measured {
                values.extend(point.range.into_iter().flatten());
                if matches!(series.mark, Mark::Stack | Mark::Area) {
                    sums.resize(sums.len().max(index + 1), 0.0);
                    sums[index] += value.unwrap_or(0.0);
                }
                if matches!(series.mark, Mark::Stack | Mark::Bars | Mark::Area) {
                    values.push(0.0);
                }
            }
        }
    }
    values.extend(sums);
    values
}

/// The highest point, and the greatest value after the warm-up, if the one is far above the other.
fn peak(figure: &Figure, direction: Direction) -> Option<((f64, f64), f64)> {
    let warmup = figure.warmup.filter(|_| direction == Direction::Vertical)?;
    let points = figure.series().iter().flat_map(|series| &series.points);
    let known = points.filter_map(|point| Some((point.x, point.y.filter(|y| y.is_finite())?)));
    let settled = known.clone().filter(|(x, _)| *x >= warmup).map(|(_, y)| y).fold(0.0, f64::max);
    let highest = known.max_by(|a, b| a.1.total_cmp(&b.1))?;
    (settled > 0.0 && highest.1 > PEAK_RATIO * settled).then_some((highest, settled))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::{Point, Series};

    fn figure(x: Scale, y: Scale, values: &[(f64, f64)], mark: Mark) -> Figure {
        let points = values.iter().map(|&(x, y)| Point::new(x, y)).collect();
        Figure::of_series("f", "", Axis::new("", x), Axis::new("", y), vec![Series::new("", 0, mark, points)])
    }

    fn covering(max: f64, most: usize, whole: bool) -> ScaledAxis {
        ScaledAxis::from_zero([0.0, max], most, whole)
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
        assert_eq!(covering(1.0, 5, false).labels, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(covering(23.0, 5, false).labels, ["0", "5", "10", "15", "20", "25"]);
        assert_eq!(covering(1_700_000.0, 4, false).labels, ["0", "0.5 M", "1.0 M", "1.5 M", "2.0 M"]);
        assert_eq!(ScaledAxis::exact([0.0, 21_000.0], 5, true).labels, ["0", "5,000", "10,000", "15,000", "20,000"]);
        assert_eq!(ScaledAxis::from_zero([-0.3, 0.2], 5, false).labels, ["−0.3", "−0.2", "−0.1", "0", "0.1", "0.2"]);
    }

    #[test]
    fn counts_have_no_fractions() {
        assert_eq!(covering(2.0, 5, true).labels, ["0", "1", "2"]);
        assert_eq!(covering(0.0, 5, true).labels, ["0", "1"]);
    }

    #[test]
    fn any_maximum_gives_a_drawable_axis() {
        for max in [-3.0, 0.0, 1e-300, 1e-9, 1e300, f64::MAX] {
            let axis = covering(max, 5, false);
            assert!(axis.high.is_finite() && axis.high > 0.0 && (2..=11).contains(&axis.ticks.len()), "{max}");
            assert!(axis.labels.iter().all(|label| label.len() < 20), "{max} {:?}", axis.labels);
        }
    }

    #[test]
    fn every_tick_has_a_label_and_lies_within() {
        for scale in [Scale::Linear, Scale::FromZero, Scale::Count, Scale::UpTo(2_500_000.0), Scale::Log] {
            for high in [1e-4, 0.5, 1.0, 37.0, 2_500_000.0] {
                let figure = figure(scale.clone(), Scale::FromZero, &[(high / 50.0, 1.0), (high, 2.0)], Mark::Line);
                let axis = ScaledAxis::new(&figure, Direction::Horizontal);
                assert!((2..=12).contains(&axis.ticks.len()), "{scale:?} {high} {axis:?}");
                assert!(axis.ticks.iter().all(|&tick| tick >= axis.low - 1e-9 && tick <= axis.high + 1e-9), "{axis:?}");
                assert!(
                    axis.labelled_ticks().all(|(_, label)| !label.is_empty()) && axis.labels.len() == axis.ticks.len()
                );
                let last = coordinate(&figure.x, high).unwrap();
                assert!(axis.low <= last && last <= axis.high);
            }
        }
    }

    #[test]
    fn stacked_bars_reach_their_sum() {
        let mut figure = figure(Scale::FromZero, Scale::Names(vec!["a".into()]), &[(3.0, 0.0)], Mark::Stack);
        let Content::Series(series) = &mut figure.content else { unreachable!() };
        series.push(Series { tone: 1, ..series[0].clone() });
        let axis = ScaledAxis::new(&figure, Direction::Horizontal);
        assert!(axis.low == 0.0 && axis.high >= 6.0 && axis.high < 8.1, "{axis:?}");
    }

    #[test]
    fn a_peak_of_the_warm_up_does_not_press_the_rest_flat() {
        let mut figure =
            figure(Scale::FromZero, Scale::AfterWarmup, &[(1.0, 90.0), (5.0, 9.0), (6.0, 10.0)], Mark::Line);
        assert_eq!(ScaledAxis::new(&figure, Direction::Vertical).high, 100.0);
        figure.warmup = Some(5.0);
        let axis = ScaledAxis::new(&figure, Direction::Vertical);
        assert_eq!((axis.high, axis.peak), (15.0, Some((1.0, 90.0))));
    }

    #[test]
    fn values_without_a_logarithm_have_no_place() {
        let axis = Axis::new("", Scale::Log);
        assert_eq!(
            [coordinate(&axis, 100.0), coordinate(&axis, 0.0), coordinate(&axis, -1.0)],
            [Some(2.0), None, None]
        );
    }
}
