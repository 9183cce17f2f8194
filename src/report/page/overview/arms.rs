//! The results of a comparison: what was assumed, the table of arms, and forest plots of their intervals.

use maud::{Markup, html};

use super::assumed;
use crate::experiment::comparison::{ArmResult, Comparison};
use crate::experiment::headline::ranked;
use crate::experiment::measure::On;
use crate::experiment::statistics::Interval;
use crate::experiment::verdict::Verdict;
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};
use crate::report::page::figures::Figures;
use crate::report::page::format::{self, Written};
use crate::report::page::run_view::{RunView, toned};
use crate::report::page::table::{self, Table};

pub(super) fn body(figures: &mut Figures, comparison: &Comparison, views: &[RunView]) -> Markup {
    let judged = || ranked(comparison).into_iter().filter(|(_, arm)| arm.verdict != Verdict::Baseline);
    html! {
        (assumed::of_comparison(comparison, views))
        h3 { "The arms" }
        (arm_table(comparison).render())
        (how_sure(comparison))
        (forest_plot(figures, comparison, &NET))
        (forest_plot(figures, comparison, &GAIN))
        details {
            summary { "Why each verdict" }
            ul.verdicts { @for (_, arm) in judged() {
                li class=(class(arm)) {
                    strong { (arm.name) " " span.verdict { (verdict(arm)) } }
                    span { (arm.reason) }
                }
            } }
        }
        details { summary { "More numbers of the arms" } (more_of_arms(comparison).render()) }
        @if let Some(ledger) = ledger(comparison) {
            details { summary { "What anybody could do: the direct-use model" } (ledger) }
        }
    }
}

