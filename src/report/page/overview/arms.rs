//! The results of a comparison: verdicts, the table of arms, and forest plots of their intervals.

use maud::{Markup, html};

use crate::experiment::comparison::{ArmResult, Comparison, carriers};
use crate::experiment::statistics::Interval;
use crate::experiment::verdict::Verdict;
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};
use crate::report::page::figures::Figures;
use crate::report::page::format;
use crate::report::page::run_view::toned;
use crate::report::page::table::{self, Table};

pub(super) fn body(figures: &mut Figures, comparison: &Comparison) -> Markup {
    let judged = || comparison.arms.iter().filter(|arm| arm.verdict != Verdict::Baseline);
    html! {
        ul.verdicts { @for arm in judged() {
            li class=(class(arm)) {
                strong { (arm.name) " " span.verdict { (if arm.unstable { "unstable" } else { arm.verdict.words() }) } }
                span { (arm.reason) }
            }
        } }
        @for (carrier, arms) in carriers(&comparison.arms) {
            p.note { "What carries the wormholes of " (arms.join(", ")) ": " (carrier) "." }
        }
        p.note {
            "Against " strong { (comparison.baseline) } ", " (format::count(comparison.replications.into())) " "
            (format::plural(comparison.replications.into(), "replication", "replications")) " an arm; "
            "intervals hold the true value with " (format::confidence(comparison.confidence)) " confidence. "
            @if comparison.same_accesses { "All arms saw the same accesses in every replication." }
            " Means and intervals are over all replications; charts over time, distributions, loads and the map are of "
            "the first one. "
            @if comparison.same_in_all_replications {
                strong {
                    "All replications have the same accesses, as traces have: intervals say nothing about other "
                    "accesses."
                }
            }
            @if !comparison.same_accesses {
                strong {
                    "The arms did not see the same accesses; differences between them are not differences of the arms "
                    "alone."
                }
            }
        }
        @if comparison.kinds_differ {
            p.note {
                "Kinds differ: transit depends on a wormhole\u{2019}s kind. Those of rivals keep the first one, "
                "those of gravity and fixed become others with use: part of what differs between such arms is that assumption."
            }
        }
        (arm_table(comparison).render())
        details { summary { "More numbers of the arms" } (more_of_arms(comparison).render()) }
        (ledger(comparison))
        (forest_plot(figures, comparison, &GAIN))
        (forest_plot(figures, comparison, &NET))
    }
}

fn class(arm: &ArmResult) -> &'static str {
    match arm.verdict {
        _ if arm.unstable => "unstable",
        Verdict::Baseline => "baseline",
        Verdict::Pays | Verdict::Better => "pays",
        Verdict::DoesNotPay | Verdict::Worse => "loses",
        Verdict::Undecided | Verdict::NoDifferent | Verdict::NoMatter => "undecided",
    }
}

/// What decides: fits the page.
fn arm_table(comparison: &Comparison) -> Table {
    let columns = ["arm", "latency", "gain", "net an access", "dropped", "verdict"];
    let mut table = Table::new("The arms: means with intervals; latency and net in ticks", &columns);
    for (tone, arm) in comparison.arms.iter().enumerate() {
        table.row(vec![
            table::marked(toned(tone, &arm.name)),
            interval(metric(arm, "latency_mean"), format::number),
            interval(arm.gain.as_ref(), format::percent),
            interval(arm.net_per_access.as_ref(), format::signed),
            metric(arm, "dropped_share").map_or_else(|| table::optional(None), |share| table::share(Some(share.mean))),
            table::text(if arm.unstable { "unstable" } else { arm.verdict.words() }),
        ]);
    }
    table
}

