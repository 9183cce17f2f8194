//! The first section: the result in a sentence, verdicts and key numbers.

mod arms;
mod assumed;

use maud::{Markup, html};

use super::figures::Figures;
use super::format::{self, Written};
use super::run_view::{RunView, toned};
use super::table::{self, Table};
use crate::experiment::outcome::Runs;
use crate::experiment::statistics::Interval;
use crate::experiment::sweep::{Cell, Sweep};
use crate::store::manifest::Status;
use crate::store::reading::Subject;

pub(super) fn body(figures: &mut Figures, subject: &Subject, views: &[RunView]) -> Markup {
    match subject {
        Subject::Runs(_) => runs(views),
        Subject::Comparison { comparison, .. } => arms::body(figures, comparison, views),
        Subject::Sweep(sweep) => cells(sweep),
    }
}

fn runs(views: &[RunView]) -> Markup {
    html! {
        @if let [view] = views {
            p.lead { (sentence(view)) }
            @if let Some(carrier) = &view.run.summary.carrier {
                p.note { "What carries wormholes: " (carrier) "." }
            }
            dl.keys { @for (name, value, note) in keys(view) {
                div { dt { (name) } dd { strong { (value) } span { (note) } } }
            } }
            p.note {
                "A ledger is not a comparison: it counts distance saved by traversals, not waits. Whether wormholes "
                "pay is what " code { "wormsim compare" } " tells, from the same accesses with and without them."
            }
        } @else {
            p.lead {
                (format::count(views.len() as u64))
                " runs beside each other, one replication each: differences are not tested."
            }
            (beside(views).render())
        }
        (assumed::of_runs(views))
    }
}

/// A run in a sentence.
fn sentence(view: &RunView) -> String {
    let summary = &view.run.summary;
    let latency =
        summary.latency_ticks.mean.map_or("No access was delivered while it was measured".to_owned(), |mean| {
            format!("An access took {} on average", format::ms(mean, view.run.scenario.tick_ms))
        });
    let stable = match summary.stability.stable {
        Some(true) if summary.stability.overloaded_queues > 0 => {
            "queues stayed bounded; some are overloaded and drop what finds no room"
        }
        Some(true) => "queues stayed bounded",
        Some(false) => "the run is unstable: queues grew without bound, so that its means say little",
        None => "it is too short to say whether queues stay bounded",
    };
    let ledger = net_per_access(view).filter(|_| view.run.scenario.wormholes.enabled).map(|net| {
        format!(
            " By their ledger wormholes brought {} ms an access, net of upkeep and opening costs.",
            format::signed(net * view.run.scenario.tick_ms)
        )
    });
    let unfinished = match view.run.manifest.status {
        Status::Complete | Status::Unstable => String::new(),
        Status::Running | Status::Partial | Status::Failed => {
            format!(
                " The run ended after {} of {} ticks.",
                format::count(summary.ticks.into()),
                format::count(summary.ticks_planned.into())
            )
        }
    };
    format!("{latency}; {stable}.{}{unfinished}", ledger.unwrap_or_default())
}

fn net_per_access(view: &RunView) -> Option<f64> {
    let deliveries = view.measured_deliveries();
    (deliveries > 0.0).then(|| view.run.summary.costs.net / deliveries)
}

/// Share of the accesses that were injected and are not under way.
fn dropped_share(view: &RunView) -> Option<f64> {
    let accesses = &view.run.summary.accesses;
    let dropped = accesses.dropped.values().sum::<u64>();
    (accesses.injected > 0).then(|| dropped as f64 / accesses.injected as f64)
}

