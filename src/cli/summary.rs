//! The summary of a run, for people.

use std::path::Path;

use super::phrases::shown;
use super::table::labelled;
use crate::recorder::summary::{CostBalance, Summary, Wormholes};
use crate::scenario::Scenario;
use crate::topology::Assumption;

/// Column of the values.
const INDENT: u16 = 12;

/// Shown for a number that does not exist.
const NONE: &str = "-";

/// The summary of a run of a scenario and the run directory, ending with a newline.
pub(super) fn text(summary: &Summary, scenario: &Scenario, place: &Path) -> String {
    let tick_ms = scenario.tick_ms;
    let mut rows = Vec::new();
    let mut row = |label: &'static str, text: String| rows.push((label, shown(&text)));
    let accesses = &summary.accesses;
    let dropped: u64 = accesses.dropped.values().sum();
    row(
        "run",
        format!(
            "{}, seed {}, {} of {} ticks of {tick_ms} ms",
            summary.scenario, summary.seed, summary.ticks, summary.ticks_planned
        ),
    );
    let mut counts = format!(
        "{} injected, {} delivered, {} in flight, {dropped} dropped",
        accesses.injected, accesses.delivered, accesses.in_flight
    );
    if dropped > 0 {
        let reasons = accesses.dropped.iter().filter(|(_, count)| **count > 0);
        let reasons: Vec<String> = reasons.map(|(reason, count)| format!("{reason} {count}")).collect();
        counts += &format!(" ({})", reasons.join(", "));
    }
    row("accesses", counts);
    let latency = &summary.latency_ticks;
    row(
        "latency",
        format!(
            "mean {}, p50 {}, p95 {}, p99 {}, max {} ticks (mean {} ms, p99 {} ms)",
            decimals(latency.mean),
            whole(latency.p50),
            whole(latency.p95),
            whole(latency.p99),
            whole(latency.max),
            decimals(latency.mean.map(|ticks| ticks * tick_ms)),
            decimals(latency.p99.map(|ticks| ticks as f64 * tick_ms))
        ),
    );
    let parts = &summary.latency_parts_ticks;
    row(
        "parts",
        format!(
            "propagation {}, processing {}, node wait {}, link wait {}, set-up {} ticks",
            decimals(parts.propagation),
            decimals(parts.processing),
            decimals(parts.node_wait),
            decimals(parts.link_wait),
            decimals(parts.setup)
        ),
    );
    let share = summary.hops.wormhole_share.map_or(NONE.to_owned(), |share| format!("{:.1} %", share * 100.0));
    row("hops", format!("mean {}, {share} over wormholes", decimals(summary.hops.mean)));
    let stretch = &summary.stretch;
    row(
        "stretch",
        format!(
            "mean {}, p95 {} of the best way at the time ({} deliveries sampled)",
            decimals(stretch.mean),
            decimals(stretch.p95),
            stretch.sampled
        ),
    );
    let availability = &summary.availability;
    let is_less = |share: Option<f64>| share.is_some_and(|share| share < 1.0);
    if is_less(availability.nodes) || is_less(availability.links) {
        let percent = |share: Option<f64>| share.map_or(NONE.to_owned(), |share| format!("{:.3} %", share * 100.0));
        row("available", format!("nodes {}, links {}", percent(availability.nodes), percent(availability.links)));
    }
    let a_second = summary.throughput_per_tick.map(|rate| rate * 1000.0 / tick_ms);
    row(
        "throughput",
        format!("{} accesses per tick, {} a second", decimals(summary.throughput_per_tick), decimals(a_second)),
    );
    if let Some(carrier) = &summary.carrier {
        row("carrier", carrier.clone());
    }
    let wormholes = &summary.wormholes;
    row(
        "wormholes",
        format!(
            "{} active, {} dormant, {} archived; {} opened, {} reopened, {} closed",
            wormholes.active,
            wormholes.dormant,
            wormholes.archived,
            wormholes.opened,
            wormholes.reopened,
            wormholes.closed
        ),
    );
    let costs = &summary.costs;
    row(
        "energy",
        format!(
            "saved {:.1}, upkeep {:.1}, opening {:.1}, net {:.1} ticks: {} (opening in warm-up: {:.1})",
            costs.saved,
            costs.upkeep,
            costs.opening,
            costs.net,
            verdict(costs, wormholes),
            costs.opening_in_warmup
        ),
    );
    row(
        "entropy",
        format!(
            "network {:.4} ({:.3} bits), nodes {:.4}, wormholes {}",
            summary.entropy.network,
            summary.entropy.network_bits,
            summary.entropy.nodes_mean,
            decimals(summary.entropy.wormholes_mean)
        ),
    );
    row(
        "stability",
        match summary.stability.stable {
            Some(true) => "stable".to_owned(),
            Some(false) => summary.stability.unstable().map_or(String::new(), |reason| format!("unstable: {reason}")),
            None if summary.ticks < summary.ticks_planned => {
                "unknown: the run ended before its last part was seen".to_owned()
            }
            None => "unknown: the run is too short, or shorter than a period in which queues rise".to_owned(),
        },
    );
    if let Some(overload) = summary.stability.overload() {
        row("overload", overload);
    }
    let changes = scenario.assumptions().into_iter().filter(Assumption::is_change);
    let changes: Vec<String> = changes.map(|assumption| assumption.text).collect();
    if !changes.is_empty() {
        row("inputs", changes.join("; "));
    }
    row("digest", summary.digest.clone());
    row("results", place.display().to_string());
    labelled(INDENT, rows)
}

/// Whether wormholes paid, in words.
fn verdict(costs: &CostBalance, wormholes: &Wormholes) -> &'static str {
    if wormholes.opened == 0 && wormholes.active + wormholes.dormant + wormholes.archived == 0 {
        "there were no wormholes"
    } else if costs.net > 0.0 {
        "wormholes saved more than they cost"
    } else if costs.net < 0.0 {
        "wormholes cost more than they saved"
    } else {
        "wormholes neither saved nor cost anything"
    }
}

fn decimals(value: Option<f64>) -> String {
    value.map_or(NONE.to_owned(), |value| format!("{value:.3}"))
}

fn whole(value: Option<u64>) -> String {
    value.map_or(NONE.to_owned(), |value| value.to_string())
}
