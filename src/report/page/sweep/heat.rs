//! Heat maps of a metric over two factors, one an arm.

use maud::{Markup, html};

use super::metrics::{Metric, NET};
use crate::experiment::sweep::{Cell, Sweep};
use crate::report::figure::{Axis, Content, Figure, Scale};
use crate::report::page::figures::Figures;
use crate::report::page::format;
use crate::scenario::raw::Factor;

pub(super) fn figures(figures: &mut Figures, sweep: &Sweep, factors: [&Factor; 2], metric: &Metric) -> Markup {
    html! {
        @for (number, arm) in metric.arms(sweep) {
            (figures.add(&figure(sweep, factors, metric, number, &arm.name)))
        }
    }
}

fn figure(sweep: &Sweep, [across, down]: [&Factor; 2], metric: &Metric, number: usize, arm: &str) -> Figure {
    let names = |factor: &Factor| Scale::Names(factor.values.iter().map(format::value).collect());
    let find = |x, y| {
        let here = |cell: &&Cell| {
            cell.arm == arm && cell.point.get(&across.path) == Some(x) && cell.point.get(&down.path) == Some(y)
        };
        let cell = sweep.cells.iter().find(here).ok_or("missing")?;
        metric.value(sweep, cell).map(|interval| interval.mean).ok_or(if cell.runs.unstable > 0 {
            "unstable"
        } else {
            "failed"
        })
    };
    let values: Vec<Vec<Result<f64, &str>>> =
        down.values.iter().map(|y| across.values.iter().map(|x| find(x, y)).collect()).collect();
    let all = || values.iter().flatten().flatten().copied();
    let lost = values.iter().flatten().filter(|value| value.is_err()).count();
    let summary = format!(
        "{arm}: from {} to {}{}.",
        format::number(all().fold(f64::INFINITY, f64::min)),
        format::number(all().fold(f64::NEG_INFINITY, f64::max)),
        if lost == 0 { String::new() } else { format!("; {lost} cells are unstable, failed or missing") }
    );
    let name = format!("sweep-heat-{}-{}", metric.name.replace('_', "-"), number + 1);
    let title = format!("{}, {arm}", metric.title);
    let (x, y) = (Axis::new(&across.path, names(across)), Axis::new(&down.path, names(down)));
    let border = if metric.name == NET { border(&values) } else { Vec::new() };
    let caption = if border.is_empty() { "" } else { "At the thick line the net benefit changes its sign." };
    let content = Content::Cells { values, label: metric.label(sweep), border };
    Figure { content, ..Figure::of_series(&name, &title, x, y, Vec::new()) }.with_summary(summary).with_caption(caption)
}

/// The edges between cells with a net benefit above 0 and cells without.
fn border(values: &[Vec<Result<f64, &'static str>>]) -> Vec<[(f64, f64); 2]> {
    let pays = |row: usize, column: usize| values.get(row)?.get(column)?.ok().map(|net| net > 0.0);
    let mut edges = Vec::new();
    for (row, cells) in values.iter().enumerate() {
        for column in 0..cells.len() {
            let (x, y) = (column as f64, row as f64);
            let differs = |other: Option<bool>| other.is_some_and(|other| pays(row, column) == Some(!other));
            if differs(pays(row, column + 1)) {
                edges.push([(x + 0.5, y - 0.5), (x + 0.5, y + 0.5)]);
            }
            if differs(pays(row + 1, column)) {
                edges.push([(x - 0.5, y + 0.5), (x + 0.5, y + 0.5)]);
            }
        }
    }
    edges
}
