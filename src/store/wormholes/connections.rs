//! `connections/{active,dormant}/wormholes-NNN.json`: all about every wormhole that is not archived, a thousand a file
//! by their ids; `connections/archived/wormholes.jsonl`: what the others were when they left, a line each, in that
//! order. So the number of files depends on how many there are at a time, not on how many there ever were.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::names;
use crate::fabric::WormholeId;
use crate::physics::gravity::Memory;
use crate::scenario::Phase;
use crate::scenario::Tick;
pub use crate::scenario::tree::{Connections, LedgerRow, WormholeRow};
use crate::simulation::Simulation;
use crate::store::json::{VERSION, to_line};
use crate::topology::Topology;
use crate::world::components::{Ledger, Strength, Wormhole};
use crate::world::history::Archived;
use crate::world::wormholes::Wormholes;

/// Wormholes that share a file.
const PER_FILE: usize = 1000;

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

/// The files of active and dormant wormholes by path within `wormholes/`. A folder without wormholes has one file
/// without any.
pub fn files(simulation: &Simulation) -> BTreeMap<String, Connections> {
    let topology = &simulation.scenario().topology;
    let (table, next) = (simulation.world().resource::<Wormholes>(), simulation.ticks_done());
    let dormant: BTreeSet<(Tick, WormholeId)> = simulation
        .wormholes()
        .filter(|(wormhole, ..)| wormhole.phase == Phase::Dormant)
        .map(|(wormhole, ..)| (wormhole.since, wormhole.id))
        .collect();
    let pool = table.pool().iter().filter(|entry| dormant.contains(entry));
    let places: BTreeMap<u32, u32> = pool.zip(0..).map(|(&(_, id), place)| (id.0, place)).collect();
    let memory = Memory::new(simulation.scenario().physics.gravity.mass_memory_ticks);
    let rows = simulation.wormholes().map(|(wormhole, strength, mass, entropy, ledger)| {
        let age = table.dormant_ticks(wormhole.since, wormhole.id, next);
        let active = wormhole.is_active();
        WormholeRow {
            dormant_ticks: (!active).then_some(age),
            entropy: Some(entropy.0),
            mass: Some(mass.at(next.saturating_sub(1), &memory)),
            pool_place: places.get(&wormhole.id.0).copied(),
            setup_ticks_left: if active { wormhole.ready_at.saturating_sub(next) } else { 0 },
            ..WormholeRow::new(topology, wormhole, strength, ledger)
        }
    });
    let (active, dormant): (Vec<_>, Vec<_>) = rows.partition(|row| row.phase == Phase::Active);
    let mut files = BTreeMap::new();
    for (folder, mut rows) in [("active", active), ("dormant", dormant)] {
        for number in 0.. {
            let rest = rows.split_off(rows.len().min(PER_FILE));
            let path = format!("connections/{folder}/wormholes-{number:03}.json");
            files.insert(path, Connections { version: VERSION, wormholes: rows });
            if rest.is_empty() {
                break;
            }
            rows = rest;
        }
    }
    files
}

