//! The states of the network at evenly spaced moments of a run, rebuilt from its journal.
//!
//! The journal has strengths when a wormhole opens, changes its kind or closes, and the run's last state has them at
//! the end. In between, strengths are interpolated linearly; in truth they rise with every traversal and fade between
//! traversals.

use std::collections::{BTreeMap, BTreeSet};

use crate::scenario::Phase;
use crate::scenario::Tick;
use crate::scenario::WormholeKind;
use crate::store::reading::StoredRun;
use crate::world::journal::Change;

/// Most moments.
pub(super) const MOST_MOMENTS: u32 = 200;

/// A moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moment {
    /// When.
    pub tick: Tick,
    /// Wormholes that are open or dormant, by number.
    pub wormholes: BTreeMap<u32, State>,
    /// Links that have failed themselves, by index.
    pub failed_links: BTreeSet<u32>,
    /// Nodes that have failed, by index.
    pub failed_nodes: BTreeSet<u32>,
}

/// A wormhole at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct State {
    /// Its kind while it is open; none while it is dormant.
    pub kind: Option<WormholeKind>,
    /// 0 to 1.
    pub strength: f64,
}

/// What is known of a wormhole at a tick: its state from then on, and its strength then.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Keyframe {
    tick: Tick,
    phase: Phase,
    kind: WormholeKind,
    strength: f64,
}

/// At most [`MOST_MOMENTS`] moments at equal distances, the first and the last tick included.
pub(super) fn moments(run: &StoredRun) -> Vec<Moment> {
    let last = run.graph.tick;
    let count = MOST_MOMENTS.min(last.saturating_add(1));
    let keyframes = keyframes(run);
    let tick = |index: u32| match count {
        1 => last,
        _ => (u64::from(last) * u64::from(index) / u64::from(count - 1)) as Tick,
    };
    let (mut links, mut nodes) = (BTreeSet::new(), BTreeSet::new());
    let mut records = run.records.iter().peekable();
    let moment = |tick| {
        while let Some(record) = records.next_if(|record| record.tick <= tick) {
            match record.change {
                Change::LinkFailed { link } => drop(links.insert(link)),
                Change::LinkRestored { link } => drop(links.remove(&link)),
                Change::NodeFailed { node } => drop(nodes.insert(node.0)),
                Change::NodeRestored { node } => drop(nodes.remove(&node.0)),
                _ => {}
            }
        }
        let wormholes = keyframes.iter().filter_map(|(&id, keyframes)| Some((id, at(keyframes, tick)?))).collect();
        Moment { tick, wormholes, failed_links: links.clone(), failed_nodes: nodes.clone() }
    };
    (0..count).map(tick).map(moment).collect()
}

/// The state at the end of a tick; none before the first opening and after archiving.
fn at(keyframes: &[Keyframe], tick: Tick) -> Option<State> {
    let after = keyframes.partition_point(|keyframe| keyframe.tick <= tick);
    let keyframe = keyframes[..after].last()?;
    match keyframe.phase {
        Phase::Archived => None,
        Phase::Dormant => Some(State { kind: None, strength: keyframe.strength }),
        Phase::Active => {
            let strength = keyframes.get(after).map_or(keyframe.strength, |next| {
                let share = f64::from(tick - keyframe.tick) / f64::from(next.tick - keyframe.tick);
                keyframe.strength + share * (next.strength - keyframe.strength)
            });
            Some(State { kind: Some(keyframe.kind), strength })
        }
    }
}

/// All that is known of each wormhole, in order of time.
fn keyframes(run: &StoredRun) -> BTreeMap<u32, Vec<Keyframe>> {
    let mut all: BTreeMap<u32, Vec<Keyframe>> = BTreeMap::new();
    for record in &run.records {
        let tick = record.tick;
        let (wormhole, keyframe) = match record.change {
            Change::Opened { wormhole, kind, strength, .. } => {
                (wormhole, Keyframe { tick, phase: Phase::Active, kind, strength })
            }
            Change::Recovered { wormhole, kind, strength, phase, .. } => {
                (wormhole, Keyframe { tick, phase, kind, strength })
            }
            Change::KindChanged { wormhole, to, strength, .. } => {
                (wormhole, Keyframe { tick, phase: Phase::Active, kind: to, strength })
            }
            Change::Dormant { wormhole, strength, .. } => {
                (wormhole, Keyframe { tick, phase: Phase::Dormant, kind: WormholeKind::Experimental, strength })
            }
            Change::Archived { wormhole, .. } => {
                (wormhole, Keyframe { tick, phase: Phase::Archived, kind: WormholeKind::Experimental, strength: 0.0 })
            }
            _ => continue,
        };
        all.entry(wormhole.0).or_default().push(keyframe);
    }
    for row in run.wormholes.iter().filter(|row| row.phase == Phase::Active) {
        let end = Keyframe { tick: run.graph.tick, phase: row.phase, kind: row.kind, strength: row.strength };
        all.entry(row.id).or_default().push(end);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyframe(tick: Tick, phase: Phase, strength: f64) -> Keyframe {
        Keyframe { tick, phase, kind: WormholeKind::Standard, strength }
    }

    #[test]
    fn a_strength_runs_straight_from_one_record_to_the_next() {
        let keyframes =
            [keyframe(100, Phase::Active, 0.2), keyframe(200, Phase::Active, 0.6), keyframe(300, Phase::Dormant, 0.0)];
        let strength =
            |tick| at(&keyframes, tick).map(|state| (state.kind.is_some(), (state.strength * 1e6).round() / 1e6));
        assert_eq!(strength(99), None);
        assert_eq!(strength(100), Some((true, 0.2)));
        assert_eq!(strength(150), Some((true, 0.4)));
        assert_eq!(strength(250), Some((true, 0.3)));
        assert_eq!(strength(300), Some((false, 0.0)));
    }

    #[test]
    fn what_is_archived_is_gone() {
        let keyframes =
            [keyframe(5, Phase::Active, 0.2), keyframe(6, Phase::Dormant, 0.1), keyframe(9, Phase::Archived, 0.0)];
        assert!(at(&keyframes, 8).is_some() && at(&keyframes, 9).is_none());
    }
}
