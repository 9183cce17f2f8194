//! The answer first: verdicts and key numbers.

use maud::{Markup, html};

use super::pen::Pen;
use super::side::Side;
use super::table::{self, Table};
use super::words;
use crate::experiment::comparison::{ArmResult, Comparison, Verdict};
use crate::experiment::statistics::Interval;
use crate::experiment::sweep::Sweep;
use crate::report::figure::{Axis, Figure, Mark, Point, Scale, Series};
use crate::store::manifest::Status;
use crate::store::reading::Subject;

pub(super) fn body(pen: &mut Pen, subject: &Subject, sides: &[Side]) -> Markup {
    match subject {
        Subject::Runs(_) => runs(sides),
        Subject::Comparison { comparison, .. } => arms(pen, comparison),
        Subject::Sweep { sweep, .. } => cells(sweep),
    }
}

fn runs(sides: &[Side]) -> Markup {
    html! {
        @if let [side] = sides {
            p.lead { (sentence(side)) }
            dl.keys { @for (name, value, note) in keys(side) {
                div { dt { (name) } dd { strong { (value) } span { (note) } } }
            } }
            p.note {
                "A ledger is not a comparison: it counts distance saved by traversals, not waits. Whether wormholes pay is what "
                code { "wormsim compare" } " tells, from the same accesses with and without them."
            }
        } @else {
            p.lead { (words::count(sides.len() as u64)) " runs beside each other, one replication each: differences are not tested." }
            (beside(sides).render())
        }
    }
}

/// A run in a sentence.
fn sentence(side: &Side) -> String {
    let summary = &side.run.summary;
    let latency =
        summary.latency_ticks.mean.map_or("No access was delivered while it was measured".to_owned(), |mean| {
            let ms = mean * side.run.scenario.tick_ms;
            format!("An access took {} ticks ({} ms) on average", words::number(mean), words::number(ms))
        });
    let stable = match summary.stability.stable {
        Some(true) => "queues stayed bounded",
        Some(false) => "the run is unstable: queues grew without bound, so that its means say little",
        None => "it is too short to say whether queues stay bounded",
    };
    let ledger = net_per_access(side).filter(|_| side.run.scenario.wormholes.enabled).map(|net| {
        format!(
            " By their ledger wormholes brought {} ticks an access, net of upkeep and opening costs.",
            words::signed(net)
        )
    });
    let unfinished = match side.run.manifest.status {
        Status::Complete | Status::Unstable => String::new(),
        Status::Running | Status::Partial | Status::Failed => {
            format!(
                " The run ended after {} of {} ticks.",
                words::count(summary.ticks.into()),
                words::count(summary.ticks_planned.into())
            )
        }
    };
    format!("{latency}; {stable}.{}{unfinished}", ledger.unwrap_or_default())
}

fn net_per_access(side: &Side) -> Option<f64> {
    let deliveries = side.measured_deliveries();
    (deliveries > 0.0).then(|| side.run.summary.energy.net / deliveries)
}

/// Share of the accesses that were injected and are not under way.
fn dropped_share(side: &Side) -> Option<f64> {
    let accesses = &side.run.summary.accesses;
    let dropped = accesses.dropped.values().sum::<u64>();
    (accesses.injected > 0).then(|| dropped as f64 / accesses.injected as f64)
}

fn keys(side: &Side) -> Vec<(&'static str, String, String)> {
    let summary = &side.run.summary;
    let latency = &summary.latency_ticks;
    let ticks = |value: Option<u64>| value.map_or(words::NONE.to_owned(), words::count);
    let holes = &summary.wormholes;
    vec![
        ("Mean latency", words::optional(latency.mean), "ticks".into()),
        ("95th / 99th percentile", format!("{} / {}", ticks(latency.p95), ticks(latency.p99)), "ticks".into()),
        ("Throughput", words::optional(summary.throughput_per_tick), "accesses a tick".into()),
        ("Dropped", dropped_share(side).map_or(words::NONE.to_owned(), words::percent), "of all accesses".into()),
        ("Hops", words::optional(summary.hops.mean), "an access".into()),
        (
            "Net of the ledger",
            net_per_access(side).map_or(words::NONE.to_owned(), words::signed),
            "ticks an access".into(),
        ),
        (
            "Wormholes",
            words::count(holes.active.into()),
            format!(
                "open at the end; opened {}, reopened {}",
                words::count(holes.opened.into()),
                words::count(holes.reopened.into())
            ),
        ),
        (
            "Stability",
            match summary.stability.stable {
                Some(true) => "stable",
                Some(false) => "unstable",
                None => "unknown",
            }
            .into(),
            summary
                .stability
                .growth_per_tick
                .map_or(String::new(), |growth| format!("queues grow by {} a tick", words::number(growth))),
        ),
    ]
}

