//! Figures in the schema of plotly.js, which draws them on the page.
//!
//! Colours are numbers of tones, which the page's script replaces by those of its light or dark palette.

use serde_json::{Value, json};

use super::axis::{Direction, ScaledAxis};
use super::{Axis, Content, Figure, MARKED_POINTS, Mark, Point, Scale, Series};
use crate::report::style::{self, Marker};
use crate::report::{numbers, text};

/// The script of plotly.js, which defines `Plotly`: its bundle of plane charts, as published on npm as
/// `plotly.js-cartesian-dist-min`, with the licence in its first lines.
const SCRIPT: &str = include_str!("../page/assets/plotly-cartesian.min.js");

/// The script of plotly.js, fit for a page.
pub fn script() -> String {
    // Characters that HTML forbids; they stand in texts, where these mean the same.
    SCRIPT.replace('\u{1a}', "\\x1a").replace('\u{1}', "\\x01")
}

/// The figure as `{"data": […], "layout": {…}}`.
pub fn spec(figure: &Figure) -> Value {
    let data: Vec<Value> = match &figure.content {
        Content::Series(series) => series.iter().map(|series| trace(figure, series)).collect(),
        Content::Cells { values, label, .. } => vec![cells(figure, values, label)],
    };
    json!({"data": data, "layout": layout(figure)})
}

