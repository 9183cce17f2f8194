//! Lines of a metric over one factor, one an arm: the curve of a one-factor sweep, or a marginal plot.

use std::collections::BTreeMap;

use maud::Markup;
use serde_json::Value;

use super::metrics::{Metric, NET};
use crate::experiment::statistics::Interval;
use crate::experiment::sweep::{Cell, Design, Sweep, ZeroNet};
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};
use crate::report::page::figures::Figures;
use crate::report::page::format;
use crate::scenario::raw::Factor;

/// What is drawn at a place of the axis.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    x: f64,
    /// None if a cell there is unstable or failed.
    mean: Option<Interval>,
}

pub(super) fn figure(figures: &mut Figures, sweep: &Sweep, factor: &Factor, metric: &Metric) -> Markup {
    let joined = sweep.design == Design::Grid;
    let mut series = Vec::new();
    let mut lost = Vec::new();
    let mut said = Vec::new();
    for (tone, arm) in metric.arms(sweep) {
        let cells = sweep.cells.iter().filter(|cell| cell.arm == arm.name);
        let samples =
            if joined { marginal(sweep, factor, metric, cells) } else { single(sweep, factor, metric, cells) };
        let points = samples.iter().map(|sample| Point {
            x: sample.x,
            y: sample.mean.map(|mean| mean.mean),
            range: sample.mean.map(|mean| [mean.low, mean.high]),
        });
        let mark = if joined && is_numeric(factor) { Mark::Line } else { Mark::Dots };
        let line = Series::new(arm.name.as_str(), tone, mark, points.collect());
        series.push(line.among(tone, sweep.arms.len()));
        let without = samples.iter().filter(|sample| sample.mean.is_none()).map(|sample| sample.x).collect::<Vec<_>>();
        said.push(sentence(&arm.name, factor, &samples, without.len()));
        lost.push((tone, &arm.name, without));
    }
    let points = || series.iter().flat_map(|series| &series.points);
    let most = points().filter_map(|point| point.range.map(|range| range[1])).fold(f64::NEG_INFINITY, f64::max);
    for (tone, name, without) in lost.into_iter().filter(|(.., without)| !without.is_empty()) {
        // Above all values, an arm a row.
        let height =
            if most.is_finite() && most != 0.0 { most + most.abs() * (0.06 + 0.05 * tone as f64) } else { 1.0 };
        let height = height.min(f64::MAX);
        let points = without.into_iter().map(|at| Point::new(at, height)).collect();
        series.push(Series::new(format!("{name}: no mean"), tone, Mark::Crosses, points));
    }
    series.extend(reference(sweep, factor, metric));
    let name = format!("sweep-{}-{}", metric.name.replace('_', "-"), file_name(sweep, factor));
    let title = format!("{} over {}", metric.title, factor.path);
    let has_lost = series.iter().any(|series| series.mark == Mark::Crosses);
    let mut figure = Figure::of_series(&name, &title, axis(factor), Axis::from_zero(&metric.label(sweep)), series);
    if metric.name == NET && sweep.factors.len() == 1 && is_numeric(factor) {
        let label = |zero: &ZeroNet| format!("{}: 0 at {}", zero.arm, format::number(zero.value));
        figure.marks = sweep.zero_net.iter().map(|zero| (zero.value, label(zero))).collect();
    }
    let caption = if has_lost { "×: unstable or failed, without a mean; its height means nothing." } else { "" };
    figures.add(&figure.with_summary(format!("{}.", said.join("; "))).with_caption(caption))
}

/// The number of a factor, since paths are no names of files.
fn file_name(sweep: &Sweep, factor: &Factor) -> usize {
    sweep.factors.iter().position(|other| other == factor).map_or(0, |index| index + 1)
}

fn sentence(arm: &str, factor: &Factor, samples: &[Sample], lost: usize) -> String {
    let held: Vec<(&Sample, Interval)> = samples.iter().filter_map(|sample| Some((sample, sample.mean?))).collect();
    let at = |sample: &Sample| {
        if is_numeric(factor) { format::number(sample.x) } else { format::value(&factor.values[sample.x as usize]) }
    };
    let unstable = if lost == 0 {
        String::new()
    } else {
        let values = format::plural(lost as u64, "value", "values");
        format!(", unstable or failed at {lost} {values} (×, whose height means nothing)")
    };
    match (held.first(), held.last()) {
        (Some((first, low)), Some((last, high))) => format!(
            "{arm} {} at {} = {}, {} at {}{unstable}",
            format::number(low.mean),
            factor.path,
            at(first),
            format::number(high.mean),
            at(last)
        ),
        _ => format!("{arm} without means{unstable}"),
    }
}

