//! The state of a run: entities for nodes and wormholes, dense arrays for accesses.

pub mod access;
pub mod build;
pub mod check;
pub mod components;
pub mod fabric;
pub mod journal;
pub mod port;
pub mod resources;
pub mod rng;
pub mod sketch;
pub mod snapshot;
