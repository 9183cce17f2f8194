//! The table of wormholes: when each opened and closed, why, and what it carried, saved and cost.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::format;
use super::run_view::{RunView, toned};
use super::section::{missing, none_kept};
use super::table::{self, MOST_ROWS, Table};
use crate::scenario::Phase;
use crate::scenario::Tick;
use crate::scenario::WormholeKind;
use crate::scenario::tree::WormholeRow;
use crate::store::reading::StoredRun;
use crate::world::journal::{Change, DormancyReason};

/// What the journal tells of a wormhole.
#[derive(Debug, Clone, Default, PartialEq)]
struct Life {
    /// Tick since which it is open, if it is.
    open_since: Option<Tick>,
    /// Ticks that it was open.
    open_ticks: u64,
    /// Why it closed last.
    closed: Option<String>,
}

pub(super) fn body(views: &[RunView]) -> Markup {
    if let Some(reason) = none_kept(views) {
        return reason;
    }
    if views.iter().all(|view| view.run.wormholes.is_empty()) {
        let enabled = views.iter().any(|view| view.run.scenario.wormholes.enabled);
        return missing(if enabled {
            "No wormhole opened."
        } else {
            "Wormholes are disabled in these scenarios, so there is no life to tell."
        });
    }
    let columns = [
        "wormhole",
        "run",
        "opened",
        "open for, ticks",
        "reopened",
        "kind",
        "phase",
        "strength",
        "carried",
        "saved",
        "upkeep",
        "opening",
        "net",
        "why closed",
    ];
    let mut table =
        Table::new("Wormholes, those with the greatest net first; saved and costs in ticks of latency", &columns);
    if views.len() == 1 {
        table.hide(1);
    }
    let mut rows: Vec<(&RunView, &WormholeRow, Life)> = Vec::new();
    for view in views {
        let mut lives = lives(view.run);
        rows.extend(view.run.wormholes.iter().map(|row| (view, row, lives.remove(&row.id).unwrap_or_default())));
    }
    rows.sort_by(|a, b| net(b.1).total_cmp(&net(a.1)));
    rows.into_iter().for_each(|(view, wormhole, life)| table.row(row(view, wormhole, &life)));
    html! {
        (table.render())
        p.note {
            "At most " (MOST_ROWS) " rows. " (format::tick(views[0].run.scenario.tick_ms)) ". "
            "Ticks are of the whole run; the ledger counts from the first opening on."
        }
    }
}

fn net(row: &WormholeRow) -> f64 {
    row.ledger.saved_ticks - row.ledger.upkeep_ticks - row.ledger.opening_ticks
}

fn row(view: &RunView, wormhole: &WormholeRow, life: &Life) -> Vec<table::Cell> {
    let (ledger, [a, b]) = (&wormhole.ledger, &wormhole.ends);
    let closed = match wormhole.phase {
        Phase::Active => "open at the end".to_owned(),
        Phase::Dormant | Phase::Archived => life.closed.clone().unwrap_or_default(),
    };
    vec![
        table::keyed(format!("{} {a}–{b}", wormhole.id), f64::from(wormhole.id)),
        table::marked(toned(view.tone, view.name())),
        table::count(wormhole.opened_tick.into()),
        table::count(life.open_ticks),
        table::count(ledger.reopened.into()),
        table::text(kind(wormhole.kind)),
        table::text(match wormhole.phase {
            Phase::Active => "active",
            Phase::Dormant => "dormant",
            Phase::Archived => "archived",
        }),
        table::number(wormhole.strength),
        table::count(ledger.traversals),
        table::number(ledger.saved_ticks),
        table::number(ledger.upkeep_ticks),
        table::number(ledger.opening_ticks),
        table::number(net(wormhole)),
        table::text(closed),
    ]
}

/// In words.
pub(super) fn kind(kind: WormholeKind) -> &'static str {
    match kind {
        WormholeKind::Experimental => "experimental",
        WormholeKind::Standard => "standard",
        WormholeKind::FastLane => "fast lane",
    }
}

/// The lives that a journal tells, by wormhole.
fn lives(run: &StoredRun) -> BTreeMap<u32, Life> {
    let mut lives: BTreeMap<u32, Life> = BTreeMap::new();
    for record in &run.records {
        match record.change {
            Change::Opened { wormhole, .. } | Change::Recovered { wormhole, phase: Phase::Active, .. } => {
                lives.entry(wormhole.0).or_default().open_since = Some(record.tick);
            }
            Change::Dormant { wormhole, ref reason, .. } => {
                let life = lives.entry(wormhole.0).or_default();
                life.open_ticks += life.open_since.take().map_or(0, |since| u64::from(record.tick - since));
                life.closed = Some(reason_of(reason, record.tick, run));
            }
            _ => {}
        }
    }
    for life in lives.values_mut() {
        life.open_ticks +=
            life.open_since.take().map_or(0, |since| u64::from(run.graph.tick.saturating_sub(since)) + 1);
    }
    lives
}

fn reason_of(reason: &DormancyReason, tick: Tick, run: &StoredRun) -> String {
    match reason {
        DormancyReason::Faded { below } => format!("tick {tick}: its strength faded below {below}"),
        DormancyReason::DoesNotPay { saved_ticks, upkeep_ticks } => {
            format!(
                "tick {tick}: since the last review it saved {saved_ticks:.0}, less than its upkeep of \
                 {upkeep_ticks:.0}"
            )
        }
        DormancyReason::EndFailed { node } => {
            let name = run.graph.nodes.get(node.index()).map_or("an end", |node| node.name.as_str());
            format!("tick {tick}: {name} failed")
        }
        DormancyReason::PathFailed => format!("tick {tick}: its way over space failed"),
        DormancyReason::PathNarrow => format!("tick {tick}: a link of its way lost the capacity that it had reserved"),
        DormancyReason::Policy { why } => format!("tick {tick}: closed by the opening policy: {why}"),
    }
}