/// Each cell by itself.
fn single<'a>(sweep: &Sweep, factor: &Factor, metric: &Metric, cells: impl Iterator<Item = &'a Cell>) -> Vec<Sample> {
    let sample = |cell: &Cell| Some(Sample { x: place(factor, &cell.point)?, mean: metric.value(sweep, cell) });
    cells.filter_map(sample).collect()
}

/// Means over all cells that share a value of the factor, ascending.
fn marginal<'a>(sweep: &Sweep, factor: &Factor, metric: &Metric, cells: impl Iterator<Item = &'a Cell>) -> Vec<Sample> {
    let mut all = single(sweep, factor, metric, cells);
    all.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mean = |samples: &[Sample]| {
        let held = samples.iter().map(|sample| sample.mean).collect::<Option<Vec<_>>>()?;
        let mean = |of: fn(&Interval) -> f64| held.iter().map(of).sum::<f64>() / held.len() as f64;
        Some(Interval { mean: mean(|i| i.mean), low: mean(|i| i.low), high: mean(|i| i.high) })
    };
    all.chunk_by(|a, b| a.x == b.x).map(|samples| Sample { x: samples[0].x, mean: mean(samples) }).collect()
}

/// Values of another source, where they are of this metric and over this factor, which is then the only one.
fn reference(sweep: &Sweep, factor: &Factor, metric: &Metric) -> Vec<Series> {
    let given = sweep
        .reference
        .as_ref()
        .filter(|given| given.metric == metric.name && is_numeric(factor) && sweep.factors.len() == 1);
    let Some(given) = given else { return Vec::new() };
    let unit = metric.factor(sweep);
    let arms = sweep.arms.iter().enumerate().map(|(tone, arm)| {
        let points =
            given.points.iter().filter(|point| point.arm == arm.name).map(|point| Point::new(point.x, point.y * unit));
        Series::new(format!("{}, reference", arm.name), tone, Mark::Reference, points.collect())
    });
    arms.filter(|series| !series.points.is_empty()).collect()
}

/// The place of a cell on a factor's axis: a number, or the place among names.
fn place(factor: &Factor, point: &BTreeMap<String, Value>) -> Option<f64> {
    let value = point.get(&factor.path)?;
    if is_numeric(factor) {
        return value.as_f64();
    }
    factor.values.iter().position(|other| other == value).map(|place| place as f64)
}

fn is_numeric(factor: &Factor) -> bool {
    factor.values.iter().all(Value::is_number)
}

/// The axis of a factor.
fn axis(factor: &Factor) -> Axis {
    let scale = if is_numeric(factor) {
        Scale::Linear
    } else {
        Scale::Names(factor.values.iter().map(format::value).collect())
    };
    Axis::new(&factor.path, scale)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::metrics::METRICS;
    use super::*;

    fn cell(x: f64, mean: Option<f64>) -> Cell {
        let interval = mean.map(|mean| Interval { mean, low: mean - 1.0, high: mean + 2.0 });
        Cell {
            arm: "a".into(),
            point: [("x".to_owned(), json!(x))].into(),
            runs: Default::default(),
            reason: None,
            means: Default::default(),
            beside: None,
            metrics: [("latency_mean".to_owned(), interval)].into(),
        }
    }

    #[test]
    fn a_margin_is_the_mean_of_its_cells_and_none_if_one_is_unstable() {
        let factor = Factor { path: "x".into(), values: vec![json!(1.0), json!(2.0)] };
        let cells = [cell(2.0, Some(8.0)), cell(1.0, Some(3.0)), cell(2.0, None), cell(1.0, Some(5.0))];
        let sweep = Sweep {
            version: 1,
            program_version: String::new(),
            scenario: String::new(),
            intent: String::new(),
            tick_ms: None,
            replications: 2,
            seeds: Vec::new(),
            arms: Vec::new(),
            factors: Vec::new(),
            design: Design::Grid,
            baseline: None,
            on: Default::default(),
            relevant: 0.0,
            same_in_all_replications: false,
            cells: Vec::new(),
            zero_net: Vec::new(),
            reference: None,
        };
        let latency = METRICS.iter().find(|metric| metric.name == "latency_mean").unwrap();
        let samples = marginal(&sweep, &factor, latency, cells.iter());
        let low = Sample { x: 1.0, mean: Some(Interval { mean: 4.0, low: 3.0, high: 6.0 }) };
        assert_eq!(samples, [low, Sample { x: 2.0, mean: None }]);
    }
}