/// What stands behind it.
fn more_of_arms(comparison: &Comparison) -> Table {
    let columns = [
        "arm",
        "sets",
        "p95",
        "p99",
        "saved",
        "upkeep",
        "opening",
        "break-even upkeep",
        "break-even opening cost",
        "regret at most",
        "runs",
    ];
    let mut table = Table::new("More of the arms: means with intervals, in ticks", &columns);
    let price = |value: Option<&Interval>, reason: Option<&String>| match (value, reason) {
        (None, Some(reason)) => table::text(format!("none: {reason}")),
        (value, _) => interval(value, format::number),
    };
    for (tone, arm) in comparison.arms.iter().enumerate() {
        let set = arm.set.iter().map(|(path, value)| format!("{path}={}", format::value(value))).collect::<Vec<_>>();
        let runs = arm.runs;
        let mut ended = format!("{} complete", runs.complete);
        for (count, how) in [(runs.unstable, "unstable"), (runs.failed, "failed")] {
            if count > 0 {
                ended += &format!(", {count} {how}");
            }
        }
        table.row(vec![
            table::marked(toned(tone, &arm.name)),
            table::text(if set.is_empty() { "nothing".to_owned() } else { set.join(", ") }),
            interval(metric(arm, "latency_p95"), format::number),
            interval(metric(arm, "latency_p99"), format::number),
            interval(arm.saved_per_access.as_ref(), format::number),
            interval(arm.upkeep_per_access.as_ref(), format::number),
            interval(arm.opening_per_access.as_ref(), format::number),
            price(arm.break_even.upkeep.as_ref(), arm.break_even.upkeep_reason.as_ref()),
            price(arm.break_even.opening.as_ref(), arm.break_even.opening_reason.as_ref()),
            interval(arm.regret.as_ref(), format::number),
            table::text(ended),
        ]);
    }
    table
}

fn metric<'a>(arm: &'a ArmResult, name: &str) -> Option<&'a Interval> {
    arm.metrics.get(name).and_then(Option::as_ref)
}

fn interval(value: Option<&Interval>, write: fn(f64) -> String) -> table::Cell {
    match value {
        Some(value) => table::keyed(format::interval(value, write), value.mean),
        None => table::optional(None),
    }
}

/// The direct-use ledger of the arms between the bound and doing nothing.
fn ledger(comparison: &Comparison) -> Markup {
    let Some(bound) = &comparison.bound else { return html! {} };
    let columns = ["policy", "cost", "regret at most", "openings"];
    let mut table = Table::new("The direct-use ledger: means over replications, ticks", &columns);
    let mut row = |name: &str, cost: f64, openings: Option<f64>| {
        table.row(vec![
            table::text(name),
            table::optional(Some(cost)),
            table::optional(Some(cost - bound.lower)),
            table::optional(openings),
        ]);
    };
    row("lower bound (proved)", bound.lower, None);
    row("feasible schedules, knowing all accesses", bound.upper, None);
    for policy in &bound.policies {
        row(&policy.name, policy.cost, Some(policy.openings));
    }
    html! {
        @if bound.no_policy_pays { p { strong { "Proved: no policy can pay in the direct-use model." } } }
        (table.render())
        p.note {
            "In the direct-use model an access saves ticks over its own pair\u{2019}s wormhole alone. In the "
            "simulation it may use several wormholes, and those of other pairs: this ledger and the simulated net are two things. "
            "The ledger has all ticks, the warm-up included."
        }
    }
}

/// What a forest plot shows.
struct Measure {
    name: &'static str,
    title: &'static str,
    label: &'static str,
    value: fn(&ArmResult) -> Option<Interval>,
    write: fn(f64) -> String,
}

const GAIN: Measure = Measure {
    name: "gain",
    title: "Gain of mean latency against the baseline",
    label: "gain (share of latency)",
    value: |arm| arm.gain,
    write: format::percent,
};
const NET: Measure = Measure {
    name: "net",
    title: "Net benefit per access",
    label: "net benefit (ticks per access)",
    value: |arm| arm.net_per_access,
    write: format::signed,
};

/// A forest plot: an interval a line, an arm each.
fn forest_plot(figures: &mut Figures, comparison: &Comparison, measure: &Measure) -> Markup {
    let names = comparison.arms.iter().map(|arm| arm.name.clone()).collect();
    let points = |(place, arm): (usize, &ArmResult)| {
        let value = (measure.value)(arm)?;
        let point = Point { x: value.mean, y: Some(place as f64), range: Some([value.low, value.high]) };
        // Without names, since the axis has them.
        Some(Series::new("", place, Mark::Dots, vec![point]))
    };
    let series: Vec<Series> = comparison.arms.iter().enumerate().filter_map(points).collect();
    let said = comparison.arms.iter().map(|arm| match (measure.value)(arm) {
        Some(value) => format!("{} {}", arm.name, format::interval(&value, measure.write)),
        None => format!("{} none", arm.name),
    });
    let said = said.collect::<Vec<_>>().join("; ");
    let (x, y) = (Axis::new(measure.label, Scale::Linear), Axis::new("", Scale::Names(names)));
    let figure = Figure::of_series(measure.name, measure.title, x, y, series);
    let confidence = format::confidence(comparison.confidence);
    figures.add(&figure.with_summary(format!("Mean and {confidence} interval: {said}.")))
}
