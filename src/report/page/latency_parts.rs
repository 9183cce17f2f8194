//! The section on the parts of mean latency: propagation, processing, waits and set-up.

use maud::{Markup, html};

use super::figures::Figures;
use super::format;
use super::section::missing;
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};
use crate::store::reading::Subject;

/// The parts: their names on the page and in the metrics of an experiment.
const PARTS: [(&str, &str); 5] = [
    ("propagation", "part_propagation"),
    ("processing", "part_processing"),
    ("node wait", "part_node_wait"),
    ("link wait", "part_link_wait"),
    ("set-up", "part_setup"),
];

/// A run or an arm, and its parts of mean latency, ms.
type Row = (String, [f64; 5]);

pub(super) fn body(figures: &mut Figures, subject: &Subject) -> Markup {
    let rows = rows(subject);
    if rows.is_empty() {
        return missing("No stable run delivered anything while it was measured.");
    }
    let stack = PARTS.iter().enumerate().map(|(part, (name, _))| {
        let points = rows.iter().enumerate().map(|(place, (_, parts))| Point::new(parts[part], place as f64));
        Series::new(*name, part, Mark::Stack, points.collect())
    });
    let names =
        Scale::Names(rows.iter().map(|(name, _)| if rows.len() == 1 { String::new() } else { name.clone() }).collect());
    let figure = Figure::of_series(
        "latency-parts",
        "Mean latency by its parts",
        Axis::from_zero("latency (ms)"),
        Axis::new("", names),
        stack.collect(),
    );
    let said = rows.iter().map(|(name, parts)| {
        let total: f64 = parts.iter().sum();
        let part = |(value, (part, _)): (&f64, &(&str, &str))| format!("{part} {}", format::number(*value));
        let parts = parts.iter().zip(&PARTS).map(part).collect::<Vec<_>>().join(", ");
        let whose = if rows.len() == 1 { "mean latency" } else { name };
        format!("{whose} {} ms: {parts}", format::number(total))
    });
    let said = format!("{}.", said.collect::<Vec<_>>().join("; "));
    html! { (figures.add(&figure.with_summary(said))) }
}

fn rows(subject: &Subject) -> Vec<Row> {
    match subject {
        Subject::Runs(runs) => {
            let row = |run: &crate::store::reading::StoredRun| {
                let parts = &run.summary.latency_parts_ticks;
                // Runs of before 0.5 had no processing.
                let processing = parts.processing.unwrap_or(0.0);
                let waits = [parts.node_wait?, parts.link_wait?, parts.setup?];
                let parts = [parts.propagation?, processing, waits[0], waits[1], waits[2]];
                Some((run.name.clone(), parts.map(|ticks| ticks * run.scenario.tick_ms)))
            };
            runs.iter().filter_map(row).collect()
        }
        Subject::Comparison { comparison, .. } => {
            let row = |arm: &crate::experiment::comparison::ArmResult| {
                let mean = |name: &str| arm.metrics.get(name).copied().flatten().map(|interval| interval.mean);
                let parts = PARTS.map(|(_, metric)| mean(metric));
                let parts = [parts[0]?, parts[1].unwrap_or(0.0), parts[2]?, parts[3]?, parts[4]?];
                Some((arm.name.clone(), parts.map(|ticks| ticks * comparison.tick_ms)))
            };
            comparison.arms.iter().filter_map(row).collect()
        }
        Subject::Sweep(_) => Vec::new(),
    }
}
