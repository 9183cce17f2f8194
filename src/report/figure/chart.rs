//! Figures of series as data for the scripts of the page, which draw them as charts on uPlot's axes.
//!
//! Colours are numbers of tones, which the scripts replace by those of the reader's scheme.

use serde_json::{Value, json};

use super::axis::{Direction, ScaledAxis};
use super::{Axis, Figure, Mark, Scale, Series};
use crate::report::style::{self, Marker};
use crate::report::{numbers, text};

/// The script of uPlot, which defines `uPlot`, as published on npm, with the licence in its first line.
pub const SCRIPT: &str = include_str!("../page/assets/uplot.min.js");
/// Its style sheet.
pub const STYLE: &str = include_str!("../page/assets/uplot.min.css");

/// Height of what a chart has around its plotting area, pixels.
const AROUND: f64 = 64.0;

/// The height of a chart, pixels.
pub fn height(figure: &Figure) -> f64 {
    figure.height() + AROUND
}

/// The figure as data: axes, series with lists of their numbers, and marks.
pub fn spec(figure: &Figure) -> Value {
    let [x, y] = [Direction::Horizontal, Direction::Vertical].map(|direction| ScaledAxis::new(figure, direction));
    let is_line = |series: &Series| matches!(series.mark, Mark::Line | Mark::Step | Mark::Area);
    let peak = y.peak.map(|(x, value)| (x, format!("peak {}", numbers::number(value, 0))));
    let marks: Vec<Value> = figure.marks.iter().chain(&peak).map(|(x, label)| mark(*x, label)).collect();
    json!({
        "x": axis(&figure.x, &x),
        "y": axis(&figure.y, &y),
        "height": height(figure),
        "unified": figure.series().iter().all(is_line),
        "horizontal": figure.is_horizontal(),
        "empty": if figure.has_values() { "" } else { &figure.empty },
        "warmup": figure.warmup.map(short),
        "marks": marks,
        "series": figure.series().iter().map(series).collect::<Vec<_>>(),
    })
}

/// Six significant digits, which no screen can show more of.
fn short(value: f64) -> Value {
    if !value.is_finite() {
        return Value::Null;
    }
    format!("{value:.5e}").parse::<f64>().map_or(Value::Null, |value| {
        // Whole numbers are shorter without a decimal point.
        if value.fract() == 0.0 && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
    })
}

fn mark(x: f64, label: &str) -> Value {
    json!([short(x), text::printable(label)])
}

/// An axis with its ends in its own coordinates.
fn axis(axis: &Axis, scaled: &ScaledAxis) -> Value {
    let names = axis.names().map(|names| names.iter().map(|name| text::printable(name)).collect::<Vec<_>>());
    let whole = match axis.scale {
        Scale::Count => true,
        Scale::UpTo(end) => end > 1.0 && end.fract() == 0.0,
        _ => false,
    };
    json!({
        "label": scaled.label(axis), "low": scaled.low, "high": scaled.high, "log": axis.scale == Scale::Log,
        "whole": whole, "names": names,
    })
}

fn series(series: &Series) -> Value {
    let points = &series.points;
    let end = |side: usize| -> Vec<Value> {
        points.iter().map(|point| point.range.map_or(Value::Null, |range| short(range[side]))).collect()
    };
    let mut spec = json!({
        "name": text::printable(&series.name),
        "tone": series.tone % style::TONES.len(),
        "mark": kind(series.mark),
        "marker": symbol(style::tone(series.tone).marker),
        "width": series.width,
        "dash": style::dash(series.dash).map_or(Vec::new(), |(on, off)| vec![on, off]),
        "x": points.iter().map(|point| short(point.x)).collect::<Vec<_>>(),
        "y": points.iter().map(|point| point.y.map_or(Value::Null, short)).collect::<Vec<_>>(),
    });
    if points.iter().any(|point| point.range.is_some()) {
        spec["low"] = end(0).into();
        spec["high"] = end(1).into();
    }
    spec
}

fn kind(mark: Mark) -> &'static str {
    match mark {
        Mark::Line => "line",
        Mark::Step => "step",
        Mark::Area => "area",
        Mark::Dots => "dots",
        Mark::Reference => "reference",
        Mark::Crosses => "crosses",
        Mark::Bars => "bars",
        Mark::Stack => "stack",
    }
}

fn symbol(marker: Marker) -> &'static str {
    match marker {
        Marker::Disc => "disc",
        Marker::Triangle => "triangle",
        Marker::Square => "square",
        Marker::Diamond => "diamond",
        Marker::Pentagon => "pentagon",
        Marker::Star => "star",
        Marker::Hexagon => "hexagon",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::Point;

    #[test]
    fn the_script_and_its_style_are_the_published_ones_and_can_stand_in_a_page() {
        // Of uPlot.iife.min.js and uPlot.min.css in the package; a new version brings new hashes.
        let hashes = [SCRIPT, STYLE].map(|text| blake3::hash(text.as_bytes()).to_hex().to_string());
        assert_eq!(
            hashes,
            [
                "ea2d16ff65797375a846049c0f0a17f68b47a2850b9c73f2816ecf040ec9f2ce",
                "70ead7542eab83ef6ff4269c1f139e3c40f5f59f98302552320b9f79188abba1"
            ]
        );
        assert!(SCRIPT.starts_with("/*! https://github.com/leeoniya/uPlot (v1."));
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--") && !STYLE.contains('<'));
        let forbidden = |c: char| c.is_control() && !"\t\n\r".contains(c);
        assert_eq!(SCRIPT.chars().find(|c| forbidden(*c)), None);
    }

    #[test]
    fn numbers_are_short_and_what_is_none_is_null() {
        let all = [1.0, 0.1 + 0.2, 12_345_678.0, f64::NAN, -2.5].map(|value| short(value).to_string());
        assert_eq!(all, ["1", "0.3", "12345700", "null", "-2.5"]);
    }

    #[test]
    fn an_axis_has_its_ends_and_names_and_a_peak_is_marked() {
        let names = Scale::Names(vec!["arm".into(), "other".into()]);
        let point = Point { x: 0.3, y: Some(0.0), range: Some([0.25, 0.5]) };
        let dots = Series::new("", 0, Mark::Dots, vec![point]);
        let forest =
            spec(&Figure::of_series("f", "t", Axis::new("gain", Scale::Linear), Axis::new("", names), vec![dots]));
        assert_eq!([&forest["series"][0]["low"], &forest["series"][0]["high"]], [&json!([0.25]), &json!([0.5])]);
        assert_eq!([&forest["y"]["names"], &forest["horizontal"]], [&json!(["arm", "other"]), &json!(true)]);
        assert_eq!([&forest["y"]["low"], &forest["y"]["high"]], [&json!(-1.6), &json!(0.6)]);

        let line = Series::new("l", 9, Mark::Line, [(1.0, 90.0), (5.0, 9.0), (6.0, 10.0)].map(of).to_vec());
        let mut figure =
            Figure::of_series("f", "t", Axis::from_zero("x"), Axis::new("y", Scale::AfterWarmup), vec![line]);
        figure.warmup = Some(5.0);
        let cut = spec(&figure);
        assert_eq!([&cut["marks"], &cut["y"]["label"]], [&json!([[1, "peak 90"]]), &json!("y, axis cut")]);
        assert_eq!([&cut["unified"], &cut["series"][0]["tone"]], [&json!(true), &json!(2)]);
    }

    fn of((x, y): (f64, f64)) -> Point {
        Point::new(x, y)
    }
}
