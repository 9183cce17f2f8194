//! The journal on disk, and the topology of any tick rebuilt from it.
//!
//! `journal.jsonl` holds one [`Record`] a line, in the order of what happened. A link is up if it has not failed itself
//! and both its ends are up; a wormhole is what its last records say.

use std::collections::BTreeMap;
use std::path::Path;

use super::json;
use crate::error::Error;
use crate::fabric::WormholeId;
use crate::scenario::Phase;
use crate::scenario::Tick;
use crate::scenario::WormholeKind;
use crate::topology::{EachWay, Link, NodeId, Topology};
use crate::world::journal::{Change, Record};

/// The network at the end of a tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkState {
    /// Whether each node is up, by id.
    pub nodes_up: Vec<bool>,
    /// The links, by index in the topology.
    pub links: Vec<LinkState>,
    /// All wormholes so far, archived ones included.
    pub wormholes: BTreeMap<WormholeId, WormholeState>,
}

/// A link at the end of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkState {
    /// Whether it carries accesses.
    pub up: bool,
    /// Accesses per tick, from the first end and from the second; none is unlimited, or no direction.
    pub capacities_per_tick: [Option<u32>; 2],
}

/// A wormhole at the end of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WormholeState {
    /// Its ends, the smaller id first.
    pub ends: [NodeId; 2],
    /// Its phase.
    pub phase: Phase,
    /// Its kind.
    pub kind: WormholeKind,
    /// Ticks a traversal takes.
    pub transit_ticks: EachWay,
}

/// Reads a journal.
///
/// # Errors
/// [`Error::Io`], and those of [`records`].
pub fn read(path: &Path) -> Result<Vec<Record>, Error> {
    records(json::read_text(path)?.as_bytes(), path)
}

/// The records in the text of the journal at `path`. What follows the last end of line was torn by a crash, and is
/// ignored.
///
/// # Errors
/// [`Error::FormatLine`] for a line that is no record.
pub fn records(text: &[u8], path: &Path) -> Result<Vec<Record>, Error> {
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let lines = text[..whole].split_inclusive(|&byte| byte == b'\n').enumerate();
    let record = |(index, line)| {
        serde_json::from_slice(line).map_err(|source| Error::FormatLine {
            path: path.to_owned(),
            line: index + 1,
            source,
        })
    };
    lines.map(record).collect()
}

/// The network at the end of `tick`, from the topology that the run began with and its records in order.
///
/// # Errors
/// [`Error::Journal`] if a record names something that is not there.
pub fn replay(topology: &Topology, records: &[Record], tick: Tick) -> Result<NetworkState, Error> {
    let mut state = NetworkState {
        nodes_up: vec![true; topology.node_count()],
        links: topology
            .links()
            .map(|(.., link)| LinkState { up: true, capacities_per_tick: capacities(link) })
            .collect(),
        wormholes: BTreeMap::new(),
    };
    let mut failed_links = vec![false; state.links.len()];
    for record in records.iter().take_while(|record| record.tick <= tick) {
        state.apply(record, topology, &mut failed_links)?;
    }
    for (index, a, b, _) in topology.links() {
        let ends_up = state.nodes_up[a.index()] && state.nodes_up[b.index()];
        state.links[index as usize].up = ends_up && !failed_links[index as usize];
    }
    Ok(state)
}

fn capacities(link: Link) -> [Option<u32>; 2] {
    [0, 1].map(|side| link.direction(side)?.capacity_per_tick.map(u32::from))
}

