//! Wormsim: a deterministic simulator of networks with adaptive shortcuts (wormholes) and learned routing.

pub mod cli;
pub mod error;
pub mod physics;
pub mod recorder;
pub mod scenario;
pub mod topology;
pub mod world;
