//! The state of a run: entities for nodes and wormholes, dense arrays for accesses.

pub mod access;
pub mod components;
pub mod fabric;
pub mod rng;
pub mod sketch;
