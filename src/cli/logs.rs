//! Structured logs on standard error, at the level that `-v` asks for; none without it.

use tracing::level_filters::LevelFilter;
use tracing::{debug, info};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::time::uptime;

use super::terminal::Log;
use crate::topology::{NodeId, Topology};
use crate::world::journal::{Change, Record};

/// Begins to log, with seconds since now; a stage is told, with its time, when it is over.
pub(super) fn begin(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| Log)
        .with_timer(uptime())
        .with_target(false)
        .with_span_events(FmtSpan::CLOSE)
        // A closed standard error leaves nobody to tell.
        .log_internal_errors(false)
        .init();
}

/// Whether anything is logged; then a line that is drawn anew would be in the way.
pub(super) fn are_on() -> bool {
    tracing::enabled!(tracing::Level::INFO)
}

/// Tells what happened to a network: events of the scenario as information, wormholes for those who look closer.
pub(super) fn records(records: &[Record], topology: &Topology) {
    if are_on() {
        records.iter().for_each(|record| tell(record, topology));
    }
}

fn tell(Record { tick, change }: &Record, topology: &Topology) {
    let name = |node: NodeId| &*topology.node(node).name;
    let ends = |link: u32| {
        let [a, b] = topology.ends(link);
        format!("{}–{}", name(a), name(b))
    };
    match change {
        Change::Opened { wormhole, ends: [a, b], span_ticks, transit_ticks, cost_ticks, reopened, reason, .. } => {
            debug!(
                tick,
                wormhole = wormhole.0,
                from = name(*a),
                to = name(*b),
                %span_ticks,
                %transit_ticks,
                cost_ticks,
                reopened,
                ?reason,
                "wormhole opened"
            )
        }
        Change::KindChanged { wormhole, from, to, transit_ticks, strength } => {
            debug!(tick, wormhole = wormhole.0, ?from, ?to, %transit_ticks, strength, "wormhole changed its kind");
        }
        Change::Dormant { wormhole, strength, reason } => {
            debug!(tick, wormhole = wormhole.0, strength, ?reason, "wormhole closed");
        }
        Change::Archived { wormhole, .. } => debug!(tick, wormhole = wormhole.0, "wormhole archived"),
        Change::LinkFailed { link } => info!(tick, link = ends(*link), "link failed"),
        Change::LinkRestored { link } => info!(tick, link = ends(*link), "link restored"),
        Change::NodeFailed { node } => info!(tick, node = name(*node), "node failed"),
        Change::Recovered { wormhole, ends: [a, b], .. } => {
            debug!(tick, wormhole = wormhole.0, from = name(*a), to = name(*b), "wormhole recovered");
        }
        Change::NodeRestored { node } => info!(tick, node = name(*node), "node restored"),
        Change::CapacitySet { link, from, capacity_per_tick } => {
            info!(tick, link = ends(*link), from = from.map(name), capacity_per_tick, "capacity set");
        }
    }
}