fn keys(view: &RunView) -> Vec<(&'static str, String, String)> {
    let summary = &view.run.summary;
    let latency = &summary.latency_ticks;
    let tick_ms = view.run.scenario.tick_ms;
    let ms = |ticks: Option<f64>| ticks.map_or(format::NONE.to_owned(), |ticks| format::number(ticks * tick_ms));
    let of = |ticks: [Option<f64>; 2]| {
        let known: Vec<String> = ticks.into_iter().flatten().map(format::number).collect();
        if tick_ms == 1.0 || known.is_empty() { "ms".to_owned() } else { format!("ms ({} ticks)", known.join(" / ")) }
    };
    let percentiles = [latency.p95, latency.p99].map(|ticks| ticks.map(|ticks| ticks as f64));
    let wormholes = &summary.wormholes;
    vec![
        ("Mean latency", ms(latency.mean), of([latency.mean, None])),
        ("95th / 99th percentile", percentiles.map(ms).join(" / "), of(percentiles)),
        ("Throughput", format::optional(summary.throughput_per_tick), "accesses a tick".into()),
        ("Dropped", dropped_share(view).map_or(format::NONE.to_owned(), format::percent), "of all accesses".into()),
        ("Hops", format::optional(summary.hops.mean), "an access".into()),
        (
            "Net of the ledger",
            net_per_access(view).map_or(format::NONE.to_owned(), |net| format::signed(net * tick_ms)),
            "ms an access".into(),
        ),
        (
            "Wormholes",
            format::count(wormholes.active.into()),
            format!(
                "open at the end; opened {}, reopened {}",
                format::count(wormholes.opened.into()),
                format::count(wormholes.reopened.into())
            ),
        ),
        (
            "Stability",
            match summary.stability.stable {
                Some(true) if summary.stability.overloaded_queues > 0 => "overloaded",
                Some(true) => "stable",
                Some(false) => "unstable",
                None => "unknown",
            }
            .into(),
            summary.stability.unstable().or_else(|| summary.stability.overload()).unwrap_or_default(),
        ),
    ]
}

fn beside(views: &[RunView]) -> Table {
    let columns = ["run", "latency", "p50", "p95", "p99", "hops", "throughput", "dropped", "net an access", "stable"];
    let mut table = Table::new("Latency and net in ms, throughput in accesses a tick", &columns);
    for view in views {
        let (summary, tick_ms) = (&view.run.summary, view.run.scenario.tick_ms);
        let whole = |value: Option<u64>| table::optional(value.map(|ticks| ticks as f64 * tick_ms));
        let latency = &summary.latency_ticks;
        table.row(vec![
            table::marked(toned(view.tone, view.name())),
            table::optional(latency.mean.map(|ticks| ticks * tick_ms)),
            whole(latency.p50),
            whole(latency.p95),
            whole(latency.p99),
            table::optional(summary.hops.mean),
            table::optional(summary.throughput_per_tick),
            table::share(dropped_share(view)),
            table::optional(net_per_access(view).map(|net| net * tick_ms)),
            table::text(match summary.stability.stable {
                Some(true) if summary.stability.overloaded_queues > 0 => "overloaded",
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            }),
        ]);
    }
    table
}

fn cells(sweep: &Sweep) -> Markup {
    let total = |of: fn(&Runs) -> u32| sweep.cells.iter().map(|cell| u64::from(of(&cell.runs))).sum::<u64>();
    let (unstable, failed) = (total(|runs| runs.unstable), total(|runs| runs.failed));
    let paths = sweep.factors.iter().map(|factor| factor.path.as_str()).collect::<Vec<_>>().join(", ");
    html! {
        p.lead {
            (format::count(sweep.cells.len() as u64)) " cells over " (paths) ", "
            (format::count(sweep.arms.len() as u64)) " " (format::plural(sweep.arms.len() as u64, "arm", "arms")) ", "
            (format::count(sweep.replications.into())) " "
            (format::plural(sweep.replications.into(), "replication", "replications")) " each."
            @if unstable > 0 { " " (format::count(unstable)) " runs were unstable: their cells have no means." }
            @if failed > 0 { " " (format::count(failed)) " runs failed; the table says why." }
        }
        @if let Some((cell, latency)) = best(sweep) {
            @let unit = if sweep.tick_ms.is_some() { "ms" } else { "ticks" };
            @let latency = format::scaled(latency, sweep.tick_ms.unwrap_or(1.0));
            p {
                "Lowest mean latency: " strong { (format::interval(&latency, Written::Plain)) } " " (unit) ", arm "
                strong { (cell.arm) } " at " (point(cell)) "."
            }
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
    cell.point.iter().map(|(path, value)| format!("{path} = {}", format::value(value))).collect::<Vec<_>>().join(", ")
}
