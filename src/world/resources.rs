//! Resources of a run besides the fabric: the clock, rules, and what systems remember from tick to tick.

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::prelude::{Entity, Resource};

use super::components::{Ledger, Strength, Wormhole};
use super::sketch::SpaceSaving;
use crate::error::Error;
use crate::fabric::Fabric;
use crate::fabric::WormholeId;
use crate::fabric::port::PortChange;
use crate::routers::measured_delay::MeasuredDelay;
use crate::routers::multipath::Multipath;
use crate::routers::q_routing::QTable;
use crate::routers::shortest_path::ShortestPath;
use crate::routing::bidirectional::Bidirectional;
use crate::routing::view::View;
use crate::scenario::{Event, Physics, Scenario, Tick, WormholeRules};
use crate::topology::NodeId;
use crate::workload::Source;

/// Simulated time, and what comes back with it.
#[derive(Debug, Resource)]
pub struct Clock {
    /// The present tick.
    pub now: Tick,
    /// The tick that the next run of the schedule will simulate.
    pub next: Tick,
    review_every: Option<Tick>,
    entropy_every: Tick,
    snapshot_every: Option<Tick>,
}

impl Clock {
    /// The clock of a scenario before its first tick.
    pub fn new(scenario: &Scenario) -> Self {
        let by_gravity = scenario.wormholes.open_by_gravity();
        Self {
            now: 0,
            next: 0,
            review_every: by_gravity.then_some(scenario.physics.gravity.review_every_ticks),
            entropy_every: scenario.physics.entropy.every_ticks,
            snapshot_every: scenario.persistence.snapshot_every_ticks,
        }
    }

    /// Goes on after so many ticks.
    pub fn resume(&mut self, ticks: Tick) {
        (self.now, self.next) = (ticks.saturating_sub(1), ticks);
    }

    /// Moves on by a tick.
    pub fn advance(&mut self) {
        self.now = self.next;
        self.next += 1;
    }

    /// Whether this tick looks for places to open wormholes.
    pub fn review_is_due(&self) -> bool {
        self.now > 0 && self.review_every.is_some_and(|every| self.now.is_multiple_of(every))
    }

    /// Whether entropies are computed in this tick.
    pub fn entropy_is_due(&self) -> bool {
        self.next.is_multiple_of(self.entropy_every)
    }

    /// Whether the state at the end of this tick should be written.
    pub fn snapshot_is_due(&self) -> bool {
        self.next > 0 && self.snapshot_every.is_some_and(|every| self.next.is_multiple_of(every))
    }
}

/// The scenario's rules that systems apply.
#[derive(Debug, Resource)]
pub struct Rules {
    /// Whether and how wormholes open.
    pub wormholes: WormholeRules,
    /// Parameters of the models.
    pub physics: Physics,
}

/// Scheduled changes, and what has failed so far.
#[derive(Debug, Resource)]
pub struct Timeline {
    /// Changes to come, the next one first.
    pub events: VecDeque<Event>,
    /// Links that failed themselves, by index.
    pub failed_links: Vec<bool>,
}

/// Sources of accesses.
#[derive(Debug, Resource)]
pub struct Sources {
    /// In the order of the scenario.
    pub all: Vec<Source>,
    /// Why one could not go on: the run stops after this tick.
    pub failed: Option<Error>,
    /// Who listens to all accesses that enter, for experiments; changes nothing.
    pub listener: Option<Box<blake3::Hasher>>,
}

/// What an archived wormhole was when it left.
pub type Archived = (Wormhole, Strength, Ledger);

/// Nodes and wormholes by id.
#[derive(Debug, Default, Resource)]
pub struct Registry {
    /// Entity by node.
    pub nodes: Vec<Entity>,
    /// Entity of every wormhole that is not archived.
    pub wormholes: BTreeMap<WormholeId, Entity>,
    /// The wormhole between two nodes, smaller id first, that is not archived.
    pub between: BTreeMap<[NodeId; 2], WormholeId>,
    /// Active wormholes that routers do not see yet, because they are being set up.
    pub opening: Vec<WormholeId>,
    /// Wormholes that went dormant, with the tick, the longest dormant first; those opened again since are to be skipped.
    pub pool: VecDeque<(Tick, WormholeId)>,
    /// What archived wormholes were when they left.
    pub archived: Vec<Archived>,
    /// Running hash of them.
    pub archived_hash: [u8; blake3::OUT_LEN],
    /// Number of the next wormhole.
    pub next: u32,
    /// Number of the first wormhole that opened in this run and not in the one that it recovered.
    pub first: u32,
    /// Ticks that recovered wormholes had been dormant at tick 0.
    pub aged: BTreeMap<WormholeId, Tick>,
}

