//! Digests: what must be the same bits on every machine.
//!
//! The digest of a run covers all state that influences its future, and the fate of every access so far. Parts are
//! digested one by one, so that a difference names its place.

use bevy_ecs::prelude::World;
use blake3::Hasher;

use crate::scenario::Tick;
use crate::world::components::{Entropy, Ledger, Mass, Strength, Wormhole};
use crate::world::fabric::Fabric;
use crate::world::resources::{Clock, Gravity, Loads, Registry, Router, Sources, Timeline};

/// Digests of the parts of a run's state at the end of a tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// The tick.
    pub tick: Tick,
    /// Accesses: totals, the history of deliveries and drops, and all that is under way.
    pub accesses: blake3::Hash,
    /// Nodes: strength, mass, entropy, whether up.
    pub nodes: blake3::Hash,
    /// Wormholes: everything about them; ports and loads.
    pub wormholes: blake3::Hash,
    /// What the router has learned.
    pub learning: blake3::Hash,
    /// Positions of random streams, and observed pairs.
    pub random: blake3::Hash,
}

impl Digests {
    /// Names of the parts, in the order of [`Self::parts`].
    pub const PARTS: [&'static str; 5] = ["accesses", "nodes", "wormholes", "learning", "random"];

    /// The parts in order.
    pub fn parts(&self) -> [&blake3::Hash; 5] {
        [&self.accesses, &self.nodes, &self.wormholes, &self.learning, &self.random]
    }

    /// The digest of the whole: hexadecimal, 64 digits.
    pub fn whole(&self) -> String {
        let mut hasher = Hasher::new_derive_key("wormsim run digest v1");
        hasher.update(&self.tick.to_le_bytes());
        for part in self.parts() {
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// Gathers plain numbers into a hasher, little-endian.
struct Words {
    hasher: Hasher,
    buffer: Vec<u8>,
}

impl Words {
    fn new() -> Self {
        Self { hasher: Hasher::new(), buffer: Vec::with_capacity(1 << 16) }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= (1 << 16) - 16 {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn u32s(&mut self, words: impl IntoIterator<Item = u32>) {
        words.into_iter().for_each(|word| self.bytes(&word.to_le_bytes()));
    }

    fn u64s(&mut self, words: impl IntoIterator<Item = u64>) {
        words.into_iter().for_each(|word| self.bytes(&word.to_le_bytes()));
    }

    fn f64s(&mut self, words: impl IntoIterator<Item = f64>) {
        self.u64s(words.into_iter().map(f64::to_bits));
    }

    fn finish(mut self) -> blake3::Hash {
        self.hasher.update(&self.buffer);
        self.hasher.finalize()
    }
}

/// The digests of a world at the end of its present tick.
pub fn take(world: &World) -> Digests {
    let tick = world.resource::<Clock>().now;
    let (fabric, registry) = (world.resource::<Fabric>(), world.resource::<Registry>());
    Digests {
        tick,
        accesses: accesses(fabric, tick),
        nodes: nodes(world, fabric, registry),
        wormholes: wormholes(world, fabric, registry),
        learning: learning(world.resource::<Router>()),
        random: random(world),
    }
}

fn accesses(fabric: &Fabric, now: Tick) -> blake3::Hash {
    let mut words = Words::new();
    let totals = &fabric.totals;
    words.u64s([totals.injected, totals.delivered, totals.hops, totals.wormhole_hops, fabric.history]);
    words.u64s(totals.dropped);
    let mut access = |slot, due| {
        let a = fabric.pool.get(slot);
        words.u32s([due, a.origin.0, a.target.0, a.at.0, a.via, a.over, a.born, a.hops]);
        words.u32s([a.propagation, a.node_wait, a.link_wait, a.setup, a.size.to_bits()]);
    };
    for node in 0..fabric.lanes.len() as u32 {
        fabric.fifo(crate::topology::NodeId(node)).for_each(|slot| access(slot, 0));
    }
    fabric.transit.iter(now).for_each(|(due, slot)| access(slot, due));
    words.finish()
}

fn nodes(world: &World, fabric: &Fabric, registry: &Registry) -> blake3::Hash {
    let mut words = Words::new();
    for (&node, lane) in registry.nodes.iter().zip(&fabric.lanes) {
        words.f64s(world.get::<Strength>(node).map(|strength| strength.0));
        words.f64s(world.get::<Mass>(node).map(|mass| mass.0));
        words.f64s(world.get::<Entropy>(node).map(|entropy| entropy.0));
        words.u32s([u32::from(lane.up), lane.queued]);
    }
    words.finish()
}

fn wormholes(world: &World, fabric: &Fabric, registry: &Registry) -> blake3::Hash {
    let mut words = Words::new();
    let mut wormhole = |w: &Wormhole, strength: &Strength, ledger: &Ledger| {
        words.u32s([w.id.0, w.ends[0].0, w.ends[1].0, w.span, w.transit, w.capacity, w.ports[0], w.ports[1]]);
        words.u32s([w.opened_at, w.ready_at, w.reviewed_at, w.since, w.kind as u32, w.phase as u32, ledger.reopened]);
        words.u64s([ledger.traversals]);
        words.f64s([strength.0, ledger.saved, ledger.upkeep, ledger.opening, ledger.reviewed[0], ledger.reviewed[1]]);
    };
    for (gone, strength, ledger) in &registry.archived {
        wormhole(gone, strength, ledger);
    }
    for &entity in registry.wormholes.values() {
        if let (Some(w), Some(strength), Some(ledger)) =
            (world.get::<Wormhole>(entity), world.get::<Strength>(entity), world.get::<Ledger>(entity))
        {
            wormhole(w, strength, ledger);
        }
    }
    for &entity in registry.wormholes.values() {
        words.f64s(world.get::<Mass>(entity).map(|mass| mass.0));
        words.f64s(world.get::<Entropy>(entity).map(|entropy| entropy.0));
    }
    words.u32s(world.resource::<Timeline>().failed_links.iter().map(|&failed| u32::from(failed)));
    words.u32s(registry.pool.iter().flat_map(|&(since, id)| [since, id.0]));
    words.u32s(registry.opening.iter().map(|id| id.0));
    words.u32s(fabric.traversals.iter().copied());
    words.u32s(fabric.destinations.iter().map(|count| count.to_bits()));
    for port in &fabric.ports {
        words.u32s(port.words());
    }
    let loads = world.resource::<Loads>();
    words.u64s(loads.total.iter().copied());
    words.f64s(loads.smoothed.iter().copied());
    words.finish()
}

fn learning(router: &Router) -> blake3::Hash {
    let mut words = Words::new();
    match router {
        Router::ShortestPath(_) | Router::Multipath(_) => {}
        Router::MeasuredDelay(policy) => {
            for (estimate, sum, seen) in policy.measured() {
                words.f64s([estimate, sum]);
                words.u32s([seen]);
            }
            words.u32s(policy.prices().iter().copied());
        }
        Router::QRouting(table) => {
            words.u32s(table.rows().values().map(|value| value.to_bits()));
            for (&port, values) in table.saved() {
                words.u32s([port]);
                words.u32s(values.iter().map(|value| value.to_bits()));
            }
        }
    }
    words.finish()
}

fn random(world: &World) -> blake3::Hash {
    let mut words = Words::new();
    let position = |position: u128| [position as u64, (position >> 64) as u64];
    words.u64s(position(match world.resource::<Router>() {
        Router::ShortestPath(policy) => policy.position(),
        Router::Multipath(policy) => policy.position(),
        Router::MeasuredDelay(policy) => policy.position(),
        Router::QRouting(table) => table.position(),
    }));
    for source in &world.resource::<Sources>().all {
        words.u64s(position(source.position()));
    }
    for entry in world.resource::<Gravity>().sketch.entries() {
        words.u32s(entry.pair);
        words.u32s([entry.rank]);
        words.f64s([entry.weight, entry.error]);
    }
    words.finish()
}