/// The line of one that was archived.
pub fn archived_line(topology: &Topology, (wormhole, strength, ledger): &Archived) -> String {
    to_line(&WormholeRow::new(topology, wormhole, strength, ledger))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{ring, start};
    use super::*;
    use crate::scenario::WormholeKind;
    use crate::store::wormholes::topology::{ConnectionStrength, StrengthRow};
    use crate::topology::EachWay;
    use crate::world::journal::Change;

    /// What the journal says of a wormhole: its opening is what the first record is about.
    #[derive(Default)]
    struct History {
        opened: Vec<(Tick, Tick, f64)>,
        ends: [String; 2],
        kind: Option<WormholeKind>,
        transit: Option<EachWay>,
        dormant: Option<(Tick, f64)>,
        archived: Option<Tick>,
    }

    /// Wormholes on a ring that is asked for a while at one place, then at another; the run ends while one is set up,
    /// some are dormant and some are archived.
    fn restless() -> (Simulation, BTreeMap<u32, History>, Vec<Archived>) {
        let more = json!({
            "workloads": [{"kind": "uniform", "accesses_per_tick": 3.0,
                "hot_spot": {"path": ["0", "3", "6", "9"], "dwell_ticks": 60, "share": 0.9}}],
            "physics": {
                "gravity": {"review_every_ticks": 10, "min_pull": 0, "mass_memory_ticks": 50},
                "decay": {"fade_per_tick": 0.05, "gain_per_traversal": 0.03, "pay_review_ticks": 20,
                    "archive_after_ticks": 60, "reopen_after_ticks": 20},
                "wormhole": {"setup_ticks": 4}
            },
        });
        let mut simulation = start(ring(12), more, "");
        let mut histories = BTreeMap::<u32, History>::new();
        let mut gone = Vec::new();
        loop {
            let happened = simulation.step().unwrap();
            gone.extend(happened.archived);
            for record in happened.records {
                let names = |ends| names(&simulation.scenario().topology, ends);
                match record.change {
                    Change::Opened { wormhole, ends, kind, transit_ticks, ready_tick, cost_ticks, .. } => {
                        let history = histories.entry(wormhole.0).or_default();
                        history.opened.push((record.tick, ready_tick, cost_ticks));
                        (history.ends, history.kind, history.transit) = (names(ends), Some(kind), Some(transit_ticks));
                        history.dormant = None;
                    }
                    Change::KindChanged { wormhole, to, transit_ticks, .. } => {
                        let history = histories.get_mut(&wormhole.0).unwrap();
                        (history.kind, history.transit) = (Some(to), Some(transit_ticks));
                    }
                    Change::Dormant { wormhole, strength, .. } => {
                        histories.get_mut(&wormhole.0).unwrap().dormant = Some((record.tick, strength));
                    }
                    Change::Archived { wormhole, .. } => {
                        histories.get_mut(&wormhole.0).unwrap().archived = Some(record.tick);
                    }
                    ref other => panic!("{other:?}"),
                }
            }
            let next = simulation.ticks_done();
            assert!(next < 2000, "the run has wormholes in all phases at once");
            let of = |is: &dyn Fn(&History) -> bool| histories.values().filter(|history| is(history)).count();
            let set_up = of(&|history| history.dormant.is_none() && history.opened.last().unwrap().1 > next);
            let reopened = of(&|history| history.opened.len() > 1);
            let dormant = of(&|history| history.dormant.is_some() && history.archived.is_none());
            if set_up > 0 && reopened > 0 && dormant > 2 && of(&|history| history.archived.is_some()) > 1 {
                return (simulation, histories, gone);
            }
        }
    }

    #[test]
    fn rows_say_what_the_journal_says() {
        let (simulation, histories, gone) = restless();
        let next = simulation.ticks_done();
        let mut files = files(&simulation);
        let line = |gone| archived_line(&simulation.scenario().topology, gone);
        let archived = gone.iter().map(|gone| serde_json::from_str(&line(gone)).unwrap());
        let archived: Vec<WormholeRow> = archived.collect();
        assert!(archived.is_sorted_by_key(|row| row.since_tick) && archived.len() > 1);
        let mut by_id = archived.clone();
        by_id.sort_by_key(|row| row.id);
        files.insert(
            "connections/archived/wormholes-000.json".to_owned(),
            Connections { version: VERSION, wormholes: by_id },
        );
        assert_eq!(files.values().map(|file| file.wormholes.len()).sum::<usize>(), histories.len());
        let mut pool = Vec::new();
        let mut left = 0;
        for (path, file) in &files {
            assert!(file.wormholes.is_sorted_by_key(|row| row.id));
            for row in &file.wormholes {
                let history = &histories[&row.id];
                let (folder, phase, since) = match (history.archived, history.dormant) {
                    (Some(since), _) => ("archived", Phase::Archived, since),
                    (None, Some((since, _))) => ("dormant", Phase::Dormant, since),
                    (None, None) => ("active", Phase::Active, history.opened.last().unwrap().0),
                };
                assert_eq!(*path, format!("connections/{folder}/wormholes-000.json"));
                assert_eq!((row.phase, row.since_tick), (phase, since), "{row:?}");
                assert_eq!(
                    (&row.ends, Some(row.kind), Some(row.transit_ticks)),
                    (&history.ends, history.kind, history.transit)
                );
                let (first, last) = (history.opened[0], history.opened.last().unwrap());
                assert_eq!((row.opened_tick, row.ready_tick), (first.0, last.1));
                assert_eq!(row.ledger.reopened as usize, history.opened.len() - 1);
                assert_eq!(row.ledger.opening_ticks, history.opened.iter().map(|opened| opened.2).sum::<f64>());
                let live = phase != Phase::Archived;
                assert_eq!((row.entropy.is_some(), row.mass.is_some()), (live, live));
                let waits = if phase == Phase::Active { last.1.saturating_sub(next) } else { 0 };
                assert_eq!(row.setup_ticks_left, waits);
                left += waits;
                if let Some((_, strength)) = history.dormant {
                    assert_eq!(row.strength, strength, "what is dormant does not fade");
                }
                let dormant = phase == Phase::Dormant;
                assert_eq!(row.dormant_ticks, dormant.then(|| next - since));
                assert_eq!(row.pool_place.is_some(), dormant);
                pool.extend(row.pool_place.map(|place| (place, since)));
            }
        }
        assert!(left > 0);
        pool.sort_unstable();
        assert!(pool.iter().map(|&(place, _)| place).eq(0..pool.len() as u32), "{pool:?}");
        assert!(pool.is_sorted_by_key(|&(_, since)| since), "{pool:?}");

        let strengths = ConnectionStrength::of(&simulation);
        assert_eq!(strengths.tick, next - 1);
        let mut live: Vec<WormholeRow> = files.into_values().flat_map(|file| file.wormholes).collect();
        live.retain(|row| row.phase != Phase::Archived);
        live.sort_by_key(|row| row.id);
        let rows: Vec<StrengthRow> = live
            .into_iter()
            .map(|row| StrengthRow {
                capacity_per_tick: row.capacity_per_tick,
                ends: row.ends,
                id: row.id,
                kind: row.kind,
                phase: row.phase,
                span_ticks: row.span_ticks,
                strength: row.strength,
                transit_ticks: row.transit_ticks,
            })
            .collect();
        assert_eq!(strengths.wormholes, rows);
    }
}