fn beside(sides: &[Side]) -> Table {
    let columns = ["run", "latency", "p50", "p95", "p99", "hops", "throughput", "dropped", "net an access", "stable"];
    let mut table = Table::new("The runs: latency in ticks, throughput in accesses a tick, net in ticks", &columns);
    for side in sides {
        let (summary, whole) =
            (&side.run.summary, |value: Option<u64>| table::optional(value.map(|ticks| ticks as f64)));
        let latency = &summary.latency_ticks;
        table.row(vec![
            table::marked(label(side.tone, side.name())),
            table::optional(latency.mean),
            whole(latency.p50),
            whole(latency.p95),
            whole(latency.p99),
            table::optional(summary.hops.mean),
            table::optional(summary.throughput_per_tick),
            table::share(dropped_share(side)),
            table::optional(net_per_access(side)),
            table::text(match summary.stability.stable {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            }),
        ]);
    }
    table
}

/// A name with its colour.
pub(super) fn label(tone: usize, name: &str) -> Markup {
    html! { span class=(format!("tone t{}", tone % 7)) {} (name) }
}

fn arms(pen: &mut Pen, comparison: &Comparison) -> Markup {
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
            (words::percent(comparison.confidence)) " confidence. "
            @if comparison.same_accesses { "All arms saw the same accesses in every replication." }
            @else { strong { "The arms did not see the same accesses; differences between them are not differences of the arms alone." } }
        }
        (arm_table(comparison).render())
        (forest(pen, comparison, "gain", "Gain of mean latency against the baseline", "gain (share of the baseline's latency)", |arm| arm.gain))
        (forest(pen, comparison, "net", "Net benefit per access", "net benefit (ticks per delivered access)", |arm| arm.net_per_access))
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
        "latency",
        "p95",
        "p99",
        "dropped",
        "net an access",
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
            interval(metric("latency_mean"), words::number),
            interval(metric("latency_p95"), words::number),
            interval(metric("latency_p99"), words::number),
            interval(metric("dropped_share"), words::percent),
            interval(arm.net_per_access.as_ref(), words::signed),
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
        point.map(|point| Series { name: String::new(), tone: place, mark: Mark::Dots, points: vec![point] })
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
    let confidence = words::percent(comparison.confidence);
    pen.figure(&figure.with_summary(format!("Mean and {confidence} interval: {said}.")))
}

fn cells(sweep: &Sweep) -> Markup {
    let total = |of: fn(&crate::experiment::comparison::Runs) -> u32| {
        sweep.cells.iter().map(|cell| u64::from(of(&cell.runs))).sum::<u64>()
    };
    let (unstable, failed) = (total(|runs| runs.unstable), total(|runs| runs.failed));
    let paths = sweep.factors.iter().map(|factor| factor.path.as_str()).collect::<Vec<_>>().join(", ");
    html! {
        p.lead {
            (words::count(sweep.cells.len() as u64)) " cells over " (paths) ", "
            (words::count(sweep.arms.len() as u64)) " " (words::plural(sweep.arms.len() as u64, "arm", "arms")) ", "
            (words::count(sweep.replications.into())) " "
            (words::plural(sweep.replications.into(), "replication", "replications")) " each."
            @if unstable > 0 { " " (words::count(unstable)) " runs were unstable: their cells have no means." }
            @if failed > 0 { " " (words::count(failed)) " runs failed; the table says why." }
        }
        @if let Some((cell, latency)) = best(sweep) {
            p { "Lowest mean latency: " strong { (words::interval(&latency, words::number)) } " ticks, arm " strong { (cell.arm) } " at "
                (point(cell)) "." }
        }
    }
}

/// The stable cell of least mean latency.
fn best(sweep: &Sweep) -> Option<(&crate::experiment::sweep::Cell, Interval)> {
    let latency = |cell: &crate::experiment::sweep::Cell| cell.metrics.get("latency_mean").copied().flatten();
    let cells = sweep.cells.iter().filter_map(|cell| Some((cell, latency(cell)?)));
    cells.min_by(|(_, a), (_, b)| a.mean.total_cmp(&b.mean))
}

fn point(cell: &crate::experiment::sweep::Cell) -> String {
    cell.point.iter().map(|(path, value)| format!("{path} = {}", words::value(value))).collect::<Vec<_>>().join(", ")
}
