//! `connections/{active,dormant,archived}/wormholes-NNN.json`: all about every wormhole, a thousand ids a file.

use std::collections::{BTreeMap, BTreeSet};

use super::names;
use crate::scenario::Tick;
pub use crate::scenario::tree::{Connections, LedgerRow, WormholeRow};
use crate::simulation::Simulation;
use crate::store::json::VERSION;
use crate::topology::Topology;
use crate::world::components::{Ledger, Phase, Strength, Wormhole, WormholeId};
use crate::world::resources::Registry;

/// Ids that share a file.
const IDS_PER_FILE: u32 = 1000;

impl WormholeRow {
    fn new(topology: &Topology, wormhole: &Wormhole, strength: &Strength, ledger: &Ledger) -> Self {
        let [reviewed_saved_ticks, reviewed_upkeep_ticks] = ledger.reviewed;
        Self {
            capacity_per_tick: wormhole.capacity,
            dormant_ticks: None,
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
            pool_place: None,
            ports: wormhole.ports,
            ready_tick: wormhole.ready_at,
            reviewed_tick: wormhole.reviewed_at,
            setup_ticks_left: 0,
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
    let (registry, next) = (simulation.world().resource::<Registry>(), simulation.ticks_done());
    let dormant: BTreeSet<(Tick, WormholeId)> = simulation
        .wormholes()
        .filter(|(wormhole, ..)| wormhole.phase == Phase::Dormant)
        .map(|(wormhole, ..)| (wormhole.since, wormhole.id))
        .collect();
    let pool = registry.pool.iter().filter(|entry| dormant.contains(entry));
    let places: BTreeMap<u32, u32> = pool.zip(0..).map(|(&(_, id), place)| (id.0, place)).collect();
    let live = simulation.wormholes().map(|(wormhole, strength, mass, entropy, ledger)| {
        let age = registry.dormant_ticks(wormhole.since, wormhole.id, next);
        let active = wormhole.is_active();
        WormholeRow {
            dormant_ticks: (!active).then_some(age),
            entropy: Some(entropy.0),
            mass: Some(mass.0),
            pool_place: places.get(&wormhole.id.0).copied(),
            setup_ticks_left: if active { wormhole.ready_at.saturating_sub(next) } else { 0 },
            ..WormholeRow::new(topology, wormhole, strength, ledger)
        }
    });
    let archived = &registry.archived;
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