impl Registry {
    /// Keeps what a wormhole was that leaves for good.
    pub fn archive(&mut self, gone: Archived) {
        let entry = postcard::to_stdvec(&gone).expect("a wormhole is plain data");
        self.archived_hash = *blake3::Hasher::new().update(&self.archived_hash).update(&entry).finalize().as_bytes();
        self.archived.push(gone);
    }

    /// Ticks for which a wormhole that is dormant since tick `since` is so at tick `now`.
    pub fn dormant_ticks(&self, since: Tick, id: WormholeId, now: Tick) -> Tick {
        // A recovered dormant wormhole cannot go dormant again before tick 1.
        let before = if since == 0 { self.aged.get(&id).copied().unwrap_or(0) } else { 0 };
        now - since + before
    }
}

/// What gravity remembers.
#[derive(Debug, Resource)]
pub struct Gravity {
    /// Share of a mass that is left after a tick.
    pub mass_kept: f64,
    /// Share of a sketched weight that is left after a review.
    pub sketch_kept: f64,
    /// Accesses originated and targeted this tick by node, by size.
    pub activity: Vec<f64>,
    /// Heavy pairs.
    pub sketch: SpaceSaving,
    /// Space links alone.
    pub space: View,
    /// Scratch space for distances.
    pub search: Bidirectional,
    /// Distances over space found since it last changed, ticks.
    pub spans: BTreeMap<[NodeId; 2], Option<u32>>,
}

/// Distances that gravity keeps at the most.
const MOST_SPANS: usize = 100_000;

impl Gravity {
    /// Free-flow latency over space between two nodes, smaller id first, in ticks, if there is a path.
    pub fn span(&mut self, ends: [NodeId; 2]) -> Option<u32> {
        if let Some(&span) = self.spans.get(&ends) {
            return span;
        }
        if self.spans.len() == MOST_SPANS {
            self.spans.clear();
        }
        let span = self.search.distance(&self.space, ends[0].0, ends[1].0);
        self.spans.insert(ends, span);
        span
    }

    /// Follows a change of a space link.
    pub fn apply(&mut self, change: &PortChange) {
        self.space.apply(change);
        self.spans.clear();
    }
}

/// What decay remembers.
#[derive(Debug, Resource)]
pub struct Fading {
    /// Share of strength that is left after a tick.
    pub kept: f64,
    /// Share of a mass that is left after a tick.
    pub mass_kept: f64,
    /// Wormholes whose kind or phase may change this tick.
    pub due: Vec<WormholeId>,
}

/// Accesses carried, by port.
#[derive(Debug, Resource)]
pub struct Loads {
    /// Share of smoothed traffic that is left after an entropy interval.
    pub kept: f64,
    /// Exponentially smoothed departures, by port.
    pub smoothed: Vec<f64>,
    /// Departures collected so far, by port.
    pub total: Vec<u64>,
    /// Entropy of the smoothed traffic over link directions, normalised.
    pub network_entropy: f64,
}

impl Loads {
    /// Departures since the start, by port.
    pub fn so_far(&self, fabric: &Fabric) -> Vec<u64> {
        so_far(&self.total, fabric)
    }
}

/// Departures since the start, by port, given those collected so far.
pub fn so_far(total: &[u64], fabric: &Fabric) -> Vec<u64> {
    total.iter().zip(&fabric.ports).map(|(total, port)| total + u64::from(port.carried)).collect()
}

/// The routing policy with its state.
#[derive(Debug, Resource)]
pub enum Router {
    /// See [`ShortestPath`].
    ShortestPath(ShortestPath),
    /// See [`Multipath`].
    Multipath(Multipath),
    /// See [`MeasuredDelay`].
    MeasuredDelay(MeasuredDelay),
    /// See [`QTable`].
    QRouting(QTable),
}

impl Router {
    /// Follows changes of ports.
    pub fn apply(&mut self, changes: &[PortChange]) {
        match self {
            Self::ShortestPath(policy) => policy.apply(changes),
            Self::Multipath(policy) => policy.apply(changes),
            Self::MeasuredDelay(policy) => policy.apply(changes),
            Self::QRouting(table) => changes.iter().for_each(|change| table.apply(change)),
        }
    }
}
