//! Verdicts, the table of arms, and their intervals.

use maud::{Markup, html};

use super::label;
use crate::experiment::comparison::{ArmResult, Comparison};
use crate::experiment::statistics::Interval;
use crate::experiment::verdict::Verdict;
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};
use crate::report::page::pen::Pen;
use crate::report::page::table::{self, Table};
use crate::report::page::words;

pub(super) fn body(pen: &mut Pen, comparison: &Comparison) -> Markup {
    let judged = || comparison.arms.iter().filter(|arm| arm.verdict != Verdict::Baseline);
    html! {
        ul.verdicts { @for arm in judged() {
            li class=(class(arm)) {
                strong { (arm.name) " " span.verdict { (if arm.unstable { "unstable" } else { arm.verdict.words() }) } }
                span { (arm.reason) }
            }
        } }
        p.note {
            "Against " strong { (comparison.baseline) } ", " (words::count(comparison.replications.into())) " "
            (words::plural(comparison.replications.into(), "replication", "replications")) " an arm; intervals hold the true value with "
            (words::confidence(comparison.confidence)) " confidence. "
            @if comparison.same_accesses { "All arms saw the same accesses in every replication." }
            " Means and intervals are over all replications; charts over time, distributions, loads and the map are of the first "
            "one. "
            @if comparison.same_in_all_replications {
                strong { "All replications have the same accesses, as traces have: intervals say nothing about other accesses." }
            }
            @if !comparison.same_accesses { strong { "The arms did not see the same accesses; differences between them are not differences of the arms alone." } }
        }
        (arm_table(comparison).render())
        (forest(pen, comparison, "gain", "Gain of mean latency against the baseline", "gain (share of latency)", |arm| arm.gain))
        (forest(pen, comparison, "net", "Net benefit per access", "net benefit (ticks per access)", |arm| arm.net_per_access))
    }
}

fn class(arm: &ArmResult) -> &'static str {
    match arm.verdict {
        _ if arm.unstable => "unstable",
        Verdict::Baseline => "baseline",
        Verdict::Pays => "pays",
        Verdict::DoesNotPay => "loses",
        Verdict::Undecided => "undecided",
    }
}

fn arm_table(comparison: &Comparison) -> Table {
    let columns = [
        "arm",
        "verdict",
        "gain",
        "net an access",
        "latency",
        "p95",
        "p99",
        "dropped",
        "saved",
        "upkeep",
        "opening",
        "break-even opening cost",
        "runs",
        "sets",
    ];
    let mut table = Table::new("The arms: means with intervals; latencies, net and costs in ticks", &columns);
    let interval = |value: Option<&Interval>, write: fn(f64) -> String| match value {
        Some(value) => table::keyed(words::interval(value, write), value.mean),
        None => table::optional(None),
    };
    for (tone, arm) in comparison.arms.iter().enumerate() {
        let metric = |name: &str| arm.metrics.get(name).and_then(Option::as_ref);
        let set = arm.set.iter().map(|(path, value)| format!("{path}={}", words::value(value))).collect::<Vec<_>>();
        let runs = arm.runs;
        let mut ended = format!("{} complete", runs.complete);
        for (count, how) in [(runs.unstable, "unstable"), (runs.failed, "failed")] {
            if count > 0 {
                ended += &format!(", {count} {how}");
            }
        }
        table.row(vec![
            table::marked(label(tone, &arm.name)),
            table::text(if arm.unstable { "unstable" } else { arm.verdict.words() }),
            interval(arm.gain.as_ref(), words::percent),
            interval(arm.net_per_access.as_ref(), words::signed),
            interval(metric("latency_mean"), words::number),
            interval(metric("latency_p95"), words::number),
            interval(metric("latency_p99"), words::number),
            interval(metric("dropped_share"), words::percent),
            interval(arm.saved_per_access.as_ref(), words::number),
            interval(arm.upkeep_per_access.as_ref(), words::number),
            interval(arm.opening_per_access.as_ref(), words::number),
            table::optional(arm.break_even_opening_cost),
            table::text(ended),
            table::text(if set.is_empty() { "nothing".to_owned() } else { set.join(", ") }),
        ]);
    }
    table
}

/// A plot of intervals, an arm a line.
fn forest(
    pen: &mut Pen,
    comparison: &Comparison,
    name: &str,
    title: &str,
    unit: &str,
    value: fn(&ArmResult) -> Option<Interval>,
) -> Markup {
    let names = comparison.arms.iter().map(|arm| arm.name.clone()).collect();
    let points = |(place, arm): (usize, &ArmResult)| {
        let point = value(arm).map(|v| Point { x: v.mean, y: Some(place as f64), range: Some([v.low, v.high]) });
        // Without names, since the axis has them.
        point.map(|point| Series::new("", place, Mark::Dots, vec![point]))
    };
    let series: Vec<Series> = comparison.arms.iter().enumerate().filter_map(points).collect();
    let said = comparison.arms.iter().map(|arm| match value(arm) {
        Some(v) if name == "gain" => format!("{} {}", arm.name, words::interval(&v, words::percent)),
        Some(v) => format!("{} {}", arm.name, words::interval(&v, words::signed)),
        None => format!("{} none", arm.name),
    });
    let said = said.collect::<Vec<_>>().join("; ");
    let mut figure =
        Figure::of_series(name, title, Axis::new(unit, Scale::Linear), Axis::new("", Scale::Names(names)), series);
    figure.marks = vec![(0.0, String::new())];
    let confidence = words::confidence(comparison.confidence);
    pen.figure(&figure.with_summary(format!("Mean and {confidence} interval: {said}.")))
}
