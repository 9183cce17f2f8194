//! Resources of a run besides the fabric: the clock, rules, and what systems remember from tick to tick.

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::prelude::{Entity, Resource, World};

use super::components::Mass;
use super::sketch::SpaceSaving;
use crate::error::Error;
use crate::fabric::port::PortChange;
use crate::fabric::router::Router;
use crate::fabric::{Fabric, WormholeId};
use crate::physics::gravity::Memory;
use crate::routing::bidirectional::Bidirectional;
use crate::routing::fields::to_nearest;
use crate::routing::route::Route;
use crate::routing::view::{UNREACHED, View};
use crate::scenario::{Event, Physics, Scenario, Tick, WormholeRules};
use crate::topology::{EachWay, NodeId};
use crate::workload::Source;

/// Simulated time, and what comes back with it.
#[derive(Debug, Resource)]
pub struct Clock {
    /// The present tick.
    pub now: Tick,
    /// The tick that the next run of the schedule will simulate.
    pub next: Tick,
    entropy_every: Tick,
    snapshot_every: Option<Tick>,
}

impl Clock {
    /// The clock of a scenario before its first tick.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            now: 0,
            next: 0,
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
    /// What every departure from a node takes.
    pub processing_ticks: u32,
    /// Whether wormholes stay at full strength until the opening policy closes them.
    pub kept: bool,
}

impl Rules {
    /// Strength of a wormhole that opens.
    pub fn initial_strength(&self) -> f64 {
        if self.kept { 1.0 } else { self.physics.wormhole.initial_strength }
    }
}

/// Scheduled changes.
#[derive(Debug, Resource)]
pub struct Timeline {
    /// Changes to come, the next one first.
    pub events: VecDeque<Event>,
}

impl Timeline {
    /// Takes the next change of tick `now`, if one is left.
    pub fn due(&mut self, now: Tick) -> Option<Event> {
        self.events.pop_front_if(|event| event.tick == now)
    }
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

/// Entities of nodes, by id.
#[derive(Debug, Default, Resource)]
pub struct Nodes(pub Vec<Entity>);

/// What accesses ask for.
#[derive(Debug, Resource)]
pub struct Observed {
    /// Heavy pairs.
    pub sketch: SpaceSaving,
    /// How masses fade.
    pub memory: Memory,
}

/// Masses of nodes and wormholes in the present tick.
pub fn masses(world: &World) -> impl Fn(Entity) -> f64 {
    let memory = Memory::new(world.resource::<Rules>().physics.gravity.mass_memory_ticks);
    let now = world.resource::<Clock>().now;
    move |entity| world.get::<Mass>(entity).map_or(0.0, |mass| mass.at(now, &memory))
}

/// The ports of a way over space: from the end with the smaller id, and from the other.
pub type Ride = [Vec<u32>; 2];

/// The shortest way over space between two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Free-flow latency, processing included, ticks each way.
    pub ticks: EachWay,
    /// Of these, what the links take.
    pub links: EachWay,
}

impl Span {
    /// Its latency in the mean of both directions, ticks.
    pub fn mean(self) -> f64 {
        self.ticks.mean()
    }
}

/// Distances over space.
#[derive(Debug, Resource)]
pub struct Spans {
    /// Space links alone.
    space: View,
    /// Scratch space.
    search: Bidirectional,
    /// What every departure takes, ticks; part of the costs of `space`.
    processing: u32,
    /// Distances found since space last changed.
    found: BTreeMap<[NodeId; 2], Option<Span>>,
}

/// Distances that are kept at the most.
const MAX_SPANS: usize = 100_000;

impl Spans {
    /// Over the space links of `space`.
    pub fn new(space: View, processing: u32) -> Self {
        Self { space, search: Bidirectional::default(), processing, found: BTreeMap::new() }
    }

    /// The way over space between two nodes, smaller id first, if there is one both ways.
    pub fn span(&mut self, ends: [NodeId; 2]) -> Option<Span> {
        if let Some(&span) = self.found.get(&ends) {
            return span;
        }
        if self.found.len() == MAX_SPANS {
            self.found.clear();
        }
        let span = self.measured(ends);
        self.found.insert(ends, span);
        span
    }

    fn measured(&mut self, ends: [NodeId; 2]) -> Option<Span> {
        if self.processing > 0 {
            let [there, back] = self.routes(ends)?;
            let ticks = EachWay([there.cost, back.cost]);
            let processing = [there, back].map(|route| route.hops() as u32 * self.processing);
            let links = EachWay([ticks.0[0] - processing[0], ticks.0[1] - processing[1]]);
            return Some(Span { ticks, links });
        }
        let [a, b] = ends.map(|end| end.0);
        let there = self.search.distance(&self.space, a, b)?;
        let back = if self.space.is_symmetric() { there } else { self.search.distance(&self.space, b, a)? };
        let ticks = EachWay([there, back]);
        Some(Span { ticks, links: ticks })
    }

    /// Other nodes from which space leads to a node, with its latency, processing included, ticks.
    pub fn latencies_to(&self, node: NodeId) -> impl Iterator<Item = (NodeId, f64)> + use<> {
        let latencies = to_nearest(&self.space, &[node.0]);
        let reached =
            (0..).map(NodeId).zip(latencies).filter(move |&(other, ticks)| other != node && ticks != UNREACHED);
        reached.map(|(other, ticks)| (other, f64::from(ticks)))
    }

    /// The ports of that way, each way; where the directions are the same, of one path.
    pub fn ride(&mut self, ends: [NodeId; 2]) -> Option<Ride> {
        self.routes(ends).map(|routes| routes.map(|route| route.ports))
    }

    fn routes(&mut self, ends: [NodeId; 2]) -> Option<[Route; 2]> {
        let [a, b] = ends.map(|end| end.0);
        let mut routes = [Route::default(), Route::default()];
        self.search.route(&self.space, a, b, &mut routes[0])?;
        if self.space.is_symmetric() {
            routes[1] = routes[0].clone();
            routes[1].reverse(&self.space);
        } else {
            self.search.route(&self.space, b, a, &mut routes[1])?;
        }
        Some(routes)
    }

    /// Follows a change of a space link.
    pub fn apply(&mut self, change: &PortChange) {
        self.space.apply(change);
        self.found.clear();
    }
}

/// What decay remembers.
#[derive(Debug, Resource)]
pub struct Fading {
    /// Share of strength that is left after a tick.
    pub kept: f64,
    /// How masses fade.
    pub memory: Memory,
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
    total.iter().zip(&fabric.ports).map(|(total, port)| total + port.carried).collect()
}

/// The router of the run.
#[derive(Debug, Resource)]
pub struct ActiveRouter {
    /// What the scenario calls it.
    pub kind: &'static str,
    /// The router.
    pub router: Box<dyn Router>,
}
