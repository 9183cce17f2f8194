//! What is marked on charts over time: events, hot spots that move, flash crowds, failures, and forks.

use crate::scenario::Tick;
use crate::scenario::raw::{RawEvent, RawWorkload, Shape, Window};
use crate::store::reading::StoredRun;

/// Most marks with a label; more of them are lines only.
const MOST_LABELS: usize = 24;
/// Most marks; those of later ticks are left out.
const MOST_MARKS: usize = 500;

/// The marks of a run, by tick.
pub(super) fn of(run: &StoredRun) -> Vec<(Tick, String)> {
    let events = &run.scenario.events;
    let mut marks: Vec<_> = events.iter().map(|event| (event.tick, label(event))).collect();
    // Phases are those of the measured ticks, the first of which begins with them.
    let phases = run.summary.phases.iter().skip(1);
    let phases = phases.filter(|phase| events.iter().all(|event| event.tick != phase.from_tick));
    marks.extend(phases.map(|phase| (phase.from_tick, phase.why.clone())));
    marks.extend(run.scenario.workloads.iter().flat_map(in_warmup).filter(|(tick, _)| *tick < run.scenario.warmup()));
    marks.extend(run.manifest.parent.as_ref().map(|parent| (parent.after_ticks, "fork".to_owned())));
    marks.sort_by_key(|(tick, _)| *tick);
    marks.truncate(MOST_MARKS);
    if marks.len() > MOST_LABELS {
        marks.iter_mut().for_each(|(_, label)| label.clear());
    }
    marks
}

/// Moves of the hot spot and the beginning of the crowd of a workload, of any tick; the phases have those later on.
fn in_warmup(workload: &RawWorkload) -> Vec<(Tick, String)> {
    let (window, shape): (&Window, &Shape) = match workload {
        RawWorkload::Uniform(of) => (&of.window, &of.shape),
        RawWorkload::Gravity(of) => (&of.window, &of.shape),
        RawWorkload::Matrix(of) => (&of.window, &of.shape),
        RawWorkload::Zipf(of) => (&of.window, &of.shape),
        RawWorkload::Trace(_) => return Vec::new(),
    };
    let mut marks = Vec::new();
    if let Some(crowd) = &shape.flash_crowd {
        marks.push((crowd.start_tick, format!("flash crowd at {} begins", crowd.target)));
    }
    if let Some(spot) = &shape.hot_spot {
        let path = spot.path.as_deref().unwrap_or_default();
        for stop in 1..=MOST_MARKS {
            let Ok(after) = Tick::try_from(stop as u64 * u64::from(spot.dwell_ticks)) else { break };
            let to = path.get(stop % path.len().max(1)).map_or(String::new(), |node| format!(" to {node}"));
            marks.push((window.from_tick.saturating_add(after), format!("hot spot moves{to}")));
        }
    }
    marks
}

/// What an event does, in a few words.
fn label(event: &RawEvent) -> String {
    let pair = |[a, b]: &[String; 2]| format!("{a}–{b}");
    match event {
        RawEvent { fail_link: Some(ends), .. } => format!("{} fails", pair(ends)),
        RawEvent { restore_link: Some(ends), .. } => format!("{} restored", pair(ends)),
        RawEvent { fail_node: Some(node), .. } => format!("{node} fails"),
        RawEvent { restore_node: Some(node), .. } => format!("{node} restored"),
        RawEvent { set_capacity: Some(set), .. } => {
            let what = |capacity: Option<u32>| {
                capacity.map_or("unlimited".to_owned(), |capacity| format!("carries {capacity}"))
            };
            let ([a, b], forth) = (&set.link, what(set.capacity_per_tick));
            match &set.back {
                Some(back) => format!("{a}→{b} {forth}, {b}→{a} {}", what(back.capacity_per_tick)),
                None if set.one_way => format!("{a}→{b} {forth}"),
                None => format!("{} {forth}", pair(&set.link)),
            }
        }
        _ => String::new(),
    }
}