impl NetworkState {
    fn apply(&mut self, record: &Record, topology: &Topology, failed_links: &mut [bool]) -> Result<(), Error> {
        let missing = |kind, id| Error::Journal { tick: record.tick, kind, id };
        let nodes = self.nodes_up.len();
        match record.change {
            Change::Opened { wormhole, ends, transit_ticks, kind, .. } => {
                if let Some(end) = ends.into_iter().find(|end| end.index() >= nodes) {
                    return Err(missing("node", end.0));
                }
                self.wormholes.insert(wormhole, WormholeState { ends, phase: Phase::Active, kind, transit_ticks });
            }
            Change::Recovered { wormhole, ends, transit_ticks, kind, phase, .. } => {
                if let Some(end) = ends.into_iter().find(|end| end.index() >= nodes) {
                    return Err(missing("node", end.0));
                }
                self.wormholes.insert(wormhole, WormholeState { ends, phase, kind, transit_ticks });
            }
            Change::KindChanged { wormhole, to, transit_ticks, .. } => {
                let held = self.wormholes.get_mut(&wormhole).ok_or_else(|| missing("wormhole", wormhole.0))?;
                *held = WormholeState { kind: to, transit_ticks, ..*held };
            }
            Change::Dormant { wormhole, .. } => self.set_phase(wormhole, Phase::Dormant, missing)?,
            Change::Archived { wormhole, .. } => self.set_phase(wormhole, Phase::Archived, missing)?,
            Change::LinkFailed { link } => {
                *failed_links.get_mut(link as usize).ok_or_else(|| missing("link", link))? = true;
            }
            Change::LinkRestored { link } => {
                *failed_links.get_mut(link as usize).ok_or_else(|| missing("link", link))? = false;
            }
            Change::NodeFailed { node } => {
                *self.nodes_up.get_mut(node.index()).ok_or_else(|| missing("node", node.0))? = false;
            }
            Change::NodeRestored { node } => {
                *self.nodes_up.get_mut(node.index()).ok_or_else(|| missing("node", node.0))? = true;
            }
            Change::CapacitySet { link, from, capacity_per_tick } => {
                let held = self.links.get_mut(link as usize).ok_or_else(|| missing("link", link))?;
                let ends = topology.ends(link);
                if let Some(from) = from.filter(|from| !ends.contains(from)) {
                    return Err(missing("node", from.0));
                }
                for (end, capacity) in ends.iter().zip(&mut held.capacities_per_tick) {
                    if from.is_none_or(|from| from == *end) {
                        *capacity = capacity_per_tick;
                    }
                }
            }
        }
        Ok(())
    }

