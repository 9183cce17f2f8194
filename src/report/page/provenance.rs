//! The section on where results come from: version, seeds, command lines, machines and the scenario.

use maud::{Markup, html};

use super::format;
use super::run_view::{RunView, toned};
use super::table::{self, Table};
use crate::experiment::comparison::WarmupBy;
use crate::store::json;
use crate::store::reading::{StoredRun, Subject};

/// Longest scenario that the page holds, bytes.
const MOST_SCENARIO: usize = 100_000;

pub(super) fn body(subject: &Subject, views: &[RunView]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts(subject) { div { dt { (name) } dd { (value) } } }
        }
        @if !views.is_empty() { (runs(views).render()) }
        p.note {
            "The same scenario, seed and version of the program give the same results, bit by bit, on every machine. "
            "The figures of this page lie beside it as SVG and PNG."
        }
        @if let Some(view) = views.first() { (scenario(view.run)) }
    }
}

fn facts(subject: &Subject) -> Vec<(&'static str, String)> {
    let list = |seeds: &[u64]| seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    match subject {
        Subject::Runs(_) => vec![("program", format!("wormsim {}", crate::VERSION))],
        Subject::Comparison { comparison, .. } => {
            let by = match comparison.warmup_by {
                WarmupBy::Scenario => "as the scenario says",
                WarmupBy::Option => "as the command line says",
                WarmupBy::Mser5 => "found by the MSER-5 rule",
            };
            vec![
                ("program", format!("wormsim {}", comparison.program_version)),
                ("scenario", comparison.scenario.clone()),
                ("length", format!("{} ticks a run", format::count(comparison.ticks.into()))),
                ("warm-up", format!("{} ticks, {by}", format::count(comparison.warmup_ticks.into()))),
                ("seeds", list(&comparison.seeds)),
                ("opening cost", format!("{} ticks an opening", format::number(comparison.opening_cost))),
            ]
        }
        Subject::Sweep(sweep) => vec![
            ("program", format!("wormsim {}", sweep.program_version)),
            ("scenario", sweep.scenario.clone()),
            ("factors", sweep.factors.iter().map(|factor| factor.path.as_str()).collect::<Vec<_>>().join(", ")),
            ("seeds", list(&sweep.seeds)),
        ],
    }
}

fn runs(views: &[RunView]) -> Table {
    let columns = ["run", "seed", "ticks", "scenario hash", "command line", "machine", "seconds", "resumed or forked"];
    let mut table = Table::new("Runs", &columns);
    for view in views {
        let manifest = &view.run.manifest;
        let mut past =
            manifest.resumed_after_ticks.iter().map(|tick| format!("resumed after tick {tick}")).collect::<Vec<_>>();
        if let Some(parent) = &manifest.parent {
            past.insert(0, format!("forked from {} after {} ticks", parent.directory, parent.after_ticks));
        }
        table.row(vec![
            table::marked(toned(view.tone, view.name())),
            table::keyed(manifest.seed.to_string(), manifest.seed as f64),
            table::count(manifest.ticks.into()),
            table::marked(html! { code { (manifest.scenario_blake3.get(..16).unwrap_or(&manifest.scenario_blake3)) } }),
            table::marked(html! { code { (manifest.arguments.join(" ")) } }),
            table::text(format!("{}, {}", manifest.host.os, manifest.host.arch)),
            table::number(manifest.timings.wall_seconds),
            table::text(if past.is_empty() { "no".to_owned() } else { past.join("; ") }),
        ]);
    }
    table
}

fn scenario(run: &StoredRun) -> Markup {
    let text = json::to_text(&run.scenario);
    html! {
        @if text.len() <= MOST_SCENARIO {
            details.unprinted { summary { "The scenario of " (run.name) ", with all defaults" } pre tabindex="0" { (text) } }
        } @else {
            p.note { "The scenario is too long to be shown here; it is in scenario.json of the run directory." }
        }
    }
}
