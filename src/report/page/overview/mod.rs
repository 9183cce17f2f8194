//! The answer first: verdicts and key numbers.

mod arms;

use maud::{Markup, html};

use super::pen::Pen;
use super::side::Side;
use super::table::{self, Table};
use super::words;
use crate::experiment::comparison::Runs;
use crate::experiment::statistics::Interval;
use crate::experiment::sweep::{Cell, Sweep};
use crate::report::style::TONES;
use crate::store::manifest::Status;
use crate::store::reading::Subject;

pub(super) fn body(pen: &mut Pen, subject: &Subject, sides: &[Side]) -> Markup {
    match subject {
        Subject::Runs(_) => runs(sides),
        Subject::Comparison { comparison, .. } => arms::body(pen, comparison),
        Subject::Sweep(sweep) => cells(sweep),
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
    html! { span class=(format!("tone t{}", tone % TONES.len())) {} (name) }
}

fn cells(sweep: &Sweep) -> Markup {
    let total = |of: fn(&Runs) -> u32| sweep.cells.iter().map(|cell| u64::from(of(&cell.runs))).sum::<u64>();
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
fn best(sweep: &Sweep) -> Option<(&Cell, Interval)> {
    let latency = |cell: &Cell| cell.metrics.get("latency_mean").copied().flatten();
    let cells = sweep.cells.iter().filter_map(|cell| Some((cell, latency(cell)?)));
    cells.min_by(|(_, a), (_, b)| a.mean.total_cmp(&b.mean))
}

fn point(cell: &Cell) -> String {
    cell.point.iter().map(|(path, value)| format!("{path} = {}", words::value(value))).collect::<Vec<_>>().join(", ")
}