/// Text without what plotly.js takes for mark-up.
fn plain(text: &str) -> String {
    text::printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
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

fn trace(figure: &Figure, series: &Series) -> Value {
    let horizontal = figure.is_horizontal();
    let on_axis = |axis: &Axis, value: f64| match axis.names() {
        // Places rather than names, which may be equal.
        Some(_) => short(value),
        None if axis.scale == Scale::Log && value <= 0.0 => Value::Null,
        None => short(value),
    };
    let xs: Vec<Value> = series.points.iter().map(|point| on_axis(&figure.x, point.x)).collect();
    let ys: Vec<Value> =
        series.points.iter().map(|point| point.y.map_or(Value::Null, |y| on_axis(&figure.y, y))).collect();
    let mut trace =
        json!({"x": xs, "y": ys, "name": plain(&series.name), "meta": {"tone": series.tone % style::TONES.len()}});
    let symbol = symbol(style::tone(series.tone).marker);
    let marked = series.points.len() <= MARKED_POINTS;
    let dash = style::dash(series.dash).map_or("solid".to_owned(), |(on, off)| format!("{on}px,{off}px"));
    let line = |shape| {
        let mode = if marked { "lines+markers" } else { "lines" };
        json!({
            "type": "scatter", "mode": mode, "connectgaps": false, "marker": {"size": 6, "symbol": symbol},
            "line": {"width": series.width, "shape": shape, "dash": dash},
        })
    };
    let markers = |marker| json!({"type": "scatter", "mode": "markers", "marker": marker});
    let kind = match series.mark {
        Mark::Bars | Mark::Stack => json!({"type": "bar", "orientation": if horizontal { "h" } else { "v" }}),
        Mark::Line => line("linear"),
        Mark::Step => line("hv"),
        Mark::Area => json!({"type": "scatter", "mode": "lines", "line": {"width": 1}, "stackgroup": "areas"}),
        Mark::Dots => markers(json!({"size": 10, "symbol": symbol})),
        Mark::Reference => markers(json!({"size": 11, "symbol": "diamond-open"})),
        Mark::Crosses => markers(json!({"size": 9, "symbol": "x-thin", "line": {"width": 2}})),
    };
    merge(&mut trace, kind);
    if series.points.iter().any(|point| point.range.is_some()) {
        let measured = |point: &Point| if horizontal { point.x } else { point.y.unwrap_or(f64::NAN) };
        let side = |side: usize, sign: f64| -> Vec<Value> {
            let length =
                |point: &Point| point.range.map_or(Value::Null, |range| short(sign * (range[side] - measured(point))));
            series.points.iter().map(length).collect()
        };
        let bars = json!({
            "type": "data", "symmetric": false, "array": side(1, 1.0), "arrayminus": side(0, -1.0), "thickness": 1.75,
        });
        merge(&mut trace, json!({ if horizontal { "error_x" } else { "error_y" }: bars }));
    }
    trace
}

fn cells(figure: &Figure, values: &[Vec<Result<f64, &str>>], label: &str) -> Value {
    let text = |value: &Result<f64, &str>| value.map_or_else(str::to_owned, numbers::compact);
    let texts: Vec<Vec<String>> = values.iter().map(|row| row.iter().map(text).collect()).collect();
    let rows: Vec<Vec<Value>> =
        values.iter().map(|row| row.iter().map(|value| value.map_or(Value::Null, short)).collect()).collect();
    let places = |axis: &Axis| (0..axis.names().map_or(0, <[String]>::len)).collect::<Vec<_>>();
    let color = |share| style::ramp(share).to_string();
    json!({
        "type": "heatmap", "x": places(&figure.x), "y": places(&figure.y), "z": rows, "text": texts,
        "texttemplate": "%{text}", "hovertemplate": "%{text}<extra></extra>", "xgap": 2, "ygap": 2,
        "hoverongaps": false, "meta": {"tone": 0},
        "colorscale": [[0, color(0.0)], [0.5, color(0.5)], [1, color(1.0)]],
        "colorbar": {"title": {"text": plain(label), "side": "right"}, "thickness": 12, "outlinewidth": 0},
    })
}

fn layout(figure: &Figure) -> Value {
    let stacked = figure.series().iter().any(|series| series.mark == Mark::Stack);
    let is_line = |series: &Series| matches!(series.mark, Mark::Line | Mark::Step | Mark::Area);
    let named = figure.series().iter().filter(|series| !series.name.is_empty()).count();
    let scaled = ScaledAxis::new(figure, Direction::Vertical);
    let mut vertical = axis(&figure.y, &scaled.label(&figure.y), true);
    let mut shapes = Vec::new();
    let mut notes = Vec::new();
    if let Some(end) = figure.warmup {
        shapes.push(json!({"type": "rect", "xref": "x", "yref": "paper", "x0": 0, "x1": end, "y0": 0, "y1": 1,
            "line": {"width": 0}, "layer": "below", "name": "warm-up"}));
        notes.push(note(0.0, "warm-up", false));
    }
    for (value, label) in &figure.marks {
        shapes.push(json!({"type": "line", "xref": "x", "yref": "paper", "x0": value, "x1": value, "y0": 0, "y1": 1,
            "line": {"width": 1, "dash": "dash"}, "name": "mark"}));
        if !label.is_empty() {
            notes.push(note(*value, label, true));
        }
    }
    if let Content::Cells { border, .. } = &figure.content {
        shapes.extend(border.iter().map(|[from, to]| {
            json!({"type": "line", "xref": "x", "yref": "y", "x0": from.0, "y0": from.1, "x1": to.0, "y1": to.1,
                "line": {"width": 4}, "name": "border"})
        }));
    }
    if let Some((x, value)) = scaled.peak {
        merge(&mut vertical, json!({"range": [scaled.low, scaled.high]}));
        notes.push(note(x, &format!("peak {}", numbers::number(value, 0)), true));
    }
    json!({
        "xaxis": axis(&figure.x, &text::printable(&figure.x.label), false), "yaxis": vertical,
        "height": figure.height() + 110.0,
        "barmode": if stacked { "stack" } else { "group" }, "bargap": 0.25,
        "hovermode": if figure.series().iter().all(is_line) { "x unified" } else { "closest" },
        "showlegend": named > 0, "margin": {"l": 8, "r": 28, "t": 8, "b": 8}, "shapes": shapes, "annotations": notes,
        "legend": {
            "orientation": "h", "traceorder": "normal", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom",
        },
    })
}

/// A text at the top of the chart, from the top down beside a line.
fn note(x: f64, text: &str, beside_line: bool) -> Value {
    json!({"x": x, "y": 1, "xref": "x", "yref": "paper", "text": plain(text), "showarrow": false, "xanchor": "left",
        "yanchor": "top", "textangle": if beside_line { 90 } else { 0 }, "font": {"size": 11}})
}

fn axis(axis: &Axis, label: &str, vertical: bool) -> Value {
    let mut value = json!({"title": {"text": plain(label)}, "automargin": true, "zeroline": axis.names().is_none()});
    let more = match &axis.scale {
        Scale::Linear => json!({"type": "linear"}),
        Scale::FromZero | Scale::AfterWarmup => json!({"type": "linear", "rangemode": "tozero"}),
        Scale::Count => json!({"type": "linear", "rangemode": "tozero", "tickformat": ","}),
        Scale::UpTo(end) => json!({"type": "linear", "range": [0, end], "tickformat": ","}),
        Scale::Log => {
            json!({"type": "log", "dtick": if vertical { json!(1) } else { json!("D2") }, "exponentformat": "power"})
        }
        Scale::Names(names) => json!({
            "type": "linear", "tickmode": "array", "tickvals": (0..names.len()).collect::<Vec<_>>(),
            "ticktext": names.iter().map(|name| plain(name)).collect::<Vec<_>>(), "showgrid": false,
            "range": if vertical { [names.len() as f64 - 0.5, -0.5] } else { [-0.5, names.len() as f64 - 0.5] },
        }),
    };
    merge(&mut value, more);
    value
}

/// What plotly.js calls a marker.
fn symbol(marker: Marker) -> &'static str {
    match marker {
        Marker::Disc => "circle",
        Marker::Triangle => "triangle-up",
        Marker::Square => "square",
        Marker::Diamond => "diamond",
        Marker::Pentagon => "pentagon",
        Marker::Star => "star",
        Marker::Hexagon => "hexagon",
    }
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_whole_and_alone() {
        let script = script();
        assert!(script.starts_with("/**\n* plotly.js (cartesian - minified) v3") && script.len() > 1_000_000);
        assert!(!script.contains("</script") && !script.contains("<!--"));
        let forbidden = |c: char| c.is_control() && !"\t\n\r".contains(c);
        assert_eq!(script.chars().find(|c| forbidden(*c)), None);
    }

    #[test]
    fn the_script_is_the_published_one() {
        // Of plotly-cartesian.min.js in the package; a new version brings a new hash.
        let hash = blake3::hash(SCRIPT.as_bytes()).to_hex();
        assert_eq!(hash.as_str(), "2ca3ef4a5ad35e28dfdb6976016732fdaac13cd44b41fec70046b630a0be6b49");
    }

    #[test]
    fn numbers_are_short_and_what_is_none_is_null() {
        let all = [1.0, 0.1 + 0.2, 12_345_678.0, f64::NAN, -2.5].map(|value| short(value).to_string());
        assert_eq!(all, ["1", "0.3", "12345700", "null", "-2.5"]);
    }

    #[test]
    fn names_are_never_mark_up() {
        let names = Scale::Names(vec!["<b>&".into()]);
        let bar = Series::new("<a>", 0, Mark::Bars, vec![Point::new(1.0, 0.0)]);
        let figure = Figure::of_series("f", "t", Axis::from_zero("x<"), Axis::new("y", names), vec![bar]);
        let spec = spec(&figure).to_string();
        assert!(spec.contains("&lt;b&gt;&amp;") && spec.contains("&lt;a&gt;") && !spec.contains("<b>"), "{spec}");
    }

    #[test]
    fn intervals_are_distances_from_the_measured_value() {
        let point = Point { x: 0.3, y: Some(0.0), range: Some([0.25, 0.5]) };
        let dots = Series::new("", 0, Mark::Dots, vec![point]);
        let names = Scale::Names(vec!["arm".into()]);
        let figure = Figure::of_series("f", "t", Axis::new("gain", Scale::Linear), Axis::new("", names), vec![dots]);
        let trace = &spec(&figure)["data"][0];
        assert_eq!(trace["error_x"]["array"], json!([0.2]));
        assert_eq!(trace["error_x"]["arrayminus"], json!([0.05]));
    }
}
