//! The phases of a comparison, for people.

use super::phrases::shown;
use super::table::{Column, table};
use crate::experiment::comparison::{ArmResult, Comparison};
use crate::experiment::phases::ArmPhase;

/// Most rows of the table.
const MOST_ROWS: usize = 20;

/// What happened between scheduled changes, an arm a row; nothing where none was scheduled.
pub(super) fn text(comparison: &Comparison) -> String {
    let count = comparison.arms.iter().map(|arm| arm.phases.len()).max().unwrap_or(0);
    if count < 2 {
        return String::new();
    }
    let of_phase = |number: usize| comparison.arms.iter().filter_map(move |arm| Some((arm, arm.phases.get(number)?)));
    let all: Vec<Vec<String>> = (0..count).flat_map(of_phase).map(|(arm, phase)| row(arm, phase)).collect();
    let headings = [("from", true), ("phase", false), ("arm", false), ("latency", true), ("dropped", true)];
    let mut columns: Vec<Column<'_>> = headings.iter().map(|&(name, is_number)| Column(name, is_number)).collect();
    columns.push(Column("recovered after", true));
    let mut text = format!("\n{}", table(&columns, &all[..all.len().min(MOST_ROWS)]));
    if all.len() > MOST_ROWS {
        text += &format!("{} more rows of phases in comparison.json\n", all.len() - MOST_ROWS);
    }
    text
}

fn row(arm: &ArmResult, phase: &ArmPhase) -> Vec<String> {
    let compared = phase.compared_runs;
    let recovered = match phase.recovered_after_ticks {
        Some(after) if phase.recovered_runs == arm.runs.complete => format!("{after} ticks"),
        Some(after) => format!("{after} ticks, in {} of {compared} runs", phase.recovered_runs),
        None if phase.recovered_runs > 0 => format!("in {} of {compared} runs", phase.recovered_runs),
        None => "-".to_owned(),
    };
    vec![
        phase.from_tick.to_string(),
        shown(&phase.why),
        shown(&arm.name),
        phase.latency_mean.map_or("-".to_owned(), |latency| format!("{:.2}", latency.mean)),
        format!("{:.1}", phase.dropped),
        recovered,
    ]
}
