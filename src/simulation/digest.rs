//! Digests: what must be the same bits on every machine.
//!
//! The digest of a run is that of the state that a snapshot holds, part by part: all that influences the future, and a
//! hash of the fate of every access so far. What it covers and what a checkpoint restores are the same bytes.

use std::io::BufWriter;

use bevy_ecs::prelude::World;
use blake3::Hasher;
use serde::Serialize;

use super::snapshot::{self, State};
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
    pub const PARTS: [&'static str; 5] = ["accesses", "nodes", "wormholes", "learning", "random"];

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
    let State { ticks: _, accesses, nodes, wormholes, router, policy, random } = snapshot::state(world);
    let mut learning = buffer();
    router.write(&mut learning).and_then(|()| policy.write(&mut learning)).expect("a hasher takes everything");
    Digests {
        tick: world.resource::<Clock>().now,
        accesses: hash(&accesses),
        nodes: hash(&nodes),
        wormholes: hash(&wormholes),
        learning: end(learning),
        random: hash(&random),
    }
}

/// BLAKE3 of what is stored of a part.
fn hash(part: &impl Serialize) -> blake3::Hash {
    end(postcard::to_io(part, buffer()).expect("state is plain data"))
}

fn buffer() -> BufWriter<Hasher> {
    BufWriter::with_capacity(1 << 16, Hasher::new())
}

fn end(buffer: BufWriter<Hasher>) -> blake3::Hash {
    buffer.into_inner().expect("a hasher takes everything").finalize()
}