    fn set_phase(
        &mut self,
        wormhole: WormholeId,
        phase: Phase,
        missing: impl Fn(&'static str, u32) -> Error,
    ) -> Result<(), Error> {
        self.wormholes.get_mut(&wormhole).ok_or_else(|| missing("wormhole", wormhole.0))?.phase = phase;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::store::wormholes::tests::{idle, ring};
    use crate::world::journal::{DormancyReason, OpeningReason};

    #[test]
    fn a_line_that_is_no_record_is_named_and_a_torn_end_is_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let record = Record { tick: 4, change: Change::NodeFailed { node: NodeId(1) } };
        let line = super::super::json::to_line(&record);
        fs::write(&path, format!("{line}{line}{}", &line[..line.len() - 1])).unwrap();
        assert_eq!(read(&path).unwrap(), [record.clone(), record]);
        fs::write(&path, format!("{line}{line}{{}}\n{line}")).unwrap();
        assert!(matches!(read(&path), Err(Error::FormatLine { line: 3, .. })));
    }

    fn opened(id: u32, [a, b]: [u32; 2]) -> Change {
        Change::Opened {
            wormhole: WormholeId(id),
            ends: [NodeId(a), NodeId(b)],
            span_ticks: EachWay::same(9),
            transit_ticks: EachWay::same(7),
            kind: WormholeKind::Standard,
            strength: 0.3,
            ready_tick: 2,
            cost_ticks: 1.0,
            reopened: false,
            reason: OpeningReason::initial(),
        }
    }

    fn recovered(id: u32, [a, b]: [u32; 2]) -> Change {
        Change::Recovered {
            wormhole: WormholeId(id),
            ends: [NodeId(a), NodeId(b)],
            span_ticks: EachWay::same(9),
            transit_ticks: EachWay::same(6),
            kind: WormholeKind::FastLane,
            strength: 0.5,
            ready_tick: 2,
            phase: Phase::Dormant,
        }
    }

    fn promoted(id: u32) -> Change {
        let (from, to) = (WormholeKind::Standard, WormholeKind::FastLane);
        Change::KindChanged { wormhole: WormholeId(id), from, to, transit_ticks: EachWay([5, 4]), strength: 0.9 }
    }

    #[test]
    fn wormholes_are_what_their_last_records_say() {
        let topology = &idle(ring(4), json!({}), 1).scenario().topology.clone();
        let dormant = |tick, phase| {
            let wormhole = WormholeId(3);
            let change = match phase {
                Phase::Archived => Change::Archived { wormhole, dormant_ticks: 9 },
                _ => Change::Dormant { wormhole, strength: 0.1, reason: DormancyReason::EndFailed { node: NodeId(1) } },
            };
            Record { tick, change }
        };
        let records = [
            Record { tick: 1, change: recovered(0, [0, 2]) },
            Record { tick: 2, change: opened(3, [1, 3]) },
            Record { tick: 3, change: promoted(3) },
            dormant(4, Phase::Dormant),
            dormant(5, Phase::Archived),
        ];
        let old = WormholeState {
            ends: [NodeId(0), NodeId(2)],
            phase: Phase::Dormant,
            kind: WormholeKind::FastLane,
            transit_ticks: EachWay::same(6),
        };
        let at =
            |kind, transit_ticks, phase| WormholeState { ends: [NodeId(1), NodeId(3)], phase, kind, transit_ticks };
        let expected = [
            None,
            Some(at(WormholeKind::Standard, EachWay::same(7), Phase::Active)),
            Some(at(WormholeKind::FastLane, EachWay([5, 4]), Phase::Active)),
            Some(at(WormholeKind::FastLane, EachWay([5, 4]), Phase::Dormant)),
            Some(at(WormholeKind::FastLane, EachWay([5, 4]), Phase::Archived)),
        ];
        for (tick, new) in (1..).zip(expected) {
            let found = replay(topology, &records, tick).unwrap().wormholes;
            let expected = [Some((WormholeId(0), old)), new.map(|new| (WormholeId(3), new))];
            assert_eq!(found, expected.into_iter().flatten().collect());
        }
    }

    /// A link is up if it has not failed itself and neither end has.
    #[test]
    fn links_are_down_with_either_end() {
        let topology = &idle(ring(4), json!({}), 1).scenario().topology.clone();
        let failed = |node| Record { tick: 1, change: Change::NodeFailed { node: NodeId(node) } };
        let link = Record { tick: 1, change: Change::LinkFailed { link: 0 } };
        let down = |records: &[Record]| {
            let state = replay(topology, records, 1).unwrap();
            (0..4).filter(|&link| !state.links[link as usize].up).collect::<Vec<u32>>()
        };
        let of = |node| topology.links().filter(move |(_, a, b, _)| [a.0, b.0].contains(&node)).map(|(link, ..)| link);
        for node in 0..4 {
            assert_eq!(down(&[failed(node)]), of(node).collect::<Vec<_>>());
        }
        assert_eq!(down(&[link]), [0]);
        assert!(down(&[]).is_empty());
        for (change, kind) in [
            (Change::NodeFailed { node: NodeId(4) }, "node"),
            (Change::NodeRestored { node: NodeId(4) }, "node"),
            (Change::LinkFailed { link: 4 }, "link"),
            (Change::LinkRestored { link: 4 }, "link"),
            (Change::CapacitySet { link: 4, from: None, capacity_per_tick: None }, "link"),
            (Change::CapacitySet { link: 0, from: Some(NodeId(4)), capacity_per_tick: None }, "node"),
            (opened(4, [0, 4]), "node"),
            (recovered(4, [3, 4]), "node"),
            (promoted(4), "wormhole"),
            (Change::Archived { wormhole: WormholeId(4), dormant_ticks: 9 }, "wormhole"),
        ] {
            let found = replay(topology, &[Record { tick: 1, change }], 1);
            assert!(matches!(found, Err(Error::Journal { tick: 1, kind: of, id: 4 }) if of == kind), "{found:?}");
        }
    }
}
