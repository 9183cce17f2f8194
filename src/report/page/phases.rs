//! The section on phases: what happened before, during and after scheduled changes.

use maud::{Markup, html};

use super::format::{self, Written};
use super::run_view::{RunView, toned};
use super::section::missing;
use super::table::{self, Cell, Table};
use crate::scenario::Tick;
use crate::store::reading::Subject;

pub(super) fn body(subject: &Subject, views: &[RunView]) -> Markup {
    let (table, phases) = match subject {
        Subject::Comparison { comparison, .. } => {
            let title = "Means over runs with their intervals, and the median time to recover";
            let mut table = new(title);
            let most = comparison.arms.iter().map(|arm| arm.phases.len()).max().unwrap_or(0);
            for number in 0..most {
                for (tone, arm) in comparison.arms.iter().enumerate() {
                    let Some(phase) = arm.phases.get(number) else { continue };
                    let latency = phase.latency_mean.map(|mean| format::scaled(mean, comparison.tick_ms));
                    let some = phase.recovered_runs < arm.runs.complete && phase.recovered_runs > 0;
                    let runs = format!(", in {} of {} runs", phase.recovered_runs, phase.compared_runs);
                    table.row(vec![
                        table::text(&phase.why),
                        table::count(phase.from_tick.into()),
                        table::marked(toned(tone, &arm.name)),
                        table::measured(latency, Written::Plain),
                        table::number(phase.dropped),
                        recovered(phase.recovered_after_ticks, comparison.tick_ms, if some { &runs } else { "" }),
                    ]);
                }
            }
            (table, most)
        }
        Subject::Runs(_) | Subject::Sweep(_) => {
            let mut table = new("Mean latency with its interval by batch means");
            let most = views.iter().map(|view| view.run.summary.phases.len()).max().unwrap_or(0);
            for number in 0..most {
                for view in views {
                    let Some(phase) = view.run.summary.phases.get(number) else { continue };
                    let tick_ms = view.run.scenario.tick_ms;
                    let latency = phase.latency_mean.map_or_else(
                        || table::optional(None),
                        |mean| {
                            let width = phase.latency_half_width;
                            let width = width.map(|width| format!(" ± {}", format::number(width * tick_ms)));
                            let mean = mean * tick_ms;
                            table::keyed(format!("{}{}", format::number(mean), width.unwrap_or_default()), mean)
                        },
                    );
                    let resolution = phase.resolution_ticks.filter(|&ticks| ticks > 1);
                    let resolution = resolution.map_or(String::new(), |ticks| format!(" (to {ticks})"));
                    table.row(vec![
                        table::text(&phase.why),
                        table::count(phase.from_tick.into()),
                        table::marked(toned(view.tone, view.name())),
                        latency,
                        table::count(phase.dropped),
                        recovered(phase.recovered_after_ticks, tick_ms, &resolution),
                    ]);
                }
            }
            if views.len() == 1 {
                table.hide(2);
            }
            (table, most)
        }
    };
    if phases < 2 {
        return missing("Nothing was scheduled to change after the warm-up, or no stable run tells of it.");
    }
    let untold: u64 = views.iter().map(|view| view.run.summary.phases_not_told_apart).max().unwrap_or(0);
    html! {
        p.note {
            "A phase lasts from one scheduled change to the next. It has recovered when latency is no longer above "
            "what it was in the last phase under the same conditions or, where there was none, in the phase before, by "
            "more than chance and 0.1 %; 0 is never having been above it, and " (format::NONE) " not having come back, "
            "being too short to tell, or having nothing to compare with, as the first phase."
        }
        (table.render())
        @if untold > 0 {
            p.note { (format::count(untold)) " later changes are not told apart; the last phase holds them." }
        }
    }
}

fn new(title: &str) -> Table {
    Table::new(title, &["phase", "from tick", "run", "latency, ms", "dropped", "recovered after"])
}

fn recovered(after: Option<Tick>, tick_ms: f64, note: &str) -> Cell {
    match after {
        Some(after) => table::keyed(format!("{}{note}", format::ms(after.into(), tick_ms)), after.into()),
        None if note.is_empty() => table::optional(None),
        None => table::keyed(format!("{}{note}", format::NONE), f64::NEG_INFINITY),
    }
}
