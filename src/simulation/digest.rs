//! Digests: what must be the same bits on every machine.
//!
//! The digest of a run is that of the state that a snapshot holds, part by part: all that influences the future, and a
//! hash of the fate of every access so far. What it covers and what a checkpoint restores are the same bytes.

use bevy_ecs::prelude::World;
use blake3::Hasher;

use super::snapshot::{self, PART_NAMES};
use crate::scenario::Tick;
use crate::world::resources::Clock;

/// Digests of the parts of a run's state at the end of a tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// The tick.
    pub tick: Tick,
    /// Accesses: totals, the history of deliveries and drops, and all that is under way.
    pub accesses: blake3::Hash,
    /// Nodes: strength, mass, entropy.
    pub nodes: blake3::Hash,
    /// Wormholes: everything about them; links, ports and their smoothed loads.
    pub wormholes: blake3::Hash,
    /// What the router has learned, and the position of its random stream.
    pub learning: blake3::Hash,
    /// Positions of sources, and observed pairs.
    pub random: blake3::Hash,
}

impl Digests {
    /// Names of the parts, in the order of [`Self::parts`].
    pub const PARTS: [&'static str; 5] = PART_NAMES;

    /// The parts in order.
    pub fn parts(&self) -> [&blake3::Hash; 5] {
        [&self.accesses, &self.nodes, &self.wormholes, &self.learning, &self.random]
    }

    /// The digest of the whole: hexadecimal, 64 digits.
    pub fn whole(&self) -> String {
        let mut hasher = Hasher::new_derive_key("wormsim run digest v2");
        hasher.update(&self.tick.to_le_bytes());
        for part in self.parts() {
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// The digests of a world at the end of its present tick.
pub fn take(world: &World) -> Digests {
    let [accesses, nodes, wormholes, learning, random] = snapshot::state(world).hashes();
    Digests { tick: world.resource::<Clock>().now, accesses, nodes, wormholes, learning, random }
}
