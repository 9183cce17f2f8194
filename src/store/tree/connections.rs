//! `connections/{active,dormant,archived}/wormholes-NNN.json`: all about every wormhole, a thousand ids a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::names;
use crate::scenario::Tick;
use crate::simulation::Simulation;
use crate::store::json::VERSION;
use crate::topology::Topology;
use crate::world::components::{Kind, Ledger, Phase, Strength, Wormhole};
use crate::world::resources::Registry;

/// Ids that share a file.
const IDS_PER_FILE: u32 = 1000;

/// Wormholes of one phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connections {
    /// Version of the format.
    pub version: u32,
    /// By id.
    pub wormholes: Vec<WormholeRow>,
}

/// A wormhole. See [`Wormhole`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WormholeRow {
    /// Accesses per tick and direction.
    pub capacity_per_tick: u32,
    /// Names of its ends.
    pub ends: [String; 2],
    /// Entropy of the shards that it carries to, 0 to 1; none if it is archived.
    pub entropy: Option<f64>,
    /// Its number.
    pub id: u32,
    /// Its kind.
    pub kind: Kind,
    /// What it has brought and cost.
    pub ledger: LedgerRow,
    /// Smoothed traversals; none if it is archived.
    pub mass: Option<f64>,
    /// Tick of the first opening.
    pub opened_tick: Tick,
    /// Its phase.
    pub phase: Phase,
    /// Its ports at both ends when it was open last.
    pub ports: [u32; 2],
    /// First tick of a possible departure since the last opening.
    pub ready_tick: Tick,
    /// Tick of the last review of whether it pays.
    pub reviewed_tick: Tick,
    /// Tick of the last change of phase.
    pub since_tick: Tick,
    /// Free-flow latency over space between its ends when it opened, ticks.
    pub span_ticks: u32,
    /// Strength, 0 to 1.
    pub strength: f64,
    /// Ticks a traversal takes.
    pub transit_ticks: u32,
}

/// A wormhole's [`Ledger`], in ticks of saved latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerRow {
    /// Opening and reopening costs.
    pub opening_ticks: f64,
    /// Times it was opened from the pool.
    pub reopened: u32,
    /// Saved until the last review.
    pub reviewed_saved_ticks: f64,
    /// Upkeep until the last review.
    pub reviewed_upkeep_ticks: f64,
    /// Sum of span − transit over traversals.
    pub saved_ticks: f64,
    /// Traversals in both directions.
    pub traversals: u64,
    /// Upkeep.
    pub upkeep_ticks: f64,
}

impl WormholeRow {
    fn new(topology: &Topology, wormhole: &Wormhole, strength: &Strength, ledger: &Ledger) -> Self {
        let [reviewed_saved_ticks, reviewed_upkeep_ticks] = ledger.reviewed;
        Self {
            capacity_per_tick: wormhole.capacity,
            ends: names(topology, wormhole.ends),
            entropy: None,
            id: wormhole.id.0,
            kind: wormhole.kind,
            ledger: LedgerRow {
                opening_ticks: ledger.opening,
                reopened: ledger.reopened,
                reviewed_saved_ticks,
                reviewed_upkeep_ticks,
                saved_ticks: ledger.saved,
                traversals: ledger.traversals,
                upkeep_ticks: ledger.upkeep,
            },
            mass: None,
            opened_tick: wormhole.opened_at,
            phase: wormhole.phase,
            ports: wormhole.ports,
            ready_tick: wormhole.ready_at,
            reviewed_tick: wormhole.reviewed_at,
            since_tick: wormhole.since,
            span_ticks: wormhole.span,
            strength: strength.0,
            transit_ticks: wormhole.transit,
        }
    }
}

/// All files by path within `wormholes/`. A folder without wormholes has one file without any.
pub fn files(simulation: &Simulation) -> BTreeMap<String, Connections> {
    let topology = &simulation.scenario().topology;
    let mut files: BTreeMap<String, Connections> = BTreeMap::new();
    for phase in [Phase::Active, Phase::Dormant, Phase::Archived] {
        files.insert(path(phase, 0), Connections { version: VERSION, wormholes: Vec::new() });
    }
    let live = simulation.wormholes().map(|(wormhole, strength, mass, entropy, ledger)| WormholeRow {
        entropy: Some(entropy.0),
        mass: Some(mass.0),
        ..WormholeRow::new(topology, wormhole, strength, ledger)
    });
    let archived = &simulation.world().resource::<Registry>().archived;
    let gone =
        archived.iter().map(|(wormhole, strength, ledger)| WormholeRow::new(topology, wormhole, strength, ledger));
    for row in live.chain(gone) {
        let file = files.entry(path(row.phase, row.id));
        file.or_insert_with(|| Connections { version: VERSION, wormholes: Vec::new() }).wormholes.push(row);
    }
    // Archived ones come in the order in which they left.
    files.values_mut().for_each(|file| file.wormholes.sort_by_key(|row| row.id));
    files
}

fn path(phase: Phase, id: u32) -> String {
    let folder = match phase {
        Phase::Active => "active",
        Phase::Dormant => "dormant",
        Phase::Archived => "archived",
    };
    format!("connections/{folder}/wormholes-{:03}.json", id / IDS_PER_FILE)
}