/// What intervals and charts are about.
fn how_sure(comparison: &Comparison) -> Markup {
    let replications = u64::from(comparison.replications);
    html! {
        p.note {
            (format::count(replications)) " " (format::plural(replications, "replication", "replications"))
            " an arm, paired with " strong { (comparison.baseline) } "; intervals of "
            (format::confidence(comparison.confidence)) " confidence. Charts over time, distributions, loads and maps "
            "show the first replication. "
            @if comparison.same_accesses { "All arms saw the same accesses." }
            @else { strong { "The arms did not see the same accesses: not all differences are theirs." } }
            @if comparison.same_in_all_replications {
                " " strong {
                    "All replications have the same accesses, as traces have: intervals say nothing about other "
                    "accesses."
                }
            }
        }
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

fn verdict(arm: &ArmResult) -> &'static str {
    if arm.unstable { "unstable" } else { arm.verdict.words() }
}

/// What decides, the best arm first: fits the page, and a telephone as cards.
fn arm_table(comparison: &Comparison) -> Table {
    let latency = match comparison.on {
        On::Mean => "latency, ms",
        On::P95 => "p95 latency, ms",
        On::P99 => "p99 latency, ms",
    };
    let columns = ["arm", latency, "gain", "net an access, ms", "dropped", "verdict"];
    let caption = format!("Means with their intervals, the best arm first; {}", format::tick(comparison.tick_ms));
    let mut table = Table::new(caption, &columns);
    table.as_cards();
    let ms = |interval: Interval| format::scaled(interval, comparison.tick_ms);
    for (tone, arm) in ranked(comparison) {
        let sets = sets(arm);
        let name = html! {
            (toned(tone, &arm.name))
            @if !sets.is_empty() { small.sets { (sets.join(", ")) } }
        };
        table.row(vec![
            table::marked(name),
            table::measured(metric(arm, comparison.on.metric()).map(ms), Written::Plain),
            table::measured(arm.gain, Written::Percent),
            table::measured(arm.net_per_access.map(ms), Written::Signed),
            table::share(metric(arm, "dropped_share").map(|share| share.mean)),
            table::marked(html! { span.verdict.(class(arm)) { (verdict(arm)) } }),
        ]);
    }
    table
}

/// What an arm changes.
fn sets(arm: &ArmResult) -> Vec<String> {
    arm.set.iter().map(|(path, value)| format!("{path}={}", format::value(value))).collect()
}

/// What stands behind it.
fn more_of_arms(comparison: &Comparison) -> Table {
    let columns = [
        "arm",
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
    let caption = format!(
        "Means with intervals: latencies, and what an access saves and costs, in ms; prices and regret in ticks ({})",
        format::tick(comparison.tick_ms)
    );
    let mut table = Table::new(caption, &columns);
    let price = |value: Option<Interval>, reason: Option<&String>| match (value, reason) {
        (None, Some(reason)) => table::text(format!("none: {reason}")),
        (value, _) => table::measured(value, Written::Plain),
    };
    let ms = |value: Option<Interval>| {
        table::measured(value.map(|value| format::scaled(value, comparison.tick_ms)), Written::Plain)
    };
    for (tone, arm) in ranked(comparison) {
        let runs = arm.runs;
        let mut ended = format!("{} complete", runs.complete);
        for (count, how) in [(runs.unstable, "unstable"), (runs.failed, "failed")] {
            if count > 0 {
                ended += &format!(", {count} {how}");
            }
        }
        table.row(vec![
            table::marked(toned(tone, &arm.name)),
            ms(metric(arm, "latency_p95")),
            ms(metric(arm, "latency_p99")),
            ms(arm.saved_per_access),
            ms(arm.upkeep_per_access),
            ms(arm.opening_per_access),
            price(arm.break_even.upkeep, arm.break_even.upkeep_reason.as_ref()),
            price(arm.break_even.opening, arm.break_even.opening_reason.as_ref()),
            table::measured(arm.regret, Written::Plain),
            table::text(ended),
        ]);
    }
    table
}

fn metric(arm: &ArmResult, name: &str) -> Option<Interval> {
    arm.metrics.get(name).copied().flatten()
}

/// The direct-use ledger of the arms between the bound and doing nothing.
fn ledger(comparison: &Comparison) -> Option<Markup> {
    let bound = comparison.bound.as_ref()?;
    let columns = ["policy", "cost", "regret at most", "openings"];
    let mut table = Table::new(
        format!("Costs over all accesses, means over replications, in ticks; {}", format::tick(comparison.tick_ms)),
        &columns,
    );
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
    Some(html! {
        @if bound.no_policy_pays { p { strong { "Proved: no policy can pay in the direct-use model." } } }
        (table.render())
        p.note {
            "In the direct-use model an access saves ticks over its own pair\u{2019}s wormhole alone. In the "
            "simulation it may use several wormholes, and those of other pairs: this ledger and the simulated net are "
            "two things. The ledger has all ticks, the warm-up included."
        }
    })
}

/// What a forest plot shows.
struct Measure {
    name: &'static str,
    title: &'static str,
    label: &'static str,
    value: fn(&ArmResult, f64) -> Option<Interval>,
    written: Written,
}

const GAIN: Measure = Measure {
    name: "gain",
    title: "Gain of latency against the baseline",
    label: "gain (share of latency)",
    value: |arm, _| arm.gain,
    written: Written::Percent,
};
const NET: Measure = Measure {
    name: "net",
    title: "Net benefit per access",
    label: "net benefit (ms an access)",
    value: |arm, tick_ms| arm.net_per_access.map(|net| format::scaled(net, tick_ms)),
    written: Written::Signed,
};

/// A forest plot: an interval a line, an arm each, the best on top.
fn forest_plot(figures: &mut Figures, comparison: &Comparison, measure: &Measure) -> Markup {
    let arms = ranked(comparison);
    let names = arms.iter().map(|(_, arm)| arm.name.clone()).collect();
    let value = |arm: &ArmResult| (measure.value)(arm, comparison.tick_ms);
    let points = |(place, &(tone, arm)): (usize, &(usize, &ArmResult))| {
        let value = value(arm)?;
        let point = Point { x: value.mean, y: Some(place as f64), range: Some([value.low, value.high]) };
        // Without names, since the axis has them.
        Some(Series::new("", tone, Mark::Dots, vec![point]))
    };
    let series: Vec<Series> = arms.iter().enumerate().filter_map(points).collect();
    let said = arms.iter().map(|(_, arm)| match value(arm) {
        Some(value) => format!("{} {}", arm.name, format::interval(&value, measure.written)),
        None => format!("{} none", arm.name),
    });
    let said = said.collect::<Vec<_>>().join("; ");
    let (x, y) = (Axis::new(measure.label, Scale::Linear), Axis::new("", Scale::Names(names)));
    let figure = Figure::of_series(measure.name, measure.title, x, y, series);
    let confidence = format::confidence(comparison.confidence);
    let caption = format!("Means with their {confidence} intervals; to the right of 0 is better.");
    figures.add(&figure.with_summary(format!("Means and intervals: {said}.")).with_caption(caption))
}
