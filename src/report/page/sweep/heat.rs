//! Heat maps of a metric over two factors, one an arm.

use maud::{Markup, html};

use super::metrics::{Metric, value};
use crate::experiment::sweep::{Cell, Sweep};
use crate::report::figure::{Axis, Content, Figure, Scale};
use crate::report::page::figures::Figures;
use crate::report::page::format;
use crate::scenario::raw::Factor;

pub(super) fn figures(figures: &mut Figures, sweep: &Sweep, factors: [&Factor; 2], metric: &Metric) -> Markup {
    html! {
        @for (number, arm) in sweep.arms.iter().enumerate() {
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
        value(cell, metric).map(|interval| interval.mean).ok_or(if cell.runs.unstable > 0 {
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
    let content = Content::Cells { values, label: metric.unit.to_owned() };
    Figure { content, ..Figure::of_series(&name, &title, x, y, Vec::new()) }.with_summary(summary)
}
